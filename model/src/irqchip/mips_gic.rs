//! MIPS Global Interrupt Controller, a level-sensitive shared interrupt.
//!
//! Hardware: MIPS Coherence Manager manuals (GIC_SH_PEND, GIC_SH_MASK, RMASK, SMASK), as QEMU hw/intc/mips_gic.c (10.0)
//! has it: the CPU's pin is "pending and not masked", and there is no acknowledge. Driver:
//! drivers/irqchip/irq-mips-gic.c (6.12), the same in 5.10.

use super::{AcceptCost, Access, Flow, Irqchip, Kvm, MASKED, bare, masked_level, masked_level_signals};
use crate::world::World;

fn gic_mask_irq(w: &mut World<'_>) {
    w.call("gic_mask_irq");
    w.write(Access::Mask);
}

fn gic_unmask_irq(w: &mut World<'_>) {
    w.call("gic_unmask_irq");
    w.write(Access::Unmask);
}

/// The MIPS GIC.
pub static MIPS_GIC: Irqchip = Irqchip {
    hw: masked_level,
    bits: &["LINE", "MASKED"],
    signals: masked_level_signals,
    reset: MASKED,
    // gic_irq_dispatch: the VP's pending and mask words, then the shared ones, 256 interrupts at 64 a word.
    accept_cost: AcceptCost { reads: 6, ..AcceptCost::NONE },
    flow: Flow::Level,
    irq_mask: gic_mask_irq,
    irq_unmask: gic_unmask_irq,
    kvm: Kvm::None("KVM on MIPS has no irqfd"),
    ..bare("mips-gic", "MIPS GIC", "MIPS GIC; no state but the mask bit")
};
