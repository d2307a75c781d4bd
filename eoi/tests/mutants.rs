//! Mutants: every controller with one behaviour flipped. Some law, count or cost has to notice each.
//!
//! A mutant that nothing notices is either equivalent (the chip has no such behaviour) or a hole; the list of survivors
//! is pinned here with the reason for each, and stands in LIMITS.md.

use std::collections::BTreeMap;

use eoi_model::cost::Metric;
use eoi_model::genirq::handlers::{HANDLE_FASTEOI_IRQ, HANDLE_LEVEL_IRQ};
use eoi_model::irqchip::{ALL, Access, Callback, Irqchip, LINE, Pin, Reply};
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::{Config, Path, System};

use eoi::check::searched::explore;
use eoi_search::{Cycles, Verdicts};

/// The behaviours of the hardware that are flipped.
const HARDWARE: [&str; 6] = [
    "EOI does nothing",
    "EOI does not look at the level again",
    "unmask does not look at the level again",
    "mask does not hold",
    "taking the interrupt leaves it pending",
    "a falling line is not seen while masked",
];

/// Answers this one access as if the line were low.
fn blind(hw: fn(Pin, Access) -> Reply, pin: Pin, access: Access) -> Reply {
    let reply = hw(pin & !LINE, access);
    Reply {
        pin: reply.pin | (pin & LINE),
        ..reply
    }
}

fn mutant<const CHIP: usize, const MUTATION: usize>(pin: Pin, access: Access) -> Reply {
    let hw = ALL[CHIP].hw;
    let unmasks = matches!(access, Access::Unmask | Access::Enable | Access::SetPq(0));
    let masks = matches!(access, Access::Mask | Access::Disable | Access::SetPq(1));
    let ends = matches!(access, Access::Eoi | Access::DirectedEoi | Access::Setip);
    match MUTATION {
        0 if ends => Reply { pin, value: 0 },
        1 if ends => blind(hw, pin, access),
        2 if unmasks => blind(hw, pin, access),
        3 if masks => Reply {
            pin,
            value: hw(pin, access).value,
        },
        4 if access == Access::Accept => Reply { pin, value: 0 },
        5 if access == Access::Line(false) && !(ALL[CHIP].signals)(pin) => {
            // The level itself is the wire's; what the chip latched from it stays.
            Reply {
                pin: pin & !LINE,
                value: 0,
            }
        }
        _ => hw(pin, access),
    }
}

type Hw = fn(Pin, Access) -> Reply;

macro_rules! mutants {
    ($($chip:literal)+) => {
        [$([mutant::<$chip, 0> as Hw, mutant::<$chip, 1>, mutant::<$chip, 2>, mutant::<$chip, 3>, mutant::<$chip, 4>,
            mutant::<$chip, 5>],)+]
    };
}

/// The mutants of the controller of each number. The numbers go on where [`ALL`] ends, so that a new controller has
/// its mutants already.
static MUTANTS: [[Hw; HARDWARE.len()]; 48] = mutants!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41
    42 43 44 45 46 47
);

type Mutate = fn(&mut Irqchip);

/// The behaviours of the driver that are flipped.
const DRIVER: [(&str, Mutate); 5] = [
    ("the driver does not mask", |chip| chip.irq_mask = |_| {}),
    ("the driver does not unmask", |chip| {
        chip.irq_unmask = |_| {}
    }),
    ("the driver does not end the interrupt", |chip| {
        chip.irq_eoi = chip.irq_eoi.map(|_| noop as Callback);
    }),
    ("the driver's irq_disable does nothing", |chip| {
        chip.irq_disable = chip.irq_disable.map(|_| noop as Callback);
    }),
    ("the driver sets the other flow handler", |chip| {
        chip.flow = if *chip.flow == HANDLE_LEVEL_IRQ {
            &HANDLE_FASTEOI_IRQ
        } else {
            &HANDLE_LEVEL_IRQ
        };
    }),
];

fn noop(_: &mut eoi_model::world::World<'_>) {}

/// Everything that the snapshot pins of a chip, on the paths and scenarios that tell the most.
fn fingerprint(chip: &Irqchip) -> String {
    let mut text = String::new();
    for kernel in kernels::ALL
        .iter()
        .filter(|kernel| chip.kernels.has(kernel))
    {
        for (scenario, threadirqs) in [
            (Scenario::Steady, false),
            (Scenario::Steady, true),
            (Scenario::VmmRoute, false),
        ] {
            let causes = if scenario == Scenario::Steady { 2 } else { 1 };
            let config = Config {
                scenario,
                causes,
                threadirqs,
                ..Config::new(chip, kernel, Path::Vmm)
            };
            let system = System::new(&config).expect("the path vmm exists everywhere");
            let explored = explore(&system, 1_000_000).expect("few states");
            let graph = &explored.graph;
            text += &format!("{}/{}", graph.states(), graph.transitions());
            for verdict in &Verdicts::new(graph) {
                text += &format!(" {:?}", verdict.broken_by.as_ref().map(Vec::len));
            }
            if scenario == Scenario::Steady
                && let Some(cycles) = Cycles::new(graph)
            {
                text += &format!(
                    " {:?}",
                    Metric::ALL.map(|metric| cycles.bounds(metric as usize))
                );
            }
        }
    }
    text
}

/// Whether this mutation changes anything that the chip does in any reachable pin.
fn is_equivalent(chip: &Irqchip, hw: Hw) -> bool {
    let (mut pins, mut next) = (vec![chip.reset], 0);
    while let Some(&pin) = pins.get(next) {
        next += 1;
        for access in Access::ALL {
            let (is, was) = (hw(pin, access), (chip.hw)(pin, access));
            let loads = matches!(access, Access::SetPq(_)); // nobody else looks at the value
            if is.pin != was.pin || (loads && is.value != was.value) {
                return false;
            }
            if !pins.contains(&was.pin) {
                pins.push(was.pin);
            }
        }
    }
    true
}

#[test]
fn every_mutant_of_the_hardware_is_noticed() {
    assert!(
        ALL.len() <= MUTANTS.len(),
        "more controllers than mutants: go on with the numbers"
    );
    let mut survivors = BTreeMap::new();
    for (chip, mutants) in ALL.iter().zip(&MUTANTS) {
        let sound = fingerprint(chip);
        for (name, &hw) in HARDWARE.iter().zip(mutants) {
            if !is_equivalent(chip, hw) && fingerprint(&Irqchip { hw, ..**chip }) == sound {
                survivors
                    .entry(*name)
                    .or_insert_with(Vec::new)
                    .push(chip.name);
            }
        }
    }
    insta::assert_debug_snapshot!(survivors);
}

#[test]
fn every_mutant_of_the_driver_is_noticed() {
    let mut survivors = BTreeMap::new();
    for chip in ALL {
        let sound = fingerprint(chip);
        for (name, mutate) in DRIVER {
            let mut mutant = **chip;
            mutate(&mut mutant);
            let same = mutant.irq_eoi.is_none() && name.contains("does not end")
                || mutant.irq_disable.is_none() && name.contains("irq_disable");
            if !same && fingerprint(&mutant) == sound {
                survivors
                    .entry(name)
                    .or_insert_with(Vec::new)
                    .push(chip.name);
            }
        }
    }
    insta::assert_debug_snapshot!(survivors);
}
