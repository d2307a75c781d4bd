//! `eoi.everything/1`: the verdict of every system that there is, without runs and costs, so that tens of thousands fit
//! into one document.
//!
//! The doc comments of these types are the descriptions in the JSON schema.

use std::collections::BTreeMap;

use anyhow::Result;
use eoi_search::Law;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::by_name::ByName;
use super::select::Wanted;
use crate::error::{CannotTell, Status};
use crate::part::Part;

pub mod merge;
pub mod search;
pub mod systems;

/// The result of `eoi check --everything`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Everything {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The version of the `eoi` that wrote it.
    pub eoi: String,
    /// The systems that were asked for.
    pub asked: Asked,
    /// The number of systems of the whole check.
    #[schemars(range(min = 1))]
    pub systems: usize,
    /// With `--part`: which part of the whole this is. `null` for the whole.
    pub part: Option<Part>,
    /// The systems of this part, in the order of their numbers.
    pub results: Vec<Found>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.everything/1")]
    Everything1,
}

/// The systems that were asked for, by the names that the options take. An empty list stands for the whole table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// Host controllers (`--chip`).
    pub chip: Vec<String>,
    /// Host kernels (`--kernel`).
    pub kernel: Vec<String>,
    /// Devices (`--device`).
    pub device: Vec<String>,
    /// Paths (`--path`).
    pub path: Vec<String>,
    /// Scenarios (`--scenario`).
    pub scenario: Vec<String>,
    /// The number of host CPUs: 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    pub cpus: u8,
    /// The number of independent reasons to interrupt that the device has: 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    pub causes: u8,
    /// The number of states at which a graph was given up (`--limit`).
    pub limit: usize,
}

/// One system and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The place of the system in the whole, from 1.
    #[schemars(range(min = 1))]
    pub number: usize,
    /// The host's interrupt controller (`--chip`).
    pub chip: String,
    /// The host's kernel, with everything that is put on top of it (`--kernel`).
    pub kernel: String,
    /// The device (`--device`).
    pub device: String,
    /// The path from vfio-pci to the guest and back (`--path`).
    pub path: String,
    /// The guest's controller (`--guest`).
    pub guest: String,
    /// Other things that the guest, the VMM or the operator does meanwhile (`--scenario`).
    pub scenario: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The laws that are broken, each with the number of steps of a shortest run that breaks it. Where none is and the
    /// verdict is `broken`, the guest is never served at all.
    pub broken: BTreeMap<ByName<Law>, usize>,
    /// The number of states that can be reached. `null` if the verdict is `undecided`.
    pub states: Option<u64>,
}

/// The verdict of a system.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every law holds, and the guest is served.
    Holds,
    /// A law is broken, or the guest is never served at all.
    Broken,
    /// Its graph has more states than the limit.
    Undecided,
}

impl Asked {
    /// The options as they were given.
    #[must_use]
    pub fn of(wanted: &Wanted) -> Self {
        Self {
            chip: wanted.chip.clone(),
            kernel: wanted.kernel.clone(),
            device: wanted.device.clone(),
            path: wanted.path.clone(),
            scenario: wanted.scenario.clone(),
            cpus: wanted.cpus,
            causes: wanted.causes,
            limit: wanted.limit,
        }
    }
}

impl Everything {
    /// How many systems have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        let these = self.results.iter().filter(|one| one.verdict == verdict);
        these.count()
    }

    /// The exit status: what is broken counts more than what is undecided.
    ///
    /// # Errors
    /// [`CannotTell`] if nothing is broken and something is undecided.
    pub fn status(&self) -> Result<Status> {
        match (self.count(Verdict::Broken), self.count(Verdict::Undecided)) {
            (0, 0) => Ok(Status::Holds),
            (0, undecided) => Err(CannotTell(format!(
                "{undecided} of {} systems have more than {} states; raise --limit to decide them",
                self.results.len(),
                self.asked.limit
            ))
            .into()),
            _ => Ok(Status::Found),
        }
    }
}
