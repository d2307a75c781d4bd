//! The guard of a step: without it the event cannot happen.

/// `None`, which ends the step without an effect, unless the condition holds.
#[inline(always)]
#[must_use]
pub(crate) fn require(condition: bool) -> Option<()> {
    if condition { Some(()) } else { None }
}
