//! What the doctor found: text, `eoi.doctor/1`, or Prometheus' text format.

use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use crate::doctor::diagnosis::{Diagnosis, Judged};
use crate::doctor::rules;
use crate::doctor::{Finding, Severity};
use crate::host::tree::Note;
use crate::host::{Evidence, Tree};
use crate::terminal::shown;

/// Columns of a paragraph.
const WIDTH: usize = 100;

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    source: &'a str,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
}

/// `eoi.doctor/1`
///
/// # Errors
/// None that is known.
pub fn json(diagnosis: &Diagnosis, source: &str) -> Result<String> {
    super::json(&Report { schema: "eoi.doctor/1", source, diagnosis })
}

/// Every finding that there is: its name, what it can be, and what it is about.
#[must_use]
pub fn names() -> String {
    let lines = rules::ALL.iter().map(|rule| {
        let (name, most, about) = (rule.name, rule.severity.name(), rule.about);
        let severity = if rule.least == rule.severity { String::new() } else { format!("{} or ", rule.least.name()) };
        format!("{name:<22} {:<16}  {about}\n", severity + most)
    });
    lines.collect()
}

/// The files that a run reads, one a line.
#[must_use]
pub fn list(tree: &Tree) -> String {
    let mut text = String::new();
    for (path, note) in tree.notes() {
        let _ = match note {
            Note::Read => writeln!(text, "{}", shown(&path)),
            Note::Unreadable(why) => writeln!(text, "{} (cannot be read: {})", shown(&path), shown(&why)),
            Note::Missing => Ok(()),
        };
    }
    text
}

/// For people. Findings that are only good to know are left out unless `all`, or if not `everything` was asked about.
#[must_use]
pub fn text(diagnosis: &Diagnosis, source: &str, everything: bool, all: bool) -> String {
    let all = all || !everything;
    let mut text = head(diagnosis, source, everything);
    let shown = diagnosis.findings.iter().filter(|finding| all || finding.severity > Severity::Info);
    let mut shown: Vec<&Finding> = shown.collect();
    shown.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for one in &shown {
        text += "\n";
        text += &finding(one);
    }
    if !diagnosis.watched.is_empty() {
        text += "\nWatched:\n";
        text.extend(diagnosis.watched.iter().map(|line| paragraph("", line)));
    }
    text += &healthy(diagnosis);
    text += &others(diagnosis);
    let hidden = diagnosis.findings.len() - shown.len();
    if hidden > 0 {
        let _ = writeln!(text, "\n{hidden} more, only good to know: --all shows them.");
    }
    text
}

