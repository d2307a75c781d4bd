//! What the VMM has to do, and the closed set of sequences in which it does it.

/// One thing for the VMM to do, at most one system call each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Raise the guest's interrupt line (own controller, or `KVM_IRQ_LINE`).
    Assert,
    /// Lower the guest's interrupt line.
    Deassert,
    /// Mask the host interrupt: `VFIO_DEVICE_SET_IRQS` with `ACTION_MASK`. Only
    /// [`Input::RouteMasked`](crate::Input::RouteMasked) asks for it.
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
    /// Tell the operator that the device interrupts faster than the budget allows. The host interrupt stays masked until
    /// [`Input::Tick`](crate::Input::Tick). Said once a period; no system call.
    Throttled,
}

/// Declares the sequences, each with its actions, in one table.
macro_rules! sequences {
    ($($(#[$doc:meta])+ $name:ident => [$($action:ident),+],)+) => {
        /// The closed set of sequences. The order inside each is the one that the search has shown to be safe.
        #[derive(Clone, Copy)]
        pub(crate) enum Sequence {
            $($(#[$doc])+ $name,)+
        }

        impl Sequence {
            const ALL: &[Self] = &[$(Self::$name),+];

            const fn actions(self) -> &'static [Action] {
                match self {
                    $(Self::$name => &[$(Action::$action),+],)+
                }
            }
        }
    };
}

sequences! {
    /// Set up on a path where the VMM hears the trigger itself.
    Enable => [EnableIntx],
    /// Set up on a path where the hypervisor hears it. What came before it was wired is in the eventfd or asked for again.
    EnableWired => [EnableIntx, Wire, Unmask],
    /// Set up with an irqfd that has no resample eventfd.
    EnablePulsed => [EnableIntx, Wire],
    /// Set up for a guest that came here with its line up: its EOI unmasks, whether the host has interrupted or not.
    EnablePending => [EnableIntx, Assert],
    /// As above, where its EOI is guessed from BAR accesses.
    EnablePendingAndTrap => [EnableIntx, MmapOff, Assert],
    /// The trigger was signalled.
    Assert => [Assert],
    /// The trigger was signalled and the end of service has to be guessed from BAR accesses: those of
    /// this interrupt have to be seen, so that the BARs go first (QEMU asserts first).
    AssertAndTrap => [MmapOff, Assert],
    /// The trigger was signalled and nobody will report an EOI: a pulse.
    Pulse => [Assert, Deassert, Unmask],
    /// The same with the budget spent.
    PulseThrottled => [Assert, Deassert, Throttled],
    /// The same when that has been said.
    PulseHeld => [Assert, Deassert],
    /// The guest is done.
    Rearm => [Deassert, Unmask],
    /// The guest is done and the budget is spent.
    RearmThrottled => [Deassert, Throttled],
    /// The guest is done and the unmask is held back, or the guest wants no more interrupts.
    Lower => [Deassert],
    /// The guest may be done (no state is kept), or what held the unmask back is gone.
    Unmask => [Unmask],
    /// What held the unmask back is gone, and the budget is spent.
    Throttled => [Throttled],
    /// No interrupt for a while: map the BARs again. From here on no sequence answers the guest.
    MapBars => [MmapOn],
    /// The budget's period is over, or the guest goes on.
    Release => [Unmask],
    /// The line is thought to be dead while the guest has it up.
    Again => [Deassert, Unmask],
    /// The line is thought to be dead and nothing is pending: all is set up anew.
    Anew => [DisableIntx, Drain, EnableIntx],
    /// As above, the hypervisor injects.
    AnewWired => [Unwire, DisableIntx, Drain, EnableIntx, Wire, Unmask],
    /// As above, without a resample eventfd.
    AnewPulsed => [Unwire, DisableIntx, Drain, EnableIntx, Wire],
    /// The guest's line moved, the hypervisor injects.
    RouteWired => [Unwire, Wire, Unmask],
    /// The guest's line moved, the VMM injects.
    Route => [Deassert, Unmask],
    /// As [`Sequence::RouteWired`], masked meanwhile.
    RouteMaskedWired => [Mask, Unwire, Wire, Unmask],
    /// As [`Sequence::Route`], masked meanwhile.
    RouteMasked => [Mask, Deassert, Unmask],
    /// Reset of the function, the hypervisor injects. An interrupt that comes meanwhile masks itself.
    ResetWired => [Unwire, ResetDevice, Drain, Wire, Unmask],
    /// Reset of the function, the VMM injects.
    Reset => [ResetDevice, Drain, Deassert, Unmask],
    /// Reset of the function while the guest is stopped.
    ResetStopped => [ResetDevice, Deassert],
    /// Tear down, the hypervisor injects.
    DisableWired => [Unwire, DisableIntx, Drain],
    /// Tear down, the VMM injects.
    Disable => [DisableIntx, Drain, Deassert],
    /// Tear down what is masked and not wired.
    DisableStopped => [DisableIntx, Drain],
    /// The guest is stopped, the hypervisor injects.
    StopWired => [Unwire],
    /// The guest goes on, the hypervisor injects.
    ResumeWired => [Drain, Wire, Unmask],
    /// From INTx to MSI, the hypervisor injects.
    ToMsiWired => [Unwire, DisableIntx, Drain, EnableMsi],
    /// From INTx to MSI, the VMM injects.
    ToMsi => [DisableIntx, Drain, Deassert, EnableMsi],
    /// Set up MSI where nothing was.
    EnableMsi => [EnableMsi],
    /// Tear down MSI.
    DisableMsi => [DisableMsi],
    /// From MSI to INTx, on the three kinds of path.
    FromMsi => [DisableMsi, EnableIntx],
    /// As above, the hypervisor injects.
    FromMsiWired => [DisableMsi, EnableIntx, Wire, Unmask],
    /// As above, without a resample eventfd.
    FromMsiPulsed => [DisableMsi, EnableIntx, Wire],
    /// The trigger eventfd is replaced. What came in between has masked the host and told nobody.
    Rebind => [DetachTrigger, AttachTrigger, Unmask],
    /// An action failed: take away whatever may be there, the hypervisor injects.
    FailWired => [Unwire, DisableIntx, DisableMsi, Drain],
    /// As above, the VMM injects.
    Fail => [DisableIntx, DisableMsi, Drain, Deassert],
}

impl Sequence {
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
const _: () = assert!(SCRIPT_LEN <= 128, "a position must fit into seven bits");

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

/// What is left to do, in order: an iterator over at most [`Actions::MOST`] [`Action`]s, and a number of seven bits that
/// can be kept and restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "the machine has moved on and expects these to be done"]
pub struct Actions(u8);

impl Actions {
    /// Nothing to do.
    pub const NONE: Self = Self(0);

    /// No input asks for more actions than this.
    pub const MOST: usize = {
        let (mut most, mut index) = (0, 0);
        while index < Sequence::ALL.len() {
            let length = Sequence::ALL[index].actions().len();
            most = if length > most { length } else { most };
            index += 1;
        }
        most
    };

    pub(crate) const fn of(sequence: Sequence) -> Self {
        Self(sequence.start())
    }

    /// The number that [`Actions::from_bits`] takes back: 0 when nothing is left, always below 128. What a number stands
    /// for may differ in another version of this crate.
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

    /// Whether this answers something that the guest did, so that the vCPU which did it waits until all is done.
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
