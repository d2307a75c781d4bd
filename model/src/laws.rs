//! The laws, as far as one state or one step can tell; what takes the graph is the search's.

use eoi_intx::Mode;

use crate::config::Path;
use crate::genirq::unlazy;
use crate::guest;
use crate::irqchip::LINE;
use crate::state::{Half, State};
use crate::system::System;
use crate::values::{Depth, Phase, Stage, Thread, Unhandled};

/// The laws, named after the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A state owes the guest a service and nothing that goes on by itself brings it.
    Stall,
    /// The host takes interrupts for ever while nobody else acts.
    Storm,
    /// The guest takes interrupts for ever and serves nothing, though everybody gets their turn.
    Livelock,
    /// Depth, MASKED and vfio's `masked` disagree at rest.
    Imbalance,
    /// After teardown something is left.
    Leak,
    /// `note_interrupt` reaches its limit: "nobody cared".
    Unhandled,
}

impl Law {
    /// Every law, in the order of reports.
    pub const ALL: [Self; 6] = [Self::Stall, Self::Storm, Self::Livelock, Self::Imbalance, Self::Leak, Self::Unhandled];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stall => "stall",
            Self::Storm => "storm",
            Self::Livelock => "livelock",
            Self::Imbalance => "imbalance",
            Self::Leak => "leak",
            Self::Unhandled => "unhandled",
        }
    }

    /// What it is that is broken, in a few words.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Stall => "a cause that nothing will ever serve",
            Self::Storm => "host interrupts without end while nobody else acts",
            Self::Livelock => "guest interrupts without end that serve nothing",
            Self::Imbalance => "depth, MASKED and vfio's masked disagree at rest",
            Self::Leak => "something left after teardown",
            Self::Unhandled => "\"nobody cared\", the line is given up",
        }
    }
}

impl System {
    fn functions(&self, state: State) -> impl Iterator<Item = Half> + use<> {
        state.halves().into_iter().take(self.scenario.functions())
    }

    /// Whether this function's guest is owed a service: there is a cause, INTx is set up, the driver listens.
    #[must_use]
    pub fn owes(&self, half: Half) -> bool {
        half.causes() != 0 && half.vmm_mode() == Mode::Intx && guest::listens(half)
    }

    /// As [`System::owes`], for any function of the state.
    #[must_use]
    pub fn owes_any(&self, state: State) -> bool {
        self.functions(state).any(|half| self.owes(half))
    }

    fn rests(&self, half: Half) -> bool {
        half.flow() == Stage::Idle
            && half.thread() == Thread::Asleep
            && half.todo() == 0
            && !half.resignal()
            && half.guest_phase() != Phase::Config
    }

    fn balanced(&self, half: Half) -> bool {
        if half.depth() == Depth::Unbalanced {
            return false;
        }
        if !self.rests(half) || !half.is_intx() || half.unhandled() == Unhandled::GivenUp {
            return true;
        }
        let masked_by_vfio = if self.device.pci_2_3() { half.disintx() } else { half.depth() != Depth::Zero };
        half.vfio_masked() == masked_by_vfio
            && half.disabled() == (half.depth() != Depth::Zero)
            && (!half.masked() || half.disabled())
    }

    /// The law `imbalance` in this state.
    #[must_use]
    pub fn is_imbalanced(&self, state: State) -> bool {
        self.functions(state).any(|half| !self.balanced(half))
    }

    /// Whether `imbalance` had anything to say: at rest with the interrupt masked.
    #[must_use]
    pub fn tests_balance(&self, state: State) -> bool {
        self.functions(state).any(|half| self.rests(half) && half.is_intx() && half.vfio_masked())
    }

    /// Torn down, and everything that was to be done is done.
    fn torn_down(&self, half: Half) -> bool {
        matches!(half.vmm_mode(), Mode::Off | Mode::Msi) && self.rests(half)
    }

    /// The law `leak` in this state.
    #[must_use]
    pub fn leaks(&self, state: State) -> bool {
        self.path != Path::Program
            && self.functions(state).any(|half| {
                let signals = half.trigger() || half.vfio_work() || half.irqfd_work() || half.resend() || half.wired();
                let taken = half.is_intx() || half.started(); // the next request_irq starts at depth 0 whatever is there
                self.torn_down(half) && (signals || taken || half.guest_pin() & LINE != 0)
            })
    }

    /// Whether `unhandled` had anything to say: an interrupt went unhandled.
    #[must_use]
    pub fn tests_unhandled(&self, state: State) -> bool {
        self.functions(state).any(|half| half.unhandled() != Unhandled::None)
    }

    /// Whether `leak` had anything to say.
    #[must_use]
    pub fn tests_leak(&self, state: State) -> bool {
        self.functions(state).any(|half| self.torn_down(half))
    }

    /// Whether `disable_irq_nosync` leaves the controller alone until the next interrupt comes.
    #[must_use]
    pub fn is_lazy(&self) -> bool {
        self.chip.irq_disable.is_none() && !unlazy(self)
    }
}
