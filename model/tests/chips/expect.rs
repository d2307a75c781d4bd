//! The table of the host's controllers: how each is driven, and what it then does.

use eoi_model::irqchip::ALL;
use eoi_model::irqchip::Access::{
    self, DirectedEoi, Disable, Enable, Eoi, Mask, SetPq, Setip, Unmask,
};

use super::Drive;

/// How a driver that makes no mistakes drives a chip, and what the chip then does.
pub struct Expect {
    pub chip: &'static str,
    /// Lets interrupts in, from reset and after `close`.
    pub open: &'static [Access],
    /// Keeps them out.
    pub close: &'static [Access],
    /// Ends one.
    pub end: &'static [Access],
    /// A line that stays high is signalled again after `end`.
    pub end_looks: bool,
    /// `close` holds a line that rises.
    pub close_holds: bool,
    /// A line that rose under `close` is signalled by `open`.
    pub open_looks: bool,
    /// An interrupt that was signalled and not yet taken goes away with the line.
    pub follows_line: bool,
    /// An end under `close` counts, and `open` then signals a line that stayed high: what an unlazy
    /// disable relies on.
    pub closed_end_counts: bool,
    /// `close` and `open` in service signal the same level once more.
    pub opening_repeats: bool,
    /// Unasked, and taken or not, the chip signals for as long as the line is high.
    pub stateless: bool,
    /// A line that falls in service leaves one more signal behind.
    pub fall_is_late: bool,
}

/// Mask bit, EOI, and the level is looked at wherever it could be. The rows say where a chip
/// differs.
const USUAL: Expect = Expect {
    chip: "",
    open: &[Unmask],
    close: &[Mask],
    end: &[Eoi],
    end_looks: true,
    close_holds: true,
    open_looks: true,
    follows_line: false,
    closed_end_counts: true,
    opening_repeats: false,
    stateless: false,
    fall_is_late: false,
};

pub const EXPECT: &[Expect] = &[
    // 82093AA 3.2.4: a message that the LAPIC accepted is not withdrawn; the broadcast EOI clears
    // Remote IRR.
    Expect {
        chip: "ioapic",
        ..USUAL
    },
    Expect {
        chip: "ir-ioapic",
        end: &[Eoi, DirectedEoi],
        ..USUAL
    },
    // QEMU 10.0 hw/intc/ioapic.c: as hardware, once the entry is a level entry.
    Expect {
        chip: "ioapic-qemu",
        open: &[Enable, Unmask],
        ..USUAL
    },
    Expect {
        chip: "ir-ioapic-qemu",
        open: &[Enable, Unmask],
        end: &[Eoi, DirectedEoi],
        ..USUAL
    },
    // 8259A datasheet: a level request is the input itself.
    Expect {
        chip: "i8259",
        follows_line: true,
        ..USUAL
    },
    // IHI 0048 3.2.4, IHI 0069 4.1: pending to inactive when the line falls.
    Expect {
        chip: "gicv2",
        follows_line: true,
        ..USUAL
    },
    Expect {
        chip: "gicv2-eoimode1",
        follows_line: true,
        ..USUAL
    },
    Expect {
        chip: "gicv3",
        follows_line: true,
        ..USUAL
    },
    Expect {
        chip: "gicv3-eoimode1",
        follows_line: true,
        ..USUAL
    },
    // PAPR: the presentation is in the ICP, the level in the ICS.
    Expect {
        chip: "xics",
        ..USUAL
    },
    Expect {
        chip: "xics-pseries",
        ..USUAL
    },
    Expect {
        chip: "xics-on-xive",
        open: &[Unmask, SetPq(0)],
        close: &[Mask, SetPq(1)],
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xics-on-xive-qemu",
        open: &[Unmask, SetPq(0)],
        close: &[Mask, SetPq(1)],
        open_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    // skiboot doc/xive.rst, and the two open questions.
    Expect {
        chip: "xive",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        close_holds: false,
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xive-q",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xive-qemu",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        open_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    // The same sources, ended by a store, or reached by calls.
    Expect {
        chip: "xive-p10",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        close_holds: false,
        opening_repeats: true,
        ..USUAL
    },
    // A store on its way is done once it has arrived.
    Expect {
        chip: "xive-p10-posted",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        end: &[Eoi, DirectedEoi],
        close_holds: false,
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xive-p10-qemu",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        open_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    Expect {
        chip: "xive-pseries",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        close_holds: false,
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xive-pseries-qemu",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        open_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    // OpenPIC: activity is "pending and not masked".
    Expect {
        chip: "mpic",
        follows_line: true,
        ..USUAL
    },
    // PLIC 1.0: a request of the gateway is not withdrawn; a completion samples the level. QEMU's
    // does not.
    Expect {
        chip: "plic",
        open: &[Enable, Unmask],
        close: &[Disable],
        closed_end_counts: false,
        ..USUAL
    },
    Expect {
        chip: "plic-qemu",
        open: &[Enable, Unmask],
        close: &[Disable],
        end_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    Expect {
        chip: "plic-bare",
        open: &[Enable, Unmask],
        close: &[Disable],
        closed_end_counts: false,
        ..USUAL
    },
    Expect {
        chip: "plic-5.10",
        open: &[Unmask, Enable],
        close: &[Mask, Disable],
        closed_end_counts: false,
        ..USUAL
    },
    // AIA 4.7: in direct mode pending is the rectified input.
    Expect {
        chip: "aplic-direct",
        end: &[],
        follows_line: true,
        stateless: true,
        opening_repeats: true,
        ..USUAL
    },
    // QEMU 10.0 riscv_aplic_request: a falling line does not clear pending; a claim does.
    Expect {
        chip: "aplic-direct-qemu",
        end: &[],
        stateless: true,
        opening_repeats: true,
        fall_is_late: true,
        ..USUAL
    },
    // AIA 4.9.2: setipnum before the handler exits.
    Expect {
        chip: "aplic-msi",
        open: &[Enable, Unmask],
        close: &[Mask, Disable],
        end: &[Setip],
        ..USUAL
    },
    Expect {
        chip: "aplic-msi-qemu",
        open: &[Enable, Unmask],
        close: &[Mask, Disable],
        end: &[Setip],
        ..USUAL
    },
    // The driver masks at entry and unmasks at the end; only the unmask sends again.
    Expect {
        chip: "pch-pic",
        end: &[Mask, Unmask],
        follows_line: true,
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "mips-gic",
        end: &[],
        follows_line: true,
        stateless: true,
        opening_repeats: true,
        ..USUAL
    },
];

/// Every controller with its row.
pub fn each() -> impl Iterator<Item = (&'static Expect, Drive)> {
    ALL.iter().map(|chip| {
        let expect = EXPECT.iter().find(|expect| expect.chip == chip.name);
        (
            expect.unwrap_or_else(|| panic!("{}: no row in EXPECT", chip.name)),
            Drive::host(chip),
        )
    })
}
