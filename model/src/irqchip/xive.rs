//! XIVE, and its Linux driver as POWER9 has it. Each answer to the two questions about its LSIs is a row.
//!
//! Hardware: skiboot doc/xive.rst and hw/xive.c (`__xive_source_eoi`), QEMU hw/intc/xive.c (10.0).
//! Driver: arch/powerpc/sysdev/xive/common.c (6.12), the same from 5.10 to 7.3 in the functions
//! here. Registers have the names of arch/powerpc/include/asm/xive-regs.h. The driver reaches its
//! sources in more ways than one ([`Ops`]): POWER10's are in [`super::xive_p10`], a partition's in
//! [`super::xive_pseries`].
//!
//! Two questions about a *level* source (LSI) decide what becomes of an interrupt:
//! * Does `PQ=01` hold it? The firmware's own document says no: Q is not functional on an LSI, and 01
//!   is not guaranteed to mask one (skiboot doc/xive.rst). Linux uses 01 all the same.
//! * Does clearing P by `SET_PQ_00` look at the level again? The author of the merged fix says so of
//!   his POWER9, and his fix works there; QEMU's model does not look.
//!
//! | row | `PQ=01` holds | `SET_PQ_00` looks at the level | |
//! |---|---|---|---|
//! | `xive` | no | yes | as documented |
//! | `xive-q` | yes | yes | if Q does hold an LSI, against the document |
//! | `xive-qemu` | yes | no | QEMU |

use super::{Accept, Access, Callback, Irqchip, LINE, Pin, Reply, bare, put};
use crate::bits::pin_bits;
use crate::guest::pairs;
use crate::packed::Word;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The P bit of the source: a notification is outstanding.
    P,
    /// The Q bit of the source: with P clear the source is off; with P set one more event is
    /// recorded.
    Q,
    /// The CPU's event queue has an entry of this source.
    EQ_ENTRY,
    /// The event queue has a second entry. Linux wants one a source at most; more than two are not
    /// told apart.
    EQ_SECOND,
    /// The event assignment (EAS) discards the notifications of the source.
    EAS_MASKED,
}

/// The bits that are in the CPU's event queue, and not in the source.
const EVENT_QUEUE: Pin = EQ_ENTRY | EQ_SECOND;

/// P in the value that a load from the ESB page returns.
const XIVE_ESB_VAL_P: u8 = 2;
/// Q in that value.
const XIVE_ESB_VAL_Q: u8 = 1;

/// The answers to the open questions.
#[derive(Clone, Copy)]
pub(crate) struct Lsi {
    /// `PQ=01` holds a source whose line is high.
    pub q_holds: bool,
    /// A store to P and Q looks at the level.
    pub set_pq_reevaluates: bool,
}

/// POWER hardware as its firmware documents it.
pub(crate) const DOCUMENTED: Lsi = Lsi {
    q_holds: false,
    set_pq_reevaluates: true,
};
const WITH_Q: Lsi = Lsi {
    q_holds: true,
    set_pq_reevaluates: true,
};
/// QEMU's source, on which skiboot's emulation runs too where QEMU is the machine.
pub(crate) const QEMU: Lsi = Lsi {
    q_holds: true,
    set_pq_reevaluates: false,
};

/// An asserted LSI whose P is clear sends one notification.
const fn notify(pin: Pin, lsi: Lsi) -> Pin {
    let held = pin & P != 0 || (pin & Q != 0 && lsi.q_holds);
    if pin & LINE == 0 || held {
        pin
    } else if pin & EQ_ENTRY == 0 {
        pin | P | EQ_ENTRY
    } else {
        pin | P | EQ_SECOND
    }
}

