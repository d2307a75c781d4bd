//! A PCI function behind VFIO, and its INTx.

mod abi;
#[cfg(feature = "cli")]
mod bar;
#[cfg(feature = "cli")]
mod device;
mod intx;
#[cfg(all(feature = "vfio-ioctls", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod rust_vmm;

#[cfg(feature = "cli")]
pub use bar::Bar;
#[cfg(feature = "cli")]
pub use device::{Device, Iommu};
pub use intx::{Intx, ask_back_on, can_be_reset, intx, reset};
#[cfg(all(feature = "vfio-ioctls", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use rust_vmm::RustVmm;
