//! ARM GICv2 and GICv3, a level-sensitive SPI, with the two ways to end an interrupt (EOImode 0 and
//! 1).
//!
//! Hardware: ARM IHI 0048 (GICv2) 3.2.4 and IHI 0069 (GICv3) 4.1, the interrupt handling state
//! machine: a level is pending while the line is high, an active interrupt is not signalled again,
//! and deactivation goes back to pending or inactive. A bit that software writes to ISPENDR stays
//! pending until it is acknowledged, whatever the level. Registers have the names of these manuals.
//! Drivers: drivers/irqchip/irq-gic.c and irq-gic-v3.c (6.12).
//!
//! Linux takes EOImode 1 when it was started in EL2 (`supports_deactivate_key`), and only then does
//! KVM get a vgic (`gic_of_setup_kvm_info`, `vgic_set_kvm_info`). The write to EOIR at entry then
//! only drops the priority; DIR deactivates.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare, put};
use crate::bits::pin_bits;
use crate::guest::pairs;
use crate::kernels::Span;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The enable bit (GICD_ISENABLER) is clear.
    DISABLED,
    /// The interrupt is active: acknowledged and not deactivated.
    ACTIVE,
    /// GICD_ICFGR says edge: the guest has programmed the pin so. Linux never does so for a PCI
    /// line.
    EDGE,
    /// The pending latch, of an edge or of GICD_ISPENDR.
    LATCH,
}

/// The distributor and the CPU interface.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => {
            let rises = level && pin & LINE == 0;
            put(
                put(pin, LINE, level),
                LATCH,
                pin & LATCH != 0 || (rises && pin & EDGE != 0),
            )
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

const GICD_ICENABLER: Register = Register::on_pin("GICD_ICENABLER", Access::Mask);
const GICD_ISENABLER: Register = Register::on_pin("GICD_ISENABLER", Access::Unmask);
const GICD_ISPENDR: Register = Register::on_pin("GICD_ISPENDR", Access::Retrigger);
const GICD_ICFGR: Register = Register::new("GICD_ICFGR");
const GICD_ISACTIVER: Register = Register::new("GICD_ISACTIVER");
const GICD_CTLR: Register = Register::new("GICD_CTLR");
const GICC_IAR: Register = Register::new("GICC_IAR");
const GICC_EOIR: Register = Register::on_pin("GICC_EOIR", Access::Eoi);
const GICC_EOIR_DROPS: Register = Register::new("GICC_EOIR: priority drop");
const GICC_DIR: Register = Register::on_pin("GICC_DIR", Access::Eoi);
const ICC_IAR1_EL1: Register = Register::new("ICC_IAR1_EL1");
const ICC_EOIR1_EL1: Register = Register::on_pin("ICC_EOIR1_EL1", Access::Eoi);
const ICC_EOIR1_EL1_DROPS: Register = Register::new("ICC_EOIR1_EL1: priority drop");
const ICC_DIR_EL1: Register = Register::on_pin("ICC_DIR_EL1", Access::Eoi);

fn gic_mask_irq(w: &mut World<'_>) {
    w.call("gic_mask_irq");
    w.write(GICD_ICENABLER);
}

fn gic_eoimode1_mask_irq(w: &mut World<'_>) {
    w.call("gic_eoimode1_mask_irq");
    w.write(GICD_ICENABLER);
}

/// `gic_mask_irq` of GICv3 waits until the distributor has the write (RWP in GICD_CTLR).
fn gic_v3_mask_irq(w: &mut World<'_>) {
    gic_mask_irq(w);
    w.read(GICD_CTLR);
}

fn gic_v3_eoimode1_mask_irq(w: &mut World<'_>) {
    gic_eoimode1_mask_irq(w);
    w.read(GICD_CTLR);
}

fn gic_unmask_irq(w: &mut World<'_>) {
    w.call("gic_unmask_irq");
    w.write(GICD_ISENABLER);
}

/// Of GICv3 it waits as `gic_mask_irq` does, in 5.10, and not any more in 6.1.
fn gic_v3_unmask_irq(w: &mut World<'_>) {
    gic_unmask_irq(w);
    if Span::ALL.before(6, 1).has(&w.system.kernel) {
        w.read(GICD_CTLR);
    }
}

/// Drops the priority and deactivates.
fn gic_eoi_irq(w: &mut World<'_>) {
    w.call("gic_eoi_irq");
    w.write(GICC_EOIR);
}

fn gic_v3_eoi_irq(w: &mut World<'_>) {
    w.call("gic_eoi_irq");
    w.write(ICC_EOIR1_EL1);
}

