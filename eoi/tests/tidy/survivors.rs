//! The counts of the kernel's mutants are those of the files.

use std::fs;
use std::path::Path;

#[test]
fn every_mutant_that_survives_is_listed_and_the_counts_are_right() {
    let kernel_c = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel-c");
    let read = |name: &str| fs::read_to_string(kernel_c.join(name)).expect(name);
    let mutants: Vec<String> = fs::read_dir(kernel_c.join("mutants"))
        .expect("the mutants")
        .filter_map(|file| {
            let name = file.expect("a file").file_name();
            name.to_str()?.strip_suffix(".diff").map(str::to_string)
        })
        .collect();
    let survivors = read("mutants/survivors.md");
    let listed: Vec<&str> = survivors
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    for name in &listed {
        assert!(mutants.iter().any(|mutant| mutant == name), "{name}");
    }
    let all = mutants.len();
    let counts = format!("{} of {all}", all - listed.len());
    for page in ["mutants/survivors.md", "README.md"] {
        assert!(read(page).contains(&counts), "{page}: {counts}");
    }
    let files = format!("{all} changes to the compared functions");
    assert!(read("README.md").contains(&files), "README.md: {files}");
}
