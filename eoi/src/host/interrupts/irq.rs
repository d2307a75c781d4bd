//! One irq as /proc/interrupts shows it.

/// One Linux irq as /proc/interrupts shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Irq {
    /// The Linux irq.
    pub number: u32,
    /// Interrupts taken since boot, on all CPUs that are online. Ignored ones are not counted by Linux.
    pub total: u64,
    /// CPUs that took any.
    pub cpus: usize,
    /// The controller's name, as `XIVE-IRQ`.
    pub chip: String,
    /// The controller's number for it.
    pub hwirq: Option<u64>,
    /// `Level` (true) or `Edge` (false), where it is shown.
    pub level: Option<bool>,
    /// The flow handler's name, where it is shown: `fasteoi`.
    pub flow: Option<String>,
    /// The owners.
    pub actions: Vec<String>,
    /// The line of the file it stands on, from 1.
    pub line: usize,
}
