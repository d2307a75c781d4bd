//! One function: the machine and what does its bidding, under the VMM's lock.

use eoi_intx::{Action, Failure, Input, Intx, Mode, drive, give_up};
use rustix::fd::{AsFd, BorrowedFd};

use crate::forward::{Forward, Hypervisor, Vmm};
use crate::refusal::{Call, Refusal};

/// An INTx function that is handed to a guest.
///
/// It has no thread. The VMM polls [`Function::trigger`] for reading and calls [`Function::ready`] then, and tells what else
/// happens by [`Function::input`], all under one lock. Dropping it tears down what is set up; [`Function::close`] does the same and
/// says whether that worked.
#[derive(Debug)]
pub struct Function<D: AsFd, H: Hypervisor, V: Vmm = ()> {
    machine: Intx,
    forward: Forward<D, H, V>,
}

impl<D: AsFd, H: Hypervisor, V: Vmm> Function<D, H, V> {
    /// On the backend's path. Nothing is set up yet: give [`Input::Enable`].
    #[must_use]
    pub fn new(forward: Forward<D, H, V>) -> Self {
        Self {
            machine: Intx::new(forward.path()),
            forward,
        }
    }

    /// Sets the storm budget ([`Intx::with_budget`]; 0 is none), at any time. Its first period begins now, and an unmask that the old
    /// budget held back is done.
    ///
    /// # Errors
    /// As [`Function::input`].
    pub fn set_budget(&mut self, interrupts: u8) -> Result<(), Failure<Refusal>> {
        self.machine = self.machine.with_budget(interrupts);
        self.input(Input::Tick)
    }

    /// The function in the state of a machine elsewhere, by its bits: see [`Intx::restore`]. `None` if no machine gave
    /// them, or if something is set up here already, which is torn down then.
    #[must_use]
    pub fn restore(mut self, bits: u16) -> Option<Self> {
        if self.machine.mode() != Mode::Off {
            return None;
        }
        self.machine = self.machine.restore(bits)?;
        Some(self)
    }

    /// The machine, to be looked at, or kept by its bits.
    #[must_use]
    pub const fn machine(&self) -> &Intx {
        &self.machine
    }

    /// The backend, to be looked at.
    #[must_use]
    pub const fn forward(&self) -> &Forward<D, H, V> {
        &self.forward
    }

    /// The hypervisor's half, to be told where the guest's line is now, before [`Input::Route`].
    pub fn hypervisor_mut(&mut self) -> &mut H {
        self.forward.hypervisor_mut()
    }

    /// Becomes readable when the device has interrupted and nobody is wired to it. It is another descriptor after
    /// [`Input::Rebind`], and after [`Input::Enable`] if it was no eventfd any more.
    #[must_use]
    pub fn trigger(&self) -> BorrowedFd<'_> {
        self.forward.trigger()
    }

    /// Something happened. At [`Input::Reset`] a function that cannot be reset alone ([`can_be_reset`](crate::vfio::can_be_reset))
    /// is not, and keeps its causes: resetting its bus (`VFIO_DEVICE_PCI_HOT_RESET`) is the VMM's, which knows what else is
    /// there.
    ///
    /// # Errors
    /// What was refused; the interrupt is torn down then, and [`Input::Enable`] sets it up again.
    pub fn input(&mut self, input: Input) -> Result<(), Failure<Refusal>> {
        drive(&mut self.machine, input, &mut self.forward)
    }

    /// The trigger is readable, or may be: whether it was. Several signals are one: a level is up or it is not. Where INTx is
    /// not set up, it was not.
    ///
    /// # Errors
    /// As [`Function::input`].
    pub fn ready(&mut self) -> Result<bool, Failure<Refusal>> {
        match self.forward.take() {
            _ if matches!(self.machine.mode(), Mode::Off | Mode::Msi) => Ok(false),
            Ok(0) => Ok(false),
            Ok(_) => self.input(Input::Trigger).map(|()| true),
            Err(errno) => {
                give_up(&mut self.machine, &mut self.forward);
                let error = self.forward.refusal(Call::Drain, errno);
                Err(Failure {
                    input: Input::Trigger,
                    action: Action::Drain,
                    error,
                })
            }
        }
    }

    /// Makes the trigger's descriptor another file, as a VMM does that closes the wrong one.
    #[cfg(test)]
    pub(crate) fn lose_trigger(&mut self) -> rustix::io::Result<()> {
        self.forward.lose_trigger()
    }

    /// Tears down.
    ///
    /// # Errors
    /// What was refused; closing the device's last descriptor frees its interrupt even so.
    pub fn close(mut self) -> Result<(), Failure<Refusal>> {
        self.input(Input::Disable)
    }
}

impl<D: AsFd, H: Hypervisor, V: Vmm> Drop for Function<D, H, V> {
    fn drop(&mut self) {
        let _ = self.input(Input::Disable); // off already after `close`
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Eventfd, Here};
    use eoi_intx::Path;

    /// A function whose device is none, in a machine that believes that it is set up.
    fn set_up(device: &Eventfd) -> Function<&Eventfd, Here> {
        let forward = Forward::new(Path::Eoi, device, Here::default(), ()).expect("an eventfd");
        let mut function = Function::new(forward);
        let _ = function.machine.handle(Input::Enable);
        function
    }

    #[test]
    fn what_is_set_up_is_not_restored_over() {
        let device = Eventfd::new().expect("any descriptor");
        assert!(set_up(&device).restore(0).is_none());
        let mut function = set_up(&device);
        assert!(function.input(Input::Reset).is_err(), "it is no device");
        assert_eq!(function.machine().mode(), Mode::Off);
        assert!(function.restore(0).is_some());
    }

    #[test]
    fn an_unmask_that_a_budget_held_back_is_done_when_the_budget_goes() {
        let device = Eventfd::new().expect("any descriptor");
        let mut function = set_up(&device);
        function.set_budget(1).expect("nothing is held back");
        for input in [Input::Trigger, Input::Eoi, Input::Trigger, Input::Eoi] {
            let _ = function.machine.handle(input);
        }
        assert!(function.machine().held());
        let refused = function.set_budget(0).expect_err("it is no device");
        assert_eq!(
            refused.error.call(),
            Call::Unmask,
            "and it was asked to unmask"
        );
    }

    #[test]
    fn a_trigger_that_is_gone_is_an_error_and_is_replaced() {
        let device = Eventfd::new().expect("any descriptor");
        let mut function = set_up(&device);
        assert_eq!(
            function.ready().map_err(|failure| failure.action),
            Ok(false)
        );
        function.lose_trigger().expect("another file in its place");
        assert_eq!(
            function.ready().map_err(|failure| failure.action),
            Err(Action::Drain)
        );
        assert_eq!(
            function.ready().map_err(|failure| failure.action),
            Ok(false),
            "nothing is set up"
        );
        assert_eq!(function.machine().mode(), Mode::Off);
        let refused = function.input(Input::Enable).expect_err("it is no device");
        assert_eq!(refused.error.call(), Call::Enable);
        assert_eq!(
            function.ready().map_err(|failure| failure.action),
            Ok(false),
            "there is a new one"
        );
    }
}
