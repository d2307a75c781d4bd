//! The search: every state that a system can reach, and what the graph of them says.
//!
//! [`graph::Graph`] is built breadth first and exactly: states are compared, never their hashes. States are numbered in
//! the order in which they are found, parents before children and events in the order of their table, so that the first
//! state of any kind is one that a shortest path leads to, and the same in every run.
//! [`verdict`] holds the laws against it, [`ratio`] computes what an interrupt costs. Both see only classes of events and
//! flags of states ([`graph::Class`], [`graph::Flags`]), so that toy graphs can test them.

pub mod graph;
pub mod index;
pub mod ratio;
pub mod reach;
pub mod scc;
pub mod typical;
pub mod verdict;
