//! A system of the model as the search sees it.

use eoi_model::busy::Busy;
use eoi_model::cost::{Cost, Metric};
use eoi_model::event::{Event, Kind, Role};
use eoi_model::guards::Guards;
use eoi_model::state::{Half, State};
use eoi_model::system::System;
use eoi_search::{
    Actor, Class, EventSet, Facts, Graph, Held, Label, Paired, Search, TooManyStates,
    TransitionSystem, Words,
};

/// A system's graph, with the model's own states and events.
pub struct Explored {
    /// The graph.
    pub graph: Graph,
    /// The states, by number; 0 is the initial one.
    pub states: Vec<State>,
    /// The events, by label.
    pub events: Vec<Event>,
}

impl From<eoi_search::Explored<Words, Event>> for Explored {
    fn from(explored: eoi_search::Explored<Words, Event>) -> Self {
        Self {
            states: explored.states.iter().map(State::from_words).collect(),
            graph: explored.graph,
            events: explored.events,
        }
    }
}

/// Explores all that a system can reach.
///
/// # Errors
/// The limit, if the system has more states.
pub fn explore(system: &System, limit: usize) -> Result<Explored, TooManyStates> {
    let explored = Search::new().limit(limit).graph(&Searched::new(*system))?;
    Ok(explored.into())
}

/// A system whose states are words.
pub struct Searched {
    system: System,
    guards: Box<Guards>,
    /// The events of a function.
    events: usize,
    initial: Words,
    varying: Words,
}

impl Searched {
    /// This system, searched.
    #[must_use]
    pub fn new(system: System) -> Self {
        Self {
            guards: Box::new(Guards::new(&system)),
            events: system.events().count() / system.scenario().functions(),
            initial: system.initial().words(),
            varying: system.varying().words(),
            system,
        }
    }

    /// Whether every event that can happen is in the set: over all states, wherever debug assertions
    /// are on.
    fn nothing_is_lost(&self, state: State, enabled: EventSet, events: &[Event]) -> bool {
        let mut lost = (0..).zip(events).filter(|&(label, _)| !enabled.has(label));
        lost.all(|(_, &event)| self.system.step(state, event).is_none())
    }
}

/// The cost of a step of the model.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StepCost(Cost);

impl eoi_search::Cost for StepCost {
    const METRICS: usize = Metric::ALL.len();

    fn count(&self, metric: usize) -> u32 {
        self.0.get(Metric::ALL[metric]).into()
    }
}

impl TransitionSystem for Searched {
    type State = Words;
    type Event = Event;
    type Cost = StepCost;

    fn initial(&self) -> Words {
        self.initial
    }

    fn events(&self) -> Vec<Event> {
        self.system.events().collect()
    }

    fn step(&self, state: Words, event: Event) -> Option<(Words, StepCost)> {
        let (to, cost) = self.system.step_counted(State::from_words(state), event)?;
        Some((to.words(), StepCost(cost)))
    }

    fn enabled(&self, state: Words) -> EventSet {
        let [first, second] = self.guards.allow(&self.system, State::from_words(state));
        let all = u128::from(first) | u128::from(second) << self.events;
        EventSet::from_words([all as u64, (all >> 64) as u64, 0, 0])
    }

    fn successors(
        &self,
        state: Words,
        events: &[Event],
        mut visit: impl FnMut(Label, Words, StepCost),
    ) {
        let (from, enabled) = (State::from_words(state), self.enabled(state));
        debug_assert!(self.nothing_is_lost(from, enabled, events));
        enabled.below(events.len()).for_each(|label| {
            let event = events[usize::from(label)];
            if let Some((to, cost)) = self.system.step_allowed(from, event) {
                visit(label, to.words(), StepCost(cost));
            }
        });
    }

    fn class(&self, event: Event) -> Class {
        class(event)
    }

    fn varying(&self) -> Words {
        self.varying
    }

    fn facts(&self, state: Words) -> Facts {
        let (system, state) = (&self.system, State::from_words(state));
        let [first, second] = state.halves().map(|half| system.owes(half));
        Facts::NONE
            .with(Facts::owes(0), first)
            .with(Facts::owes(1), second || system.owes_emulated(state))
            .with(Facts::BREAKS_IMBALANCE, system.is_imbalanced(state))
            .with(Facts::TESTS_IMBALANCE, system.tests_balance(state))
            .with(Facts::BREAKS_LEAK, system.leaks(state))
            .with(Facts::TESTS_LEAK, system.tests_leak(state))
            .with(Facts::TESTS_UNHANDLED, system.tests_unhandled(state))
            .with(Facts::OWES_NEIGHBOUR, system.owes_neighbour(state))
    }
}

/// The number of the participant that is a CPU in the middle of an interrupt. It takes its turns apart from the CPUs
/// that could take a new one.
const HANDLER: u8 = Kind::Control as u8 + 1;

/// The number of the participant that is a store on its way to the controller.
const STORE: u8 = HANDLER + 1;

/// The client that the emulated device on the guest's pin is. There is no second function beside it.
const EMULATED: u8 = 1;

/// A client of the search is a function of the model, or the emulated device on the guest's pin. A timer takes its turns as its VMM does. A cost counts whatever
/// goes on by itself, and causes: withdrawals, interrupts of others and controls would have no bound.
fn class(event: Event) -> Class {
    let info = event.info();
    let role = match info.role {
        Role::HostIrq => eoi_search::Role::HostIrq,
        Role::GuestIrq => eoi_search::Role::GuestIrq,
        Role::Service | Role::ServiceOfEmulated => eoi_search::Role::Service,
        Role::NobodyCared => eoi_search::Role::GivesUp,
        Role::Neighbour => eoi_search::Role::NeighbourService,
        Role::Other | Role::Cause => eoi_search::Role::None,
    };
    // Its arrival brings no handler further.
    let is_store = info.participant() == "chip";
    Class {
        actor: match info.kind {
            Kind::Host if !is_store => Actor::Host,
            kind if kind.is_system() => Actor::System,
            _ => Actor::Environment,
        },
        participant: match info.kind {
            Kind::Timer => Kind::Vmm as u8,
            Kind::Host if is_store => STORE,
            Kind::Host if info.role != Role::HostIrq => HANDLER,
            kind => kind as u8,
        },
        role,
        paced: matches!(info.kind, Kind::Guest | Kind::Timer),
        client: match info.role {
            Role::ServiceOfEmulated => EMULATED,
            _ => event.function() as u8,
        },
        counts: info.kind.is_system() || info.role == Role::Cause,
        turn: has_turn(event).then_some(info.kind as u8),
    }
}

/// Whether an event has a turn where nobody races. Withdrawals, a second cause and controls are races; a guest that is
/// not ready yet gets ready in the end.
fn has_turn(event: Event) -> bool {
    let info = event.info();
    info.kind.is_system() || matches!(info.name, "device.assert" | "guest.ready")
}

/// Two functions on a line each; other systems are refused by [`Pairs::new`](eoi_search::Pairs::new).
impl Paired for Searched {
    type Half = u128;

    fn split(&self, state: Words) -> [u128; 2] {
        State::from_words(state).halves().map(|half| half.0)
    }

    fn join(&self, halves: [u128; 2]) -> Words {
        State::from_halves(halves.map(Half)).words()
    }

    fn held(&self, half: u128) -> Held {
        Held::new(self.system.busy(Half(half)).bits())
    }

    fn step_half(&self, half: u128, other: Held, event: Event) -> Option<u128> {
        self.system
            .step_half(Half(half), Busy::from_bits(other.bits())?, event)
            .map(|half| half.0)
    }
}
