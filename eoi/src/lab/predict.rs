//! Predicts the conduct of a case: the model's machines run the case's script.
//!
//! A script leaves no choice: between two of its steps, host and device do what they have to in the order in which they
//! act when nobody races. Only `mask-race` does; there the search says whether the line can be lost at all.

use anyhow::{Context, Result, bail, ensure};
use eoi_intx::{Action, Input, Intx};
use eoi_model::cost::Metric;
use eoi_model::event::{Event, Kind};
use eoi_model::fixes::Fix;
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::Kernel;
use eoi_model::state::State;
use eoi_model::system::{Path, System};
use eoi_model::values::Ownership;
use eoi_search::Law;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::{Case, Cause, How, SCRIPTS, Script, SoakPath, Step};
use crate::check::configuration as check;
use crate::check::outcome::{self, Outcome};
use crate::check::searched::explore;
use crate::trace::explore::MOST_STATES;
use crate::trace::words::Words;

/// Steps of the host between two of the script: far more than any takes, and a bound on a storm.
const MOST_STEPS: usize = 1000;

/// The script that has the same steps as a race in which nobody races.
const QUIET: &str = "clear-unmask";

fn script(name: &str) -> Result<&'static Script> {
    SCRIPTS
        .iter()
        .find(|script| script.name == name)
        .with_context(|| format!("there is no case called '{name}'"))
}

/// Whether the line keeps coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every interrupt that the script waits for comes.
    Delivers,
    /// One does not.
    Stalls,
    /// It is up to a race; only predicted.
    MayStall,
}

impl Verdict {
    /// The word of reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivers => "delivers",
            Self::Stalls => "stalls",
            Self::MayStall => "may stall",
        }
    }
}

/// The conduct of a case, predicted or observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conduct {
    /// Whether the line keeps coming.
    pub verdict: Verdict,
    /// For each `wait` and `idle`, whether it found an interrupt.
    pub found: Vec<bool>,
    /// Runs of the flow handler that called the action.
    pub taken: usize,
    /// Runs of the flow handler that it ended by itself.
    pub ignored: usize,
    /// The functions of the controller's driver that were called, in order.
    pub chip: Vec<String>,
    /// Whether a guest behind KVM can be, or was, interrupted for nothing.
    pub spurious: bool,
}

impl Conduct {
    /// Interrupts that the script waited for and got.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.found.iter().filter(|&&found| found).count()
    }
}

/// The system that a case runs on.
#[derive(Clone)]
pub struct Host {
    /// The controller.
    pub chip: &'static Irqchip,
    /// The kernel.
    pub kernel: &'static Kernel,
    /// Fixes on top of it, or taken out.
    pub fixes: Vec<&'static Fix>,
    /// Boot argument `threadirqs`.
    pub threadirqs: bool,
}

impl Host {
    /// With a guest behind KVM's irqfd, every interleaving is searched: the chain delivers unless it can stall.
    fn chain(&self, case: &Case) -> Result<Conduct> {
        let own = case.soak().is_some_and(|(path, _)| path == SoakPath::Eoi);
        let path = if own { Path::Vmm } else { Path::Irqfd };
        let checked = outcome::check(&self.case(case, path), MOST_STATES)?;
        let Outcome::Checked(checked) = checked else {
            bail!("the model has no such system")
        };
        let stalls = !checked.verdicts.of(Law::Stall).holds();
        let verdict = if stalls {
            Verdict::MayStall
        } else {
            Verdict::Delivers
        };
        let metric = Metric::ALL
            .iter()
            .position(|&metric| metric == Metric::GuestIrqsSpurious);
        let worst = metric.and_then(|at| checked.costs.worst[at]);
        let spurious = worst.is_none_or(|worst| worst.cost > 0); // no bound is not zero
        Ok(Conduct {
            verdict,
            found: vec![true],
            taken: 0,
            ignored: 0,
            chip: Vec::new(),
            spurious,
        })
    }

