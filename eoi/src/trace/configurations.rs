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

/// The places in `configurations` of each system: those whose systems do the same stand together, in the order of their
/// first.
#[must_use]
pub fn systems(configurations: &[Configuration]) -> Vec<Vec<usize>> {
    let mut systems: Vec<Vec<usize>> = Vec::new();
    for (at, one) in configurations.iter().enumerate() {
        let alike = |other: usize| acts_alike(&configurations[other], one);
        match systems.iter_mut().find(|system| alike(system[0])) {
            Some(system) => system.push(at),
            None => systems.push(vec![at]),
        }
    }
    systems
}

fn acts_alike(one: &Configuration, other: &Configuration) -> bool {
    let rest = |of: &Configuration| {
        let &Configuration {
            device,
            path,
            vmm,
            guest,
            scenario,
            cpus,
            causes,
            threadirqs,
            ..
        } = of;
        let fixes: Vec<&str> = of.fixes.iter().map(|fix| fix.name).collect();
        (
            of.chip.name,
            fixes,
            device,
            path,
            vmm,
            guest,
            scenario,
            cpus,
            causes,
            threadirqs,
        )
    };
    one.kernel.acts_like(other.kernel) && rest(one) == rest(other)
}
