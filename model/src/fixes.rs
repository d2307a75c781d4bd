//! Fixes: what was merged and what could have been, one file each.
//!
//! A fix replaces functions of the kernel or callbacks of a chip's driver. Two fixes that replace the same function
//! cannot be combined. To add one: one file, one line in [`ALL`].

use crate::irqchip::Irqchip;
use crate::kernels::Kernel;

pub mod vfio_unlazy;

/// One fix.
#[derive(Clone, Copy)]
pub struct Fix {
    /// Its name on the command line.
    pub name: &'static str,
    /// The letter by which candidates are compared.
    pub letter: char,
    /// What it changes, in one sentence.
    pub about: &'static str,
    /// The functions that it replaces, by the kernel's names.
    pub replaces: &'static [&'static str],
    /// Whether it makes a difference to this kernel and chip at all; the reason if not.
    pub applies: fn(&Kernel, &Irqchip) -> Result<(), &'static str>,
    /// Puts it in.
    pub apply: fn(&mut Kernel, &mut Irqchip),
}

/// Every fix, by letter.
pub static ALL: &[&Fix] = &[&vfio_unlazy::FIX];

/// The fix of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Fix> {
    ALL.iter().copied().find(|fix| fix.name == name)
}
