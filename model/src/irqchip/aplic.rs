//! RISC-V APLIC: direct delivery, and message-signalled delivery through an IMSIC, real and as
//! emulated.
//!
//! Hardware: RISC-V AIA specification 1.0, 4.7 "Precise effects on interrupt-pending bits" and
//! 4.9.2 "Special consideration for level-sensitive interrupt sources" (APLIC), 3.8 (IMSIC); QEMU
//! hw/intc/riscv_aplic.c (10.0) and arch/riscv/kvm/aia_aplic.c (mainline). Drivers:
//! drivers/irqchip/irq-riscv-aplic-{main,direct,msi}.c and irq-riscv-imsic-{state,platform,early}.c
//! (6.12); registers have their names.
//!
//! [`Access::Mask`] is the APLIC's enable bit, [`Access::Disable`] the IMSIC's.

use super::{Accept, Access, Irqchip, LINE, Pin, Reply, bare, masked_level, masked_level_signals};
use crate::bits::pin_bits;
use crate::guest::pairs;
use crate::kernels::Span;
use crate::register::Register;
use crate::world::World;

pin_bits! {
    /// The APLIC's enable bit is clear.
    MASKED,
    /// The APLIC's pending bit. In direct mode it is the line itself, except in QEMU.
    IP,
    /// The IMSIC's pending bit.
    EIP,
    /// The IMSIC's enable bit is clear.
    HELD,
}

// In direct mode the APLIC is `masked_level`.
const _: () = assert!(MASKED == super::MASKED);

