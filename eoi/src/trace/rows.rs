//! Candidate rows: a controller, a kernel and a device, with every state that a program on vfio-pci's ABI can reach.

use std::collections::BTreeSet;

use anyhow::Result;
use eoi_model::cost::Metric;
use eoi_model::device::Device;
use eoi_model::event::Kind;
use eoi_model::fixes::Fix;
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::Kernel;
use eoi_model::scenario::Scenario;
use eoi_model::state::State;
use eoi_model::system::{Path, Refusal, System};

use super::words::{Calls, Words};
use crate::check::configuration::{Configuration, GuestChoice};
use crate::check::searched::explore;
use crate::error::CannotTell;

/// States at which a row is given up. A program's systems have some thousands.
pub const MOST_STATES: usize = 1 << 20;

/// The host's CPUs. A recording never shows that there is one only: a CPU that does nothing here leaves no line.
pub const HOST_CPUS: u8 = 2;

/// One combination that may explain a recording.
#[derive(Clone, Copy)]
pub struct Candidate {
    /// The host's controller.
    pub chip: &'static Irqchip,
    /// The host's kernel.
    pub kernel: &'static Kernel,
    /// The device.
    pub device: Device,
    /// A fix on top of the kernel, or the merged one taken out.
    pub fix: Option<&'static Fix>,
    /// Boot argument `threadirqs`.
    pub threadirqs: bool,
}

/// Every combination that exists.
#[must_use]
pub fn candidates(chips: &[&'static Irqchip], kernels: &[&'static Kernel], devices: &[Device]) -> Vec<Candidate> {
    let all = chips.iter().flat_map(|&chip| {
        kernels.iter().flat_map(move |&kernel| devices.iter().map(move |&device| Candidate::new(chip, kernel, device)))
    });
    all.filter(|candidate| candidate.system(1).is_ok()).collect()
}

impl Candidate {
    /// A released kernel as it is.
    #[must_use]
    pub const fn new(chip: &'static Irqchip, kernel: &'static Kernel, device: Device) -> Self {
        Self { chip, kernel, device, fix: None, threadirqs: false }
    }

    /// The program's system. One cause is as good as two: the program clears all of them at once, and a recording
    /// does not show them.
    ///
    /// # Errors
    /// The model's refusal.
    pub fn system(&self, cpus: u8) -> Result<System, Refusal> {
        let &Self { chip, kernel, device, fix, threadirqs } = self;
        let (fixes, guest) = (fix.into_iter().collect(), GuestChoice::default());
        let (path, scenario, causes) = (Path::Program, Scenario::Steady, 1);
        Configuration { chip, kernel, fixes, device, path, guest, scenario, cpus, causes, threadirqs }.system()
    }
}

/// Whether steps of this kind belong to a life without setting up and tearing down.
#[must_use]
pub fn goes_on(kind: Kind) -> bool {
    kind != Kind::Control
}

/// One transition.
#[derive(Clone, Copy)]
pub struct Step {
    /// The state it leads to.
    pub to: u32,
    /// What of it the recording shows.
    pub calls: Calls,
    /// It happens in interrupt context.
    pub irq: bool,
}

/// A candidate's system, explored.
pub struct Row {
    /// Which one.
    pub candidate: Candidate,
    /// The system.
    pub system: System,
    /// The states; 0 is the one in which INTx is not set up.
    pub states: Vec<State>,
    steps: Vec<Step>,
    offsets: Vec<u32>,
    alive: Vec<bool>,
}

impl Row {
    /// Explores a row. `shown` are the names that occur in the recording, `hidden` those that it cannot show.
    ///
    /// # Errors
    /// [`CannotTell`] if the row has more states than are kept.
    pub fn explore(
        candidate: Candidate,
        words: &Words,
        shown: &BTreeSet<&str>,
        hidden: &BTreeSet<&str>,
    ) -> Result<Self> {
        let chip = candidate.chip.name;
        let system = candidate.system(HOST_CPUS).map_err(|refusal| anyhow::anyhow!(refusal.reason))?;
        let explored = explore(&system, MOST_STATES)
            .map_err(|too_many| CannotTell(format!("{chip} has {too_many}; leave it out with --chip")))?;
        let observable = |name: &str| shown.contains(name) || (words.essential(chip, name) && !hidden.contains(name));
        let visible = |calls: &[&'static str]| {
            let mut numbers = calls.iter().filter(|name| observable(name)).filter_map(|name| words.number(name));
            numbers.try_fold(Calls::NONE, Calls::push).expect("a step makes 16 calls at most")
        };
        let mut row = Self {
            candidate,
            system,
            alive: Vec::new(),
            steps: Vec::with_capacity(explored.graph.transitions()),
            offsets: vec![0],
            states: explored.states,
        };
        let mut alive = vec![false; row.states.len()];
        let mut back = vec![Vec::new(); row.states.len()];
        for from in 0..row.states.len() {
            for edge in explored.graph.leaving(from as u32) {
                let event = explored.events[edge.label as usize];
                let log = system.step_logged(row.states[from], event).map(|(_, log)| log).unwrap_or_default();
                row.steps.push(Step { to: edge.to, calls: visible(log.calls()), irq: event.info().kind == Kind::Host });
                if goes_on(event.info().kind) {
                    back[edge.to as usize].push(from as u32);
                    alive[from] |= log.cost.get(Metric::EventfdSignals) > 0;
                }
            }
            row.offsets.push(row.steps.len() as u32);
        }
        spread(&mut alive, &back);
        row.alive = alive;
        Ok(row)
    }

    /// The transitions that leave a state.
    #[must_use]
    pub fn leaving(&self, state: u32) -> &[Step] {
        let state = state as usize;
        &self.steps[self.offsets[state] as usize..self.offsets[state + 1] as usize]
    }

    /// Whether INTx is set up in some of these states, and in none of those anything but setting it up again leads to
    /// another signal. That it may have been torn down unseen does not count: setting up again is seen.
    #[must_use]
    pub fn is_dead(&self, states: &BTreeSet<u32>) -> bool {
        let set_up = |&&state: &&u32| {
            let half = self.states[state as usize].halves()[0];
            half.is_intx() && half.started()
        };
        let mut set_up = states.iter().filter(set_up).peekable();
        set_up.peek().is_some() && set_up.all(|&state| !self.alive[state as usize])
    }
}

/// Marks whatever leads to a marked state.
pub(crate) fn spread(marked: &mut [bool], back: &[Vec<u32>]) {
    let mut todo: Vec<u32> = (0..marked.len() as u32).filter(|&state| marked[state as usize]).collect();
    while let Some(state) = todo.pop() {
        for &from in &back[state as usize] {
            if !std::mem::replace(&mut marked[from as usize], true) {
                todo.push(from);
            }
        }
    }
}
