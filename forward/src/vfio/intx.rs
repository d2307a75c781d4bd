//! The operations on a function's INTx, over any descriptor of a VFIO device.

use rustix::fd::{AsFd, AsRawFd, BorrowedFd};
use rustix::io::Result;

use super::abi::{
    self, ACTION_MASK, ACTION_TRIGGER, ACTION_UNMASK, IrqSet, Plain, exchange, plain,
};

/// Each is one `VFIO_DEVICE_SET_IRQS`. [`Intx::Enable`] where it is enabled already replaces the eventfd.
#[derive(Clone, Copy, Debug)]
pub enum Intx<'a> {
    /// Set it up and signal this eventfd.
    Enable(BorrowedFd<'a>),
    /// Signal nobody; it stays set up.
    Detach,
    /// Unmask whenever this eventfd is written.
    UnmaskOn(BorrowedFd<'a>),
    /// No eventfd unmasks any more.
    UnmaskOff,
    /// Mask.
    Mask,
    /// Unmask.
    Unmask,
    /// Tear it down.
    Disable,
}

/// Asks something of INTx.
///
/// # Errors
/// The kernel's: EINVAL where INTx is not set up or MSI is, ENODEV where the function has no interrupt, EBUSY where an
/// eventfd unmasks already, and what `request_irq` says when it is being set up (`vfio_pci_set_irqs_ioctl`, 6.12).
pub fn intx(device: impl AsFd, request: Intx<'_>) -> Result<()> {
    let mut set = match request {
        Intx::Enable(eventfd) => IrqSet::intx_eventfd(ACTION_TRIGGER, eventfd.as_raw_fd()),
        Intx::Detach => IrqSet::intx_eventfd(ACTION_TRIGGER, -1),
        Intx::UnmaskOn(eventfd) => IrqSet::intx_eventfd(ACTION_UNMASK, eventfd.as_raw_fd()),
        Intx::UnmaskOff => IrqSet::intx_eventfd(ACTION_UNMASK, -1),
        Intx::Mask => IrqSet::intx(ACTION_MASK, 1),
        Intx::Unmask => IrqSet::intx(ACTION_UNMASK, 1),
        Intx::Disable => IrqSet::intx(ACTION_TRIGGER, 0),
    };
    exchange(device, &mut set).map(drop)
}

/// Whether the function can be reset alone.
///
/// # Errors
/// The kernel's.
pub fn can_be_reset(device: impl AsFd) -> Result<bool> {
    Ok(abi::device_flags(device)? & abi::DEVICE_RESET != 0)
}

/// `VFIO_DEVICE_RESET`.
///
/// # Errors
/// The kernel's: EINVAL where the function cannot be reset alone.
pub fn reset(device: impl AsFd) -> Result<()> {
    plain(device, Plain::DeviceReset).map(drop)
}

/// Has vfio-pci signal this eventfd when it wants the device back: its driver is unbound, or it is unplugged.
///
/// # Errors
/// The kernel's: EINVAL before 4.0, which has no such thing.
pub fn ask_back_on(device: impl AsFd, eventfd: BorrowedFd<'_>) -> Result<()> {
    exchange(device, &mut IrqSet::request_eventfd(eventfd.as_raw_fd())).map(drop)
}
