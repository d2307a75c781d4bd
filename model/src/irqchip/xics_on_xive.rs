//! POWER9 booted with `xive=off`: Linux drives XICS through OPAL, and skiboot makes it out of the
//! XIVE.
//!
//! Hardware: [`super::xive`]'s source, and the mask bit of its event assignment (EAS). Firmware:
//! skiboot hw/xive.c, `opal_xive_eoi`, `__xive_source_eoi`, `__xive_set_irq_config`,
//! `xive_update_irq_mask` (2025-12). Driver: arch/powerpc/sysdev/xics/ics-opal.c and icp-opal.c
//! (6.12). Everything is a firmware call; the accesses that the firmware itself makes to the source
//! are not counted.
//!
//! skiboot remembers neither the old P nor the level: unmasking clears P and Q and relies on the
//! source to look at the level again. Whether a source does is the open question that makes two
//! rows here, as it does in [`super::xive`].

use super::xive::{self, EAS_MASKED};
use super::{Accept, Access, Irqchip, bare};
use crate::guest::pairs;
use crate::register::Register;
use crate::world::World;

/// `__xive_set_irq_config`: first the EAS; then the source, if the priority became 0xff or ceased
/// to be. The old PQ that the load returns is dropped.
fn set_xive(w: &mut World<'_>, masked: bool) {
    let was_masked = w.irq().pin() & EAS_MASKED != 0;
    w.chip(if masked { Access::Mask } else { Access::Unmask });
    if was_masked != masked {
        w.chip(Access::SetPq(u8::from(masked)));
    }
}

const OPAL_SET_XIVE_MASK: Register = Register::new("OPAL_SET_XIVE: priority 0xff");
const OPAL_SET_XIVE_UNMASK: Register = Register::new("OPAL_SET_XIVE: a priority");
const OPAL_INT_EOI: Register = Register::new("OPAL_INT_EOI");
const OPAL_INT_GET_XIRR: Register = Register::new("OPAL_INT_GET_XIRR");

fn ics_opal_mask_irq(w: &mut World<'_>) {
    w.call("ics_opal_mask_irq");
    w.firmware(OPAL_SET_XIVE_MASK);
    set_xive(w, true);
}

fn ics_opal_unmask_irq(w: &mut World<'_>) {
    w.call("ics_opal_unmask_irq");
    w.firmware(OPAL_SET_XIVE_UNMASK);
    set_xive(w, false);
}

fn ics_opal_startup(w: &mut World<'_>) {
    w.call("ics_opal_startup");
    w.firmware(OPAL_SET_XIVE_UNMASK);
    set_xive(w, false);
}

/// `icp_opal_eoi`: `__xive_source_eoi` leaves a source alone whose EAS is masked.
fn icp_opal_eoi(w: &mut World<'_>) {
    w.call("icp_opal_eoi");
    w.firmware(OPAL_INT_EOI);
    if w.irq().pin() & EAS_MASKED == 0 {
        w.chip(Access::Eoi);
    }
}

fn icp_opal_get_irq(w: &mut World<'_>) {
    w.firmware(OPAL_INT_GET_XIRR);
}

/// On the source as its firmware documents it.
pub static XICS_ON_XIVE: Irqchip = Irqchip {
    hw: |pin, access| xive::routed(pin, access, xive::DOCUMENTED),
    bits: xive::BITS,
    signals: xive::signals,
    reset: xive::Q | EAS_MASKED,
    accept: Accept {
        cites: "arch/powerpc/sysdev/xics/icp-opal.c:icp_opal_get_irq",
        access: icp_opal_get_irq,
    },
    irq_mask: ics_opal_mask_irq,
    irq_unmask: ics_opal_unmask_irq,
    irq_eoi: Some(icp_opal_eoi),
    irq_startup: Some(ics_opal_startup),
    ..bare(
        "xics-on-xive",
        "OPAL ICS",
        "POWER9 with xive=off: XICS as skiboot makes it out of the XIVE",
        &pairs::POWER_XICS,
    )
};

/// On QEMU's source.
pub static XICS_ON_XIVE_QEMU: Irqchip = Irqchip {
    name: "xics-on-xive-qemu",
    about: "the same on QEMU's XIVE: clearing P by SET_PQ_00 does not look at the level",
    hw: |pin, access| xive::routed(pin, access, xive::QEMU),
    ..XICS_ON_XIVE
};
