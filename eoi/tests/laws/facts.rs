//! Statements about the kernels that follow from the verdicts, each held by a test.

use std::collections::BTreeSet;

use eoi::check::configuration::Configuration;
use eoi::check::outcome::{Costs, check};
use eoi::check::searched::explore;
use eoi_model::cost::Metric;
use eoi_model::device::Device;
use eoi_model::fixes;
use eoi_model::irqchip::{self, xive};
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::{Path, Vmm};
use eoi_search::Ratio;

use crate::both;
use crate::grid::LIMIT;

#[test]
fn a_watchdog_mends_a_line_where_setting_up_looks_at_the_level() {
    // A lazy disable loses XIVE's line (docs/findings.md). free_irq and request_irq end with a SET_PQ_00: the row `xive` looks
    // at the level then, QEMU's does not, and so loses a line by it that the DisINTx device of the same row keeps.
    let kernel = kernels::by_name("linux-6.12.57").expect("a kernel");
    let holds = |chip: &str, device: Device, scenario: Scenario| {
        let chip = irqchip::by_name(chip).expect("a row");
        let configuration = Configuration {
            scenario,
            device,
            causes: 1,
            ..Configuration::usual(chip, kernel, Path::Vmm)
        };
        let outcome = check(&configuration, LIMIT).expect("fewer states than the limit");
        !outcome.checked().expect("it exists").is_broken()
    };
    for (chip, device, without, with) in [
        ("xive", Device::NoDisintx, false, true),
        ("xive", Device::Disintx, true, true),
        ("xive-qemu", Device::NoDisintx, false, false),
        ("xive-qemu", Device::Disintx, true, false),
        ("ioapic", Device::NoDisintx, true, true),
    ] {
        let found =
            [Scenario::Steady, Scenario::Watchdog].map(|scenario| holds(chip, device, scenario));
        assert_eq!(found, [without, with], "{chip}, {}", device.name());
    }
}

#[test]
fn the_machine_of_the_letter_shows_what_was_published_of_it() {
    // POWER9, QEMU, a pseries guest, a card without DisINTx (linuxppc-dev, 22 Sep 2025): before the fix "exactly one
    // interrupt on the legacy PCI device per boot"; after it "the guest will receive quite a few spurious interrupts".
    // Whether that guest drove the XIVE itself was not said. If it did, the spurious interrupts come with races only: the
    // line falls in service, and the EOI clears the trigger that QEMU makes of it.
    for (guest, is_native) in [("kvm-xive", false), ("kvm-xive-native", true)] {
        let (broken, before) = letters_machine(guest, "linux-6.12.57");
        assert!(broken, "{guest}");
        assert_eq!(
            before.ends_after,
            Some(1),
            "{guest}: one interrupt, then silence"
        );
        let (broken, after) = letters_machine(guest, "linux-6.12.107");
        assert!(!broken, "{guest}");
        assert_eq!(after.ends_after, None, "{guest}: they keep coming");
        let spurious = Metric::GuestIrqsSpurious as usize;
        assert!(
            after.worst[spurious].is_none(),
            "{guest}: without bound where it is raced"
        );
        let typical = after.typical[spurious].expect("it serves");
        assert_eq!(typical.served, 1, "{guest}");
        assert_eq!(
            typical.cost,
            u64::from(!is_native),
            "{guest}: one for each, or none"
        );
    }
}

/// Whether the machine of the letter loses its line with this guest and kernel, and its costs.
fn letters_machine(guest: &str, kernel: &str) -> (bool, Costs) {
    let chip = irqchip::by_name("xive").expect("a row");
    let kernel = kernels::by_name(kernel).expect("a kernel");
    let configuration = Configuration {
        vmm: Vmm::QEMU,
        guest: guest.parse().expect("a guest"),
        ..Configuration::usual(chip, kernel, Path::BarTrap)
    };
    let outcome = check(&configuration, LIMIT).expect("few states");
    let checked = outcome.checked().expect("it exists");
    (checked.is_broken(), checked.costs.clone())
}

