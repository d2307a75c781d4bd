//! ARM GICv2 and GICv3, a level-sensitive SPI, with the two ways to end an interrupt (EOImode 0 and 1).
//!
//! Hardware: ARM IHI 0048 (GICv2) 3.2.4 and IHI 0069 (GICv3) 4.1, the interrupt handling state machine: a level is
//! pending while the line is high, an active interrupt is not signalled again, and deactivation goes back to pending
//! or inactive. What software writes to ISPENDR stays pending until it is acknowledged, whatever the level. Drivers: drivers/irqchip/irq-gic.c and irq-gic-v3.c (6.12); 5.10 waits for RWP after an unmask as well.
//!
//! EOImode 1 is what Linux takes when it was started in EL2 (`supports_deactivate_key`), and only then does KVM get a
//! vgic (`gic_of_setup_kvm_info`, `vgic_set_kvm_info`). The write to EOIR at entry then only drops the priority; DIR
//! deactivates.

use super::{AcceptCost, Access, Irqchip, Kvm, LINE, Pin, Reply, bare, put};
use crate::world::World;

/// Enable bit clear.
pub const DISABLED: Pin = 1 << 1;
/// Active.
pub const ACTIVE: Pin = 1 << 2;
/// GICD_ICFGR says edge: the guest has programmed the pin so. Linux never does so for a PCI line.
pub const EDGE: Pin = 1 << 3;
/// The pending latch, of an edge or of ISPENDR.
pub const LATCH: Pin = 1 << 4;

/// The distributor and the CPU interface.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => {
            let rises = level && pin & LINE == 0;
            put(put(pin, LINE, level), LATCH, pin & LATCH != 0 || (rises && pin & EDGE != 0))
        }
        Access::Accept if signals(pin) => (pin & !LATCH) | ACTIVE,
        Access::Mask => pin | DISABLED, // touches neither pending nor active
        Access::Unmask => pin & !DISABLED,
        Access::Eoi => pin & !ACTIVE, // deactivation, by EOIR or DIR; honoured while disabled
        Access::Retrigger => pin | LATCH,
        _ => pin,
    };
    pin.into()
}

/// Pending, enabled and not active.
pub fn signals(pin: Pin) -> bool {
    let pending = if pin & EDGE == 0 { LINE | LATCH } else { LATCH };
    pin & pending != 0 && pin & (DISABLED | ACTIVE) == 0
}

/// `gic_mask_irq` of GICv2: ICENABLER.
fn gic_mask_irq(w: &mut World<'_>) {
    w.call("gic_mask_irq");
    w.write(Access::Mask);
}

fn gic_eoimode1_mask_irq(w: &mut World<'_>) {
    w.call("gic_eoimode1_mask_irq");
    w.write(Access::Mask);
}

/// `gic_mask_irq` of GICv3 waits until the distributor has it: GICD_CTLR.RWP.
fn gic_v3_mask_irq(w: &mut World<'_>) {
    w.call("gic_mask_irq");
    w.write(Access::Mask);
    w.touch(1, 0);
}

fn gic_v3_eoimode1_mask_irq(w: &mut World<'_>) {
    w.call("gic_eoimode1_mask_irq");
    w.write(Access::Mask);
    w.touch(1, 0);
}

fn gic_unmask_irq(w: &mut World<'_>) {
    w.call("gic_unmask_irq");
    w.write(Access::Unmask);
}

/// EOIR: drops the priority and deactivates.
fn gic_eoi_irq(w: &mut World<'_>) {
    w.call("gic_eoi_irq");
    w.write(Access::Eoi);
}

/// DIR: deactivates. EOIR was written at entry and is in [`AcceptCost`].
fn gic_eoimode1_eoi_irq(w: &mut World<'_>) {
    w.call("gic_eoimode1_eoi_irq");
    w.write(Access::Eoi);
}

/// ISPENDR (`gic_irq_set_irqchip_state`). The flow handler may not be called from a tasklet here
/// (`irqd_set_handle_enforce_irqctx`, 5.11).
fn gic_retrigger(w: &mut World<'_>) {
    w.write(Access::Retrigger);
}

const NO_EL2: Kvm = Kvm::None("in EOImode 0 Linux was not started in EL2, so that KVM has no vgic");

/// GICv2 in EOImode 0.
pub static GICV2: Irqchip = Irqchip {
    hw,
    bits: &["LINE", "DISABLED", "ACTIVE", "EDGE", "LATCH"],
    signals,
    reset: DISABLED,
    accept_cost: AcceptCost { reads: 2, ..AcceptCost::NONE }, // IAR until it says 1023
    irq_mask: gic_mask_irq,
    irq_unmask: gic_unmask_irq,
    irq_eoi: Some(gic_eoi_irq),
    irq_retrigger: Some(gic_retrigger),
    is_active: Some(|w| w.irq().pin() & ACTIVE != 0), // gic_irq_get_irqchip_state
    kvm: NO_EL2,
    ..bare("gicv2", "GIC-0", "ARM GICv2, EOImode 0: one write ends the interrupt")
};

/// GICv2 in EOImode 1.
pub static GICV2_EOIMODE1: Irqchip = Irqchip {
    name: "gicv2-eoimode1",
    prints: "GICv2",
    about: "ARM GICv2, EOImode 1: priority drop at entry, deactivation at the end",
    accept_cost: AcceptCost { reads: 2, writes: 1, firmware: 0 },
    irq_mask: gic_eoimode1_mask_irq,
    irq_eoi: Some(gic_eoimode1_eoi_irq),
    kvm: Kvm::Acks("kvm-vgic"),
    ..GICV2
};

/// GICv3 in EOImode 0.
pub static GICV3: Irqchip = Irqchip {
    name: "gicv3",
    prints: "GICv3",
    about: "ARM GICv3, EOImode 0: one write ends the interrupt",
    accept_cost: AcceptCost { reads: 1, ..AcceptCost::NONE }, // IAR1, once
    irq_mask: gic_v3_mask_irq,
    ..GICV2
};

/// GICv3 in EOImode 1.
pub static GICV3_EOIMODE1: Irqchip = Irqchip {
    name: "gicv3-eoimode1",
    prints: "GICv3",
    about: "ARM GICv3, EOImode 1: priority drop at entry, deactivation at the end",
    accept_cost: AcceptCost { reads: 1, writes: 1, firmware: 0 },
    irq_mask: gic_v3_eoimode1_mask_irq,
    ..GICV2_EOIMODE1
};
