//! x86 IO-APIC and local APIC, without and with interrupt remapping.
//!
//! Hardware: 82093AA datasheet 3.2.4 (Remote IRR, delivery of level interrupts), Intel SDM vol. 3 "Local APIC" (TMR,
//! EOI broadcast). Driver: arch/x86/kernel/apic/io_apic.c (6.12), the same from 5.10 to 7.3 in what is used here.

use super::{Access, Irqchip, Kvm, LINE, Pin, Reply, bare, put};
use crate::world::World;

/// RTE bit 16.
pub const MASK: Pin = 1 << 1;
/// RTE bit 14, Remote IRR: a level message was accepted and its EOI has not come back.
pub const RIRR: Pin = 1 << 2;
/// The vector's bit in the LAPIC's IRR.
pub const IRR: Pin = 1 << 3;
/// The vector's bit in the LAPIC's ISR.
pub const ISR: Pin = 1 << 4;
/// RTE bit 15 clear: the guest has programmed the pin as edge. Linux does so for a PCI line only while nobody has
/// requested it (`ioapic_mask_entry`).
pub const EDGE: Pin = 1 << 5;
/// QEMU's `IOAPICCommonState::irr`: it has seen the line rise.
pub const SEEN: Pin = 1 << 6;

/// A level pin sends its message when the line is high, unmasked, and no earlier message is open.
const fn send(pin: Pin) -> Pin {
    if pin & (LINE | MASK | RIRR | EDGE) == LINE { pin | RIRR | IRR } else { pin }
}

const fn line(pin: Pin, level: bool) -> Pin {
    let rises = level && pin & LINE == 0;
    let pin = put(pin, LINE, level);
    if pin & (EDGE | MASK) == EDGE && rises { pin | IRR } else { send(pin) }
}

/// `eoi_broadcast`: the LAPIC's EOI reaches the pin by its vector.
const fn access(pin: Pin, access: Access, eoi_broadcast: bool) -> Pin {
    match access {
        Access::Line(level) => line(pin, level),
        Access::Accept if pin & IRR != 0 => (pin & !IRR) | ISR,
        Access::Mask => pin | MASK, // a message that is already in a LAPIC is not recalled
        Access::Unmask => send(pin & !MASK),
        Access::Eoi if eoi_broadcast => send(pin & !(ISR | RIRR)),
        Access::Eoi => pin & !ISR,
        Access::DirectedEoi => send(pin & !RIRR),
        Access::Retrigger => pin | IRR, // the same vector twice is one bit
        _ => pin,
    }
}

/// The pin whose vector the LAPIC broadcasts.
pub fn hw(pin: Pin, what: Access) -> Reply {
    access(pin, what, true).into()
}

/// The pin behind interrupt remapping: the LAPIC's vector is not the RTE's, so the broadcast does not match, and it
/// takes an EOI to the pin.
fn hw_remapped(pin: Pin, what: Access) -> Reply {
    access(pin, what, false).into()
}

/// QEMU 10.0 hw/intc/ioapic.c, `ioapic_set_irq`: a rise is not seen by a masked edge entry, and the level is not looked at
/// again when the entry becomes a level entry. [`Access::Enable`] and [`Access::Disable`]: the entry is written as level,
/// or as a masked edge.
const fn seen(pin: Pin, access: Access) -> Pin {
    match access {
        Access::Line(true) if pin & (EDGE | MASK) == EDGE | MASK => pin | LINE,
        Access::Line(true) => pin | LINE | SEEN,
        Access::Line(false) if pin & EDGE != 0 => pin & !LINE,
        Access::Line(false) => pin & !(LINE | SEEN),
        Access::Enable => pin & !EDGE,
        Access::Disable => (pin | MASK | EDGE) & !RIRR,
        _ => pin,
    }
}

/// As [`access`], where it is [`SEEN`] that sends the message and not the line.
const fn access_qemu(pin: Pin, what: Access, eoi_broadcast: bool) -> Pin {
    let before = pin & SEEN != 0;
    let pin = seen(pin, what);
    let after = pin & SEEN != 0;
    let inside = match what {
        Access::Line(_) => line(put(pin, LINE, before), after),
        _ => access(put(pin, LINE, after), what, eoi_broadcast),
    };
    put(inside, LINE, pin & LINE != 0)
}

