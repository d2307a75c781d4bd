//! Sentences in pages, help texts and comments begin with their subject, and paths that pages name exist.

use std::process::Command;

use crate::metadata::packages;
use crate::source::{files, names, root};

/// Words that hide the subject of a sentence which begins with one of them.
const WORDS: [&str; 4] = ["What", "Whose", "That", "As"];

/// Begins something of its own: a heading, an entry of a list, a row of a table, a quotation.
fn marker(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if number.len() < line.len() && number.starts_with(". ") {
        return Some(&number[2..]);
    }
    let rest = line.trim_start_matches('#');
    if rest.len() < line.len() && rest.starts_with(' ') {
        return Some(rest);
    }
    ["* ", "- ", "| ", "> "]
        .into_iter()
        .find_map(|mark| line.strip_prefix(mark))
}

/// The first word of a text, without quotation marks, brackets and emphasis before it. Code is no word.
fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "*_(\"[".contains(c));
    let end = text
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(text.len());
    if text[end..].starts_with("::") || text[end..].starts_with('-') {
        ""
    } else {
        &text[..end]
    }
}

/// The lines on which a sentence begins with one of [`WORDS`]. Text in code, between backticks or fences or set in by four
/// columns, is not the project's own prose: it is left out, and so are quotations of others ("> ").
fn hidden(text: &str) -> Vec<usize> {
    let (mut found, mut fenced, mut quoted, mut begins) = (Vec::new(), false, false, true);
    for (index, line) in text.lines().enumerate() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fence
            || fenced
            || line.trim().is_empty()
            || (begins && line.starts_with("    "))
            || line.starts_with("> ")
        {
            begins = true;
            continue;
        }
        let own = marker(line);
        let (mut sentence, mut rest) = (begins || own.is_some(), own.unwrap_or(line));
        loop {
            if sentence && !quoted && WORDS.contains(&first_word(rest)) {
                found.push(index + 1);
            }
            // The end of the sentence, or of the cell of a table, that is not inside code.
            let end = rest.char_indices().find(|&(at, c)| {
                quoted ^= c == '`';
                let after = rest[at + c.len_utf8()..].trim_start_matches(['*', ')', '"']);
                !quoted
                    && (c == '|'
                        || (".?!:".contains(c) && (after.starts_with(' ') || after.is_empty())))
            });
            let Some((at, c)) = end else { break };
            (sentence, rest) = (true, &rest[at + c.len_utf8()..]);
            if rest.trim_start_matches(['*', ')', '"']).is_empty() {
                break;
            }
        }
        begins = line
            .trim_end_matches(['*', ')', '"', ' '])
            .ends_with(['.', '?', '!', ':']);
        quoted &= !begins;
    }
    found
}

fn tell(name: &str, text: &str, found: &mut Vec<String>) {
    let line = |number: usize| text.lines().nth(number - 1).unwrap_or_default();
    found.extend(
        hidden(text)
            .into_iter()
            .map(|number| format!("{name}:{number}: {}", line(number).trim())),
    );
}

