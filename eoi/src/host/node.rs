//! One file of a host as it is kept in memory: what a capture is made of, and what a report of lspci is turned into.

use super::pci::Config;

/// Bytes of one file at most, where its reader asks for no less: /proc/interrupts of 512 CPUs is 23 MB.
pub const MAX_FILE: usize = 64 << 20;

/// Entries of one directory at most.
pub const MAX_NAMES: usize = 1 << 16;

/// One file of a tree in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A file's bytes.
    File(Vec<u8>),
    /// Configuration space as a text tells of it, of which some may not be known.
    Printed(Config),
    /// A symbolic link's target.
    Link(String),
    /// It is there and cannot be read, for this reason.
    Unreadable(String),
    /// A directory. Directories above other nodes need no node of their own.
    Directory,
}
