//! POWER XICS, an LSI: interrupt source controller (ICS) behind OPAL or, in a partition, RTAS;
//! presentation controller (ICP).
//!
//! Hardware: PAPR "Interrupt Source Controller" and "Interrupt Presentation Layer" as QEMU
//! hw/intc/xics.c (10.0) has them (`ics_resend_lsi`, `ics_eoi`, `icp_accept`); skiboot hw/phb3.c
//! `phb3_lsi_set_xive`. Drivers, the same in 5.10 and 6.12: on powernv
//! arch/powerpc/sysdev/xics/ics-opal.c and icp-native.c, in a partition ics-rtas.c and icp-hv.c.
//! Calls have the names of OPAL, RTAS and PAPR.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare, put};
use crate::bits::pin_bits;
use crate::guest::pairs;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The source has priority 0xff.
    MASKED,
    /// The source has presented the level and waits for the EOI.
    SENT,
    /// The ICP's XISR has the source.
    XISR,
}

/// An LSI is presented when it is asserted, has a priority, and no earlier presentation is open.
const fn present(pin: Pin) -> Pin {
    if pin & (LINE | MASKED | SENT) == LINE {
        pin | SENT | XISR
    } else {
        pin
    }
}

/// ICS and ICP.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        // A source that was presented is not recalled.
        Access::Line(level) => present(put(pin, LINE, level)),
        Access::Accept => pin & !XISR, // the source waits for its EOI
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

const OPAL_SET_XIVE_MASK: Register = Register::on_pin("OPAL_SET_XIVE: priority 0xff", Access::Mask);
const OPAL_SET_XIVE_UNMASK: Register =
    Register::on_pin("OPAL_SET_XIVE: a priority", Access::Unmask);
const XIRR_LOAD: Register = Register::new("XIRR");
const XIRR_STORE: Register = Register::on_pin("XIRR", Access::Eoi);

fn ics_opal_mask_irq(w: &mut World<'_>) {
    w.call("ics_opal_mask_irq");
    w.firmware(OPAL_SET_XIVE_MASK);
}

fn ics_opal_unmask_irq(w: &mut World<'_>) {
    w.call("ics_opal_unmask_irq");
    w.firmware(OPAL_SET_XIVE_UNMASK);
}

fn ics_opal_startup(w: &mut World<'_>) {
    w.call("ics_opal_startup");
    w.firmware(OPAL_SET_XIVE_UNMASK);
}

/// Stores XIRR, whatever the state of the source.
fn icp_native_eoi(w: &mut World<'_>) {
    w.call("icp_native_eoi");
    w.write(XIRR_STORE);
}

fn icp_native_get_irq(w: &mut World<'_>) {
    w.read(XIRR_LOAD);
}

/// POWER8's XICS.
pub static XICS: Irqchip = Irqchip {
    hw,
    bits: BITS,
    signals,
    reset: MASKED,
    accept: Accept {
        cites: "arch/powerpc/sysdev/xics/icp-native.c:icp_native_get_irq",
        access: icp_native_get_irq,
    },
    irq_mask: ics_opal_mask_irq,
    irq_unmask: ics_opal_unmask_irq,
    irq_eoi: Some(icp_native_eoi),
    irq_startup: Some(ics_opal_startup),
    ..bare(
        "xics",
        "OPAL ICS",
        "POWER8 XICS, sources behind OPAL; the EOI is never skipped",
        &pairs::POWER_XICS,
    )
};

const INT_OFF: Register = Register::on_pin("ibm,int-off", Access::Mask);
const INT_ON: Register = Register::on_pin("ibm,int-on", Access::Unmask);
const SET_XIVE_MASK: Register = Register::new("ibm,set-xive: priority 0xff");
const SET_XIVE_UNMASK: Register = Register::new("ibm,set-xive: a priority");
const H_XIRR: Register = Register::new("H_XIRR");
const H_EOI: Register = Register::on_pin("H_EOI", Access::Eoi);

fn ics_rtas_mask_irq(w: &mut World<'_>) {
    w.call("ics_rtas_mask_irq");
    w.firmware(INT_OFF);
    w.firmware(SET_XIVE_MASK);
}

fn ics_rtas_unmask_irq(w: &mut World<'_>) {
    w.call("ics_rtas_unmask_irq");
    w.firmware(SET_XIVE_UNMASK);
    w.firmware(INT_ON);
}

fn ics_rtas_startup(w: &mut World<'_>) {
    w.call("ics_rtas_startup");
    w.firmware(SET_XIVE_UNMASK);
    w.firmware(INT_ON);
}

/// Calls `H_EOI`, whatever the state of the source.
fn icp_hv_eoi(w: &mut World<'_>) {
    w.call("icp_hv_eoi");
    w.firmware(H_EOI);
}

fn icp_hv_get_irq(w: &mut World<'_>) {
    w.firmware(H_XIRR);
}

/// A partition's XICS.
pub static XICS_PSERIES: Irqchip = Irqchip {
    name: "xics-pseries",
    prints: "XICS",
    about: "XICS of a POWER partition: every access is a call to the hypervisor",
    accept: Accept {
        cites: "arch/powerpc/sysdev/xics/icp-hv.c:icp_hv_get_irq",
        access: icp_hv_get_irq,
    },
    irq_mask: ics_rtas_mask_irq,
    irq_unmask: ics_rtas_unmask_irq,
    irq_eoi: Some(icp_hv_eoi),
    irq_startup: Some(ics_rtas_startup),
    ..XICS
};
