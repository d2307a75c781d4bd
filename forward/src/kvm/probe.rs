//! Which path a guest's controller can do, for kernels that claim `KVM_CAP_IRQFD_RESAMPLE` and never resample.
//!
//! The extension alone does not say it: up to 6.2 its answer is the generic "there are irqfds" (virt/kvm/kvm_main.c, 5.10 and
//! 6.1), and assigning such an irqfd is refused on x86 alone (`kvm_arch_irqfd_allowed`). Elsewhere an irqfd whose EOI
//! nobody reports is taken, interrupts once and is never unmasked. The answer depends on who calls
//! `kvm_notify_acked_irq`.

use eoi_intx::Path;

/// The guest's interrupt controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Controller {
    /// x86: local APICs, IO-APIC and i8259 in the kernel (`KVM_CREATE_IRQCHIP`).
    Ioapic,
    /// x86: only the local APICs in the kernel (`KVM_CAP_SPLIT_IRQCHIP`).
    SplitIoapic,
    /// arm64: vGICv2 or vGICv3.
    Vgic,
    /// POWER: XICS in the kernel, on a host that has XICS itself.
    Xics,
    /// POWER: XICS in the kernel, on a host that has XIVE (POWER9 and later).
    XicsOnXive,
    /// POWER: XIVE in the kernel (`KVM_DEV_TYPE_XIVE`).
    Xive,
    /// RISC-V: APLIC and IMSIC in the kernel (`KVM_DEV_TYPE_RISCV_AIA`).
    Aia,
    /// `LoongArch`: PCH-PIC and EIOINTC in the kernel.
    PchPic,
    /// Wholly the VMM's, on any architecture.
    Own,
}

/// The path to use, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The path.
    pub path: Path,
    /// The reason, with the kernel's function that makes it so.
    pub why: &'static str,
}

/// The path for this controller, where `KVM_CHECK_EXTENSION` of `KVM_CAP_IRQFD_RESAMPLE` has said `claims`.
///
/// A controller in the kernel that reports no EOI leaves only [`Path::BarTrap`]. Where the VMM can do without it, its own
/// controller makes that [`Path::Eoi`].
#[must_use]
pub const fn choose(controller: Controller, claims: bool) -> Choice {
    let (path, why) = match (controller, claims) {
        (Controller::Own, _) => (Path::Eoi, "the VMM's own controller sees every EOI"),
        (Controller::SplitIoapic, _) => (
            Path::Eoi,
            "KVM_EXIT_IOAPIC_EOI brings the EOI to the VMM, and kvm_arch_irqfd_allowed refuses resample without an IO-APIC in \
             the kernel",
        ),
        (Controller::Ioapic, true) => (
            Path::Resample,
            "kvm_ioapic_update_eoi_one and pic_clear_isr notify the EOI",
        ),
        (Controller::Vgic, true) => (
            Path::Resample,
            "vgic_v2_fold_lr_state and vgic_v3_fold_lr_state notify the EOI",
        ),
        (Controller::Xics, true) => (Path::Resample, "ics_eoi in book3s_xics.c notifies the EOI"),
        (Controller::XicsOnXive, _) => (
            Path::BarTrap,
            "book3s_xive.c notifies no EOI; kernels before 6.3 claim the extension all the same (52882b9c7a76)",
        ),
        (Controller::Xive, _) => (
            Path::BarTrap,
            "book3s_xive_native.c sees no EOI: the guest ends at the controller; kernels before 6.3 claim the extension all \
             the same (52882b9c7a76)",
        ),
        (Controller::Aia, _) => (
            Path::BarTrap,
            "aia_aplic.c notifies no EOI; an irqfd with resample is taken all the same",
        ),
        (Controller::PchPic, _) => (
            Path::BarTrap,
            "pch_pic.c and eiointc.c notify no EOI; an irqfd with resample is taken all the same",
        ),
        (Controller::Ioapic | Controller::Vgic | Controller::Xics, false) => (
            Path::BarTrap,
            "this kernel does not claim KVM_CAP_IRQFD_RESAMPLE",
        ),
    };
    Choice { path, why }
}

/// Asks this KVM, and chooses the path for this controller of its guest.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[must_use]
pub fn probe(kvm: &kvm_ioctls::Kvm, controller: Controller) -> Choice {
    choose(
        controller,
        kvm.check_extension(kvm_ioctls::Cap::IrqfdResample),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Controller; 9] = [
        Controller::Ioapic,
        Controller::SplitIoapic,
        Controller::Vgic,
        Controller::Xics,
        Controller::XicsOnXive,
        Controller::Xive,
        Controller::Aia,
        Controller::PchPic,
        Controller::Own,
    ];

    /// Who calls `kvm_notify_acked_irq` in 6.12, without the VMM's own: ioapic.c, i8259.c, vgic-v2.c, vgic-v3.c,
    /// book3s_xics.c (and mpic.c, which no VFIO host of today has).
    #[test]
    fn resample_is_for_controllers_that_notify_and_a_kernel_that_says_so() {
        let notify = [Controller::Ioapic, Controller::Vgic, Controller::Xics];
        for controller in ALL {
            let resamples = |claims| choose(controller, claims).path == Path::Resample;
            assert_eq!(
                (resamples(true), resamples(false)),
                (notify.contains(&controller), false),
                "{controller:?}"
            );
        }
    }

    #[test]
    fn a_claim_changes_nothing_where_nobody_notifies() {
        for controller in [
            Controller::XicsOnXive,
            Controller::Xive,
            Controller::Aia,
            Controller::PchPic,
        ] {
            assert_eq!(choose(controller, true), choose(controller, false));
            assert_eq!(choose(controller, true).path, Path::BarTrap);
        }
        for controller in [Controller::SplitIoapic, Controller::Own] {
            assert_eq!(choose(controller, true).path, Path::Eoi);
        }
    }
}
