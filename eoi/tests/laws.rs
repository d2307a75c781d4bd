//! Verdict, states, shortest sequence and cost of every configuration, pinned: a change in any machine shows here.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always cargo test --test laws`, takes a change after it has been understood.

use std::collections::BTreeSet;
use std::fmt::Write;

use eoi::check::configuration::{Configuration, GuestChoice};
use eoi::check::outcome::{Outcome, check};
use eoi::check::searched::explore;
use eoi::check::select::LAZY_AND_UNLAZY;
use eoi::report::cells;
use eoi_model::cost::Metric;
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::{self, Irqchip, xive};
use eoi_model::kernels::{self, Kernel};
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;

const LIMIT: usize = 2_000_000;

fn case(chip: &'static Irqchip, kernel: &'static Kernel, path: Path) -> Configuration {
    Configuration {
        chip,
        kernel,
        fixes: Vec::new(),
        device: Device::NoDisintx,
        path,
        guest: GuestChoice::default(),
        scenario: Scenario::Steady,
        cpus: 2,
        causes: 2,
        threadirqs: false,
    }
}

/// The lazy and the unlazy kernel of a chip's row, or the only one that has its driver, without and with the fix.
fn both(chip: &'static Irqchip) -> Vec<(&'static Kernel, Vec<&'static Fix>)> {
    let has = |name: &str| chip.kernels.is_empty() || chip.kernels.contains(&name);
    if LAZY_AND_UNLAZY.iter().all(|name| has(name)) {
        return LAZY_AND_UNLAZY
            .map(|name| (kernels::by_name(name).expect("a kernel of the matrix"), Vec::new()))
            .into();
    }
    let only = kernels::by_name(chip.kernels[0]).expect("a kernel that has the driver");
    vec![(only, Vec::new()), (only, vec![fixes::by_name("vfio-unlazy").expect("the merged fix")])]
}

fn line(text: &mut String, case: &Configuration) {
    let Outcome::Checked(checked) = check(case, LIMIT).expect("fewer states than the limit") else { return };
    let outcome = Outcome::Checked(checked);
    let checked = outcome.checked().expect("it was just checked");
    let _ = writeln!(
        text,
        "{}: {} states, {} {}",
        case.title(),
        checked.states,
        cells::verdict(&outcome),
        cells::host_irqs(&outcome)
    );
    for verdict in checked.verdicts.iter() {
        let Some(path) = &verdict.broken_by else { continue };
        let events: Vec<&str> = checked.path(path).map(|event| event.info().name).collect();
        let _ = writeln!(text, "    {} (cycle {}): {}", verdict.law.name(), verdict.cycle, events.join(" "));
    }
}

fn every_row(change: impl Fn(Configuration) -> Vec<Configuration>) -> String {
    let mut text = String::new();
    for chip in irqchip::ALL {
        for (kernel, built_in) in both(chip) {
            for path in Path::ALL {
                let mut case = case(chip, kernel, path);
                case.fixes.clone_from(&built_in);
                change(case).iter().for_each(|case| line(&mut text, case));
            }
        }
    }
    text
}

#[test]
fn the_matrix() {
    insta::assert_snapshot!(every_row(|case| {
        Device::ALL.map(|device| Configuration { device, ..case.clone() }).into()
    }));
}

#[test]
fn scenarios() {
    // Two lines have a size of their own and are below; the guessing paths add nothing to what steady says of them.
    let scenarios =
        Scenario::ALL.iter().filter(|s| !matches!(s, Scenario::Steady | Scenario::TwoLines | Scenario::SharedGuest));
    let scenarios: Vec<Scenario> = scenarios.copied().collect();
    insta::assert_snapshot!(every_row(|case| {
        if matches!(case.path, Path::BarTrap | Path::BarGuess) {
            return Vec::new();
        }
        let devices = [Device::Disintx, Device::NoDisintx];
        let pairs = scenarios.iter().flat_map(|&scenario| devices.map(|device| (scenario, device)));
        pairs.map(|(scenario, device)| Configuration { scenario, device, causes: 1, ..case.clone() }).collect()
    }));
}

