//! Which guests a host can have.
//!
//! KVM runs guests of the host's own architecture, so that a guest has a controller of that
//! architecture: one that this host's KVM emulates, or one of the VMM's own.

use super::chips::{
    KVM_AIA, KVM_I8259, KVM_IOAPIC, KVM_IOAPIC_AVIC, KVM_PCH_PIC, KVM_VGICV2, KVM_VGICV3, KVM_XICS,
    KVM_XIVE, KVM_XIVE_NATIVE,
};
use super::own::{
    QEMU_APLIC, QEMU_GIC, QEMU_I8259, QEMU_IOAPIC, QEMU_OPENPIC, QEMU_PCH_PIC, QEMU_PLIC, QEMU_XICS,
};
use super::split::QEMU_SPLIT_IOAPIC;
use super::{GuestChip, Reports};
use crate::config::Path;
use crate::kernels::Kernel;

/// The answer of KVM, on hosts with one controller, to `KVM_IRQFD_FLAG_RESAMPLE`: whether anything
/// there calls `kvm_notify_acked_irq` (virt/kvm/eventfd.c, 6.12).
#[derive(Clone, Copy)]
pub enum Kvm {
    /// The guest's EOI is acked; the guest has this controller unless told otherwise.
    Acks(&'static GuestChip),
    /// The flag is accepted and never acked; the guest has this controller.
    NeverAcks(&'static GuestChip),
    /// There is no irqfd to speak of, for this reason.
    None(&'static str),
}

impl Kvm {
    /// The controller that KVM emulates for a guest.
    #[must_use]
    pub const fn chip(self) -> Option<&'static GuestChip> {
        match self {
            Self::Acks(chip) | Self::NeverAcks(chip) => Some(chip),
            Self::None(_) => None,
        }
    }
}

/// The guests of the hosts of one kind.
pub struct Guests {
    /// KVM there, with the controller that its guests usually have.
    pub kvm: Kvm,
    /// The controller that a guest has where the VMM emulates it.
    pub own: &'static GuestChip,
    /// The other controllers that there are.
    pub others: &'static [&'static GuestChip],
    /// Why there are no more, in one sentence.
    pub only: &'static str,
}

impl Guests {
    /// Whether a guest on such a host can have this controller.
    #[must_use]
    pub fn have(&self, chip: &GuestChip) -> bool {
        self.all().any(|known| known.name == chip.name)
    }

    /// The controllers that a guest on such a host can have, the usual ones first.
    pub fn all(&self) -> impl Iterator<Item = &'static GuestChip> {
        self.kvm
            .chip()
            .into_iter()
            .chain([self.own])
            .chain(self.others.iter().copied())
    }

    /// The usual controller of a guest: KVM's where there is one, but on the path where the VMM hears
    /// of the EOI.
    pub(crate) fn usual(&self, path: Path, kernel: &Kernel) -> &'static GuestChip {
        self.kvm
            .chip()
            .filter(|chip| path != Path::Vmm && chip.kernels.has(kernel))
            .unwrap_or(self.own)
    }
}

impl GuestChip {
    /// KVM hears of the guest's EOI.
    #[must_use]
    pub const fn acks(&self) -> bool {
        matches!(self.reports, Reports::BeforeEoi | Reports::AfterEoi)
    }
}

/// x86.
pub static X86: Guests = Guests {
    kvm: Kvm::Acks(&KVM_IOAPIC),
    own: &QEMU_IOAPIC,
    others: &[
        &KVM_IOAPIC_AVIC,
        &KVM_I8259,
        &QEMU_SPLIT_IOAPIC,
        &QEMU_I8259,
    ],
    only: "a guest on an x86 host has an IO-APIC or an 8259A",
};

/// ARM with GICv2, where Linux runs in EL2.
pub static ARM_V2: Guests = Guests {
    kvm: Kvm::Acks(&KVM_VGICV2),
    own: &QEMU_GIC,
    others: &[],
    only: "a guest on an ARM host has a GIC, and KVM folds it as the host's GIC is",
};

/// ARM with GICv3, where Linux runs in EL2.
pub static ARM_V3: Guests = Guests {
    kvm: Kvm::Acks(&KVM_VGICV3),
    ..ARM_V2
};

/// ARM, where Linux was not started in EL2: the VMM emulates the guest's CPUs as well.
pub static ARM_EL1: Guests = Guests {
    kvm: Kvm::None("in EOImode 0 Linux was not started in EL2, so that KVM has no vgic"),
    own: &QEMU_GIC,
    others: &[],
    only: "Linux was not started in EL2, so that a guest has the VMM's own GIC",
};

/// POWER without XIVE in use (arch/powerpc/kvm/book3s_xics.c).
pub static POWER_XICS: Guests = Guests {
    kvm: Kvm::Acks(&KVM_XICS),
    own: &QEMU_XICS,
    others: &[],
    only: "a guest on such a POWER host has XICS",
};

/// POWER9 and later with XIVE in use (arch/powerpc/kvm/book3s_xive.c, book3s_xive_native.c).
pub static POWER_XIVE: Guests = Guests {
    kvm: Kvm::NeverAcks(&KVM_XIVE),
    own: &QEMU_XICS,
    others: &[&KVM_XIVE_NATIVE],
    only: "KVM on a XIVE host makes every guest's controller out of the XIVE; or the VMM has its own",
};

/// PowerPC e500.
pub static E500: Guests = Guests {
    kvm: Kvm::None("KVM's MPIC for e500 guests is not modelled"),
    own: &QEMU_OPENPIC,
    others: &[],
    only: "a guest on an e500 host has an OpenPIC",
};

/// RISC-V without AIA.
pub static RISCV: Guests = Guests {
    kvm: Kvm::None("a RISC-V host without AIA has no irqchip in KVM"),
    own: &QEMU_PLIC,
    others: &[],
    only: "a guest on a RISC-V host without AIA has the VMM's own PLIC",
};

/// RISC-V with AIA.
pub static RISCV_AIA: Guests = Guests {
    kvm: Kvm::NeverAcks(&KVM_AIA),
    own: &QEMU_APLIC,
    others: &[&QEMU_PLIC],
    only: "a guest on a RISC-V host has an APLIC or a PLIC",
};

/// LoongArch.
pub static LOONGARCH: Guests = Guests {
    kvm: Kvm::NeverAcks(&KVM_PCH_PIC),
    own: &QEMU_PCH_PIC,
    others: &[],
    only: "a guest on a LoongArch host has a PCH-PIC",
};

/// MIPS: QEMU's Malta, whose PCI lines end in an 8259A.
pub static MIPS: Guests = Guests {
    kvm: Kvm::None("KVM on MIPS has no irqfd"),
    own: &QEMU_I8259,
    others: &[],
    only: "a guest on a MIPS host has the VMM's own 8259A",
};
