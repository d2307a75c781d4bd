//! Prometheus' text format (exposition format 0.0.4), for the textfile collector of its node exporter.

use std::fmt::Write;

use jiff::Timestamp;

use crate::check::report::{Answer, Entry, Report};
use crate::terminal::shown;

/// Labels of a sample, each with its value.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

/// Metrics, one family after the other.
#[derive(Default)]
pub struct Metrics {
    text: String,
}

impl Metrics {
    /// Begins a family. Its samples follow.
    pub fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
    }

    /// One sample of the family that was begun last.
    pub fn sample(&mut self, name: &str, labels: Labels<'_>, value: impl std::fmt::Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", labels.join(","))
        };
        let _ = writeln!(self.text, "{name}{labels} {value}");
    }

    /// Whether a kernel has the INTx fix: a sample for each of the three states, of which one is 1.
    pub fn kernel_fix(&mut self, verb: &str, kernels: &[(&str, &str)]) {
        self.family(
            "eoi_kernel_fix",
            "Whether the kernel has the INTx fix (commit 8b9f128947dd).",
        );
        for (kernel, is) in kernels {
            for state in ["present", "absent", "unknown"] {
                let labels = [("verb", verb), ("kernel", kernel), ("state", state)];
                self.sample("eoi_kernel_fix", &labels, u8::from(state == *is));
            }
        }
    }

    /// The metrics with the time at which they were written, which comes last.
    #[must_use]
    pub fn written_now(mut self, verb: &str) -> String {
        self.family(
            "eoi_timestamp_seconds",
            "When this was written, in seconds since 1970-01-01.",
        );
        let now = Timestamp::now().as_second();
        self.sample("eoi_timestamp_seconds", &[("verb", verb)], now);
        self.text
    }
}

/// A label's value: backslash, quote and line feed are escaped, the format knows no more; other control characters are
/// shown.
fn escaped(value: &str) -> String {
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

/// The verdicts of a check: a sample a system, and one for each law that is broken.
#[must_use]
pub fn check(report: &Report) -> String {
    const HOLDS: &str = "eoi_system_holds";
    const BROKEN: &str = "eoi_law_broken";
    let (mut metrics, exist) = (Metrics::default(), report.results.iter());
    let exist: Vec<&Entry> = exist
        .filter(|entry| !matches!(entry.result, Answer::Refused(_)))
        .collect();
    metrics.family(
        HOLDS,
        "1 if interrupts keep coming in a system and every law holds, 0 if not.",
    );
    for entry in &exist {
        if entry.result.searched().is_some() {
            of(entry, &[], |labels| {
                metrics.sample(HOLDS, labels, u8::from(!entry.result.is_broken()));
            });
        }
    }
    metrics.family(BROKEN, "A law that is broken in a system; the value is the number of steps of the shortest example.");
    for (entry, searched) in exist
        .iter()
        .filter_map(|entry| Some((entry, entry.result.searched()?)))
    {
        for (law, run) in searched.broken() {
            of(entry, &[("law", law.law.0.name())], |labels| {
                metrics.sample(BROKEN, labels, run.steps.len());
            });
        }
    }
    let undecided = exist
        .iter()
        .filter(|entry| entry.result.searched().is_none())
        .count();
    metrics.family(
        "eoi_systems_undecided",
        "Systems with more states than the limit.",
    );
    metrics.sample("eoi_systems_undecided", &[], undecided);
    let mut kernels: Vec<(String, &str)> = Vec::new();
    for names in exist.iter().map(|entry| &entry.configuration) {
        let kernel = (
            names.kernel_and_fixes(),
            if names.has_the_merged_fix() {
                "present"
            } else {
                "absent"
            },
        );
        if !kernels.contains(&kernel) {
            kernels.push(kernel);
        }
    }
    let kernels: Vec<(&str, &str)> = kernels
        .iter()
        .map(|(kernel, state)| (kernel.as_str(), *state))
        .collect();
    metrics.kernel_fix("check", &kernels);
    metrics.written_now("check")
}

/// The labels of a system, and these.
fn of(entry: &Entry, more: Labels<'_>, mut tell: impl FnMut(Labels<'_>)) {
    let names = &entry.configuration;
    let kernel = names.kernel_and_fixes();
    let labels = [
        ("controller", names.chip_prints.as_str()),
        ("model", &names.chip),
        ("kernel", &kernel),
        ("device", &names.device),
        ("path", &names.path),
        ("vmm", &names.vmm),
        ("guest", names.guest.as_deref().unwrap_or_default()),
        ("scenario", &names.scenario),
    ];
    tell(&[&labels, more].concat());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_as_the_exposition_format_says() {
        assert_eq!(escaped("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
        assert_eq!(escaped("0000:01:00.0"), "0000:01:00.0");
        assert_eq!(escaped("a\x1b[2J"), "a\\\\x1b[2J");
    }
}
