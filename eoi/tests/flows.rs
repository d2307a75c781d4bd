//! genirq's flow handlers that no controller of the table uses for a level line, on controllers that have what they need.

use eoi::check::searched::explore;
use eoi_model::cost::Metric;
use eoi_model::genirq::handlers::{HANDLE_EDGE_IRQ, HANDLE_FASTEOI_ACK_IRQ};
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels;
use eoi_model::register::Register;
use eoi_model::system::{Config, Path, System};
use eoi_search::{Cycles, Law, Ratio, Verdicts};

fn system(chip: &Irqchip, kernel: &str) -> System {
    let kernel = kernels::by_name(kernel).expect("a kernel");
    System::new(&Config::new(chip, kernel, Path::Vmm)).expect("the path vmm exists everywhere")
}

fn broken(system: &System) -> Vec<Law> {
    let explored = explore(system, 1_000_000).expect("few states");
    Verdicts::new(&explored.graph)
        .iter()
        .filter(|verdict| !verdict.holds())
        .map(|verdict| verdict.law)
        .collect()
}

fn worst(system: &System, metric: Metric) -> Option<Ratio> {
    let explored = explore(system, 1_000_000).expect("few states");
    Cycles::new(&explored.graph)
        .expect("it serves")
        .bounds(metric as usize)
        .worst
}

fn row(name: &str) -> Irqchip {
    *irqchip::by_name(name).expect("a row")
}

#[test]
fn the_edge_handler_acks_first_and_a_level_that_stays_comes_back_at_the_unmask() {
    // The LAPIC's EOI as ack clears Remote IRR before the device is served, so that the pin sends once more; that one
    // finds the line disabled, masks it, and is dropped as "hardware resends". The unmask looks at the level again.
    let chip = Irqchip {
        flow: &HANDLE_EDGE_IRQ,
        irq_ack: row("ioapic").irq_eoi,
        irq_eoi: None,
        ..row("ioapic")
    };
    assert_eq!(broken(&system(&chip, "linux-6.12.57")), []);
    assert_eq!(
        worst(&system(&chip, "linux-6.12.57"), Metric::HostIrqsIgnored),
        Some(Ratio { cost: 1, served: 1 })
    );
}

#[test]
fn the_edge_handler_without_an_ack_never_clears_remote_irr() {
    let chip = Irqchip {
        flow: &HANDLE_EDGE_IRQ,
        irq_ack: None,
        irq_eoi: None,
        ..row("ioapic")
    };
    assert_eq!(broken(&system(&chip, "linux-6.12.107")), [Law::Stall]);
}

#[test]
fn fasteoi_ack_is_fasteoi_with_one_ack_more() {
    let plain = row("gicv2");
    let chip = Irqchip {
        flow: &HANDLE_FASTEOI_ACK_IRQ,
        irq_ack: Some(|w| w.write(Register::new("ACK"))),
        ..plain
    };
    let (plain, acked) = (
        system(&plain, "linux-6.12.107"),
        system(&chip, "linux-6.12.107"),
    );
    assert_eq!(broken(&acked), broken(&plain));
    let (plain, acked) = (
        worst(&plain, Metric::ChipWrites),
        worst(&acked, Metric::ChipWrites),
    );
    let (plain, acked) = (plain.expect("bounded"), acked.expect("bounded"));
    assert_eq!(
        (acked.cost, acked.served),
        (plain.cost + 1, plain.served),
        "one host interrupt per service"
    );
}

#[test]
fn a_level_handler_that_never_unmasks_again_stalls_after_one() {
    let chip = Irqchip {
        irq_unmask: |_| {},
        ..row("i8259")
    };
    assert!(broken(&system(&chip, "linux-6.12.107")).contains(&Law::Stall));
}
