//! `eoi check --by flow`: what it says of a combination is what the machines do.

use std::collections::BTreeMap;

use eoi::check::flows::{Cell, Flags, Flows, Presents, flows};
use eoi::check::run::{Turn, Value};
use eoi::check::searched::explore;
use eoi::check::select::Wanted;
use eoi_model::event::{Event, Role};
use eoi_model::irqchip::{self, LINE};
use eoi_model::state::State;
use eoi_model::system::{Config, Path, System};
use eoi_model::{fixes, kernels};

fn wanted(chip: &[&str], kernel: &[&str], fix: &[&str]) -> Wanted {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
    Wanted {
        chip: list(chip),
        kernel: list(kernel),
        device: Vec::new(),
        path: Vec::new(),
        scenario: Vec::new(),
        vmm: None,
        guest: None,
        fix: list(fix),
        cpus: 2,
        causes: 2,
        threadirqs: false,
        limit: 1_000_000,
    }
}

fn of(chip: &[&str], kernel: &[&str], fix: &[&str]) -> Flows {
    flows(&wanted(chip, kernel, fix)).expect("known names")
}

/// The cell of a controller with these flags.
fn cell<'a>(flows: &'a Flows, chip: &str, oneshot: bool, disable_unlazy: bool) -> &'a Cell {
    let row = flows
        .rows
        .iter()
        .find(|row| row.controllers.iter().any(|name| name == chip));
    let row = row.unwrap_or_else(|| panic!("no row has {chip}"));
    let flags = Flags {
        oneshot,
        disable_unlazy,
    };
    row.cells
        .iter()
        .find(|cell| cell.flags == flags)
        .expect("every combination of flags")
}

#[test]
fn xive_loses_a_level_where_irq_enable_finds_masked_clear_and_only_there() {
    let flows = of(&["xive", "gicv2"], &[], &[]);
    let lazy = cell(&flows, "xive", false, false);
    assert_eq!(
        (lazy.presents, lazy.again.len(), lazy.never.len()),
        (Presents::Never, 0, 5)
    );
    let lost: Vec<_> = lazy
        .enables
        .iter()
        .filter(|enable| enable.presents == Presents::Never)
        .collect();
    // `unmask_irq` is not called if MASKED is clear, and the driver has no `irq_enable` (kernel/irq/chip.c, xive/common.c).
    assert!(
        !lost.is_empty() && lost.iter().all(|enable| enable.accesses.is_empty()),
        "{lost:?}"
    );
    let unlazy = cell(&flows, "xive", false, true);
    assert_ne!(unlazy.presents, Presents::Never, "the merged fix");
    assert!(
        unlazy
            .enables
            .iter()
            .all(|enable| !enable.accesses.is_empty())
    );
    for disable_unlazy in [false, true] {
        assert_ne!(
            cell(&flows, "gicv2", false, disable_unlazy).presents,
            Presents::Never
        );
    }
}

#[test]
fn the_example_ends_enabled_and_high_and_nothing_of_the_host_follows() {
    let flows = of(&["xive"], &["linux-6.12.57"], &[]);
    let example = cell(&flows, "xive", false, false)
        .example
        .as_ref()
        .expect("a run");
    assert_eq!(
        (example.chip.as_str(), example.kernel.as_str()),
        ("xive", "linux-6.12.57")
    );
    let last = example.run.steps.last().expect("a step");
    assert!(
        last.calls.iter().any(|call| call == "irq_enable"),
        "{:?}",
        last.calls
    );
    let fields = &last.state[0].fields;
    assert_eq!(fields["disabled"], Value::Flag(false));
    assert!(matches!(&fields["pin"], Value::Bits(bits) if bits.contains(&"LINE".to_string())));
    let after = example.run.afterwards.as_ref().expect("the rest");
    assert!(
        after.steps.iter().all(|step| step.turn != Turn::Host),
        "{:?}",
        after.steps
    );
}

