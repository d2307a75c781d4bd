//! KVM's GIC for ARM guests: the pin of the hardware, and what KVM remembers of the list register.
//!
//! arch/arm64/kvm/vgic/. While the guest runs, its interrupt is in a list register, and taking and
//! ending it does not leave the guest. KVM learns of it after an exit, when it folds the register
//! back (`vgic_fold_state`): `irq->active` is what the last fold has seen, and no other function of
//! the path writes it. Only the register of a level interrupt asks for an exit at its end (GICH_LR_EOI
//! in `vgic_v2_compute_lr`, ICH_LR_EOI in `vgic_v3_compute_lr`), so that only its EOI is acked.

use crate::bits::pin_bits;
use crate::config::Path;
use crate::irqchip::{Access, Pin, Reply, gic};
use crate::state::Half;
use crate::system::System;
use crate::world::World;

pin_bits! {
    /// The enable bit (GICD_ISENABLER) is clear.
    DISABLED,
    /// The interrupt is active: acknowledged and not deactivated.
    ACTIVE,
    /// GICD_ICFGR says edge.
    EDGE,
    /// The pending latch.
    LATCH,
    /// `irq->active`: KVM has folded the list register since the vCPU took the interrupt.
    SEEN,
}

/// The hardware's pin. A fold after the end sees that it is not active any more.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let reply = gic::hw(pin & !SEEN, access);
    let seen = if reply.pin & ACTIVE != 0 {
        pin & SEEN
    } else {
        0
    };
    Reply {
        pin: reply.pin | seen,
        ..reply
    }
}

/// [`gic::signals`]
pub fn signals(pin: Pin) -> bool {
    gic::signals(pin & !SEEN)
}

/// An exit of the vCPU: KVM sees whether the interrupt is active.
fn fold(pin: Pin) -> Pin {
    if pin & ACTIVE != 0 { pin | SEEN } else { pin }
}

/// Whether KVM acks only what it has seen active, after an exit.
pub(crate) fn acks_what_it_saw(system: &System) -> bool {
    system.guest.chip.acks_what_it_saw
        && system.kernel.vgic_acks_what_it_saw
        && system.path == Path::Irqfd
}

/// KVM has not seen that the vCPU has taken the interrupt.
pub(crate) fn is_unseen(system: &System, half: Half) -> bool {
    let pin = half.guest_pin();
    acks_what_it_saw(system) && fold(pin) != pin
}

/// The vCPU exits, for whatever reason, and KVM looks at its list registers.
pub(crate) fn exit(w: &mut World<'_>) -> Option<()> {
    if is_unseen(w.system, w.function()) {
        let pin = fold(w.function().guest_pin());
        w.function_mut().set_guest_pin(pin);
    }
    Some(())
}

const _: () = {
    assert!(DISABLED == gic::DISABLED && ACTIVE == gic::ACTIVE);
    assert!(EDGE == gic::EDGE && LATCH == gic::LATCH);
};
