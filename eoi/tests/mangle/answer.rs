//! The answer of `eoi doctor` about two texts, and how it compares with the one about the clean texts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use eoi::host::{interrupts, lspci};
use serde_json::Value;

use crate::clean::Clean;

/// The answer, without the parts that depend on how the text is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub exit: i32,
    pub findings: BTreeSet<Finding>,
    /// Address: pin, irq, controller, driver, whether it is judged.
    pub functions: BTreeMap<String, [String; 5]>,
    /// Irq: controller, owners.
    pub lines: BTreeMap<String, (String, BTreeSet<String>)>,
    /// Everything that was written, to look for the marks and line numbers in.
    pub said: Said,
}

/// A finding; a field that it has not is `null`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub severity: String,
    pub name: String,
    pub function: String,
    pub irq: String,
    pub summary: String,
    /// All of it, with its evidence.
    pub whole: Said,
}

/// Words that take no part in a comparison: they name lines of the text.
#[derive(Clone, Debug, Default)]
pub struct Said(pub String);

impl Ord for Said {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl PartialOrd for Said {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Said {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Said {}

/// The reading of the two texts by the tool; nothing where it refuses one. The answer follows from it and from the
/// arguments alone, so that texts that are read as the same files need be asked about once.
pub fn read_as(clean: &Clean) -> Option<String> {
    let listing = lspci::read(&clean.lspci).ok()?;
    let interrupts = match &clean.interrupts {
        Some(text) => Some(interrupts::pasted(text).ok()?.0),
        None => interrupts::pasted(&clean.lspci).ok().map(|(text, _)| text),
    };
    Some(format!(
        "{:?} {:?} {interrupts:?} {:?}",
        listing.nodes, listing.unknown, clean.arguments
    ))
}

/// Runs `eoi doctor` on the texts; `scratch` is a name that nobody else uses.
pub fn ask(clean: &Clean, scratch: &Path) -> Answer {
    let lspci = scratch.with_extension("lspci");
    let interrupts = scratch.with_extension("interrupts");
    std::fs::write(&lspci, &clean.lspci).expect("the scratch folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command
        .args(["doctor", "--all", "--format", "json", "--lspci"])
        .arg(&lspci);
    if let Some(text) = &clean.interrupts {
        std::fs::write(&interrupts, text).expect("the scratch folder");
        command.arg("--interrupts").arg(&interrupts);
    }
    let output = command.args(&clean.arguments).output().expect("eoi");
    let _ = (
        std::fs::remove_file(&lspci),
        std::fs::remove_file(&interrupts),
    );
    let exit = output.status.code().unwrap_or(-1);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match serde_json::from_str(&text) {
        Ok(document) => read(exit, &document, Said(error + &text)),
        Err(_) => Answer {
            exit,
            said: Said(error + &text),
            ..Answer::default()
        },
    }
}

/// A value as a word: a string without its quotes.
fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}

fn list<'a>(document: &'a Value, name: &str) -> &'a [Value] {
    document[name].as_array().map_or(&[], Vec::as_slice)
}

fn read(exit: i32, document: &Value, said: Said) -> Answer {
    let finding = |finding: &Value| {
        let [severity, name, function, irq, summary] =
            ["severity", "name", "function", "irq", "summary"].map(|name| word(&finding[name]));
        Finding {
            severity,
            name,
            function,
            irq,
            summary,
            whole: Said(finding.to_string()),
        }
    };
    let function = |function: &Value| {
        let facts =
            ["pin", "irq", "controller", "driver", "judged"].map(|name| word(&function[name]));
        (word(&function["address"]), facts)
    };
    let line = |line: &Value| {
        let owners = list(line, "owners").iter().map(word).collect();
        (word(&line["irq"]), (word(&line["controller"]), owners))
    };
    Answer {
        exit,
        findings: list(document, "findings").iter().map(finding).collect(),
        functions: list(document, "functions").iter().map(function).collect(),
        lines: list(document, "lines").iter().map(line).collect(),
        said,
    }
}

/// How an answer about a mangled text compares with the one about the clean text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same.
    Undone,
    /// Exit 2 or 3, and the mark or the line is named; nothing false is said.
    Refused,
    /// Something else, and why.
    Wrong(String),
}

