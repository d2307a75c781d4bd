//! The answer of `eoi trace`.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Result;
use serde_json::{Value, json};

use crate::check::configuration::Configuration;
use crate::report::format::Format;
use crate::terminal::shown;
use crate::trace::verdict::{Answer, Dead, Departs, Outcome, Verdict};

/// Writes it to stdout. `name` is the recording's.
///
/// # Errors
/// stdout cannot be written.
pub fn write(format: Format, name: &str, answer: &Answer) -> Result<()> {
    super::write(&match format {
        Format::Text => text(name, answer),
        Format::Json => json(answer)?,
        Format::Ktap => ktap(name, answer),
    })
}

/// `eoi.trace/1`
///
/// # Errors
/// None that a value of ours can have.
pub fn json(answer: &Answer) -> Result<String> {
    let kvm = &answer.kvm;
    let missing: Vec<Value> =
        answer.missing.iter().map(|(what, shows)| json!({ "what": what, "would_show": shows })).collect();
    let report = json!({
        "schema": "eoi.trace/1",
        "follows": answer.follows(),
        "lines": answer.functions.iter().map(json_line).collect::<Vec<_>>(),
        "cpus": answer.cpus,
        "unknown_entries": answer.unknown,
        "lost_events": answer.lost,
        "kvm": {
            "acks": kvm.acks,
            "resamples": kvm.resamples,
            "injections": kvm.injections,
            "last_ack": kvm.last_ack,
            "last_resample": kvm.last_resample,
        },
        "missing": missing,
        "record": answer.record,
    });
    super::json::text(&report)
}

fn json_line(verdict: &Verdict) -> Value {
    let rows: &[Configuration] = if verdict.follows() { &verdict.configurations } else { &[] };
    let dead = |dead: &Dead| {
        let not_with = json_rows(&dead.not_with);
        json!({ "from": dead.from, "until": dead.until, "lost_handoff": dead.lost_handoff, "not_with": not_with })
    };
    let departs =
        |departs: &Departs| json!({ "line": departs.line, "seen": departs.seen, "expected": departs.expected });
    let counts = &verdict.counts;
    let ending = &verdict.ending;
    json!({
        "irq": verdict.function.as_ref().map(|(irq, _)| irq),
        "action": verdict.function.as_ref().map(|(_, name)| name).filter(|name| !name.is_empty()),
        "owners": verdict.owners,
        "verdict": verdict.outcome().name(),
        "unclear": verdict.unclear.as_ref().or(verdict.doubt.as_ref()),
        "departs": verdict.departs.as_ref().map(departs),
        "explained_by": json_rows(rows),
        "dead": verdict.dead.iter().map(dead).collect::<Vec<_>>(),
        "last_handoff": ending.last.map(|(what, line)| json!({ "what": what, "line": line })),
        "due": ending.due,
        "interrupts": {
            "taken": counts.taken,
            "ignored": counts.ignored,
            "handled": counts.handled,
            "unhandled": counts.unhandled,
            "signals": counts.signals,
            "masks": counts.masks,
            "unmasks": counts.unmasks,
            "possible_masks_and_unmasks": counts.possible,
            "last_signal": counts.last_signal,
            "last_unmask": counts.last_unmask,
        },
        "entries": { "followed": verdict.entries, "possible": verdict.possible, "aside": verdict.aside },
        "never_seen": verdict.absent,
    })
}

fn json_rows(rows: &[Configuration]) -> Vec<Value> {
    let row =
        |row: &Configuration| json!({ "chip": row.chip.name, "kernel": row.kernel.name, "device": row.device.name() });
    rows.iter().map(row).collect()
}

/// A line's name.
fn title(verdict: &Verdict) -> String {
    match &verdict.function {
        None => "irq ?".to_string(),
        Some((irq, name)) if name.is_empty() => format!("irq {irq}"),
        Some((irq, name)) => format!("irq {irq} {}", shown(name)),
    }
}

