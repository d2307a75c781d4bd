//! The system: one configuration of machines, and the step that moves them.

pub use crate::config::{Config, Path, Refusal};
use crate::config::{exists, guest_of};
use crate::cost::{Cost, Metric};
use crate::device::Device;
use crate::event::{EVENTS, Event, Kind};
use crate::genirq::spurious;
use crate::guest::Guest;
use crate::irqchip::{Access, Irqchip};
use crate::kernels::Kernel;
use crate::scenario::Scenario;
use crate::state::{Half, More, State};
use crate::{vmm, wire};

/// A configuration that exists, ready to step.
#[derive(Clone, Copy)]
pub struct System {
    pub(crate) chip: Irqchip,
    pub(crate) kernel: Kernel,
    pub(crate) device: Device,
    pub(crate) path: Path,
    pub(crate) guest: Guest,
    pub(crate) scenario: Scenario,
    pub(crate) cpus: u8,
    pub(crate) causes: u8,
    pub(crate) withdraws: bool,
    pub(crate) threadirqs: bool,
    wide: bool,
}

impl System {
    /// The system of this configuration, or why there is none.
    ///
    /// # Errors
    /// [`Refusal`] for a combination that no real system has, and for fixes that contradict each other.
    pub fn new(config: &Config<'_>) -> Result<Self, Refusal> {
        exists(config)?;
        let guest = guest_of(config)?;
        let (mut kernel, mut chip) = (*config.kernel, *config.chip);
        for (index, fix) in config.fixes.iter().enumerate() {
            let others = &config.fixes[..index];
            if others.iter().any(|other| other.replaces.iter().any(|name| fix.replaces.contains(name))) {
                return Err(Refusal {
                    reason: "two of the fixes replace the same function",
                    instead: "take one of them",
                });
            }
            (fix.applies)(&kernel, &chip)
                .map_err(|reason| Refusal { reason, instead: "leave the fix away, or take another kernel or chip" })?;
            (fix.apply)(&mut kernel, &mut chip);
        }
        let &Config { device, path, scenario, cpus, causes, withdraws, threadirqs, .. } = config;
        let wide = is_wide(path, scenario, &guest);
        Ok(Self { chip, kernel, device, path, guest, scenario, cpus, causes, withdraws, threadirqs, wide })
    }

    /// Whether the VMM's machine takes more of the state than a function's half has for it, so that the other half is
    /// [`More`] of it.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        self.wide
    }

    /// Whether nothing but the low half of a state is ever in use.
    #[must_use]
    pub const fn is_narrow(&self) -> bool {
        self.scenario.functions() == 1 && !self.wide
    }

    /// The functions' halves of a state; 0 for a function that this system does not have.
    #[inline]
    #[must_use]
    pub const fn halves(&self, state: State) -> [Half; 2] {
        let [first, second] = state.halves();
        [first, if self.wide { Half(0) } else { second }]
    }

    /// The guest's controller.
    #[must_use]
    pub const fn guest(&self) -> &Guest {
        &self.guest
    }

    /// The scenario.
    #[must_use]
    pub const fn scenario(&self) -> Scenario {
        self.scenario
    }

    pub(crate) fn neighbour(&self) -> bool {
        self.scenario == Scenario::SharedLine
    }

    /// Guard and effect of one event: the next state, or `None` where it cannot happen.
    #[inline]
    #[must_use]
    pub fn step(&self, state: State, event: Event) -> Option<State> {
        self.step_logged(state, event).map(|(state, _)| state)
    }

    /// As [`System::step`], with what the step cost and which kernel functions it called.
    #[must_use]
    pub fn step_logged(&self, state: State, event: Event) -> Option<(State, Log)> {
        let mut w = World::new(self, self.halves(state), event.function());
        if self.wide {
            w.more = More(state.halves()[1].0);
        }
        w.step(event)?;
        Some((w.state(), w.log))
    }

    /// Every event that any state of this system can have, in order of the table.
    pub fn events(&self) -> impl Iterator<Item = Event> + use<> {
        let functions = self.scenario.functions();
        (0..functions).flat_map(|function| (0..EVENTS.len()).map(move |index| Event::new(index, function)))
    }
}

/// The inputs that need it are given to the one function of a guest whose pin, or whose DisINTx, is the VMM's to see.
fn is_wide(path: Path, scenario: Scenario, guest: &Guest) -> bool {
    let heard = matches!(path, Path::Vmm | Path::BarTrap);
    let pin = path == Path::Vmm && (guest.masks || guest.edge);
    let more = pin || matches!(scenario, Scenario::GuestDisintx | Scenario::OwnDisintx | Scenario::Budget);
    scenario.functions() == 1 && heard && more
}

