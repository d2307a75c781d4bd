//! Follows a system through a sequence of events and writes down every step.

use eoi_model::cost::Metric;
use eoi_model::event::{Event, Kind};
use eoi_model::fields::{self, Shown};
use eoi_model::log::{Log, Operation};
use eoi_model::packed::Word;
use eoi_model::state::State;
use eoi_model::system::System;

use super::run::{
    Access, Afterwards, Change, End, FunctionState, Possible, Role, Run, Step, Turn, Value,
};
use crate::check::by_name::ByName;

/// Steps of [`Afterwards`] at most.
const MOST: usize = 16;

/// A system with the names of its bits.
pub struct Follow<'a> {
    system: &'a System,
    /// Every event that can happen at all.
    events: Vec<Event>,
}

impl<'a> Follow<'a> {
    /// A system.
    #[must_use]
    pub fn new(system: &'a System) -> Self {
        Self {
            system,
            events: system.events().collect(),
        }
    }

    /// The run of these events, of which the last `cycle` repeat for ever; 0 for none. `None` if one of them cannot
    /// happen in its place.
    #[must_use]
    pub fn run(&self, events: &[Event], cycle: usize) -> Option<Run> {
        Some(self.follow(events, cycle)?.0)
    }

    /// Like [`Follow::run`], with what still happens by itself afterwards.
    #[must_use]
    pub fn run_to_the_end(&self, events: &[Event]) -> Option<Run> {
        let (run, state) = self.follow(events, 0)?;
        Some(Run {
            afterwards: Some(self.afterwards(state, run.steps.len())),
            ..run
        })
    }

    fn follow(&self, events: &[Event], cycle: usize) -> Option<(Run, State)> {
        let (mut state, mut steps) = (self.system.initial(), Vec::new());
        for &event in events {
            let (step, next) = self.step(state, event, steps.len() + 1)?;
            steps.push(step);
            state = next;
        }
        let cycle_from = if cycle == 0 {
            None
        } else {
            (steps.len() + 1).checked_sub(cycle)
        };
        let initial = self.functions(self.system.initial());
        Some((
            Run {
                initial,
                steps,
                cycle_from,
                afterwards: None,
            },
            state,
        ))
    }

    /// Everything that still happens by itself from a state on, after `before` steps. The host goes first.
    #[must_use]
    pub fn afterwards(&self, mut state: State, before: usize) -> Afterwards {
        let mut events: Vec<Event> = self
            .events
            .iter()
            .copied()
            .filter(|e| e.info().kind.is_system())
            .collect();
        events.sort_by_key(|event| event.info().kind);
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let number = before + steps.len() + 1;
            let Some((step, next)) = events
                .iter()
                .find_map(|&event| self.step(state, event, number))
            else {
                return Afterwards {
                    steps,
                    end: End::Nothing,
                };
            };
            if steps.len() == MOST {
                return Afterwards {
                    steps,
                    end: End::More,
                };
            }
            steps.push(step);
            state = next;
        }
    }

    /// One step from a state, written down with this number, and the state after it. `None` if the event cannot happen
    /// there.
    #[must_use]
    pub fn step(&self, state: State, event: Event, number: usize) -> Option<(Step, State)> {
        let (next, log) = self.system.step_logged(state, event)?;
        let info = event.info();
        let others = self.events.iter().filter(|&&other| other != event);
        let step = Step {
            number,
            event: info.name.to_string(),
            function: event.function() as u8,
            participant: info.participant().to_string(),
            turn: turn(info.kind),
            role: role(info.role),
            atomic_by: info.atomic_by.to_string(),
            cites: self.system.cites(event).to_string(),
            changes: self.changes(state, next),
            calls: log.calls().iter().map(|call| (*call).to_string()).collect(),
            accesses: log.operations().iter().map(access).collect(),
            cost: cost(&log),
            state: self.functions(next),
            others: others
                .filter(|&&other| self.system.step(state, other).is_some())
                .map(possible)
                .collect(),
        };
        Some((step, next))
    }

    fn changes(&self, before: State, after: State) -> Vec<Change> {
        let halves = self
            .fields(before)
            .into_iter()
            .zip(self.fields(after))
            .enumerate();
        let changed = |(function, (before, after)): (usize, (Vec<Named>, Vec<Named>))| {
            let pairs = before
                .into_iter()
                .zip(after)
                .filter(|((_, old), (_, new))| old != new);
            let change = move |((name, old), (_, new)): (Named, Named)| Change {
                function: function as u8,
                field: name.to_string(),
                old,
                new,
            };
            pairs.map(change).collect::<Vec<_>>()
        };
        halves.flat_map(changed).collect()
    }

    /// A state by the names of its fields.
    #[must_use]
    pub fn functions(&self, state: State) -> Vec<FunctionState> {
        let named = |fields: Vec<Named>| {
            fields
                .into_iter()
                .map(|(name, value)| (name.to_string(), value))
                .collect()
        };
        let all = self.fields(state).into_iter().enumerate();
        all.map(|(function, fields)| FunctionState {
            function: function as u8,
            fields: named(fields),
        })
        .collect()
    }

    /// The fields of each function, in the order of the state.
    fn fields(&self, state: State) -> Vec<Vec<Named>> {
        let named = |shown: Shown| (shown.name, value(shown.value));
        let functions = 0..self.system.scenario().functions();
        functions
            .map(|function| self.system.fields(state, function).map(named).collect())
            .collect()
    }
}

