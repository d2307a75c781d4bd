//! The quick run: a few cells, a few scripts.

use crate::lab::machine::Machine;

/// The cells of a quick run.
pub(super) const CELLS: [&str; 5] = [
    "q35-ioapic/6.12.107",
    "arm64-gicv3/6.12.107",
    "pseries-xive/6.12.107-unfixed",
    "pseries-xive/6.12.107",
    "riscv64-aplic/6.12.107",
];

/// The scripts of a quick run.
pub(super) const SCRIPTS: [&str; 4] = [
    "clear-unmask",
    "reraise-masked",
    "unmask-high",
    "mask-raise-unmask",
];

/// Whether the quick run has this cell.
pub(super) fn has(cell: &str) -> bool {
    CELLS.contains(&cell)
}

/// Whether the quick run has a cell of this machine.
pub(super) fn has_machine(machine: &Machine) -> bool {
    let of = |cell: &&str| {
        cell.split_once('/')
            .is_some_and(|(name, _)| name == machine.name)
    };
    CELLS.iter().any(of)
}
