//! A second device on the guest's pin: who loses an interrupt on which controller, and what would keep it.

use eoi::check::configuration::Configuration;
use eoi::check::searched::explore;
use eoi_model::guest::Order;
use eoi_model::irqchip;
use eoi_model::kernels::{self, Kernel};
use eoi_model::scenario::Scenario;
use eoi_model::system::{Config, Path, System};
use eoi_search::{Law, Verdicts};

use crate::grid::LIMIT;
use crate::second::broken;

/// The driver masks its pin while it serves, or ends the interrupt before.
const GUESTS: [&str; 3] = ["", "+masks", "+eoi-first"];

fn shared(chip: &str, kernel: &'static Kernel, guest: &str, path: Path) -> Configuration {
    Configuration {
        scenario: Scenario::SharedPin,
        guest: guest.parse().expect("a guest"),
        causes: 1,
        ..Configuration::usual(irqchip::by_name(chip).expect("a row"), kernel, path)
    }
}

#[test]
fn an_unmask_drops_what_user_space_holds_up_and_nothing_else_does_on_x86() {
    for kernel in kernels::ALL {
        for options in GUESTS {
            let of = |chip: &str| {
                let guest = format!("{chip}{options}");
                broken(&shared("ioapic", kernel, &guest, Path::Irqfd)).expect("it exists")
            };
            // fef8f2b90edb (6.4): kvm_notify_irqfd_resampler, then irr is cleared; irq_states is not asked.
            let drops = kernel.kvm_unmask_resamples && !options.is_empty();
            let expected: &[Law] = if drops { &[Law::Stall] } else { &[] };
            assert_eq!(of("kvm-ioapic"), expected, "{} {options}", kernel.name);
            assert_eq!(of("kvm-i8259"), [], "{} {options}", kernel.name);
        }
    }
}

#[test]
fn a_pin_without_sources_loses_the_level_of_either_device() {
    let kernel = kernels::by_name("linux-6.12.107").expect("a kernel");
    for (chip, guest, expected) in [
        ("gicv2-eoimode1", "kvm-vgicv2", &[Law::Stall][..]),
        // Each rise is delivered and stays so, and ics_eoi delivers a level that is still up before the ack lowers it.
        ("xics", "kvm-xics", &[]),
    ] {
        for options in GUESTS {
            let guest = format!("{guest}{options}");
            let laws = broken(&shared(chip, kernel, &guest, Path::Irqfd)).expect("it exists");
            assert_eq!(laws, expected, "{chip} {guest}");
        }
    }
}

/// A kernel with the remedy: at an unmask a level that user space holds up stays.
fn mended() -> Kernel {
    let newest = kernels::newest();
    Kernel {
        kvm_unmask_keeps_sources: true,
        ..*newest
    }
}

#[test]
fn an_unmask_that_asks_the_other_source_loses_nothing() {
    let chip = irqchip::by_name("ioapic").expect("a row");
    for (masks, order) in [(true, Order::ServiceThenEoi), (true, Order::EoiThenService)] {
        let mended = mended();
        let stalls = [kernels::newest(), &mended].map(|kernel| {
            let config = Config {
                scenario: Scenario::SharedPin,
                masks,
                order,
                causes: 1,
                ..Config::new(chip, kernel, Path::Irqfd)
            };
            let system = System::new(&config).expect("it exists");
            let explored = explore(&system, LIMIT).expect("few states");
            let verdicts = Verdicts::new(&explored.graph);
            assert!(verdicts.of(Law::Stall).sometimes);
            let stall = verdicts.of(Law::Stall).broken_by.as_ref();
            // The one that waits for ever is the emulated device.
            if let Some(path) = stall {
                let events = path
                    .iter()
                    .map(|&label| explored.events[usize::from(label)]);
                let last = events.fold(system.initial(), |state, event| {
                    system.step(state, event).expect("the path is a path")
                });
                assert!(system.owes_emulated(last));
                assert!(!system.owes(last.halves()[0]));
            }
            verdicts.iter().any(|verdict| !verdict.holds())
        });
        assert_eq!(stalls, [true, false], "{order:?}");
    }
}

#[test]
fn one_vmm_that_counts_who_holds_a_pin_up_loses_nothing() {
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    let mut compared = 0;
    for chip in irqchip::ALL {
        for path in [Path::Vmm, Path::BarTrap] {
            let shared = shared(chip.name, kernel, "", path);
            let steady = Configuration {
                scenario: Scenario::Steady,
                ..shared.clone()
            };
            let [Some(shared), Some(steady)] = [&shared, &steady].map(broken) else {
                continue;
            };
            assert_eq!(shared, steady, "{} {}", chip.name, path.name());
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared} compared");
}

#[test]
fn kvm_resamples_every_device_on_a_pin() {
    let mut compared = 0;
    for kernel in kernels::ALL {
        for chip in irqchip::ALL {
            for options in GUESTS {
                let two = Configuration {
                    scenario: Scenario::TwoResamplers,
                    ..shared(chip.name, kernel, options, Path::Irqfd)
                };
                let one = Configuration {
                    scenario: Scenario::Steady,
                    ..two.clone()
                };
                let [Some(two), Some(one)] = [&two, &one].map(broken) else {
                    continue;
                };
                assert_eq!(two, one, "{} {} {options}", chip.name, kernel.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 80, "{compared} compared");
}
