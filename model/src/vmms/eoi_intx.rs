//! The crate `eoi-intx` itself.

use super::Vmm;

/// It takes the BARs' mappings away, and asserts the guest's line then.
pub(super) static VMM: Vmm = Vmm {
    name: "eoi-intx",
    about: "the crate eoi-intx: takes the BARs' mappings away, then asserts the guest's line",
    cites: "eoi-intx: Intx::handle",
    does: |_| Ok(()),
    asserts_first: false,
    wires_first: false,
    signals_unmask: false,
};
