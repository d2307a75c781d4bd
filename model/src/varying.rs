//! The bits of a state that can differ between two states of a system: a search keeps these and no
//! others.
//!
//! A field varies unless [`RULES`] says that it cannot, so that a new field is kept from its first
//! day. A rule that is wrong costs the search room, or stops it (`tests/guards.rs` looks for one).

use core::ptr::fn_addr_eq;

use crate::config::Path;
use crate::genirq::resend;
use crate::guest::Order;
use crate::packed;
use crate::scenario::Scenario;
use crate::state::{Half, State};
use crate::system::System;
use crate::vfio_pci::ioctl;

/// Fields, and those of their bits that vary in a system, for this function of it.
type Rule = (&'static [&'static str], fn(&System, usize) -> u8);

const RULES: &[Rule] = &[
    (Half::OF_THE_LINE, |it, function| {
        all(it.scenario.line_of(function) == function)
    }),
    (&["causes"], |it, _| low(it.causes.into())),
    (&["disintx"], |it, _| all(it.device.pci_2_3())),
    (&["pin"], |it, _| low(it.chip.bits.len())),
    (&["drv"], |it, _| low(it.chip.drv_bits.len())),
    (&["started"], |it, _| all(it.tears_down())),
    (&["resend"], |it, _| all(it.resends())),
    (&["unhandled"], |it, _| {
        let none = it.device.pci_2_3() || it.kernel.vfio_masks_once || it.oneshot;
        all(none || it.scenario == Scenario::SecondDriver)
    }),
    (&["target"], |it, _| all(it.moves())),
    // It is 0 before the first interrupt, and the number of the CPU from then on.
    (&["flow_cpu"], |it, function| {
        all(it.moves() || function == 1 && it.cpus > 1)
    }),
    (&["handled"], |it, _| all(!it.oneshot)),
    (
        &["thread", "thread_again", "deferred", "threads_handled"],
        |it, _| all(it.oneshot),
    ),
    (&["neighbour"], |it, _| all(it.neighbour())),
    (&["virq_disabled"], |it, _| {
        all(it.scenario.toggles_disintx())
    }),
    (&["unlazy"], |it, _| {
        all(it.vfio_is_unlazy() && it.tears_down() || it.has_second())
    }),
    (&["emulated"], |it, _| all(it.shares_pin())),
    (&["emulated_armed"], |it, _| {
        all(it.scenario == Scenario::TwoResamplers)
    }),
    (&["held", "emulated_held"], |it, _| all(it.has_sources())),
    (
        &["second"],
        |it, _| all(it.has_second() || it.has_refused()),
    ),
    (&["own"], |it, _| all(it.has_second())),
    (&["second_cause", "second_asserts"], |it, _| {
        all(it.has_refused())
    }),
    (&["irq_type"], |it, _| {
        all(it.tears_down() || it.scenario == Scenario::SetSignal)
    }),
    (&["resignal"], |it, _| all(it.signals_again())),
    (&["vfio_work"], |it, _| {
        let by_eventfd = matches!(it.path, Path::Irqfd | Path::Program) || it.vmm.signals_unmask;
        all(it.signals_again() && by_eventfd)
    }),
    (&["wired", "irqfd_work"], |it, _| {
        all(!it.path.hears_trigger() && it.has_guest())
    }),
    (&["todo", "guest_phase"], |it, _| all(it.has_guest())),
    (&["snapshot"], |it, _| {
        all(it.has_guest()) & low(it.causes.into())
    }),
    (&["later"], |it, _| {
        all(it.guest.order == Order::EoiThenDefer)
    }),
    (&["guest_pin"], |it, _| {
        all(it.has_guest()) & low(it.guest.chip.bits.len())
    }),
    (&["vmm_mode"], |it, _| {
        let by_scenario = matches!(it.scenario, Scenario::MsiSwitch | Scenario::Migrate);
        all(by_scenario || it.changes_owner())
    }),
    (&["vmm_pending"], |it, _| all(it.path.hears_trigger())),
    (&["mmap_off"], |it, _| all(it.path == Path::BarTrap)),
    (&["vmm_held"], |it, _| {
        let holds = it.hears_pin() || it.scenario.toggles_disintx() || it.has_budget();
        all(it.path.hears_trigger() && holds)
    }),
    (&["vmm_masked"], |it, _| all(it.hears_pin())),
    (&["vmm_edge"], |it, _| all(it.hears_pin() && it.guest.edge)),
    (&["vmm_disintx"], |it, _| {
        all(it.path.hears_trigger() && it.scenario.toggles_disintx())
    }),
    (&["vmm_left"], |it, _| all(it.has_budget()) & low(2)), // the budget is 2
];