/// Deactivates. The priority was dropped at entry ([`Irqchip::accept`]).
fn gic_eoimode1_eoi_irq(w: &mut World<'_>) {
    w.call("gic_eoimode1_eoi_irq");
    w.write(GICC_DIR);
}

fn gic_v3_eoimode1_eoi_irq(w: &mut World<'_>) {
    w.call("gic_eoimode1_eoi_irq");
    w.write(ICC_DIR_EL1);
}

/// `gic_retrigger` by `gic_irq_set_irqchip_state`. The flow handler may not be called from a
/// tasklet here (`irqd_set_handle_enforce_irqctx`, 5.11).
fn gic_retrigger(w: &mut World<'_>) {
    w.write(GICD_ISPENDR);
}

/// `gic_set_type` by `gic_configure_irq`: finds the level configured, and writes nothing.
fn gic_set_type(w: &mut World<'_>) {
    w.read(GICD_ICFGR);
}

fn gic_irq_get_irqchip_state(w: &mut World<'_>) -> bool {
    w.read(GICD_ISACTIVER);
    w.irq().pin() & ACTIVE != 0
}

/// `gic_handle_irq` of GICv2 reads IAR until it says that there is no more (1023).
fn gic_accept(w: &mut World<'_>) {
    w.read(GICC_IAR);
    w.read(GICC_IAR);
}

fn gic_eoimode1_accept(w: &mut World<'_>) {
    w.read(GICC_IAR);
    w.write(GICC_EOIR_DROPS);
    w.read(GICC_IAR);
}

/// `gic_handle_irq` of GICv3 reads IAR once.
fn gic_v3_accept(w: &mut World<'_>) {
    w.read(ICC_IAR1_EL1);
}

fn gic_v3_eoimode1_accept(w: &mut World<'_>) {
    w.read(ICC_IAR1_EL1);
    w.write(ICC_EOIR1_EL1_DROPS);
}

const V2: &str = "drivers/irqchip/irq-gic.c:gic_handle_irq";
const V3: &str = "drivers/irqchip/irq-gic-v3.c:gic_handle_irq";

/// GICv2 in EOImode 0.
pub static GICV2: Irqchip = Irqchip {
    hw,
    bits: BITS,
    signals,
    reset: DISABLED,
    accept: Accept {
        cites: V2,
        access: gic_accept,
    },
    irq_mask: gic_mask_irq,
    irq_unmask: gic_unmask_irq,
    irq_eoi: Some(gic_eoi_irq),
    irq_retrigger: Some(gic_retrigger),
    irq_set_type: Some(gic_set_type),
    is_active: Some(gic_irq_get_irqchip_state),
    ..bare(
        "gicv2",
        "GIC-0",
        "ARM GICv2, EOImode 0: one write ends the interrupt",
        &pairs::ARM_EL1,
    )
};

/// GICv2 in EOImode 1.
pub static GICV2_EOIMODE1: Irqchip = Irqchip {
    name: "gicv2-eoimode1",
    prints: "GICv2",
    about: "ARM GICv2, EOImode 1: priority drop at entry, deactivation at the end",
    accept: Accept {
        cites: V2,
        access: gic_eoimode1_accept,
    },
    irq_mask: gic_eoimode1_mask_irq,
    irq_eoi: Some(gic_eoimode1_eoi_irq),
    guests: &pairs::ARM_V2,
    ..GICV2
};

/// GICv3 in EOImode 0.
pub static GICV3: Irqchip = Irqchip {
    name: "gicv3",
    prints: "GICv3",
    about: "ARM GICv3, EOImode 0: one write ends the interrupt",
    accept: Accept {
        cites: V3,
        access: gic_v3_accept,
    },
    irq_mask: gic_v3_mask_irq,
    irq_unmask: gic_v3_unmask_irq,
    irq_eoi: Some(gic_v3_eoi_irq),
    ..GICV2
};

/// GICv3 in EOImode 1.
pub static GICV3_EOIMODE1: Irqchip = Irqchip {
    name: "gicv3-eoimode1",
    prints: "GICv3",
    about: "ARM GICv3, EOImode 1: priority drop at entry, deactivation at the end",
    accept: Accept {
        cites: V3,
        access: gic_v3_eoimode1_accept,
    },
    irq_mask: gic_v3_eoimode1_mask_irq,
    irq_unmask: gic_v3_unmask_irq,
    irq_eoi: Some(gic_v3_eoimode1_eoi_irq),
    guests: &pairs::ARM_V3,
    ..GICV2_EOIMODE1
};
