//! VFIO's ioctls: numbers and structures of include/uapi/linux/vfio.h.

use std::ffi::c_void;
use std::ptr;

use rustix::fd::{AsFd, RawFd};
use rustix::io::Result;
use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, ioctl, opcode};

const fn number(number: u8) -> Opcode {
    opcode::none(b';', 100 + number)
}

/// The interface's only version, `VFIO_API_VERSION`.
pub const API_VERSION: i32 = 0;
/// `VFIO_GROUP_FLAGS_VIABLE`: no device of the group has a driver of the host.
pub const GROUP_VIABLE: u32 = 1 << 0;
/// `VFIO_REGION_INFO_FLAG_MMAP`.
pub const REGION_MMAP: u32 = 1 << 2;
/// `VFIO_PCI_BAR0_REGION_INDEX`.
pub const BAR0: u32 = 0;
/// `VFIO_PCI_CONFIG_REGION_INDEX`.
pub const CONFIG: u32 = 7;

/// `VFIO_PCI_REQ_IRQ_INDEX`.
pub const REQUEST: u32 = 4;
/// `VFIO_DEVICE_FLAGS_RESET`: the device can be reset alone.
pub const DEVICE_RESET: u32 = 1 << 0;

/// `VFIO_IRQ_SET_DATA_NONE`.
pub const DATA_NONE: u32 = 1 << 0;
/// `VFIO_IRQ_SET_DATA_EVENTFD`.
pub const DATA_EVENTFD: u32 = 1 << 2;
/// `VFIO_IRQ_SET_ACTION_MASK`.
pub const ACTION_MASK: u32 = 1 << 3;
/// `VFIO_IRQ_SET_ACTION_UNMASK`.
pub const ACTION_UNMASK: u32 = 1 << 4;
/// `VFIO_IRQ_SET_ACTION_TRIGGER`.
pub const ACTION_TRIGGER: u32 = 1 << 5;

/// The ioctls whose argument is a number, or nothing.
#[derive(Clone, Copy, Debug)]
pub enum Plain {
    /// `VFIO_GET_API_VERSION`.
    GetApiVersion,
    /// `VFIO_CHECK_EXTENSION`.
    CheckExtension(u32),
    /// `VFIO_SET_IOMMU`.
    SetIommu(u32),
    /// `VFIO_IOMMU_ENABLE`.
    IommuEnable,
    /// `VFIO_DEVICE_RESET`.
    DeviceReset,
}

// SAFETY: these ioctls take their argument for a number and touch no memory of the caller.
unsafe impl Ioctl for Plain {
    type Output = i32;
    const IS_MUTATING: bool = false;

    fn opcode(&self) -> Opcode {
        match self {
            Self::GetApiVersion => number(0),
            Self::CheckExtension(_) => number(1),
            Self::SetIommu(_) => number(2),
            Self::IommuEnable => number(15),
            Self::DeviceReset => number(11),
        }
    }

    fn as_ptr(&mut self) -> *mut c_void {
        match *self {
            Self::CheckExtension(value) | Self::SetIommu(value) => {
                ptr::without_provenance_mut(value as usize)
            }
            Self::GetApiVersion | Self::IommuEnable | Self::DeviceReset => ptr::null_mut(),
        }
    }

    unsafe fn output_from_ptr(output: IoctlOutput, _: *mut c_void) -> Result<i32> {
        Ok(output)
    }
}

/// A structure that an ioctl reads, and perhaps writes.
///
/// # Safety
/// The ioctl `OPCODE` must read and write nothing but the structure, and leave every bit pattern valid.
pub unsafe trait Argument {
    /// The ioctl.
    const OPCODE: Opcode;
}

struct Exchange<'a, T>(&'a mut T);

// SAFETY: `Argument` promises that the ioctl keeps to what the reference covers.
unsafe impl<T: Argument> Ioctl for Exchange<'_, T> {
    type Output = i32;
    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        T::OPCODE
    }

    fn as_ptr(&mut self) -> *mut c_void {
        ptr::from_mut(self.0).cast()
    }

    unsafe fn output_from_ptr(output: IoctlOutput, _: *mut c_void) -> Result<i32> {
        Ok(output)
    }
}

/// Does an ioctl without a structure; what it returned.
///
/// # Errors
/// The kernel's.
pub fn plain(fd: impl AsFd, request: Plain) -> Result<i32> {
    // SAFETY: `Plain` passes numbers only; a descriptor that is not VFIO's gets ENOTTY.
    unsafe { ioctl(fd, request) }
}

/// Does the ioctl that belongs to the structure; what it returned.
///
/// # Errors
/// The kernel's.
pub fn exchange<T: Argument>(fd: impl AsFd, argument: &mut T) -> Result<i32> {
    // SAFETY: `Argument` pairs the number with its structure, which is borrowed for the call.
    unsafe { ioctl(fd, Exchange(argument)) }
}

/// `struct vfio_group_status`.
#[repr(C)]
#[derive(Debug)]
pub struct GroupStatus {
    /// Bytes of this structure.
    argsz: u32,
    /// `GROUP_VIABLE` and others.
    pub flags: u32,
}

impl GroupStatus {
    /// To be filled in.
    pub const fn new() -> Self {
        Self {
            argsz: size_of::<Self>() as u32,
            flags: 0,
        }
    }
}

// SAFETY: VFIO_GROUP_GET_STATUS copies eight bytes either way.
unsafe impl Argument for GroupStatus {
    const OPCODE: Opcode = number(3);
}

/// The container's descriptor, for `VFIO_GROUP_SET_CONTAINER`.
#[repr(transparent)]
pub struct SetContainer(pub RawFd);

