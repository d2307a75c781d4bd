//! POWER10's XIVE, whose LSIs are ended by a store.
//!
//! Hardware: [`super::xive`]'s source. skiboot hw/phb4.c (`phb_can_store_eoi`, `phb4_create`, 2025-12)
//! gives the LSIs of a PHB5 `XIVE_SRC_STORE_EOI` where the XIVE can take such stores and the PHB
//! leaves P and Q of MSIs to it; POWER9's PHB4 never. QEMU's POWER10 has both capabilities
//! (hw/intc/pnv_xive2.c, `PNV_XIVE2_CAPABILITIES`, bits 56 and 59; 10.0), and ends a source in the
//! same way by a store as by a load (hw/intc/xive.c, `xive_source_esb_write`). Driver:
//! arch/powerpc/sysdev/xive/common.c; `xive_do_source_eoi` asks for the store before it asks whether
//! the source is an LSI (5.10 to 7.3).
//!
//! A store is posted: the CPU does not wait until it is done. On POWER9 the accesses that change P and
//! Q were then out of order, and skiboot does without such stores there (19335bbf77d8, "xive: disable
//! store EOI support"). Linux makes one load wait for the stores before it, `SET_PQ_10`
//! (`XIVE_ESB_LD_ST_MO` in `xive_esb_read`), and holds that no other load needs it ("powerpc/xive:
//! Enforce load-after-store ordering when StoreEOI is active", May 2020). Whether a load of a PHB5 can
//! pass the store on its way to the source is a question to the silicon, and so a row of its own:
//!
//! | row | a load passes the store | `SET_PQ_00` looks at the level | |
//! |---|---|---|---|
//! | `xive-p10` | no | yes | as documented |
//! | `xive-p10-posted` | yes, unless it is `SET_PQ_10` | yes | as Linux' authors reason |
//! | `xive-p10-qemu` | no | no | QEMU |

use super::xive::{self, DOCUMENTED, EAS_MASKED, NATIVE, Ops, Q, QEMU, SET_PQ, routed};
use super::{Access, Irqchip, Pin, Reply};
use crate::packed::Word;
use crate::register::Register;

/// The load of `SET_PQ_10` has the bit `XIVE_ESB_LD_ST_MO` in its offset: it waits for earlier stores.
const SET_PQ_IN_ORDER: [Register; 3] = [
    SET_PQ[0],
    SET_PQ[1],
    Register::on_pin("XIVE_ESB_SET_PQ_10 | XIVE_ESB_LD_ST_MO", Access::SetPq(2)),
];

/// The driver on bare metal, with the EOI of POWER10.
static STORE_EOI: Ops = Ops {
    eoi: |w| w.write(Register::on_pin("XIVE_ESB_STORE_EOI", Access::Eoi)),
    set_pq: |w, pq| w.read(SET_PQ_IN_ORDER[usize::from(pq)]),
    ..NATIVE
};

/// A POWER10, if a store is done before a later load.
pub static XIVE_P10: Irqchip = Irqchip {
    name: "xive-p10",
    about: "POWER10 XIVE: the source is ended by a store, which is done before a later load",
    xive: &STORE_EOI,
    ..xive::XIVE
};

/// The same on QEMU's source.
pub static XIVE_P10_QEMU: Irqchip = Irqchip {
    name: "xive-p10-qemu",
    about: "POWER10 XIVE as QEMU emulates it: clearing P by SET_PQ_00 does not look at the level",
    hw: |pin, access| routed(pin, access, QEMU),
    ..XIVE_P10
};

/// The store of an EOI is on its way to the source.
pub const EOI_POSTED: Pin = EAS_MASKED << 1;

const POSTED_BITS: &[Word] = {
    const OF_XIVE: usize = xive::BITS.len();
    const BITS: [Word; OF_XIVE + 1] = {
        let mut bits = [Word {
            name: "EOI_POSTED",
            about: "The store of an EOI is on its way to the source.",
        }; OF_XIVE + 1];
        let mut bit = 0;
        while bit < OF_XIVE {
            bits[bit] = xive::BITS[bit];
            bit += 1;
        }
        assert!(EOI_POSTED == 1 << OF_XIVE);
        bits
    };
    &BITS
};

/// The store arrives, if there is one.
const fn arrive(pin: Pin) -> Pin {
    if pin & EOI_POSTED == 0 {
        pin
    } else {
        routed(pin & !EOI_POSTED, Access::Eoi, DOCUMENTED).pin
    }
}

/// A source whose EOI is under way until [`Access::DirectedEoi`].
const fn posted(pin: Pin, access: Access) -> Reply {
    match access {
        // Stores of a CPU to one page stay in order.
        Access::Eoi => Reply {
            pin: arrive(pin) | EOI_POSTED,
            value: 0,
        },
        Access::DirectedEoi => Reply {
            pin: arrive(pin),
            value: 0,
        },
        Access::SetPq(2) => routed(arrive(pin), access, DOCUMENTED),
        _ => {
            let reply = routed(pin & !EOI_POSTED, access, DOCUMENTED);
            Reply {
                pin: reply.pin | pin & EOI_POSTED,
                value: reply.value,
            }
        }
    }
}

/// A POWER10, if a load can pass a store.
pub static XIVE_P10_POSTED: Irqchip = Irqchip {
    name: "xive-p10-posted",
    about: "POWER10 XIVE if a load could pass the store that ends the source",
    hw: posted,
    bits: POSTED_BITS,
    reset: Q | EAS_MASKED,
    posted: EOI_POSTED,
    ..XIVE_P10
};
