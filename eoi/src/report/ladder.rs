//! A ladder: who does what, step by step, in 75 columns, so that it can be mailed.

use std::fmt::Write;

use super::words::fill;
use crate::check::report::{Entry, LawResult, Names, Report, Searched};
use crate::check::run::{Afterwards, Change, End, Run, Step, Turn, Value};
use crate::trace::way::{Candidate, Evidence, SeenStep, Way};

/// No line is longer.
pub const WIDTH: usize = 75;

/// The lanes, by the participants of events.
const LANES: [(&str, &[&str]); 5] = [
    ("dev", &["device", "neighbour", "emulated"]),
    ("host", &["host"]),
    ("vfio", &["vfio"]),
    ("vmm", &["vmm", "kvm", "program", "operator", "second"]),
    ("guest", &["guest"]),
];
const LANE: usize = 5;

/// Fields that only say where somebody is: the lanes and the events show it.
const UNTOLD: [&str; 7] = [
    "flow",
    "flow_cpu",
    "todo",
    "intx",
    "guest_phase",
    "unhandled",
    "handled",
];

const CITATIONS: &str = "Citations: Linux 6.12 (kernel/irq, drivers/vfio/pci, virt/kvm), QEMU 10.0\n(hw/vfio), PCI 2.3; what differs in other releases is the kernel's row.\n";

/// The ladders of every broken law of every configuration.
#[must_use]
pub fn all(report: &Report) -> String {
    let mut text = String::new();
    for Entry {
        configuration,
        result,
    } in &report.results
    {
        for (law, run) in result.searched().into_iter().flat_map(Searched::broken) {
            text += "\n";
            text += &ladder(configuration, law, run);
        }
    }
    if text.is_empty() {
        text
    } else {
        text + CITATIONS
    }
}

/// The ladder of one broken law.
#[must_use]
pub fn ladder(names: &Names, law: &LawResult, run: &Run) -> String {
    let mut text = String::new();
    for line in fill(&format!("{}: {}", law.law.0.name(), names.title), WIDTH) {
        let _ = writeln!(text, "{line}");
    }
    text += &head();
    for step in &run.steps {
        if run.cycle_from == Some(step.number) {
            text += &rule("from here again and again");
        }
        text += &rung(
            &names.chip_prints,
            step,
            &format!("{:>2}", step.number),
            &step.event,
        );
    }
    if let Some(afterwards) = &run.afterwards {
        text += &by_itself(&names.chip_prints, afterwards);
    }
    text
}

/// One way through a recording. Each step names the lines that show it.
#[must_use]
pub fn way(title: &str, way: &Way) -> String {
    let Candidate {
        chip,
        kernel,
        device,
        chip_prints,
    } = &way.configuration;
    let mut text = String::new();
    let about = format!(
        "{title}: the steps of {chip}, {kernel}, {device}; (unseen) has no entry in the recording"
    );
    fill(&about, WIDTH)
        .iter()
        .for_each(|line| text += &format!("{line}\n"));
    text += &head();
    if !way.whole {
        text += &rule("earlier steps are left out");
    }
    for SeenStep {
        evidence,
        lines,
        step,
    } in &way.steps
    {
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        let lines = match (evidence, lines.as_slice()) {
            (_, [one]) => format!("line {one}"),
            (_, [_, ..]) => format!("lines {}", lines.join(" ")),
            (Evidence::Lost, []) => "lost".to_string(),
            (_, []) => "unseen".to_string(),
        };
        text += &rung(
            chip_prints,
            step,
            "  ",
            &format!("{} ({lines})", step.event),
        );
    }
    text + &by_itself(chip_prints, &way.afterwards) + CITATIONS
}

/// The names of the lanes.
fn head() -> String {
    format!(
        "{}\n",
        LANES
            .map(|(name, _)| format!("{name:<LANE$}"))
            .join("")
            .trim_end()
    )
}

/// Everything that still happens by itself.
fn by_itself(chip: &str, Afterwards { steps, end }: &Afterwards) -> String {
    let mut text = if steps.is_empty() {
        String::new()
    } else {
        rule("what still happens by itself")
    };
    steps
        .iter()
        .for_each(|step| text += &rung(chip, step, "  ", &step.event));
    text + &match end {
        End::Nothing => rule("and then nothing, for ever"),
        End::More => format!("{}… and so on\n", " ".repeat(LANES.len() * LANE)),
    }
}

fn rule(says: &str) -> String {
    format!("{:-<WIDTH$}\n", format!("-- {says} "))
}

/// One step: its number (two columns) and title in its lane; below it its changes, calls and citation. `chip` is the
/// controller as `/proc/interrupts` prints it.
fn rung(chip: &str, step: &Step, number: &str, title: &str) -> String {
    let lane = LANES
        .iter()
        .position(|(_, who)| who.contains(&step.participant.as_str()))
        .unwrap_or(0);
    let lanes: String = (0..LANES.len())
        .map(|at| if at == lane { "*    " } else { "|    " })
        .collect();
    let mut text = String::new();
    for line in fill(title, WIDTH - lanes.len() - 3) {
        let _ = writeln!(text, "{lanes}{number} {line}");
    }
    let changes: Vec<String> = step
        .changes
        .iter()
        .filter_map(|change| told(chip, step, change))
        .collect();
    let cites = if step.turn == Turn::Device {
        String::new()
    } else {
        format!("[{}]", short(&step.cites))
    };
    let margin = "|    ".repeat(LANES.len());
    for note in [changes.join(", "), step.calls.join(" "), cites] {
        for line in fill(&note, WIDTH - margin.len() - 3) {
            let _ = writeln!(text, "{margin}   {line}");
        }
    }
    text
}

/// A change in a few words: pins by the names of their bits.
fn told(
    chip: &str,
    step: &Step,
    Change {
        function,
        field,
        old,
        new,
    }: &Change,
) -> Option<String> {
    if UNTOLD.contains(&field.as_str()) || field.starts_with("vmm_") {
        return None;
    }
    let change = match (field.as_str(), new) {
        ("pin", Value::Bits(bits)) => format!("{chip}: {}", set(bits, "idle")),
        ("guest_pin", Value::Bits(bits)) => format!("guest pin: {}", set(bits, "idle")),
        ("drv", Value::Bits(bits)) => format!("driver: {}", set(bits, "clean")),
        (name, Value::Bits(bits)) => format!("{name}: {}", set(bits, "none")),
        (_, Value::Flag(true)) => format!("+{field}"),
        (_, Value::Flag(false)) => format!("-{field}"),
        _ => format!("{field} {}>{}", plain(old), plain(new)),
    };
    Some(if *function == step.function {
        change
    } else {
        format!("function {function}: {change}")
    })
}

/// A citation without the directories of the kernel; those of QEMU (`hw/`) stay.
fn short(cites: &str) -> &str {
    match cites.rsplit_once('/') {
        Some((directory, file)) if !directory.starts_with("hw") => file,
        _ => cites,
    }
}

fn set(bits: &[String], none: &str) -> String {
    if bits.is_empty() {
        none.to_string()
    } else {
        bits.join(" ")
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Name(name) => name.clone(),
        Value::Bits(bits) => set(bits, "none"),
    }
}
