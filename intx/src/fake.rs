//! A backend for tests without hardware: it keeps the last actions, and refuses what vfio-pci and KVM would refuse.

use core::error::Error;
use core::fmt;

use crate::{Action, Backend};

/// Why the fake did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was told to ([`Fake::fail_after`]).
    Told,
    /// What is to be set up is there already, or something is in its place.
    Busy,
    /// There is nothing to do it to.
    Absent,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Told => "the fake backend was told to fail",
            Self::Busy => "the fake backend has it already",
            Self::Absent => "the fake backend has no such thing",
        })
    }
}

impl Error for Refused {}

/// A host and a guest's line that exist only here. `N` is how many actions are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fake<const N: usize> {
    last: [Option<Action>; N],
    done: usize,
    fails: Option<usize>,
    intx: bool,
    msi: bool,
    masked: bool,
    wired: bool,
    line: bool,
    trapped: bool,
}

impl<const N: usize> Default for Fake<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Fake<N> {
    /// Nothing is set up.
    #[must_use]
    pub const fn new() -> Self {
        let (last, done, fails) = ([None; N], 0, None);
        let (intx, msi, masked, wired, line, trapped) = (false, false, false, false, false, false);
        Self { last, done, fails, intx, msi, masked, wired, line, trapped }
    }

    /// After so many more actions, one fails.
    pub fn fail_after(&mut self, actions: usize) {
        self.fails = Some(actions);
    }

    /// The actions that were done, oldest first; no more than the last `N`.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<'_, N> {
        let kept = self.done.min(N);
        (self.done - kept..self.done).filter_map(|index| self.last[index % N])
    }

    /// How many actions were done.
    #[must_use]
    pub const fn done(&self) -> usize {
        self.done
    }

    /// The device interrupts. Whether the VMM's trigger eventfd is to be read, as the host was set up and not masked and
    /// no hypervisor takes it; the host has masked itself then.
    pub fn interrupt(&mut self) -> bool {
        let comes = self.intx && !self.masked;
        self.masked |= comes;
        comes && !self.wired
    }

    /// Whether the guest's line is up by the VMM's doing.
    #[must_use]
    pub const fn line(&self) -> bool {
        self.line
    }

    /// Whether INTx is set up at the host, and masked there.
    #[must_use]
    pub const fn masked(&self) -> Option<bool> {
        if self.intx { Some(self.masked) } else { None }
    }

    /// Whether the trigger is the hypervisor's.
    #[must_use]
    pub const fn wired(&self) -> bool {
        self.wired
    }

    /// Whether MSI is set up.
    #[must_use]
    pub const fn msi(&self) -> bool {
        self.msi
    }

    /// Whether the BARs are out of the guest's map.
    #[must_use]
    pub const fn trapped(&self) -> bool {
        self.trapped
    }

    fn set_up(&mut self, intx: bool, on: bool) -> Result<(), Refused> {
        let (this, other) = if intx { (&mut self.intx, self.msi) } else { (&mut self.msi, self.intx) };
        match (on, *this) {
            (true, true) => return Err(Refused::Busy),
            (true, false) if other => return Err(Refused::Busy),
            (false, false) => return Err(Refused::Absent),
            _ => *this = on,
        }
        self.masked &= !intx;
        Ok(())
    }

    fn wire(&mut self, on: bool) -> Result<(), Refused> {
        if on && self.wired {
            return Err(Refused::Busy); // kvm_irqfd_assign: -EBUSY
        }
        self.wired = on;
        Ok(())
    }
}

impl<const N: usize> Backend for Fake<N> {
    type Error = Refused;

    fn act(&mut self, action: Action) -> Result<(), Refused> {
        self.fails = match self.fails {
            Some(0) => {
                self.fails = None;
                return Err(Refused::Told);
            }
            fails => fails.map(|left| left - 1),
        };
        match action {
            Action::Assert => self.line = true,
            Action::Deassert => self.line = false,
            Action::EnableIntx => self.set_up(true, true)?,
            Action::DisableIntx => self.set_up(true, false)?,
            Action::EnableMsi => self.set_up(false, true)?,
            Action::DisableMsi => self.set_up(false, false)?,
            Action::Wire => self.wire(true)?,
            Action::Unwire => self.wire(false)?,
            Action::MmapOff => self.trapped = true,
            Action::MmapOn => self.trapped = false,
            Action::Mask | Action::Unmask if !self.intx => return Err(Refused::Absent),
            Action::DetachTrigger | Action::AttachTrigger if !self.intx => return Err(Refused::Absent),
            Action::Mask => self.masked = true,
            Action::Unmask => self.masked = false,
            Action::DetachTrigger | Action::AttachTrigger | Action::Drain => {}
            Action::ResetDevice | Action::Throttled => {}
        }
        if let Some(slot) = self.done.checked_rem(N) {
            self.last[slot] = Some(action);
        }
        self.done += 1;
        Ok(())
    }
}
