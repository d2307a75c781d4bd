//! The pages of the rules: on a terminal for `eoi doctor --explain`, and in Markdown for docs/doctor.md.

use std::fmt::Write;

use super::paragraph;
use crate::doctor::rules::{self, Rule};
use crate::report::words;
use crate::terminal::text_width;

/// Every finding that there is: its name, its severity, and what it is about.
#[must_use]
pub fn list() -> String {
    let mut text = String::new();
    for rule in rules::ALL {
        let label = format!("{:<22} {:<17} ", rule.name, severity(rule));
        text += &words::paragraph(&label, rule.about());
    }
    text + "\neoi doctor --explain NAME explains one of them.\n"
}

/// `error`, or `info or error`.
fn severity(rule: &Rule) -> String {
    if rule.lesser == rule.severity {
        return rule.severity.name().to_string();
    }
    format!("{} or {}", rule.lesser.name(), rule.severity.name())
}

/// One rule's page, for a terminal.
#[must_use]
pub fn page(rule: &Rule) -> String {
    let title = format!("{} ({})", rule.about(), severity(rule));
    let mut text = words::paragraph(&format!("{}: ", rule.name), &title);
    for (heading, section) in rule.page.sections() {
        let blocks: Vec<String> = section.split("\n\n").map(block).collect();
        let _ = write!(text, "\n{heading}\n{}", blocks.join("\n"));
    }
    text
}

/// A paragraph, a list or commands, set in by four columns.
fn block(block: &str) -> String {
    if block.starts_with("    ") {
        return block.lines().map(command).collect();
    }
    if let Some(list) = block.strip_prefix("- ") {
        return list
            .split("\n- ")
            .map(|item| paragraph("- ", item))
            .collect();
    }
    paragraph("", block)
}

/// A command. Its comment stands before it where both do not fit into one line.
fn command(line: &str) -> String {
    match line.split_once("  # ") {
        Some((command, comment)) if line.chars().count() + 4 > text_width() => {
            format!("        # {comment}\n    {}\n", command.trim_end())
        }
        _ => format!("    {line}\n"),
    }
}

/// Every rule's page, in Markdown, for the section of a document.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::new();
    for rule in rules::ALL {
        let _ = write!(
            text,
            "\n### {}\n\n*{}* ({})\n",
            rule.name,
            rule.about(),
            severity(rule)
        );
        for (heading, section) in rule.page.sections() {
            let _ = write!(text, "\n**{heading}**\n\n{section}\n");
        }
    }
    text
}
