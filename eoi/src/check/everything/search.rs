//! Searches every system, each once, on all cores.

use std::collections::BTreeMap;

use anyhow::Result;
use rayon::prelude::*;

use super::systems::{self, Alike, spread};
use super::{Asked, Everything, Found, Schema, Verdict};
use crate::check::by_name::ByName;
use crate::check::configuration::Configuration;
use crate::check::outcome::{Laws, laws};
use crate::check::progress::Progress;
use crate::check::select::Wanted;
use crate::part::Part;

/// Searches the systems of these names, or a part of them.
///
/// # Errors
/// An unknown name, and names of which no system is.
pub fn everything(wanted: &Wanted, part: Option<Part>) -> Result<Everything> {
    let all = systems::all(wanted)?;
    let systems: usize = all.iter().map(Vec::len).sum();
    if systems == 0 {
        anyhow::bail!("no system is made of these names; see `eoi check --list`");
    }
    let mut mine = spread(all);
    if let Some(part) = part {
        mine = part.of(mine);
    }
    let progress = Progress::new(mine.len() as u64);
    let search = |alike: &Alike| {
        let found = found(alike, wanted.limit, &progress);
        progress.done();
        found
    };
    let mut results: Vec<Found> = mine.par_iter().flat_map_iter(search).collect();
    results.sort_by_key(|one| one.number);
    Ok(Everything {
        schema: Schema::Everything1,
        eoi: env!("CARGO_PKG_VERSION").to_string(),
        asked: Asked::of(wanted),
        systems,
        part,
        results,
    })
}

/// The verdict of a system, under each of its names.
fn found(alike: &[(usize, Configuration)], limit: usize, progress: &Progress) -> Vec<Found> {
    let one = &alike[0].1;
    progress.at(one.title());
    let laws = laws(one, limit).ok().flatten();
    let each = alike.iter();
    each.map(|(number, configuration)| Found::new(*number, configuration, laws.as_ref()))
        .collect()
}

impl Found {
    /// `laws` are `None` where the system has more states than the limit.
    fn new(number: usize, configuration: &Configuration, laws: Option<&Laws>) -> Self {
        let broken: BTreeMap<_, _> = laws
            .into_iter()
            .flat_map(|laws| laws.verdicts.iter())
            .filter_map(|verdict| Some((ByName(verdict.law), verdict.broken_by.as_ref()?.len())))
            .collect();
        Self {
            number,
            chip: configuration.chip.name.to_string(),
            kernel: configuration.kernel_and_fixes(),
            device: configuration.device.name().to_string(),
            path: configuration.path.name().to_string(),
            guest: configuration.guest_name().unwrap_or_default(),
            scenario: configuration.scenario.name().to_string(),
            verdict: match laws {
                None => Verdict::Undecided,
                Some(laws) if laws.hold() => Verdict::Holds,
                Some(_) => Verdict::Broken,
            },
            broken,
            states: laws.map(|laws| laws.states),
        }
    }
}
