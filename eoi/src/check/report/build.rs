//! From what the search says to the report.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use eoi_model::cost::Metric;
use eoi_model::fixes;
use eoi_model::packed::Word;
use eoi_search::{Law, Ratio, Verdict};

use super::{
    About, Answer, BitNames, Entry, LawResult, Masking, MetricCost, Names, PerServed, Refused,
    Report, Schema, Searched, Undecided,
};
use crate::check::by_name::{ByName, Closed};
use crate::check::configuration::Configuration;
use crate::check::follow::Follow;
use crate::check::outcome::{Checked, Costs, Outcome};
use crate::check::select::Selection;

impl Report {
    /// The report of a selection.
    ///
    /// # Errors
    /// The system cannot follow a path that the search found in it, which would be an error of this program.
    pub fn new(selection: &Selection, outcomes: &[Outcome]) -> Result<Self> {
        let pairs = selection.configurations.iter().zip(outcomes);
        let entry = |(configuration, outcome)| Entry::new(configuration, outcome);
        let results: Vec<Entry> = pairs.map(entry).collect::<Result<_>>()?;
        let used: BTreeSet<&str> = selection
            .configurations
            .iter()
            .flat_map(|one| &one.fixes)
            .map(|fix| fix.name)
            .collect();
        let fixes = used.into_iter().filter_map(fixes::by_name);
        Ok(Self {
            schema: Schema::Check2,
            eoi: env!("CARGO_PKG_VERSION").to_string(),
            layout: selection.shape,
            limit: selection.limit,
            host: selection.found.clone(),
            fixes: fixes
                .map(|fix| About {
                    name: fix.name.to_string(),
                    about: fix.about.to_string(),
                })
                .collect(),
            results,
            share: selection.share.clone(),
        })
    }
}

impl Entry {
    /// The entry of one configuration.
    ///
    /// # Errors
    /// As [`Report::new`].
    pub fn new(configuration: &Configuration, outcome: &Outcome) -> Result<Self> {
        let result = match outcome {
            Outcome::None(refusal) => Answer::Refused(Refused {
                reason: refusal.reason.to_string(),
            }),
            Outcome::TooMany(says) => Answer::Undecided(Undecided {
                reason: says.clone(),
            }),
            Outcome::Checked(checked) => {
                let searched = Searched::new(configuration, checked)?;
                if checked.is_broken() {
                    Answer::Broken(searched)
                } else {
                    Answer::Holds(searched)
                }
            }
        };
        Ok(Self {
            configuration: Names::new(configuration),
            result,
        })
    }
}

impl Names {
    fn new(configuration: &Configuration) -> Self {
        let mut names = Self {
            title: configuration.title(),
            chip: configuration.chip.name.to_string(),
            chip_prints: configuration.chip.prints.to_string(),
            kernel: configuration.kernel.name.to_string(),
            fixes: configuration
                .fixes
                .iter()
                .map(|fix| fix.name.to_string())
                .collect(),
            threadirqs: configuration.threadirqs,
            device: configuration.device.name().to_string(),
            path: configuration.path.name().to_string(),
            vmm: configuration.vmm.name.to_string(),
            guest: configuration.guest_name(),
            scenario: configuration.scenario.name().to_string(),
            cpus: configuration.cpus,
            causes: configuration.causes,
            command: String::new(),
        };
        names.command = names.command();
        names
    }

    fn command(&self) -> String {
        let guest = self
            .guest
            .as_ref()
            .map_or_else(String::new, |guest| format!(" --guest {guest}"));
        format!(
            "eoi check --chip {} --kernel {} --device {} --path {} --vmm {}{guest} --scenario {} --cpus {} --causes {} --explain",
            self.chip,
            self.kernel_and_fixes(),
            self.device,
            self.path,
            self.vmm,
            self.scenario,
            self.cpus,
            self.causes,
        )
    }
}

impl Searched {
    fn new(configuration: &Configuration, checked: &Checked) -> Result<Self> {
        let follow = Follow::new(&checked.system);
        let law = |verdict| LawResult::new(&follow, checked, verdict);
        let names = |bits: &[Word]| bits.iter().map(|word| word.name.to_string()).collect();
        Ok(Self {
            states: checked.states,
            transitions: checked.transitions,
            masking: match configuration.device.pci_2_3() {
                true => Masking::Disintx,
                false if checked.system.is_lazy() => Masking::Lazy,
                false => Masking::Unlazy,
            },
            bits: BitNames {
                pin: names(configuration.chip.bits),
                drv: names(configuration.chip.drv_bits),
                guest_pin: names(checked.system.guest().chip.bits),
            },
            laws: checked.verdicts.iter().map(law).collect::<Result<_>>()?,
            typical_ends_after: checked.costs.ends_after,
            costs: Metric::ALL
                .into_iter()
                .map(|metric| MetricCost::new(metric, &checked.costs))
                .collect(),
        })
    }
}

impl LawResult {
    fn new(follow: &Follow<'_>, checked: &Checked, verdict: &Verdict) -> Result<Self> {
        let run = match &verdict.broken_by {
            None => None,
            Some(path) => {
                let events: Vec<_> = checked.path(path).collect();
                let run = match verdict.law {
                    Law::Stall => follow.run_to_the_end(&events),
                    _ => follow.run(&events, verdict.cycle),
                };
                Some(run.context("the model cannot follow a path that the search found in it: please report this")?)
            }
        };
        Ok(Self {
            law: ByName(verdict.law),
            about: verdict.law.about().to_string(),
            holds: verdict.holds(),
            sometimes: verdict.sometimes,
            run,
        })
    }
}

impl MetricCost {
    fn new(metric: Metric, costs: &Costs) -> Self {
        let index = metric as usize;
        let per_served = |ratio: Option<Ratio>| {
            ratio.map(
                |Ratio {
                     cost: count,
                     served,
                 }| PerServed { count, served },
            )
        };
        let (best, worst) = (
            per_served(costs.best[index]),
            per_served(costs.worst[index]),
        );
        let unbounded = best.is_some() && worst.is_none();
        Self {
            metric: ByName(metric),
            best,
            typical: per_served(costs.typical[index]),
            worst,
            unbounded,
        }
    }
}
