//! i8259: a pair of 8259A as PCs, MIPS boards and PowerPC boards have it, with its level/edge
//! register (ELCR).
//!
//! Hardware: Intel 8259A datasheet (Interrupt Sequence, OCW1, OCW2), 82371SB (PIIX3) datasheet for
//! the ELCR; QEMU hw/intc/i8259.c (10.0) and arch/x86/kvm/i8259.c (6.12) agree in all that is used
//! here. Driver: arch/x86/kernel/i8259.c (6.12), the same in 5.10; registers have its names. A PCI
//! line is on the second chip (IRQ 9 to 11 or 14), so that every EOI is two.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare, put};
use crate::bits::pin_bits;
use crate::genirq::handlers::HANDLE_LEVEL_IRQ;
use crate::guest::pairs;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The bit in the interrupt mask register.
    IMR,
    /// The bit in the in-service register.
    ISR,
    /// The bit in the ELCR is clear: the guest has programmed the pin as edge. Linux never does so
    /// for a PCI line.
    EDGE,
    /// The bit in the interrupt request register of an edge pin. For a level pin that bit is the
    /// line itself.
    IRR,
}

/// The chip. INT and INTA are one step here, so that the spurious IR7 (an INT that was withdrawn
/// between the two) does not occur; it has a vector of its own and is not this line's interrupt.
/// The datasheet wants an edge input to stay high until INTA; QEMU and KVM latch it, and so does
/// this, because only guests use edge.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => {
            let rises = level && pin & LINE == 0;
            put(
                put(pin, LINE, level),
                IRR,
                pin & IRR != 0 || (rises && pin & EDGE != 0),
            )
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
    let requested = if pin & EDGE == 0 {
        pin & LINE
    } else {
        pin & IRR
    };
    requested != 0 && pin & (IMR | ISR) == 0
}

const IMR_READ: Register = Register::new("PIC_SLAVE_IMR");
const IMR_MASK: Register = Register::on_pin("PIC_SLAVE_IMR: masked", Access::Mask);
const IMR_UNMASK: Register = Register::on_pin("PIC_SLAVE_IMR: unmasked", Access::Unmask);
const ISR_CHOSEN: Register = Register::new("PIC_SLAVE_CMD: ISR is read");
const ISR_READ: Register = Register::new("PIC_SLAVE_CMD: ISR");
const IRR_CHOSEN: Register = Register::new("PIC_SLAVE_CMD: IRR is read");
const SPECIFIC_EOI: Register = Register::on_pin("PIC_SLAVE_CMD: specific EOI", Access::Eoi);
const CASCADE_EOI: Register = Register::new("PIC_MASTER_CMD: specific EOI of the cascade");

/// Writes from `cached_irq_mask`, so that it need not read.
fn disable_8259a_irq(w: &mut World<'_>) {
    w.call("disable_8259A_irq");
    w.write(IMR_MASK);
}

fn enable_8259a_irq(w: &mut World<'_>) {
    w.call("enable_8259A_irq");
    w.write(IMR_UNMASK);
}

fn mask_and_ack_8259a(w: &mut World<'_>) {
    w.call("mask_and_ack_8259A");
    // An interrupt of a line that is masked may be spurious: `i8259A_irq_real` asks, and here it is
    // in service.
    if w.irq().pin() & IMR != 0 {
        w.write(ISR_CHOSEN);
        w.read(ISR_READ);
        w.write(IRR_CHOSEN);
    }
    w.read(IMR_READ); // a delay; the value is discarded
    w.write(IMR_MASK);
    w.write(SPECIFIC_EOI);
    w.write(CASCADE_EOI);
}

/// The 8259A pair.
pub static I8259: Irqchip = Irqchip {
    hw,
    bits: BITS,
    signals,
    reset: IMR,
    // The CPU's INTA cycle fetches the vector: no load of software's.
    accept: Accept {
        cites: "arch/x86/kernel/irq.c:common_interrupt",
        access: |_| {},
    },
    flow: &HANDLE_LEVEL_IRQ,
    irq_mask: disable_8259a_irq,
    irq_unmask: enable_8259a_irq,
    irq_mask_ack: Some(mask_and_ack_8259a),
    irq_disable: Some(disable_8259a_irq),
    ..bare(
        "i8259",
        "XT-PIC",
        "8259A pair; the flow handler masks and ends every interrupt at entry, and disable is never lazy",
        &pairs::X86,
    )
};
