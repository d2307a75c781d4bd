//! Another VMM, which holds the function with an interrupt in service until it is killed.

use std::convert::Infallible;
use std::io::{Write, stdout};
use std::thread::park;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use eoi_forward::vfio::Device;
use eoi_kvm_guest::device;
use eoi_kvm_guest::drive::Driver;

use crate::pci::iommu;

/// The first argument of a process that is one.
pub const WORD: &str = "hold";
/// The line that it writes when the interrupt is in service.
pub const HELD: &str = "held";

/// The time that the interrupt may take.
const LONGEST: Duration = Duration::from_secs(20);

/// Brings one interrupt of the function into service, says so, and waits to be killed.
///
/// # Errors
/// The kernel refused something, or the interrupt did not come.
pub fn hold(address: &str, device: &str, container: &str) -> Result<Infallible> {
    let device = device::by_name(device).with_context(|| format!("no device '{device}'"))?;
    let vfio = Device::open(address, iommu(container.parse()?))?;
    vfio.enable_memory()?;
    let mut driver = Driver::new(&vfio, device, address, 0)?;
    driver.raise()?;
    if !driver.comes(LONGEST)? {
        bail!("the interrupt did not come");
    }
    writeln!(stdout(), "{HELD}")?;
    loop {
        park();
    }
}
