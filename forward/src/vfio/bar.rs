//! A memory BAR, mapped or through the device's file.

use std::ptr::{self, NonNull};

use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use super::file::{read_exact, write_all};

/// A memory BAR of 32-bit little-endian registers.
#[derive(Debug)]
pub struct Bar<'a> {
    size: u64,
    way: Way<'a>,
}

#[derive(Debug)]
enum Way<'a> {
    Mapped(NonNull<u32>),
    File(BorrowedFd<'a>, u64),
}

// SAFETY: a register may be accessed from any thread, and each access is one volatile word or one system call.
unsafe impl Sync for Bar<'_> {}

impl<'a> Bar<'a> {
    /// One that is read and written at `offset` of the file; `size` in bytes.
    pub(super) fn through_file(file: BorrowedFd<'a>, offset: u64, size: u64) -> Self {
        Self {
            size,
            way: Way::File(file, offset),
        }
    }

    /// Maps `size` bytes at `offset` of the file.
    pub(super) fn map(file: BorrowedFd<'a>, offset: u64, size: u64) -> Result<Self> {
        let length = usize::try_from(size).map_err(|_| Errno::OVERFLOW)?;
        // SAFETY: the kernel chooses the place; nothing of this process is there.
        let start = unsafe {
            mmap(
                ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                file,
                offset,
            )?
        };
        let start = NonNull::new(start.cast()).ok_or(Errno::FAULT)?;
        Ok(Self {
            size,
            way: Way::Mapped(start),
        })
    }

    /// The register at `at`, a multiple of 4.
    ///
    /// # Errors
    /// EINVAL outside the BAR, or what the file's read says.
    pub fn read(&self, at: u64) -> Result<u32> {
        self.check(at)?;
        match self.way {
            // SAFETY: `check` keeps the access inside the mapping, which lives as long as `self`, and aligned.
            Way::Mapped(start) => Ok(u32::from_le(unsafe {
                start.as_ptr().add(at as usize / 4).read_volatile()
            })),
            Way::File(file, offset) => {
                let mut word = [0; 4];
                read_exact(file, &mut word, offset + at)?;
                Ok(u32::from_le_bytes(word))
            }
        }
    }

    /// Writes the register at `at`, a multiple of 4.
    ///
    /// # Errors
    /// EINVAL outside the BAR, or what the file's write says.
    pub fn write(&self, at: u64, value: u32) -> Result<()> {
        self.check(at)?;
        match self.way {
            Way::Mapped(start) => {
                // SAFETY: as for `read`; a device register may be written at any time.
                unsafe {
                    start
                        .as_ptr()
                        .add(at as usize / 4)
                        .write_volatile(value.to_le());
                };
                Ok(())
            }
            Way::File(file, offset) => write_all(file, &value.to_le_bytes(), offset + at),
        }
    }

    fn check(&self, at: u64) -> Result<()> {
        if at % 4 == 0 && at.checked_add(4).is_some_and(|end| end <= self.size) {
            Ok(())
        } else {
            Err(Errno::INVAL)
        }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        if let Way::Mapped(start) = self.way {
            // SAFETY: exactly what `map` mapped, and nothing borrows from it.
            let _ = unsafe { munmap(start.as_ptr().cast(), self.size as usize) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, SeekFrom, Write};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn both_ways_reach_the_same_register_and_none_beyond_the_end() {
        let path = std::env::temp_dir().join(format!("eoi-forward-bar-{}", std::process::id()));
        let mut file = std::fs::File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .expect("a file");
        std::fs::remove_file(&path).expect("removed");
        file.write_all(&[0; 4096]).expect("written");
        let mapped = Bar::map(file.as_fd(), 0, 4096).expect("mapped");
        let through = Bar::through_file(file.as_fd(), 0, 4096);
        mapped.write(0x60, 0x1234_5678).expect("inside");
        assert_eq!(through.read(0x60), Ok(0x1234_5678));
        through.write(0xffc, 0x9abc_def0).expect("inside");
        assert_eq!(mapped.read(0xffc), Ok(0x9abc_def0));
        for at in [0x1000, 0x62, u64::MAX - 3] {
            assert_eq!(mapped.read(at), Err(Errno::INVAL));
            assert_eq!(through.write(at, 0), Err(Errno::INVAL));
        }
        let mut bytes = [0; 4];
        let mut copy = file.try_clone().expect("a second descriptor");
        copy.seek(SeekFrom::Start(0x60)).expect("a file can seek");
        copy.read_exact(&mut bytes).expect("read");
        assert_eq!(
            bytes,
            [0x78, 0x56, 0x34, 0x12],
            "registers are little-endian"
        );
    }
}
