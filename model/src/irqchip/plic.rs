//! RISC-V PLIC, real and QEMU's, with the drivers of 6.1 and later and of 5.10.
//!
//! Hardware: RISC-V PLIC specification 1.0, "Interrupt Gateways", "Interrupt Claim Process" and
//! "Interrupt Completion"; QEMU hw/intc/sifive_plic.c (10.0). Driver:
//! drivers/irqchip/irq-sifive-plic.c; registers have its names. Its `plic_irq_eoi` had four forms.
//! The one of 5.10 goes by MASKED. a1706a1c5062 gave the driver `irq_enable` and `irq_disable`, and
//! made the completion bare. 9c92006b896c (v6.8, stable since February 2024,
//! <20240131081933.144512-1-namcao@linutronix.de>) enables a DISABLED source for the completion.
//! 1072020685f4 (v7.0) asks the enable word instead.
//!
//! [`Access::Mask`] is priority 0, and [`Access::Disable`] clears the enable bit of a context, the
//! target CPU's.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare, put};
use crate::bits::pin_bits;
use crate::guest::pairs;
use crate::kernels::Span;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The source has priority 0, which never interrupts.
    PRIORITY_0,
    /// The enable bit of the context is set.
    ENABLED,
    /// The pending bit.
    IP,
    /// The gateway waits for a completion. In QEMU: the source is claimed.
    CLOSED,
}

/// An open gateway turns a high line into one request.
const fn sample(pin: Pin) -> Pin {
    if pin & (LINE | CLOSED) == LINE {
        pin | IP | CLOSED
    } else {
        pin
    }
}

/// The mask and enable bits; they neither recall nor re-sample anything.
const fn gate(pin: Pin, access: Access) -> Pin {
    match access {
        Access::Mask => pin | PRIORITY_0,
        Access::Unmask => pin & !PRIORITY_0,
        Access::Enable => pin | ENABLED,
        Access::Disable => pin & !ENABLED,
        _ => pin,
    }
}

/// The specification's PLIC. A request outlives the line's fall, and a completion from a context in
/// which the source is not enabled is ignored.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => sample(put(pin, LINE, level)),
        Access::Accept if signals(pin) => pin & !IP,
        Access::Eoi if pin & ENABLED != 0 => sample(pin & !CLOSED),
        _ => gate(pin, access),
    };
    pin.into()
}

/// The context's interrupt, and a claim would return this source.
pub fn signals(pin: Pin) -> bool {
    pin & (IP | ENABLED | PRIORITY_0) == IP | ENABLED
}

/// QEMU's PLIC. It sees rises only: neither the completion nor anything else looks at the level
/// again. A store to an enable word leaves the CPU's pin as it was until something else changes it;
/// `plic_irq_enable` writes the priority right after, so that this makes no difference here.
pub(crate) fn hw_qemu(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => put(pin, LINE, level) | if level { IP } else { 0 },
        Access::Accept if signals_qemu(pin) => (pin & !IP) | CLOSED,
        Access::Eoi => pin & !CLOSED, // enabled or not
        _ => gate(pin, access),
    };
    pin.into()
}

pub(crate) fn signals_qemu(pin: Pin) -> bool {
    signals(pin) && pin & CLOSED == 0
}

const PRIORITY_ZERO: Register = Register::on_pin("PRIORITY_BASE: 0", Access::Mask);
const PRIORITY_ONE: Register = Register::on_pin("PRIORITY_BASE: 1", Access::Unmask);
const ENABLE_WORD: Register = Register::new("CONTEXT_ENABLE_BASE");
const ENABLE_SET: Register = Register::on_pin("CONTEXT_ENABLE_BASE: enabled", Access::Enable);
const ENABLE_CLEAR: Register = Register::on_pin("CONTEXT_ENABLE_BASE: disabled", Access::Disable);
const CLAIM: Register = Register::new("CONTEXT_CLAIM");
const COMPLETE: Register = Register::on_pin("CONTEXT_CLAIM: complete", Access::Eoi);

fn plic_irq_mask(w: &mut World<'_>) {
    w.call("plic_irq_mask");
    w.write(PRIORITY_ZERO);
}

fn plic_irq_unmask(w: &mut World<'_>) {
    w.call("plic_irq_unmask");
    w.write(PRIORITY_ONE);
}

/// Claims until the PLIC says that there is no more.
fn plic_handle_irq(w: &mut World<'_>) {
    w.read(CLAIM);
    w.read(CLAIM);
}

/// `plic_toggle`: reads the enable word and writes it.
fn plic_toggle(w: &mut World<'_>, enable: bool) {
    w.read(ENABLE_WORD);
    w.write(if enable { ENABLE_SET } else { ENABLE_CLEAR });
}

