//! Words and keywords that have no business where they stand.

use crate::source::files;

/// The file that has to say the words that it looks for.
const THIS: &str = "eoi/tests/tidy/words.rs";

#[test]
fn the_project_speaks_only_of_itself() {
    let forbidden = [
        "/work/",
        "/home/",
        "/root/.",
        "debian.org",
        "crates.io",
        "kernel.org/pub",
        "TODO",
        "FIXME",
        "XXX",
    ];
    let mut texts = files("rs");
    for extension in ["md", "toml", "sh"] {
        texts.extend(files(extension));
    }
    for (name, text) in texts.iter().filter(|(name, _)| name != THIS) {
        for word in forbidden {
            assert!(!text.contains(word), "{name} says '{word}'");
        }
    }
}

/// Crates that talk to the kernel, or are one. The lint `undocumented_unsafe_blocks` asks each block there for its reason.
const WITH_UNSAFE: [&str; 3] = ["forward", "kvm-guest", "lab-init"];

#[test]
fn unsafe_stands_only_where_the_design_has_it() {
    let safe = |name: &str| {
        !WITH_UNSAFE
            .iter()
            .any(|room| name.starts_with(&format!("{room}/")))
            && name != THIS
    };
    for (name, text) in files("rs").iter().filter(|(name, _)| safe(name)) {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            let code = line.replace("unsafe_code", "");
            assert!(!code.contains("unsafe"), "{name}: {line}");
        }
    }
}