    fn case(&self, case: &Case, path: Path) -> check::Configuration {
        check::Configuration {
            fixes: self.fixes.clone(),
            device: case.device,
            scenario: case.scenario(),
            threadirqs: self.threadirqs,
            ..check::Configuration::usual(self.chip, self.kernel, path)
        }
    }

    fn system(&self, case: &Case) -> Result<System> {
        let case = self.case(case, Path::Program);
        case.system().map_err(|refusal| {
            anyhow::anyhow!("{}: {}; {}", case.title(), refusal.reason, refusal.instead)
        })
    }
}

/// The model, part of the way through a script.
struct Run<'a> {
    system: &'a System,
    state: State,
    conduct: Conduct,
    /// The VMM, in a case that has one.
    machine: Option<Intx>,
}

fn event(name: &str) -> Event {
    Event::by_name(name).unwrap_or_else(|| panic!("the model has no event {name}"))
}

impl Run<'_> {
    /// One event, if it can happen.
    fn event(&mut self, event: Event) -> bool {
        let Some((state, log)) = self.system.step_logged(self.state, event) else {
            return false;
        };
        self.state = state;
        self.conduct.taken += usize::from(log.cost.get(Metric::HostIrqs));
        self.conduct.ignored += usize::from(log.cost.get(Metric::HostIrqsIgnored));
        let words = Words::learnt();
        let chip = log.calls().iter().filter(|name| words.is_chip(name));
        self.conduct
            .chip
            .extend(chip.map(|name| (*name).to_string()));
        true
    }

    /// Everything that the host does by itself.
    fn settle(&mut self) -> Result<()> {
        let host: Vec<Event> = self
            .system
            .events()
            .filter(|event| matches!(event.info().kind, Kind::Host | Kind::Work))
            .collect();
        for _ in 0..MOST_STEPS {
            if !host.iter().any(|&event| self.event(event)) {
                return Ok(());
            }
        }
        bail!("the host does not come to rest: a storm")
    }

    /// Something happens, and the machine's VMM does what it says. Its guest has no controller of its own.
    fn input(&mut self, input: Input) -> Result<()> {
        let machine = self
            .machine
            .as_mut()
            .context("a case without the machine")?;
        for action in machine.handle(input) {
            match action {
                Action::EnableIntx => self.must("program.enable")?,
                Action::DisableIntx => self.disable()?,
                Action::Unmask => self.must("program.unmask")?,
                Action::Drain => drop(self.event(event("program.wait"))),
                Action::Assert | Action::Deassert => {}
                action => bail!("the machine wants {action:?} here"),
            }
        }
        Ok(())
    }

    /// One step of the script; `false` ends it.
    fn step(&mut self, step: Step, how: How) -> Result<bool> {
        let intx = how == How::Intx;
        match step {
            Step::Enable if intx => self.input(Input::Enable)?,
            Step::Disable if intx => self.input(Input::Disable)?,
            Step::Unmask if intx => self.input(Input::Eoi)?,
            Step::Rearm => self.input(Input::Rearm)?,
            Step::Enable => self.must("program.enable")?,
            Step::Disable => self.disable()?,
            Step::Mask => self.must("program.mask")?,
            Step::Unmask => self.must(if how == How::Ioctl {
                "program.unmask"
            } else {
                "program.unmask_eventfd"
            })?,
            // Raising what is raised and clearing what is clear changes nothing.
            Step::Raise(cause) => {
                self.event(event(if cause == Cause::One {
                    "device.assert"
                } else {
                    "device.assert_second"
                }));
            }
            Step::Clear(cause) => {
                self.event(event(if cause == Cause::One {
                    "device.withdraw"
                } else {
                    "device.withdraw_second"
                }));
            }
            Step::ClearAll => {
                self.event(event("program.clear"));
            }
            Step::Wait | Step::Idle => {
                let found = self.event(event("program.wait"));
                self.conduct.found.push(found);
                if found && intx {
                    self.input(Input::Trigger)?;
                }
                return Ok(found || step == Step::Idle);
            }
            // A cause is up, the host is at rest, and nothing came: that is what it has to find.
            Step::Doctor => {
                let stuck = self.conduct.found.last() == Some(&false);
                self.conduct.found.push(stuck);
            }
            // The rest of its steps follow by themselves: it is refused, and goes away.
            Step::Second => {
                self.must("second.enable")?;
                self.settle()?;
                ensure!(
                    self.state.halves()[0].second() == Ownership::Away,
                    "the second function is not refused"
                );
            }
            // The order in which it is asked for while `free_irq` is on its way: the others leave the flag alone.
            Step::HandOver => {
                self.disable()?;
                self.must("second.enable")?;
                self.settle()?;
                self.must("second.disable")?;
                self.must("second.freed")?;
                self.must("program.enable")?;
            }
            Step::Race(_) => bail!("{step} has no one order"),
        }
        self.settle()?;
        Ok(true)
    }

    /// `free_irq` and what follows are two steps of the model.
    fn disable(&mut self) -> Result<()> {
        self.must("program.disable")?;
        self.settle()?;
        while self.event(event("program.disable")) {
            self.settle()?;
        }
        Ok(())
    }

    fn must(&mut self, name: &str) -> Result<()> {
        if self.event(event(name)) {
            Ok(())
        } else {
            bail!("{name} cannot happen here")
        }
    }
}

