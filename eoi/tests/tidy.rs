//! House rules that a compiler does not hold.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a readable directory") {
        let path = entry.expect("a directory entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                walk(&path, files);
            }
        } else if !name.ends_with(".lock") {
            files.push(path);
        }
    }
}

fn files(extension: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    paths.sort();
    let wanted = paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == extension));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).expect("inside the workspace").display().to_string();
        (name, fs::read_to_string(&path).expect("a text file"))
    };
    let found: Vec<_> = wanted.map(read).collect();
    assert!(!found.is_empty(), "no .{extension} file was looked at");
    found
}

#[test]
fn every_source_file_opens_with_its_purpose_and_stays_short() {
    for (name, text) in files("rs") {
        assert!(text.starts_with("//!"), "{name} does not open with a //! sentence");
        let lines = text.lines().count();
        assert!(lines <= 400, "{name} has {lines} lines; 400 is the limit");
    }
}

#[test]
fn no_function_is_longer_than_seventy_lines() {
    for (name, text) in files("rs") {
        let mut open: Option<(usize, usize)> = None; // first line and indentation
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            if open.is_none() && is_function(code) && code.ends_with('{') {
                open = Some((number, indent));
            } else if let Some((first, depth)) = open
                && indent == depth
                && code.starts_with('}')
            {
                let length = number - first + 1;
                assert!(length <= 70, "{name}:{}: a function of {length} lines; 70 is the limit", first + 1);
                open = None;
            }
        }
    }
}

fn is_function(code: &str) -> bool {
    let code = code.trim_start_matches("pub(crate) ").trim_start_matches("pub ").trim_start_matches("const ");
    code.starts_with("fn ")
}

#[test]
fn no_file_that_no_table_names() {
    for (room, table) in [("irqchip", "model/src/irqchip.rs"), ("fixes", "model/src/fixes.rs")] {
        let table = fs::read_to_string(root().join(table)).expect("the room's table");
        let all = table.split("pub static ALL").nth(1).expect("a table called ALL");
        let dir = root().join("model/src").join(room);
        for entry in fs::read_dir(dir).expect("the room") {
            let path = entry.expect("a file").path();
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            assert!(all.contains(&format!("{stem}::")), "{} is in no table", path.display());
        }
    }
    let rooms: Vec<(String, String)> = files("rs").into_iter().filter(|(name, _)| name.contains("/src/")).collect();
    for (name, _) in &rooms {
        let path = Path::new(name);
        let stem = path.file_stem().expect("a name").to_string_lossy();
        if matches!(stem.as_ref(), "lib" | "main") || name.contains("/src/bin/") {
            continue;
        }
        let named =
            rooms.iter().any(|(_, text)| text.lines().any(|line| line.trim_end().ends_with(&format!("mod {stem};"))));
        assert!(named, "{name} is in no module");
    }
}

/// Words that have no business here: this is about interrupts, not about how it came to be written.
#[test]
fn the_project_speaks_only_of_itself() {
    let forbidden =
        ["/work/", "/home/", "/root/.", "debian.org", "crates.io", "kernel.org/pub", "TODO", "FIXME", "XXX"];
    let mut texts = files("rs");
    texts.extend(files("md"));
    texts.extend(files("toml"));
    texts.extend(files("sh"));
    for (name, text) in texts.iter().filter(|(name, _)| name != "eoi/tests/tidy.rs") {
        for word in forbidden {
            assert!(!text.contains(word), "{name} says '{word}'");
        }
    }
}

#[test]
fn unsafe_stays_in_forward() {
    for (name, text) in
        files("rs").iter().filter(|(name, _)| !name.starts_with("forward/") && name != "eoi/tests/tidy.rs")
    {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let code = line.replace("unsafe_code", "");
            assert!(!code.contains("unsafe"), "{name}: {line}");
        }
    }
}
