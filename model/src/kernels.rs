//! Kernels: mainline as a table of functions, and released kernels as mainline without the changes
//! that came later.
//!
//! To add a release: one entry in [`ALL`]. Its behaviour follows from its version and from the
//! [`Change`]s below; the entry also says for which other releases it stands. Controllers and
//! guests name the releases that have them by their version ([`Span`]).

use core::ptr::fn_addr_eq;

use crate::genirq::{manage, resend};
use crate::version::{Since, Version};
use crate::vfio_pci::ioctl;
use crate::world::World;

/// A change to Linux on which the path of an interrupt depends.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The commit in mainline.
    pub commit: &'static str,
    /// The change, in a sentence.
    pub about: &'static str,
    /// The releases that have it.
    pub since: Since,
}

/// vfio-pci is new.
pub const VFIO_PCI: Change = Change {
    commit: "89e1f7d4c66d",
    about: "vfio-pci is new",
    since: Since::mainline(3, 6),
};

/// KVM does not claim a resample eventfd that it never signals.
pub const KVM_XIVE_NO_RESAMPLE: Change = Change {
    commit: "52882b9c7a76",
    about: "KVM on a XIVE host does not claim KVM_CAP_IRQFD_RESAMPLE",
    since: Since::mainline(6, 3),
};

/// KVM's IO-APIC asks the host when the guest unmasks a pending pin.
pub const KVM_UNMASK_RESAMPLES: Change = Change {
    commit: "fef8f2b90edb",
    about: "an unmask of a pending pin of KVM's IO-APIC signals the resample eventfd",
    since: Since::mainline(6, 4),
};

/// `handle_fasteoi_irq` ends with `check_irq_resend` if PENDING.
pub const FASTEOI_RESENDS: Change = Change {
    commit: "9c15eeb5362c",
    about: "handle_fasteoi_irq ends with check_irq_resend if PENDING",
    since: Since::mainline(6, 5),
};

/// The merged fix: `vfio_intx_enable` sets `IRQ_DISABLE_UNLAZY` for a device without DisINTx.
pub const VFIO_UNLAZY: Change = Change {
    commit: "8b9f128947dd",
    about: "vfio_intx_enable sets IRQ_DISABLE_UNLAZY for a DisINTx- device",
    since: Since {
        mainline: Version(6, 18, 0),
        stable: &[Version(6, 12, 58), Version(6, 17, 8)],
    },
};

/// `plic_irq_eoi` asks the enable word, not genirq's DISABLED. In the stable branches, the oldest
/// release in which it was read; 6.12.57 does not have it.
pub const PLIC_ASKS_HARDWARE: Change = Change {
    commit: "1072020685f4",
    about: "plic_irq_eoi asks the enable word whether the source is enabled",
    since: Since {
        mainline: Version(7, 0, 0),
        stable: &[Version(6, 1, 176), Version(6, 12, 107)],
    },
};

/// KVM's GICv3 acks an EOI only if an earlier exit has seen the interrupt active (`deactivated` in
/// `vgic_v3_fold_lr`; read in 7.2 and 7.3, not in 6.12). Named by its message, since the commit
/// could not be looked up; the release is that of the merge window after it.
pub const VGIC_ACKS_WHAT_IT_SAW: Change = Change {
    commit: "20251103165517.2960148-34-maz@kernel.org",
    about: "KVM's GICv3 acks the EOI of an interrupt only if an exit has seen it active before",
    since: Since::mainline(6, 19),
};

