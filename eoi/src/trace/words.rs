//! The names that the model's steps emit, learnt from the steps themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use eoi_model::device::Device;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::configurations::program;
use super::entry::is_flow_handler;
use super::explore::explore;
use crate::check::configuration::{Configuration, alike};

/// Other names for the same thing: since 6.8 every signal goes through `eventfd_signal_mask`.
const ALIASES: &[(&str, &str)] = &[("eventfd_signal", "eventfd_signal_mask")];

/// Static functions of kernel/irq/chip.c whose namesakes without `__` are other functions.
const NO_NAMESAKES: &[&str] = &["__irq_disable", "__irq_startup"];

/// Functions that no compiler inlines, so that their absence from a recording says that they were not called. With
/// them, what a controller's driver is asked to do ([`Words::essential`]).
const ESSENTIAL: &[&str] = &[
    "vfio_intx_handler",
    "vfio_pci_intx_unmask_handler",
    "disable_irq_nosync",
    "enable_irq",
];

/// The names that the steps of one controller's systems emit.
#[derive(Debug, Default, PartialEq, Eq)]
struct Emitted {
    /// All names.
    all: BTreeSet<&'static str>,
    /// Those of steps other than setting up and tearing down.
    running: BTreeSet<&'static str>,
    /// Those of tearing down.
    ends: BTreeSet<&'static str>,
}

/// Events that say more than their count.
const EVENTS: &[&str] = &[
    "irq_handler_entry",
    "irq_handler_exit",
    "kvm_set_irq",
    "kvm_ack_irq",
];

/// The functions and events that matter, quickly.
pub struct Wanted {
    names: FxHashSet<&'static str>,
    /// For each first letter, the lengths of the names, a bit each: most names of others end here.
    lengths: [u64; 256],
}

impl Wanted {
    fn new(names: FxHashSet<&'static str>) -> Self {
        let mut lengths = [0; 256];
        for name in names.iter().filter(|name| !name.is_empty()) {
            lengths[usize::from(name.as_bytes()[0])] |= 1 << name.len().min(63);
        }
        Self { names, lengths }
    }

    /// Whether this one does; one that does not may be among them.
    #[must_use]
    #[inline]
    pub fn has(&self, name: &str) -> bool {
        let bare = name.trim_start_matches('_');
        let Some(&first) = bare.as_bytes().first() else {
            return false;
        };
        let fits = self.lengths[usize::from(first)] & (1 << bare.len().min(63)) != 0;
        (fits && self.names.contains(bare)) || (first == b'h' && is_flow_handler(bare))
    }
}

/// The names.
pub struct Words {
    names: Vec<&'static str>,
    chips: BTreeMap<&'static str, Emitted>,
    common: BTreeSet<&'static str>,
}

/// The configurations of a controller of which the names are learnt. The others emit no name that these do not: a
/// kernel that acts like an older one, a device whose DisINTx does not work, and threads of another kernel.
fn telling(chip: &'static Irqchip) -> Vec<Configuration> {
    let of =
        |kernel| [Device::NoDisintx, Device::Disintx].map(|device| program(chip, kernel, device));
    let exists = |one: &Configuration| one.system().is_ok();
    let mut every: Vec<Configuration> = kernels::ALL.iter().flat_map(of).filter(exists).collect();
    let threaded = every.last().map(|one| Configuration {
        threadirqs: true,
        ..one.clone()
    });
    every.extend(threaded.filter(exists));
    alike(&every)
        .into_iter()
        .map(|places| every[places[0]].clone())
        .collect()
}

/// The names that the steps of these configurations emit, on one CPU.
fn emitted(configurations: Vec<Configuration>) -> Emitted {
    let (mut emitted, mut known) = (Emitted::default(), FxHashSet::default());
    for configuration in configurations {
        let Ok(system) = Configuration {
            cpus: 1,
            ..configuration
        }
        .system() else {
            continue;
        };
        let Ok(explored) = explore(&system) else {
            continue;
        };
        for (from, edge) in explored.graph.edges() {
            let event = explored.events[edge.label as usize];
            let Some((_, log)) = system.step_logged(explored.states[from as usize], event) else {
                continue;
            };
            for &name in log
                .calls()
                .iter()
                .filter(|name| known.insert((name.as_ptr(), edge.label)))
            {
                emitted.all.insert(name);
                match event.info().name {
                    "program.enable" => false,
                    "program.disable" => emitted.ends.insert(name),
                    _ => emitted.running.insert(name),
                };
            }
        }
    }
    emitted
}