/// All bits of a field, or none.
const fn all(on: bool) -> u8 {
    if on { u8::MAX } else { 0 }
}

/// So many bits, the lowest.
fn low(bits: usize) -> u8 {
    all(bits > 0) >> (8 - bits.clamp(1, 8))
}

impl System {
    /// The bits that can differ between two states that the system reaches. Each other bit is in all
    /// of them as it is in [`System::initial`].
    #[must_use]
    pub fn varying(&self) -> State {
        State::from_halves([0, 1].map(|function| {
            if function < self.scenario.functions() {
                self.varying_in(function)
            } else {
                Half(0)
            }
        }))
    }

    fn varying_in(&self, function: usize) -> Half {
        let bits = Half::FIELDS.iter().map(|field| {
            let rules = RULES
                .iter()
                .filter(|(names, _)| names.contains(&field.name));
            let bits = rules.fold(u8::MAX, |bits, (_, rule)| bits & rule(self, function));
            field.mask() & (u128::from(bits) << field.offset)
        });
        Half(bits.fold(0, |half, bits| half | bits))
    }

    /// There is a guest, with a VMM around it.
    pub(crate) fn has_guest(&self) -> bool {
        !self.is_program()
    }

    /// There is a program, and no guest.
    pub(crate) fn is_program(&self) -> bool {
        self.path == Path::Program
    }

    pub(crate) fn has_budget(&self) -> bool {
        self.scenario == Scenario::Budget
    }

    /// INTx is set up or torn down while the system runs.
    fn tears_down(&self) -> bool {
        let scenario = matches!(
            self.scenario,
            Scenario::Startup | Scenario::MsiSwitch | Scenario::Migrate | Scenario::Watchdog
        );
        scenario || self.changes_owner() || self.is_program()
    }

    /// The VMM tears INTx down, and the next one sets it up.
    pub(crate) fn changes_owner(&self) -> bool {
        self.scenario == Scenario::Teardown || self.has_second()
    }

    /// Somebody else asks for the line too.
    pub(crate) fn has_second(&self) -> bool {
        self.scenario.has_second()
    }

    /// The operator moves the line to another CPU.
    pub(crate) fn moves(&self) -> bool {
        self.scenario == Scenario::Affinity && self.cpus > 1
    }

    /// The flow handler may be called from a tasklet.
    pub(crate) fn resends(&self) -> bool {
        let mainline: fn(&mut _) = resend::check_irq_resend;
        let resends = !self.chip.irq_level || !fn_addr_eq(self.kernel.check_irq_resend, mainline);
        resends && self.chip.irq_retrigger.is_none() && self.chip.sw_resend.has(&self.kernel)
    }

    /// The unmask handler may ask for another signal of the trigger.
    fn signals_again(&self) -> bool {
        let mainline: fn(&mut _) -> bool = ioctl::vfio_pci_intx_unmask_handler;
        self.device.pci_2_3() || !fn_addr_eq(self.kernel.intx_unmask, mainline)
    }
}

/// Each rule is about fields that there are.
const _: () = {
    let mut rules = RULES;
    while let &[(names, _), ref rest @ ..] = rules {
        let mut names = names;
        while let [name, others @ ..] = names {
            assert!(
                packed::place(Half::NAMES, name).is_some(),
                "a rule about no field"
            );
            names = others;
        }
        rules = rest;
    }
};
