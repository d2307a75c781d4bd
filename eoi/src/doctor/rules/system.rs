//! The kernel, its parameters, and KVM.

use eoi_model::irqchip::Kvm;

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::seen::Seen;
use crate::host::release::version;
use crate::host::{Chips, Device, Evidence, Fixed};

/// `kernel-fix`
pub fn kernel_fix(seen: &Seen<'_>) -> Option<Finding> {
    let cause = match seen.kernel.fixed {
        Fixed::Yes => "This kernel masks the line of a DisINTx- function at once (8b9f128947dd)",
        Fixed::No => {
            "This kernel masks the line of a DisINTx- function only when the next interrupt comes (no 8b9f128947dd)"
        }
        Fixed::Unknown => "Whether this kernel has 8b9f128947dd is not known",
    };
    let finding = Finding::new("kernel-fix", Severity::Info, cause).because(seen.kernel.evidence.iter().cloned());
    Some(finding.reference("commit 8b9f128947dd \"vfio/pci: Fix INTx handling on legacy non-PCI 2.3 devices\""))
}

/// `forced-threading`
pub fn forced_threading(seen: &Seen<'_>) -> Option<Finding> {
    let evidence = if seen.host.realtime {
        Evidence::new("proc/version", "PREEMPT_RT")
    } else if seen.host.threads_interrupts() {
        Evidence::new("proc/cmdline", "threadirqs")
    } else {
        return None;
    };
    let cause = "Interrupt handlers run in threads: the controller is masked before vfio_intx_handler runs, and every verdict \
                 here is the model's for that";
    let finding = Finding::new("forced-threading", Severity::Info, cause).because([evidence]);
    Some(
        finding
            .reference("irq_setup_forced_threading (kernel/irq/manage.c); docs/findings.md, \"Other ways to mend it\""),
    )
}

/// `nointxmask`
pub fn nointxmask(seen: &Seen<'_>) -> Option<Finding> {
    if seen.host.nointxmask != Some(true) {
        return None;
    }
    let cause = "vfio_pci.nointxmask is set: vfio-pci treats every function as DisINTx-, disables its line at the controller, \
                 and needs it alone";
    Some(
        Finding::new("nointxmask", Severity::Warning, cause)
            .because([Evidence::new("sys/module/vfio_pci/parameters/nointxmask", "Y")])
            .remedy("take it out unless a function's DisINTx does not work; the kernel knows some that are so by themselves")
            .reference("vfio_pci_core_enable (drivers/vfio/pci/vfio_pci_core.c); drivers/pci/quirks.c"),
    )
}

/// `kvm-false-resample`
pub fn kvm_false_resample(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    if !seen.judged(device) || device.uses_messages() || seen.host.kvm.is_empty() {
        return None;
    }
    let chips = Chips::of(seen.host, device)?;
    let xive = chips.rows.iter().any(|chip| chip.prints == "XIVE-IRQ" && matches!(chip.kvm, Kvm::NeverAcks(_)));
    let release = seen.host.release.as_deref()?;
    if !xive || version(release)? >= (6, 3, 0) {
        return None;
    }
    let cause = "KVM says that it has KVM_CAP_IRQFD_RESAMPLE, and on a XIVE host never signals it: a VMM that believes it \
                 never unmasks the line";
    let evidence = [
        chips.evidence,
        Evidence::new(format!("sys/module/{}", seen.host.kvm[0]), "KVM is there"),
        Evidence::new("proc/sys/kernel/osrelease", format!("{release}, before 6.3")),
    ];
    Some(
        Finding::new("kvm-false-resample", Severity::Warning, cause)
            .of(device)
            .because(evidence)
            .remedy("a VMM that takes the EOI itself (QEMU: x-no-kvm-intx=on for the function), or a kernel from 6.3")
            .reference("commit 52882b9c7a76 (v6.3); docs/findings.md, \"Paths\""),
    )
}