#[test]
fn two_lines() {
    insta::assert_snapshot!(every_row(|case| {
        let small = case.path == Path::Vmm && !case.chip.name.starts_with("xive-no-q");
        if !small {
            return Vec::new();
        }
        let shared =
            Configuration { scenario: Scenario::SharedGuest, device: Device::Disintx, causes: 1, ..case.clone() };
        vec![Configuration { scenario: Scenario::TwoLines, causes: 1, ..case }, shared]
    }));
}

#[test]
fn one_cpu() {
    insta::assert_snapshot!(every_row(|case| vec![Configuration { cpus: 1, ..case }]));
}

#[test]
fn forced_threading() {
    insta::assert_snapshot!(every_row(|case| vec![Configuration { threadirqs: true, ..case }]));
}

#[test]
fn kernels_of_the_table() {
    let mut text = String::new();
    for chip in ["ioapic", "gicv3-eoimode1", "xics", "xive"] {
        let chip = irqchip::by_name(chip).expect("a row");
        for kernel in kernels::ALL {
            for path in Path::ALL {
                for guest in ["", "+eoi-first"] {
                    let guest = guest.parse().expect("a guest");
                    line(&mut text, &Configuration { guest, ..case(chip, kernel, path) });
                }
            }
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn guests() {
    let mut text = String::new();
    let chip = irqchip::by_name("ioapic").expect("a row");
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    for controller in eoi_model::guest::chips::ALL {
        for options in ["", "+edge", "+eoi-first", "+masks", "+directed-eoi", "+edge+eoi-first"] {
            let guest = format!("{}{options}", controller.name).parse().expect("a guest");
            for path in Path::ALL {
                for device in [Device::Disintx, Device::NoDisintx] {
                    line(&mut text, &Configuration { guest, device, ..case(chip, kernel, path) });
                }
            }
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_vmms_machine() {
    // What the guest does to its pin, against all that is done to the system, where the machine sees the pin.
    let guests = ["", "+masks", "+eoi-first", "+edge", "+edge+masks", "+edge+eoi-first", "+directed-eoi"];
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    let mut text = String::new();
    for (chip, path) in [("ioapic", Path::Vmm), ("ioapic", Path::BarTrap), ("gicv3", Path::Vmm), ("plic", Path::Vmm)] {
        let chip = irqchip::by_name(chip).expect("a row");
        for scenario in Scenario::ALL.into_iter().filter(|s| s.functions() == 1 && *s != Scenario::Affinity) {
            for guest in guests.map(|guest| guest.parse().expect("a guest")) {
                for device in [Device::Disintx, Device::NoDisintx] {
                    line(&mut text, &Configuration { guest, device, scenario, causes: 1, ..case(chip, kernel, path) });
                }
            }
        }
    }
    // With a controller that keeps its word and a VMM that hears of the EOI, nothing is lost, but by vfio-pci's own mask on a
    // device without DisINTx, which is asked for in these two.
    let masks =
        |line: &str| line.contains("no-disintx") && (line.contains("vmm-route") || line.contains("guest-disintx"));
    for line in text.lines().filter(|line| !line.starts_with(' ') && line.contains(", vmm, ") && !masks(line)) {
        assert!(line.contains("holds"), "{line}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_watchdog_mends_a_line_where_setting_up_looks_at_the_level() {
    // A lazy disable loses XIVE's line (docs/findings.md). free_irq and request_irq end with a SET_PQ_00: the row `xive` looks
    // at the level then, QEMU's does not, and so loses a line by it that the DisINTx device of the same row keeps.
    let kernel = kernels::by_name("linux-6.12.57").expect("a kernel");
    let holds = |chip: &str, device: Device, scenario: Scenario| {
        let chip = irqchip::by_name(chip).expect("a row");
        let case = Configuration { scenario, device, causes: 1, ..case(chip, kernel, Path::Vmm) };
        let outcome = check(&case, LIMIT).expect("fewer states than the limit");
        !outcome.checked().expect("it exists").is_broken()
    };
    for (chip, device, without, with) in [
        ("xive", Device::NoDisintx, false, true),
        ("xive", Device::Disintx, true, true),
        ("xive-qemu", Device::NoDisintx, false, false),
        ("xive-qemu", Device::Disintx, true, false),
        ("ioapic", Device::NoDisintx, true, true),
    ] {
        let found = [Scenario::Steady, Scenario::Watchdog].map(|scenario| holds(chip, device, scenario));
        assert_eq!(found, [without, with], "{chip}, {}", device.name());
    }
}

#[test]
fn fixes_on_every_controller() {
    let mut text = String::new();
    for fix in fixes::ALL {
        for chip in irqchip::ALL {
            for (kernel, built_in) in both(chip) {
                for scenario in [Scenario::Steady, Scenario::VmmRoute] {
                    let mut case = Configuration { scenario, causes: 1, ..case(chip, kernel, Path::Vmm) };
                    case.fixes.clone_from(&built_in);
                    case.fixes.push(fix);
                    line(&mut text, &case);
                }
            }
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_free_irq_has_waited_for_is_in_no_queue() {
    // __synchronize_irq asks xive_get_irqchip_state until P is clear, so that no notification outlives the owner.
    let chip = irqchip::by_name("xive").expect("a row");
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    for device in [Device::Disintx, Device::NoDisintx] {
        let case = Configuration { scenario: Scenario::Teardown, device, ..case(chip, kernel, Path::Vmm) };
        let explored = explore(&case.system().expect("it exists"), LIMIT).expect("few states");
        let mut torn_down = 0;
        for half in explored.states.iter().map(|state| state.halves()[0]) {
            if !half.is_intx() && !half.started() {
                torn_down += 1;
                assert_eq!(half.pin() & xive::QUEUED, 0, "{half:?}");
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
            let lazy = case(chip, kernel, path);
            let unlazy = Configuration { fixes: vec![merged], ..lazy.clone() };
            let [Some(before), Some(after)] = [lazy, unlazy].map(|case| typical(&case)) else { continue };
            let sum = |costs: &[u64], metrics: &[Metric]| metrics.iter().map(|&m| costs[m as usize]).sum::<u64>();
            let irqs = [before, after].map(|costs| sum(&costs, &[Metric::HostIrqs, Metric::HostIrqsIgnored]));
            let accesses = [Metric::ChipReads, Metric::ChipWrites, Metric::FirmwareCalls];
            let accesses = [before, after].map(|costs| sum(&costs, &accesses));
            assert!(irqs[1] <= irqs[0], "{} {}: {irqs:?}", chip.name, path.name());
            compared += 1;
            saved += u32::from(irqs[1] < irqs[0]);
            if accesses[1] > accesses[0] {
                pay.insert(chip.name);
            }
        }
    }
    assert!(compared > 20 && saved > 10, "{compared} compared, {saved} with fewer interrupts");
    // 5.10 masks at every CPU and unmasks for the completion; QEMU's APLIC keeps what fell, and repeats all of it.
    assert_eq!(pay, BTreeSet::from(["aplic-msi-qemu", "plic-5.10"]));
}

/// Costs per served interrupt where nobody races; `None` where the line stalls.
fn typical(case: &Configuration) -> Option<[u64; Metric::ALL.len()]> {
    let outcome = check(case, LIMIT).expect("fewer states than the limit");
    let checked = outcome.checked().filter(|checked| !checked.is_broken())?;
    Some(checked.costs.typical.map(|ratio| {
        let ratio = ratio.expect("it serves");
        assert_eq!(ratio.served, 1, "a whole number a service");
        ratio.cost
    }))
}
