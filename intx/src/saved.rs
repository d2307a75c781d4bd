//! The machine as a number: to keep it, and to take it elsewhere.

use crate::input::{Mode, Path};
use crate::machine::{Debt, Intx};

/// The state of a machine, by name: everything but its path and its budget. It is [`Intx::bits`]
/// taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The kind of interrupt that is set up ([`Intx::mode`]).
    pub mode: Mode,
    /// The VMM holds the guest's line up ([`Intx::pending`]).
    pub pending: bool,
    /// An unmask is owed and held back ([`Intx::held`]).
    pub held: bool,
    /// The guest has masked its pin.
    pub masked: bool,
    /// The guest has programmed its pin as edge.
    pub edge: bool,
    /// The guest has set DisINTx.
    pub disintx: bool,
    /// One more than the unmasks that are left in this period; 0 once
    /// [`Action::Throttled`](crate::Action::Throttled) was asked for, and without a budget.
    pub left: u8,
}

impl Intx {
    /// The state, part by part.
    #[must_use]
    pub const fn parts(&self) -> Parts {
        let &Self {
            mode,
            masked,
            edge,
            disintx,
            left,
            ..
        } = self;
        Parts {
            mode,
            pending: self.pending(),
            held: self.held(),
            masked,
            edge,
            disintx,
            left,
        }
    }

    /// This machine, path and budget, in the state of these parts; `None` if it has no such state.
    #[must_use]
    pub const fn with_parts(self, parts: Parts) -> Option<Self> {
        let Parts {
            mode,
            pending,
            held,
            masked,
            edge,
            disintx,
            left,
        } = parts;
        let debt = match (pending, held) {
            (false, false) => Debt::None,
            (true, false) => Debt::Guest,
            (false, true) => Debt::Held,
            (true, true) => return None,
        };
        let machine = Self {
            mode,
            debt,
            masked,
            edge,
            disintx,
            left,
            ..self
        };
        if machine.is_possible() {
            Some(machine)
        } else {
            None
        }
    }

    /// The state, for [`Intx::with_bits`] and [`Intx::restore`]: the mode in bits 0 and 1, then
    /// pending, held, masked, edge, DisINTx, a bit that is 0, and in bits 8 to 15 what is left of
    /// the budget. Path and budget are not in it.
    #[must_use]
    pub const fn bits(&self) -> u16 {
        let Parts {
            mode,
            pending,
            held,
            masked,
            edge,
            disintx,
            left,
        } = self.parts();
        let debt = (pending as u16) << 2 | (held as u16) << 3;
        let flags = (masked as u16) << 4 | (edge as u16) << 5 | (disintx as u16) << 6;
        mode as u16 | debt | flags | (left as u16) << 8
    }

    /// This machine, path and budget, in the state of these bits; `None` if it has no such state.
    #[must_use]
    pub const fn with_bits(self, bits: u16) -> Option<Self> {
        if bits & 1 << 7 != 0 {
            return None;
        }
        self.with_parts(Parts {
            mode: Self::saved_mode(bits),
            pending: bits & 1 << 2 != 0,
            held: bits & 1 << 3 != 0,
            masked: bits & 1 << 4 != 0,
            edge: bits & 1 << 5 != 0,
            disintx: bits & 1 << 6 != 0,
            left: (bits >> 8) as u8,
        })
    }

    const fn is_possible(&self) -> bool {
        let debt = match self.debt {
            Debt::None => true,
            Debt::Guest => !self.edge && !self.disintx && !matches!(self.mode, Mode::Msi),
            Debt::Held => matches!(self.mode, Mode::Intx | Mode::Stopped),
        };
        let nothing = matches!(self.debt, Debt::None) && !self.disintx;
        let pin = matches!(self.path, Path::Eoi) || !self.masked && !self.edge;
        debt && pin && (nothing || !self.path.is_wired()) && self.left <= self.budget
    }

    /// The kind of interrupt that was set up when a machine gave these bits:
    /// [`Input::Enable`](crate::Input::Enable) is to be given after [`Intx::restore`] for INTx or
    /// stopped, [`Input::ToMsi`](crate::Input::ToMsi) for MSI, and nothing for off.
    #[must_use]
    pub const fn saved_mode(bits: u16) -> Mode {
        Mode::ALL[bits as usize & 3]
    }

    /// The machine for a guest that came from elsewhere, from the [`Intx::bits`] that the machine
    /// there gave after [`Input::Stop`](crate::Input::Stop); the path may be another one. If the
    /// one there does not know the pin or DisINTx, give [`Input::Mask`](crate::Input::Mask),
    /// [`Input::Edge`](crate::Input::Edge) and [`Input::SetDisintx`](crate::Input::SetDisintx) as
    /// they are, first. Nothing is set up yet. A line that the guest has not answered is put up
    /// again at [`Input::Enable`](crate::Input::Enable), and the pin must not have come back in
    /// service: KVM may owe the exit for an EOI that the guest has made. `None` if no machine gave
    /// these bits.
    ///
    /// ```
    /// use eoi_intx::{Action, Input, Intx, Path};
    ///
    /// let mut here = Intx::new(Path::Eoi);
    /// let _ = here.handle(Input::Enable);
    /// let _ = here.handle(Input::Trigger);
    /// let _ = here.handle(Input::Stop);
    ///
    /// let mut there = Intx::new(Path::Eoi).restore(here.bits()).expect("a machine gave them");
    /// assert!(there.handle(Input::Enable).eq([Action::EnableIntx, Action::Assert]));
    /// assert!(there.handle(Input::Eoi).eq([Action::Deassert, Action::Unmask]));
    /// ```
    #[must_use]
    pub const fn restore(self, bits: u16) -> Option<Self> {
        let widest = Self {
            path: Path::Eoi,
            budget: u8::MAX,
            ..self
        };
        let Some(mut machine) = widest.with_bits(bits) else {
            return None;
        };
        let pin = matches!(self.path, Path::Eoi);
        machine.debt = if machine.pending() && !self.path.is_wired() {
            Debt::Guest
        } else {
            Debt::None
        };
        machine.masked &= pin;
        machine.edge &= pin;
        machine.disintx &= !self.path.is_wired();
        Some(Self {
            path: self.path,
            mode: Mode::Off,
            budget: self.budget,
            left: self.budget,
            ..machine
        })
    }
}
