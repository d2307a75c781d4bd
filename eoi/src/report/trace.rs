//! What `eoi trace` found.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::Format;
use crate::trace::TraceArgs;
use crate::trace::rows::Candidate;
use crate::trace::verdict::Verdict;

/// Writes it to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(args: &TraceArgs, verdict: &Verdict) -> Result<()> {
    let name = args.file.display().to_string();
    super::write(&match args.format {
        Format::Text => text(&name, verdict),
        Format::Json => json(verdict)?,
        Format::Ktap => ktap(&name, verdict),
    })
}

/// `eoi.trace/1`
///
/// # Errors
/// None that a value of ours can have.
pub fn json(verdict: &Verdict) -> Result<String> {
    let rows: &[Candidate] = if verdict.follows() { &verdict.rows } else { &[] };
    let dead: Vec<Value> = verdict
        .dead
        .iter()
        .map(|dead| {
            let not_with = json_rows(&dead.not_with);
            json!({ "from": dead.from, "until": dead.until, "lost_handoff": dead.lost_handoff, "not_with": not_with })
        })
        .collect();
    let counts = &verdict.counts;
    let irq = verdict.irq.as_ref();
    let mut report = json!({
        "schema": "eoi.trace/1",
        "follows": verdict.follows(),
        "departs_at": verdict.departs.as_ref().map(|departs| departs.line),
        "explained_by": json_rows(rows),
        "dead": dead,
        "interrupts": {
            "irq": irq.map(|(irq, _)| irq),
            "action": irq.map(|(_, name)| name),
            "taken": counts.taken,
            "ignored": counts.ignored,
            "handled": counts.handled,
            "unhandled": counts.unhandled,
            "signals": counts.signals,
            "masks": counts.masks,
            "unmasks": counts.unmasks,
            "last_signal": counts.last_signal,
            "last_unmask": counts.last_unmask,
        },
        "lines": { "followed": verdict.lines, "unknown": verdict.unknown, "aside": verdict.aside },
        "lost_events": verdict.lost,
        "never_seen": verdict.absent,
    });
    if let (Some(departs), Some(object)) = (&verdict.departs, report.as_object_mut()) {
        object.insert("expected".into(), departs.expected.iter().copied().collect());
        object.insert("seen".into(), departs.seen.into());
    }
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn json_rows(rows: &[Candidate]) -> Vec<Value> {
    let row =
        |row: &Candidate| json!({ "chip": row.chip.name, "kernel": row.kernel.name, "device": row.device.name() });
    rows.iter().map(row).collect()
}

/// A test a question: does it follow, was it ever dead?
#[must_use]
pub fn ktap(name: &str, verdict: &Verdict) -> String {
    let mut text = "KTAP version 1\n1..2\n".to_string();
    if let Some(departs) = &verdict.departs {
        let _ = writeln!(text, "# line {}: {}, expected {}", departs.line, departs.seen, one_of(&departs.expected));
    }
    let _ = writeln!(text, "{} 1 {name} follows", result(verdict.follows()));
    for dead in &verdict.dead {
        let _ = writeln!(text, "# {}: {}", span(dead.from, dead.until), dead.lost_handoff);
    }
    let _ = writeln!(text, "{} 2 {name} not dead", result(!verdict.is_dead()));
    text
}

const fn result(ok: bool) -> &'static str {
    if ok { "ok" } else { "not ok" }
}

fn one_of(names: &BTreeSet<&'static str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    if names.is_empty() { "nothing that the model could show here".to_string() } else { names.join(" or ") }
}

fn span(from: usize, until: Option<usize>) -> String {
    until.map_or_else(|| format!("from line {from} to the end"), |until| format!("from line {from} until line {until}"))
}

/// For people.
#[must_use]
pub fn text(name: &str, verdict: &Verdict) -> String {
    let mut text = String::new();
    match &verdict.departs {
        None => {
            let _ = writeln!(text, "{name} follows the model, from its first line to its last");
            let _ = writeln!(text, "\nexplained by");
        }
        Some(departs) => {
            let expected = one_of(&departs.expected);
            let _ = writeln!(text, "{name} DEPARTS from the model at line {}", departs.line);
            let _ = writeln!(text, "    seen      {}\n    expected  {expected}", departs.seen);
            let _ = writeln!(text, "\nfollowed so far by");
        }
    }
    for line in products(&verdict.rows) {
        let _ = writeln!(text, "    {line}");
    }
    text += "\n";
    counts(&mut text, verdict);
    text += "\n";
    for dead in &verdict.dead {
        let _ = writeln!(text, "DEAD {}: no interrupt can be handed over", span(dead.from, dead.until));
        let _ = writeln!(text, "    lost: {}", dead.lost_handoff.replace("; ", "\n    "));
        for line in products(&dead.not_with) {
            let _ = writeln!(text, "    but not with {line}");
        }
    }
    if !verdict.follows() {
        text += "whether the line was ever dead is not judged: no row explains the whole recording\n";
    } else if !verdict.is_dead() {
        text += "never dead: another interrupt could be handed over after every line\n";
    }
    notes(&mut text, verdict);
    text
}

fn counts(text: &mut String, verdict: &Verdict) {
    let counts = &verdict.counts;
    let irq = verdict.irq.as_ref().map_or_else(|| "irq ?".to_string(), |(irq, name)| format!("irq {irq} {name}"));
    let cpus = if verdict.cpus == 1 { "1 CPU".to_string() } else { format!("{} CPUs", verdict.cpus) };
    let _ = writeln!(text, "{irq}, {cpus}, {} lines", verdict.lines);
    let last = |line: Option<usize>| line.map_or_else(String::new, |line| format!(", the last at line {line}"));
    for (what, n, more) in [
        ("interrupts taken", counts.taken, String::new()),
        ("interrupts ignored", counts.ignored, String::new()),
        ("handled", counts.handled, String::new()),
        ("unhandled", counts.unhandled, String::new()),
        ("trigger signals", counts.signals, last(counts.last_signal)),
        ("masks", counts.masks, String::new()),
        ("unmasks", counts.unmasks, last(counts.last_unmask)),
    ] {
        let _ = writeln!(text, "    {what:<20} {n:>6}{more}");
    }
}

fn notes(text: &mut String, verdict: &Verdict) {
    if !verdict.absent.is_empty() {
        let names: Vec<&str> = verdict.absent.iter().copied().collect();
        let _ = writeln!(text, "\nnever seen, taken as not called: {}", names.join(", "));
    }
    if verdict.aside + verdict.unknown > 0 {
        let _ = writeln!(text, "left out: {} lines of others, {} not in the model", verdict.aside, verdict.unknown);
    }
    if verdict.lost > 0 {
        let _ = writeln!(text, "entries were lost in {} places; whatever could happen there is allowed", verdict.lost);
    }
}

/// The rows as products: controllers, kernels, devices.
fn products(rows: &[Candidate]) -> Vec<String> {
    let by_chip = group(rows.iter().map(|row| (row.chip.name, (row.device.name(), row.kernel.name))));
    let mut lines = Vec::new();
    for (rows, chips) in group(by_chip.into_iter().map(|(chip, rows)| (rows, chip))) {
        let by_device = group(rows.into_iter());
        for (kernels, devices) in group(by_device.into_iter().map(|(device, kernels)| (kernels, device))) {
            lines.push(format!("{} | {} | {}", chips.join(", "), kernels.join(", "), devices.join(", ")));
        }
    }
    lines
}

/// Values by key, both in the order in which they come.
fn group<K: PartialEq, T>(pairs: impl Iterator<Item = (K, T)>) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for (key, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}
