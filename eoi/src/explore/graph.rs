//! The graph of all reachable states.

use eoi_model::cost::Cost;
use eoi_model::event::{Event, Kind, Role};
use eoi_model::state::State;
use eoi_model::system::System;

use super::index::{Index, Key};

/// What the laws have to know of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Whose turn it is: a small number a participant.
    pub participant: u8,
    /// It goes on by itself: neither device nor control.
    pub system: bool,
    /// It is the host's, in interrupt context.
    pub host: bool,
    /// The host takes an interrupt.
    pub host_irq: bool,
    /// The guest takes an interrupt of this function.
    pub guest_irq: bool,
    /// The guest clears causes of this function.
    pub service: bool,
    /// The kernel gives the line up.
    pub nobody_cared: bool,
    /// It counts when costs are compared: all but withdrawals, other people's interrupts and controls.
    pub costs: bool,
    /// The function that it happens to.
    pub function: u8,
}

impl Class {
    /// The participant that is a CPU in the middle of an interrupt: whatever comes meanwhile, it goes on.
    pub const HANDLER: u8 = 7;
}

/// What the laws have to know of a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// Function 0 is owed a service; function 1 is the next bit.
    pub const OWES: u8 = 1;
    /// The law `imbalance` is broken here.
    pub const IMBALANCED: u8 = 4;
    /// The law `imbalance` had something to say here.
    pub const TESTS_BALANCE: u8 = 8;
    /// The law `leak` is broken here.
    pub const LEAKS: u8 = 16;
    /// The law `leak` had something to say here.
    pub const TESTS_LEAK: u8 = 32;
    /// The law `unhandled` had something to say here.
    pub const TESTS_UNHANDLED: u8 = 64;

    /// Whether `bit` is set.
    #[must_use]
    pub const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

/// One transition.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The state it leads to.
    pub to: u32,
    /// The label: an index into [`Graph::classes`].
    pub label: u8,
    /// What it costs.
    pub cost: Cost,
}

/// Where a state was first reached from.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    /// The state before it; its own number for the initial one.
    pub from: u32,
    /// The label that led here.
    pub label: u8,
}

/// All reachable states, in breadth-first order, and all transitions between them.
#[derive(Default)]
pub struct Graph {
    /// What the laws know of each state.
    pub flags: Vec<Flags>,
    /// Where each state was first reached from.
    pub parents: Vec<Parent>,
    /// `edges[offsets[s]..offsets[s + 1]]` leave state `s`.
    pub offsets: Vec<u32>,
    /// The transitions, in the order of their source and then of their label.
    pub edges: Vec<Edge>,
    /// What each label is.
    pub classes: Vec<Class>,
}

impl Graph {
    /// The number of states.
    #[must_use]
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether there is no state.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The transitions that leave a state.
    #[must_use]
    pub fn leaving(&self, state: u32) -> &[Edge] {
        let state = state as usize;
        &self.edges[self.offsets[state] as usize..self.offsets[state + 1] as usize]
    }

    /// The class of a transition.
    #[must_use]
    pub fn class(&self, edge: &Edge) -> &Class {
        &self.classes[edge.label as usize]
    }

    /// The labels of the shortest path to a state.
    #[must_use]
    pub fn path(&self, mut state: u32) -> Vec<u8> {
        let mut labels = Vec::new();
        while self.parents[state as usize].from != state {
            labels.push(self.parents[state as usize].label);
            state = self.parents[state as usize].from;
        }
        labels.reverse();
        labels
    }

    /// Every transition with the state that it leaves.
    pub fn transitions(&self) -> impl Iterator<Item = (u32, &Edge)> {
        (0..self.len() as u32).flat_map(|state| self.leaving(state).iter().map(move |edge| (state, edge)))
    }
}

/// A system's graph, with the system's own names for states and labels.
pub struct Explored {
    /// The graph.
    pub graph: Graph,
    /// The states, by number.
    pub states: Vec<State>,
    /// The events, by label.
    pub events: Vec<Event>,
}

fn class(event: Event) -> Class {
    let info = event.info();
    Class {
        participant: match info.kind {
            Kind::Timer => Kind::Vmm as u8,
            Kind::Host if info.role != Role::HostIrq => Class::HANDLER,
            kind => kind as u8,
        },
        system: info.kind.is_system(),
        host: info.kind == Kind::Host,
        host_irq: info.role == Role::HostIrq,
        guest_irq: info.role == Role::GuestIrq,
        service: info.role == Role::Service,
        nobody_cared: info.role == Role::NobodyCared,
        costs: info.kind.is_system() || info.role == Role::Cause,
        function: event.function() as u8,
    }
}

fn flags(system: &System, state: State) -> Flags {
    let owes = system.halves(state).map(|half| system.owes(half));
    let mut bits = u8::from(owes[0]) | u8::from(owes[1]) << 1;
    for (bit, set) in [
        (Flags::IMBALANCED, system.is_imbalanced(state)),
        (Flags::TESTS_BALANCE, system.tests_balance(state)),
        (Flags::LEAKS, system.leaks(state)),
        (Flags::TESTS_LEAK, system.tests_leak(state)),
        (Flags::TESTS_UNHANDLED, system.tests_unhandled(state)),
    ] {
        bits |= if set { bit } else { 0 };
    }
    Flags(bits)
}

/// Explores all that a system can reach.
///
/// # Errors
/// The limit, if the system has more states.
pub fn explore(system: &System, limit: usize) -> Result<Explored, usize> {
    explore_telling(system, limit, &|_| {})
}

/// States between two calls of `tell`.
const TELL: usize = 1 << 16;

/// As [`explore`]; tells how many states have been looked at every now and then.
///
/// # Errors
/// As [`explore`].
pub fn explore_telling(system: &System, limit: usize, tell: &dyn Fn(usize)) -> Result<Explored, usize> {
    if system.is_narrow() {
        build::<u64>(system, limit, tell, |state| state.0 as u64, |key| State(u128::from(key)))
    } else {
        build::<u128>(system, limit, tell, |state| state.0, State)
    }
}

fn build<K: Key>(
    system: &System,
    limit: usize,
    tell: &dyn Fn(usize),
    fold: impl Fn(State) -> K,
    unfold: impl Fn(K) -> State,
) -> Result<Explored, usize> {
    let events: Vec<Event> = system.events().collect();
    let mut graph = Graph { classes: events.iter().map(|&event| class(event)).collect(), ..Graph::default() };
    let (mut index, mut keys) = (Index::default(), Vec::new());
    index.intern(&mut keys, fold(system.initial()));
    graph.parents.push(Parent { from: 0, label: 0 });
    let mut next = 0;
    while next < keys.len() {
        let state = unfold(keys[next]);
        graph.flags.push(flags(system, state));
        graph.offsets.push(graph.edges.len() as u32);
        for (label, &event) in events.iter().enumerate() {
            let Some((to, log)) = system.step_logged(state, event) else { continue };
            let (to, label) = (index.intern(&mut keys, fold(to)), label as u8);
            if to as usize == graph.parents.len() {
                graph.parents.push(Parent { from: next as u32, label });
            }
            graph.edges.push(Edge { to, label, cost: log.cost });
        }
        next += 1;
        if next % TELL == 0 {
            tell(next);
        }
        if keys.len() > limit {
            return Err(limit);
        }
    }
    graph.offsets.push(graph.edges.len() as u32);
    Ok(Explored { graph, states: keys.into_iter().map(unfold).collect(), events })
}
