//! A PCI function behind VFIO, and its INTx.

mod abi;
mod bar;
mod descriptor;
mod device;
mod error;
mod file;
mod intx;

pub use bar::Bar;
pub use descriptor::Descriptor;
pub use device::{Device, Iommu};
pub use error::Error;
pub use intx::{Intx, ask_back_on, can_be_reset, intx, reset};
