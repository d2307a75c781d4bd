//! The follower: whether a recording of a real kernel follows the model, and where an interrupt's path broke off.
//!
//! A recording is text ([`text`]), read as it comes ([`ftrace`] has what readers share). [`relevant`] keeps the lines
//! that belong to interrupts of vfio-pci, by the names that the model's own steps emit ([`words`]); [`recording`] gives
//! each INTx function's part. For each candidate row (a controller, a kernel, a device), [`rows`] explores every state of
//! a program on vfio-pci's ABI and marks the dead ones: INTx is set up and, whatever the device asserts and whatever the
//! user clears, masks or unmasks, the trigger eventfd is not signalled any more. [`follow`] keeps the set of states that
//! the recording allows, line by line. [`mod@examine`] joins the rows to a [`verdict`]; [`handoff`] says what was lost,
//! [`mod@doubt`] what a recording cannot tell, and [`record`] what to record next time.

pub mod count;
pub mod dat;
pub mod doubt;
pub mod examine;
pub mod follow;
pub mod ftrace;
pub mod graph;
pub mod handoff;
pub mod record;
pub mod recording;
pub mod relevant;
pub mod rows;
mod runs;
pub mod text;
mod usual;
pub mod verdict;
pub mod words;
