//! The questions that laws ask about one state. The search judges the laws themselves, on the graph
//! of all states.

use eoi_intx::Mode;

use crate::config::Path;
use crate::guest;
use crate::irqchip::LINE;
use crate::state::{Half, State};
use crate::system::System;
use crate::values::{Depth, Phase, Stage, Thread, Unhandled};

impl System {
    fn functions(&self, state: State) -> impl Iterator<Item = Half> + use<> {
        state.halves().into_iter().take(self.scenario.functions())
    }

    /// Whether this function's guest is owed a service: there is a cause, INTx is set up, the
    /// driver listens.
    #[must_use]
    pub fn owes(&self, half: Half) -> bool {
        // Where another owner may be first, the VMM is told whether it got the line.
        let has_line = !self.has_second() || half.own().has_action();
        half.causes() != 0 && half.vmm_mode() == Mode::Intx && has_line && guest::listens(half)
    }

    /// [`System::owes`] for any function of the state.
    #[must_use]
    pub fn owes_any(&self, state: State) -> bool {
        self.functions(state).any(|half| self.owes(half))
    }

    /// Whether the host driver's function on the same line is owed a service: it has a cause.
    #[must_use]
    pub fn owes_neighbour(&self, state: State) -> bool {
        state.halves()[0].neighbour()
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
        let masked_by_vfio = if self.device.pci_2_3() {
            half.disintx()
        } else {
            half.depth() != Depth::Zero
        };
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
        self.functions(state)
            .any(|half| self.rests(half) && half.is_intx() && half.vfio_masked())
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
                let others = half.second().has_handler();
                let signals = half.trigger()
                    || half.vfio_work()
                    || half.irqfd_work()
                    || half.resend() && !others
                    || half.wired();
                // The depth does not matter: the next request_irq starts at 0.
                let taken = half.is_intx() || half.started() && !others;
                self.torn_down(half) && (signals || taken || half.guest_pin() & LINE != 0)
            })
    }

    /// Whether `unhandled` had anything to say: an interrupt went unhandled.
    #[must_use]
    pub fn tests_unhandled(&self, state: State) -> bool {
        self.functions(state)
            .any(|half| half.unhandled() != Unhandled::None)
    }

    /// Whether `leak` had anything to say.
    #[must_use]
    pub fn tests_leak(&self, state: State) -> bool {
        self.functions(state).any(|half| self.torn_down(half))
    }

    /// Whether `disable_irq_nosync` leaves the controller alone until the next interrupt comes.
    #[must_use]
    pub fn is_lazy(&self) -> bool {
        self.chip.irq_disable.is_none() && !self.vfio_is_unlazy() && !self.chip.unlazy
    }
}
