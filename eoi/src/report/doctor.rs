//! A diagnosis for people and as `eoi.doctor/2`; the files that a run reads.

use std::fmt::Write;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::diagnosis::{FunctionSummary, Undecided, WatchedSummary};
use crate::doctor::{Diagnosis, Finding, Severity, Unseen};
use crate::host::tree::Note;
use crate::host::{Evidence, Tree};
use crate::report::words;
use crate::terminal::shown;

pub mod explain;
pub mod prometheus;

/// The schema's name.
pub const SCHEMA: &str = "eoi.doctor/2";

/// The report of `eoi doctor --format json`.
#[derive(Serialize, JsonSchema)]
pub struct DoctorReport<'a> {
    /// The name and the version of this format: `eoi.doctor/2`.
    pub schema: &'static str,
    /// The source: this machine, or the name of a directory or a file.
    pub source: &'a str,
    /// The diagnosis.
    #[serde(flatten)]
    pub diagnosis: &'a Diagnosis,
}

/// A diagnosis as `eoi.doctor/2`.
///
/// # Errors
/// None that is known.
pub fn json(diagnosis: &Diagnosis, source: &str) -> Result<String> {
    super::json::text(&DoctorReport {
        schema: SCHEMA,
        source,
        diagnosis,
    })
}

/// The files that a run reads, one a line.
#[must_use]
pub fn list(tree: &Tree) -> String {
    let mut text = String::new();
    for (path, note) in tree.notes() {
        let _ = match note {
            Note::Read => writeln!(text, "{}", shown(&path)),
            Note::Unreadable(why) => {
                writeln!(text, "{} (cannot be read: {})", shown(&path), shown(&why))
            }
            Note::Missing => Ok(()),
        };
    }
    text
}

/// The findings that a diagnosis shows to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Every finding about the functions and irqs that were named.
    OfTheNamed,
    /// Of the whole host, the findings that are worse than good to know.
    OfTheHost,
    /// Every finding about the whole host.
    All,
}

/// For people.
#[must_use]
pub fn text(diagnosis: &Diagnosis, source: &str, findings: Shown) -> String {
    let mut text: String = diagnosis
        .answers
        .iter()
        .map(|answer| words::paragraph("", &format!("{}: {}.", answer.about, answer.says)))
        .collect();
    text += if text.is_empty() { "" } else { "\n" };
    text += &head(diagnosis, source, findings != Shown::OfTheNamed);
    let shown = diagnosis
        .findings
        .iter()
        .filter(|finding| findings != Shown::OfTheHost || finding.severity > Severity::Info);
    let mut shown: Vec<&Finding> = shown.collect();
    let asked = |finding: &Finding| {
        let irq = finding.irq.map(|irq| format!("irq {irq}"));
        diagnosis.answers.iter().any(|answer| {
            finding.function.as_ref() == Some(&answer.about) || irq.as_ref() == Some(&answer.about)
        })
    };
    shown.sort_by_key(|finding| std::cmp::Reverse((asked(finding), finding.severity)));
    for one in &shown {
        text += "\n";
        text += &finding(one);
    }
    text += &watched(diagnosis.watched.as_deref());
    text += &healthy(diagnosis);
    text += &open(diagnosis);
    if let Some(worst) = shown.first() {
        let _ = writeln!(
            text,
            "\neoi doctor --explain NAME explains a finding, as {} above.",
            worst.name
        );
    }
    let hidden = diagnosis.findings.len() - shown.len();
    if hidden > 0 {
        let _ = writeln!(
            text,
            "\n{hidden} more, only good to know: --all shows them."
        );
    }
    text
}

fn head(diagnosis: &Diagnosis, source: &str, whole_host: bool) -> String {
    let (host, kernel) = (&diagnosis.host, &diagnosis.kernel);
    let release = kernel
        .release
        .as_deref()
        .map_or("a kernel that is not known".to_string(), |r| {
            format!("Linux {r}")
        });
    let cpus = if host.cpus == 0 {
        String::new()
    } else {
        format!(", {}", words::some(host.cpus, "CPU"))
    };
    let os = host
        .os
        .as_deref()
        .map_or(String::new(), |os| format!(", {os}"));
    let head = format!(
        "{source}: {release}{os}{cpus}; {}, {} with an interrupt pin, {} judged as handed to a guest.",
        words::some(host.functions, "PCI function"),
        host.functions_with_pin,
        host.functions_judged,
    );
    let end = if kernel.says.ends_with('?') { "" } else { "." };
    let mut text =
        words::paragraph("", &head) + &words::paragraph("", &format!("{}{end}", kernel.says));
    text.extend(
        diagnosis
            .undone
            .iter()
            .map(|undone| words::paragraph("", &format!("{undone}."))),
    );
    for function in diagnosis
        .functions
        .iter()
        .filter(|function| function.judged)
    {
        if let (Some(path), Some(machine)) = (function.path, &function.machine) {
            let path = format!("{}: path {path}; {machine}.", function.address);
            text += &words::paragraph("", &path);
        }
    }
    if host.functions_judged == 0 && host.functions_with_pin > 0 && whole_host {
        text += &words::paragraph("", NOT_BOUND);
    }
    text
}