impl Words {
    /// The names of every controller in the table; learnt once.
    #[must_use]
    pub fn learnt() -> &'static Self {
        static WORDS: OnceLock<Words> = OnceLock::new();
        WORDS.get_or_init(Self::learn)
    }

    fn learn() -> Self {
        let chips: BTreeMap<_, _> = irqchip::ALL
            .par_iter()
            .map(|&chip| (chip.name, emitted(telling(chip))))
            .collect();
        let names: BTreeSet<&'static str> = chips
            .values()
            .flat_map(|chip| chip.all.iter().copied())
            .collect();
        let common = names
            .iter()
            .copied()
            .filter(|name| chips.values().all(|chip| chip.all.contains(name)))
            .collect();
        assert!(
            names.len() < usize::from(u8::MAX),
            "a name's number has eight bits"
        );
        Self {
            names: names.into_iter().collect(),
            chips,
            common,
        }
    }

    /// The model's name for a function of the kernel: `__x` and `x` are the same.
    #[must_use]
    pub fn canonical(&self, function: &str) -> Option<&'static str> {
        if NO_NAMESAKES.contains(&function) {
            return None;
        }
        let exact = |name: &str| {
            self.names
                .binary_search(&name)
                .ok()
                .map(|index| self.names[index])
        };
        let bare = function.trim_start_matches('_');
        let alias = ALIASES
            .iter()
            .find(|(alias, _)| *alias == bare)
            .map(|&(_, name)| name);
        exact(function)
            .or_else(|| exact(bare))
            .or_else(|| alias.and_then(exact))
    }

    /// The number of a name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u8> {
        self.names
            .binary_search(&name)
            .ok()
            .map(|index| index as u8 + 1)
    }

    /// The name of a number.
    #[must_use]
    pub fn name(&self, number: u8) -> &'static str {
        self.names[usize::from(number) - 1]
    }

    /// Whether the name is a controller's: some emit it and some do not. Flow handlers are, too.
    #[must_use]
    pub fn is_chip(&self, name: &str) -> bool {
        !self.common.contains(name) && self.chips.values().any(|chip| chip.all.contains(name))
    }

    /// Whether the controller of this name ever emits the name.
    #[must_use]
    pub fn emits(&self, chip: &str, name: &str) -> bool {
        self.chips
            .get(chip)
            .is_some_and(|chip| chip.all.contains(name))
    }

    /// Whether the controller's driver has one of these functions. A flow handler is genirq's.
    #[must_use]
    pub fn drives(&self, chip: &str, shown: &BTreeSet<&str>) -> bool {
        let driver = |name: &&str| self.is_chip(name) && !is_flow_handler(name);
        shown
            .iter()
            .filter(|name| self.emits(chip, name))
            .any(driver)
    }

    /// Whether only setting up emits the name: a controller's `irq_startup`.
    #[must_use]
    pub fn only_sets_up(&self, name: &str) -> bool {
        self.is_chip(name)
            && self
                .chips
                .values()
                .all(|chip| !chip.running.contains(name) && !chip.ends.contains(name))
    }

    /// Whether a recording shows this name of this controller whenever it is called.
    #[must_use]
    pub fn essential(&self, chip: &str, name: &str) -> bool {
        let chips_own = |chip: &Emitted| chip.running.contains(name) && !self.common.contains(name);
        ESSENTIAL.contains(&name) || self.chips.get(chip).is_some_and(chips_own)
    }

    /// The names that a reader has to look for.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let aliases = ALIASES
            .iter()
            .map(|&(alias, _)| alias)
            .chain(EVENTS.iter().copied());
        Wanted::new(
            self.all()
                .chain(aliases)
                .map(|name| name.trim_start_matches('_'))
                .collect(),
        )
    }

    /// Every name.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }

    /// The essential names of a controller that a recording could show and does not.
    #[must_use]
    pub fn absent(
        &self,
        chip: &str,
        shown: &BTreeSet<&str>,
        hidden: &BTreeSet<&str>,
    ) -> Vec<&'static str> {
        let wanted = |name: &&'static str| self.emits(chip, name) && self.essential(chip, name);
        self.all()
            .filter(wanted)
            .filter(|name| !shown.contains(name) && !hidden.contains(name))
            .collect()
    }

    /// Every function that a recording of these controllers should show, with the kernel's other spellings.
    #[must_use]
    pub fn functions(&self, chips: &BTreeSet<&str>) -> BTreeSet<String> {
        let mut functions: BTreeSet<String> = self
            .traceable(chips)
            .into_iter()
            .map(str::to_string)
            .collect();
        functions.extend([
            "__vfio_pci_intx_mask".to_string(),
            "eventfd_signal".to_string(),
        ]);
        functions
    }

    /// Those of them that every kernel has: exported ones, callbacks, and others of which a compiler keeps a copy.
    #[must_use]
    pub fn traceable(&self, chips: &BTreeSet<&str>) -> BTreeSet<&'static str> {
        let of_chips = self
            .chips
            .iter()
            .filter(|(name, _)| chips.contains(*name))
            .flat_map(|(_, chip)| &chip.all);
        of_chips.copied().filter(|name| !is_event(name)).collect()
    }
}

/// Whether the name is an event of the irq subsystem and no function.
#[must_use]
pub fn is_event(name: &str) -> bool {
    name.starts_with("irq_handler_e")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_configuration_emits_a_name_that_was_not_learnt() {
        for &chip in irqchip::ALL {
            let of = |kernel| {
                Device::ALL
                    .into_iter()
                    .map(move |device| program(chip, kernel, device))
            };
            let usual = kernels::ALL.iter().flat_map(of);
            let every = usual.flat_map(|usual| {
                [
                    Configuration {
                        threadirqs: true,
                        ..usual.clone()
                    },
                    usual,
                ]
            });
            assert_eq!(
                emitted(telling(chip)),
                emitted(every.collect()),
                "{}",
                chip.name
            );
        }
    }
}
