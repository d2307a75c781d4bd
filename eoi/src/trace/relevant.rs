//! An entry that may belong to an interrupt of vfio-pci, and whose it is.

use super::words::Words;

/// Whether an entry belongs to the INTx function that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The INTx function's that is looked at.
    Ours,
    /// The function's, or somebody else's.
    Open,
    /// The same, but all such entries of its run are the function's or none is; whether it is the last of them.
    OpenWithRun {
        /// It is the last one.
        last: bool,
    },
}

/// The place of an entry in the life of an interrupt, if the entry alone tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Any.
    Any,
    /// It can only be the start of `vfio_intx_enable`.
    SetUp,
    /// It comes after the end of its run's interrupt, and may be another's whose flow handler was not recorded.
    AfterEnd,
}

/// An entry that may belong to an interrupt of vfio-pci.
#[derive(Clone, Copy, Debug)]
pub struct Relevant {
    /// Its number in the file: of the line, or of the entry in a trace.dat.
    pub line: usize,
    /// The context's number, from 1.
    pub context: u32,
    /// The flow handler's run, or the task's call into vfio-pci, that it is in; 0 if none.
    pub run: u32,
    /// The number of the model's name.
    pub number: u8,
    /// The INTx function in whose handler it is, from 1; 0 if none.
    pub action: u8,
    /// In interrupt context, if the recording says so.
    pub irq: Option<bool>,
    /// Its place in the life of an interrupt.
    pub phase: Phase,
    /// Whether it belongs to the INTx function that is looked at.
    pub whose: Whose,
}

const _: () = assert!(size_of::<Relevant>() <= 24);

impl Relevant {
    /// The model's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        Words::learnt().name(self.number)
    }

    /// Whether it may be somebody else's.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.whose != Whose::Ours
    }
}
