//! Who does the actions, and what becomes of the machine when one of them fails.

use core::error::Error;
use core::fmt;

use crate::{Action, Input, Intx};

/// Does what the machine asks for.
pub trait Backend {
    /// What goes wrong.
    type Error;

    /// Does one action, completely, before it returns.
    ///
    /// # Errors
    /// Whatever the system call said. Not for [`Action::Throttled`]: an operator who does not listen is no failure.
    fn act(&mut self, action: Action) -> Result<(), Self::Error>;
}

/// An action that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<E> {
    /// What was being answered.
    pub input: Input,
    /// What failed.
    pub action: Action,
    /// Why.
    pub error: E,
}

impl<E> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { input, action, .. } = self; // the error is the source
        write!(f, "INTx: {action:?} failed at {input:?}, and all is torn down: set it up again with Enable")
    }
}

impl<E: Error + 'static> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Gives the machine one input and has the backend do what it asks for, in order.
///
/// # Errors
/// The first action that failed. The rest of its sequence is left undone, the interrupt is torn down as far as that can
/// be done, and the machine is [`Mode::Off`](crate::Mode::Off): give [`Input::Enable`] to try again. Nothing is lost by it,
/// as a device that still has something to say still holds its line.
///
/// ```
/// use eoi_intx::fake::Fake;
/// use eoi_intx::{Action, Input, Intx, Mode, Path, drive};
///
/// let (mut intx, mut vfio) = (Intx::new(Path::Eoi), Fake::<8>::default());
/// drive(&mut intx, Input::Enable, &mut vfio).expect("the fake can");
/// vfio.fails = Some(0);
/// let failure = drive(&mut intx, Input::Trigger, &mut vfio).expect_err("it was told to fail");
/// assert_eq!((failure.action, intx.mode()), (Action::Assert, Mode::Off));
/// drive(&mut intx, Input::Enable, &mut vfio).expect("it is as new");
/// ```
pub fn drive<B: Backend>(machine: &mut Intx, input: Input, backend: &mut B) -> Result<(), Failure<B::Error>> {
    for action in machine.handle(input) {
        if let Err(error) = backend.act(action) {
            for undo in machine.fail() {
                let _ = backend.act(undo); // of these some have nothing to do
            }
            return Err(Failure { input, action, error });
        }
    }
    Ok(())
}
