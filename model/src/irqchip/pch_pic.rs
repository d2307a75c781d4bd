//! LoongArch PCH-PIC behind EIOINTC, a level pin.
//!
//! Hardware: as QEMU hw/intc/loongarch_pch_pic.c and loongarch_extioi.c (10.0) and arch/loongarch/kvm/intc/ (mainline)
//! agree to have it: the PCH-PIC sends its vector when an unmasked pin rises or a high pin is unmasked, and takes it
//! back when the pin falls. Whether 7A1000 silicon does the same could not be read up; the driver is written for it.
//! Driver: drivers/irqchip/irq-loongson-pch-pic.c and irq-loongson-eiointc.c (6.12).

use super::{AcceptCost, Access, Flow, Irqchip, Kvm, LINE, Pin, Reply, SINCE_6_1, bare};
use crate::world::World;

/// The PCH-PIC's mask bit.
pub const MASK: Pin = 1 << 1;
/// The EIOINTC has the vector for the CPU.
pub const COREISR: Pin = 1 << 2;

/// PCH-PIC and EIOINTC. [`Access::Accept`] clears the vector; nothing but the PCH-PIC sets it again.
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

fn pch_pic_mask_irq(w: &mut World<'_>) {
    w.call("pch_pic_mask_irq");
    w.touch(1, 0);
    w.write(Access::Mask);
}

fn pch_pic_unmask_irq(w: &mut World<'_>) {
    w.call("pch_pic_unmask_irq");
    w.touch(1, 1); // CLR, which acts on edge pins only, and the read of MASK
    w.write(Access::Unmask);
}

/// Reads EDGE, and leaves a level pin alone.
fn pch_pic_ack_irq(w: &mut World<'_>) {
    w.call("pch_pic_ack_irq");
    w.touch(1, 0);
}

/// The PCH-PIC.
pub static PCH_PIC: Irqchip = Irqchip {
    hw,
    bits: &["LINE", "MASK", "COREISR"],
    signals,
    reset: MASK,
    accept_cost: AcceptCost { reads: 4, writes: 1, firmware: 0 }, // EIOINTC's ISR: 256 vectors, 64 a word, one cleared
    flow: Flow::Level,
    irq_mask: pch_pic_mask_irq,
    irq_unmask: pch_pic_unmask_irq,
    irq_ack: Some(pch_pic_ack_irq),
    kvm: Kvm::NeverAcks("kvm-pch-pic"),
    kernels: SINCE_6_1,
    ..bare("pch-pic", "PCH PIC", "LoongArch PCH-PIC behind EIOINTC; only the unmask sends a level again")
};