#[test]
fn power10_and_a_partition_lose_what_power9_loses() {
    // The source is the same and the driver's decisions are; the end is a store or a call (xive_do_source_eoi, xive_esb_read).
    for (row, of_power9) in [
        ("xive-p10", "xive"),
        ("xive-p10-posted", "xive"),
        ("xive-p10-qemu", "xive-qemu"),
        ("xive-pseries", "xive"),
        ("xive-pseries-qemu", "xive-qemu"),
    ] {
        for kernel in ["linux-6.12.57", "linux-6.12.107"] {
            for (path, device) in [Path::Vmm, Path::BarTrap]
                .into_iter()
                .flat_map(|path| [Device::Disintx, Device::NoDisintx].map(|device| (path, device)))
            {
                let kernel = kernels::by_name(kernel).expect("a kernel");
                let lost = |chip: &str| {
                    let chip = irqchip::by_name(chip).expect("a row");
                    let configuration = Configuration {
                        device,
                        ..Configuration::usual(chip, kernel, path)
                    };
                    let outcome = check(&configuration, LIMIT).expect("few states");
                    outcome.checked().expect("it exists").is_broken()
                };
                let title = format!("{row} {} {} {}", kernel.name, path.name(), device.name());
                assert_eq!(lost(row), lost(of_power9), "{title}");
            }
        }
    }
}

#[test]
fn a_hypercall_that_the_vmm_hears_saves_what_is_guessed_from_accesses() {
    // A XIVE-native guest's EOI ends in the VMM (QEMU hw/intc/spapr_xive_kvm.c:kvmppc_xive_esb_rw, 10.0 to 10.2), which may
    // take it for the end of the interrupt, as the path `vmm` does, or not, as QEMU does.
    let kernel = kernels::by_name("linux-6.12.107").expect("a kernel");
    for chip in ["xive", "xive-q", "xive-p10"] {
        let chip = irqchip::by_name(chip).expect("a row");
        let of = |path: Path, device: Device| {
            let configuration = Configuration {
                device,
                guest: "kvm-xive-native".parse().expect("a guest"),
                ..Configuration::usual(chip, kernel, path)
            };
            let costs = typical(&configuration).expect("it holds");
            assert_eq!(costs[Metric::GuestIrqsSpurious as usize], 0);
            [
                Metric::GuestIrqs,
                Metric::HostIrqs,
                Metric::EventfdSignals,
                Metric::Ioctls,
            ]
            .map(|metric| costs[metric as usize])
        };
        // The device of the letter. Its line is masked at the controller, and interrupts once for each access.
        assert_eq!(
            of(Path::Vmm, Device::NoDisintx),
            [1, 1, 1, 1],
            "{}: heard",
            chip.name
        );
        assert_eq!(
            of(Path::BarTrap, Device::NoDisintx),
            [1, 2, 2, 2],
            "{}: guessed",
            chip.name
        );
    }
}

#[test]
fn guest_interrupts_without_a_cause_are_those_that_a_path_costs_by_design() {
    let kernel = kernels::by_name("linux-6.12.107").expect("a kernel");
    let mut of_xics = 0;
    for chip in irqchip::ALL.iter().filter(|chip| chip.kernels.has(kernel)) {
        for (path, device) in Path::USUAL
            .into_iter()
            .flat_map(|path| [Device::Disintx, Device::NoDisintx].map(|device| (path, device)))
        {
            let configuration = Configuration {
                device,
                ..Configuration::usual(chip, kernel, path)
            };
            let outcome = check(&configuration, LIMIT).expect("few states");
            let Some(checked) = outcome.checked().filter(|checked| !checked.is_broken()) else {
                continue;
            };
            let title = configuration.title();
            let of = |costs: &[Option<Ratio>], metric: Metric| {
                let ratio = costs[metric as usize].expect("a bound");
                assert_eq!(ratio.served, 1, "{title}");
                ratio.cost
            };
            let worst = &checked.costs.worst;
            let [taken, extra] =
                [Metric::HostIrqs, Metric::GuestIrqsSpurious].map(|m| of(worst, m));
            // A guest is interrupted once for each interrupt of the host, for each signal that an unmask repeats (DisINTx+), and
            // as often again where its controller presents a level at the EOI before anybody lowers it.
            let signals = taken + u64::from(device == Device::Disintx);
            assert!(extra < 2 * signals, "{title}: {extra} of {signals}");
            // Where nobody races and the EOI is heard of, only KVM's XICS adds one to those that the host hands on: ics_eoi presents a
            // line that is still up, and then it is lowered.
            let typical = &checked.costs.typical;
            let [taken, extra] =
                [Metric::HostIrqs, Metric::GuestIrqsSpurious].map(|m| of(typical, m));
            let is_xics = configuration.guest_name().as_deref() == Some("kvm-xics");
            if path != Path::BarTrap {
                assert!(
                    extra < taken + u64::from(is_xics),
                    "{title}: {extra} of {taken}"
                );
                of_xics += u64::from(is_xics && extra == taken);
            }
        }
    }
    assert!(of_xics > 2, "KVM's XICS adds one: {of_xics}");
}

