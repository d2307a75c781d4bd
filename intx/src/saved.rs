//! The machine as a number: to keep it, and to take it elsewhere.

use crate::input::{Mode, Path};
use crate::machine::{Debt, Intx};

impl Intx {
    /// The state, for [`Intx::with_bits`] and [`Intx::restore`]: the mode in bits 0 and 1, then pending, held, masked,
    /// edge, DisINTx, a bit that is 0, and in bits 8 to 15 what is left of the budget. Path and budget are not in it.
    #[must_use]
    pub const fn bits(&self) -> u16 {
        let flags = (self.masked as u16) << 4 | (self.edge as u16) << 5 | (self.disintx as u16) << 6;
        self.mode as u16 | (self.debt as u16) << 2 | flags | (self.left as u16) << 8
    }

    /// This machine, path and budget, in the state of these bits; `None` if it has no such state.
    #[must_use]
    pub const fn with_bits(self, bits: u16) -> Option<Self> {
        let debt = match bits >> 2 & 3 {
            0 => Debt::None,
            1 => Debt::Guest,
            2 => Debt::Held,
            _ => return None,
        };
        let (masked, edge, disintx) = (bits & 1 << 4 != 0, bits & 1 << 5 != 0, bits & 1 << 6 != 0);
        let machine =
            Self { mode: Self::saved_mode(bits), debt, masked, edge, disintx, left: (bits >> 8) as u8, ..self };
        if bits & 1 << 7 == 0 && machine.is_possible() { Some(machine) } else { None }
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

    /// What was set up when a machine gave these bits: [`Input::Enable`](crate::Input::Enable) is to be given after
    /// [`Intx::restore`] for INTx or stopped, [`Input::ToMsi`](crate::Input::ToMsi) for MSI, and nothing for off.
    #[must_use]
    pub const fn saved_mode(bits: u16) -> Mode {
        [Mode::Off, Mode::Intx, Mode::Msi, Mode::Stopped][bits as usize & 3]
    }

    /// The machine for a guest that came from elsewhere, from the [`Intx::bits`] that the machine there gave after
    /// [`Input::Stop`](crate::Input::Stop); the path may be another one. If the one there does not know the
    /// pin or DisINTx, give [`Input::Mask`](crate::Input::Mask), [`Input::Edge`](crate::Input::Edge) and
    /// [`Input::SetDisintx`](crate::Input::SetDisintx) as they are, first. Nothing is set up yet. A line that the guest has not
    /// answered is put up again at [`Input::Enable`](crate::Input::Enable), and the pin must not have come back in service: KVM
    /// may owe the exit for an EOI that the guest has made. `None` if no machine gave these bits.
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
        let widest = Self { path: Path::Eoi, budget: u8::MAX, ..self };
        let Some(mut machine) = widest.with_bits(bits) else { return None };
        let pin = matches!(self.path, Path::Eoi);
        machine.debt = if machine.pending() && !self.path.is_wired() { Debt::Guest } else { Debt::None };
        machine.masked &= pin;
        machine.edge &= pin;
        machine.disintx &= !self.path.is_wired();
        Some(Self { path: self.path, mode: Mode::Off, budget: self.budget, left: self.budget, ..machine })
    }
}
