//! A ladder: who does what, step by step, in 75 columns, so that it can be mailed.

use std::fmt::Write;

use eoi_model::event::{Event, Kind};
use eoi_model::state::{Half, State};
use eoi_search::{Law, Verdict};

use crate::check::configuration::Configuration;
use crate::check::outcome::{Checked, Outcome};
use crate::check::select::Selection;

/// No line is longer.
pub const WIDTH: usize = 75;

/// The lanes, by the first word of an event's name.
const LANES: [(&str, &[&str]); 5] = [
    ("dev", &["device", "neighbour"]),
    ("host", &["host"]),
    ("vfio", &["vfio"]),
    ("vmm", &["vmm", "kvm", "program", "operator"]),
    ("guest", &["guest"]),
];
const LANE: usize = 5;

/// How many events of a path are services.
#[must_use]
pub fn served(checked: &Checked, path: &[u8]) -> usize {
    checked.path(path).filter(|event| event.is_service()).count()
}

/// The ladders of every broken law of every case.
#[must_use]
pub fn all(selection: &Selection, outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for (case, outcome) in selection.configurations.iter().zip(outcomes) {
        let Some(checked) = outcome.checked() else { continue };
        for verdict in checked.verdicts.iter().filter(|verdict| !verdict.holds()) {
            text += "\n";
            text += &ladder(case, checked, verdict);
        }
    }
    if !text.is_empty() {
        text += "Citations: Linux 6.12 (kernel/irq, drivers/vfio/pci, virt/kvm), QEMU 10.0\n(hw/vfio), PCI 2.3; what differs in other releases is the kernel's row.\n";
    }
    text
}

/// The ladder of one broken law.
#[must_use]
pub fn ladder(case: &Configuration, checked: &Checked, verdict: &Verdict) -> String {
    let Some(path) = &verdict.broken_by else { return String::new() };
    let mut text = String::new();
    for line in fill(&format!("{}: {}", verdict.law.name(), case.title()), WIDTH) {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "{}", LANES.map(|(name, _)| format!("{name:<LANE$}")).join("").trim_end());
    let events: Vec<Event> = checked.path(path).collect();
    let mut state = checked.system.initial();
    for (index, &event) in events.iter().enumerate() {
        if verdict.cycle > 0 && index == events.len() - verdict.cycle {
            let _ = writeln!(text, "{:-<WIDTH$}", "-- from here again and again ");
        }
        state = step(&mut text, case, checked, state, event, index + 1);
    }
    if verdict.law == Law::Stall {
        aftermath(&mut text, case, checked, state);
    }
    text
}

/// What still goes on by itself after a stall, to show that it does not help.
fn aftermath(text: &mut String, case: &Configuration, checked: &Checked, mut state: State) {
    let mut events: Vec<Event> = checked.events.iter().copied().filter(|e| e.info().kind.is_system()).collect();
    events.sort_by_key(|event| event.info().kind);
    let mut shown = 0;
    while let Some(&event) = events.iter().find(|&&event| checked.system.step(state, event).is_some()) {
        if shown == 0 {
            let _ = writeln!(text, "{:-<WIDTH$}", "-- what still happens by itself ");
        }
        shown += 1;
        if shown > 16 {
            let _ = writeln!(text, "{}… and so on", " ".repeat(LANES.len() * LANE));
            return;
        }
        state = step(text, case, checked, state, event, 0);
    }
    let _ = writeln!(text, "{:-<WIDTH$}", "-- and then nothing, for ever ");
}

fn step(
    text: &mut String,
    case: &Configuration,
    checked: &Checked,
    state: State,
    event: Event,
    number: usize,
) -> State {
    let Some((next, log)) = checked.system.step_logged(state, event) else { return state };
    let info = event.info();
    let who = info.name.split('.').next().unwrap_or_default();
    let lane = LANES.iter().position(|(_, names)| names.contains(&who)).unwrap_or(0);
    let rungs: String = (0..LANES.len()).map(|at| if at == lane { "*    " } else { "|    " }).collect();
    let margin: String = "|    ".repeat(LANES.len());
    let number = if number == 0 { "  ".to_string() } else { format!("{number:>2}") };
    let _ = writeln!(text, "{rungs}{number} {}", info.name);
    let mut notes = fill(&changes(case, state, next, event.function()), WIDTH - margin.len() - 3);
    let calls: Vec<&str> = log.calls().to_vec();
    if !calls.is_empty() {
        notes.extend(fill(&calls.join(" "), WIDTH - margin.len() - 3));
    }
    if info.kind != Kind::Device {
        notes.extend(fill(&format!("[{}]", info.cites), WIDTH - margin.len() - 3));
    }
    for note in notes {
        let _ = writeln!(text, "{margin}   {note}");
    }
    next
}

/// What a step changed, field by field; pins by the names of their bits.
fn changes(case: &Configuration, before: State, after: State, function: usize) -> String {
    let (before, after) = (before.halves()[function], after.halves()[function]);
    let mut changes = Vec::new();
    for &(name, offset, width) in Half::FIELDS {
        let value = |half: Half| (half.0 >> offset) & ((1 << width) - 1);
        let (old, new) = (value(before), value(after));
        if old == new || matches!(name, "flow" | "flow_cpu" | "todo" | "intx" | "guest_phase" | "unhandled" | "handled")
        {
            continue;
        }
        if name == "pin" {
            changes.push(format!("{}: {}", case.chip.prints, bits(case.chip.bits, new as u8, "idle")));
        } else if name == "guest_pin" {
            let chip = case.system().map_or(&[][..], |system| system.guest().chip.bits);
            changes.push(format!("guest pin: {}", bits(chip, new as u8, "idle")));
        } else if name == "drv" {
            changes.push(format!("driver: {}", bits(case.chip.drv_bits, new as u8, "clean")));
        } else if width == 1 {
            changes.push(format!("{}{name}", if new == 1 { "+" } else { "-" }));
        } else {
            changes.push(format!("{name} {old}>{new}"));
        }
    }
    changes.join(", ")
}

/// The names of the bits that are set.
fn bits(names: &[&str], pin: u8, none: &str) -> String {
    let set: Vec<&str> =
        names.iter().enumerate().filter(|(bit, _)| pin & (1 << bit) != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { none.to_string() } else { set.join(" ") }
}

/// Text in lines of at most `width` columns.
fn fill(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}
