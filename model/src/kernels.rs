//! Kernels: mainline as a table of functions, and released kernels as mainline without what they do not have.

use crate::genirq::{manage, resend};
use crate::vfio_pci::ioctl;
use crate::world::World;

/// The parts of a kernel that differ between releases, or that a candidate fix replaces.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// Its name on the command line.
    pub name: &'static str,
    /// `vfio_intx_enable` sets `IRQ_DISABLE_UNLAZY` for a DisINTx- device (8b9f128947dd, v6.18; 6.17.8, 6.12.58).
    pub vfio_unlazy: bool,
    /// `vfio_intx_enable` asks for a thread with `IRQF_ONESHOT` (candidate only).
    pub vfio_oneshot: bool,
    /// `vfio_intx_handler` leaves a DisINTx- line alone that is masked already (candidate only).
    pub vfio_masks_once: bool,
    /// `handle_fasteoi_irq` ends with `check_irq_resend` if PENDING (v6.5).
    pub fasteoi_resends: bool,
    /// KVM's IO-APIC asks the host when the guest unmasks a pending pin (fef8f2b90edb, v6.4).
    pub kvm_unmask_resamples: bool,
    /// `plic_irq_eoi` asks the enable word whether the source is enabled (1072020685f4, 2026), not genirq's DISABLED.
    pub plic_asks_hardware: bool,
    /// `irq_enable`
    pub irq_enable: fn(&mut World<'_>),
    /// `check_irq_resend`
    pub check_irq_resend: fn(&mut World<'_>),
    /// `vfio_pci_intx_unmask_handler`
    pub intx_unmask: fn(&mut World<'_>) -> bool,
}

const MAINLINE: Kernel = Kernel {
    name: "linux-7.3",
    vfio_unlazy: true,
    vfio_oneshot: false,
    vfio_masks_once: false,
    fasteoi_resends: true,
    kvm_unmask_resamples: true,
    plic_asks_hardware: true,
    irq_enable: manage::irq_enable,
    check_irq_resend: resend::check_irq_resend,
    intx_unmask: ioctl::vfio_pci_intx_unmask_handler,
};

const LINUX_6_12_57: Kernel =
    Kernel { name: "linux-6.12.57", vfio_unlazy: false, plic_asks_hardware: false, ..MAINLINE };
const LINUX_6_1: Kernel =
    // The end of its stable series: 6.1.176 has the PLIC's last change.
    Kernel {
        name: "linux-6.1",
        fasteoi_resends: false,
        kvm_unmask_resamples: false,
        plic_asks_hardware: true,
        ..LINUX_6_12_57
    };

/// Every released kernel, oldest first.
pub static ALL: &[Kernel] = &[
    Kernel { name: "linux-5.10", ..LINUX_6_1 },
    LINUX_6_1,
    LINUX_6_12_57,
    Kernel { name: "linux-6.12.107", ..MAINLINE },
    MAINLINE,
];

/// The kernel of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Kernel> {
    ALL.iter().find(|kernel| kernel.name == name)
}
