//! Marks that a person or a mail program puts before each line: quotes, lists, comments, IOMMU groups.

use std::collections::BTreeMap;

use super::{Which, lines, text};

fn before(bytes: &[u8], mark: &str) -> Vec<u8> {
    lines(bytes, |_, line| format!("{mark}{line}"))
}

/// Answered `DEPTH` times: a mail program writes `> ` before a fresh line and `>` before one that is quoted already.
pub fn quote<const DEPTH: usize>(bytes: &[u8], _: Which) -> Vec<u8> {
    let once = |bytes: Vec<u8>| {
        lines(&bytes, |_, line| {
            if line.starts_with('>') {
                format!(">{line}")
            } else {
                format!("> {line}")
            }
        })
    };
    (0..DEPTH).fold(bytes.to_vec(), |bytes, _| once(bytes))
}

pub fn dash(bytes: &[u8], _: Which) -> Vec<u8> {
    before(bytes, "- ")
}

pub fn star(bytes: &[u8], _: Which) -> Vec<u8> {
    before(bytes, "* ")
}

pub fn number(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| format!("{}. {line}", number + 1))
}

pub fn hash(bytes: &[u8], _: Which) -> Vec<u8> {
    before(bytes, "# ")
}

pub fn slashes(bytes: &[u8], _: Which) -> Vec<u8> {
    before(bytes, "// ")
}

/// `IOMMU Group 20 ` before each function, as the script of the passthrough guides prints it: each function has a group
/// of its own, or the one that the text gives.
pub fn group(bytes: &[u8], which: Which) -> Vec<u8> {
    if which == Which::Interrupts {
        return bytes.to_vec();
    }
    text(bytes, |text| {
        let groups = groups(text);
        super::each_line(text, |_, line| {
            match address(line).and_then(|address| groups.get(address)) {
                Some(group) => format!("IOMMU Group {group} {line}"),
                None => line.to_string(),
            }
        })
    })
}

/// The address that a function's first line begins with.
fn address(line: &str) -> Option<&str> {
    let word = line.split(' ').next()?;
    let short = word.strip_prefix("0000:").unwrap_or(word);
    let shape: String = short
        .chars()
        .map(|c| if c.is_ascii_hexdigit() { 'h' } else { c })
        .collect();
    (shape == "hh:hh.h").then_some(word)
}

/// Every function's group.
fn groups(text: &str) -> BTreeMap<String, u32> {
    let mut groups: BTreeMap<String, u32> = BTreeMap::new();
    let mut function = None;
    for line in text.lines() {
        if let Some(address) = address(line) {
            let next = 20 + u32::try_from(groups.len()).expect("few functions");
            groups.entry(address.to_string()).or_insert(next);
            function = Some(address.to_string());
        }
        let own = line.split_once("IOMMU group").and_then(|(_, rest)| {
            rest.trim_start_matches([':', ' '])
                .split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        });
        if let (Some(own), Some(function)) = (own, &function) {
            groups.insert(function.clone(), own);
        }
    }
    groups
}
