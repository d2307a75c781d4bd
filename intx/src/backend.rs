//! The backend, which does the actions, and the state of the machine after one of them fails.

use core::error::Error;
use core::fmt;

use crate::{Action, Input, Intx};

/// Does the actions that the machine asks for.
pub trait Backend {
    /// The error of an action.
    type Error;

    /// Does one action, completely, before it returns.
    ///
    /// # Errors
    /// The error of the system call. Not for [`Action::Throttled`]: an operator who does not listen
    /// is no failure.
    fn act(&mut self, action: Action) -> Result<(), Self::Error>;
}

/// An action that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<E> {
    /// The input that asked for it.
    pub input: Input,
    /// The action that failed.
    pub action: Action,
    /// The reason.
    pub error: E,
}

impl<E> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { input, action, .. } = self; // the error is the source
        write!(
            f,
            "INTx: {action:?} failed at {input:?}, and all that could be is torn down: set it up with Enable"
        )
    }
}

impl<E: Error + 'static> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Gives the machine one input, and has the backend do the actions that it asks for, in order.
///
/// # Errors
/// The first action that failed. The rest of its sequence is left undone, the interrupt is torn
/// down as far as that can be done, and the machine is [`Mode::Off`](crate::Mode::Off): give
/// [`Input::Enable`] to try again. No interrupt is lost, because a device that still has a cause
/// still holds its line.
pub fn drive<B: Backend>(
    machine: &mut Intx,
    input: Input,
    backend: &mut B,
) -> Result<(), Failure<B::Error>> {
    for action in machine.handle(input) {
        if let Err(error) = backend.act(action) {
            give_up(machine, backend);
            return Err(Failure {
                input,
                action,
                error,
            });
        }
    }
    Ok(())
}

/// Tears everything down, as [`drive`] does after a failure: for a failure outside an action, such
/// as one of the read of the trigger eventfd.
pub fn give_up<B: Backend>(machine: &mut Intx, backend: &mut B) {
    for undo in machine.fail() {
        let _ = backend.act(undo); // of these some have nothing to do
    }
}
