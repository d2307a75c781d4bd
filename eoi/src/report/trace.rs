//! The answer of `eoi trace`.

use std::fmt::Write;

use anyhow::Result;

use super::ladder;
use super::words::{folded, some};
use crate::report::format::TraceFormat;
use crate::terminal::shown;
use crate::trace::count::Counts;
use crate::trace::record::broken;
use crate::trace::report::{Dead, Departs, Function, Outcome, Report};
use crate::trace::way::Candidate;

/// Writes it to stdout; with `explain`, text has the steps.
///
/// # Errors
/// stdout cannot be written.
pub fn write(format: TraceFormat, explain: bool, report: &Report) -> Result<()> {
    super::write(&match format {
        TraceFormat::Text if explain => text(report) + &steps(report),
        TraceFormat::Text => text(report),
        TraceFormat::Json => super::json::text(report)?,
        TraceFormat::Ktap => ktap(report),
    })
}

/// A function's name. The handler's is somebody else's text.
fn title(function: &Function) -> String {
    match (function.irq, &function.action) {
        (None, _) => "irq ?".to_string(),
        (Some(irq), None) => format!("irq {irq}"),
        (Some(irq), Some(name)) => format!("irq {irq} {}", shown(name)),
    }
}

/// The steps of each function, as ladders.
fn steps(report: &Report) -> String {
    let ways = report
        .functions
        .iter()
        .filter_map(|function| Some((title(function), function.way.as_ref()?)));
    ways.map(|(title, way)| format!("\n{}", ladder::way(&title, way)))
        .collect()
}

/// Two tests for each INTx function: does the recording follow the model, and could an interrupt always be delivered?
#[must_use]
pub fn ktap(report: &Report) -> String {
    let mut text = format!("KTAP version 1\n1..{}\n", 2 * report.functions.len());
    let name = shown(&report.recording);
    for (index, function) in report.functions.iter().enumerate() {
        let test = 2 * index + 1;
        let of = title(function);
        let title = if report.functions.len() == 1 {
            name.to_string()
        } else {
            format!("{name} {of}")
        };
        let why = function
            .unclear
            .as_deref()
            .map(|why| format!(" # SKIP {}", shown(why)));
        if let (Outcome::Unclear, false, Some(why)) = (function.outcome, function.follows(), &why) {
            let _ = writeln!(text, "ok {test} {title} follows{why}");
            let _ = writeln!(text, "ok {} {title} not dead # SKIP", test + 1);
            continue;
        }
        if let Some(departs) = &function.departs {
            let _ = writeln!(
                text,
                "# line {}: {}, expected {}",
                departs.line,
                departs.seen,
                one_of(departs)
            );
        }
        let _ = writeln!(
            text,
            "{} {test} {title} follows",
            result(function.follows())
        );
        for dead in &function.dead {
            let _ = writeln!(text, "# {}: {}", span(dead), dead.lost_handoff);
        }
        let _ = writeln!(
            text,
            "{} {} {title} not dead{}",
            result(!function.is_dead()),
            test + 1,
            why.unwrap_or_default()
        );
    }
    text
}

const fn result(ok: bool) -> &'static str {
    if ok { "ok" } else { "not ok" }
}

fn one_of(departs: &Departs) -> String {
    let calls = departs.calls();
    if calls.is_empty() {
        "nothing: the model has no call that could come here".to_string()
    } else {
        calls.join(" or ")
    }
}

fn span(&Dead { from, until, .. }: &Dead) -> String {
    until.map_or_else(
        || format!("from line {from} to the end"),
        |until| format!("from line {from} until line {until}"),
    )
}

/// For people.
#[must_use]
pub fn text(report: &Report) -> String {
    let (functions, cpus) = (
        some(report.functions.len(), "INTx function"),
        some(report.cpus, "CPU"),
    );
    let mut text = format!("{}: {functions}, {cpus}\n", shown(&report.recording));
    if let Some(undone) = &report.undone {
        let _ = writeln!(text, "{undone}");
    }
    for function in &report.functions {
        text += "\n";
        paragraph(&mut text, function);
    }
    notes(&mut text, report);
    let mut text = folded(&text);
    if let Some(command) = &report.record {
        text += &format!(
            "to record all that the model knows of, run as root:\n{}\n",
            broken(command)
        );
    }
    text
}

/// The verdict in a sentence.
fn verdict(function: &Function) -> String {
    let title = title(function);
    match (function.outcome, &function.departs) {
        (Outcome::Stuck, _) => {
            format!("{title} is STUCK at the end: no interrupt can be delivered any more")
        }
        (Outcome::WasDead, _) => {
            format!("{title} was DEAD for a while: no interrupt could be delivered")
        }
        (Outcome::Departs, Some(departs)) => {
            format!("{title} DEPARTS from the model at line {}", departs.line)
        }
        (Outcome::Unclear, _) if !function.follows() => {
            format!(
                "{title} could not be followed: {}",
                shown(function.unclear.as_deref().unwrap_or_default())
            )
        }
        (Outcome::Unclear, _) => {
            format!("{title} follows the model, but whether it was ever dead CANNOT BE TOLD")
        }
        _ => format!("{title} follows the model and was never dead"),
    }
}

