//! The model's verdicts on a host's configurations: the search of `eoi check`, each configuration once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use eoi_model::device::Device;
use eoi_model::irqchip::Irqchip;
use eoi_model::scenario::Scenario;
use eoi_model::system::{Path, Vmm};
use eoi_search::{Law, typical};

use crate::check::configuration::{Configuration, GuestChoice};
use crate::check::outcome;
use crate::check::searched::Searched;
use crate::host::kernel::PatchedKernel;

/// States at which a configuration is given up. The largest that is asked about has a few thousand.
const LIMIT: usize = 1_000_000;

/// The ways by which a VMM takes the interrupt to the guest. The path that guesses the EOI while BARs are mapped is
/// left out: it stalls everywhere, and is no matter of the host.
pub const PATHS: [Path; 3] = [Path::Irqfd, Path::Vmm, Path::BarTrap];

/// One configuration, as far as a host decides it.
#[derive(Clone)]
pub struct Question {
    /// The controller.
    pub chip: &'static Irqchip,
    /// The kernel and what is put on top.
    pub kernel: PatchedKernel,
    /// The function.
    pub device: Device,
    /// The scenario.
    pub scenario: Scenario,
    /// `threadirqs`, or PREEMPT_RT.
    pub threadirqs: bool,
    /// CPUs, 1 or 2; more make no difference to one line.
    pub cpus: u8,
    /// The path to the machine that has the function; `None` where every path is asked about.
    pub way: Option<(Path, &'static Vmm, Option<&'static str>)>,
}

/// The answer of the search for one configuration on one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The path.
    pub path: &'static str,
    /// The shortest sequence of events that loses the line; `None` if nothing does.
    pub stall: Option<Vec<&'static str>>,
    /// The line is lost where nobody races as well: there it works for a while at most.
    pub quietly: bool,
    /// No law is broken at all.
    pub sound: bool,
    /// The command that shows it.
    pub command: String,
}

/// Answers that were given.
#[derive(Default)]
pub struct Models {
    known: RefCell<BTreeMap<String, Option<Answer>>>,
}

impl Models {
    /// The answers on every path that exists; none where no such system does.
    #[must_use]
    pub fn ask(&self, question: &Question) -> Vec<Answer> {
        self.paths(question)
            .iter()
            .filter_map(|&path| self.on_path(question, path))
            .collect()
    }

    /// The answer on the first path that loses the line, if any does.
    #[must_use]
    pub fn first_stall(&self, question: &Question) -> Option<Answer> {
        let paths = self.paths(question);
        let mut answers = paths
            .iter()
            .filter_map(|&path| self.on_path(question, path));
        answers.find(|answer| answer.stall.is_some())
    }

    /// Whether every law holds on every path that exists; `false` where no such system does.
    #[must_use]
    pub fn is_sound(&self, question: &Question) -> bool {
        let mut any = false;
        let sound = self
            .paths(question)
            .iter()
            .filter_map(|&path| self.on_path(question, path))
            .all(|answer| {
                any = true;
                answer.sound
            });
        sound && any
    }

    /// The path of the question; every path where it names none, or one that no such system has.
    fn paths(&self, question: &Question) -> Vec<Path> {
        match question.way {
            Some((path, ..)) if self.on_path(question, path).is_some() => vec![path],
            _ => PATHS.to_vec(),
        }
    }

    fn on_path(&self, question: &Question, path: Path) -> Option<Answer> {
        let case = question.case(path);
        let title = case.title();
        if let Some(known) = self.known.borrow().get(&title) {
            return known.clone();
        }
        let answer = outcome::laws(&case, LIMIT).ok().flatten().map(|laws| {
            let quiet = case.system().map(|system| typical(&Searched::new(system)));
            let stall = laws.verdicts.of(Law::Stall);
            let labels = stall.broken_by.as_deref().unwrap_or_default();
            let names = || {
                labels
                    .iter()
                    .map(|&label| laws.events[label as usize].info().name)
                    .collect()
            };
            // The same as in a check: a system that never serves anything is broken as well.
            let broken = !stall.holds() || !stall.sometimes;
            let sound = laws.hold();
            Answer {
                path: path.name(),
                stall: broken.then(names),
                quietly: quiet.is_ok_and(|run| run.ends_after.is_some()),
                sound,
                command: command(&case),
            }
        });
        self.known.borrow_mut().insert(title, answer.clone());
        answer
    }
}

impl Question {
    /// Whether `disable_irq_nosync` leaves the controller alone until the next interrupt.
    #[must_use]
    pub fn is_lazy(&self) -> bool {
        self.case(Path::Vmm)
            .system()
            .is_ok_and(|system| system.is_lazy())
    }

    fn case(&self, path: Path) -> Configuration {
        let (kernel, fixes) = self.kernel.clone();
        let way = self.way.filter(|(its, ..)| *its == path);
        let (vmm, guest) = way.map_or((Vmm::EOI_INTX, None), |(_, vmm, guest)| (vmm, guest));
        Configuration {
            fixes,
            device: self.device,
            // Only there the VMM's order makes a difference.
            vmm: if path == Path::BarTrap {
                vmm
            } else {
                Vmm::EOI_INTX
            },
            guest: GuestChoice {
                chip: guest,
                ..GuestChoice::default()
            },
            scenario: self.scenario,
            cpus: self.cpus.clamp(1, 2),
            threadirqs: self.threadirqs,
            ..Configuration::usual(self.chip, kernel, path)
        }
    }
}

fn command(case: &Configuration) -> String {
    let mut text = format!(
        "eoi check --chip {} --kernel {} --device {} --path {}",
        case.chip.name,
        case.kernel.name,
        case.device.name(),
        case.path.name()
    );
    if case.vmm != Vmm::EOI_INTX {
        text += &format!(" --vmm {}", case.vmm.name);
    }
    if let Some(guest) = case.guest.chip {
        text += &format!(" --guest {guest}");
    }
    for fix in &case.fixes {
        text += &format!(" --fix {}", fix.name);
    }
    if case.scenario != Scenario::Steady {
        text += &format!(" --scenario {}", case.scenario.name());
    }
    if case.threadirqs {
        text += " --threadirqs";
    }
    if case.cpus == 1 {
        text += " --cpus 1";
    }
    text
}

#[cfg(test)]
mod tests {
    use eoi_model::{irqchip, kernels};

    use super::*;

    /// The lab's machine pseries-xive: before the merged fix its line stops at the first interrupt that is served, and
    /// with it only where a cause comes again too early.
    #[test]
    fn a_line_that_only_a_race_loses_is_not_lost_quietly() {
        let answers = |kernel: &str| {
            let question = Question {
                chip: irqchip::by_name("xive-qemu").expect("a row"),
                kernel: (kernels::by_name(kernel).expect("a row"), Vec::new()),
                device: Device::NoDisintx,
                scenario: Scenario::Steady,
                threadirqs: false,
                cpus: 2,
                way: None,
            };
            Models::default().ask(&question)
        };
        let (before, after) = (answers("linux-6.12.57"), answers("linux-6.12.107"));
        assert!(before.len() > 1 && before.iter().all(|answer| answer.quietly));
        let lost = |answer: &Answer| answer.stall.is_some() && !answer.quietly;
        assert!(after.len() > 1 && after.iter().all(lost), "{after:?}");
    }
}