fn hw_qemu(pin: Pin, what: Access) -> Reply {
    access_qemu(pin, what, true).into()
}

fn hw_remapped_qemu(pin: Pin, what: Access) -> Reply {
    access_qemu(pin, what, false).into()
}

/// The LAPIC has the vector and is not in service of it.
pub fn signals(pin: Pin) -> bool {
    pin & (IRR | ISR) == IRR
}

fn mask_ioapic_irq(w: &mut World<'_>) {
    w.call("mask_ioapic_irq");
    w.write(Access::Mask); // index and data of the RTE's low word
    w.touch(1, 1); // io_apic_sync: read back, so that the write has arrived
}

fn unmask_ioapic_irq(w: &mut World<'_>) {
    w.call("unmask_ioapic_irq");
    w.write(Access::Unmask);
    w.touch(0, 1);
}

fn startup_ioapic_irq(w: &mut World<'_>) {
    w.call("startup_ioapic_irq");
    w.write(Access::Unmask);
    w.touch(0, 1);
}

fn ioapic_ack_level(w: &mut World<'_>) {
    w.call("ioapic_ack_level");
    w.touch(1, 0); // the LAPIC's TMR word
    w.write(Access::Eoi);
}

fn ioapic_ir_ack_level(w: &mut World<'_>) {
    w.call("ioapic_ir_ack_level");
    w.write(Access::Eoi);
    w.write(Access::DirectedEoi);
}

/// `ioapic_configure_entry`: level, and still masked.
fn mp_irqdomain_activate(w: &mut World<'_>) {
    w.chip(Access::Enable);
}

/// `ioapic_mask_entry`: masked, and every other bit clear.
fn mp_irqdomain_deactivate(w: &mut World<'_>) {
    w.chip(Access::Disable);
}

/// A message to the CPU with the pin's vector.
fn apic_retrigger_irq(w: &mut World<'_>) {
    w.touch(0, 2); // ICR
    w.chip(Access::Retrigger);
}

/// The plain IO-APIC.
pub static IOAPIC: Irqchip = Irqchip {
    hw,
    bits: &["LINE", "MASK", "RIRR", "IRR", "ISR", "EDGE"],
    signals,
    reset: MASK,
    irq_mask: mask_ioapic_irq,
    irq_unmask: unmask_ioapic_irq,
    irq_startup: Some(startup_ioapic_irq),
    irq_eoi: Some(ioapic_ack_level),
    irq_retrigger: Some(apic_retrigger_irq),
    is_active: Some(|w| w.irq().pin() & RIRR != 0), // ioapic_irq_get_chip_state
    kvm: Kvm::Acks("kvm-ioapic"),
    ..bare("ioapic", "IO-APIC", "x86 IO-APIC; the LAPIC's EOI is broadcast to the pin")
};

/// The IO-APIC behind interrupt remapping.
pub static IR_IOAPIC: Irqchip = Irqchip {
    name: "ir-ioapic",
    prints: "IR-IO-APIC",
    about: "x86 IO-APIC behind interrupt remapping; the driver sends an EOI to the pin",
    hw: hw_remapped,
    irq_eoi: Some(ioapic_ir_ack_level),
    ..IOAPIC
};

/// The plain IO-APIC, QEMU's.
pub static IOAPIC_QEMU: Irqchip = Irqchip {
    name: "ioapic-qemu",
    about: "x86 IO-APIC as QEMU emulates it: a rise is lost while nobody has requested the line",
    hw: hw_qemu,
    bits: &["LINE", "MASK", "RIRR", "IRR", "ISR", "EDGE", "SEEN"],
    reset: MASK | EDGE,
    activate: Some(mp_irqdomain_activate),
    deactivate: Some(mp_irqdomain_deactivate),
    ..IOAPIC
};

/// The IO-APIC behind interrupt remapping, QEMU's.
pub static IR_IOAPIC_QEMU: Irqchip = Irqchip {
    name: "ir-ioapic-qemu",
    prints: "IR-IO-APIC",
    about: "x86 IO-APIC behind interrupt remapping as QEMU emulates it: a rise is lost while nobody has requested the line",
    hw: hw_remapped_qemu,
    irq_eoi: Some(ioapic_ir_ack_level),
    ..IOAPIC_QEMU
};
