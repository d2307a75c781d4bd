//! Functions whose INTx bits the kernel does not trust, by vendor and device.
//!
//! From drivers/pci/quirks.c of Linux 6.12.107 (`quirk_broken_intx_masking`, `mellanox_broken_intx_devs`) and
//! drivers/vfio/pci/vfio_pci_core.c (`vfio_pci_nointx`); ids from include/linux/pci_ids.h.

/// The part of INTx that the kernel does not trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// DisINTx does not mask: vfio-pci takes the function as DisINTx- and wants its line alone.
    Masking,
    /// INTx as a whole: vfio-pci shows the guest a pin of 0.
    Intx,
    /// DisINTx, with firmware before a certain version.
    OldFirmware,
}

/// `vfio_pci_nointx`: Intel's X710 family and X550. The former are in `quirk_broken_intx_masking` as well.
const NO_INTX: &[(u16, u16)] = &[
    (0x8086, 0x1572),
    (0x8086, 0x1574),
    (0x8086, 0x1580),
    (0x8086, 0x1581),
    (0x8086, 0x1583),
    (0x8086, 0x1584),
    (0x8086, 0x1585),
    (0x8086, 0x1586),
    (0x8086, 0x1587),
    (0x8086, 0x1588),
    (0x8086, 0x1589),
    (0x8086, 0x158a),
    (0x8086, 0x158b),
    (0x8086, 0x37d0),
    (0x8086, 0x37d1),
    (0x8086, 0x37d2),
    (0x8086, 0x1563),
];

/// `quirk_broken_intx_masking` beside those above, and `mellanox_broken_intx_devs`.
const BROKEN: &[(u16, u16)] = &[
    (0x1425, 0x0030), // Chelsio T310
    (0x1814, 0x0601), // Ralink RT2800
    (0x1b7c, 0x0004), // Ceton InfiniTV4
    (0x1102, 0x000b), // Creative EMU20k2
    (0x10ec, 0x8169), // Realtek RTL8169
    (0x15b3, 0x6340), // Mellanox, from Hermon to ConnectX-3 Pro
    (0x15b3, 0x634a),
    (0x15b3, 0x6354),
    (0x15b3, 0x6732),
    (0x15b3, 0x673c),
    (0x15b3, 0x6368),
    (0x15b3, 0x6750),
    (0x15b3, 0x6372),
    (0x15b3, 0x675a),
    (0x15b3, 0x6764),
    (0x15b3, 0x6746),
    (0x15b3, 0x676e),
    (0x15b3, 0x1003),
    (0x15b3, 0x1007),
];

/// `mellanox_check_broken_intx_masking`: ConnectX-4 and ConnectX-4 Lx before firmware 12.14.1100 and 14.14.1100.
const OLD_FIRMWARE: &[(u16, u16)] = &[(0x15b3, 0x1013), (0x15b3, 0x1015)];

/// The part of this function's INTx that the kernel does not trust, if any.
#[must_use]
pub fn of(id: (u16, u16)) -> Option<Distrust> {
    let tables = [
        (NO_INTX, Distrust::Intx),
        (BROKEN, Distrust::Masking),
        (OLD_FIRMWARE, Distrust::OldFirmware),
    ];
    tables
        .iter()
        .find(|(ids, _)| ids.contains(&id))
        .map(|(_, distrust)| *distrust)
}