const NOT_BOUND: &str =
    "No function is bound to vfio-pci; name one to see what would become of it in a guest.";

fn finding(finding: &Finding) -> String {
    let mut text = format!("{:<8} {}", finding.severity.name(), finding.name);
    let function = finding
        .function
        .as_deref()
        .map(|function| format!("  {}", shown(function)));
    let irq = finding.irq.map(|irq| format!("  irq {irq}"));
    let _ = writeln!(
        text,
        "{}{}",
        function.unwrap_or_default(),
        irq.unwrap_or_default()
    );
    text += &paragraph("", &finding.summary);
    for evidence in &finding.evidence {
        text += &paragraph("seen: ", &place(evidence));
    }
    if let Some(remedy) = &finding.remedy {
        text += &paragraph("do:   ", remedy);
    }
    if let Some(command) = &finding.command {
        text += &paragraph("run:  ", command);
    }
    text += &paragraph("see:  ", &finding.reference);
    text
}

fn place(evidence: &Evidence) -> String {
    let line = evidence
        .line
        .map_or(String::new(), |line| format!(":{line}"));
    format!("{}{line}: {}", evidence.file, evidence.text)
}

/// One sentence for each line that was watched.
fn watched(lines: Option<&[WatchedSummary]>) -> String {
    let one = |line: &WatchedSummary| {
        let WatchedSummary {
            function,
            seconds,
            looks,
            asserted,
            taken,
        } = line;
        if *looks == 0 {
            return paragraph("", &format!("{function}: nothing could be read"));
        }
        let what = format!(
            "{taken} interrupts in {seconds:.1} s, asserted at {asserted} of {looks} looks"
        );
        paragraph("", &format!("{function}: {what}"))
    };
    match lines {
        None => String::new(),
        Some([]) => {
            "\nWatched:\n    vfio-pci uses no line now: there is nothing to watch\n".to_string()
        }
        Some(lines) => "\nWatched:\n".to_string() + &lines.iter().map(one).collect::<String>(),
    }
}

/// One line for each judged function of which nothing was found, or nothing that matters much.
fn healthy(diagnosis: &Diagnosis) -> String {
    let worst = |function: &FunctionSummary| {
        let its = diagnosis
            .findings
            .iter()
            .filter(|finding| finding.function.as_ref() == Some(&function.address));
        its.map(|finding| finding.severity).max()
    };
    let undecided = |function: &FunctionSummary| {
        diagnosis
            .undecided
            .iter()
            .any(|question| question.function.as_ref() == Some(&function.address))
    };
    let of = |severity: Option<Severity>| -> Vec<&FunctionSummary> {
        let judged = diagnosis
            .functions
            .iter()
            .filter(|function| function.judged);
        judged
            .filter(|function| worst(function) == severity && !undecided(function))
            .collect()
    };
    functions("Nothing found", &of(None))
        + &functions("Nothing worse than info", &of(Some(Severity::Info)))
}

fn functions(title: &str, sound: &[&FunctionSummary]) -> String {
    let mut text = if sound.is_empty() {
        String::new()
    } else {
        format!("\n{title}:\n")
    };
    for function in sound {
        let irq = function
            .irq
            .map_or("no line".to_string(), |irq| format!("irq {irq}"));
        let chip = function.controller.as_deref().unwrap_or("-");
        let messages = if function.uses_messages {
            ", interrupts by MSI"
        } else {
            ""
        };
        let driver = function.driver.as_deref().unwrap_or("no driver");
        let line = format!(
            "{}  {irq} {chip}, {}, {driver}{messages}",
            function.address,
            function.disintx.name()
        );
        text += &words::hanging("    ", 8, &line);
    }
    text
}

/// Questions that stay open, and what could not be seen.
fn open(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    if !diagnosis.undecided.is_empty() {
        text += "\nCould not be told:\n";
        text.extend(
            diagnosis
                .undecided
                .iter()
                .map(|question| paragraph("", &told(question))),
        );
    }
    if !diagnosis.unseen.is_empty() {
        text += "\nCould not be seen:\n";
        let line = |Unseen {
                        subject,
                        reason,
                        matters,
                    }: &Unseen| {
            let matters = matters
                .as_ref()
                .map_or(String::new(), |matters| format!("; {matters}"));
            paragraph("", &format!("{subject}: {reason}{matters}"))
        };
        text.extend(diagnosis.unseen.iter().map(line));
    }
    text
}

fn told(
    Undecided {
        function,
        irq,
        reason,
    }: &Undecided,
) -> String {
    match (function, irq) {
        (Some(function), _) => format!("{function}: {reason}"),
        (None, Some(irq)) => format!("irq {irq}: {reason}"),
        (None, None) => reason.clone(),
    }
}

/// A paragraph, set in by four columns.
fn paragraph(label: &str, text: &str) -> String {
    words::paragraph(&format!("    {label}"), text)
}
