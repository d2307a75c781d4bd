//! Numbers and names that a machine has counted or found, as `KEY=VALUE` words.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::error::{Error, refuse};
use crate::text::Word;
use crate::words::words;

words! {
    /// A thing that a machine counts or names.
    ///
    /// Without DisINTx each interrupt of a guest behind KVM is one of the host. With DisINTx each *round* is one of the host: at
    /// the unmask VFIO signals a cause that is still up by itself (`vfio_pci_intx_unmask_handler`).
    Key: "key" {
        /// Microseconds that it took.
        Us = "us",
        /// Signals of the trigger that a step read.
        Signals = "n",
        /// Rounds that ended with a cleared cause.
        Rounds = "rounds",
        /// Rounds of a race in which the interrupt came only after the other CPU had stopped to mask.
        Late = "late",
        /// How often the other CPU masked in a race.
        Masks = "masks",
        /// Rounds of a chain whose first interrupt came to the guest.
        Delivered = "delivered",
        /// Ends of the guest's interrupts for which KVM signalled the resample eventfd.
        Resampled = "resampled",
        /// Interrupts of a cause that the guest had ended and not cleared.
        Refired = "refired",
        /// 1 if neither guest nor host took an interrupt in `idle_ms` after the last round. 0 also where the last round is missing.
        Quiet = "quiet",
        /// Interrupts that the guest took.
        GuestIrqs = "guest_irqs",
        /// Of these, those for which there was no cause.
        Stray = "stray",
        /// Interrupts that the host took.
        HostIrqs = "host_irqs",
        /// The guest's controller: `ioapic`, `vgic-v3`, `vgic-v2`; `own-ioapic`, `own-gicv2` where it is the VMM's.
        Chip = "chip",
        /// The way of an interrupt to the guest ([`SoakPath`](crate::SoakPath)).
        Path = "path",
        /// The guest's CPUs.
        Vcpus = "vcpus",
        /// Interrupts that the guest's first CPU took.
        Vcpu0 = "vcpu0",
        /// Interrupts that the guest's second CPU took.
        Vcpu1 = "vcpu1",
        /// How often a cause was raised, whether it was up already or not.
        Raises = "raises",
        /// Causes that were still up when no further interrupt came.
        Lost = "lost",
        /// Interrupts of guest and host, and signals, of a cause that was raised after the teardown.
        AfterTeardown = "after_teardown",
        /// How often the VMM's event loop came out of poll().
        Wakeups = "wakeups",
        /// System calls of the event loop's thread, by the kernel's own count (raw_syscalls:sys_enter). It is missing where the
        /// kernel has no such event.
        VmmSyscalls = "vmm_syscalls",
        /// Guests that were replaced because the emulated CPU had lost their registers (`Machine::astray` of eoi-kvm-guest).
        Astray = "astray",
        /// 1 if a controller kept a source pending that had fallen, so that one more interrupt came.
        OneMore = "one_more",
        /// 1 if the function can be reset alone.
        Alone = "alone",
        /// Unmasks in a period of the budget.
        Budget = "budget",
        /// Periods of the budget.
        Periods = "periods",
        /// The JSON that `eoi-forward drive` wrote.
        Said = "said",
    }
}

/// Keys with their values, each key at most once, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<(Key, Word)>);

impl Counts {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// With a number, which takes the place of an older value.
    #[must_use]
    pub fn with(self, key: Key, number: u64) -> Self {
        self.with_word(key, &number.to_string())
    }

    /// With a word ([`Word::from_any`]), which takes the place of an older value.
    #[must_use]
    pub fn with_word(mut self, key: Key, word: &str) -> Self {
        self.set(key, Word::from_any(word));
        self
    }

    /// With all of the others, which take the place of older values.
    pub fn extend(&mut self, others: &Self) {
        others
            .0
            .iter()
            .for_each(|(key, value)| self.set(*key, value.clone()));
    }

    fn set(&mut self, key: Key, value: Word) {
        match self.0.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| *other == key)
            .map(|(_, value)| value.as_str())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &str)> {
        self.0.iter().map(|(key, value)| (*key, value.as_str()))
    }

    /// Reads words of which each has to be `KEY=VALUE`.
    pub(crate) fn read<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, Error> {
        let mut counts = Self::new();
        for word in words {
            let Some((key, value)) = word.split_once('=') else {
                return refuse!("'{}' is not KEY=VALUE", word.escape_debug());
            };
            let key: Key = key.parse()?;
            if counts.get(key).is_some() {
                return refuse!("'{key}=' is there twice");
            }
            counts.set(key, value.parse()?);
        }
        Ok(counts)
    }
}

/// With a space between two of them.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .enumerate()
            .try_for_each(|(at, (key, value))| {
                let space = if at == 0 { "" } else { " " };
                write!(f, "{space}{key}={value}")
            })
    }
}

impl FromStr for Counts {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::read(text.split_whitespace())
    }
}
