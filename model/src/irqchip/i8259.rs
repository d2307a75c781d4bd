//! i8259: a pair of 8259A as PCs, MIPS boards and PowerPC boards have it, with its level/edge register (ELCR).
//!
//! Hardware: Intel 8259A datasheet (Interrupt Sequence, OCW1, OCW2), 82371SB (PIIX3) datasheet for the ELCR; QEMU
//! hw/intc/i8259.c (10.0) and arch/x86/kvm/i8259.c (6.12) agree in what is used here. Driver: arch/x86/kernel/i8259.c
//! (6.12), the same in 5.10. A PCI line is on the second chip (IRQ 9 to 11 or 14), so that every EOI is two.

use super::{Access, Flow, Irqchip, Kvm, LINE, Pin, Reply, bare, put};
use crate::world::World;

/// The IMR bit.
pub const IMR: Pin = 1 << 1;
/// The ISR bit: in service.
pub const ISR: Pin = 1 << 2;
/// ELCR bit clear: the guest has programmed the pin as edge. Linux never does so for a PCI line.
pub const EDGE: Pin = 1 << 3;
/// The IRR bit of an edge pin. A level pin's IRR is the line itself.
pub const IRR: Pin = 1 << 4;

/// The chip. INT and INTA are one step here, so that the spurious IR7 (an INT that was withdrawn between the two) does
/// not occur; it has a vector of its own and is not this line's interrupt. The datasheet wants an edge input to stay
/// high until INTA; QEMU and KVM latch it, which is what can be seen here, because only guests use edge.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => {
            let rises = level && pin & LINE == 0;
            put(put(pin, LINE, level), IRR, pin & IRR != 0 || (rises && pin & EDGE != 0))
        }
        Access::Accept if signals(pin) => (pin & !IRR) | ISR,
        Access::Mask => pin | IMR,
        Access::Unmask => pin & !IMR,
        Access::Eoi => pin & !ISR, // the specific EOI, whether masked or not
        _ => pin,
    };
    pin.into()
}

/// INT: requested, not masked, and not in service already.
pub fn signals(pin: Pin) -> bool {
    let requested = if pin & EDGE == 0 { pin & LINE } else { pin & IRR };
    requested != 0 && pin & (IMR | ISR) == 0
}

fn disable_8259a_irq(w: &mut World<'_>) {
    w.call("disable_8259A_irq");
    w.write(Access::Mask); // from cached_irq_mask: no read
}

fn enable_8259a_irq(w: &mut World<'_>) {
    w.call("enable_8259A_irq");
    w.write(Access::Unmask);
}

fn mask_and_ack_8259a(w: &mut World<'_>) {
    w.call("mask_and_ack_8259A");
    w.touch(1, 0); // IMR, discarded
    w.write(Access::Mask);
    w.write(Access::Eoi);
    w.touch(0, 1); // the cascade's EOI at the first chip
}

/// The 8259A pair.
pub static I8259: Irqchip = Irqchip {
    hw,
    bits: &["LINE", "IMR", "ISR", "EDGE", "IRR"],
    signals,
    reset: IMR,
    flow: Flow::Level,
    irq_mask: disable_8259a_irq,
    irq_unmask: enable_8259a_irq,
    irq_mask_ack: Some(mask_and_ack_8259a),
    irq_disable: Some(disable_8259a_irq),
    kvm: Kvm::Acks("kvm-ioapic"),
    ..bare(
        "i8259",
        "XT-PIC",
        "8259A pair; the flow handler masks and ends every interrupt at entry, and disable is never lazy",
    )
};
