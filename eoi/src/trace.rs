//! The follower: whether a recording of a real kernel follows the model, and where an interrupt's path broke off.
//!
//! A recording comes from a file ([`source`]): ftrace's text ([`text`], [`function_graph`]) or trace-cmd's own format
//! ([`dat`]). Both give entries of the ring buffer ([`mod@entry`]). [`mod@collect`] keeps those that are [`relevant`]: that may
//! belong to interrupts of vfio-pci, by the names that the model's own steps emit ([`words`]). The [`recording`] gives
//! each INTx function its part. For each of the [`configurations`] that may explain it (a controller, a kernel, a
//! device) an [`automaton`] has every state of a program on vfio-pci's ABI and marks the dead ones: INTx is set up and,
//! whatever the device asserts and whatever the user clears, masks or unmasks, the trigger eventfd is not signalled any
//! more. [`mod@follow`] keeps the set of states that the recording allows, entry by entry. [`mod@examine`] joins what became of
//! the configurations to a [`verdict`]: [`handoff`] says what was lost, [`mod@doubt`] what a recording cannot tell,
//! [`mod@count`] counts, [`mod@way`] picks one way and tells its steps, and [`record`] says what to record next
//! time. All of it together, as data, is the [`report`].

pub mod automaton;
pub mod calls;
pub mod collect;
pub mod configurations;
pub mod count;
pub mod coverage;
pub mod dat;
pub mod doubt;
pub mod entry;
pub mod examine;
pub mod explore;
pub mod follow;
pub mod function_graph;
pub mod handoff;
pub mod record;
pub mod recording;
pub mod relevant;
pub mod report;
mod runs;
pub mod source;
pub mod text;
pub mod verdict;
pub mod way;
pub mod words;
