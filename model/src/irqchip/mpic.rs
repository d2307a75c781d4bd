//! OpenPIC and MPIC of PowerPC machines, a level-sensitive external source.
//!
//! Hardware: OpenPIC 1.2 and Freescale MPIC manuals (IACK, EOI, VECPRI mask and activity), as QEMU hw/intc/openpic.c
//! (10.0) has them. Driver: arch/powerpc/sysdev/mpic.c (6.12), the same in 5.10; sources behind HyperTransport have
//! callbacks of their own and are not this row.

use super::{AcceptCost, Access, Irqchip, Kvm, LINE, Pin, Reply, bare, put};
use crate::world::World;

/// VECPRI's mask bit.
pub const MASK: Pin = 1 << 1;
/// The CPU's in-service register has the source.
pub const SERVICING: Pin = 1 << 2;

/// Source and CPU interface. A request follows the line and is withdrawn with it.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => put(pin, LINE, level),
        Access::Accept if signals(pin) => pin | SERVICING,
        Access::Mask => pin | MASK,
        Access::Unmask => pin & !MASK,
        Access::Eoi => pin & !SERVICING, // of the highest in service, whatever its mask bit says
        _ => pin,
    };
    pin.into()
}

/// Requested, not masked, and not in service.
pub fn signals(pin: Pin) -> bool {
    pin & (LINE | MASK | SERVICING) == LINE
}

/// Reads VECPRI, writes it, and reads until the mask bit has arrived.
fn mpic_mask_irq(w: &mut World<'_>) {
    w.call("mpic_mask_irq");
    w.touch(1, 0);
    w.write(Access::Mask);
    w.touch(1, 0);
}

fn mpic_unmask_irq(w: &mut World<'_>) {
    w.call("mpic_unmask_irq");
    w.touch(1, 0);
    w.write(Access::Unmask);
    w.touch(1, 0);
}

fn mpic_end_irq(w: &mut World<'_>) {
    w.call("mpic_end_irq");
    w.write(Access::Eoi);
}

/// The MPIC.
pub static MPIC: Irqchip = Irqchip {
    hw,
    bits: &["LINE", "MASK", "SERVICING"],
    signals,
    reset: MASK,
    accept_cost: AcceptCost { reads: 1, ..AcceptCost::NONE }, // IACK
    irq_mask: mpic_mask_irq,
    irq_unmask: mpic_unmask_irq,
    irq_eoi: Some(mpic_end_irq),
    kvm: Kvm::None("KVM's MPIC for e500 guests is not modelled"),
    ..bare("mpic", "OpenPIC", "OpenPIC/MPIC; the EOI goes to the CPU's interface and names no source")
};
