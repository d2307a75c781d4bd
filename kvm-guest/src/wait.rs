//! Waits for a descriptor.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};

/// Waits until the descriptor can be read, a signal comes, or so long has passed. Reading it tells which of these it was.
///
/// # Errors
/// EINVAL for a time that a `timespec` cannot hold, and those of poll(2).
pub fn readable(fd: BorrowedFd<'_>, longest: Duration) -> Result<()> {
    let timeout = Timespec::try_from(longest).map_err(|_| Errno::INVAL)?;
    match poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(errno),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::time::Instant;

    use eoi_forward::Eventfd;

    use super::*;

    #[test]
    fn it_ends_with_a_signal_or_with_the_time() {
        let eventfd = Eventfd::new().expect("an eventfd");
        let start = Instant::now();
        readable(eventfd.as_fd(), Duration::from_millis(20)).expect("waited");
        assert!(start.elapsed() >= Duration::from_millis(20));
        eventfd.signal().expect("signalled");
        readable(eventfd.as_fd(), Duration::from_secs(600)).expect("waited");
        assert!(start.elapsed() < Duration::from_secs(60));
        assert_eq!(readable(eventfd.as_fd(), Duration::MAX), Err(Errno::INVAL));
    }
}
