//! The kind of a guest, and its work.

/// The place of the guest's controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// In the kernel: KVM's.
    Kernel,
    /// In the VMM, which learns of every end of an interrupt.
    Own,
}

/// How many vCPUs the guest has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vcpus {
    /// One.
    One,
    /// Two. Each interrupt sends the line to the other one before its end.
    Two,
}

impl Vcpus {
    /// The number.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// How the guest ends an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// At its controller, after its work.
    Always,
    /// Never: it takes one interrupt and leaves it in service.
    Never,
}

/// The kind of a guest, and its work.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The place of its controller.
    pub controller: Controller,
    /// Its CPUs.
    pub vcpus: Vcpus,
    /// How many interrupts of each cause a vCPU ends before it clears the cause.
    pub again: u32,
    /// How it ends an interrupt.
    pub ends: Ends,
}

/// The work of the guest's instructions before they end an interrupt, by the number that a register gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BeforeEnd {
    /// Nothing.
    Nothing = 0,
    /// They send the line to the other vCPU.
    SendLine = 1,
    /// They leave the end out.
    LeaveOut = 2,
}

impl Setup {
    /// A guest of one vCPU that serves and ends every interrupt.
    #[must_use]
    pub const fn new(controller: Controller) -> Self {
        Self {
            controller,
            vcpus: Vcpus::One,
            again: 0,
            ends: Ends::Always,
        }
    }

    pub(super) const fn before_end(&self) -> BeforeEnd {
        match (self.ends, self.vcpus) {
            (Ends::Never, _) => BeforeEnd::LeaveOut,
            (Ends::Always, Vcpus::Two) => BeforeEnd::SendLine,
            (Ends::Always, Vcpus::One) => BeforeEnd::Nothing,
        }
    }
}
