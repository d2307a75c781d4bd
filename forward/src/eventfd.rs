//! An owned eventfd (eventfd(2)), which does not block.

use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use rustix::io::{Errno, Result, read, write};

/// An eventfd. The kernel and other threads get duplicates ([`Eventfd::try_clone`]).
#[derive(Debug)]
pub struct Eventfd(OwnedFd);

impl Eventfd {
    /// A new one that nobody has signalled.
    ///
    /// # Errors
    /// The process or the system has no descriptor left.
    pub fn new() -> Result<Self> {
        eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map(Self)
    }

    /// Signals it once.
    ///
    /// # Errors
    /// EAGAIN after 2^64 - 2 signals that nobody took; EBADF and EINVAL where the descriptor is no eventfd.
    pub fn signal(&self) -> Result<()> {
        write(&self.0, &1u64.to_ne_bytes()).map(drop)
    }

    /// How often it was signalled since it was taken last, without waiting.
    ///
    /// # Errors
    /// EBADF and EINVAL where the descriptor is no eventfd.
    pub fn take(&self) -> Result<u64> {
        let mut count = [0; 8];
        match read(&self.0, &mut count) {
            Ok(8) => Ok(u64::from_ne_bytes(count)),
            Ok(_) => Err(Errno::INVAL),
            Err(Errno::AGAIN) => Ok(0),
            Err(errno) => Err(errno),
        }
    }

    /// Another descriptor of the same eventfd.
    ///
    /// # Errors
    /// The process has no descriptor left.
    pub fn try_clone(&self) -> Result<Self> {
        rustix::io::fcntl_dupfd_cloexec(&self.0, 0).map(Self)
    }
}

impl AsFd for Eventfd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Eventfd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl From<OwnedFd> for Eventfd {
    fn from(eventfd: OwnedFd) -> Self {
        Self(eventfd)
    }
}

impl From<Eventfd> for OwnedFd {
    fn from(eventfd: Eventfd) -> Self {
        eventfd.0
    }
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod rust_vmm {
    use rustix::fd::{FromRawFd, IntoRawFd, OwnedFd};
    use vmm_sys_util::eventfd::EventFd;

    use super::Eventfd;

    /// It should not block, as [`Eventfd::take`] would wait otherwise: `EventFd::new(EFD_NONBLOCK)`.
    impl From<EventFd> for Eventfd {
        fn from(eventfd: EventFd) -> Self {
            // SAFETY: `EventFd` owned the descriptor and has given it up.
            Self(unsafe { OwnedFd::from_raw_fd(eventfd.into_raw_fd()) })
        }
    }

    impl From<Eventfd> for EventFd {
        fn from(eventfd: Eventfd) -> Self {
            // SAFETY: `OwnedFd` owned the descriptor and has given it up.
            unsafe { Self::from_raw_fd(eventfd.0.into_raw_fd()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_counted_once_by_whoever_takes_them() {
        let eventfd = Eventfd::new().expect("an eventfd");
        let other = eventfd.try_clone().expect("a second descriptor");
        assert_eq!(eventfd.take(), Ok(0));
        eventfd.signal().expect("signalled");
        other.signal().expect("signalled");
        assert_eq!((other.take(), eventfd.take()), (Ok(2), Ok(0)));
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[test]
    fn rust_vmms_eventfd_is_the_same_one() {
        let theirs = vmm_sys_util::eventfd::EventFd::new(libc::EFD_NONBLOCK).expect("an eventfd");
        let copy = theirs.try_clone().expect("a second descriptor");
        let ours = Eventfd::from(theirs);
        copy.write(3).expect("written");
        assert_eq!(ours.take(), Ok(3));
        ours.signal().expect("signalled");
        assert_eq!(
            vmm_sys_util::eventfd::EventFd::from(ours)
                .read()
                .expect("read"),
            1
        );
    }
}