/// The parts of a kernel that differ between releases, or that a candidate fix replaces.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// Its name on the command line.
    pub name: &'static str,
    /// The release that was read.
    pub version: Version,
    /// The releases that it stands for, unless a later entry of [`ALL`] does.
    pub since: Since,
    /// [`VFIO_UNLAZY`]
    pub vfio_unlazy: bool,
    /// `vfio_intx_enable` sets `IRQ_DISABLE_UNLAZY` when it has the line, which it requests with
    /// `IRQF_NO_AUTOEN`, and only `free_irq` clears it (candidate only).
    pub vfio_unlazy_late: bool,
    /// vfio-pci keeps DisINTx set while INTx is not set up (candidate only).
    pub vfio_intx_closed: bool,
    /// `vfio_intx_enable` asks for a thread with `IRQF_ONESHOT` (candidate only).
    pub vfio_oneshot: bool,
    /// `vfio_intx_handler` leaves a DisINTx- line alone that is masked already (candidate only).
    pub vfio_masks_once: bool,
    /// [`FASTEOI_RESENDS`]
    pub fasteoi_resends: bool,
    /// [`KVM_UNMASK_RESAMPLES`]
    pub kvm_unmask_resamples: bool,
    /// At such an unmask KVM keeps a level that user space holds up (candidate only).
    pub kvm_unmask_keeps_sources: bool,
    /// [`PLIC_ASKS_HARDWARE`]
    pub plic_asks_hardware: bool,
    /// [`VGIC_ACKS_WHAT_IT_SAW`]
    pub vgic_acks_what_it_saw: bool,
    /// `irq_enable`
    pub irq_enable: fn(&mut World<'_>),
    /// `check_irq_resend`
    pub check_irq_resend: fn(&mut World<'_>),
    /// `vfio_pci_intx_unmask_handler`
    pub intx_unmask: fn(&mut World<'_>) -> bool,
}

impl Kernel {
    /// Whether the two differ in name and version only, so that every system does the same with
    /// either of them.
    #[must_use]
    pub fn acts_like(&self, other: &Self) -> bool {
        self.features() == other.features()
            && fn_addr_eq(self.irq_enable, other.irq_enable)
            && fn_addr_eq(self.check_irq_resend, other.check_irq_resend)
            && fn_addr_eq(self.intx_unmask, other.intx_unmask)
    }

    const fn features(&self) -> [bool; 10] {
        let &Self {
            name: _,
            version: _,
            since: _,
            vfio_unlazy,
            vfio_unlazy_late,
            vfio_intx_closed,
            vfio_oneshot,
            vfio_masks_once,
            fasteoi_resends,
            kvm_unmask_resamples,
            kvm_unmask_keeps_sources,
            plic_asks_hardware,
            vgic_acks_what_it_saw,
            irq_enable: _,
            check_irq_resend: _,
            intx_unmask: _,
        } = self;
        [
            vfio_unlazy,
            vfio_unlazy_late,
            vfio_intx_closed,
            vfio_oneshot,
            vfio_masks_once,
            fasteoi_resends,
            kvm_unmask_resamples,
            kvm_unmask_keeps_sources,
            plic_asks_hardware,
            vgic_acks_what_it_saw,
        ]
    }
}

/// Every released kernel, oldest first.
pub static ALL: &[Kernel] = &[
    linux("linux-5.10", Version(5, 10, 262), Since::mainline(0, 0)),
    linux("linux-6.1", Version(6, 1, 192), Since::mainline(6, 1)),
    linux("linux-6.12.57", Version(6, 12, 57), Since::mainline(6, 12)),
    linux("linux-6.12.107", Version(6, 12, 107), VFIO_UNLAZY.since),
    linux("linux-7.3", Version(7, 3, 4), VGIC_ACKS_WHAT_IT_SAW.since),
];

/// A released kernel: mainline without the changes that this version does not have.
const fn linux(name: &'static str, version: Version, since: Since) -> Kernel {
    Kernel {
        name,
        version,
        since,
        vfio_unlazy: VFIO_UNLAZY.since.holds(version),
        vfio_unlazy_late: false,
        vfio_intx_closed: false,
        vfio_oneshot: false,
        vfio_masks_once: false,
        fasteoi_resends: FASTEOI_RESENDS.since.holds(version),
        kvm_unmask_resamples: KVM_UNMASK_RESAMPLES.since.holds(version),
        kvm_unmask_keeps_sources: false,
        plic_asks_hardware: PLIC_ASKS_HARDWARE.since.holds(version),
        vgic_acks_what_it_saw: VGIC_ACKS_WHAT_IT_SAW.since.holds(version),
        irq_enable: manage::irq_enable,
        check_irq_resend: resend::check_irq_resend,
        intx_unmask: ioctl::vfio_pci_intx_unmask_handler,
    }
}

/// The kernel of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Kernel> {
    ALL.iter().find(|kernel| kernel.name == name)
}

/// The kernel that behaves like this release, such as `6.12.57+deb12-amd64`. Only the version is
/// looked at: a distribution may have put a change into an older one. `None` if it names no
/// release.
#[must_use]
pub fn of_release(release: &str) -> Option<&'static Kernel> {
    let version = Version::of(release)?;
    ALL.iter().rfind(|kernel| kernel.since.holds(version))
}

/// The newest kernel of the table.
#[must_use]
pub fn newest() -> &'static Kernel {
    &ALL[ALL.len() - 1]
}

/// The newest kernel of the table without the merged fix, and the oldest one with it.
#[must_use]
pub fn around_the_merged_fix() -> [&'static Kernel; 2] {
    let with = ALL
        .iter()
        .position(|kernel| kernel.vfio_unlazy)
        .unwrap_or(ALL.len() - 1)
        .max(1);
    [&ALL[with - 1], &ALL[with]]
}

/// The kernels of the table that have something: from one version on, up to another one that does
/// not have it any more.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first version that has it.
    pub since: Version,
    /// The first version that does not have it any more.
    pub before: Option<Version>,
}

impl Span {
    /// Every kernel.
    pub const ALL: Self = Self {
        since: Version(0, 0, 0),
        before: None,
    };

    /// No kernel.
    pub const NONE: Self = Self::ALL.before(0, 0);

    /// From a release of mainline on.
    #[must_use]
    pub const fn since(major: u32, minor: u32) -> Self {
        Self {
            since: Version(major, minor, 0),
            before: None,
        }
    }

    /// Up to a release of mainline that does not have it any more.
    #[must_use]
    pub const fn before(mut self, major: u32, minor: u32) -> Self {
        self.before = Some(Version(major, minor, 0));
        self
    }

    /// Whether this kernel has it.
    #[must_use]
    pub fn has(&self, kernel: &Kernel) -> bool {
        kernel.version >= self.since && self.before.is_none_or(|before| kernel.version < before)
    }

    /// The kernels of the table that have it.
    pub fn kernels(self) -> impl Iterator<Item = &'static Kernel> {
        ALL.iter().filter(move |kernel| self.has(kernel))
    }

    /// Whether every kernel of the table has it.
    #[must_use]
    pub fn is_all(self) -> bool {
        self.kernels().count() == ALL.len()
    }
}
