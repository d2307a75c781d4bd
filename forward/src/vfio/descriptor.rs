//! A device that another crate opened, such as rust-vmm's `VfioDevice`, as the device of a [`Forward`](crate::Forward).

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// A VFIO device of a type that knows its descriptor's number only ([`AsRawFd`]), such as an `Arc` of rust-vmm's `VfioDevice`.
/// Any version of that crate fits. A type that has [`AsFd`] needs no adapter.
///
/// Nobody else may set INTx of the device up: `enable_irq` and `disable_irq` of index 0 belong to the machine.
///
/// ```no_run
/// # #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
/// fn hand_over(device: std::sync::Arc<vfio_ioctls::VfioDevice>) -> Result<(), Box<dyn std::error::Error>> {
///     use eoi_forward::vfio::Descriptor;
///     use eoi_forward::{Forward, Function, Here};
///     use eoi_intx::{Input, Path};
///
///     // SAFETY: a `VfioDevice` keeps its descriptor open until it is dropped, and never exchanges it.
///     let device = unsafe { Descriptor::new(device) };
///     let forward = Forward::new(Path::Eoi, device, Here::default(), ())?.named("0000:01:00.0");
///     let mut function = Function::new(forward);
///     function.input(Input::Enable)?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Descriptor<T>(T);

impl<T: AsRawFd> Descriptor<T> {
    /// The device's descriptor, for as long as this value lives.
    ///
    /// # Safety
    /// `device.as_raw_fd()` has to return the same open descriptor whenever it is called, until `device` is dropped.
    #[must_use]
    pub const unsafe fn new(device: T) -> Self {
        Self(device)
    }

    /// The device.
    pub const fn device(&self) -> &T {
        &self.0
    }
}

impl<T: AsRawFd> AsFd for Descriptor<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: `new` demands that the descriptor is open as long as `self` has the device.
        unsafe { BorrowedFd::borrow_raw(self.0.as_raw_fd()) }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::RawFd;
    use std::sync::Arc;

    use eoi_intx::{Input, Path};

    use super::*;
    use crate::{Call, Errno, Forward, Function, Here};

    /// Shaped as rust-vmm's: it has `AsRawFd` and no `AsFd`, and is shared in an `Arc`.
    struct VfioDevice {
        file: File,
    }

    impl AsRawFd for VfioDevice {
        fn as_raw_fd(&self) -> RawFd {
            self.file.as_raw_fd()
        }
    }

    #[test]
    fn a_device_that_knows_its_descriptors_number_is_a_device() {
        let device = Arc::new(VfioDevice {
            file: File::open("/dev/null").expect("a file"),
        });
        // SAFETY: a file keeps its descriptor until it is dropped.
        let adapted = unsafe { Descriptor::new(Arc::clone(&device)) };
        assert_eq!(adapted.as_fd().as_raw_fd(), device.as_raw_fd());
        let forward = Forward::new(Path::Eoi, adapted, Here::default(), ()).expect("an eventfd");
        let refused = Function::new(forward)
            .input(Input::Enable)
            .expect_err("it is no VFIO device");
        assert_eq!(
            (refused.error.call(), refused.error.errno()),
            (Call::Enable, Errno::NOTTY)
        );
    }
}
