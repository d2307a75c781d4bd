//! The guest's memory.

use std::ptr::{self, NonNull};

use rustix::io::{Errno, Result};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Whole pages of zeros until something is put there.
#[derive(Debug)]
pub(super) struct Memory {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: it is owned, and only `put` touches it, through a unique reference.
unsafe impl Send for Memory {}

impl Memory {
    /// `size` in bytes, a multiple of the host's page.
    pub fn new(size: usize) -> Result<Self> {
        // SAFETY: the kernel chooses the place; nothing of this process is there.
        let start = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                size,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )?
        };
        Ok(Self {
            start: NonNull::new(start.cast()).ok_or(Errno::FAULT)?,
            size,
        })
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Where it begins in this process.
    pub fn address(&self) -> u64 {
        self.start.as_ptr() as u64
    }

    /// Puts `bytes` at `at`, before the guest runs.
    ///
    /// # Panics
    /// There is no room.
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        assert!(
            at.checked_add(bytes.len())
                .is_some_and(|end| end <= self.size),
            "beyond the guest's memory"
        );
        // SAFETY: inside the mapping, by the line above; `bytes` is borrowed and cannot be part of it.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), self.start.as_ptr().add(at), bytes.len());
        };
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` mapped; KVM's references to its pages are its own.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.size) };
    }
}
