//! Reads and writes of a device's file, whole or not at all.

use rustix::fd::AsFd;
use rustix::io::{Errno, Result, pread, pwrite};

/// Fills `bytes` from `at`. EIO where the file has fewer.
pub(super) fn read_exact(file: impl AsFd, bytes: &mut [u8], at: u64) -> Result<()> {
    let wanted = bytes.len();
    if pread(file, bytes, at)? == wanted {
        Ok(())
    } else {
        Err(Errno::IO)
    }
}

/// Writes `bytes` at `at`. EIO where the file takes fewer.
pub(super) fn write_all(file: impl AsFd, bytes: &[u8], at: u64) -> Result<()> {
    if pwrite(file, bytes, at)? == bytes.len() {
        Ok(())
    } else {
        Err(Errno::IO)
    }
}