/// Compares; `marks` are words of which a refusal names one, unless it names a line.
pub fn compare(clean: &Answer, mangled: &Answer, marks: &[&str]) -> Verdict {
    if clean == mangled {
        return Verdict::Undone;
    }
    if let Some(falsehood) = falsehood(clean, mangled) {
        return Verdict::Wrong(falsehood);
    }
    if !matches!(mangled.exit, 2 | 3) {
        return Verdict::Wrong(format!(
            "exit {}: {}",
            mangled.exit,
            difference(clean, mangled)
        ));
    }
    let said = &mangled.said.0;
    if marks.iter().any(|mark| said.contains(mark)) || names_a_line(said) {
        return Verdict::Refused;
    }
    Verdict::Wrong(format!(
        "exit {} names neither mark nor line: {}",
        mangled.exit,
        difference(clean, mangled)
    ))
}

/// `line 7` or `lines 7 to 9`
fn names_a_line(said: &str) -> bool {
    let after = ["line ", "lines "]
        .into_iter()
        .flat_map(|word| said.split(word).skip(1));
    after
        .into_iter()
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A pin denied or an owner lost, whatever the exit status.
fn falsehood(clean: &Answer, mangled: &Answer) -> Option<String> {
    let denied = |name: &str, function: &str| {
        let about = |answer: &Answer| {
            answer
                .findings
                .iter()
                .any(|finding| finding.name == name && finding.function == function)
        };
        about(mangled) && !about(clean)
    };
    for function in mangled
        .functions
        .keys()
        .chain(mangled.findings.iter().map(|finding| &finding.function))
    {
        if let Some(name) = ["no-pin", "bad-pin", "no-route"]
            .into_iter()
            .find(|name| denied(name, function))
        {
            return Some(format!("{name} {function}"));
        }
    }
    for (irq, (controller, owners)) in &mangled.lines {
        let Some((_, before)) = clean.lines.get(irq) else {
            return Some(format!("irq {irq} is of nothing"));
        };
        // A line of which nothing is known has no controller; one that is known has its owners.
        if controller != "null" && owners != before {
            return Some(format!("irq {irq} has {owners:?}, not {before:?}"));
        }
    }
    None
}

/// The first thing that differs.
pub fn difference(clean: &Answer, mangled: &Answer) -> String {
    if mangled.functions.is_empty() && mangled.findings.is_empty() {
        let said = mangled
            .said
            .0
            .lines()
            .take(4)
            .collect::<Vec<_>>()
            .join(" / ");
        return said.chars().take(240).collect();
    }
    let lost = clean
        .findings
        .difference(&mangled.findings)
        .next()
        .map(|lost| format!("lost {}", lost.whole.0));
    let added = mangled
        .findings
        .difference(&clean.findings)
        .next()
        .map(|added| format!("added {}", added.whole.0));
    let function = clean
        .functions
        .iter()
        .find(|(address, facts)| mangled.functions.get(*address) != Some(facts));
    let function = function.map(|(address, facts)| {
        format!(
            "{address} {facts:?} is {:?}",
            mangled.functions.get(address)
        )
    });
    let line = clean
        .lines
        .iter()
        .find(|(irq, facts)| mangled.lines.get(*irq) != Some(facts));
    let line =
        line.map(|(irq, facts)| format!("irq {irq} {facts:?} is {:?}", mangled.lines.get(irq)));
    let exit =
        (clean.exit != mangled.exit).then(|| format!("exit {} not {}", mangled.exit, clean.exit));
    let more = "functions or lines that the clean text has not".to_string();
    function
        .or(line)
        .or(lost)
        .or(added)
        .or(exit)
        .unwrap_or(more)
}
