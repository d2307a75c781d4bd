//! The steps of a script.

use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;

use crate::error::{Error, refuse};
use crate::words::{number, words};

words! {
    /// One of the two causes for which the device can interrupt.
    Cause: "cause" {
        /// The first.
        One = "1",
        /// The second.
        Two = "2",
    }
}

/// One step of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Sets INTx up, with the trigger eventfd and, where the case has one, the unmask eventfd.
    Enable,
    /// Tears INTx down.
    Disable,
    /// Raises this cause at the device.
    Raise(Cause),
    /// Clears this cause at the device.
    Clear(Cause),
    /// Clears every cause at the device.
    ClearAll,
    /// Waits for the trigger. If it does not come, the line stalls and the case ends.
    Wait,
    /// Looks for the trigger. The case goes on whether it comes or not.
    Idle,
    /// Masks.
    Mask,
    /// Unmasks in the way of the case. For [`How::Intx`](crate::How::Intx) the guest ends the interrupt.
    Unmask,
    /// Tells eoi-intx that the line seems to be dead.
    Rearm,
    /// Takes so many interrupts on one CPU while another CPU masks and unmasks, then one interrupt without that.
    Race(NonZeroU32),
    /// Asks `eoi doctor --watch`, on the machine itself, whether the line is dead.
    Doctor,
    /// Another function on the same line is set up, and has to be refused with -EBUSY.
    Second,
    /// The line goes to another function on it, and back while that one's `free_irq` is on its way.
    HandOver,
}

/// The steps that are one word.
const PLAIN: [(Step, &str); 11] = [
    (Step::Enable, "enable"),
    (Step::Disable, "disable"),
    (Step::ClearAll, "clear"),
    (Step::Wait, "wait"),
    (Step::Idle, "idle"),
    (Step::Mask, "mask"),
    (Step::Unmask, "unmask"),
    (Step::Rearm, "rearm"),
    (Step::Doctor, "doctor"),
    (Step::Second, "second"),
    (Step::HandOver, "hand-over"),
];

impl Step {
    /// Whether another function on the same line takes part.
    #[must_use]
    pub const fn needs_second(self) -> bool {
        matches!(self, Self::Second | Self::HandOver)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raise(cause) => write!(f, "raise:{cause}"),
            Self::Clear(cause) => write!(f, "clear:{cause}"),
            Self::Race(rounds) => write!(f, "race:{rounds}"),
            plain => f.write_str(
                PLAIN
                    .iter()
                    .find(|(step, _)| step == plain)
                    .map_or("", |(_, word)| word),
            ),
        }
    }
}

impl FromStr for Step {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some((step, _)) = PLAIN.iter().find(|(_, word)| *word == text) {
            return Ok(*step);
        }
        match text.split_once(':') {
            Some(("raise", cause)) => Ok(Self::Raise(cause.parse()?)),
            Some(("clear", cause)) => Ok(Self::Clear(cause.parse()?)),
            Some(("race", rounds)) => Ok(Self::Race(number("number of rounds", rounds)?)),
            _ => refuse!(
                "'{}' is no step; there are enable, disable, raise:N, clear:N (N is 1 or 2), clear, wait, idle, mask, \
                 unmask, rearm, doctor, second, hand-over and race:N",
                text.escape_debug()
            ),
        }
    }
}