fn head(diagnosis: &Diagnosis, source: &str, everything: bool) -> String {
    let host = &diagnosis.host;
    let release = host.release.as_deref().map_or("a kernel that is not known".to_string(), |r| format!("Linux {r}"));
    let cpus = if host.cpus == 0 { String::new() } else { format!(", {}", plural(host.cpus, "CPU")) };
    let head = format!(
        "{source}: {release}{cpus}; {}, {} with an interrupt pin, {} judged as handed to a guest.",
        plural(host.devices, "PCI function"),
        host.with_pin,
        host.judged.len(),
    );
    let mut text = lines(&head, 0) + &lines(&format!("{}.", host.kernel), 0);
    if host.judged.is_empty() && host.with_pin > 0 && everything {
        text += "No function is bound to vfio-pci; name one to see what would become of it in a guest.\n";
    }
    text
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn finding(finding: &Finding) -> String {
    let mut text = format!("{:<8} {}", finding.severity.name(), finding.name);
    let device = finding.device.as_deref().map(|device| format!("  {}", shown(device)));
    let irq = finding.irq.map(|irq| format!("  irq {irq}"));
    let _ = writeln!(text, "{}{}", device.unwrap_or_default(), irq.unwrap_or_default());
    text += &paragraph("", &finding.cause);
    for evidence in &finding.evidence {
        text += &paragraph("seen: ", &place(evidence));
    }
    if !finding.remedy.is_empty() {
        text += &paragraph("do:   ", &finding.remedy);
    }
    text += &paragraph("see:  ", &finding.reference);
    text
}

fn place(evidence: &Evidence) -> String {
    let line = evidence.line.map_or(String::new(), |line| format!(":{line}"));
    format!("{}{line}: {}", evidence.path, evidence.text)
}

/// Words in lines of at most [`WIDTH`] columns, four in, later lines further by the label.
fn paragraph(label: &str, words: &str) -> String {
    format!("    {label}") + &lines(words, 4 + label.len())
}

/// Words in lines of at most [`WIDTH`] columns, of which the first begins where the text is, `indent` columns in.
fn lines(words: &str, indent: usize) -> String {
    let (mut text, mut column) = (String::new(), indent);
    for (index, word) in words.split_whitespace().enumerate() {
        let word = shown(word).to_string();
        let length = word.chars().count();
        if index > 0 && column + 1 + length > WIDTH {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text += &word;
        column += length;
    }
    text + "\n"
}

/// One line for each judged function of which nothing was found, or nothing that matters much.
fn healthy(diagnosis: &Diagnosis) -> String {
    let worst = |judged: &Judged| {
        let its = diagnosis.findings.iter().filter(|finding| finding.device.as_ref() == Some(&judged.address));
        its.map(|finding| finding.severity).max()
    };
    let undecided = |judged: &Judged| diagnosis.undecided.iter().any(|text| text.starts_with(&judged.address));
    let of = |severity: Option<Severity>| -> Vec<&Judged> {
        let judged = diagnosis.host.judged.iter();
        judged.filter(|judged| worst(judged) == severity && !undecided(judged)).collect()
    };
    functions("Nothing found", &of(None)) + &functions("Nothing worse than info", &of(Some(Severity::Info)))
}

fn functions(title: &str, sound: &[&Judged]) -> String {
    let mut text = if sound.is_empty() { String::new() } else { format!("\n{title}:\n") };
    for judged in sound {
        let irq = judged.irq.map_or("no line".to_string(), |irq| format!("irq {irq}"));
        let chip = judged.chip.as_deref().unwrap_or("-");
        let messages = if judged.messages { ", interrupts by MSI" } else { "" };
        let driver = judged.driver.as_deref().unwrap_or("no driver");
        let line = format!("{}  {irq} {chip}, {}, {driver}{messages}", judged.address, judged.disintx);
        let _ = writeln!(text, "    {}", shown(&line));
    }
    text
}

fn others(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    if !diagnosis.undecided.is_empty() {
        text += "\nCould not be told:\n";
        text.extend(diagnosis.undecided.iter().map(|what| paragraph("", what)));
    }
    if !diagnosis.unseen.is_empty() {
        text += "\nCould not be seen:\n";
        let line = |unseen: &crate::doctor::Unseen| {
            let matters = if unseen.matters.is_empty() { String::new() } else { format!("; {}", unseen.matters) };
            paragraph("", &format!("{}: {}{matters}", unseen.what, unseen.why))
        };
        text.extend(diagnosis.unseen.iter().map(line));
    }
    text
}

/// Prometheus' text format (exposition format 0.0.4).
#[must_use]
pub fn prometheus(diagnosis: &Diagnosis) -> String {
    let mut text = "# HELP eoi_finding What eoi doctor found.\n# TYPE eoi_finding gauge\n".to_string();
    for finding in &diagnosis.findings {
        let _ = writeln!(
            text,
            "eoi_finding{{name=\"{}\",severity=\"{}\",device=\"{}\",irq=\"{}\"}} 1",
            label(finding.name),
            finding.severity.name(),
            label(finding.device.as_deref().unwrap_or_default()),
            finding.irq.map_or(String::new(), |irq| irq.to_string()),
        );
    }
    let gauges = [
        ("eoi_devices", "PCI functions.", diagnosis.host.devices),
        ("eoi_devices_judged", "PCI functions judged as handed to a guest.", diagnosis.host.judged.len()),
        ("eoi_undecided", "Functions and irqs of which nothing could be told.", diagnosis.undecided.len()),
        ("eoi_unreadable_files", "Files that could not be read.", diagnosis.unreadable_files),
    ];
    for (name, help, value) in gauges {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
    }
    text
}

/// A label's value: backslash, quote and line feed are escaped, the format knows no more; other control characters are shown.
fn label(value: &str) -> String {
    let lines: Vec<String> = value.split('\n').map(|line| shown(line).to_string()).collect();
    lines.join("\n").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_as_the_exposition_format_says() {
        assert_eq!(label("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
        assert_eq!(label("0000:01:00.0"), "0000:01:00.0");
        assert_eq!(label("a\x1b[2J"), "a\\\\x1b[2J");
    }

    #[test]
    fn paragraphs_are_no_wider_than_they_may_be() {
        let text = paragraph("seen: ", &"word ".repeat(60));
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.split_whitespace().filter(|word| *word == "word").count(), 60);
    }
}
