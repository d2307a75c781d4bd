//! An exact search of small concurrent systems: every state that a system can reach, nine laws about the graph of them,
//! and the exact cost of each service.
//!
//! A system implements [`TransitionSystem`]: where it starts, its events, its step, and for each event and state the few
//! facts that the laws need. [`explore`] builds the [`Graph`], [`Verdicts`] judges it, [`Cycles`] computes best and worst
//! costs, [`typical`] the cost of the run in which nobody races. A system in two halves that meet in a few shared things
//! only ([`Paired`]) is searched by [`Pairs`] without visiting its states one by one.
//!
//! The search is exact: states are compared, never their hashes. States are numbered in the order in which they are
//! found, breadth first and events in order, so that the first state of any kind is one that a shortest path leads to,
//! and the same in every run.
//!
//! # The laws
//!
//! A system serves clients. Some of its events are interrupts of a host or of a guest ([`Role`]); some go on by
//! themselves and others come from outside ([`Actor`]). On the graph of such a system:
//!
//! * [`Law::Stall`]: a state owes a client a service, and no path of events that go on by themselves leads from it to an
//!   event that serves this client. Sometimes: a service happens in a state that owes it.
//! * [`Law::Storm`]: a cycle of the host's events alone has a host interrupt on it. The cycle is fair to what the host
//!   has begun: an event of the host that is no interrupt happens on the cycle, or none can happen in some state of it.
//!   Sometimes: a host interrupt happens.
//! * [`Law::Livelock`]: a cycle of events that go on by themselves has a guest interrupt on it and no service. The cycle
//!   is fair to every participant: each acts on it, or is unable to in some state of it. Sometimes: a guest interrupt
//!   happens in a state that owes its client a service.
//! * [`Law::Imbalance`], [`Law::Leak`]: a state that the system says breaks them ([`Facts`]). Sometimes: a state that
//!   the system says tests them.
//! * [`Law::Unhandled`]: an event by which the system gives up can happen. Sometimes: a state that the system says tests
//!   it.
//! * [`Law::Unbounded`]: a cycle of events that go on by themselves and whose pace neither guest nor timer sets
//!   ([`Class::paced`]) has a host interrupt on it and no service, and each of its states owes the same client a service.
//!   The cycle is fair to every participant, of whom guest and timers are none here. Sometimes: a host interrupt happens
//!   in a state that owes its client a service.
//! * [`Law::Neighbour`]: as `Stall`, of the neighbour. Sometimes: its service happens in a state that owes it.
//! * [`Law::Spurious`]: a cycle as that of `Livelock`, and none of its states owes the client of the guest interrupt
//!   anything. Sometimes: a guest interrupt happens in a state that owes its client nothing.
//!
//! `Livelock` does not ask for an owed service: a guest that can do nothing else is as dead with a cause as without one.
//! `Spurious` says that there was none.
//!
//! A law that holds without its "sometimes" holds for want of occasion, and [`Verdict::sometimes`] says so.
//!
//! # The costs
//!
//! Each step counts a few metrics ([`Cost`]). The best cost of a service is the least ratio of cost to services over all
//! cycles of the events that count, the worst is the greatest ([`Bounds`]). There is no worst where such a cycle costs
//! something and serves nothing.
#![forbid(unsafe_code)]

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod block;
mod class;
mod cycle;
mod draws;
mod explore;
mod graph;
mod halves;
mod judgement;
mod key;
mod kinds;
mod laws;
mod memory;
mod packed;
mod paired;
mod pairs;
mod part;
mod ratio;
mod scc;
mod set;
mod store;
mod system;
mod typical;

pub use class::{Actor, CLIENTS, Class, Facts, PARTICIPANTS, Role};
pub use explore::{Explored, Search, States, TooManyStates, explore};
pub use graph::{Edge, Graph};
pub use laws::{Law, Verdict, Verdicts};
pub use packed::{Packed, Words};
pub use paired::{Held, Paired, Refusal};
pub use pairs::whole::Whole;
pub use pairs::{Pairs, Reach};
pub use ratio::{Bounds, Cycles, Ratio};
pub use system::{Cost, EventSet, Label, TransitionSystem};
pub use typical::{Typical, typical};
