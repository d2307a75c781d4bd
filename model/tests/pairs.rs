//! Which guest controllers there are on which host.

use eoi_model::guest::Reports;
use eoi_model::guest::chips;
use eoi_model::guest::pairs::Kvm;
use eoi_model::irqchip::ALL;
use eoi_model::system::{Config, Path, System};

#[test]
fn kvm_on_a_host_gives_a_guest_controller_that_is_as_it_says() {
    for chip in ALL {
        match chip.guests.kvm {
            Kvm::Acks(guest) => assert!(guest.acks(), "{}: {}", chip.name, guest.name),
            Kvm::NeverAcks(guest) => assert_eq!(
                guest.reports,
                Reports::Never,
                "{}: {}",
                chip.name,
                guest.name
            ),
            Kvm::None(reason) => assert!(reason.len() > 10, "{}: no reason", chip.name),
        }
        assert_eq!(chip.guests.own.reports, Reports::ToVmm, "{}", chip.name);
    }
}

/// The guest controllers of a host, by the part of its name that says its architecture. An IO-APIC
/// is in x86 machines only, a GIC in ARM ones, and so on; whether KVM emulates one for it is in each
/// architecture's arch/*/kvm (6.12).
const ARCHITECTURES: &[(&[&str], &[&str])] = &[
    (
        &["ioapic", "i8259"],
        &[
            "kvm-ioapic",
            "kvm-ioapic-avic",
            "kvm-i8259",
            "qemu-split-ioapic",
            "qemu-ioapic",
            "qemu-i8259",
        ],
    ),
    (&["gicv2-eoimode1"], &["kvm-vgicv2", "qemu-gic"]),
    (&["gicv3-eoimode1"], &["kvm-vgicv3", "qemu-gic"]),
    (&["gicv2", "gicv3"], &["qemu-gic"]),
    (&["xics"], &["kvm-xics", "qemu-xics"]),
    (&["xive-pseries"], &["kvm-xics", "qemu-xics"]),
    (&["xive"], &["kvm-xive", "kvm-xive-native", "qemu-xics"]),
    (&["mpic"], &["qemu-openpic"]),
    (&["plic"], &["qemu-plic"]),
    (&["aplic"], &["kvm-aia", "qemu-aplic", "qemu-plic"]),
    (&["pch-pic"], &["kvm-pch-pic", "qemu-pch-pic"]),
    (&["mips-gic"], &["qemu-i8259"]),
];

#[test]
fn a_guest_has_a_controller_of_its_hosts_architecture_and_no_other() {
    let mut exist = 0;
    for chip in ALL {
        let name = chip
            .name
            .trim_start_matches("ir-")
            .trim_end_matches("-qemu");
        let starts = |heads: &[&str]| heads.iter().any(|head| name.starts_with(head));
        let (_, expected) = ARCHITECTURES
            .iter()
            .find(|(heads, _)| starts(heads))
            .expect("an architecture");
        for guest in chips::ALL {
            assert_eq!(
                chip.guests.have(guest),
                expected.contains(&guest.name),
                "{} on {}",
                guest.name,
                chip.name
            );
            for path in Path::ALL {
                let there = chip.kernels.kernels().last().expect("a kernel");
                let config = Config {
                    guest_chip: Some(guest),
                    ..Config::new(chip, there, path)
                };
                let found = System::new(&config);
                exist += usize::from(found.is_ok());
                assert!(
                    found.is_err() || expected.contains(&guest.name),
                    "{} on {}",
                    guest.name,
                    chip.name
                );
            }
        }
    }
    assert!(exist > 100, "only {exist} systems exist");
}