/// The source under every access but to its EAS.
const fn esb(pin: Pin, access: Access, lsi: Lsi) -> Reply {
    let p = if pin & P != 0 { XIVE_ESB_VAL_P } else { 0 };
    let q = if pin & Q != 0 { XIVE_ESB_VAL_Q } else { 0 };
    let pin = match access {
        Access::Line(level) => {
            let rises = level && pin & LINE == 0;
            let pin = put(pin, LINE, level);
            if rises { notify(pin, lsi) } else { pin }
        }
        Access::Accept if pin & EQ_SECOND != 0 => pin & !EQ_SECOND,
        Access::Accept => pin & !EQ_ENTRY,
        Access::Eoi if pin & (P | Q) == Q => pin, // OFF stays OFF
        Access::Eoi => notify(pin & !(P | Q), lsi),
        Access::SetPq(new) => {
            let pin = put(
                put(pin, P, new & XIVE_ESB_VAL_P != 0),
                Q,
                new & XIVE_ESB_VAL_Q != 0,
            );
            if lsi.set_pq_reevaluates {
                notify(pin, lsi)
            } else {
                pin
            }
        }
        _ => pin,
    };
    Reply { pin, value: p | q }
}

/// The source behind its EAS. [`Access::Mask`] and [`Access::Unmask`] are the EAS's bit, and do not
/// reach the source.
pub(crate) const fn routed(pin: Pin, access: Access, lsi: Lsi) -> Reply {
    if let Access::Mask | Access::Unmask = access {
        return Reply {
            pin: put(pin, EAS_MASKED, matches!(access, Access::Mask)),
            value: 0,
        };
    }
    let reply = esb(pin, access, lsi);
    if pin & EAS_MASKED == 0 || matches!(access, Access::Accept) {
        return reply;
    }
    Reply {
        pin: (reply.pin & !EVENT_QUEUE) | (pin & EVENT_QUEUE),
        value: reply.value,
    }
}

/// The event queue has an entry.
pub(crate) const fn signals(pin: Pin) -> bool {
    pin & EQ_ENTRY != 0
}

/// `xive_irq_data::saved_p`
const SAVED_P: u8 = 1;
/// `xive_irq_data::stale_p`
const STALE_P: u8 = 2;
const DRIVER_BITS: &[Word] = &[
    Word {
        name: "saved_p",
        about: "P was set when the source was masked.",
    },
    Word {
        name: "stale_p",
        about: "P is set in hardware, and nobody will EOI it.",
    },
];

