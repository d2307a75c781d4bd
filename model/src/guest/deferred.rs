//! A guest whose interrupt routine ends the interrupt and puts the rest off: a deferred call reads the
//! causes and clears them, on the same vCPU, while no interrupt routine runs.
//!
//! The pin stays open meanwhile, so that a level that is still high interrupts again. A call that has
//! not begun is not put off twice; one that has begun is followed by another one.

use super::access;
use crate::cost::Metric;
use crate::device;
use crate::values::Later;
use crate::world::World;

/// The routine puts the rest off.
pub(super) fn put_off(w: &mut World<'_>) {
    let later = match w.function().later() {
        Later::Nothing | Later::Due => Later::Due,
        Later::Read | Later::ReadAndDue => Later::ReadAndDue,
    };
    w.function_mut().set_later(later);
}

/// The call reads the causes.
pub(crate) fn read(w: &mut World<'_>) -> Option<()> {
    access(w)?;
    let causes = w.function().causes();
    w.function_mut().set_snapshot(causes);
    if causes == 0 {
        w.count(Metric::GuestIrqsSpurious);
    }
    w.function_mut().set_later(if causes == 0 {
        Later::Nothing
    } else {
        Later::Read
    });
    Some(())
}

/// The call clears the causes that it read: the guest is served.
pub(crate) fn service(w: &mut World<'_>) -> Option<()> {
    access(w)?;
    let snapshot = w.function().snapshot();
    device::clear(w, snapshot);
    w.function_mut().set_snapshot(0);
    let again = w.function().later() == Later::ReadAndDue;
    w.function_mut()
        .set_later(if again { Later::Due } else { Later::Nothing });
    Some(())
}
