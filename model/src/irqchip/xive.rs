//! POWER9 and POWER10 XIVE, native driver, with the two open questions about its LSIs as rows.
//!
//! Hardware: skiboot doc/xive.rst and hw/xive.c (`__xive_source_eoi`), QEMU hw/intc/xive.c (10.0). Driver:
//! arch/powerpc/sysdev/xive/common.c (6.12), the same from 5.10 to 7.3 in what is used here.
//!
//! No public document says what the hardware does with a *level* source (LSI) in two cases:
//! * does `PQ=01` hold it? skiboot's doc/xive.rst says that Q is not functional on an LSI;
//! * does clearing P by `SET_PQ_00` look at the level again? The merged fix was tested on a POWER9, so it does there;
//!   QEMU's model does not.
//!
//! | row | `PQ=01` holds | `SET_PQ_00` re-evaluates |
//! |---|---|---|
//! | `xive` | yes | yes |
//! | `xive-no-q` | no | yes |
//! | `xive-qemu` | yes | no |

use super::{AcceptCost, Access, Irqchip, Kvm, LINE, Pin, Reply, bare, put};
use crate::world::World;

/// A notification is outstanding.
pub const P: Pin = 1 << 1;
/// Off (with P clear), or one more recorded (with P set).
pub const Q: Pin = 1 << 2;
/// An entry in the CPU's event queue.
pub const QUEUED: Pin = 1 << 3;
/// A second one. Linux wants at most one a source; more than two are not told apart.
pub const QUEUED_TWICE: Pin = 1 << 4;
/// What stands in the queue.
pub(crate) const QUEUE: Pin = QUEUED | QUEUED_TWICE;

/// The answers to the open questions.
#[derive(Clone, Copy)]
pub(crate) struct Lsi {
    pub q_holds: bool,
    pub set_pq_reevaluates: bool,
}

/// What POWER hardware is believed to do.
pub(crate) const REAL: Lsi = Lsi { q_holds: true, set_pq_reevaluates: true };
const NO_Q: Lsi = Lsi { q_holds: false, set_pq_reevaluates: true };
/// Also what skiboot's emulation runs on under QEMU.
pub(crate) const QEMU: Lsi = Lsi { q_holds: true, set_pq_reevaluates: false };

/// An asserted LSI whose P is clear sends one notification.
const fn notify(pin: Pin, lsi: Lsi) -> Pin {
    let held = pin & P != 0 || (pin & Q != 0 && lsi.q_holds);
    if pin & LINE == 0 || held {
        pin
    } else if pin & QUEUED == 0 {
        pin | P | QUEUED
    } else {
        pin | P | QUEUED_TWICE
    }
}

/// The source under all accesses.
pub(crate) const fn esb(pin: Pin, access: Access, lsi: Lsi) -> Reply {
    let pq = (pin & P != 0) as u8 * 2 + (pin & Q != 0) as u8;
    let pin = match access {
        Access::Line(level) => {
            let rises = level && pin & LINE == 0;
            let pin = put(pin, LINE, level);
            if rises { notify(pin, lsi) } else { pin }
        }
        Access::Accept if pin & QUEUED_TWICE != 0 => pin & !QUEUED_TWICE,
        Access::Accept => pin & !QUEUED,
        Access::Eoi if pin & (P | Q) == Q => pin, // OFF stays OFF
        Access::Eoi => notify(pin & !(P | Q), lsi),
        Access::SetPq(new) => {
            let pin = put(put(pin, P, new & 2 != 0), Q, new & 1 != 0);
            if lsi.set_pq_reevaluates { notify(pin, lsi) } else { pin }
        }
        _ => pin,
    };
    Reply { pin, value: pq }
}

/// The event queue has an entry.
pub(crate) const fn signals(pin: Pin) -> bool {
    pin & QUEUED != 0
}

/// `xive_irq_data::saved_p`: P was set when the source was masked.
const SAVED_P: u8 = 1;
/// `xive_irq_data::stale_p`: P is set in hardware and nobody will EOI it.
const STALE_P: u8 = 2;

fn set_drv(w: &mut World<'_>, bit: u8, on: bool) {
    let drv = put(w.irq().drv(), bit, on);
    w.irq_mut().set_drv(drv);
}

/// `xive_do_source_eoi` of an LSI: the load from offset 0 of the EOI page.
pub(crate) fn xive_do_source_eoi(w: &mut World<'_>) {
    set_drv(w, STALE_P, false);
    w.read(Access::Eoi);
}

