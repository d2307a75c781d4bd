//! Interrupt controllers, one file each: the pin of the hardware, and its Linux driver.
//!
//! A controller has two parts. **The hardware** is a total function on one pin, [`Irqchip::hw`]:
//! `(Pin, Access) -> Reply`. It never signals anything by itself; [`Irqchip::signals`] says whether
//! the CPU would be interrupted now. The same function serves in the host's seat and, where a
//! hypervisor emulates the chip, in the guest's ([`crate::guest`]). **The driver** is the flow
//! handler and the callbacks of its `struct irq_chip`, by the names that a function tracer prints.
//! A callback drives the hardware by [`World::read`] and [`World::write`] of named registers, which
//! count each access.
//!
//! To add a controller: one file, one line in [`ALL`], and its expected behaviour in the tables of
//! tests/chips.

use crate::bits::{self, pin_bits};
use crate::genirq::flow::FlowHandler;
use crate::genirq::handlers::HANDLE_FASTEOI_IRQ;
use crate::guest::pairs::Guests;
use crate::kernels::Span;
use crate::packed::Word;
use crate::world::World;

pub mod aplic;
pub mod gic;
pub mod i8259;
pub mod ioapic;
pub mod mips_gic;
pub mod mpic;
pub mod pch_pic;
pub mod plic;
pub mod xics;
pub mod xics_on_xive;
pub mod xive;
pub mod xive_p10;
pub mod xive_pseries;

/// The bits of one pin. Bit 0 is [`LINE`], the level at the controller's input; the rest is each
/// chip's own.
pub type Pin = u8;

/// The level at the controller's input.
pub const LINE: Pin = 1;

/// An access to a pin. A controller ignores an access that it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The line rises or falls.
    Line(bool),
    /// The CPU takes the interrupt: vector dispatch, INTA, IAR or claim read, XIRR read, event
    /// queue entry.
    Accept,
    /// The mask bit of this source is set, whatever it is called.
    Mask,
    /// The mask bit is cleared.
    Unmask,
    /// A separate enable bit is set (PLIC, IMSIC), or the entry is written as level (IO-APIC).
    Enable,
    /// A separate enable bit is cleared (PLIC, IMSIC), or the entry is written as a masked edge
    /// (IO-APIC).
    Disable,
    /// End of interrupt as the CPU's interface takes it: LAPIC EOI, EOIR, XIRR store, ESB EOI,
    /// complete.
    Eoi,
    /// EOI of the pin itself: the IO-APIC's EOI register, or the store of a XIVE's EOI that arrives
    /// at the source.
    DirectedEoi,
    /// XIVE: load `SET_PQ_00` to `SET_PQ_11`; the reply's value is the old PQ.
    SetPq(u8),
    /// APLIC: `setipnum`, which takes only while the input is high.
    Setip,
    /// x86: an interrupt message from a CPU with the pin's vector.
    Retrigger,
}

impl Access {
    /// Every access of the line and of a driver. [`Access::Retrigger`] is software's own interrupt,
    /// whatever the line does.
    pub const ALL: [Self; 14] = [
        Self::Line(true),
        Self::Line(false),
        Self::Accept,
        Self::Mask,
        Self::Unmask,
        Self::Enable,
        Self::Disable,
        Self::Eoi,
        Self::DirectedEoi,
        Self::SetPq(0),
        Self::SetPq(1),
        Self::SetPq(2),
        Self::SetPq(3),
        Self::Setip,
    ];
}

/// The answer of the hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The pin from now on.
    pub pin: Pin,
    /// The value that a load returned; 0 where there is nothing to return.
    pub value: u8,
}

impl From<Pin> for Reply {
    fn from(pin: Pin) -> Self {
        Self { pin, value: 0 }
    }
}

