//! A system call that was refused, and what can be done about it.

use std::error::Error;
use std::fmt;
use std::fs;

use rustix::io::Errno;

/// The call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// Setting INTx up.
    Enable,
    /// Taking its trigger eventfd away or replacing it.
    Attach,
    /// Tearing INTx down.
    Disable,
    /// Masking.
    Mask,
    /// Unmasking.
    Unmask,
    /// Giving or taking the eventfd that unmasks.
    UnmaskEventfd,
    /// Resetting the function.
    Reset,
    /// Reading the trigger eventfd.
    Drain,
    /// Setting the guest's line.
    Line,
    /// Handing the eventfds to the hypervisor.
    Wire,
    /// Taking them back.
    Unwire,
    /// Something that is the VMM's.
    Vmm,
}

impl Call {
    const fn name(self) -> &'static str {
        match self {
            Self::Enable => "VFIO_DEVICE_SET_IRQS to set INTx up",
            Self::Attach => "VFIO_DEVICE_SET_IRQS to replace the trigger eventfd",
            Self::Disable => "VFIO_DEVICE_SET_IRQS to tear INTx down",
            Self::Mask => "VFIO_DEVICE_SET_IRQS to mask INTx",
            Self::Unmask => "VFIO_DEVICE_SET_IRQS to unmask INTx",
            Self::UnmaskEventfd => "VFIO_DEVICE_SET_IRQS with an unmask eventfd",
            Self::Reset => "VFIO_DEVICE_RESET",
            Self::Drain => "read of the trigger eventfd",
            Self::Line => "setting the guest's line",
            Self::Wire => "KVM_IRQFD",
            Self::Unwire => "KVM_IRQFD with DEASSIGN",
            Self::Vmm => "the VMM's own part",
        }
    }

    /// The meaning of the errno there (`vfio_pci_set_irqs_ioctl`, `request_irq`, `kvm_irqfd_assign`; 6.12).
    const fn meaning(self, errno: Errno) -> &'static str {
        match (self, errno) {
            (Self::Enable, Errno::BUSY) => {
                "another driver has the host's line and does not share it, or this device has no DisINTx and cannot"
            }
            (Self::Enable, Errno::NODEV) => {
                "the host has routed no interrupt to the function; `eoi doctor` says more"
            }
            (Self::Enable | Self::Attach, Errno::INVAL) => {
                "the function has no INTx (no pin, or a virtual function), or MSI or MSI-X is set up and has to go first"
            }
            (Self::Mask | Self::Unmask | Self::UnmaskEventfd | Self::Disable, Errno::INVAL) => {
                "INTx is not set up"
            }
            (Self::UnmaskEventfd, Errno::BUSY) => "another eventfd unmasks already",
            (Self::Wire, Errno::INVAL) => {
                "it has no such line, or it would have to resample one of a controller that is not wholly in the kernel: use \
                 Path::Eoi"
            }
            (Self::Reset, Errno::AGAIN) => {
                "somebody else is about to reset the function: give Reset again"
            }
            (Self::Wire, Errno::BUSY) => {
                "this eventfd is wired already, or another function holds the guest's pin up by its line: wire both"
            }
            (Self::Line, Errno::BUSY) => {
                "another function on the guest's pin is wired, and KVM would lose this level: wire both, or move one to another pin"
            }
            (Self::Wire | Self::Unwire | Self::Vmm, Errno::OPNOTSUPP) => {
                "this part is not implemented"
            }
            _ => "",
        }
    }
}

/// A call that was refused. The errno is the kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    call: Call,
    errno: Errno,
    has_line: Option<String>,
}

impl Refusal {
    /// `address` is the function's, to look up who has its line.
    pub(crate) fn new(call: Call, errno: Errno, address: Option<&str>) -> Self {
        let busy = call == Call::Enable && errno == Errno::BUSY;
        let has_line = address.filter(|_| busy).and_then(who_has_the_line_of);
        Self {
            call,
            errno,
            has_line,
        }
    }

    /// The call.
    #[must_use]
    pub const fn call(&self) -> Call {
        self.call
    }

    /// The kernel's error.
    #[must_use]
    pub const fn errno(&self) -> Errno {
        self.errno
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            call,
            errno,
            has_line,
        } = self;
        write!(f, "{}: {errno}", call.name())?;
        match call.meaning(*errno) {
            "" => {}
            meaning => write!(f, "; {meaning}")?,
        }
        has_line
            .as_ref()
            .map_or(Ok(()), |row| write!(f, "; /proc/interrupts has {row}"))
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.errno)
    }
}

/// The row of /proc/interrupts of the function's irq, without its counts.
fn who_has_the_line_of(address: &str) -> Option<String> {
    let irq = fs::read_to_string(format!("/sys/bus/pci/devices/{address}/irq")).ok()?;
    who_has_the_line(
        &fs::read_to_string("/proc/interrupts").ok()?,
        irq.trim().parse().ok()?,
    )
}

fn who_has_the_line(interrupts: &str, irq: u32) -> Option<String> {
    let cpus = interrupts.lines().next()?.split_whitespace().count();
    let row = interrupts
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(&format!("{irq}:")))?;
    let words: Vec<&str> = row.split_whitespace().skip(cpus).collect();
    Some(format!("{irq}: {}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERRUPTS: &str = "            CPU0       CPU1\n   1:          9          0   IO-APIC    1-edge      i8042\n  \
        16:         11          7   IO-APIC   16-fasteoi   ahci[0000:00:1f.2]\n";

    #[test]
    fn a_busy_line_is_named_with_whoever_has_it() {
        let row = who_has_the_line(INTERRUPTS, 16);
        assert_eq!(
            row.as_deref(),
            Some("16: IO-APIC 16-fasteoi ahci[0000:00:1f.2]")
        );
        assert_eq!(who_has_the_line(INTERRUPTS, 6), None);
        let refusal = Refusal {
            call: Call::Enable,
            errno: Errno::BUSY,
            has_line: row,
        };
        let text = refusal.to_string();
        assert!(
            text.contains("does not share it") && text.ends_with("ahci[0000:00:1f.2]"),
            "{text}"
        );
    }

    #[test]
    fn a_path_that_is_refused_is_named_with_the_one_to_use() {
        let text = Refusal::new(Call::Wire, Errno::INVAL, None).to_string();
        assert!(
            text.starts_with("KVM_IRQFD: ") && text.ends_with("use Path::Eoi"),
            "{text}"
        );
    }
}