/// A pending source that is enabled is forwarded, and not pending any more.
const fn forward(pin: Pin) -> Pin {
    if pin & (IP | MASKED) == IP {
        (pin & !IP) | EIP
    } else {
        pin
    }
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

/// Direct mode as QEMU emulates it (`riscv_aplic_request`, `riscv_aplic_idc_claimi`): pending stays
/// when the line falls, until it is claimed.
fn hw_direct_emulated(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(true) => pin | LINE | IP,
        Access::Line(false) => pin & !LINE,
        Access::Accept if signals_direct_emulated(pin) => {
            (pin & !IP) | if pin & LINE != 0 { IP } else { 0 }
        }
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

const CLRIENUM: Register = Register::on_pin("APLIC_CLRIENUM", Access::Mask);
const SETIENUM: Register = Register::on_pin("APLIC_SETIENUM", Access::Unmask);
const SOURCECFG: Register = Register::new("APLIC_SOURCECFG");
const TARGET: Register = Register::new("APLIC_TARGET");
const SETIPNUM: Register = Register::on_pin("APLIC_SETIPNUM_LE", Access::Setip);
const CLAIMI: Register = Register::new("APLIC_IDC_CLAIMI");
const ISELECT: Register = Register::new("CSR_ISELECT");
const EIE_CLEAR: Register = Register::on_pin("CSR_IREG: eie cleared", Access::Disable);
const EIE_SET: Register = Register::on_pin("CSR_IREG: eie set", Access::Enable);
const TOPEI: Register = Register::new("CSR_TOPEI");

fn aplic_irq_mask(w: &mut World<'_>) {
    w.call("aplic_irq_mask");
    w.write(CLRIENUM);
}

fn aplic_irq_unmask(w: &mut World<'_>) {
    w.call("aplic_irq_unmask");
    w.write(SETIENUM);
}

fn aplic_irq_set_type(w: &mut World<'_>) {
    w.write(SOURCECFG);
}

/// Empty in the driver: direct mode needs no end of interrupt.
fn aplic_direct_irq_eoi(w: &mut World<'_>) {
    w.call("aplic_direct_irq_eoi");
}

/// Claims until the APLIC says that there is no more.
fn aplic_direct_handle_irq(w: &mut World<'_>) {
    w.read(CLAIMI);
    w.read(CLAIMI);
}

/// The IMSIC's enable bit is behind a select CSR. A CPU that does not own the interrupt arms a
/// timer on the owner instead: the store happens later, and it does happen.
fn aplic_msi_irq_mask(w: &mut World<'_>) {
    w.call("aplic_msi_irq_mask");
    w.write(CLRIENUM);
    w.write(ISELECT);
    w.write(EIE_CLEAR);
}

fn aplic_msi_irq_unmask(w: &mut World<'_>) {
    w.call("aplic_msi_irq_unmask");
    w.write(ISELECT);
    w.write(EIE_SET);
    w.write(SETIENUM);
}

/// 4.9.2: setipnum makes a source pending again that is still high.
fn aplic_msi_irq_eoi(w: &mut World<'_>) {
    w.call("aplic_msi_irq_eoi");
    w.write(SETIPNUM);
}

/// The source becomes a level, and is asked for it.
fn aplic_msi_irq_set_type(w: &mut World<'_>) {
    aplic_irq_set_type(w);
    w.write(SETIPNUM);
}

/// `msi_domain_activate` and `msi_domain_deactivate`: hart and identity for the message, or none.
fn aplic_msi_write_msg(w: &mut World<'_>) {
    w.write(TARGET);
}

/// Claims until the IMSIC says that there is no more.
fn imsic_handle_irq(w: &mut World<'_>) {
    w.read(TOPEI);
    w.read(TOPEI);
}

/// Direct mode.
pub static APLIC_DIRECT: Irqchip = Irqchip {
    hw: masked_level, // pending is the line and nothing else
    bits: BITS.split_at(2).0,
    signals: masked_level_signals,
    reset: MASKED,
    accept: Accept {
        cites: "drivers/irqchip/irq-riscv-aplic-direct.c:aplic_direct_handle_irq",
        access: aplic_direct_handle_irq,
    },
    irq_mask: aplic_irq_mask,
    irq_unmask: aplic_irq_unmask,
    irq_eoi: Some(aplic_direct_irq_eoi),
    irq_set_type: Some(aplic_irq_set_type),
    kernels: Span::since(6, 10), // the first release with the driver
    ..bare(
        "aplic-direct",
        "APLIC-DIRECT",
        "RISC-V APLIC, direct delivery; no state but the enable bit",
        &pairs::RISCV_AIA,
    )
};

/// Direct mode, QEMU's.
pub static APLIC_DIRECT_QEMU: Irqchip = Irqchip {
    name: "aplic-direct-qemu",
    about: "RISC-V APLIC, direct delivery, as QEMU emulates it: pending outlives the line's fall",
    hw: hw_direct_emulated,
    bits: BITS.split_at(3).0,
    signals: signals_direct_emulated,
    ..APLIC_DIRECT
};

/// Message-signalled mode.
pub static APLIC_MSI: Irqchip = Irqchip {
    name: "aplic-msi",
    prints: "APLIC-MSI",
    about: "RISC-V APLIC with IMSIC; the EOI asks for the level again",
    hw: hw_msi,
    bits: BITS,
    signals: signals_msi,
    reset: MASKED | HELD,
    accept: Accept {
        cites: "drivers/irqchip/irq-riscv-imsic-early.c:imsic_handle_irq",
        access: imsic_handle_irq,
    },
    irq_mask: aplic_msi_irq_mask,
    irq_unmask: aplic_msi_irq_unmask,
    irq_eoi: Some(aplic_msi_irq_eoi),
    irq_set_type: Some(aplic_msi_irq_set_type),
    activate: Some(aplic_msi_write_msg),
    deactivate: Some(aplic_msi_write_msg),
    ..APLIC_DIRECT
};

/// Message-signalled mode, QEMU's.
pub static APLIC_MSI_QEMU: Irqchip = Irqchip {
    name: "aplic-msi-qemu",
    about: "RISC-V APLIC with IMSIC as QEMU emulates it: pending outlives the line's fall",
    hw: hw_msi_emulated,
    ..APLIC_MSI
};
