//! The machine: one INTx function of one guest.

use crate::action::Actions;
use crate::input::{Input, Mode, Path};

/// The one who has to act before the host interrupt, which masked itself when it came, is unmasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debt {
    /// Nobody: nothing is pending.
    None,
    /// The guest: its line is up, and it has to end the interrupt.
    Guest,
    /// The machine, once nothing holds it back any more: a masked pin, DisINTx, or a spent budget.
    Held,
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
        Self {
            path,
            mode: Mode::Off,
            debt: Debt::None,
            masked: false,
            edge: false,
            disintx: false,
            budget: 0,
            left: 0,
        }
    }

    /// The same with a storm budget: at most so many interrupts (254; 0 means no budget) are
    /// unmasked between two [`Input::Tick`]s. A device that interrupts faster, stuck or not, is
    /// then held back until the next tick.
    ///
    /// It costs nothing but the ticks: N interrupts a second need N/254 of them at least. It is for
    /// the paths on which the VMM unmasks once an interrupt ([`Path::Eoi`], [`Path::BarTrap`]); the
    /// others ignore it. An unmask for another reason is not counted: a guest that clears DisINTx,
    /// changes a route, resets or goes to MSI and back gets round the budget, at the price of
    /// trapped writes.
    ///
    /// A machine that is set up may owe an unmask that the old budget held back. Give [`Input::Tick`] right after the change: it
    /// asks for that unmask, also where the new budget is 0 and no other tick will ever come.
    ///
    /// ```
    /// use eoi_intx::{Action, Input, Intx, Path};
    ///
    /// let mut intx = Intx::new(Path::Eoi).with_budget(1);
    /// for input in [Input::Enable, Input::Trigger, Input::Eoi] {
    ///     let _ = intx.handle(input);
    /// }
    /// assert!(intx.handle(Input::Trigger).eq([Action::Assert]));
    /// assert!(intx.handle(Input::Eoi).eq([Action::Deassert, Action::Throttled]), "the budget is spent");
    ///
    /// intx = intx.with_budget(0);
    /// assert!(intx.held() && intx.handle(Input::Tick).eq([Action::Unmask]));
    /// ```
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

    /// The kind of interrupt that is set up after the actions handed out are done.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the VMM holds the guest's line up.
    #[must_use]
    pub const fn pending(&self) -> bool {
        matches!(self.debt, Debt::Guest)
    }

    /// Whether an unmask is owed and held back: the guest's pin is masked, DisINTx is set, or the
    /// budget is spent.
    #[must_use]
    pub const fn held(&self) -> bool {
        matches!(self.debt, Debt::Held)
    }

    /// Takes one input and says what to do, in order. The caller does all of it before it gives the
    /// next input. An input that means nothing in the present state is not an error: it asks for
    /// nothing.
    pub fn handle(&mut self, input: Input) -> Actions {
        match (self.mode, input) {
            (_, Input::Mask | Input::Unmask | Input::Edge | Input::Level) => self.program(input),
            (_, Input::SetDisintx | Input::ClearDisintx) => self.command(input),
            (_, Input::Timer) if self.path == Path::BarTrap && !self.pending() => Actions::MAP_BARS,
            (_, Input::Tick) => {
                self.left = self.budget;
                self.release(Actions::RELEASE)
            }
            (_, Input::Route | Input::RouteMasked) => self.route(input),
            (_, Input::Reset) => self.reset(),
            (_, Input::Disable) => self.disable(),
            (_, Input::ToMsi) => self.switch_to_msi(),
            (Mode::Off, Input::Enable) | (Mode::Off | Mode::Msi, Input::ToIntx) => self.enable(),
            (Mode::Intx, _) => self.handle_intx(input),
            (Mode::Stopped, Input::Resume) => self.resume(),
            (Mode::Stopped, Input::Rebind) => Actions::REBIND_STOPPED,
            _ => Actions::NONE,
        }
    }

    /// An action failed: do not do the rest of its sequence, but these. The machine is off, and
    /// takes away whatever may be there. Some of these actions have nothing to do and fail too; do
    /// not report that.
    pub fn fail(&mut self) -> Actions {
        let _ = self.leave(Mode::Off);
        self.either(Actions::FAIL, Actions::FAIL_WIRED)
    }

    const fn either(&self, heard: Actions, wired: Actions) -> Actions {
        if self.path.is_wired() { wired } else { heard }
    }

    /// Goes to another mode; the one that was left.
    const fn leave(&mut self, mode: Mode) -> Mode {
        self.debt = Debt::None;
        core::mem::replace(&mut self.mode, mode)
    }

    fn disable(&mut self) -> Actions {
        match self.leave(Mode::Off) {
            Mode::Off => Actions::NONE,
            Mode::Intx => self.either(Actions::DISABLE, Actions::DISABLE_WIRED),
            Mode::Stopped => self.either(Actions::DISABLE, Actions::DISABLE_WIRED_STOPPED),
            Mode::Msi => Actions::DISABLE_MSI,
        }
    }

    fn switch_to_msi(&mut self) -> Actions {
        match self.leave(Mode::Msi) {
            Mode::Off => Actions::ENABLE_MSI,
            Mode::Intx => self.either(Actions::TO_MSI, Actions::TO_MSI_WIRED),
            Mode::Stopped => self.either(Actions::TO_MSI, Actions::TO_MSI_WIRED_STOPPED),
            Mode::Msi => Actions::OTHER_MSI,
        }
    }

    fn enable(&mut self) -> Actions {
        match (core::mem::replace(&mut self.mode, Mode::Intx), self.path) {
            (Mode::Off, Path::BarTrap) if self.pending() => Actions::ENABLE_PENDING_AND_TRAP,
            (Mode::Off, _) if self.pending() => Actions::ENABLE_PENDING,
            (Mode::Off, Path::Resample) => Actions::ENABLE_WIRED,
            (Mode::Off, Path::BarGuess) => Actions::ENABLE_PULSED,
            (Mode::Off, Path::Eoi | Path::BarTrap) => Actions::ENABLE,
            (_, Path::Resample) => Actions::FROM_MSI_WIRED,
            (_, Path::BarGuess) => Actions::FROM_MSI_PULSED,
            (_, Path::Eoi | Path::BarTrap) => Actions::FROM_MSI,
        }
    }

    /// The old pin's line goes down. The next unmask brings the level to the new pin.
    fn route(&mut self, input: Input) -> Actions {
        (self.debt, self.masked) = (Debt::None, false);
        match (self.mode, input) {
            (Mode::Intx, Input::Route) => self.either(Actions::ROUTE, Actions::ROUTE_WIRED),
            (Mode::Intx, _) => self.either(Actions::ROUTE_MASKED, Actions::ROUTE_MASKED_WIRED),
            (Mode::Stopped, _) => self.either(Actions::LOWER, Actions::NONE),
            (Mode::Off | Mode::Msi, _) => Actions::NONE,
        }
    }

    /// A machine that takes a pin for masked which is not, or DisINTx for set which is not, loses
    /// the line; the other mistake costs one interrupt. So the machine forgets both here, but not
    /// the pin's trigger mode.
    fn reset(&mut self) -> Actions {
        (self.debt, self.masked, self.disintx) = (Debt::None, false, false);
        match self.mode {
            Mode::Intx => self.either(Actions::RESET, Actions::RESET_WIRED),
            Mode::Stopped => self.either(Actions::RESET_STOPPED, Actions::RESET_ONLY),
            Mode::Off | Mode::Msi => Actions::RESET_ONLY,
        }
    }

    fn handle_intx(&mut self, input: Input) -> Actions {
        match input {
            Input::Trigger => self.trigger(),
            Input::Eoi if self.path == Path::Eoi => self.answer(),
            Input::Access if self.path == Path::BarTrap => self.answer(),
            Input::Access if self.path == Path::BarGuess => Actions::UNMASK,
            Input::Rearm => self.rearm(),
            Input::Rebind => {
                // Whether the line is up stays as it is: the guest may still be at it.
                self.debt = if self.held() { Debt::None } else { self.debt };
                self.either(Actions::REBIND, Actions::REBIND_WIRED)
            }
            Input::Stop => {
                self.mode = Mode::Stopped;
                self.either(Actions::NONE, Actions::STOP_WIRED)
            }
            _ => Actions::NONE,
        }
    }

    /// Nothing was wired meanwhile. Nobody masked the host for that, because it masks itself when
    /// it interrupts. The trigger was forgotten then, and the next unmask brings the level again.
    fn resume(&mut self) -> Actions {
        self.mode = Mode::Intx;
        match self.debt {
            _ if self.path.is_wired() => Actions::RESUME_WIRED,
            Debt::None => Actions::RELEASE,
            Debt::Guest => Actions::NONE,
            Debt::Held => self.release(Actions::RELEASE),
        }
    }

    fn trigger(&mut self) -> Actions {
        match self.path {
            Path::Resample | Path::BarGuess => Actions::NONE,
            // The guest wants none; and a masked edge pin would not remember the pulse.
            _ if self.disintx || self.edge && self.masked => {
                self.debt = Debt::Held;
                Actions::NONE
            }
            _ if self.edge => self.owe(
                Actions::PULSE,
                Actions::PULSE_THROTTLED,
                Actions::PULSE_HELD,
            ),
            _ => {
                self.debt = Debt::Guest;
                if self.path == Path::BarTrap {
                    Actions::ASSERT_AND_TRAP
                } else {
                    Actions::ASSERT
                }
            }
        }
    }

    const fn holds_back(&self) -> bool {
        self.masked || self.disintx
    }

    /// The guest is done with the interrupt: its line goes down, and the host is unmasked if
    /// nothing holds that back. A masked pin does: a guest that masks its pin and ends the
    /// interrupt before it serves (ONESHOT, `handle_level_irq`) would be interrupted once more for
    /// the same cause. KVM's IO-APIC asks at the unmask too (fef8f2b90edb).
    fn answer(&mut self) -> Actions {
        match (self.debt, self.mode) {
            (Debt::Guest, Mode::Intx) if !self.holds_back() => {
                self.owe(Actions::REARM, Actions::REARM_THROTTLED, Actions::LOWER)
            }
            (Debt::Guest, Mode::Intx | Mode::Stopped) => {
                self.debt = Debt::Held;
                Actions::LOWER
            }
            (Debt::Guest, _) => {
                self.debt = Debt::None; // restored, and not set up yet: no line is up
                Actions::NONE
            }
            _ => Actions::NONE,
        }
    }

    /// One unmask is owed. The three sequences are for one within the budget, for the first one
    /// beyond it, and for later ones.
    fn owe(&mut self, unmask: Actions, throttled: Actions, held: Actions) -> Actions {
        let left = self.left;
        self.left = left.saturating_sub(1);
        self.debt = if self.budget == 0 || left > 1 {
            Debt::None
        } else {
            Debt::Held
        };
        match (self.debt, left) {
            (Debt::None, _) => unmask,
            (_, 1) => throttled,
            _ => held,
        }
    }

    /// A reason that held the unmask back is gone.
    fn release(&mut self, unmask: Actions) -> Actions {
        if self.mode != Mode::Intx || !self.held() || self.holds_back() {
            return Actions::NONE;
        }
        self.owe(unmask, Actions::THROTTLED, Actions::NONE)
    }

    fn program(&mut self, input: Input) -> Actions {
        if self.path != Path::Eoi {
            return Actions::NONE;
        }
        match input {
            Input::Mask => self.masked = true,
            Input::Unmask => {
                self.masked = false;
                return self.release(Actions::UNMASK);
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
    /// (`vfio_basic_config_write`, `vfio_send_intx_eventfd`, 6.12). A trigger that was on its way
    /// is not shown to the guest.
    fn command(&mut self, input: Input) -> Actions {
        if self.path.is_wired() {
            return Actions::NONE;
        }
        self.disintx = input == Input::SetDisintx;
        if self.disintx {
            self.answer()
        } else {
            self.release(Actions::UNMASK)
        }
    }

    /// Another unmask is safe at any time. A new set-up is safe where the controller looks at the
    /// level then.
    fn rearm(&mut self) -> Actions {
        match (self.debt, self.path) {
            _ if self.disintx => Actions::NONE,
            (_, Path::Resample) => Actions::ANEW_WIRED,
            (_, Path::BarGuess) => Actions::ANEW_PULSED,
            (Debt::Held, _) => Actions::NONE,
            (Debt::Guest, _) => {
                self.debt = Debt::None;
                Actions::AGAIN
            }
            (Debt::None, _) => Actions::ANEW,
        }
    }
}
