//! The documentation shows the very output of the commands.
//!
//! A line `<!-- $ eoi ARGUMENTS -->` is followed by a block with the command and its output; with ` | head -N` after the
//! arguments, with the first N lines of it. `UPDATE_DOCS=1` writes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let mut documents = vec![root.join("README.md")];
    for folder in ["docs", "docs/reports"] {
        for entry in fs::read_dir(root.join(folder)).expect(folder) {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    documents.sort();
    documents
}

fn block(command: &str) -> String {
    let (arguments, most) = match command.split_once(" | head -") {
        Some((arguments, lines)) => (arguments, lines.parse().expect("a number of lines")),
        None => (command, usize::MAX),
    };
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .current_dir(root)
        .args(&words)
        .output()
        .expect("the binary runs");
    assert!(
        matches!(output.status.code(), Some(0 | 1 | 3)),
        "eoi {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: String = text
        .lines()
        .take(most)
        .map(|line| format!("{line}\n"))
        .collect();
    format!("```text\n$ eoi {command}\n{lines}```\n")
}

/// The document as it has to be, and how many commands it shows.
fn rewritten(text: &str) -> (String, usize) {
    let (mut result, mut commands) = (String::new(), 0);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        result += &format!("{line}\n");
        let Some(arguments) = line
            .strip_prefix("<!-- $ eoi ")
            .and_then(|rest| rest.strip_suffix(" -->"))
        else {
            continue;
        };
        commands += 1;
        result += &block(arguments);
        if lines.peek() == Some(&"```text") {
            lines.next();
            lines
                .by_ref()
                .take_while(|line| *line != "```")
                .for_each(drop);
        }
    }
    (result, commands)
}

#[test]
fn what_the_documents_show_is_what_the_commands_print() {
    let mut shown = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a text file");
        let (expected, commands) = rewritten(&text);
        shown += commands;
        if text != expected {
            assert!(
                std::env::var_os("UPDATE_DOCS").is_some(),
                "{} is stale: UPDATE_DOCS=1 cargo test -p eoi --test docs",
                document.display()
            );
            fs::write(&document, expected).expect("a writable file");
        }
    }
    assert!(shown > 10, "only {shown} commands are shown");
}
