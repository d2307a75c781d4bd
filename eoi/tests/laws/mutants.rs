//! Mutants of the path that break one law each, which the sound one keeps.

use eoi::check::searched::explore;
use eoi_model::device::Device;
use eoi_model::guest::{GuestChip, chips};
use eoi_model::irqchip::{self, Access, Irqchip, LINE, Pin, Reply, gic, ioapic};
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::{Config, Path, System};
use eoi_search::{Law, Verdicts};

use crate::grid::LIMIT;

/// The laws that a system breaks. Each that is asked for here has its occasion.
fn broken(config: &Config<'_>, asked: Law) -> Vec<Law> {
    let system = System::new(config).expect("it exists");
    let explored = explore(&system, LIMIT).expect("few states");
    let verdicts = Verdicts::new(&explored.graph);
    assert!(verdicts.of(asked).sometimes, "{asked:?} is tested");
    let broken = verdicts.iter().filter(|verdict| !verdict.holds());
    broken.map(|verdict| verdict.law).collect()
}

fn on<'a>(chip: &'a Irqchip, path: Path) -> Config<'a> {
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    Config {
        device: Device::Disintx,
        ..Config::new(chip, kernel, path)
    }
}

/// A line that falls while it is masked is not seen.
fn deaf_while_masked(pin: Pin, access: Access) -> Reply {
    match access {
        Access::Line(false) if pin & gic::DISABLED != 0 => pin.into(),
        _ => gic::hw(pin, access),
    }
}

/// An end of interrupt that does nothing.
fn endless(pin: Pin, access: Access) -> Reply {
    match access {
        Access::Eoi => pin.into(),
        _ => gic::hw(pin, access),
    }
}

/// The guest's line stays up.
fn deaf(pin: Pin, access: Access) -> Reply {
    let reply = ioapic::hw(pin, access);
    Reply {
        pin: reply.pin | pin & LINE,
        ..reply
    }
}

#[test]
fn a_controller_that_does_not_see_a_fall_interrupts_without_bound() {
    // The thread's irq_finalize_oneshot unmasks a line whose device vfio-pci has silenced.
    let gic = irqchip::by_name("gicv2").expect("a row");
    let threaded = |chip| {
        let config = Config {
            threadirqs: true,
            ..on(chip, Path::Vmm)
        };
        broken(&config, Law::Unbounded)
    };
    assert_eq!(threaded(gic), []);
    let mutant = Irqchip {
        hw: deaf_while_masked,
        ..*gic
    };
    let laws = threaded(&mutant);
    assert!(laws.contains(&Law::Unbounded), "{laws:?}");
    assert!(
        !laws.contains(&Law::Storm),
        "the thread takes part: {laws:?}"
    );
}

#[test]
fn an_interrupt_that_is_never_ended_starves_the_neighbour() {
    let gic = irqchip::by_name("gicv2").expect("a row");
    let shared = |chip| {
        let config = Config {
            scenario: Scenario::SharedLine,
            causes: 1,
            ..on(chip, Path::Vmm)
        };
        broken(&config, Law::Neighbour)
    };
    assert_eq!(shared(gic), []);
    let mutant = Irqchip {
        hw: endless,
        ..*gic
    };
    let laws = shared(&mutant);
    assert!(laws.contains(&Law::Neighbour), "{laws:?}");
}

#[test]
fn a_guests_line_that_never_falls_interrupts_for_nothing() {
    let chip = irqchip::by_name("ioapic").expect("a row");
    let sound = chips::by_name("kvm-ioapic").expect("a guest's controller");
    let mutant: &'static GuestChip = Box::leak(Box::new(GuestChip { hw: deaf, ..*sound }));
    // One that is in service when its cause is withdrawn finds nothing, which is no fault.
    let with = |guest| {
        let config = Config {
            guest_chip: Some(guest),
            ..on(chip, Path::Irqfd)
        };
        broken(&config, Law::Spurious)
    };
    assert_eq!(with(sound), []);
    let laws = with(mutant);
    assert!(laws.contains(&Law::Spurious), "{laws:?}");
}
