//! The table of events, with guard and effect of each: one file for each of those who act.

use super::info::EventInfo;

mod control;
mod device;
mod guest;
mod kernel;
mod program;
mod vmm;

/// Those who act. The order within a kind is the order in which they act when nobody races.
const ACTORS: [&[EventInfo]; 6] = [
    kernel::EVENTS,
    vmm::EVENTS,
    program::EVENTS,
    guest::EVENTS,
    device::EVENTS,
    control::EVENTS,
];

/// Every event, actor by actor.
pub static EVENTS: &[EventInfo] = &joined();

const fn count() -> usize {
    let (mut count, mut actor) = (0, 0);
    while actor < ACTORS.len() {
        count += ACTORS[actor].len();
        actor += 1;
    }
    count
}

const fn joined() -> [EventInfo; count()] {
    let mut all = [ACTORS[0][0]; count()];
    let (mut next, mut actor) = (0, 0);
    while actor < ACTORS.len() {
        let mut at = 0;
        while at < ACTORS[actor].len() {
            all[next] = ACTORS[actor][at];
            (next, at) = (next + 1, at + 1);
        }
        actor += 1;
    }
    all
}
