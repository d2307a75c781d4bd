//! Fixes: the merged one and candidates, one file each.
//!
//! A fix replaces functions of the kernel or callbacks of a chip's driver. Two fixes that replace
//! the same function cannot be combined. To add one: one file, one line in [`ALL`].

use crate::irqchip::Irqchip;
use crate::kernels::Kernel;

pub mod chip_unlazy_flag;
pub mod genirq_resend_level;
pub mod genirq_unmask_on_enable;
pub mod none;
pub mod vfio_intx_closed;
pub mod vfio_kick;
pub mod vfio_mask_once;
pub mod vfio_oneshot;
pub mod vfio_unlazy;
pub mod vfio_unlazy_late;
pub mod xive_eoi_always;
pub mod xive_irq_enable;

/// One fix.
#[derive(Clone, Copy)]
pub struct Fix {
    /// Its name on the command line.
    pub name: &'static str,
    /// The letter by which candidates are compared.
    pub letter: char,
    /// The change, in one sentence.
    pub about: &'static str,
    /// The functions, or parts of them, that it replaces, by the kernel's names.
    pub replaces: &'static [&'static str],
    /// Whether it changes anything for this kernel and chip; the reason if not.
    pub applies: fn(&Kernel, &Irqchip) -> Result<(), &'static str>,
    /// Puts it in.
    pub apply: fn(&mut Kernel, &mut Irqchip),
}

/// Every fix, by letter.
pub static ALL: &[&Fix] = &[
    &none::FIX,
    &vfio_unlazy::FIX,
    &xive_eoi_always::FIX,
    &xive_irq_enable::FIX,
    &genirq_unmask_on_enable::FIX,
    &chip_unlazy_flag::FIX,
    &genirq_resend_level::FIX,
    &vfio_kick::FIX,
    &vfio_oneshot::FIX,
    &vfio_mask_once::FIX,
    &vfio_unlazy_late::FIX,
    &vfio_intx_closed::FIX,
];

/// The chip's driver is arch/powerpc/sysdev/xive/common.c.
fn is_xive(chip: &Irqchip) -> bool {
    chip.prints == "XIVE-IRQ"
}

/// For fixes of that driver.
fn only_xive(_: &Kernel, chip: &Irqchip) -> Result<(), &'static str> {
    if is_xive(chip) {
        Ok(())
    } else {
        Err("the fix changes the XIVE driver only")
    }
}

/// The fix of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Fix> {
    ALL.iter().copied().find(|fix| fix.name == name)
}
