//! x86 IO-APIC and local APIC, without and with interrupt remapping.
//!
//! Hardware: 82093AA datasheet 3.2.4 (Remote IRR, delivery of level interrupts), Intel SDM vol. 3
//! "Local APIC" (TMR, EOI broadcast). Driver: arch/x86/kernel/apic/io_apic.c (6.12), the same from
//! 5.10 to 7.3 in the functions here. Registers have the names of the datasheet and of
//! arch/x86/include/asm/apicdef.h.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare, put};
use crate::bits::pin_bits;
use crate::guest::pairs;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// Bit 16 of the redirection table entry (RTE): the pin is masked.
    MASK,
    /// Bit 14 of the RTE, Remote IRR: a LAPIC has accepted a level message, and its EOI has not
    /// come back.
    RIRR,
    /// The bit of the vector in the LAPIC's IRR: the CPU has still to take the interrupt.
    IRR,
    /// The bit of the vector in the LAPIC's ISR: the CPU has taken the interrupt and not ended it.
    ISR,
    /// Bit 15 of the RTE is clear: the pin is programmed as edge. For a PCI line Linux does so only
    /// while nobody has requested it (`ioapic_mask_entry`).
    EDGE,
    /// QEMU's `IOAPICCommonState::irr`: the emulation has seen the line rise.
    SEEN,
}

/// The bits of hardware.
const HARDWARE_BITS: usize = BITS.len() - 1;

/// A level pin sends its message when the line is high, unmasked, and no earlier message is open.
const fn send(pin: Pin) -> Pin {
    if pin & (LINE | MASK | RIRR | EDGE) == LINE {
        pin | RIRR | IRR
    } else {
        pin
    }
}

const fn line(pin: Pin, level: bool) -> Pin {
    let rises = level && pin & LINE == 0;
    let pin = put(pin, LINE, level);
    if pin & (EDGE | MASK) == EDGE && rises {
        pin | IRR
    } else {
        send(pin)
    }
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

/// A pin whose vector the LAPIC broadcasts.
pub fn hw(pin: Pin, what: Access) -> Reply {
    access(pin, what, true).into()
}

/// A pin behind interrupt remapping: the LAPIC's vector is not the vector of the RTE, so that the
/// broadcast does not match and the pin needs an EOI of its own.
fn hw_remapped(pin: Pin, what: Access) -> Reply {
    access(pin, what, false).into()
}

/// QEMU 10.0 hw/intc/ioapic.c, `ioapic_set_irq`: a masked edge entry does not see a rise, and
/// nothing looks at the level again when the entry becomes a level entry. [`Access::Enable`] writes
/// the entry as level, [`Access::Disable`] as a masked edge.
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

/// [`access`], except that [`SEEN`] sends the message and not the line.
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

const IOREGSEL: Register = Register::new("IOREGSEL");
const IOWIN: Register = Register::new("IOWIN");
const RTE_MASK: Register = Register::on_pin("IOWIN: RTE masked", Access::Mask);
const RTE_UNMASK: Register = Register::on_pin("IOWIN: RTE unmasked", Access::Unmask);
const RTE_LEVEL: Register = Register::on_pin("IOWIN: RTE masked", Access::Enable);
const RTE_EDGE: Register = Register::on_pin("IOWIN: RTE masked edge", Access::Disable);
const IOAPIC_EOI: Register = Register::on_pin("IO-APIC EOI", Access::DirectedEoi);
const APIC_TMR: Register = Register::new("APIC_TMR");
const APIC_EOI: Register = Register::on_pin("APIC_EOI", Access::Eoi);
const APIC_ICR2: Register = Register::new("APIC_ICR2");
const APIC_ICR: Register = Register::on_pin("APIC_ICR", Access::Retrigger);

fn mask_ioapic_irq(w: &mut World<'_>) {
    w.call("mask_ioapic_irq");
    w.write(IOREGSEL);
    w.write(RTE_MASK);
    w.read(IOWIN); // io_apic_sync reads back, so that the write has arrived
}

fn unmask_ioapic_irq(w: &mut World<'_>) {
    w.call("unmask_ioapic_irq");
    w.write(IOREGSEL);
    w.write(RTE_UNMASK);
}

fn startup_ioapic_irq(w: &mut World<'_>) {
    w.call("startup_ioapic_irq");
    w.write(IOREGSEL);
    w.write(RTE_UNMASK);
}

/// The TMR tells whether the interrupt came as a level message; an erratum of early IO-APICs
/// delivers some as edge.
fn ioapic_ack_level(w: &mut World<'_>) {
    w.call("ioapic_ack_level");
    w.read(APIC_TMR);
    w.write(APIC_EOI);
}

/// The broadcast has another vector than the RTE, so that the driver also writes the pin's own EOI
/// register.
fn ioapic_ir_ack_level(w: &mut World<'_>) {
    w.call("ioapic_ir_ack_level");
    w.write(APIC_EOI);
    w.write(IOAPIC_EOI);
}

/// `ioapic_configure_entry`: level, and still masked; the upper word first.
fn mp_irqdomain_activate(w: &mut World<'_>) {
    w.write(IOREGSEL);
    w.write(IOWIN);
    w.write(IOREGSEL);
    w.write(RTE_LEVEL);
}

/// `ioapic_mask_entry`: masked, and every other bit clear, so that the entry is an edge entry.
fn mp_irqdomain_deactivate(w: &mut World<'_>) {
    w.write(IOREGSEL);
    w.write(RTE_EDGE);
    w.write(IOREGSEL);
    w.write(IOWIN);
}

/// Reads the entry, in two words.
fn ioapic_irq_get_chip_state(w: &mut World<'_>) -> bool {
    for _ in 0..2 {
        w.write(IOREGSEL);
        w.read(IOWIN);
    }
    w.irq().pin() & RIRR != 0
}

/// Sends a message with the pin's vector to the CPU.
fn apic_retrigger_irq(w: &mut World<'_>) {
    w.write(APIC_ICR2);
    w.write(APIC_ICR);
}

/// The plain IO-APIC.
pub static IOAPIC: Irqchip = Irqchip {
    hw,
    bits: BITS.split_at(HARDWARE_BITS).0,
    signals,
    reset: MASK,
    // The CPU gets the vector without asking.
    accept: Accept {
        cites: "arch/x86/kernel/irq.c:common_interrupt",
        access: |_| {},
    },
    irq_mask: mask_ioapic_irq,
    irq_unmask: unmask_ioapic_irq,
    irq_startup: Some(startup_ioapic_irq),
    irq_eoi: Some(ioapic_ack_level),
    irq_retrigger: Some(apic_retrigger_irq),
    activate: Some(mp_irqdomain_activate),
    deactivate: Some(mp_irqdomain_deactivate),
    is_active: Some(ioapic_irq_get_chip_state),
    ..bare(
        "ioapic",
        "IO-APIC",
        "x86 IO-APIC; the LAPIC's EOI is broadcast to the pin",
        &pairs::X86,
    )
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
    bits: BITS,
    reset: MASK | EDGE,
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
