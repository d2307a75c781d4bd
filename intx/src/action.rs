//! The actions of the VMM, and the closed set of sequences in which it does them.

/// One thing for the VMM to do: one system call, but for [`Action::Wire`] and [`Action::Unwire`]
/// with resample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Raise the guest's interrupt line (own controller, or `KVM_IRQ_LINE`). It is this function's
    /// own: where several share the guest's pin, the pin is up as long as one of their lines is.
    Assert,
    /// Lower the guest's interrupt line, if it is up.
    Deassert,
    /// Mask the host interrupt: `VFIO_DEVICE_SET_IRQS` with `ACTION_MASK`. Only
    /// [`Input::RouteMasked`](crate::Input::RouteMasked) asks for it.
    Mask,
    /// Unmask the host interrupt: `VFIO_DEVICE_SET_IRQS` with `ACTION_UNMASK`.
    Unmask,
    /// Set up the host interrupt: `VFIO_DEVICE_SET_IRQS` with the trigger eventfd.
    EnableIntx,
    /// Free the host interrupt: `VFIO_DEVICE_SET_IRQS` with a count of 0. No trigger is signalled
    /// after it.
    DisableIntx,
    /// Take the trigger eventfd away from the host interrupt, which stays set up:
    /// `VFIO_DEVICE_SET_IRQS` with fd -1.
    DetachTrigger,
    /// Give the host interrupt a trigger eventfd again.
    AttachTrigger,
    /// Hand trigger (and, where the path has it, resample) eventfd to the hypervisor: `KVM_IRQFD`.
    /// The resample eventfd is also vfio-pci's unmask eventfd: `VFIO_DEVICE_SET_IRQS` with
    /// `ACTION_UNMASK` before it.
    Wire,
    /// Take them back: `KVM_IRQFD` with `DEASSIGN`; the hypervisor lowers the guest's line. Then
    /// vfio-pci's unmask eventfd, with fd -1, or the next [`Action::Wire`] is refused
    /// (`vfio_virqfd_enable`: EBUSY).
    Unwire,
    /// Read the trigger eventfd until it is empty and forget what it said.
    Drain,
    /// Stop mapping the BARs into the guest, so that its accesses are seen, and start the timer,
    /// anew if it runs. Asked for at every trigger: they may be out already. The timer gives
    /// [`Input::Timer`](crate::Input::Timer) again and again, until [`Action::MmapOn`]. It is a
    /// matter of speed only; QEMU's takes 1.1 s.
    MmapOff,
    /// Map the BARs into the guest again.
    MmapOn,
    /// Reset the device: `VFIO_DEVICE_RESET`. A function that cannot be reset alone keeps its
    /// causes, which come again.
    ResetDevice,
    /// Set up MSI or MSI-X; which, and with what, the caller knows.
    EnableMsi,
    /// Free MSI or MSI-X.
    DisableMsi,
    /// Tell the operator that the device interrupts faster than the budget allows. The host
    /// interrupt stays masked until [`Input::Tick`](crate::Input::Tick). Said once a period; no
    /// system call.
    Throttled,
}

/// Declares the sequences, each with its actions, in one table. Each is a constant of [`Actions`].
macro_rules! sequences {
    ($($name:ident => [$($action:ident),+],)+) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "they are the names of constants")]
        enum Sequence {
            $($name,)+
        }

        const SEQUENCES: &[&[Action]] = &[$(&[$(Action::$action),+]),+];

        impl Actions {
            $(pub(crate) const $name: Self = Self(STARTS[Sequence::$name as usize]);)+
        }
    };
}

