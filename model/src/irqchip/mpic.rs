//! OpenPIC and MPIC of PowerPC machines, a level-sensitive external source.
//!
//! Hardware: OpenPIC 1.2 and Freescale MPIC manuals (IACK, EOI, VECPRI mask and activity), as QEMU
//! hw/intc/openpic.c (10.0) has them. Driver: arch/powerpc/sysdev/mpic.c (6.12), the same in 5.10;
//! registers have its names. Sources behind HyperTransport have callbacks of their own and are not
//! this row.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare, put};
use crate::bits::pin_bits;
use crate::guest::pairs;
use crate::kernels::Span;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The mask bit in the source's VECPRI register.
    MASK,
    /// The CPU's in-service register has the source.
    SERVICING,
}

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

const VECTOR_PRI: Register = Register::new("MPIC_IRQ_VECTOR_PRI");
const VECTOR_PRI_MASK: Register = Register::on_pin("MPIC_IRQ_VECTOR_PRI: masked", Access::Mask);
const VECTOR_PRI_UNMASK: Register =
    Register::on_pin("MPIC_IRQ_VECTOR_PRI: unmasked", Access::Unmask);
const CPU_INTACK: Register = Register::new("MPIC_CPU_INTACK");
const CPU_EOI: Register = Register::on_pin("MPIC_CPU_EOI", Access::Eoi);

/// Reads, writes, and reads until the mask bit has arrived.
fn mpic_mask_irq(w: &mut World<'_>) {
    w.call("mpic_mask_irq");
    w.read(VECTOR_PRI);
    w.write(VECTOR_PRI_MASK);
    w.read(VECTOR_PRI);
}

fn mpic_unmask_irq(w: &mut World<'_>) {
    w.call("mpic_unmask_irq");
    w.read(VECTOR_PRI);
    w.write(VECTOR_PRI_UNMASK);
    w.read(VECTOR_PRI);
}

/// Finds the sense configured, and writes nothing.
fn mpic_set_irq_type(w: &mut World<'_>) {
    w.read(VECTOR_PRI);
}

fn mpic_end_irq(w: &mut World<'_>) {
    w.call("mpic_end_irq");
    w.write(CPU_EOI);
}

fn mpic_get_one_irq(w: &mut World<'_>) {
    w.read(CPU_INTACK);
}

/// The MPIC.
pub static MPIC: Irqchip = Irqchip {
    hw,
    bits: BITS,
    signals,
    reset: MASK,
    accept: Accept {
        cites: "arch/powerpc/sysdev/mpic.c:mpic_get_one_irq",
        access: mpic_get_one_irq,
    },
    irq_mask: mpic_mask_irq,
    irq_unmask: mpic_unmask_irq,
    irq_eoi: Some(mpic_end_irq),
    irq_set_type: Some(mpic_set_irq_type),
    sw_resend: Span::NONE, // arch/powerpc selects it for XICS and XIVE only
    ..bare(
        "mpic",
        "OpenPIC",
        "OpenPIC/MPIC; the EOI goes to the CPU's interface and names no source",
        &pairs::E500,
    )
};
