//! Which hand-off a dead stretch is waiting for: found by trying each on the states that the recording allows.

use std::collections::{BTreeMap, BTreeSet};

use eoi_model::bits::set_in;
use eoi_model::cost::Metric;
use eoi_model::irqchip::{Access, LINE};
use eoi_model::state::{Half, State};
use eoi_model::values::Depth;

use super::automaton::{Automaton, goes_on};
use super::entry::is_flow_handler;
use super::recording::{Kvm, Part};
use super::relevant::Relevant;
use super::words::Words;

/// The accesses that could make the controller go on, the most usual first.
const HANDOFFS: [(Access, &str); 7] = [
    (Access::Eoi, "EOI"),
    (Access::Unmask, "unmask"),
    (Access::Enable, "enable"),
    (Access::DirectedEoi, "EOI at the pin"),
    (Access::Setip, "setipnum"),
    (Access::SetPq(0), "SET_PQ_00"),
    (Access::SetPq(2), "SET_PQ_10"),
];

/// These states, each as if the device asserted its line.
fn asserted(automaton: &Automaton, states: &BTreeSet<u32>) -> Vec<Half> {
    let all = states
        .iter()
        .map(|&state| automaton.states[state as usize].halves()[0]);
    let mut halves: Vec<Half> = all
        .filter(|half| half.is_intx() && half.started())
        .collect();
    for half in &mut halves {
        half.set_causes(1);
        if half.pin() & LINE == 0 {
            half.set_pin((automaton.configuration.chip.hw)(half.pin(), Access::Line(true)).pin);
        }
    }
    halves
}

/// Whether another signal of the trigger is reachable from here without setting up again.
fn revives(automaton: &Automaton, half: Half) -> bool {
    let start = State::from_halves([half, Half::default()]);
    let (mut known, mut todo) = (BTreeSet::from([start]), vec![start]);
    while let Some(state) = todo.pop() {
        for event in automaton
            .system
            .events()
            .filter(|event| goes_on(event.info().kind))
        {
            let Some((to, cost)) = automaton.system.step_counted(state, event) else {
                continue;
            };
            if cost.get(Metric::EventfdSignals) > 0 {
                return true;
            }
            if known.insert(to) {
                todo.push(to);
            }
        }
    }
    false
}

/// The access that would have made the controller interrupt again.
fn missing(automaton: &Automaton, halves: &[Half]) -> Option<&'static str> {
    let chip = automaton.configuration.chip;
    let helps = |half: &Half, access| {
        let mut half = *half;
        half.set_pin((chip.hw)(half.pin(), access).pin);
        (chip.signals)(half.pin()) && revives(automaton, half)
    };
    let found = HANDOFFS
        .iter()
        .find(|(access, _)| halves.iter().all(|half| helps(half, *access)));
    found.map(|&(_, name)| name)
}

/// Whether the controller would do, if only genirq enabled the interrupt.
fn disabled_for_good(automaton: &Automaton, halves: &[Half]) -> bool {
    let helps = |half: &Half| {
        let mut half = *half;
        half.set_depth(Depth::Zero);
        half.set_disabled(false);
        half.set_masked(false);
        let hw = automaton.configuration.chip.hw;
        half.set_pin(hw(hw(half.pin(), Access::Enable).pin, Access::Unmask).pin);
        revives(automaton, half)
    };
    halves.iter().all(|half| half.disabled() && helps(half))
}

fn bits(automaton: &Automaton, halves: &[Half]) -> String {
    let pin = halves.iter().fold(u8::MAX, |pin, half| pin & half.pin());
    let set = set_in(pin, automaton.configuration.chip.bits);
    set.map(|bit| bit.name).collect::<Vec<_>>().join(" ")
}

/// One unmask: its lines, and whether it reached the controller.
struct Unmask {
    first: usize,
    last: usize,
    enables: bool,
    reaches: Option<&'static str>,
    /// It may be another line's.
    maybe: bool,
}

/// The unmasks among these lines.
fn unmasks(automaton: &Automaton, words: &Words, entries: &[Relevant]) -> Vec<Unmask> {
    let inner = [
        "enable_irq",
        "__enable_irq",
        "irq_startup",
        "irq_enable",
        "check_irq_resend",
    ];
    let mut all: Vec<Unmask> = Vec::new();
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    for entry in entries {
        let Relevant {
            line,
            number,
            context,
            ..
        } = entry;
        let name = &words.name(*number);
        let driver = words.is_chip(name)
            && words.essential(automaton.configuration.chip.name, name)
            && !is_flow_handler(name);
        if *name == "vfio_pci_intx_unmask_handler" {
            open.insert(*context, all.len());
            all.push(Unmask {
                first: *line,
                last: *line,
                enables: false,
                reaches: None,
                maybe: entry.is_open(),
            });
        } else if driver || inner.contains(name) {
            let Some(unmask) = open.get(context).map(|&index| &mut all[index]) else {
                continue;
            };
            unmask.last = *line;
            unmask.enables |= *name == "enable_irq";
            unmask.reaches = unmask.reaches.or(driver.then_some(*name));
        } else {
            open.remove(context);
        }
    }
    all
}