fn plic_irq_enable(w: &mut World<'_>) {
    w.call("plic_irq_enable");
    plic_toggle(w, true);
    w.write(PRIORITY_ONE);
}

fn plic_irq_disable(w: &mut World<'_>) {
    w.call("plic_irq_disable");
    plic_toggle(w, false);
}

/// The completion would be ignored while the source is disabled, so the driver enables it for that
/// moment.
fn plic_irq_eoi(w: &mut World<'_>) {
    w.call("plic_irq_eoi");
    let enabled = if w.system.kernel.plic_asks_hardware {
        w.read(ENABLE_WORD); // this CPU's
        let enabled = w.irq().pin() & ENABLED != 0;
        w.looks_at(enabled.into());
        enabled
    } else {
        !w.irq().disabled()
    };
    if !enabled {
        plic_toggle(w, true);
    }
    w.write(COMPLETE);
    if !enabled {
        plic_toggle(w, false);
    }
}

/// Completes whether the source is enabled or not.
fn plic_irq_eoi_bare(w: &mut World<'_>) {
    w.call("plic_irq_eoi");
    w.write(COMPLETE);
}

/// `plic_irq_toggle` of 5.10: the priority, then the enable word of each of these CPUs.
fn plic_irq_toggle_5_10(w: &mut World<'_>, enable: bool) {
    w.write(if enable { PRIORITY_ONE } else { PRIORITY_ZERO });
    plic_toggle(w, enable);
    if !enable {
        for _ in 1..w.system.cpus {
            w.read(ENABLE_WORD);
            w.write(ENABLE_WORD); // of a CPU where the source is not enabled
        }
    }
}

fn plic_irq_mask_5_10(w: &mut World<'_>) {
    w.call("plic_irq_mask");
    plic_irq_toggle_5_10(w, false);
}

fn plic_irq_unmask_5_10(w: &mut World<'_>) {
    w.call("plic_irq_unmask");
    plic_irq_toggle_5_10(w, true);
}

/// Goes by MASKED. The completion is written on the CPU that runs, and honoured if that is the one
/// enabled; that the affinity may have moved in between is not modelled.
fn plic_irq_eoi_5_10(w: &mut World<'_>) {
    w.call("plic_irq_eoi");
    let masked = w.irq().masked();
    if masked {
        plic_irq_toggle_5_10(w, true);
    }
    w.write(COMPLETE);
    if masked {
        plic_irq_toggle_5_10(w, false);
    }
}

/// The PLIC with the driver of 6.1 and later.
pub static PLIC: Irqchip = Irqchip {
    hw,
    bits: BITS,
    signals,
    reset: 0, // priority 1, disabled
    accept: Accept {
        cites: "drivers/irqchip/irq-sifive-plic.c:plic_handle_irq",
        access: plic_handle_irq,
    },
    irq_mask: plic_irq_mask,
    irq_unmask: plic_irq_unmask,
    irq_eoi: Some(plic_irq_eoi),
    irq_enable: Some(plic_irq_enable),
    irq_disable: Some(plic_irq_disable),
    // plic_irq_domain_translate takes one cell, and so gives no type: nobody calls irq_set_type.
    irq_level: false,
    sw_resend: Span::since(6, 1), // arch/riscv/Kconfig: in 6.1, not in 5.10
    kernels: Span::since(6, 1),   // a1706a1c5062
    ..bare(
        "plic",
        "SiFive PLIC",
        "RISC-V PLIC; disable is never lazy, and a completion latches a level that is still high",
        &pairs::RISCV,
    )
};

/// QEMU's PLIC, same driver.
pub static PLIC_QEMU: Irqchip = Irqchip {
    name: "plic-qemu",
    about: "RISC-V PLIC as QEMU emulates it: a completion does not look at the level",
    hw: hw_qemu,
    signals: signals_qemu,
    ..PLIC
};

/// The PLIC with the driver from a1706a1c5062 to 9c92006b896c, that is, early 6.1.
pub static PLIC_BARE: Irqchip = Irqchip {
    name: "plic-bare",
    about: "RISC-V PLIC with the driver before v6.8 and stable of 2024: a disabled source is completed to no effect",
    irq_eoi: Some(plic_irq_eoi_bare),
    kernels: Span::since(6, 1).before(6, 8), // 9c92006b896c
    ..PLIC
};

/// The PLIC with the driver of 5.10.
pub static PLIC_5_10: Irqchip = Irqchip {
    name: "plic-5.10",
    about: "RISC-V PLIC with the driver of 5.10: no irq_enable, no irq_disable",
    reset: PRIORITY_0,
    irq_mask: plic_irq_mask_5_10,
    irq_unmask: plic_irq_unmask_5_10,
    irq_eoi: Some(plic_irq_eoi_5_10),
    irq_enable: None,
    irq_disable: None,
    kernels: Span::ALL.before(6, 1),
    ..PLIC
};
