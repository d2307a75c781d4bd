//! KVM's part of an IO-APIC that the VMM keeps: only the local APICs are in the kernel (`KVM_CAP_SPLIT_IRQCHIP`).
//!
//! The VMM's IO-APIC sends a pin's interrupt as a [`Message`], and gets the guest's EOI as an exit of the vCPU,
//! `VcpuExit::IoapicEoi(vector)`. There it gives [`Input::Eoi`](eoi_intx::Input::Eoi) for each function whose pin has that vector and Remote IRR set,
//! clears Remote IRR, and looks at the pin's line again: in this order, and without its own lock while the input is given.
//! KVM exits for the vectors only that it was told of, see [`eoi_route`].

use kvm_bindings::{
    KVM_CAP_SPLIT_IRQCHIP, KVM_IRQ_ROUTING_MSI, kvm_enable_cap, kvm_irq_routing_entry,
    kvm_irq_routing_entry__bindgen_ty_1, kvm_irq_routing_msi, kvm_msi,
};
use kvm_ioctls::VmFd;
use rustix::io::Result;

use super::errno::errno;

// Intel SDM volume 3, 11.11.1 and 11.11.2: an interrupt as a write.
const ADDRESS: u32 = 0xfee0_0000;
const EVERY_CPU: u8 = 0xff;
const ASSERTED_LEVEL: u32 = 1 << 15 | 1 << 14;

/// A level-triggered interrupt of fixed delivery to one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The local APIC's number.
    pub to: u8,
    /// The vector, 16 to 255.
    pub vector: u8,
}

impl Message {
    const fn address_and_data(self) -> (u32, u32) {
        (
            ADDRESS | (self.to as u32) << 12,
            ASSERTED_LEVEL | self.vector as u32,
        )
    }
}

/// Before the first vCPU: the IO-APIC is the VMM's, and has so many pins. Their GSIs are 0 to `pins` - 1 and stay reserved:
/// KVM looks for the vectors whose EOI it has to report among these alone (`kvm_scan_ioapic_routes`).
///
/// # Errors
/// KVM's: EEXIST where there are vCPUs or a controller already, EINVAL for too many pins.
pub fn reserve(vm: &VmFd, pins: u32) -> Result<()> {
    let mut cap = kvm_enable_cap {
        cap: KVM_CAP_SPLIT_IRQCHIP,
        ..Default::default()
    };
    cap.args[0] = pins.into();
    vm.enable_cap(&cap).map_err(errno)
}

/// Sends it (`KVM_SIGNAL_MSI`).
///
/// # Errors
/// KVM's.
pub fn send(vm: &VmFd, message: Message) -> Result<()> {
    let (address_lo, data) = message.address_and_data();
    vm.signal_msi(kvm_msi {
        address_lo,
        data,
        ..Default::default()
    })
    .map(drop)
    .map_err(errno)
}

/// The entry of `KVM_SET_GSI_ROUTING` that has KVM report the EOIs of the vector that a level-triggered pin is programmed
/// with; to be set, with those of all other pins, whenever the guest changes a vector. Nothing is injected by it, and it
/// names all CPUs, so that it stays as it is when the interrupt is sent to another.
///
/// ```
/// use eoi_forward::kvm::split::eoi_route;
///
/// assert_eq!(eoi_route(16, 0x40).gsi, 16);
/// ```
#[must_use]
pub fn eoi_route(pin: u32, vector: u8) -> kvm_irq_routing_entry {
    let (address_lo, data) = Message {
        to: EVERY_CPU,
        vector,
    }
    .address_and_data();
    let msi = kvm_irq_routing_msi {
        address_lo,
        data,
        ..Default::default()
    };
    let u = kvm_irq_routing_entry__bindgen_ty_1 { msi };
    kvm_irq_routing_entry {
        gsi: pin,
        type_: KVM_IRQ_ROUTING_MSI,
        u,
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Intel SDM volume 3, figures 11-14 and 11-15: destination in bits 12 to 19; vector, level, asserted.
    #[test]
    fn a_message_is_a_write_to_the_cpu_of_a_level_that_is_asserted() {
        assert_eq!(
            Message {
                to: 2,
                vector: 0x31
            }
            .address_and_data(),
            (0xfee0_2000, 0xc031)
        );
        let route = eoi_route(16, 0x31);
        // SAFETY: every bit pattern is an MSI.
        let msi = unsafe { route.u.msi };
        assert_eq!(
            (route.type_, msi.address_lo, msi.data),
            (KVM_IRQ_ROUTING_MSI, 0xfeef_f000, 0xc031)
        );
    }
}
