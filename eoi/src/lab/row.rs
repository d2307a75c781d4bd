//! A row of the results: one case on one machine, as it was predicted and as it was seen.
//!
//! The doc comments of these types are the descriptions in the JSON schema.

use std::collections::BTreeMap;
use std::fmt;

use eoi_lab_protocol::Key;
use eoi_model::irqchip::Irqchip;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::cell::{Boot, Cell};
use super::observe::{Observed, differences};
use super::predict::{Conduct, Verdict};
use super::protocol::Heard;

/// One case on one machine, as the model predicted it and as the machine did it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The machine.
    pub machine: String,
    /// The controller as `/proc/interrupts` prints it.
    pub chip: String,
    /// The controller of the model that the machine is compared with, as `eoi check --chip` takes it.
    pub model: String,
    /// The kernel.
    pub kernel: String,
    /// The release that booted. It is another than the kernel's name says where a twin stands in for it. `null` if the
    /// machine did not say it.
    pub release: Option<String>,
    /// Whether the kernel has the merged fix, or a candidate in its place.
    pub fixed: bool,
    /// Whether it was booted with `threadirqs`.
    pub threadirqs: bool,
    /// The case, as `eoi lab list` names it.
    pub case: String,
    /// The device: `disintx` or `no-disintx`.
    pub device: String,
    /// The way in which the line is unmasked: `ioctl`, `eventfd` or `intx`, which is the VMM's machine.
    pub how: String,
    /// The model's prediction.
    pub predicted: ConductSummary,
    /// The machine's conduct.
    pub observed: ConductSummary,
    /// Whether the machine did what the model says.
    pub agrees: bool,
    /// Everything in which the machine did something else, each in a sentence.
    pub differences: Vec<String>,
    /// Lines of the guest's program about the device and the line, where an interrupt did not come.
    pub state: Vec<String>,
    /// Counts of a case that is not traced, by the names that the guest's program gives them.
    pub counts: BTreeMap<String, u64>,
    /// The recording: a file below the run's directory. `null` if there is none.
    pub trace: Option<String>,
}

/// The conduct of the line in one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConductSummary {
    /// Whether the line keeps coming.
    pub verdict: Verdict,
    /// The number of interrupts that were waited for and came; of a race and of a case with a guest, the rounds. `null` in
    /// a prediction of a case that is not traced: nothing is compared there.
    pub delivered: Option<usize>,
    /// The runs of the flow handler. `null` in a case that is not traced.
    pub host_irqs: Option<HostIrqs>,
}

/// The runs of the host's flow handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostIrqs {
    /// Those that called vfio-pci.
    pub taken: usize,
    /// Those that ended without a call, as the line was disabled.
    pub ignored: usize,
}

impl ConductSummary {
    /// The counts of a conduct that was traced.
    #[must_use]
    pub fn traced(conduct: &Conduct) -> Self {
        let host_irqs = HostIrqs {
            taken: conduct.taken,
            ignored: conduct.ignored,
        };
        Self {
            verdict: conduct.verdict,
            delivered: Some(conduct.delivered()),
            host_irqs: Some(host_irqs),
        }
    }

    /// Host interrupts for each that was delivered, to two digits; `None` where that cannot be said.
    #[must_use]
    pub fn host_irqs_per_event(&self) -> Option<f64> {
        let HostIrqs { taken, ignored } = self.host_irqs?;
        let delivered = self.delivered.filter(|&delivered| delivered > 0)?;
        Some(((taken + ignored) as f64 / delivered as f64 * 100.0).round() / 100.0)
    }
}

impl Row {
    /// A case that was predicted and seen.
    #[must_use]
    pub fn new(
        cell: &Cell,
        case: &Case,
        chip: &'static Irqchip,
        predicted: &Conduct,
        observed: &Observed,
        heard: &Heard,
    ) -> Self {
        let differences = differences(chip, predicted, observed);
        let conduct = &observed.conduct;
        let delivered = observed
            .rounds
            .map_or_else(|| conduct.delivered(), |rounds| rounds as usize);
        let untraced = |conduct: &Conduct, delivered| ConductSummary {
            verdict: conduct.verdict,
            delivered,
            host_irqs: None,
        };
        let (said, seen) = if observed.traced {
            (
                ConductSummary::traced(predicted),
                ConductSummary::traced(conduct),
            )
        } else {
            (
                untraced(predicted, None),
                untraced(conduct, Some(delivered)),
            )
        };
        Self {
            machine: cell.machine.name.to_string(),
            chip: cell.machine.prints.to_string(),
            model: chip.name.to_string(),
            kernel: cell.kernel(),
            release: None,
            fixed: cell.fixed(),
            threadirqs: cell.boot == Boot::Threadirqs,
            case: case.script.name.to_string(),
            device: case.device.name().to_string(),
            how: case.how.name().to_string(),
            predicted: said,
            observed: seen,
            agrees: differences.is_empty(),
            differences,
            state: if conduct.verdict == Verdict::Stalls {
                heard.state.clone()
            } else {
                Vec::new()
            },
            counts: counts(case, heard),
            trace: None,
        }
    }

