//! VMMs, by what they do with an interrupt: one file each.
//!
//! Each is the machine of `eoi-intx` (model/src/vmm.rs) with what the VMM does in another way; how it
//! sets up, resets, routes and migrates is modelled where a scenario that it allows needs it. To add
//! one: one file, one line in [`ALL`].

use core::fmt;

use crate::config::{Config, Refusal};

mod cloud_hypervisor;
mod crosvm;
mod eoi_intx;
mod qemu;

/// A VMM.
pub struct Vmm {
    /// The name on the command line.
    pub name: &'static str,
    /// A sentence about it.
    pub about: &'static str,
    /// Where it is read: repository or release, file and function.
    pub cites: &'static str,
    /// Why there is no such system with it, if there is none.
    pub(crate) does: fn(&Config<'_>) -> Result<(), Refusal>,
    /// It asserts the guest's line before it takes the BARs' mappings away.
    pub(crate) asserts_first: bool,
    /// It hands the eventfds to the hypervisor before it sets INTx up.
    pub(crate) wires_first: bool,
    /// It unmasks at the guest's EOI by vfio-pci's unmask eventfd, and not by ioctl.
    pub(crate) signals_unmask: bool,
}

impl Vmm {
    /// The machine of `eoi-intx`, which has nothing of its own.
    pub const EOI_INTX: &'static Self = &eoi_intx::VMM;
    /// QEMU.
    pub const QEMU: &'static Self = &qemu::VMM;
}

/// Every VMM.
pub static ALL: &[&Vmm] = &[
    &eoi_intx::VMM,
    &qemu::VMM,
    &crosvm::VMM,
    &cloud_hypervisor::VMM,
];

impl PartialEq for Vmm {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Vmm {}

impl fmt::Debug for Vmm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