#[test]
fn what_free_irq_has_waited_for_is_in_no_queue() {
    // __synchronize_irq asks xive_get_irqchip_state until P is clear, so that no notification outlives the owner: where
    // PQ=01 holds an LSI. Where it does not, as documented, the source notifies once more under the mask.
    let chip = irqchip::by_name("xive-q").expect("a row");
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    for device in [Device::Disintx, Device::NoDisintx] {
        let configuration = Configuration {
            scenario: Scenario::Teardown,
            device,
            ..Configuration::usual(chip, kernel, Path::Vmm)
        };
        let explored =
            explore(&configuration.system().expect("it exists"), LIMIT).expect("few states");
        let mut torn_down = 0;
        for half in explored.states.iter().map(|state| state.halves()[0]) {
            if !half.is_intx() && !half.started() {
                torn_down += 1;
                assert_eq!(half.pin() & xive::EQ_ENTRY, 0, "{half:?}");
            }
        }
        assert!(torn_down > 0, "the scenario tears down");
    }
}

#[test]
fn the_merged_fix_costs_no_interrupt() {
    let merged = fixes::by_name("vfio-unlazy").expect("the merged fix");
    let (mut compared, mut saved, mut pay) = (0, 0, BTreeSet::new());
    for chip in irqchip::ALL {
        let kernel = both(chip)[0].0;
        for path in Path::ALL {
            let lazy = Configuration::usual(chip, kernel, path);
            let unlazy = Configuration {
                fixes: vec![merged],
                ..lazy.clone()
            };
            let [Some(before), Some(after)] =
                [lazy, unlazy].map(|configuration| typical(&configuration))
            else {
                continue;
            };
            let sum = |costs: &[u64], metrics: &[Metric]| {
                metrics.iter().map(|&m| costs[m as usize]).sum::<u64>()
            };
            let irqs = [before, after]
                .map(|costs| sum(&costs, &[Metric::HostIrqs, Metric::HostIrqsIgnored]));
            let accesses = [Metric::ChipReads, Metric::ChipWrites, Metric::FirmwareCalls];
            let accesses = [before, after].map(|costs| sum(&costs, &accesses));
            assert!(
                irqs[1] <= irqs[0],
                "{} {}: {irqs:?}",
                chip.name,
                path.name()
            );
            compared += 1;
            saved += u32::from(irqs[1] < irqs[0]);
            if accesses[1] > accesses[0] {
                pay.insert(chip.name);
            }
        }
    }
    assert!(
        compared > 20 && saved > 10,
        "{compared} compared, {saved} with fewer interrupts"
    );
    // 5.10 masks at every CPU and unmasks for the completion; QEMU's APLIC keeps what fell, and repeats all of it.
    assert_eq!(pay, BTreeSet::from(["aplic-msi-qemu", "plic-5.10"]));
}

/// Costs per served interrupt where nobody races; `None` where the line stalls.
fn typical(configuration: &Configuration) -> Option<[u64; Metric::ALL.len()]> {
    let outcome = check(configuration, LIMIT).expect("fewer states than the limit");
    let checked = outcome.checked().filter(|checked| !checked.is_broken())?;
    Some(checked.costs.typical.map(|ratio| {
        let ratio = ratio.expect("it serves");
        assert_eq!(ratio.served, 1, "a whole number a service");
        ratio.cost
    }))
}
