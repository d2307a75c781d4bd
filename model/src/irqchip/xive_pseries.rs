//! XIVE in a partition: every load from and store to an LSI's ESB is a call to the hypervisor.
//!
//! Driver: arch/powerpc/sysdev/xive/spapr.c under common.c (5.10 to 7.3). The answer of
//! `H_INT_GET_SOURCE_INFO` has `XIVE_SRC_H_INT_ESB` for an LSI, so that `xive_spapr_populate_irq_data`
//! maps no page and `xive_spapr_esb_rw` makes one `H_INT_ESB` of each access; CPPR and the
//! acknowledge stay accesses to the thread's own page. Routing is `H_INT_SET_SOURCE_CONFIG`.
//!
//! Hypervisors: PowerVM's source is taken to be the hardware's ([`super::xive`]); no document at hand
//! says so. QEMU without an in-kernel XIVE answers a load with the bytes in the wrong order on a
//! little-endian host (hw/intc/spapr_xive.c, `h_int_esb`, 10.0 to 10.2: it reads the big-endian page
//! into a host integer and swaps nothing), so that Linux, which keeps the low byte, never sees P or Q.
//! The access itself is made. With an in-kernel XIVE it swaps (spapr_xive_kvm.c, `xive_esb_rw`).
//!
//! KVM in a partition gives its guests a XICS of its own (`xics_on_xive` asks for hypervisor mode,
//! arch/powerpc/include/asm/kvm_ppc.h), and this one acks. KVM does not claim so: `KVM_CAP_IRQFD_RESAMPLE`
//! is "not XIVE" (arch/powerpc/kvm/powerpc.c, since 6.3). A VMM that believes it takes another path.

use super::xive::{self, Ops, QEMU, routed};
use super::{Accept, Access, Irqchip, Reply};
use crate::guest::pairs;
use crate::register::Register;
use crate::world::World;

const TM_SPC_ACK_OS_REG: Register = Register::new("TM_SPC_ACK_OS_REG");

const SET_PQ: [Register; 3] = [
    Register::on_pin("H_INT_ESB: SET_PQ_00", Access::SetPq(0)),
    Register::on_pin("H_INT_ESB: SET_PQ_01", Access::SetPq(1)),
    Register::on_pin("H_INT_ESB: SET_PQ_10", Access::SetPq(2)),
];

/// The driver in a partition.
static SPAPR: Ops = Ops {
    eoi: |w| {
        w.firmware(Register::on_pin("H_INT_ESB: LOAD_EOI", Access::Eoi));
    },
    set_pq: |w, pq| w.firmware(SET_PQ[usize::from(pq)]),
    get: |w| {
        w.firmware(Register::new("H_INT_ESB: GET"));
    },
    configure_irq: |w, routed| {
        w.firmware(if routed {
            Register::on_pin("H_INT_SET_SOURCE_CONFIG: a priority", Access::Unmask)
        } else {
            Register::on_pin("H_INT_SET_SOURCE_CONFIG: priority 0xff", Access::Mask)
        });
    },
};

fn xive_get_irq(w: &mut World<'_>) {
    w.read(TM_SPC_ACK_OS_REG);
}

/// A partition whose hypervisor hands over the hardware's answers.
pub static XIVE_PSERIES: Irqchip = Irqchip {
    name: "xive-pseries",
    about: "XIVE of a POWER partition: every access to the source is a call to the hypervisor",
    accept: Accept {
        access: xive_get_irq,
        ..xive::XIVE.accept
    },
    xive: &SPAPR,
    guests: &pairs::POWER_XICS,
    ..xive::XIVE
};

/// A partition of QEMU on a little-endian host.
pub static XIVE_PSERIES_QEMU: Irqchip = Irqchip {
    name: "xive-pseries-qemu",
    about: "XIVE of QEMU's partition: as QEMU's XIVE, and the driver reads P and Q as 0",
    hw: |pin, access| Reply {
        value: 0,
        ..routed(pin, access, QEMU)
    },
    // `saved_p` is set by a load that returns P only.
    is_active: Some(|w| {
        (w.system.chip.xive.get)(w);
        false
    }),
    ..XIVE_PSERIES
};