/// A callback of `struct irq_chip`.
pub type Callback = fn(&mut World<'_>);

/// How a CPU takes an interrupt from the controller, before the flow handler runs.
#[derive(Clone, Copy)]
pub struct Accept {
    /// The kernel function that asks which interrupt it is, with its file (6.12).
    pub cites: &'static str,
    /// The registers that it touches.
    pub access: Callback,
}

/// One controller, in one variant of hardware and driver.
#[derive(Clone, Copy)]
pub struct Irqchip {
    /// The name on the command line.
    pub name: &'static str,
    /// The chip's name in `/proc/interrupts`.
    pub prints: &'static str,
    /// A sentence about it: the hardware, and the difference from other variants.
    pub about: &'static str,
    /// The hardware.
    pub hw: fn(Pin, Access) -> Reply,
    /// The bits of the pin, lowest first.
    pub bits: &'static [Word],
    /// Whether the CPU is being interrupted by this pin.
    pub signals: fn(Pin) -> bool,
    /// The pin before the first `request_irq`.
    pub reset: Pin,
    /// How a CPU takes an interrupt from it.
    pub accept: Accept,
    /// The flow handler that the driver sets for a level line.
    pub flow: &'static FlowHandler,
    /// `irq_chip::irq_mask`
    pub irq_mask: Callback,
    /// `irq_chip::irq_unmask`
    pub irq_unmask: Callback,
    /// `irq_chip::irq_eoi`
    pub irq_eoi: Option<Callback>,
    /// `irq_chip::irq_ack`
    pub irq_ack: Option<Callback>,
    /// `irq_chip::irq_mask_ack`
    pub irq_mask_ack: Option<Callback>,
    /// `irq_chip::irq_enable`
    pub irq_enable: Option<Callback>,
    /// `irq_chip::irq_disable`
    pub irq_disable: Option<Callback>,
    /// `irq_chip::irq_startup`
    pub irq_startup: Option<Callback>,
    /// `irq_chip::irq_shutdown`
    pub irq_shutdown: Option<Callback>,
    /// `irq_chip::irq_retrigger`, where the flow handler may not be called from the tasklet that
    /// resends (`IRQD_HANDLE_ENFORCE_IRQCTX`).
    pub irq_retrigger: Option<Callback>,
    /// The line's settings have `IRQ_LEVEL`: the domain gave a type and the chip has `irq_set_type`
    /// (`__irq_set_trigger`), or the driver sets the flag itself.
    pub irq_level: bool,
    /// The kernels of this architecture that can resend by a tasklet (`HARDIRQS_SW_RESEND`).
    pub sw_resend: Span,
    /// `irq_chip::irq_set_type` with the level that firmware tells: `__setup_irq` calls it for the
    /// first action; only where it touches a register.
    pub irq_set_type: Option<Callback>,
    /// `irq_domain_ops::activate`, before `irq_startup`; only where it touches a register.
    pub activate: Option<Callback>,
    /// `irq_domain_ops::deactivate`, after `irq_shutdown`; only where it touches a register.
    pub deactivate: Option<Callback>,
    /// `irq_chip::irq_get_irqchip_state` for `IRQCHIP_STATE_ACTIVE`: the hardware has the interrupt
    /// in service, so that `__synchronize_irq` waits on.
    pub is_active: Option<fn(&mut World<'_>) -> bool>,
    /// The bits that the driver remembers about a line, lowest first.
    pub drv_bits: &'static [Word],
    /// The bit of the pin that says that the store of an EOI is on its way to the source; 0 where an
    /// EOI is done when its instruction is.
    pub posted: Pin,
    /// The way in which the XIVE's driver reaches a source. No other driver asks.
    pub xive: &'static xive::Ops,
    /// A chip flag that `irq_disable` takes as unlazy; only a candidate fix sets it.
    pub unlazy: bool,
    /// The guests of a host with this controller, and KVM there.
    pub guests: &'static Guests,
    /// The kernels that have this driver.
    pub kernels: Span,
}

/// A driver without optional callbacks, for the others to start from.
pub(crate) const fn bare(
    name: &'static str,
    prints: &'static str,
    about: &'static str,
    guests: &'static Guests,
) -> Irqchip {
    Irqchip {
        name,
        prints,
        about,
        hw: |pin, _| Reply { pin, value: 0 },
        bits: &[bits::LINE],
        signals: |_| false,
        reset: 0,
        accept: Accept {
            cites: "",
            access: |_| {},
        },
        flow: &HANDLE_FASTEOI_IRQ,
        irq_mask: |_| {},
        irq_unmask: |_| {},
        irq_eoi: None,
        irq_ack: None,
        irq_mask_ack: None,
        irq_enable: None,
        irq_disable: None,
        irq_startup: None,
        irq_shutdown: None,
        irq_retrigger: None,
        irq_set_type: None,
        irq_level: true,
        sw_resend: Span::ALL,
        activate: None,
        deactivate: None,
        is_active: None,
        drv_bits: &[],
        posted: 0,
        xive: &xive::NATIVE,
        unlazy: false,
        guests,
        kernels: Span::ALL,
    }
}

/// Every controller, in the order of the matrix.
pub static ALL: &[&Irqchip] = &[
    &ioapic::IOAPIC,
    &ioapic::IR_IOAPIC,
    &ioapic::IOAPIC_QEMU,
    &ioapic::IR_IOAPIC_QEMU,
    &i8259::I8259,
    &gic::GICV2,
    &gic::GICV2_EOIMODE1,
    &gic::GICV3,
    &gic::GICV3_EOIMODE1,
    &xics::XICS,
    &xics::XICS_PSERIES,
    &xics_on_xive::XICS_ON_XIVE,
    &xics_on_xive::XICS_ON_XIVE_QEMU,
    &xive::XIVE,
    &xive::XIVE_Q,
    &xive::XIVE_QEMU,
    &xive_p10::XIVE_P10,
    &xive_p10::XIVE_P10_POSTED,
    &xive_p10::XIVE_P10_QEMU,
    &xive_pseries::XIVE_PSERIES,
    &xive_pseries::XIVE_PSERIES_QEMU,
    &mpic::MPIC,
    &plic::PLIC,
    &plic::PLIC_QEMU,
    &plic::PLIC_BARE,
    &plic::PLIC_5_10,
    &aplic::APLIC_DIRECT,
    &aplic::APLIC_DIRECT_QEMU,
    &aplic::APLIC_MSI,
    &aplic::APLIC_MSI_QEMU,
    &pch_pic::PCH_PIC,
    &mips_gic::MIPS_GIC,
];

/// The controller of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Irqchip> {
    ALL.iter().copied().find(|chip| chip.name == name)
}

pin_bits! {
    /// The mask bit, of a controller that has no other state ([`masked_level`]).
    MASKED,
}

/// A controller that is nothing but "the line, unless masked": no latch, no acknowledge, no EOI.
pub fn masked_level(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) => put(pin, LINE, level),
        Access::Mask => pin | MASKED,
        Access::Unmask => pin & !MASKED,
        _ => pin,
    };
    pin.into()
}

/// [`masked_level`] interrupts while the line is high and not masked.
#[must_use]
pub fn masked_level_signals(pin: Pin) -> bool {
    pin & (LINE | MASKED) == LINE
}

/// `pin` with `bit` set or cleared.
pub(crate) const fn put(pin: Pin, bit: Pin, on: bool) -> Pin {
    if on { pin | bit } else { pin & !bit }
}