/// The conduct of a case by the model.
///
/// # Errors
/// A system that does not exist, or a script that it cannot run.
pub fn predict(host: &Host, case: &Case) -> Result<Conduct> {
    if case.needs_kvm() {
        return host.chain(case);
    }
    let system = host.system(case)?;
    let conduct = Conduct {
        verdict: Verdict::Delivers,
        found: Vec::new(),
        taken: 0,
        ignored: 0,
        chip: Vec::new(),
        spurious: false,
    };
    let machine = (case.how == How::Intx).then(|| Intx::new(eoi_intx::Path::Eoi));
    let mut run = Run {
        system: &system,
        state: system.initial(),
        conduct,
        machine,
    };
    let mut steps = case.script.steps();
    let races = steps.iter().any(|step| matches!(step, Step::Race(_)));
    if races {
        steps = script(QUIET)?.steps();
    }
    for step in steps {
        if !run
            .step(step, case.how)
            .with_context(|| format!("{} at {step}", case.name()))?
        {
            run.conduct.verdict = if case.races() && !races {
                Verdict::MayStall
            } else {
                Verdict::Stalls
            };
            return Ok(run.conduct);
        }
    }
    if races && can_be_lost(&system)? {
        run.conduct.verdict = Verdict::MayStall;
    }
    Ok(run.conduct)
}

/// Whether some interleaving of the program's, the device's and the host's steps ends where INTx is set up and nothing
/// but setting it up again leads to another signal.
fn can_be_lost(system: &System) -> Result<bool> {
    let explored = explore(system, MOST_STATES).context("the system cannot be searched")?;
    let mut alive = vec![false; explored.states.len()];
    let mut back = vec![Vec::new(); explored.states.len()];
    for (from, edge) in explored.graph.edges() {
        let event = explored.events[edge.label as usize];
        if event.info().kind == Kind::Control {
            continue;
        }
        back[edge.to as usize].push(from);
        let log = system
            .step_logged(explored.states[from as usize], event)
            .map(|(_, log)| log)
            .unwrap_or_default();
        alive[from as usize] |= log.cost.get(Metric::EventfdSignals) > 0;
    }
    crate::trace::automaton::spread(&mut alive, &back);
    let set_up = |state: &State| state.halves()[0].is_intx() && state.halves()[0].started();
    Ok(explored
        .states
        .iter()
        .zip(&alive)
        .any(|(state, alive)| set_up(state) && !alive))
}
