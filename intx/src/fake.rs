//! A backend for tests without hardware: it keeps the last actions, and refuses what vfio-pci and
//! KVM would refuse. It is stricter where INTx is set up twice: vfio-pci takes that for a new
//! eventfd.
//!
//! ```
//! use eoi_intx::{Action, Input, Intx, Path, drive, fake::Fake};
//!
//! let (mut intx, mut vfio) = (Intx::new(Path::Eoi), Fake::<8>::default());
//! drive(&mut intx, Input::Enable, &mut vfio)?;
//! vfio.fails = Some(0);
//! let failure = drive(&mut intx, Input::Trigger, &mut vfio).expect_err("it was told to fail");
//! assert_eq!(failure.action, Action::Assert);
//! # Ok::<(), eoi_intx::Failure<eoi_intx::fake::Refused>>(())
//! ```

use core::error::Error;
use core::fmt;

use crate::{Action, Backend};

/// The reason why the fake did not do an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was told to fail ([`Fake::fails`]).
    Told,
    /// The thing that is to be set up is there already, or something else is in its place.
    Busy,
    /// The thing that the action is for is not there.
    Absent,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fake backend: {self:?}")
    }
}

impl Error for Refused {}

/// A host and a guest's line that exist only here. It remembers the last `N` actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fake<const N: usize> {
    /// Whether INTx is set up at the host, and masked there.
    pub masked: Option<bool>,
    /// Whether MSI is set up.
    pub msi: bool,
    /// Whether the trigger is the hypervisor's.
    pub wired: bool,
    /// Whether the guest's line is up by the VMM's doing.
    pub line: bool,
    /// Whether the BARs are out of the guest's map.
    pub trapped: bool,
    /// How many actions were done.
    pub done: usize,
    /// After so many more actions, one fails.
    pub fails: Option<usize>,
    last: [Option<Action>; N],
}

impl<const N: usize> Default for Fake<N> {
    fn default() -> Self {
        Self {
            masked: None,
            msi: false,
            wired: false,
            line: false,
            trapped: false,
            done: 0,
            fails: None,
            last: [None; N],
        }
    }
}

impl<const N: usize> Fake<N> {
    /// The actions that were done, oldest first; no more than the last `N`.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<'_, N> {
        let kept = self.done.min(N);
        (self.done - kept..self.done).filter_map(|index| self.last[index % N])
    }

    /// The device interrupts. Whether the VMM's trigger eventfd is to be read, as the host was set
    /// up and not masked and no hypervisor takes it; the host has masked itself then.
    pub fn interrupt(&mut self) -> bool {
        let comes = self.masked == Some(false);
        self.masked = self.masked.map(|_| true);
        comes && !self.wired
    }

    fn set(&mut self, action: Action) -> Result<(), Refused> {
        match (action, self.masked) {
            (Action::EnableIntx | Action::EnableMsi, Some(_)) => return Err(Refused::Busy),
            (Action::EnableIntx | Action::EnableMsi, _) if self.msi => return Err(Refused::Busy),
            (Action::Wire, _) if self.wired => return Err(Refused::Busy), // kvm_irqfd_assign
            (Action::DisableMsi, _) if !self.msi => return Err(Refused::Absent),
            (Action::DisableIntx | Action::DetachTrigger | Action::AttachTrigger, None) => {
                return Err(Refused::Absent);
            }
            (Action::Mask | Action::Unmask | Action::Wire, None) => return Err(Refused::Absent),
            (Action::EnableIntx | Action::Unmask, _) => self.masked = Some(false),
            (Action::Mask, _) => self.masked = Some(true),
            (Action::DisableIntx, _) => self.masked = None,
            (Action::EnableMsi | Action::DisableMsi, _) => self.msi = action == Action::EnableMsi,
            // An irqfd would stay with the old eventfd, and hear nothing any more.
            (Action::Unwire | Action::DetachTrigger, _) => self.wired = false,
            (Action::Wire, _) => self.wired = true,
            (Action::Assert | Action::Deassert, _) => self.line = action == Action::Assert,
            (Action::MmapOff | Action::MmapOn, _) => self.trapped = action == Action::MmapOff,
            (
                Action::AttachTrigger | Action::Drain | Action::ResetDevice | Action::Throttled,
                _,
            ) => {}
        }
        Ok(())
    }
}

impl<const N: usize> Backend for Fake<N> {
    type Error = Refused;

    fn act(&mut self, action: Action) -> Result<(), Refused> {
        if self.fails == Some(0) {
            self.fails = None;
            return Err(Refused::Told);
        }
        self.fails = self.fails.map(|left| left - 1);
        self.set(action)?;
        if let Some(slot) = self.done.checked_rem(N) {
            self.last[slot] = Some(action);
        }
        self.done += 1;
        Ok(())
    }
}
