//! The machine: one INTx function of one guest.

use crate::action::{Actions, Sequence};

/// How the VMM learns that the guest is done with an interrupt. It is chosen once, from what the hypervisor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The hypervisor injects, and signals a resample eventfd at the guest's EOI (`KVM_IRQFD_FLAG_RESAMPLE`): no work
    /// for the VMM per interrupt. Only where the guest's in-kernel controller reports its EOIs.
    Resample,
    /// The VMM's own interrupt controller reports the guest's EOI as [`Input::Eoi`].
    Eoi,
    /// Nobody reports the EOI. The BARs are taken out of the guest's map while an interrupt is pending, and every
    /// access to them counts as EOI (QEMU, `hw/vfio/pci.c`).
    BarTrap,
    /// Nobody reports the EOI, the hypervisor injects a pulse, and the host is unmasked after every access that happens
    /// to be seen (cloud-hypervisor, `pci/src/vfio.rs`).
    BarGuess,
}

/// What can happen to the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Set up INTx.
    Enable,
    /// Tear down whatever mode is set up.
    Disable,
    /// The trigger eventfd was signalled and has been read.
    Trigger,
    /// The VMM's own controller saw the guest's EOI of this line.
    Eoi,
    /// The guest accessed a BAR and the VMM saw it; the access itself has been done.
    Access,
    /// The timer that [`Action::MmapOff`](crate::Action::MmapOff) started has run out.
    Timer,
    /// The guest's line is routed elsewhere; the controller already knows.
    Route,
    /// The guest, or only the function, is reset.
    Reset,
    /// The trigger eventfd is to be replaced.
    Rebind,
    /// The guest switches the function to MSI or MSI-X.
    ToMsi,
    /// The guest switches the function back to INTx.
    ToIntx,
}

/// Which kind of interrupt is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// None.
    #[default]
    Off,
    /// INTx.
    Intx,
    /// MSI or MSI-X; the machine only keeps the change in order.
    Msi,
}

/// The machine. All of its state is [`Intx::bits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intx {
    path: Path,
    mode: Mode,
    /// The VMM holds the guest's line up and owes the host an unmask.
    pending: bool,
}

impl Intx {
    /// A function with no interrupt set up.
    #[must_use]
    pub const fn new(path: Path) -> Self {
        Self { path, mode: Mode::Off, pending: false }
    }

    /// Which kind of interrupt is set up, once the actions handed out are done.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the VMM holds the guest's line up.
    #[must_use]
    pub const fn pending(&self) -> bool {
        self.pending
    }

    /// The state in three bits, for [`Intx::from_bits`].
    #[must_use]
    pub const fn bits(&self) -> u8 {
        self.mode as u8 | (self.pending as u8) << 2
    }

    /// The machine that gave these bits, or `None` if none did.
    #[must_use]
    pub const fn from_bits(path: Path, bits: u8) -> Option<Self> {
        let mode = match bits & 3 {
            0 => Mode::Off,
            1 => Mode::Intx,
            2 => Mode::Msi,
            _ => return None,
        };
        if bits > 7 { None } else { Some(Self { path, mode, pending: bits & 4 != 0 }) }
    }

    /// Takes one input and says what to do, in order. The caller does all of it before it gives the next input.
    /// An input that means nothing in the present state is not an error: it asks for nothing.
    pub fn handle(&mut self, input: Input) -> Actions {
        match (self.mode, input) {
            (Mode::Off, Input::Enable) => {
                self.enter_intx(Sequence::Enable, Sequence::EnableWired, Sequence::EnablePulsed)
            }
            (Mode::Msi, Input::ToIntx) => {
                self.enter_intx(Sequence::FromMsi, Sequence::FromMsiWired, Sequence::FromMsiPulsed)
            }
            (Mode::Msi, Input::Disable) => {
                self.mode = Mode::Off;
                Actions::of(Sequence::DisableMsi)
            }
            (Mode::Intx, _) => self.handle_intx(input),
            _ => Actions::NONE,
        }
    }

    fn enter_intx(&mut self, heard: Sequence, wired: Sequence, pulsed: Sequence) -> Actions {
        self.mode = Mode::Intx;
        Actions::of(match self.path {
            Path::Resample => wired,
            Path::BarGuess => pulsed,
            Path::Eoi | Path::BarTrap => heard,
        })
    }

    fn handle_intx(&mut self, input: Input) -> Actions {
        let wired = matches!(self.path, Path::Resample | Path::BarGuess);
        let sequence = match input {
            Input::Trigger => return self.trigger(),
            Input::Eoi | Input::Access => return self.done(input),
            Input::Timer if self.path == Path::BarTrap && !self.pending => Sequence::MapBars,
            Input::Enable | Input::Timer | Input::ToIntx => return Actions::NONE,
            Input::Route => pick(wired, Sequence::RouteWired, Sequence::Route),
            // Whether the line is up stays as it is: the guest may still be at it.
            Input::Rebind => return Actions::of(Sequence::Rebind),
            Input::Reset => pick(wired, Sequence::ResetWired, Sequence::Reset),
            Input::Disable => {
                self.mode = Mode::Off;
                pick(wired, Sequence::DisableWired, Sequence::Disable)
            }
            Input::ToMsi => {
                self.mode = Mode::Msi;
                pick(wired, Sequence::ToMsiWired, Sequence::ToMsi)
            }
        };
        // Every one of these but the timer lowers the guest's line and unmasks or frees the host's interrupt.
        self.pending = false;
        Actions::of(sequence)
    }

    fn trigger(&mut self) -> Actions {
        let sequence = match self.path {
            Path::Eoi => Sequence::Assert,
            Path::BarTrap => Sequence::AssertAndTrap,
            Path::Resample | Path::BarGuess => return Actions::NONE,
        };
        self.pending = true;
        Actions::of(sequence)
    }

    fn done(&mut self, input: Input) -> Actions {
        match (self.path, input) {
            (Path::BarGuess, Input::Access) => Actions::of(Sequence::Unmask),
            (Path::Eoi, Input::Eoi) | (Path::BarTrap, Input::Access) if self.pending => {
                self.pending = false;
                Actions::of(Sequence::Rearm)
            }
            _ => Actions::NONE,
        }
    }
}

const fn pick(wired: bool, with: Sequence, without: Sequence) -> Sequence {
    if wired { with } else { without }
}
