//! The kernel, its parameters, and KVM.

use eoi_model::guest::pairs::Kvm;
use eoi_model::kernels::KVM_XIVE_NO_RESAMPLE;
use eoi_model::version::Version;

use crate::doctor::finding::Found;
use crate::doctor::seen::Seen;
use crate::host::{Chips, Evidence, Fixed, Function};

/// `kernel-fix`
pub fn kernel_fix(seen: &Seen<'_>) -> Option<Found> {
    Some(Found::new(fix_in_words(seen.kernel.fixed)).because([seen.kernel.evidence.clone()]))
}

/// Whether the kernel has the merged fix, in a sentence.
#[must_use]
pub const fn fix_in_words(fixed: Fixed) -> &'static str {
    match fixed {
        Fixed::Yes => {
            "This kernel has the INTx fix (commit 8b9f128947dd): it masks the line of a DisINTx- function at once"
        }
        Fixed::No => {
            "This kernel lacks the INTx fix (commit 8b9f128947dd): it masks the line of a DisINTx- function only when the \
             next interrupt comes"
        }
        Fixed::Unknown => "Not known: does this kernel have the INTx fix (commit 8b9f128947dd)?",
    }
}

/// `forced-threading`
pub fn forced_threading(seen: &Seen<'_>) -> Option<Found> {
    let evidence = if seen.host.realtime {
        Evidence::new("proc/version", "PREEMPT_RT")
    } else if seen.host.threads_interrupts() {
        Evidence::new("proc/cmdline", "threadirqs")
    } else {
        return None;
    };
    let summary = "Interrupt handlers run in threads, so that the controller is masked before vfio-pci's handler runs. Every \
                   verdict here takes that into account";
    Some(Found::new(summary).because([evidence]))
}

/// `nointxmask`
pub fn nointxmask(seen: &Seen<'_>) -> Option<Found> {
    if seen.host.nointxmask != Some(true) {
        return None;
    }
    let which = if seen.host.latches_nointxmask() {
        "every function that is bound from now on"
    } else {
        "every function"
    };
    let summary = format!(
        "The parameter nointxmask of vfio_pci is set: vfio-pci treats {which} as DisINTx-. It disables the line at the \
         interrupt controller, and it needs a line that nobody else uses"
    );
    let remedy = "Load vfio_pci without nointxmask=1, unless the DisINTx bit of a function does not work. The kernel knows \
                  many such functions by itself";
    let evidence = Evidence::new("sys/module/vfio_pci/parameters/nointxmask", "Y");
    Some(Found::new(summary).because([evidence]).remedy(remedy))
}

/// `kvm-false-resample`
pub fn kvm_false_resample(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    if !seen.judged(function) || function.uses_messages() {
        return None;
    }
    let module = seen.host.kvm.first()?;
    let chips = Chips::of(seen.host, function)?;
    let xive = chips
        .rows
        .iter()
        .any(|chip| chip.prints == "XIVE-IRQ" && matches!(chip.guests.kvm, Kvm::NeverAcks(_)));
    let release = seen.host.release.as_deref()?;
    if !xive || KVM_XIVE_NO_RESAMPLE.since.holds(Version::of(release)?) {
        return None;
    }
    let summary = "KVM on this kernel claims that it tells vfio-pci when the guest has ended an interrupt \
                   (KVM_CAP_IRQFD_RESAMPLE), and on a XIVE host it never does. A VMM that believes it never unmasks the line";
    let evidence = [
        chips.evidence,
        Evidence::new(format!("sys/module/{module}"), "KVM is there"),
        Evidence::new(
            "proc/sys/kernel/osrelease",
            format!("{release}, before 6.3"),
        ),
    ];
    let remedy = "Let the VMM handle the end of interrupt itself (QEMU: x-no-kvm-intx=on for the function), or boot a kernel \
                  from 6.3 on";
    Some(Found::new(summary).because(evidence).remedy(remedy))
}