    /// The names of the case.
    #[must_use]
    pub fn names(&self) -> CaseNames {
        CaseNames {
            case: self.case.clone(),
            device: self.device.clone(),
            how: self.how.clone(),
        }
    }
}

/// The numbers of a case that is not traced; how long it took is no count.
fn counts(case: &Case, heard: &Heard) -> BTreeMap<String, u64> {
    if !(case.races() || case.needs_kvm() || case.is_fault()) {
        return BTreeMap::new();
    }
    let numbers = heard.counts.iter().filter(|(key, _)| *key != Key::Us);
    numbers
        .filter_map(|(key, value)| Some((key.to_string(), value.parse().ok()?)))
        .collect()
}

/// The name of a row's cell.
#[must_use]
pub fn cell_of(row: &Row) -> String {
    let boot = if row.threadirqs {
        Boot::Threadirqs
    } else {
        Boot::Plain
    };
    format!("{}/{}{}", row.machine, row.kernel, boot.suffix())
}

/// A case, by the names of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseNames {
    /// The case, as `eoi lab list` names it.
    pub case: String,
    /// The device: `disintx` or `no-disintx`.
    pub device: String,
    /// The way in which the line is unmasked: `ioctl`, `eventfd` or `intx`.
    pub how: String,
}

impl From<&Case> for CaseNames {
    fn from(case: &Case) -> Self {
        let [case, device, how] =
            [case.script.name, case.device.name(), case.how.name()].map(str::to_string);
        Self { case, device, how }
    }
}

impl fmt::Display for CaseNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.case, self.device, self.how)
    }
}

/// A cell, or a case of it, of which nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The cell.
    pub cell: String,
    /// The case. `null` if it is all of the cell.
    pub case: Option<CaseNames>,
    /// The reason.
    pub error: String,
}

impl Failure {
    /// The case, or the machine as a whole.
    #[must_use]
    pub fn about(&self) -> String {
        self.case
            .as_ref()
            .map_or_else(|| "the machine".to_string(), CaseNames::to_string)
    }
}

#[cfg(test)]
mod tests {
    use eoi_model::device::Device;

    use super::*;
    use crate::lab::case::{How, SCRIPTS};
    use crate::lab::protocol::Session;

    #[test]
    fn what_is_not_traced_keeps_its_counts() {
        let counted = |name: &str, said: &[&str]| {
            let script = SCRIPTS
                .iter()
                .find(|script| script.name == name)
                .expect("a script");
            let mut session = Session::default();
            said.iter()
                .for_each(|said| session.hear(said.parse().expect(said)).expect(said));
            counts(
                &Case {
                    script,
                    device: Device::NoDisintx,
                    how: How::Ioctl,
                },
                &session.cases[0],
            )
        };
        let of = |pairs: &[(&str, u64)]| {
            pairs
                .iter()
                .map(|&(key, count)| (key.to_string(), count))
                .collect()
        };
        let chain = ["begin x", "chain guest_irqs=7 astray=2 chip=vgic-v3 us=9"];
        assert_eq!(
            counted("kvm-soak", &chain),
            of(&[("guest_irqs", 7), ("astray", 2)]),
            "not how long it took"
        );
        let race = ["begin x", "step 1 race:45 ok us=5 rounds=45 masks=9"];
        assert_eq!(
            counted("mask-race", &race),
            of(&[("rounds", 45), ("masks", 9)])
        );
        assert_eq!(
            counted("clear-unmask", &["begin x", "step 1 wait got us=5"]),
            of(&[])
        );
    }

    #[test]
    fn host_interrupts_are_counted_for_each_delivered_one() {
        let of = |delivered, host_irqs| {
            ConductSummary {
                verdict: Verdict::Delivers,
                delivered,
                host_irqs,
            }
            .host_irqs_per_event()
        };
        let irqs = |taken, ignored| Some(HostIrqs { taken, ignored });
        assert_eq!(of(Some(3), irqs(4, 4)), Some(2.67));
        assert_eq!(
            (
                of(Some(0), irqs(1, 0)),
                of(None, irqs(1, 0)),
                of(Some(3), None)
            ),
            (None, None, None)
        );
    }
}