/// How the driver reaches a source: the flags of its `xive_irq_data`, and the backend.
#[derive(Clone, Copy)]
pub struct Ops {
    /// `xive_do_source_eoi` of an LSI.
    pub eoi: Callback,
    /// `xive_esb_read` where it sets P and Q to this, 0 to 2; it returns the old ones.
    pub set_pq: fn(&mut World<'_>, u8) -> u8,
    /// `xive_esb_read` of `XIVE_ESB_GET`, which changes nothing.
    pub get: Callback,
    /// `xive_ops::configure_irq`: to a CPU, or to nobody.
    pub configure_irq: fn(&mut World<'_>, bool),
}

const TM_CPPR: Register = Register::new("TM_CPPR");
const TM_SPC_ACK_HV_REG: Register = Register::new("TM_SPC_ACK_HV_REG");

/// The loads that set P and Q, by the value that they set.
pub(crate) const SET_PQ: [Register; 3] = [
    Register::on_pin("XIVE_ESB_SET_PQ_00", Access::SetPq(0)),
    Register::on_pin("XIVE_ESB_SET_PQ_01", Access::SetPq(1)),
    Register::on_pin("XIVE_ESB_SET_PQ_10", Access::SetPq(2)),
];

/// The driver on bare metal (native.c), with the EOI of POWER9: the load from offset 0 of the EOI
/// page.
pub static NATIVE: Ops = Ops {
    eoi: |w| {
        w.read(Register::on_pin("XIVE_ESB_LOAD_EOI", Access::Eoi));
    },
    set_pq: |w, pq| w.read(SET_PQ[usize::from(pq)]),
    get: |w| {
        w.read(Register::new("XIVE_ESB_GET"));
    },
    configure_irq: |w, routed| {
        w.firmware(if routed {
            Register::on_pin("OPAL_XIVE_SET_IRQ_CONFIG: a priority", Access::Unmask)
        } else {
            Register::on_pin("OPAL_XIVE_SET_IRQ_CONFIG: priority 0xff", Access::Mask)
        });
    },
};

fn set_drv(w: &mut World<'_>, bit: u8, on: bool) {
    let drv = put(w.irq().drv(), bit, on);
    w.irq_mut().set_drv(drv);
}

/// `xive_do_source_eoi` of an LSI.
pub(crate) fn xive_do_source_eoi(w: &mut World<'_>) {
    set_drv(w, STALE_P, false);
    (w.system.chip.xive.eoi)(w);
}

/// `xive_esb_read` where it sets P and Q.
fn set_pq(w: &mut World<'_>, pq: u8) -> u8 {
    (w.system.chip.xive.set_pq)(w, pq)
}

/// `xive_do_source_set_mask`
fn xive_do_source_set_mask(w: &mut World<'_>, mask: bool) {
    if mask {
        let old = set_pq(w, XIVE_ESB_VAL_Q);
        w.looks_at(old);
        if w.irq().drv() & STALE_P == 0 && old & XIVE_ESB_VAL_P != 0 {
            set_drv(w, SAVED_P, true);
        }
        set_drv(w, STALE_P, false);
    } else if !restore_saved_p(w) {
        set_pq(w, 0);
        set_drv(w, STALE_P, false);
    }
}

/// Whether a flow handler that still runs will EOI the source (`saved_p`). The driver then sets P
/// again, so that the source waits for that EOI.
pub(crate) fn restore_saved_p(w: &mut World<'_>) -> bool {
    let saved = w.irq().drv() & SAVED_P != 0;
    if saved {
        set_pq(w, XIVE_ESB_VAL_P);
        set_drv(w, SAVED_P, false);
    }
    saved
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
    (w.system.chip.xive.configure_irq)(w, true);
    xive_do_source_set_mask(w, false);
}

fn xive_irq_shutdown(w: &mut World<'_>) {
    w.call("xive_irq_shutdown");
    xive_do_source_set_mask(w, true);
    (w.system.chip.xive.configure_irq)(w, false);
}

/// The driver skips the EOI of a disabled interrupt, and remembers by `stale_p` that it owes one.
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
    w.write(TM_CPPR); // the CPU takes interrupts again
}

fn xive_get_irq(w: &mut World<'_>) {
    w.read(TM_SPC_ACK_HV_REG);
}

/// `xive_get_irqchip_state`: P is set, or was when the source was masked, and somebody will still
/// EOI it.
fn xive_get_irqchip_state(w: &mut World<'_>) -> bool {
    (w.system.chip.xive.get)(w);
    let irq = w.irq();
    let saved = irq.drv() & SAVED_P != 0;
    !is_stale(w) && (saved || (irq.pin() & P != 0 && !irq.disabled()))
}

/// Whether the driver owes the source an EOI (`stale_p`).
pub(crate) fn is_stale(w: &World<'_>) -> bool {
    w.irq().drv() & STALE_P != 0
}

/// POWER hardware as its firmware documents it.
pub static XIVE: Irqchip = Irqchip {
    hw: |pin, access| routed(pin, access, DOCUMENTED),
    bits: BITS,
    signals,
    reset: Q | EAS_MASKED,
    accept: Accept {
        cites: "arch/powerpc/sysdev/xive/common.c:xive_get_irq",
        access: xive_get_irq,
    },
    irq_mask: xive_irq_mask,
    irq_unmask: xive_irq_unmask,
    irq_eoi: Some(xive_irq_eoi),
    irq_startup: Some(xive_irq_startup),
    irq_shutdown: Some(xive_irq_shutdown),
    is_active: Some(xive_get_irqchip_state),
    drv_bits: DRIVER_BITS,
    ..bare(
        "xive",
        "XIVE-IRQ",
        "POWER XIVE as documented: Q does not hold an LSI; clearing P looks at the level",
        &pairs::POWER_XIVE,
    )
};

/// The other answer to the first question.
pub static XIVE_Q: Irqchip = Irqchip {
    name: "xive-q",
    about: "POWER XIVE if Q did hold an LSI, against the document",
    hw: |pin, access| routed(pin, access, WITH_Q),
    ..XIVE
};

/// QEMU's XIVE.
pub static XIVE_QEMU: Irqchip = Irqchip {
    name: "xive-qemu",
    about: "XIVE as QEMU emulates it: clearing P by SET_PQ_00 does not look at the level",
    hw: |pin, access| routed(pin, access, QEMU),
    ..XIVE
};