fn paragraph(text: &mut String, function: &Function) {
    let _ = writeln!(text, "{}", verdict(function));
    if let Some(departs) = &function.departs {
        let _ = writeln!(
            text,
            "    the recording has  {}\n    the model expects  {}",
            departs.seen,
            one_of(departs)
        );
        *text += "    whether it was ever dead is not judged: no configuration explains the whole recording\n";
    } else if let Some(doubt) = function.unclear.as_ref().filter(|_| function.follows()) {
        let _ = writeln!(text, "    {}", shown(doubt));
    }
    candidates(text, function);
    if function.handlers.len() > 1 {
        let _ = writeln!(
            text,
            "    handlers on this interrupt: {}",
            shown(&function.handlers.join(", "))
        );
    }
    for dead in &function.dead {
        let _ = writeln!(
            text,
            "    DEAD {}: no interrupt can be delivered",
            span(dead)
        );
        let _ = writeln!(
            text,
            "        lost: {}",
            dead.lost_handoff.replace("; ", "\n        ")
        );
        for product in products(&dead.not_with) {
            let _ = writeln!(text, "        but not dead with {product}");
        }
    }
    if let Some(first) = function
        .configurations
        .first()
        .filter(|_| function.is_dead())
    {
        let Candidate {
            chip,
            kernel,
            device,
            ..
        } = first;
        let _ = writeln!(
            text,
            "    how it happens: eoi check --chip {chip} --kernel {kernel} --device {device} --path vmm --explain"
        );
        *text += "    how to mend it: docs/findings.md, \"Other ways to mend it\"; or run eoi doctor on that host\n";
    }
    if let Some(last) = &function.last_handoff {
        let _ = writeln!(
            text,
            "    last hand-off seen: {}, line {}",
            last.what, last.line
        );
    }
    if let Some(due) = &function.due {
        let _ = writeln!(text, "    due at the end: {due}");
    }
    counts(text, function);
}

/// The configurations that explain the entries, or explain most of them.
fn candidates(text: &mut String, function: &Function) {
    if function.configurations.is_empty() {
        return;
    }
    let explain = match &function.departs {
        None => "every entry is explained by".to_string(),
        Some(departs) => format!("the entries before line {} are explained by", departs.line),
    };
    let _ = writeln!(text, "    {explain} (controllers | kernels | devices):");
    for product in products(&function.configurations) {
        let _ = writeln!(text, "        {product}");
    }
}

fn counts(text: &mut String, function: &Function) {
    let Counts {
        taken,
        ignored,
        handled,
        unhandled,
        signals,
        masks,
        unmasks,
        last_signal,
        last_unmask,
        ..
    } = &function.interrupts;
    let last = |line: &Option<usize>| {
        line.map_or_else(String::new, |line| format!(" (the last at line {line})"))
    };
    let entries = &function.entries;
    let _ = writeln!(
        text,
        "    {} entries; interrupts: {taken} taken, {ignored} ignored, {handled} handled, {unhandled} unhandled",
        entries.followed
    );
    let (signals, masks, unmasks) = (
        some(*signals, "signal"),
        some(*masks, "mask"),
        some(*unmasks, "unmask"),
    );
    let (last_signal, last_unmask) = (last(last_signal), last(last_unmask));
    let _ = writeln!(
        text,
        "    trigger eventfd: {signals}{last_signal}; vfio-pci: {masks}, {unmasks}{last_unmask}"
    );
    if entries.possible > 0 {
        let switches = function.interrupts.possible_masks_and_unmasks;
        let _ = writeln!(
            text,
            "    {} of the entries ({switches} masks or unmasks) may be another function's: both were tried",
            entries.possible
        );
    }
    if !function.never_seen.is_empty() {
        let names = function.never_seen.join(", ");
        let _ = writeln!(
            text,
            "    not in the recording, and taken as never called: {names}"
        );
    }
}

fn notes(text: &mut String, report: &Report) {
    let kvm = &report.kvm;
    let aside = report
        .functions
        .iter()
        .map(|function| function.entries.aside)
        .min()
        .unwrap_or(0);
    *text += "\n";
    if aside + report.unknown > 0 {
        let unknown = report.unknown;
        let _ = writeln!(
            text,
            "left out: {aside} entries of other interrupts, {unknown} that the model does not have"
        );
    }
    if kvm.acks + kvm.resamples + kvm.injections > 0 {
        let (acks, resamples, raised) = (kvm.acks, kvm.resamples, kvm.injections);
        let _ = writeln!(
            text,
            "KVM: {raised} pins of the guest raised, {acks} ends of interrupt, {resamples} resamples"
        );
    }
    if report.lost > 0 {
        let places = some(report.lost, "place");
        let _ = writeln!(
            text,
            "entries were lost or left out in {places}: anything may have happened there"
        );
    }
    for missing in &report.missing {
        let _ = writeln!(
            text,
            "not in the recording: {}, which would show {}",
            missing.what, missing.would_show
        );
    }
}

/// Configurations, as few products of controllers, kernels and devices as they make.
fn products(all: &[Candidate]) -> Vec<String> {
    let names = all.iter().map(|one| {
        (
            one.chip.as_str(),
            (one.device.as_str(), one.kernel.as_str()),
        )
    });
    let by_chip = group(names);
    let mut lines = Vec::new();
    for (rows, chips) in group(by_chip.into_iter().map(|(chip, rows)| (rows, chip))) {
        let by_device = group(rows.into_iter());
        for (kernels, devices) in group(
            by_device
                .into_iter()
                .map(|(device, kernels)| (kernels, device)),
        ) {
            lines.push(format!(
                "{} | {} | {}",
                chips.join(", "),
                kernels.join(", "),
                devices.join(", ")
            ));
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