/// What a step did beside changing the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log {
    /// What it cost.
    pub cost: Cost,
    calls: [&'static str; Self::CALLS],
    len: usize,
}

impl Log {
    /// More calls than any one step makes.
    const CALLS: usize = 16;

    /// The kernel functions that the step called and a function tracer can show, in order.
    #[must_use]
    pub fn calls(&self) -> &[&'static str] {
        &self.calls[..self.len]
    }
}

/// A state in motion: what the rooms' functions work on.
pub struct World<'a> {
    pub(crate) sys: &'a System,
    pub(crate) s: [Half; 2],
    pub(crate) more: More,
    /// The function that the event happens to.
    pub(crate) f: usize,
    /// The line that it is on: the half that holds the line's share of the state.
    pub(crate) line: usize,
    pub(crate) log: Log,
}

impl<'a> World<'a> {
    #[inline]
    pub(crate) fn new(sys: &'a System, s: [Half; 2], f: usize) -> Self {
        Self { sys, s, more: More(0), f, line: sys.scenario.line_of(f), log: Log::default() }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        let [first, second] = self.s;
        State::from_halves([first, if self.sys.wide { Half(self.more.0) } else { second }])
    }

    #[inline]
    fn step(&mut self, event: Event) -> Option<()> {
        let info = event.info();
        if self.line != self.f && info.of_the_line {
            return None; // it is the first function's
        }
        if !info.kind.needs_no_thread() && self.cpus_in_interrupt() >= self.sys.cpus {
            return None;
        }
        if info.kind == Kind::Guest && vmm::holds_the_vcpu(self) {
            return None;
        }
        (info.step)(self)?;
        if info.kind != Kind::Host {
            spurious::forget(self);
        }
        Some(())
    }

    fn cpus_in_interrupt(&self) -> u8 {
        self.s.iter().map(|half| u8::from(half.flow() != 0)).sum()
    }

    /// No flow handler runs on this CPU.
    pub(crate) fn cpu_idle(&self, cpu: bool) -> bool {
        self.s.iter().all(|half| half.flow() == 0 || half.flow_cpu() != cpu)
    }

    /// The function's half.
    #[inline(always)]
    pub(crate) fn fun(&self) -> Half {
        self.s[self.f]
    }

    #[inline(always)]
    pub(crate) fn fun_mut(&mut self) -> &mut Half {
        &mut self.s[self.f]
    }

    /// The half of the function's line.
    #[inline(always)]
    pub(crate) fn irq(&self) -> Half {
        self.s[self.line]
    }

    #[inline(always)]
    pub(crate) fn irq_mut(&mut self) -> &mut Half {
        &mut self.s[self.line]
    }

    /// An access to the controller's pin that costs nothing, and what a load would have returned.
    pub fn chip(&mut self, access: Access) -> u8 {
        let reply = (self.sys.chip.hw)(self.irq().pin(), access);
        self.irq_mut().set_pin(reply.pin);
        reply.value
    }

    /// A store to the controller.
    pub fn write(&mut self, access: Access) {
        self.count(Metric::ChipWrites);
        self.chip(access);
    }

    /// A load from the controller, with its value.
    pub fn read(&mut self, access: Access) -> u8 {
        self.count(Metric::ChipReads);
        self.chip(access)
    }

    /// Loads and stores that do not change the pin.
    pub fn touch(&mut self, reads: u8, writes: u8) {
        self.counts(Metric::ChipReads, reads);
        self.counts(Metric::ChipWrites, writes);
    }

    /// Calls to firmware or hypervisor.
    pub fn firmware(&mut self, calls: u8) {
        self.counts(Metric::FirmwareCalls, calls);
    }

    pub(crate) fn count(&mut self, metric: Metric) {
        self.counts(metric, 1);
    }

    pub(crate) fn counts(&mut self, metric: Metric, n: u8) {
        self.log.cost.add(metric, n);
    }

    /// A kernel function that a tracer can show is called.
    pub fn call(&mut self, function: &'static str) {
        self.log.calls[self.log.len] = function;
        self.log.len += 1;
    }

    /// Shows the line's level to the controller.
    pub(crate) fn settle(&mut self) {
        wire::settle(self);
    }
}
