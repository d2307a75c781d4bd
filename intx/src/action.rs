//! What the VMM has to do, and the closed set of sequences in which it does it.

/// One thing for the VMM to do, at most one system call each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Raise the guest's interrupt line (own controller, or `KVM_IRQ_LINE`).
    Assert,
    /// Lower the guest's interrupt line.
    Deassert,
    /// Mask the host interrupt: `VFIO_DEVICE_SET_IRQS` with `ACTION_MASK`.
    Mask,
    /// Unmask the host interrupt: `VFIO_DEVICE_SET_IRQS` with `ACTION_UNMASK`.
    Unmask,
    /// Set up the host interrupt: `VFIO_DEVICE_SET_IRQS` with the trigger eventfd.
    EnableIntx,
    /// Free the host interrupt: `VFIO_DEVICE_SET_IRQS` with a count of 0. No trigger is signalled after it.
    DisableIntx,
    /// Take the trigger eventfd away from the host interrupt, which stays set up: `VFIO_DEVICE_SET_IRQS` with fd -1.
    DetachTrigger,
    /// Give the host interrupt a trigger eventfd again.
    AttachTrigger,
    /// Hand trigger (and, where the path has it, resample) eventfd to the hypervisor: `KVM_IRQFD`.
    Wire,
    /// Take them back: `KVM_IRQFD` with `DEASSIGN`; the hypervisor lowers the guest's line.
    Unwire,
    /// Read the trigger eventfd until it is empty and forget what it said.
    Drain,
    /// Stop mapping the BARs into the guest, so that its accesses are seen, and start the timer.
    MmapOff,
    /// Map the BARs into the guest again.
    MmapOn,
    /// Reset the device: `VFIO_DEVICE_RESET`.
    ResetDevice,
    /// Set up MSI or MSI-X.
    EnableMsi,
    /// Free MSI or MSI-X.
    DisableMsi,
}

/// The closed set of sequences. The order inside each is the one that the search has shown to be safe.
#[derive(Clone, Copy)]
pub(crate) enum Sequence {
    /// Set up on a path where the VMM hears the trigger itself.
    Enable,
    /// Set up on a path where the hypervisor hears it: nothing may be lost between trigger and irqfd, so mask, wire, unmask.
    EnableWired,
    /// Set up with an irqfd that has no resample eventfd.
    EnablePulsed,
    /// The trigger was signalled.
    Assert,
    /// The trigger was signalled and the end of service has to be guessed from BAR accesses.
    AssertAndTrap,
    /// The guest is done.
    Rearm,
    /// The guest may be done (no state is kept).
    Unmask,
    /// No interrupt for a while: map the BARs again.
    MapBars,
    /// The guest's line moved, the hypervisor injects.
    RouteWired,
    /// The guest's line moved, the VMM injects.
    Route,
    /// Reset of the function, the hypervisor injects.
    ResetWired,
    /// Reset of the function, the VMM injects.
    Reset,
    /// Tear down, the hypervisor injects.
    DisableWired,
    /// Tear down, the VMM injects.
    Disable,
    /// From INTx to MSI, the hypervisor injects.
    ToMsiWired,
    /// From INTx to MSI, the VMM injects.
    ToMsi,
    /// Tear down MSI.
    DisableMsi,
    /// From MSI to INTx, on the three kinds of path.
    FromMsi,
    /// As above, the hypervisor injects.
    FromMsiWired,
    /// As above, without a resample eventfd.
    FromMsiPulsed,
    /// The trigger eventfd is replaced. What came in between has masked the host and told nobody.
    Rebind,
}

impl Sequence {
    const ALL: [Self; 21] = [
        Self::Enable,
        Self::EnableWired,
        Self::EnablePulsed,
        Self::Assert,
        Self::AssertAndTrap,
        Self::Rearm,
        Self::Unmask,
        Self::MapBars,
        Self::RouteWired,
        Self::Route,
        Self::ResetWired,
        Self::Reset,
        Self::DisableWired,
        Self::Disable,
        Self::ToMsiWired,
        Self::ToMsi,
        Self::DisableMsi,
        Self::FromMsi,
        Self::FromMsiWired,
        Self::FromMsiPulsed,
        Self::Rebind,
    ];

