//! The machine: one INTx function of one guest.

use crate::action::{Actions, Sequence};
use crate::input::{Input, Mode, Path};

/// Who has to do something before the host interrupt, which masked itself when it came, is unmasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debt {
    /// Nobody: nothing is pending.
    None,
    /// The guest: its line is up, and it has to end the interrupt.
    Guest,
    /// The machine, once nothing holds it back any more: a masked pin, DisINTx, or a spent budget.
    Held,
}

/// What is left of the budget, when there is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spent {
    /// One more unmask is in it.
    No,
    /// It is spent, and this is the first to hear.
    Now,
    /// It is spent, and that has been said.
    Before,
}

/// The machine. All of its state is [`Intx::bits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intx {
    pub(crate) path: Path,
    pub(crate) mode: Mode,
    pub(crate) debt: Debt,
    /// The guest has masked its pin.
    pub(crate) masked: bool,
    /// The guest has programmed its pin as edge; the line is never held up then.
    pub(crate) edge: bool,
    /// The guest has set DisINTx.
    pub(crate) disintx: bool,
    /// One more than the unmasks in a period; 0 without a budget.
    pub(crate) budget: u8,
    /// One more than the unmasks that are left; 0 once it has been said that none is.
    pub(crate) left: u8,
}

impl Intx {
    /// A function with no interrupt set up.
    #[must_use]
    pub const fn new(path: Path) -> Self {
        let (mode, debt) = (Mode::Off, Debt::None);
        Self { path, mode, debt, masked: false, edge: false, disintx: false, budget: 0, left: 0 }
    }

    /// The same with a storm budget: at most so many interrupts (254; 0 means no budget) are unmasked between two
    /// [`Input::Tick`]s. A device that interrupts faster, stuck or not, is then held back until the next tick.
    ///
    /// It costs nothing but the ticks. It is for the paths on which the VMM unmasks once an interrupt ([`Path::Eoi`],
    /// [`Path::BarTrap`]); on the others it is ignored. A guest gets round it by clearing DisINTx, as vfio-pci unmasks
    /// then, at the price of two trapped writes.
    #[must_use]
    pub const fn with_budget(mut self, interrupts: u8) -> Self {
        self.budget = match interrupts {
            _ if self.path.is_wired() => 0,
            0 => 0,
            u8::MAX => u8::MAX,
            _ => interrupts + 1,
        };
        self.left = self.budget;
        self
    }

    /// Which kind of interrupt is set up, once the actions handed out are done.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the VMM holds the guest's line up.
    #[must_use]
    pub const fn pending(&self) -> bool {
        matches!(self.debt, Debt::Guest)
    }

    /// Whether an unmask is owed and held back: the guest's pin is masked, DisINTx is set, or the budget is spent.
    #[must_use]
    pub const fn held(&self) -> bool {
        matches!(self.debt, Debt::Held)
    }

    /// Takes one input and says what to do, in order. The caller does all of it before it gives the next input.
    /// An input that means nothing in the present state is not an error: it asks for nothing.
    pub fn handle(&mut self, input: Input) -> Actions {
        match (self.mode, input) {
            (_, Input::Mask | Input::Unmask | Input::Edge | Input::Level) => self.program(input),
            (_, Input::SetDisintx | Input::ClearDisintx) => self.command(input),
            (_, Input::Timer) if self.path == Path::BarTrap && !self.pending() => Actions::of(Sequence::MapBars),
            (_, Input::Tick) => {
                self.left = self.budget;
                self.release(Sequence::Release)
            }
            (Mode::Intx, _) => self.handle_intx(input),
            (Mode::Stopped, _) => self.handle_stopped(input),
            _ => self.handle_other(input),
        }
    }

    /// An action failed: what is left of its sequence is not to be done. The machine is off, and takes away whatever may
    /// be there; of these actions some have nothing to do and fail too, which is nothing to report.
    pub fn fail(&mut self) -> Actions {
        self.leave(Mode::Off);
        Actions::of(pick(self.path.is_wired(), Sequence::FailWired, Sequence::Fail))
    }

    fn leave(&mut self, mode: Mode) {
        (self.mode, self.debt) = (mode, Debt::None);
    }

