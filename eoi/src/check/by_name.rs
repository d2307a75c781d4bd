//! Values of a closed set, written and read by their names.

use std::borrow::Cow;
use std::cmp::Ordering;

use eoi_model::cost::Metric;
use eoi_search::Law;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A closed set of things with names.
pub trait Closed: Copy + 'static {
    /// The name of the set, for errors and schemas.
    const KIND: &'static str;
    /// A sentence about all of them, for readers of the schema.
    const ABOUT: &'static str;
    /// All of them, in the order of reports.
    const ALL: &'static [Self];
    /// The name of one.
    fn name(self) -> &'static str;
    /// The meaning of one value in a few words, for legends, and for readers of the schema.
    fn about(self) -> &'static str;
}

/// One of a closed set, by its name. The order is that of [`Closed::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByName<T>(pub T);

impl<T: Closed + Eq> Ord for ByName<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |one: &Self| T::ALL.iter().position(|known| *known == one.0);
        place(self).cmp(&place(other))
    }
}

impl<T: Closed + Eq> PartialOrd for ByName<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Closed> Serialize for ByName<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de, T: Closed> Deserialize<'de> for ByName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        let found = T::ALL.iter().find(|one| one.name() == name);
        found
            .map(|&one| Self(one))
            .ok_or_else(|| D::Error::custom(format!("there is no {} called '{name}'", T::KIND)))
    }
}

impl<T: Closed> JsonSchema for ByName<T> {
    fn schema_name() -> Cow<'static, str> {
        T::KIND.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let each = T::ALL
            .iter()
            .map(|one| json_schema!({ "const": one.name(), "description": one.about() }));
        json_schema!({ "description": T::ABOUT, "oneOf": each.collect::<Vec<_>>() })
    }
}

impl Closed for Law {
    const KIND: &'static str = "Law";
    const ABOUT: &'static str = "The laws, named after the fault that breaks them.";
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn about(self) -> &'static str {
        match self {
            Self::Stall => "an interrupt that is never delivered",
            Self::Storm => "host interrupts without end while nobody else acts",
            Self::Livelock => "guest interrupts without end that serve nothing",
            Self::Imbalance => "depth, MASKED and vfio's masked disagree at rest",
            Self::Leak => "something is left after teardown",
            Self::Unhandled => "the kernel gives the line up (\"nobody cared\")",
            Self::Unbounded => "host interrupts without end while a service is owed",
            Self::Neighbour => "a host driver on the same line that is not served",
            Self::Spurious => "guest interrupts without end that nothing caused",
        }
    }
}

impl Closed for Metric {
    const KIND: &'static str = "Metric";
    const ABOUT: &'static str = "The things that are counted.";
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn about(self) -> &'static str {
        match self {
            Self::HostIrqs => "Host interrupts that ran the action.",
            Self::HostIrqsIgnored => {
                "Host interrupts that the flow handler ended without running the action."
            }
            Self::ChipReads => "Loads from the interrupt controller.",
            Self::ChipWrites => "Stores to the interrupt controller.",
            Self::ConfigReads => "Reads of PCI configuration space.",
            Self::ConfigWrites => "Writes to PCI configuration space.",
            Self::FirmwareCalls => {
                "Calls to firmware or a hypervisor about the controller (OPAL, RTAS, hcalls)."
            }
            Self::EventfdSignals => "Signals of eventfds.",
            Self::Ioctls => "VFIO and KVM ioctls of the VMM.",
            Self::GuestIrqs => "Interrupts that the guest took.",
            Self::GuestIrqsSpurious => "Guest interrupts that found no cause at the device.",
        }
    }
}
