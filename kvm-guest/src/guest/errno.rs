//! The errors of kvm-ioctls, as errnos.

use rustix::io::Errno;

/// The errno with which a call of kvm-ioctls failed.
pub(super) fn errno(error: kvm_ioctls::Error) -> Errno {
    Errno::from_raw_os_error(error.errno())
}