    const fn actions(self) -> &'static [Action] {
        use Action::{
            Assert, AttachTrigger, Deassert, DetachTrigger, DisableIntx, DisableMsi, Drain, EnableIntx, EnableMsi,
            Mask, MmapOff, MmapOn, ResetDevice, Unmask, Unwire, Wire,
        };
        match self {
            Self::Enable => &[EnableIntx],
            Self::EnableWired => &[EnableIntx, Mask, Drain, Wire, Unmask],
            Self::EnablePulsed => &[EnableIntx, Wire],
            Self::Assert => &[Assert],
            Self::AssertAndTrap => &[Assert, MmapOff],
            Self::Rearm => &[Deassert, Unmask],
            Self::Unmask => &[Unmask],
            Self::MapBars => &[MmapOn],
            Self::RouteWired => &[Mask, Unwire, Wire, Unmask],
            Self::Route => &[Mask, Deassert, Unmask],
            Self::ResetWired => &[Mask, Unwire, ResetDevice, Drain, Wire, Unmask],
            Self::Reset => &[Mask, ResetDevice, Drain, Deassert, Unmask],
            Self::DisableWired => &[Unwire, DisableIntx, Drain],
            Self::Disable => &[DisableIntx, Drain, Deassert],
            Self::ToMsiWired => &[Unwire, DisableIntx, Drain, EnableMsi],
            Self::ToMsi => &[DisableIntx, Drain, Deassert, EnableMsi],
            Self::DisableMsi => &[DisableMsi],
            Self::FromMsi => &[DisableMsi, EnableIntx],
            Self::FromMsiWired => &[DisableMsi, EnableIntx, Mask, Drain, Wire, Unmask],
            Self::FromMsiPulsed => &[DisableMsi, EnableIntx, Wire],
            Self::Rebind => &[DetachTrigger, AttachTrigger, Unmask],
        }
    }

    /// Where the sequence begins in [`SCRIPT`]; position 0 means that nothing is left to do.
    const fn start(self) -> u8 {
        let (mut position, mut index) = (1, 0);
        while index < self as usize {
            position += Self::ALL[index].actions().len();
            index += 1;
        }
        position as u8
    }
}

const LAST: Sequence = Sequence::ALL[Sequence::ALL.len() - 1];
const SCRIPT_LEN: usize = LAST.start() as usize + LAST.actions().len();
const _: () = assert!(SCRIPT_LEN <= 64, "a position must fit into six bits");

/// All sequences one after the other, each action with whether it is the last of its sequence.
static SCRIPT: [(Action, bool); SCRIPT_LEN] = {
    let mut script = [(Action::Assert, true); SCRIPT_LEN];
    let (mut position, mut index) = (1, 0);
    while index < Sequence::ALL.len() {
        let actions = Sequence::ALL[index].actions();
        let mut at = 0;
        while at < actions.len() {
            script[position] = (actions[at], at + 1 == actions.len());
            position += 1;
            at += 1;
        }
        index += 1;
    }
    script
};

/// What is left to do, in order: an iterator over [`Action`]s, and a number of six bits that can be kept and restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "the machine has moved on and expects these to be done"]
pub struct Actions(u8);

impl Actions {
    /// Nothing to do.
    pub const NONE: Self = Self(0);

    pub(crate) const fn of(sequence: Sequence) -> Self {
        Self(sequence.start())
    }

    /// The number that [`Actions::from_bits`] takes back: 0 when nothing is left, always below 64.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// What was left when [`Actions::bits`] gave this number, or `None` if it gave no such number.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if (bits as usize) < SCRIPT_LEN { Some(Self(bits)) } else { None }
    }

    /// The next thing to do, without taking it.
    #[must_use]
    pub fn peek(self) -> Option<Action> {
        (self.0 != 0).then(|| SCRIPT[self.0 as usize].0)
    }

    /// Whether this answers the guest's end of service, so that the vCPU which caused it waits until all is done.
    #[must_use]
    pub const fn answers_the_guest(self) -> bool {
        let (from, to) = (Sequence::Rearm.start(), Sequence::MapBars.start());
        from <= self.0 && self.0 < to
    }
}

impl Iterator for Actions {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        let action = self.peek()?;
        self.0 = if SCRIPT[self.0 as usize].1 { 0 } else { self.0 + 1 };
        Some(action)
    }
}
