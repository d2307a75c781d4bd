//! LoongArch PCH-PIC behind EIOINTC, a level pin.
//!
//! Hardware: as QEMU hw/intc/loongarch_pch_pic.c and loongarch_extioi.c (10.0) and
//! arch/loongarch/kvm/intc/ (mainline) agree to have it: the PCH-PIC sends its vector when an
//! unmasked pin rises or a high pin is unmasked, and takes it back when the pin falls. Whether
//! 7A1000 silicon does the same could not be read up; the driver is written for it. Driver:
//! drivers/irqchip/irq-loongson-pch-pic.c and irq-loongson-eiointc.c (6.12); registers have their
//! names.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare};
use crate::bits::pin_bits;
use crate::genirq::handlers::HANDLE_LEVEL_IRQ;
use crate::guest::pairs;
use crate::kernels::Span;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The PCH-PIC's mask bit.
    MASK,
    /// The EIOINTC has the vector for the CPU.
    COREISR,
}

/// PCH-PIC and EIOINTC. [`Access::Accept`] clears the vector; nothing but the PCH-PIC sets it
/// again.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(true) if pin & MASK == 0 => pin | LINE | COREISR,
        Access::Line(true) => pin | LINE,
        Access::Line(false) => pin & !(LINE | COREISR),
        Access::Accept => pin & !COREISR,
        Access::Mask => pin | MASK, // a vector that was sent stays while the line is high
        Access::Unmask if pin & (MASK | LINE) == MASK | LINE => (pin & !MASK) | COREISR,
        Access::Unmask => pin & !MASK,
        _ => pin,
    };
    pin.into()
}

/// The EIOINTC interrupts the CPU.
pub fn signals(pin: Pin) -> bool {
    pin & COREISR != 0
}

const PCH_PIC_MASK: Register = Register::new("PCH_PIC_MASK");
const PCH_PIC_MASK_SET: Register = Register::on_pin("PCH_PIC_MASK: masked", Access::Mask);
const PCH_PIC_MASK_CLEAR: Register = Register::on_pin("PCH_PIC_MASK: unmasked", Access::Unmask);
const PCH_PIC_CLR: Register = Register::new("PCH_PIC_CLR");
const PCH_PIC_EDGE: Register = Register::new("PCH_PIC_EDGE");
const PCH_PIC_POL: Register = Register::new("PCH_PIC_POL");
const EIOINTC_REG_ISR: Register = Register::new("EIOINTC_REG_ISR");

fn pch_pic_mask_irq(w: &mut World<'_>) {
    w.call("pch_pic_mask_irq");
    w.read(PCH_PIC_MASK);
    w.write(PCH_PIC_MASK_SET);
}

fn pch_pic_unmask_irq(w: &mut World<'_>) {
    w.call("pch_pic_unmask_irq");
    w.write(PCH_PIC_CLR); // acts on edge pins only
    w.read(PCH_PIC_MASK);
    w.write(PCH_PIC_MASK_CLEAR);
}

/// Finds that the pin is no edge pin, and leaves it alone.
fn pch_pic_ack_irq(w: &mut World<'_>) {
    w.call("pch_pic_ack_irq");
    w.read(PCH_PIC_EDGE);
}

/// `pch_pic_bitclr` of both, for a level that is high.
fn pch_pic_set_type(w: &mut World<'_>) {
    for register in [PCH_PIC_EDGE, PCH_PIC_POL] {
        w.read(register);
        w.write(register);
    }
}

/// `eiointc_irq_dispatch`: 256 vectors, 64 a word; the word that is not 0 is written back, which
/// clears it.
fn eiointc_irq_dispatch(w: &mut World<'_>) {
    for _ in 0..256 / 64 {
        w.read(EIOINTC_REG_ISR);
    }
    w.write(EIOINTC_REG_ISR);
}

/// The PCH-PIC.
pub static PCH_PIC: Irqchip = Irqchip {
    hw,
    bits: BITS,
    signals,
    reset: MASK,
    accept: Accept {
        cites: "drivers/irqchip/irq-loongson-eiointc.c:eiointc_irq_dispatch",
        access: eiointc_irq_dispatch,
    },
    flow: &HANDLE_LEVEL_IRQ,
    irq_mask: pch_pic_mask_irq,
    irq_unmask: pch_pic_unmask_irq,
    irq_ack: Some(pch_pic_ack_irq),
    irq_set_type: Some(pch_pic_set_type),
    kernels: Span::since(5, 19), // the first release with LoongArch
    sw_resend: Span::NONE,       // arch/loongarch/Kconfig does not select it
    ..bare(
        "pch-pic",
        "PCH PIC",
        "LoongArch PCH-PIC behind EIOINTC; only the unmask sends a level again",
        &pairs::LOONGARCH,
    )
};