// The closed set of sequences. The order inside each is the one that the search has shown to be
// safe. Where the name ends in WIRED the hypervisor hears the trigger and injects, with PULSED it
// does so without a resample eventfd; else the VMM.
sequences! {
    // Set up. An interrupt that came before it was wired is in the eventfd, or the unmask asks for
    // it again.
    ENABLE => [EnableIntx],
    ENABLE_WIRED => [EnableIntx, Wire, Unmask],
    ENABLE_PULSED => [EnableIntx, Wire],
    // The same for a guest that came here with its line up: its EOI unmasks, whether the host has
    // interrupted or not.
    ENABLE_PENDING => [EnableIntx, Assert],
    ENABLE_PENDING_AND_TRAP => [EnableIntx, MmapOff, Assert],
    // The trigger was signalled. Where the end of service is guessed from BAR accesses, the VMM has
    // to see those of this interrupt, so that the BARs go first (QEMU asserts first). Where nobody
    // will report an EOI it is a pulse.
    ASSERT => [Assert],
    ASSERT_AND_TRAP => [MmapOff, Assert],
    PULSE => [Assert, Deassert, Unmask],
    PULSE_THROTTLED => [Assert, Deassert, Throttled],
    PULSE_HELD => [Assert, Deassert],
    // The guest is done: with budget left, with the budget spent, or while something holds the
    // unmask back. From REARM to THROTTLED the sequences answer the guest, see `answers_the_guest`.
    REARM => [Deassert, Unmask],
    REARM_THROTTLED => [Deassert, Throttled],
    LOWER => [Deassert],
    // The guest may be done (the path keeps no state), or the reason that held the unmask back is
    // gone.
    UNMASK => [Unmask],
    THROTTLED => [Throttled],
    // No interrupt for a while: map the BARs again.
    MAP_BARS => [MmapOn],
    // The budget's period is over, or the guest goes on.
    RELEASE => [Unmask],
    // The line is thought to be dead: the guest has it up, or nothing is pending and all is set up
    // anew.
    AGAIN => [Deassert, Unmask],
    ANEW => [DisableIntx, Drain, EnableIntx],
    ANEW_WIRED => [Unwire, DisableIntx, Drain, EnableIntx, Wire, Unmask],
    ANEW_PULSED => [Unwire, DisableIntx, Drain, EnableIntx, Wire],
    // The guest's line moved.
    ROUTE => [Deassert, Unmask],
    ROUTE_WIRED => [Unwire, Wire, Unmask],
    ROUTE_MASKED => [Mask, Deassert, Unmask],
    ROUTE_MASKED_WIRED => [Mask, Unwire, Wire, Unmask],
    // The trigger eventfd is replaced, and the hypervisor has to hear the new one. An interrupt in
    // between has masked the host and told nobody, so that the sequence ends with an unmask; a
    // stopped guest's comes when the guest goes on.
    REBIND => [DetachTrigger, AttachTrigger, Unmask],
    REBIND_WIRED => [Unwire, DetachTrigger, AttachTrigger, Wire, Unmask],
    REBIND_STOPPED => [DetachTrigger, AttachTrigger],
    // Reset of the function. An interrupt that comes meanwhile masks itself.
    RESET => [ResetDevice, Drain, Deassert, Unmask],
    RESET_WIRED => [Unwire, ResetDevice, Drain, Wire, Unmask],
    RESET_STOPPED => [ResetDevice, Deassert],
    RESET_ONLY => [ResetDevice],
    // Tear down.
    DISABLE => [DisableIntx, Drain, Deassert],
    DISABLE_WIRED => [Unwire, DisableIntx, Drain],
    DISABLE_WIRED_STOPPED => [DisableIntx, Drain],
    // The guest is stopped, and goes on.
    STOP_WIRED => [Unwire],
    RESUME_WIRED => [Drain, Wire, Unmask],
    // To MSI, from INTx and from nothing; and from MSI.
    TO_MSI => [DisableIntx, Drain, Deassert, EnableMsi],
    TO_MSI_WIRED => [Unwire, DisableIntx, Drain, EnableMsi],
    TO_MSI_WIRED_STOPPED => [DisableIntx, Drain, EnableMsi],
    ENABLE_MSI => [EnableMsi],
    DISABLE_MSI => [DisableMsi],
    OTHER_MSI => [DisableMsi, EnableMsi],
    FROM_MSI => [DisableMsi, EnableIntx],
    FROM_MSI_WIRED => [DisableMsi, EnableIntx, Wire, Unmask],
    FROM_MSI_PULSED => [DisableMsi, EnableIntx, Wire],
    // An action failed: take away whatever may be there.
    FAIL => [DisableIntx, DisableMsi, Drain, Deassert],
    FAIL_WIRED => [Unwire, DisableIntx, DisableMsi, Drain],
}

/// Each action, and whether it is the last of its sequence.
type Script = [(Option<Action>, bool); 128];

/// All sequences one after the other, where each starts, and how long the longest is. A place is a
/// number of seven bits; place 0 is the end of every sequence.
const LAYOUT: (Script, [u8; SEQUENCES.len()], usize) = {
    let (mut script, mut starts, mut most) = ([(None, true); 128], [0; SEQUENCES.len()], 0);
    let (mut place, mut index) = (1, 0);
    while index < SEQUENCES.len() {
        let mut sequence = SEQUENCES[index];
        starts[index] = place as u8;
        most = if sequence.len() > most {
            sequence.len()
        } else {
            most
        };
        while let [action, rest @ ..] = sequence {
            script[place] = (Some(*action), rest.is_empty());
            (place, sequence) = (place + 1, rest);
        }
        index += 1;
    }
    (script, starts, most)
};
static SCRIPT: Script = LAYOUT.0;
const STARTS: [u8; SEQUENCES.len()] = LAYOUT.1;

/// The actions that are left to do, in order: an iterator over at most [`Actions::MOST`]
/// [`Action`]s, and a number of seven bits that can be kept and restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "the machine has moved on and expects these to be done"]
pub struct Actions(u8);

impl Actions {
    /// Nothing to do.
    pub const NONE: Self = Self(0);

    /// No input asks for more actions than this.
    pub const MOST: usize = LAYOUT.2;

    /// The number that [`Actions::from_bits`] takes back: 0 when nothing is left, always below 128.
    /// In another version of this crate a number may stand for something else.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The actions that were left when [`Actions::bits`] gave this number, or `None` if it gave no
    /// such number.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits == 0 || bits < 128 && SCRIPT[bits as usize].0.is_some() {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// The next thing to do, without taking it.
    #[must_use]
    pub fn peek(self) -> Option<Action> {
        SCRIPT[usize::from(self.0)].0
    }

    /// Whether this answers something that the guest did. The vCPU that did it waits until all is
    /// done.
    #[must_use]
    pub const fn answers_the_guest(self) -> bool {
        Self::REARM.0 <= self.0 && self.0 < Self::MAP_BARS.0
    }
}

impl Iterator for Actions {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        let (action, last) = SCRIPT[usize::from(self.0)];
        self.0 = if last { 0 } else { self.0 + 1 };
        action
    }
}
