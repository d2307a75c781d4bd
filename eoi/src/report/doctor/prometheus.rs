//! A diagnosis in Prometheus' text format (exposition format 0.0.4).

use std::fmt::Write;

use crate::doctor::Diagnosis;
use crate::terminal::shown;

/// The findings and a few numbers, for the textfile collector.
#[must_use]
pub fn prometheus(diagnosis: &Diagnosis) -> String {
    let mut text =
        "# HELP eoi_finding A finding of eoi doctor; eoi doctor --explain NAME explains it.\n# TYPE eoi_finding gauge\n"
            .to_string();
    for finding in &diagnosis.findings {
        let _ = writeln!(
            text,
            "eoi_finding{{name=\"{}\",severity=\"{}\",function=\"{}\",irq=\"{}\"}} 1",
            label(finding.name),
            finding.severity.name(),
            label(finding.function.as_deref().unwrap_or_default()),
            finding.irq.map_or(String::new(), |irq| irq.to_string()),
        );
    }
    let host = &diagnosis.host;
    let gauges = [
        ("eoi_functions", "PCI functions.", host.functions),
        (
            "eoi_functions_judged",
            "PCI functions judged as handed to a guest.",
            host.functions_judged,
        ),
        (
            "eoi_undecided",
            "Functions and irqs of which nothing could be told.",
            diagnosis.undecided.len(),
        ),
        (
            "eoi_unreadable_files",
            "Files that could not be read.",
            host.unreadable_files,
        ),
    ];
    for (name, help, value) in gauges {
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
        );
    }
    text
}

/// A label's value: backslash, quote and line feed are escaped, the format knows no more; other control characters are
/// shown.
fn label(value: &str) -> String {
    let lines: Vec<String> = value
        .split('\n')
        .map(|line| shown(line).to_string())
        .collect();
    lines
        .join("\n")
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
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
}