#[test]
fn a_callback_that_a_fix_brings_is_in_the_row_and_mends_it() {
    let flows = of(&["xive"], &["linux-6.12.57"], &["xive-irq-enable"]);
    assert!(
        flows.rows[0]
            .callbacks
            .iter()
            .any(|name| name == "irq_enable"),
        "{:?}",
        flows.rows[0].callbacks
    );
    assert_ne!(cell(&flows, "xive", false, false).presents, Presents::Never);
}

/// A level that is never presented again is a stall. The other way round, a stall without threads comes from nothing else.
#[test]
fn what_is_never_presented_again_is_what_the_law_finds() {
    let flows = of(&[], &[], &[]);
    let controllers: usize = flows.rows.iter().map(|row| row.controllers.len()).sum();
    assert_eq!(controllers, irqchip::ALL.len());
    for row in &flows.rows {
        for cell in &row.cells {
            let lost = cell.never.iter().all(|kernel| cell.stalls.contains(kernel));
            assert!(lost, "{:?} {:?}", row.controllers, cell.flags);
            assert_eq!(cell.presents == Presents::Never, !cell.never.is_empty());
            if !cell.flags.oneshot {
                assert_eq!(
                    cell.never, cell.stalls,
                    "{:?} {:?}",
                    row.controllers, cell.flags
                );
            }
        }
    }
}

/// Whether events that go on by themselves lead from a state to a host interrupt: forwards, one state after the other.
fn interrupts(system: &System, events: &[Event], from: State) -> bool {
    let (mut seen, mut open) = (vec![from], vec![from]);
    while let Some(state) = open.pop() {
        for event in events.iter().filter(|event| event.info().kind.is_system()) {
            let Some(next) = system.step(state, *event) else {
                continue;
            };
            if event.info().role == Role::HostIrq {
                return true;
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.push(next);
            }
        }
    }
    false
}

/// The transitions that enable a line which is high, by the answer to each, counted without the graph.
fn counted(chip: &str, fix: &[&str]) -> BTreeMap<Presents, usize> {
    let chip = irqchip::by_name(chip).expect("a controller");
    let fixes: Vec<_> = fix.iter().filter_map(|name| fixes::by_name(name)).collect();
    let kernel = kernels::by_name("linux-6.12.57").expect("a kernel");
    let config = Config {
        fixes: &fixes,
        causes: 2,
        cpus: 2,
        ..Config::new(chip, kernel, Path::Vmm)
    };
    let system = System::new(&config).expect("it exists");
    let events: Vec<Event> = system.events().collect();
    let mut counted = BTreeMap::new();
    for state in explore(&system, 1_000_000).expect("few states").states {
        for next in events.iter().filter_map(|event| system.step(state, *event)) {
            let [before, after] = [state, next].map(|state| state.halves()[0]);
            if !before.disabled() || after.disabled() || after.pin() & LINE == 0 {
                continue;
            }
            let presents = if (chip.signals)(after.pin()) {
                Presents::AtOnce
            } else if interrupts(&system, &events, next) {
                Presents::Later
            } else {
                Presents::Never
            };
            *counted.entry(presents).or_insert(0) += 1;
        }
    }
    counted
}

#[test]
fn the_counts_are_those_of_a_search_from_each_state() {
    let chips = ["xive", "plic-qemu", "gicv2", "i8259"];
    let flows = of(&chips, &["linux-6.12.57"], &[]);
    for chip in chips {
        // A controller alone in its row, so that the row's counts are its own.
        let alone = of(&[chip], &["linux-6.12.57"], &[]);
        for (unlazy, fix) in [(false, &[][..]), (true, &["vfio-unlazy"])] {
            let cell = cell(&alone, chip, false, unlazy);
            let told = cell
                .enables
                .iter()
                .fold(BTreeMap::new(), |mut told, enable| {
                    *told.entry(enable.presents).or_insert(0) += enable.transitions;
                    told
                });
            assert_eq!(told, counted(chip, fix), "{chip}, unlazy {unlazy}");
            let of_row = self::cell(&flows, chip, false, unlazy).presents;
            assert_eq!(
                of_row,
                told.keys().max().copied().unwrap_or(Presents::NotAsked)
            );
        }
    }
}
