//! The configurations that may explain a recording: a program on vfio-pci's ABI, on a controller, a kernel and a device.

use eoi_model::device::Device;
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::Kernel;
use eoi_model::system::Path;

use crate::check::configuration::Configuration;

/// A program on this controller, kernel and device. One cause is as good as two: the program clears all of them at once,
/// and a recording does not show them. The host has two CPUs, since a recording never shows that there is one only: a CPU
/// that does nothing here leaves no entry.
#[must_use]
pub fn program(chip: &'static Irqchip, kernel: &'static Kernel, device: Device) -> Configuration {
    Configuration {
        device,
        causes: 1,
        ..Configuration::usual(chip, kernel, Path::Program)
    }
}

/// Every configuration of these that exists.
#[must_use]
pub fn all(
    chips: &[&'static Irqchip],
    kernels: &[&'static Kernel],
    devices: &[Device],
) -> Vec<Configuration> {
    let of_chip = |&chip| {
        kernels.iter().flat_map(move |&kernel| {
            devices
                .iter()
                .map(move |&device| program(chip, kernel, device))
        })
    };
    chips
        .iter()
        .flat_map(of_chip)
        .filter(|configuration| configuration.system().is_ok())
        .collect()
}