// SAFETY: VFIO_GROUP_SET_CONTAINER reads one int.
unsafe impl Argument for SetContainer {
    const OPCODE: Opcode = number(4);
}

/// A device's name with its NUL, for `VFIO_GROUP_GET_DEVICE_FD`; made by [`DeviceName::new`] only.
#[repr(transparent)]
pub struct DeviceName([u8; 32]);

impl DeviceName {
    /// `None` where the name is longer than 31 bytes.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        bytes[..31]
            .get_mut(..name.len())?
            .copy_from_slice(name.as_bytes());
        Some(Self(bytes))
    }
}

// SAFETY: VFIO_GROUP_GET_DEVICE_FD reads up to the NUL, which the last byte is at the latest.
unsafe impl Argument for DeviceName {
    const OPCODE: Opcode = number(6);
}

/// `struct vfio_device_info`, without room for capabilities.
#[repr(C)]
#[derive(Default)]
struct DeviceInfo {
    argsz: u32,
    flags: u32,
    num_regions: u32,
    num_irqs: u32,
    cap_offset: u32,
}

// SAFETY: VFIO_DEVICE_GET_INFO writes no more than argsz bytes. It may raise argsz to what it would have needed:
// `device_flags`, the only caller, asks with each structure once.
unsafe impl Argument for DeviceInfo {
    const OPCODE: Opcode = number(7);
}

/// The function's flags: [`DEVICE_RESET`] and others.
///
/// # Errors
/// The kernel's.
pub fn device_flags(device: impl AsFd) -> Result<u32> {
    let mut info = DeviceInfo {
        argsz: size_of::<DeviceInfo>() as u32,
        ..DeviceInfo::default()
    };
    exchange(device, &mut info)?;
    Ok(info.flags)
}

/// `struct vfio_region_info`, without room for capabilities.
#[repr(C)]
#[derive(Default)]
struct RegionInfo {
    argsz: u32,
    flags: u32,
    index: u32,
    cap_offset: u32,
    size: u64,
    offset: u64,
}

// SAFETY: VFIO_DEVICE_GET_REGION_INFO writes no more than argsz bytes. It may raise argsz to what it would have needed:
// `region`, the only caller, asks with each structure once.
unsafe impl Argument for RegionInfo {
    const OPCODE: Opcode = number(8);
}

/// Where a region of the function is.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// [`REGION_MMAP`] and others.
    pub flags: u32,
    /// Bytes; 0 where the device has no such region.
    pub size: u64,
    /// Where it stands in the device's file.
    pub offset: u64,
}

/// The region of this index.
///
/// # Errors
/// The kernel's.
pub fn region(device: impl AsFd, index: u32) -> Result<Region> {
    let mut info = RegionInfo {
        argsz: size_of::<RegionInfo>() as u32,
        index,
        ..RegionInfo::default()
    };
    exchange(device, &mut info)?;
    let RegionInfo {
        flags,
        size,
        offset,
        ..
    } = info;
    Ok(Region {
        flags,
        size,
        offset,
    })
}

/// `struct vfio_irq_set` with room for one eventfd.
#[repr(C)]
#[derive(Debug)]
pub struct IrqSet {
    /// Bytes: 20, or 24 with an eventfd.
    argsz: u32,
    flags: u32,
    index: u32,
    start: u32,
    count: u32,
    eventfd: RawFd,
}

impl IrqSet {
    /// For INTx (index 0, its only vector), without an eventfd. `count` is 0 or 1.
    #[must_use]
    pub const fn intx(action: u32, count: u32) -> Self {
        Self {
            argsz: 20,
            flags: DATA_NONE | action,
            index: 0,
            start: 0,
            count,
            eventfd: -1,
        }
    }

    /// For INTx, with an eventfd; -1 takes the one away that is there.
    #[must_use]
    pub const fn intx_eventfd(action: u32, eventfd: RawFd) -> Self {
        Self {
            argsz: 24,
            flags: DATA_EVENTFD | action,
            index: 0,
            start: 0,
            count: 1,
            eventfd,
        }
    }

    /// The eventfd by which vfio-pci asks for the device back (`VFIO_PCI_REQ_IRQ_INDEX`).
    #[must_use]
    pub const fn request_eventfd(eventfd: RawFd) -> Self {
        Self {
            index: REQUEST,
            ..Self::intx_eventfd(ACTION_TRIGGER, eventfd)
        }
    }
}

// SAFETY: VFIO_DEVICE_SET_IRQS reads argsz bytes, which the constructors keep within the structure, and writes none.
unsafe impl Argument for IrqSet {
    const OPCODE: Opcode = number(10);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// include/uapi/linux/vfio.h and, for powerpc, arch/powerpc/include/uapi/asm/ioctl.h (`_IOC_NONE` is 1, at bit 29).
    #[test]
    fn the_numbers_are_those_of_the_header() {
        let none: u64 = if cfg!(target_arch = "powerpc64") {
            1 << 29
        } else {
            0
        };
        assert_eq!(u64::from(IrqSet::OPCODE), none | 0x3b6e);
        assert_eq!(u64::from(DeviceName::OPCODE), none | 0x3b6a);
    }

    #[test]
    fn the_structures_have_the_sizes_of_the_header() {
        assert_eq!(size_of::<GroupStatus>(), 8);
        assert_eq!(size_of::<DeviceInfo>(), 20);
        assert_eq!(size_of::<RegionInfo>(), 32);
        assert_eq!(size_of::<IrqSet>(), 24);
    }

    #[test]
    fn a_device_name_ends_in_nul() {
        assert_eq!(
            DeviceName::new(&"x".repeat(31)).expect("31 bytes fit").0[31],
            0
        );
        assert!(DeviceName::new(&"x".repeat(32)).is_none());
    }
}
