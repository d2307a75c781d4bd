//! The run in which nobody races: of all that can happen, the host goes first, then work items, VMM, guest, device.

use std::collections::HashMap;

use eoi_model::cost::{Cost, Metric};
use eoi_model::event::Event;
use eoi_model::system::System;

/// Sums over a stretch of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By metric, in the order of [`Metric::ALL`].
    pub sums: [u64; Metric::ALL.len()],
    /// Services in the stretch.
    pub served: u64,
}

impl Tally {
    fn add(&mut self, cost: Cost, served: bool) {
        for (sum, metric) in self.sums.iter_mut().zip(Metric::ALL) {
            *sum += u64::from(cost.get(metric));
        }
        self.served += u64::from(served);
    }

    fn minus(&self, other: &Self) -> Self {
        let mut difference = *self;
        for (sum, before) in difference.sums.iter_mut().zip(other.sums) {
            *sum -= before;
        }
        difference.served -= other.served;
        difference
    }
}

/// The run, up to the first state that comes again.
pub struct Run {
    /// The events.
    pub events: Vec<Event>,
    /// Where in `events` the round begins that goes on for ever.
    pub round: usize,
    /// What one round sums up to.
    pub tally: Tally,
}

/// The order of turns. Withdrawals, a second cause and controls are races; a timer is slower than everything. A guest
/// that is not ready yet gets ready in the end.
fn candidates(system: &System) -> Vec<Event> {
    let mut events: Vec<Event> = system
        .events()
        .filter(|event| {
            let info = event.info();
            info.kind.is_system() || matches!(info.name, "device.assert" | "guest.ready")
        })
        .collect();
    events.sort_by_key(|event| event.info().kind);
    events
}

/// Follows the run. It always ends, as there are finitely many states.
#[must_use]
pub fn run(system: &System) -> Run {
    let candidates = candidates(system);
    let (mut state, mut tally, mut events) = (system.initial(), Tally::default(), Vec::new());
    let mut seen = HashMap::new();
    loop {
        if let Some((round, before)) = seen.insert(state, (events.len(), tally)) {
            return Run { events, round, tally: tally.minus(&before) };
        }
        let next = candidates.iter().find_map(|&event| Some((event, system.step_logged(state, event)?)));
        let Some((event, (to, log))) = next else {
            let round = events.len();
            return Run { events, round, tally: Tally::default() };
        };
        tally.add(log.cost, event.is_service());
        events.push(event);
        state = to;
    }
}
