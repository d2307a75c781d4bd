//! A toy: a system that is written down as its transitions.

use std::collections::BTreeMap;

use eoi_search::{
    Actor, Class, Explored, Facts, Graph, Label, Role, TransitionSystem, Verdict, Verdicts, explore,
};

/// Labels of the toys.
pub const ASSERT: Label = 0;
pub const HOST_IRQ: Label = 1;
pub const HOST_STEP: Label = 2;
pub const VMM_STEP: Label = 3;
pub const TAKE: Label = 4;
pub const SERVICE: Label = 5;
pub const GUEST_STEP: Label = 6;
pub const GIVES_UP: Label = 7;
pub const TAKE_SECOND: Label = 8;
pub const SERVICE_SECOND: Label = 9;
pub const SERVICE_NEIGHBOUR: Label = 10;

/// The class of each label. A device outside; a host whose handlers take turns apart from its interrupts; a VMM; a guest,
/// which sets its own pace.
pub fn classes() -> Vec<Class> {
    let class = |actor, participant, role| Class {
        actor,
        participant,
        role,
        client: 0,
        paced: participant == 3,
        counts: true,
        turn: Some(participant),
    };
    let second = |class| Class { client: 1, ..class };
    vec![
        class(Actor::Environment, 4, Role::None),
        class(Actor::Host, 1, Role::HostIrq),
        class(Actor::Host, 0, Role::None),
        class(Actor::System, 2, Role::None),
        class(Actor::System, 3, Role::GuestIrq),
        class(Actor::System, 3, Role::Service),
        class(Actor::System, 3, Role::None),
        class(Actor::Host, 0, Role::GivesUp),
        second(class(Actor::System, 3, Role::GuestIrq)),
        second(class(Actor::System, 3, Role::Service)),
        class(Actor::Host, 0, Role::NeighbourService),
    ]
}

/// One transition: from, label, to, and what it costs by two metrics.
pub type Transition = (u32, Label, u32, [u8; 2]);

/// The system. It starts in state 0.
#[derive(Clone, Debug)]
pub struct Toy {
    pub classes: Vec<Class>,
    pub steps: BTreeMap<(u32, Label), (u32, [u8; 2])>,
    pub facts: BTreeMap<u32, Facts>,
}

impl Toy {
    /// A toy of the labels above, all of whose steps are free.
    pub fn new(transitions: &[(u32, Label, u32)]) -> Self {
        let free: Vec<Transition> = transitions
            .iter()
            .map(|&(from, label, to)| (from, label, to, [0; 2]))
            .collect();
        Self::with_costs(&free)
    }

    /// A toy of the labels above.
    pub fn with_costs(transitions: &[Transition]) -> Self {
        let steps: BTreeMap<_, _> = transitions
            .iter()
            .map(|&(from, label, to, cost)| ((from, label), (to, cost)))
            .collect();
        assert_eq!(
            steps.len(),
            transitions.len(),
            "an event has one outcome in a state"
        );
        Self {
            classes: classes(),
            steps,
            facts: BTreeMap::new(),
        }
    }

    /// The same, and each of these states has a fact more.
    pub fn with(mut self, states: &[u32], fact: Facts) -> Self {
        for &state in states {
            let facts = self.facts.entry(state).or_default();
            *facts = facts.with(fact, true);
        }
        self
    }

    /// The same, and these states owe client 0 a service.
    pub fn owing(self, states: &[u32]) -> Self {
        self.with(states, Facts::owes(0))
    }

    pub fn explored(&self) -> Explored<u32, Label> {
        explore(self, usize::MAX, &|_| {}).expect("a toy is small")
    }

    pub fn graph(&self) -> Graph {
        self.explored().graph
    }

    pub fn verdict(&self, law: eoi_search::Law) -> Verdict {
        Verdicts::new(&self.graph()).of(law).clone()
    }
}

impl TransitionSystem for Toy {
    type State = u32;
    type Event = Label;
    type Cost = [u8; 2];

    fn initial(&self) -> u32 {
        0
    }

    fn events(&self) -> Vec<Label> {
        (0..self.classes.len() as Label).collect()
    }

    fn step(&self, state: u32, event: Label) -> Option<(u32, [u8; 2])> {
        self.steps.get(&(state, event)).copied()
    }

    fn class(&self, event: Label) -> Class {
        self.classes[usize::from(event)]
    }

    fn facts(&self, state: u32) -> Facts {
        self.facts.get(&state).copied().unwrap_or_default()
    }
}
