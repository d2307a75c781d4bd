//! The names of error numbers.

use rustix::io::Errno;

/// The name that errno(3) has for it, or `errno-N`. Named are those that VFIO and the module loader return.
pub fn name(errno: Errno) -> String {
    let name = match errno {
        Errno::PERM => "EPERM",
        Errno::NOENT => "ENOENT",
        Errno::INTR => "EINTR",
        Errno::IO => "EIO",
        Errno::NXIO => "ENXIO",
        Errno::NOEXEC => "ENOEXEC",
        Errno::BADF => "EBADF",
        Errno::AGAIN => "EAGAIN",
        Errno::NOMEM => "ENOMEM",
        Errno::ACCESS => "EACCES",
        Errno::FAULT => "EFAULT",
        Errno::BUSY => "EBUSY",
        Errno::EXIST => "EEXIST",
        Errno::NODEV => "ENODEV",
        Errno::INVAL => "EINVAL",
        Errno::NOTTY => "ENOTTY",
        Errno::NOSPC => "ENOSPC",
        Errno::NOSYS => "ENOSYS",
        Errno::TIMEDOUT => "ETIMEDOUT",
        Errno::OPNOTSUPP => "EOPNOTSUPP",
        Errno::KEYREJECTED => "EKEYREJECTED",
        _ => return format!("errno-{}", errno.raw_os_error()),
    };
    name.to_string()
}
