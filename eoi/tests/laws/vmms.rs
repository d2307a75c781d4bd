//! VMMs beside `eoi-intx`: where they do the same, and where QEMU loses an interrupt of its own.

use eoi::check::configuration::Configuration;
use eoi::check::outcome::check;
use eoi_model::cost::Metric;
use eoi_model::device::Device;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::{Path, Vmm};
use eoi_model::vmms;
use eoi_search::Law;

use crate::grid::LIMIT;
use crate::second::broken;

fn vmm(name: &str) -> &'static Vmm {
    let found = vmms::ALL.iter().find(|vmm| vmm.name == name);
    found.expect("a VMM")
}

/// The systems of this VMM break the laws that those of `eoi-intx` break. Returns how many there are.
fn as_eoi_intx(name: &str, path: Path, scenario: Scenario) -> usize {
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    let mut compared = 0;
    for chip in irqchip::ALL {
        for device in Device::ALL {
            let ours = Configuration {
                device,
                scenario,
                causes: 1,
                ..Configuration::usual(chip, kernel, path)
            };
            let its = Configuration {
                vmm: vmm(name),
                ..ours.clone()
            };
            let ours = broken(&ours);
            compared += usize::from(ours.is_some());
            assert_eq!(broken(&its), ours, "{} {}", chip.name, device.name());
        }
    }
    compared
}

#[test]
fn crosvm_does_what_eoi_intx_does_and_unmasks_without_an_ioctl() {
    for scenario in [Scenario::Steady, Scenario::Startup] {
        assert!(as_eoi_intx("crosvm", Path::Irqfd, scenario) > 20);
        assert!(as_eoi_intx("crosvm", Path::Vmm, scenario) > 60);
    }
    let chip = irqchip::by_name("ioapic").expect("a row");
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    for device in [Device::Disintx, Device::NoDisintx] {
        let costs = ["eoi-intx", "crosvm"].map(|name| {
            let configuration = Configuration {
                vmm: vmm(name),
                device,
                ..Configuration::usual(chip, kernel, Path::Vmm)
            };
            let outcome = check(&configuration, LIMIT).expect("few states");
            let typical = &outcome.checked().expect("it exists").costs.typical;
            [Metric::Ioctls, Metric::EventfdSignals].map(|metric| {
                let ratio = typical[metric as usize].expect("it serves");
                assert_eq!(ratio.served, 1);
                ratio.cost
            })
        });
        assert_eq!(costs, [[1, 1], [0, 2]], "{}", device.name());
    }
}

#[test]
fn cloud_hypervisor_is_the_guess_with_its_bars_mapped() {
    assert!(as_eoi_intx("cloud-hypervisor", Path::BarGuess, Scenario::Steady) > 20);
}

#[test]
fn qemu_moves_its_irqfd_as_eoi_intx_does() {
    for scenario in [Scenario::Steady, Scenario::VmmRoute] {
        assert!(as_eoi_intx("qemu", Path::Irqfd, scenario) > 20);
    }
}

fn qemu(chip: &str, guest: &str, path: Path, scenario: Scenario) -> Configuration {
    let kernel = kernels::by_name("linux-6.12.107").expect("a kernel");
    Configuration {
        vmm: Vmm::QEMU,
        guest: guest.parse().expect("a guest"),
        scenario,
        causes: 1,
        ..Configuration::usual(irqchip::by_name(chip).expect("a row"), kernel, path)
    }
}

#[test]
fn qemus_split_irqchip_loses_what_comes_before_the_pin_is_unmasked_and_the_older_of_two() {
    for options in ["", "+masks", "+eoi-first"] {
        for (scenario, expected) in [
            (Scenario::Steady, &[][..]),
            (Scenario::SharedPin, &[]),
            // kvm_resample_fd_notify returns after the first.
            (Scenario::TwoResamplers, &[Law::Stall]),
        ] {
            let guest = format!("qemu-split-ioapic{options}");
            let laws = broken(&qemu("ioapic", &guest, Path::Irqfd, scenario));
            assert_eq!(
                laws.as_deref(),
                Some(expected),
                "{guest} {}",
                scenario.name()
            );
        }
    }
    // ioapic_update_kvm_routes skips masked entries, so that the route has no vector yet.
    for scenario in [Scenario::Startup, Scenario::Reset] {
        let configuration = Configuration {
            vmm: Vmm::EOI_INTX,
            ..qemu("ioapic", "qemu-split-ioapic", Path::Irqfd, scenario)
        };
        assert_eq!(broken(&configuration), Some(vec![Law::Stall]));
    }
}

#[test]
fn cpr_loses_a_level_that_no_vcpu_has_taken() {
    let stall = || Some(vec![Law::Stall]);
    for (chip, guest, expected) in [
        // The LAPIC has the message, and the EOI is acked.
        ("ioapic", "kvm-ioapic", Some(vec![])),
        // irr is dropped under the mask.
        ("ioapic", "kvm-ioapic+masks", stall()),
        ("ioapic", "kvm-ioapic+eoi-first", stall()),
        // A level that falls is not requested any more.
        ("ioapic", "kvm-i8259", stall()),
        ("gicv2-eoimode1", "kvm-vgicv2", stall()),
        // The ICP has the presentation.
        ("xics", "kvm-xics", Some(vec![])),
        // The LAPIC has the message here too. The new QEMU writes no route for a pin that is masked when it comes.
        ("ioapic", "qemu-split-ioapic", Some(vec![])),
        ("ioapic", "qemu-split-ioapic+masks", stall()),
    ] {
        let laws = broken(&qemu(chip, guest, Path::Irqfd, Scenario::Cpr));
        assert_eq!(laws, expected, "{guest}");
    }
    let trapped = qemu("ioapic", "", Path::BarTrap, Scenario::Cpr);
    // The line stays up: nothing traps that would lower it, and the guest takes it again and again.
    assert_eq!(broken(&trapped), Some(vec![Law::Livelock, Law::Spurious]));
}
