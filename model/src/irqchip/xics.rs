//! POWER XICS, an LSI: interrupt source controller (ICS) behind OPAL or, in a partition, RTAS; presentation controller (ICP).
//!
//! Hardware: PAPR "Interrupt Source Controller" and "Interrupt Presentation Layer" as QEMU hw/intc/xics.c (10.0) has
//! them (`ics_resend_lsi`, `ics_eoi`, `icp_accept`); skiboot hw/phb3.c `phb3_lsi_set_xive`. Drivers, the same in 5.10
//! and 6.12: on powernv arch/powerpc/sysdev/xics/ics-opal.c and icp-native.c, in a partition ics-rtas.c and icp-hv.c.

use super::{AcceptCost, Access, Irqchip, Kvm, LINE, Pin, Reply, bare, put};
use crate::world::World;

/// The source's priority is 0xff.
pub const MASKED: Pin = 1 << 1;
/// The source has presented the level and waits for the EOI.
pub const SENT: Pin = 1 << 2;
/// The ICP's XISR has the source.
pub const XISR: Pin = 1 << 3;

/// An LSI is presented when it is asserted, has a priority, and no earlier presentation is open.
const fn present(pin: Pin) -> Pin {
    if pin & (LINE | MASKED | SENT) == LINE { pin | SENT | XISR } else { pin }
}

/// ICS and ICP.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => present(put(pin, LINE, level)), // what was presented is not recalled
        Access::Accept => pin & !XISR,                         // the ICP's matter alone
        Access::Mask => pin | MASKED,
        Access::Unmask => present(pin & !MASKED),
        Access::Eoi => present(pin & !SENT), // taken while masked, too
        _ => pin,
    };
    pin.into()
}

/// The ICP interrupts the CPU.
pub fn signals(pin: Pin) -> bool {
    pin & XISR != 0
}

fn ics_opal_mask_irq(w: &mut World<'_>) {
    w.call("ics_opal_mask_irq");
    w.firmware(1); // OPAL_SET_XIVE: priority 0xff
    w.chip(Access::Mask);
}

fn ics_opal_unmask_irq(w: &mut World<'_>) {
    w.call("ics_opal_unmask_irq");
    w.firmware(1); // OPAL_SET_XIVE: a real priority
    w.chip(Access::Unmask);
}

fn ics_opal_startup(w: &mut World<'_>) {
    w.call("ics_opal_startup");
    w.firmware(1);
    w.chip(Access::Unmask);
}

/// The store to XIRR, whatever the state of the source.
fn icp_native_eoi(w: &mut World<'_>) {
    w.call("icp_native_eoi");
    w.write(Access::Eoi);
}

/// POWER8's XICS.
pub static XICS: Irqchip = Irqchip {
    hw,
    bits: &["LINE", "MASKED", "SENT", "XISR"],
    signals,
    reset: MASKED,
    accept_cost: AcceptCost { reads: 1, ..AcceptCost::NONE }, // XIRR
    irq_mask: ics_opal_mask_irq,
    irq_unmask: ics_opal_unmask_irq,
    irq_eoi: Some(icp_native_eoi),
    irq_startup: Some(ics_opal_startup),
    kvm: Kvm::Acks("kvm-xics"),
    ..bare("xics", "OPAL ICS", "POWER8 XICS, sources behind OPAL; the EOI is never skipped")
};

/// `ibm,int-off`, and `ibm,set-xive` with priority 0xff.
fn ics_rtas_mask_irq(w: &mut World<'_>) {
    w.call("ics_rtas_mask_irq");
    w.firmware(2);
    w.chip(Access::Mask);
}

/// `ibm,set-xive` with a real priority, and `ibm,int-on`.
fn ics_rtas_unmask_irq(w: &mut World<'_>) {
    w.call("ics_rtas_unmask_irq");
    w.firmware(2);
    w.chip(Access::Unmask);
}

fn ics_rtas_startup(w: &mut World<'_>) {
    w.call("ics_rtas_startup");
    w.firmware(2);
    w.chip(Access::Unmask);
}

/// `H_EOI`, whatever the state of the source.
fn icp_hv_eoi(w: &mut World<'_>) {
    w.call("icp_hv_eoi");
    w.firmware(1);
    w.chip(Access::Eoi);
}

/// A partition's XICS.
pub static XICS_PSERIES: Irqchip = Irqchip {
    name: "xics-pseries",
    prints: "XICS",
    about: "XICS of a POWER partition: every access is a call to the hypervisor",
    accept_cost: AcceptCost { firmware: 1, ..AcceptCost::NONE }, // H_XIRR
    irq_mask: ics_rtas_mask_irq,
    irq_unmask: ics_rtas_unmask_irq,
    irq_eoi: Some(icp_hv_eoi),
    irq_startup: Some(ics_rtas_startup),
    ..XICS
};