#[test]
fn a_sentence_of_a_page_begins_with_its_subject() {
    let mut found = Vec::new();
    for (name, text) in files("md") {
        tell(&name, &text, &mut found);
    }
    assert!(
        found.is_empty(),
        "{} sentences begin with one of {WORDS:?}:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// The help of a command, and of every command below it.
fn helps(words: &[String], texts: &mut Vec<(String, String)>) {
    let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(words)
        .arg("--help")
        .output()
        .expect("eoi runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let listed = text
        .split("\nCommands:\n")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .unwrap_or_default();
    for line in listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
    {
        let word = line.split_whitespace().next().expect("a command");
        if word != "help" {
            helps(&[words, &[word.to_string()]].concat(), texts);
        }
    }
    texts.push((format!("eoi {} --help", words.join(" ")), text));
}

#[test]
fn a_sentence_of_a_help_text_begins_with_its_subject() {
    let (mut texts, mut found) = (Vec::new(), Vec::new());
    helps(&[], &mut texts);
    assert!(
        texts.len() > 10,
        "only {} commands have a help",
        texts.len()
    );
    for (name, text) in texts {
        // An option and its description stand in columns of their own.
        let text: Vec<&str> = text
            .lines()
            .map(|line| line.trim_start().trim_start_matches("- "))
            .collect();
        tell(&name, &text.join("\n"), &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The text of the comments of a file, each on the line that it stands on.
fn comments(text: &str) -> String {
    let comment = |line: &str| {
        let line = line.trim_start();
        let text = ["//! ", "/// ", "// "]
            .into_iter()
            .find_map(|mark| line.strip_prefix(mark));
        text.map_or_else(String::new, |text| text.trim_start().to_string()) + "\n"
    };
    text.lines().map(comment).collect()
}

#[test]
fn a_sentence_of_a_comment_begins_with_its_subject() {
    let mut found = Vec::new();
    for (name, text) in files("rs") {
        tell(&name, &comments(&text), &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_hidden_subject_is_seen_wherever_a_sentence_begins() {
    for text in [
        "What is it.",
        "It is. What it is, stands here.",
        "It is.\nThat says it.",
        "**As said**, it is.",
        "* Whose it is",
        "1. What it is",
        "# What it is",
        "| a | What it is |",
        "It is (really). What it is.",
        "It is `eoi check`. What it is.",
    ] {
        assert_eq!(hidden(text).len(), 1, "{text}");
    }
    for text in [
        "It is what it is.",
        "It says\nWhat, and more.",
        "```text\nWhat is it.\n```",
        "    What is it.",
        "`What is it. What`",
        "> What is it.",
        "Asking is allowed.",
        "It is of version 1.5 as before.",
    ] {
        assert_eq!(hidden(text), [0; 0], "{text}");
    }
}

/// The words of a page between backticks, or in links, outside of fences.
fn named(text: &str) -> Vec<&str> {
    let (mut named, mut fenced) = (Vec::new(), false);
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        if fenced {
            continue;
        }
        named.extend(line.split('`').skip(1).step_by(2));
        named.extend(
            line.split("](")
                .skip(1)
                .filter_map(|rest| rest.split([')', '#']).next()),
        );
    }
    named
}

/// Whether a word is meant as a file or directory of this tree, by its shape: `a/b.rs`, `b.rs`, `a/*.rs`.
fn is_path(word: &str) -> bool {
    let characters = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-*".contains(c));
    let ends = [".rs", ".md", ".toml", ".json", ".sh", ".diff", ".txt"]
        .iter()
        .any(|end| word.ends_with(end));
    let rooms = [
        "eoi/",
        "model/",
        "intx/",
        "search/",
        "forward/",
        "forward-cli/",
        "kvm-guest/",
        "lab-init/",
    ];
    characters
        && !word.contains("NAME")
        && (ends || rooms.iter().any(|room| word.starts_with(room)))
}

/// Files of a real VMM's tree, by the beginnings of their names: docs/adopting.md says what changes there.
const ELSEWHERE: [&str; 6] = [
    "vm-device/",
    "devices/",
    "vmm/",
    "pci/",
    "aia.rs",
    "device_manager.rs",
];

#[test]
fn a_file_that_a_page_names_exists() {
    let every = names();
    let exists = |page: &str, word: &str| {
        let beside = root().join(page).parent().expect("a directory").join(word);
        let (head, tail) = word.split_once('*').unwrap_or((word, ""));
        // A file may be named by the end of its path, where a section says which room it is about.
        let ends = |name: &String| {
            let at = if head.is_empty() {
                Some(0)
            } else {
                name.find(head)
            };
            at.is_some_and(|at| {
                let starts = at == 0 || name[..at].ends_with('/');
                starts
                    && name.ends_with(tail)
                    && (word.contains('*') || name.len() == at + head.len())
            })
        };
        beside.exists() || root().join(word).exists() || every.iter().any(ends)
    };
    let (mut found, mut looked_at) = (Vec::new(), 0);
    for (name, text) in files("md") {
        for word in named(&text).into_iter().filter(|word| is_path(word)) {
            looked_at += 1;
            let elsewhere =
                name == "docs/adopting.md" && ELSEWHERE.iter().any(|place| word.starts_with(place));
            if !exists(&name, word) && !elsewhere {
                found.push(format!("{name}: {word}"));
            }
        }
    }
    assert!(looked_at > 100, "only {looked_at} files are named");
    assert!(
        found.is_empty(),
        "there are no such files:\n{}",
        found.join("\n")
    );
}

#[test]
fn every_crate_says_what_it_is_for() {
    for package in packages() {
        assert!(package.described, "{} has no description", package.name);
        let readme = package
            .readme
            .unwrap_or_else(|| panic!("{} has no readme", package.name));
        let text = std::fs::read_to_string(&readme).expect("a text file");
        assert!(
            text.starts_with(&format!("# {}\n", package.name)),
            "{}",
            readme.display()
        );
        for part in ["**Purpose.**", "**For whom.**", "**Smallest example.**"] {
            assert!(
                text.contains(part),
                "{} has no part {part}",
                readme.display()
            );
        }
    }
}
