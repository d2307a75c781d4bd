//! The machines: one file each, an emulator's command line and the model's controller row that it is compared with.
//!
//! An emulator that is known to deviate from the hardware is compared with the row that describes the emulator
//! (`xive-qemu`), so that a difference that remains is a finding. To add a machine: one file, one line in [`ALL`].

pub use eoi_lab_protocol::Container;

use super::arch::Arch;

pub mod arm64_gicv2;
pub mod arm64_gicv2_el2;
pub mod arm64_gicv3;
pub mod arm64_gicv3_el2;
pub mod powernv10_xive;
pub mod powernv8_xics;
pub mod powernv9_xics;
pub mod powernv9_xive;
pub mod pseries_xics;
pub mod pseries_xive;
pub mod q35_i8259;
pub mod q35_ioapic;
pub mod q35_ir_ioapic;
pub mod riscv64_aplic;
pub mod riscv64_imsic;
pub mod riscv64_plic;

/// One machine.
pub struct Machine {
    /// Its name.
    pub name: &'static str,
    /// Its architecture.
    pub arch: Arch,
    /// The model's controller row.
    pub chip: &'static str,
    /// The controller's name in `/proc/interrupts`. Another name there means that another controller was tested.
    pub prints: &'static str,
    /// The emulator's arguments.
    pub qemu: &'static [&'static str],
    /// The kernel's command line. The PCs have `no_timer_check`: on a loaded host the timer's ticks come too late for
    /// `timer_irq_works` (arch/x86/kernel/apic/io_apic.c, Linux 6.12), and the kernel then panics.
    pub append: &'static str,
    /// The IOMMU.
    pub container: Container,
    /// CPUs.
    pub cpus: u8,
    /// Modules that give it KVM, or that it has it built in (none needed); `None` if it has no KVM.
    pub kvm: Option<&'static [&'static str]>,
    /// How many times longer than on the fastest machine things take: what the guest waits, and what it is waited for.
    pub slowness: u8,
}

impl Machine {
    /// Whether another function is on the line of the first.
    #[must_use]
    pub fn has_second(&self) -> bool {
        let devices = self.qemu.iter();
        devices
            .filter(|word| word.split(',').next() == Some("edu"))
            .count()
            > 1
    }
}

/// A machine that an emulator has and that cannot be run.
pub struct Missing {
    /// Its name.
    pub name: &'static str,
    /// The model's controller row that it would be compared with.
    pub chip: &'static str,
    /// Why not, as it was seen.
    pub why: &'static str,
}

/// Machines that cannot be run.
pub static MISSING: &[Missing] = &[Missing {
    name: "loongarch64-virt",
    chip: "pch-pic",
    why: "qemu-system-loongarch64 10.0 says \"'edu' is not a valid device model name\", Debian's kernel has no IOMMU backend \
          for VFIO there, and the packaged toolchain has no Rust for it",
}];

/// Every machine, in the order of reports.
pub static ALL: &[&Machine] = &[
    &q35_ioapic::MACHINE,
    &q35_ir_ioapic::MACHINE,
    &q35_i8259::MACHINE,
    &arm64_gicv2::MACHINE,
    &arm64_gicv3::MACHINE,
    &arm64_gicv2_el2::MACHINE,
    &arm64_gicv3_el2::MACHINE,
    &pseries_xive::MACHINE,
    &pseries_xics::MACHINE,
    &powernv9_xive::MACHINE,
    &powernv9_xics::MACHINE,
    &powernv10_xive::MACHINE,
    &powernv8_xics::MACHINE,
    &riscv64_plic::MACHINE,
    &riscv64_aplic::MACHINE,
    &riscv64_imsic::MACHINE,
];
