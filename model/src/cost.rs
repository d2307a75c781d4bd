//! The cost of a step: eleven counters in one integer.

/// A counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Flow-handler entries that ran the action.
    HostIrqs,
    /// Flow-handler entries that the flow handler dropped.
    HostIrqsIgnored,
    /// Loads from the interrupt controller.
    ChipReads,
    /// Stores to the interrupt controller.
    ChipWrites,
    /// Reads of PCI configuration space.
    ConfigReads,
    /// Writes to PCI configuration space.
    ConfigWrites,
    /// Calls to firmware or a hypervisor about the controller (OPAL, RTAS, hcalls).
    FirmwareCalls,
    /// eventfd signals.
    EventfdSignals,
    /// VFIO and KVM ioctls of the VMM.
    Ioctls,
    /// Interrupts that the guest took.
    GuestIrqs,
    /// Those of them that found no cause at the device.
    GuestIrqsSpurious,
}

impl Metric {
    /// Every metric, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::HostIrqs,
        Self::HostIrqsIgnored,
        Self::ChipReads,
        Self::ChipWrites,
        Self::ConfigReads,
        Self::ConfigWrites,
        Self::FirmwareCalls,
        Self::EventfdSignals,
        Self::Ioctls,
        Self::GuestIrqs,
        Self::GuestIrqsSpurious,
    ];

    /// The key in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostIrqs => "host_irqs",
            Self::HostIrqsIgnored => "host_irqs_ignored",
            Self::ChipReads => "chip_reads",
            Self::ChipWrites => "chip_writes",
            Self::ConfigReads => "config_reads",
            Self::ConfigWrites => "config_writes",
            Self::FirmwareCalls => "firmware_calls",
            Self::EventfdSignals => "eventfd_signals",
            Self::Ioctls => "ioctls",
            Self::GuestIrqs => "guest_irqs",
            Self::GuestIrqsSpurious => "guest_irqs_spurious",
        }
    }
}

/// Bits a counter; one step stays far below.
const WIDTH: u32 = 5;
const _: () = assert!(Metric::ALL.len() as u32 * WIDTH <= 64);

/// The cost of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cost(u64);

impl Cost {
    pub(crate) fn add(&mut self, metric: Metric, n: u8) {
        debug_assert!(u32::from(self.get(metric)) + u32::from(n) < 1 << WIDTH);
        self.0 += u64::from(n) << (metric as u32 * WIDTH);
    }

    /// A step that counts `n` of one metric; `n` is below 32.
    #[must_use]
    pub const fn of(metric: Metric, n: u8) -> Self {
        Self((n as u64) << (metric as u32 * WIDTH))
    }

    /// How often this was counted in the step.
    #[must_use]
    pub const fn get(self, metric: Metric) -> u8 {
        ((self.0 >> (metric as u32 * WIDTH)) & ((1 << WIDTH) - 1)) as u8
    }
}