    fn handle_other(&mut self, input: Input) -> Actions {
        match (self.mode, input) {
            (Mode::Off, Input::Enable) if self.pending() => {
                self.mode = Mode::Intx;
                Actions::of(pick(self.path == Path::BarTrap, Sequence::EnablePendingAndTrap, Sequence::EnablePending))
            }
            (Mode::Off, Input::Enable) => {
                self.enter_intx(Sequence::Enable, Sequence::EnableWired, Sequence::EnablePulsed)
            }
            (Mode::Msi, Input::ToIntx) => {
                self.enter_intx(Sequence::FromMsi, Sequence::FromMsiWired, Sequence::FromMsiPulsed)
            }
            (Mode::Off, Input::ToMsi) => {
                self.leave(Mode::Msi);
                Actions::of(Sequence::EnableMsi)
            }
            (Mode::Msi, Input::Disable) => {
                self.leave(Mode::Off);
                Actions::of(Sequence::DisableMsi)
            }
            (_, Input::Disable) => {
                self.debt = Debt::None;
                Actions::NONE
            }
            (_, Input::Reset) => {
                self.forget();
                Actions::NONE
            }
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

    /// After a reset. Thinking a pin masked that is not, or DisINTx set that is not, would lose the line; the other way
    /// round it costs an interrupt. So both are forgotten here, and the pin's trigger mode is not.
    fn forget(&mut self) {
        (self.debt, self.masked, self.disintx) = (Debt::None, false, false);
    }

    fn handle_intx(&mut self, input: Input) -> Actions {
        let wired = self.path.is_wired();
        let sequence = match input {
            Input::Trigger => return self.trigger(),
            Input::Eoi | Input::Access => return self.done(input),
            Input::Rearm => return self.rearm(),
            Input::Route => {
                (self.debt, self.masked) = (Debt::None, false);
                pick(wired, Sequence::RouteWired, Sequence::Route)
            }
            Input::Rebind => {
                // Whether the line is up stays as it is: the guest may still be at it.
                self.debt = if self.held() { Debt::None } else { self.debt };
                Sequence::Rebind
            }
            Input::RouteMasked => {
                (self.debt, self.masked) = (Debt::None, false);
                pick(wired, Sequence::RouteMaskedWired, Sequence::RouteMasked)
            }
            Input::Reset => {
                self.forget();
                pick(wired, Sequence::ResetWired, Sequence::Reset)
            }
            Input::Disable => {
                self.leave(Mode::Off);
                pick(wired, Sequence::DisableWired, Sequence::Disable)
            }
            Input::ToMsi => {
                self.leave(Mode::Msi);
                pick(wired, Sequence::ToMsiWired, Sequence::ToMsi)
            }
            Input::Stop => {
                self.mode = Mode::Stopped;
                return if wired { Actions::of(Sequence::StopWired) } else { Actions::NONE };
            }
            _ => return Actions::NONE,
        };
        Actions::of(sequence)
    }

    /// Nothing is wired. The host is not masked for it, as it masks itself if it interrupts; that trigger is forgotten, and
    /// whatever brings the next unmask brings the level again.
    fn handle_stopped(&mut self, input: Input) -> Actions {
        match input {
            Input::Resume => {
                self.mode = Mode::Intx;
                match self.debt {
                    _ if self.path.is_wired() => Actions::of(Sequence::ResumeWired),
                    Debt::None => Actions::of(Sequence::Release),
                    Debt::Guest => Actions::NONE,
                    Debt::Held => self.release(Sequence::Release),
                }
            }
            Input::Disable => {
                self.leave(Mode::Off);
                Actions::of(pick(self.path.is_wired(), Sequence::DisableStopped, Sequence::Disable))
            }
            Input::Reset => {
                self.forget();
                Actions::of(Sequence::ResetStopped)
            }
            _ => Actions::NONE,
        }
    }

    /// Takes one unmask from the budget.
    fn spend(&mut self) -> Spent {
        if self.budget == 0 {
            return Spent::No;
        }
        let before = self.left;
        self.left = before.saturating_sub(1);
        match before {
            0 => Spent::Before,
            1 => Spent::Now,
            _ => Spent::No,
        }
    }

    const fn holds_back(&self) -> bool {
        self.masked || self.disintx
    }

    fn trigger(&mut self) -> Actions {
        match self.path {
            Path::Resample | Path::BarGuess => Actions::NONE,
            // The guest wants none, or a masked edge pin would not remember the pulse.
            _ if self.disintx || self.edge && self.masked => {
                self.debt = Debt::Held;
                Actions::NONE
            }
            _ if self.edge => self.owe([Sequence::Pulse, Sequence::PulseThrottled, Sequence::PulseHeld]),
            Path::Eoi => {
                self.debt = Debt::Guest;
                Actions::of(Sequence::Assert)
            }
            Path::BarTrap => {
                self.debt = Debt::Guest;
                Actions::of(Sequence::AssertAndTrap)
            }
        }
    }

    fn done(&mut self, input: Input) -> Actions {
        match (self.path, input) {
            (Path::BarGuess, Input::Access) => Actions::of(Sequence::Unmask),
            (Path::Eoi, Input::Eoi) | (Path::BarTrap, Input::Access) => self.answer(),
            _ => Actions::NONE,
        }
    }

    /// The guest is done with what it was shown: its line goes down, and the host is unmasked if nothing is against it.
    /// A guest that masks its pin and ends the interrupt before it serves (ONESHOT, `handle_level_irq`) would only be
    /// interrupted once more for the same cause; KVM's IO-APIC asks at the unmask too (fef8f2b90edb).
    fn answer(&mut self) -> Actions {
        match (self.debt, self.mode) {
            (Debt::Guest, Mode::Intx) if !self.holds_back() => {
                self.owe([Sequence::Rearm, Sequence::RearmThrottled, Sequence::Lower])
            }
            (Debt::Guest, Mode::Intx | Mode::Stopped) => {
                self.debt = Debt::Held;
                Actions::of(Sequence::Lower)
            }
            (Debt::Guest, _) => {
                self.debt = Debt::None; // restored, and not set up yet: no line is up
                Actions::NONE
            }
            _ => Actions::NONE,
        }
    }

    /// One unmask is owed: the sequences are for one that is in the budget, the first that is not, and any later one.
    fn owe(&mut self, sequences: [Sequence; 3]) -> Actions {
        let spent = self.spend();
        self.debt = if spent == Spent::No { Debt::None } else { Debt::Held };
        Actions::of(match spent {
            Spent::No => sequences[0],
            Spent::Now => sequences[1],
            Spent::Before => sequences[2],
        })
    }

    /// Something that held the unmask back is gone.
    fn release(&mut self, unmask: Sequence) -> Actions {
        if self.mode != Mode::Intx || !self.held() || self.holds_back() {
            return Actions::NONE;
        }
        match self.spend() {
            Spent::No => {
                self.debt = Debt::None;
                Actions::of(unmask)
            }
            Spent::Now => Actions::of(Sequence::Throttled),
            Spent::Before => Actions::NONE,
        }
    }

    fn program(&mut self, input: Input) -> Actions {
        if self.path != Path::Eoi {
            return Actions::NONE;
        }
        match input {
            Input::Mask => self.masked = true,
            Input::Unmask => {
                self.masked = false;
                return self.release(Sequence::Unmask);
            }
            Input::Level => self.edge = false,
            _ => {
                self.edge = true;
                return self.answer();
            }
        }
        Actions::NONE
    }

    /// vfio-pci masks and unmasks by itself with the bit, and signals no trigger while it is set
    /// (`vfio_basic_config_write`, `vfio_send_intx_eventfd`, 6.12). One that was on its way is not shown to the guest.
    fn command(&mut self, input: Input) -> Actions {
        if self.path.is_wired() {
            return Actions::NONE;
        }
        self.disintx = input == Input::SetDisintx;
        if self.disintx { self.answer() } else { self.release(Sequence::Unmask) }
    }

    /// To unmask once more is safe at any time; to set up anew is, where the controller looks at the level then.
    fn rearm(&mut self) -> Actions {
        Actions::of(match (self.debt, self.path) {
            _ if self.disintx => return Actions::NONE,
            (_, Path::Resample) => Sequence::AnewWired,
            (_, Path::BarGuess) => Sequence::AnewPulsed,
            (Debt::Held, _) => return Actions::NONE,
            (Debt::Guest, _) => {
                self.debt = Debt::None;
                Sequence::Again
            }
            (Debt::None, _) => Sequence::Anew,
        })
    }
}

const fn pick(first: bool, with: Sequence, without: Sequence) -> Sequence {
    if first { with } else { without }
}
