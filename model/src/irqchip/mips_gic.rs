//! MIPS Global Interrupt Controller, a level-sensitive shared interrupt.
//!
//! Hardware: MIPS Coherence Manager manuals (GIC_SH_PEND, GIC_SH_MASK, RMASK, SMASK), as QEMU
//! hw/intc/mips_gic.c (10.0) has it: the CPU's pin is "pending and not masked", and there is no
//! acknowledge. Driver: drivers/irqchip/irq-mips-gic.c (6.12), the same in 5.10.

use super::{Accept, Access, BITS, Irqchip, MASKED, bare, masked_level, masked_level_signals};
use crate::genirq::handlers::HANDLE_LEVEL_IRQ;
use crate::guest::pairs;
use crate::register::Register;
use crate::world::World;

const GIC_SH_RMASK: Register = Register::on_pin("GIC_SH_RMASK", Access::Mask);
const GIC_SH_SMASK: Register = Register::on_pin("GIC_SH_SMASK", Access::Unmask);
const GIC_SH_POL: Register = Register::new("GIC_SH_POL");
const GIC_SH_TRIG: Register = Register::new("GIC_SH_TRIG");
const GIC_SH_DUAL: Register = Register::new("GIC_SH_DUAL");
const GIC_VL_PEND: Register = Register::new("GIC_VL_PEND");
const GIC_VL_MASK: Register = Register::new("GIC_VL_MASK");
const GIC_SH_PEND: Register = Register::new("GIC_SH_PEND");

fn gic_mask_irq(w: &mut World<'_>) {
    w.call("gic_mask_irq");
    w.write(GIC_SH_RMASK);
}

fn gic_unmask_irq(w: &mut World<'_>) {
    w.call("gic_unmask_irq");
    w.write(GIC_SH_SMASK);
}

/// Three bits by read and write, whatever they were.
fn gic_set_type(w: &mut World<'_>) {
    for register in [GIC_SH_POL, GIC_SH_TRIG, GIC_SH_DUAL] {
        w.read(register);
        w.write(register);
    }
}

/// `gic_irq_dispatch`: the local interrupts of the virtual processor first, then the shared ones:
/// 256 of them, 64 a word.
fn gic_irq_dispatch(w: &mut World<'_>) {
    w.read(GIC_VL_PEND);
    w.read(GIC_VL_MASK);
    for _ in 0..256 / 64 {
        w.read(GIC_SH_PEND);
    }
}

/// The MIPS GIC.
pub static MIPS_GIC: Irqchip = Irqchip {
    hw: masked_level,
    bits: BITS,
    signals: masked_level_signals,
    reset: MASKED,
    accept: Accept {
        cites: "drivers/irqchip/irq-mips-gic.c:gic_irq_dispatch",
        access: gic_irq_dispatch,
    },
    flow: &HANDLE_LEVEL_IRQ,
    irq_mask: gic_mask_irq,
    irq_unmask: gic_unmask_irq,
    irq_set_type: Some(gic_set_type),
    ..bare(
        "mips-gic",
        "MIPS GIC",
        "MIPS GIC; no state but the mask bit",
        &pairs::MIPS,
    )
};