/// Says why each later unmask did not help, alike ones together.
fn to_no_avail(unmasks: &[Unmask]) -> String {
    let mut outcomes: Vec<(String, Vec<String>)> = Vec::new();
    for Unmask {
        first,
        last,
        enables,
        reaches,
        maybe,
    } in unmasks
    {
        let outcome = match (enables, reaches) {
            _ if *maybe => "it may have been another line's".to_string(),
            (_, Some(name)) => format!("{name} was not what it waits for"),
            (true, None) => {
                "enable_irq found MASKED clear and left the controller alone".to_string()
            }
            (false, None) => "vfio-pci had nothing masked".to_string(),
        };
        let lines = if first == last {
            format!("{first}")
        } else {
            format!("{first}-{last}")
        };
        match outcomes.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, all)) => all.push(lines),
            None => outcomes.push((outcome, vec![lines])),
        }
    }
    let mut text = String::new();
    for (outcome, lines) in outcomes {
        let plural = if lines.len() > 1 || lines[0].contains('-') {
            "s"
        } else {
            ""
        };
        text += &format!("; unmask at line{plural} {}: {outcome}", lines.join(", "));
    }
    text
}

/// Describes in words what was lost with the entry `from`, after which these states are possible, and what did not help
/// before the entry `until`.
#[must_use]
pub fn describe(
    automaton: &Automaton,
    words: &Words,
    part: &Part,
    (from, states): (usize, &BTreeSet<u32>),
    until: usize,
) -> String {
    let halves = asserted(automaton, states);
    let (chip, entry) = (automaton.configuration.chip.prints, &part.entries[from]);
    let (bits, line) = (
        bits(automaton, &halves),
        format!("{} (line {})", entry.name(), entry.line),
    );
    let lost = if let Some(access) = missing(automaton, &halves) {
        format!(
            "the controller's {access}: {line} left the source without one, {chip} holds {bits}"
        )
    } else if disabled_for_good(automaton, &halves) {
        let depth = halves
            .iter()
            .map(|half| half.depth())
            .max()
            .unwrap_or(Depth::Zero);
        format!(
            "genirq's enable: after {line} the line is disabled with depth {depth}, one enable_irq short"
        )
    } else {
        format!(
            "no single one: after {line} neither the controller ({chip} holds {bits}) nor genirq goes on"
        )
    };
    lost + &to_no_avail(&unmasks(automaton, words, &part.entries[from + 1..until]))
}

/// How a recording of an interrupt ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// The last hand-off that was seen, and its line.
    pub last: Option<(&'static str, usize)>,
    /// The hand-off that was due and had not come when the recording ended. The interrupt is masked until it comes.
    pub due: Option<String>,
}

/// The words for the line of a function or an event.
const SAID: [(&str, &str); 5] = [
    ("irq_handler_entry", "the host took the interrupt"),
    ("vfio_intx_handler", "the host took the interrupt"),
    ("eventfd_signal_mask", "the trigger eventfd was signalled"),
    ("vfio_pci_intx_mask", "vfio-pci masked"),
    ("vfio_pci_intx_unmask_handler", "vfio-pci unmasked"),
];

/// How the recording ends. KVM's events name no INTx function: with several functions they say nothing of one.
#[must_use]
pub fn ending(part: &Part, words: &Words, kvm: Option<&Kvm>) -> Ending {
    let said = |entry: &Relevant| {
        SAID.iter()
            .find(|(name, _)| words.number(name) == Some(entry.number))
            .map(|&(_, said)| said)
    };
    let find = |what: &str, certain: bool| {
        let number = words.number(what);
        let last = part
            .entries
            .iter()
            .rfind(|entry| Some(entry.number) == number && !(certain && entry.is_open()));
        last.map(|entry| entry.line)
    };
    let mut last = part
        .entries
        .iter()
        .filter(|entry| !entry.is_open())
        .rev()
        .find_map(|entry| Some((said(entry)?, entry.line)));
    let events = kvm.map_or([None; 2], |kvm| {
        [
            ("the guest's EOI reached KVM", kvm.last_ack),
            ("KVM's resampler signalled", kvm.last_resample),
        ]
        .map(|(said, line)| line.map(|line| (said, line)))
    });
    last = events
        .into_iter()
        .flatten()
        .chain(last)
        .max_by_key(|&(_, line)| line);
    let (signal, unmask) = (
        find("eventfd_signal_mask", true),
        find("vfio_pci_intx_unmask_handler", false),
    );
    let is_shutdown = |entry: &&Relevant| words.name(entry.number).ends_with("_shutdown");
    let over = part
        .entries
        .iter()
        .rfind(is_shutdown)
        .map(|entry| entry.line); // torn down, so that nothing is due
    let is_last = |signal: &usize| unmask.max(over).is_none_or(|later| later < *signal);
    let due = signal.filter(is_last).map(|signal| {
        let after = |line: Option<usize>| line.filter(|&line| line > signal);
        let text = format!("the unmask: none came after the signal at line {signal}");
        let Some(kvm) = kvm.filter(|kvm| kvm.acks + kvm.resamples + kvm.injections > 0) else {
            return text;
        };
        match (after(kvm.last_resample), after(kvm.last_ack)) {
            (Some(line), _) => format!("{text}, though KVM's resampler signalled at line {line}"),
            (None, Some(line)) => {
                format!(
                    "{text}; the guest's EOI reached KVM at line {line}, and no resampler took it"
                )
            }
            (None, None) => format!("{text}, and no EOI of the guest reached KVM since"),
        }
    });
    Ending { last, due }
}
