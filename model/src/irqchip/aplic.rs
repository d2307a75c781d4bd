//! RISC-V APLIC: direct delivery, and message-signalled delivery through an IMSIC, real and as emulated.
//!
//! Hardware: RISC-V AIA specification 1.0, 4.7 "Precise effects on interrupt-pending bits" and 4.9.2 "Special
//! consideration for level-sensitive interrupt sources" (APLIC), 3.8 (IMSIC); QEMU hw/intc/riscv_aplic.c (10.0) and
//! arch/riscv/kvm/aia_aplic.c (mainline). Drivers: drivers/irqchip/irq-riscv-aplic-{main,direct,msi}.c and
//! irq-riscv-imsic-{state,platform}.c (6.12).
//!
//! [`Access::Mask`] is the APLIC's enable bit, [`Access::Disable`] the IMSIC's.

use super::{
    AcceptCost, Access, Irqchip, Kvm, LINE, MASKED, Pin, Reply, SINCE_6_12, bare, masked_level, masked_level_signals,
};
use crate::world::World;

/// The APLIC's pending bit. In direct mode it is the line itself, but for QEMU.
pub const IP: Pin = 1 << 2;
/// The IMSIC's pending bit.
pub const EIP: Pin = 1 << 3;
/// The IMSIC's enable bit is clear.
pub const HELD: Pin = 1 << 4;

/// A pending source that is enabled is forwarded, and not pending any more.
const fn forward(pin: Pin) -> Pin {
    if pin & (IP | MASKED) == IP { (pin & !IP) | EIP } else { pin }
}

/// `falls`: a falling line clears the pending bit, as the specification has it.
const fn msi(pin: Pin, access: Access, falls: bool) -> Pin {
    match access {
        Access::Line(true) if pin & LINE == 0 => forward(pin | LINE | IP),
        Access::Line(false) => pin & !(LINE | if falls { IP } else { 0 }),
        Access::Accept if signals_msi(pin) => pin & !EIP,
        Access::Mask => pin | MASKED, // a message that was sent is not recalled
        Access::Unmask => forward(pin & !MASKED),
        Access::Setip if pin & LINE != 0 => forward(pin | IP),
        Access::Enable => pin & !HELD,
        Access::Disable => pin | HELD,
        _ => pin,
    }
}

/// APLIC and IMSIC by the specification.
pub fn hw_msi(pin: Pin, access: Access) -> Reply {
    msi(pin, access, true).into()
}

/// APLIC as QEMU and KVM emulate it: pending stays when the line falls.
pub fn hw_msi_emulated(pin: Pin, access: Access) -> Reply {
    msi(pin, access, false).into()
}

/// Direct mode as QEMU emulates it (`riscv_aplic_request`, `riscv_aplic_idc_claimi`): pending stays when the line falls,
/// until it is claimed.
fn hw_direct_emulated(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(true) => pin | LINE | IP,
        Access::Line(false) => pin & !LINE,
        Access::Accept if signals_direct_emulated(pin) => (pin & !IP) | if pin & LINE != 0 { IP } else { 0 },
        Access::Mask => pin | MASKED,
        Access::Unmask => pin & !MASKED,
        _ => pin,
    };
    pin.into()
}

/// It is pending and enabled.
fn signals_direct_emulated(pin: Pin) -> bool {
    pin & (IP | MASKED) == IP
}

/// The IMSIC interrupts the hart.
pub const fn signals_msi(pin: Pin) -> bool {
    pin & (EIP | HELD) == EIP
}

fn aplic_irq_mask(w: &mut World<'_>) {
    w.call("aplic_irq_mask");
    w.write(Access::Mask); // CLRIENUM
}

fn aplic_irq_unmask(w: &mut World<'_>) {
    w.call("aplic_irq_unmask");
    w.write(Access::Unmask); // SETIENUM
}

fn aplic_direct_irq_eoi(w: &mut World<'_>) {
    w.call("aplic_direct_irq_eoi"); // empty
}

/// The IMSIC's enable bit is behind a select CSR. From another CPU it takes a timer on the owner: later, no less.
fn imsic(w: &mut World<'_>, access: Access) {
    w.touch(0, 1);
    w.write(access);
}

fn aplic_msi_irq_mask(w: &mut World<'_>) {
    w.call("aplic_msi_irq_mask");
    w.write(Access::Mask);
    imsic(w, Access::Disable);
}

fn aplic_msi_irq_unmask(w: &mut World<'_>) {
    w.call("aplic_msi_irq_unmask");
    imsic(w, Access::Enable);
    w.write(Access::Unmask);
}

/// 4.9.2: setipnum makes a source pending again that is still high.
fn aplic_msi_irq_eoi(w: &mut World<'_>) {
    w.call("aplic_msi_irq_eoi");
    w.write(Access::Setip);
}

/// Direct mode.
pub static APLIC_DIRECT: Irqchip = Irqchip {
    hw: masked_level, // pending is the line and nothing else; [`MASKED`]: the enable bit is clear
    bits: &["LINE", "MASKED"],
    signals: masked_level_signals,
    reset: MASKED,
    accept_cost: AcceptCost { reads: 2, ..AcceptCost::NONE }, // CLAIMI until it says 0
    irq_mask: aplic_irq_mask,
    irq_unmask: aplic_irq_unmask,
    irq_eoi: Some(aplic_direct_irq_eoi),
    kvm: Kvm::NeverAcks("kvm-aia"),
    kernels: SINCE_6_12,
    ..bare("aplic-direct", "APLIC-DIRECT", "RISC-V APLIC, direct delivery; no state but the enable bit")
};

/// Direct mode, QEMU's.
pub static APLIC_DIRECT_QEMU: Irqchip = Irqchip {
    name: "aplic-direct-qemu",
    about: "RISC-V APLIC, direct delivery, as QEMU emulates it: pending outlives the line's fall",
    hw: hw_direct_emulated,
    bits: &["LINE", "MASKED", "IP"],
    signals: signals_direct_emulated,
    ..APLIC_DIRECT
};

/// Message-signalled mode.
pub static APLIC_MSI: Irqchip = Irqchip {
    name: "aplic-msi",
    prints: "APLIC-MSI",
    about: "RISC-V APLIC with IMSIC; the EOI asks for the level again",
    hw: hw_msi,
    bits: &["LINE", "MASKED", "IP", "EIP", "HELD"],
    signals: signals_msi,
    reset: MASKED | HELD,
    accept_cost: AcceptCost { reads: 2, ..AcceptCost::NONE }, // stopei until it says 0
    irq_mask: aplic_msi_irq_mask,
    irq_unmask: aplic_msi_irq_unmask,
    irq_eoi: Some(aplic_msi_irq_eoi),
    ..APLIC_DIRECT
};

/// Message-signalled mode, QEMU's.
pub static APLIC_MSI_QEMU: Irqchip = Irqchip {
    name: "aplic-msi-qemu",
    about: "RISC-V APLIC with IMSIC as QEMU emulates it: pending outlives the line's fall",
    hw: hw_msi_emulated,
    ..APLIC_MSI
};