type Named = (&'static str, Value);

fn value(value: fields::Value) -> Value {
    let names = |set: u8, words: &[Word]| {
        let set = words
            .iter()
            .enumerate()
            .filter(|(bit, _)| set & (1 << bit) != 0);
        set.map(|(_, word)| word.name.to_string()).collect()
    };
    match value {
        fields::Value::Flag(on) => Value::Flag(on),
        fields::Value::Number(number) => Value::Number(number.into()),
        fields::Value::Word(word) => Value::Name(word.name.to_string()),
        fields::Value::Bits(set, words) => Value::Bits(names(set, words)),
        fields::Value::Actions(actions) => {
            Value::Bits(actions.map(|action| format!("{action:?}")).collect())
        }
    }
}

pub(super) fn access(operation: &Operation) -> Access {
    Access {
        metric: ByName(operation.metric),
        name: operation.name.to_string(),
        by: operation.by.map(str::to_string),
        value: operation.value,
    }
}

fn possible(event: &Event) -> Possible {
    Possible {
        event: event.info().name.to_string(),
        function: event.function() as u8,
    }
}

fn cost(log: &Log) -> std::collections::BTreeMap<ByName<Metric>, u32> {
    let all = Metric::ALL
        .into_iter()
        .map(|metric| (ByName(metric), u32::from(log.cost.get(metric))));
    all.filter(|(_, count)| *count > 0).collect()
}

const fn turn(kind: Kind) -> Turn {
    match kind {
        Kind::Host => Turn::Host,
        Kind::Work => Turn::Work,
        Kind::Vmm => Turn::Vmm,
        Kind::Guest => Turn::Guest,
        Kind::Device => Turn::Device,
        Kind::Timer => Turn::Timer,
        Kind::Control => Turn::Control,
    }
}

const fn role(role: eoi_model::event::Role) -> Option<Role> {
    match role {
        eoi_model::event::Role::Other
        | eoi_model::event::Role::Neighbour
        | eoi_model::event::Role::ServiceOfEmulated => None,
        eoi_model::event::Role::Cause => Some(Role::Cause),
        eoi_model::event::Role::HostIrq => Some(Role::HostIrq),
        eoi_model::event::Role::NobodyCared => Some(Role::NobodyCared),
        eoi_model::event::Role::GuestIrq => Some(Role::GuestIrq),
        eoi_model::event::Role::Service => Some(Role::Service),
    }
}