/// `xive_do_source_set_mask`.
fn xive_do_source_set_mask(w: &mut World<'_>, mask: bool) {
    if mask {
        let old_p = w.read(Access::SetPq(1)) & 2 != 0;
        if w.irq().drv() & STALE_P == 0 && old_p {
            set_drv(w, SAVED_P, true);
        }
        set_drv(w, STALE_P, false);
    } else if w.irq().drv() & SAVED_P != 0 {
        w.read(Access::SetPq(2));
        set_drv(w, SAVED_P, false);
    } else {
        w.read(Access::SetPq(0));
        set_drv(w, STALE_P, false);
    }
}

fn xive_irq_mask(w: &mut World<'_>) {
    w.call("xive_irq_mask");
    xive_do_source_set_mask(w, true);
}

fn xive_irq_unmask(w: &mut World<'_>) {
    w.call("xive_irq_unmask");
    xive_do_source_set_mask(w, false);
}

fn xive_irq_startup(w: &mut World<'_>) {
    w.call("xive_irq_startup");
    w.irq_mut().set_drv(0);
    w.firmware(1); // OPAL_XIVE_SET_IRQ_CONFIG: a real priority
    xive_do_source_set_mask(w, false);
}

fn xive_irq_shutdown(w: &mut World<'_>) {
    w.call("xive_irq_shutdown");
    xive_do_source_set_mask(w, true);
    w.firmware(1); // OPAL_XIVE_SET_IRQ_CONFIG: priority 0xff
}

/// The driver skips the EOI of a disabled interrupt: "stale P" stands for the debt.
fn xive_irq_eoi(w: &mut World<'_>) {
    w.call("xive_irq_eoi");
    if w.irq().disabled() {
        set_drv(w, STALE_P, true);
    } else {
        xive_do_source_eoi(w);
    }
    finish_eoi(w);
}

/// The rest of `xive_irq_eoi`.
pub(crate) fn finish_eoi(w: &mut World<'_>) {
    set_drv(w, SAVED_P, false);
    w.touch(0, 1); // CPPR: the CPU takes interrupts again
}

/// `xive_get_irqchip_state`: P is set, or was when the source was masked, and somebody will still EOI it.
fn xive_get_irqchip_state(w: &World<'_>) -> bool {
    let (irq, drv) = (w.irq(), w.irq().drv());
    drv & STALE_P == 0 && (drv & SAVED_P != 0 || (irq.pin() & P != 0 && !irq.disabled()))
}

/// Whether the driver owes the source an EOI (`stale_p`).
pub(crate) fn stale(w: &World<'_>) -> bool {
    w.irq().drv() & STALE_P != 0
}

/// Whether a flow handler that still runs will EOI the source (`saved_p`); forgets it.
pub(crate) fn take_saved(w: &mut World<'_>) -> bool {
    let saved = w.irq().drv() & SAVED_P != 0;
    set_drv(w, SAVED_P, false);
    saved
}

/// What POWER hardware is believed to do.
pub static XIVE: Irqchip = Irqchip {
    hw: |pin, access| esb(pin, access, REAL),
    bits: &["LINE", "P", "Q", "QUEUED", "QUEUED_TWICE"],
    signals,
    reset: Q,
    accept_cost: AcceptCost { reads: 1, ..AcceptCost::NONE }, // the TIMA's acknowledge load
    irq_mask: xive_irq_mask,
    irq_unmask: xive_irq_unmask,
    irq_eoi: Some(xive_irq_eoi),
    irq_startup: Some(xive_irq_startup),
    irq_shutdown: Some(xive_irq_shutdown),
    is_active: Some(xive_get_irqchip_state),
    drv_bits: &["saved_p", "stale_p"],
    kvm: Kvm::NeverAcks("kvm-xive"),
    ..bare("xive", "XIVE-IRQ", "POWER XIVE; PQ=01 holds an LSI, clearing P looks at the level again")
};

/// The answer that skiboot's document gives to the first question.
pub static XIVE_NO_Q: Irqchip = Irqchip {
    name: "xive-no-q",
    about: "POWER XIVE whose Q bit does not hold an LSI",
    hw: |pin, access| esb(pin, access, NO_Q),
    ..XIVE
};

/// QEMU's XIVE.
pub static XIVE_QEMU: Irqchip = Irqchip {
    name: "xive-qemu",
    about: "XIVE as QEMU emulates it: clearing P by SET_PQ_00 does not look at the level",
    hw: |pin, access| esb(pin, access, QEMU),
    ..XIVE
};
