//! rust-vmm's `VfioDevice`, as the device of a [`Forward`](crate::Forward).

use std::sync::Arc;

use rustix::fd::{AsFd, AsRawFd, BorrowedFd};
use vfio_ioctls::VfioDevice;

/// A `VfioDevice` that a VMM shares with others. Let nobody else set its INTx up: `enable_irq` and `disable_irq` of index 0
/// are the machine's.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use eoi_forward::vfio::RustVmm;
/// use eoi_forward::{Forward, Function, Here};
/// use eoi_intx::{Input, Path};
///
/// fn hand_over(device: Arc<vfio_ioctls::VfioDevice>) -> Result<(), Box<dyn std::error::Error>> {
///     let forward = Forward::new(Path::Eoi, RustVmm::from(device), Here::default(), ())?.named("0000:01:00.0");
///     let mut function = Function::new(forward);
///     function.input(Input::Enable)?;
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct RustVmm(Arc<VfioDevice>);

impl From<Arc<VfioDevice>> for RustVmm {
    fn from(device: Arc<VfioDevice>) -> Self {
        Self(device)
    }
}

impl AsFd for RustVmm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: `VfioDevice` owns the descriptor until it is dropped, and `self` holds it.
        unsafe { BorrowedFd::borrow_raw(self.0.as_raw_fd()) }
    }
}
