//! The typical run: the run in which nobody races, because everybody acts in a fixed order of turns.

use std::collections::BTreeMap;

use crate::class::Role;
use crate::ratio::Ratio;
use crate::system::{Cost, TransitionSystem};

/// The run in which nobody races.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typical {
    /// The cost per service, by metric, of the round that the run ends in. `None` if that round serves nothing, or if
    /// the run stops.
    pub round: Option<Vec<Ratio>>,
    /// The services before the run stops, or before a round that serves nothing. `None` if services go on for ever.
    pub ends_after: Option<u64>,
}

/// Runs the system with nobody racing.
///
/// The run starts in the initial state and takes, of all events that have a [turn](crate::Class::turn) and can happen,
/// the one of the lowest turn; of those with the same turn, the first in order. It ends, as there are finitely many
/// states, in a round that goes on for ever, or in a state in which nothing can happen.
#[must_use]
pub fn typical<T: TransitionSystem>(system: &T) -> Typical {
    let mut events: Vec<_> = system
        .events()
        .into_iter()
        .map(|event| (event, system.class(event)))
        .collect();
    events.retain(|(_, class)| class.turn.is_some());
    events.sort_by_key(|(_, class)| class.turn);
    let (mut state, mut tally) = (
        system.initial(),
        Tally {
            sums: vec![0; T::Cost::METRICS],
            served: 0,
        },
    );
    let mut seen = BTreeMap::new();
    let round = loop {
        if let Some(before) = seen.insert(state, tally.clone()) {
            break tally.since(&before);
        }
        let next = events
            .iter()
            .find_map(|&(event, class)| Some((class, system.step(state, event)?)));
        let Some((class, (to, cost))) = next else {
            break None;
        };
        for (metric, sum) in tally.sums.iter_mut().enumerate() {
            *sum += u64::from(cost.count(metric));
        }
        tally.served += u64::from(class.role == Role::Service);
        state = to;
    };
    let ends_after = round.is_none().then_some(tally.served);
    Typical { round, ends_after }
}

/// Sums over a stretch of a run.
#[derive(Clone)]
struct Tally {
    /// By metric.
    sums: Vec<u64>,
    served: u64,
}

impl Tally {
    /// The costs since `before`, per service.
    fn since(&self, before: &Self) -> Option<Vec<Ratio>> {
        let served = self.served - before.served;
        let ratios = || {
            self.sums
                .iter()
                .zip(&before.sums)
                .map(|(now, then)| Ratio::new(now - then, served))
                .collect()
        };
        (served > 0).then(ratios)
    }
}