/// Two tests for each INTx function: does it follow, was it never dead?
#[must_use]
pub fn ktap(name: &str, answer: &Answer) -> String {
    let mut text = format!("KTAP version 1\n1..{}\n", 2 * answer.functions.len());
    let name = shown(name);
    for (index, verdict) in answer.functions.iter().enumerate() {
        let test = 2 * index + 1;
        let title = if answer.functions.len() == 1 { name.to_string() } else { format!("{name} {}", title(verdict)) };
        if let Some(unclear) = &verdict.unclear {
            let _ = writeln!(text, "ok {test} {title} follows # SKIP {unclear}");
            let _ = writeln!(text, "ok {} {title} not dead # SKIP", test + 1);
            continue;
        }
        if let Some(departs) = &verdict.departs {
            let _ = writeln!(text, "# line {}: {}, expected {}", departs.line, departs.seen, one_of(&departs.expected));
        }
        let _ = writeln!(text, "{} {test} {title} follows", result(verdict.follows()));
        for dead in &verdict.dead {
            let _ = writeln!(text, "# {}: {}", span(dead.from, dead.until), dead.lost_handoff);
        }
        let skip = verdict.doubt.as_ref().map_or_else(String::new, |doubt| format!(" # SKIP {doubt}"));
        let _ = writeln!(text, "{} {} {title} not dead{skip}", result(!verdict.is_dead()), test + 1);
    }
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
pub fn text(name: &str, answer: &Answer) -> String {
    let functions = if answer.functions.len() == 1 { "INTx function" } else { "INTx functions" };
    let cpus = if answer.cpus == 1 { "CPU" } else { "CPUs" };
    let mut text = format!("{}: {} {functions}, {} {cpus}\n", shown(name), answer.functions.len(), answer.cpus);
    for verdict in &answer.functions {
        text += "\n";
        paragraph(&mut text, verdict);
    }
    notes(&mut text, answer);
    text
}

fn paragraph(text: &mut String, verdict: &Verdict) {
    let title = title(verdict);
    let _ = match (verdict.outcome(), &verdict.unclear, &verdict.departs) {
        (Outcome::Stuck, ..) => writeln!(text, "{title} follows the model and is STUCK at the end"),
        (Outcome::WasDead, ..) => writeln!(text, "{title} follows the model and was DEAD for a while"),
        (_, Some(unclear), _) => writeln!(text, "{title} could not be told: {unclear}"),
        (_, _, Some(departs)) => writeln!(
            text,
            "{title} DEPARTS from the model at line {}\n    seen      {}\n    expected  {}",
            departs.line,
            departs.seen,
            one_of(&departs.expected)
        ),
        _ => writeln!(text, "{title} follows the model, from its first line to its last"),
    };
    if verdict.owners.len() > 1 {
        let _ = writeln!(text, "    handlers on this interrupt: {}", shown(&verdict.owners.join(", ")));
    }
    for (at, row) in products(&verdict.configurations).iter().enumerate() {
        let what = if verdict.follows() { "explained by" } else { "followed by" };
        let _ = writeln!(text, "    {:<13} {row}", if at == 0 { what } else { "" });
    }
    for dead in &verdict.dead {
        let _ = writeln!(text, "    DEAD {}: no interrupt can be handed over", span(dead.from, dead.until));
        let _ = writeln!(text, "        lost: {}", dead.lost_handoff.replace("; ", "\n        "));
        for row in products(&dead.not_with) {
            let _ = writeln!(text, "        but not with {row}");
        }
    }
    if let Some(row) = verdict.configurations.first().filter(|_| verdict.is_dead()) {
        let (chip, kernel, device) = (row.chip.name, row.kernel.name, row.device.name());
        let _ =
            writeln!(text, "    how: eoi check --chip {chip} --kernel {kernel} --device {device} --path vmm --explain");
        *text += "    what mends it: docs/findings.md, \"Other ways to mend it\"; eoi doctor on that host\n";
    }
    if verdict.departs.is_some() {
        *text += "    whether it was ever dead is not judged: no row explains the whole recording\n";
    } else if let Some(doubt) = &verdict.doubt {
        let _ = writeln!(text, "    whether it was ever dead CANNOT BE TOLD: {doubt}");
    } else if verdict.unclear.is_none() && !verdict.is_dead() {
        *text += "    never dead: another interrupt could be handed over after every line\n";
    }
    if let Some((what, at)) = verdict.ending.last {
        let _ = writeln!(text, "    last hand-off seen: {what}, line {at}");
    }
    if let Some(due) = &verdict.ending.due {
        let _ = writeln!(text, "    due at the end: {due}");
    }
    counts(text, verdict);
}

fn counts(text: &mut String, verdict: &Verdict) {
    let counts = &verdict.counts;
    let (last_signal, last_unmask) = (counts.last_signal, counts.last_unmask);
    let last = |line: Option<usize>| line.map_or_else(String::new, |line| format!(" (last at line {line})"));
    let _ = writeln!(
        text,
        "    {} entries; interrupts: {} taken, {} ignored, {} handled, {} unhandled",
        verdict.entries, counts.taken, counts.ignored, counts.handled, counts.unhandled
    );
    let _ = writeln!(
        text,
        "    {} trigger signals{}, {} masks, {} unmasks{}",
        counts.signals,
        last(last_signal),
        counts.masks,
        counts.unmasks,
        last(last_unmask)
    );
    if verdict.possible > 0 {
        let (entries, switches) = (verdict.possible, counts.possible);
        let _ =
            writeln!(text, "    {entries} entries ({switches} masks or unmasks) may be another's: both were followed");
    }
    if !verdict.absent.is_empty() {
        let names: Vec<&str> = verdict.absent.iter().copied().collect();
        let _ = writeln!(text, "    never seen, taken as not called: {}", names.join(", "));
    }
}

fn notes(text: &mut String, answer: &Answer) {
    let kvm = &answer.kvm;
    let aside = answer.functions.iter().map(|verdict| verdict.aside).min().unwrap_or(0);
    *text += "\n";
    if aside + answer.unknown > 0 {
        let _ = writeln!(text, "left out: {aside} entries of others, {} not in the model", answer.unknown);
    }
    if kvm.acks + kvm.resamples + kvm.injections > 0 {
        let (acks, resamples, sets) = (kvm.acks, kvm.resamples, kvm.injections);
        let _ = writeln!(text, "KVM: {sets} pins set, {acks} guest EOIs, {resamples} resampled");
    }
    if answer.lost > 0 {
        let _ = writeln!(text, "entries were lost in {} places; whatever could happen there is allowed", answer.lost);
    }
    for (what, shows) in &answer.missing {
        let _ = writeln!(text, "not in the recording: {what} ({shows})");
    }
    if let Some(command) = &answer.record {
        let _ = writeln!(text, "all that the model knows of it is recorded by, as root:\n    {command}");
    }
}

/// The rows as products: controllers, kernels, devices.
fn products(rows: &[Configuration]) -> Vec<String> {
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
