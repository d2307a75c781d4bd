//! Entries of the model's tables by the names that options take. Where none is named: every controller, and the others as the
//! caller says. `all` is the whole table.

use anyhow::Result;
use eoi_model::device::Device;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;

use super::names::pick;

/// Controllers (`--chip`).
pub(crate) fn chips(names: &[String]) -> Result<Vec<&'static Irqchip>> {
    let all = irqchip::ALL;
    pick("controller", names, all, |chip| chip.name, all)
}

/// Devices (`--device`).
pub(crate) fn devices(names: &[String], unless: &[Device]) -> Result<Vec<Device>> {
    pick("device", names, &Device::ALL, |it| it.name(), unless)
}

/// Paths (`--path`).
pub(crate) fn paths(names: &[String], unless: &[Path]) -> Result<Vec<Path>> {
    pick("path", names, &Path::ALL, |it| it.name(), unless)
}

/// Scenarios (`--scenario`).
pub(crate) fn scenarios(names: &[String], unless: &[Scenario]) -> Result<Vec<Scenario>> {
    pick("scenario", names, &Scenario::ALL, |it| it.name(), unless)
}
