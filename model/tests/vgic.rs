//! KVM's GIC, step by step: who hears of an EOI, and when the line goes up.

use eoi_model::device::Device;
use eoi_model::event::Event;
use eoi_model::guest::pairs::Kvm;
use eoi_model::irqchip::{self, LINE};
use eoi_model::kernels;
use eoi_model::state::{Half, State};
use eoi_model::system::{Config, Path, System};
use eoi_model::values::Phase;

/// The host takes an interrupt and hands it on.
const HANDED_ON: [&str; 5] = [
    "device.assert",
    "host.accept",
    "host.flow_enter",
    "vfio.handler",
    "vfio.signal",
];

fn system(chip: &str, kernel: &str) -> System {
    let chip = irqchip::by_name(chip).expect("a row");
    let kernel = kernels::by_name(kernel).expect("a kernel");
    // Where KVM acks nothing, the eventfd with resample is accepted all the same.
    let path = match chip.guests.kvm {
        Kvm::NeverAcks(_) => Path::IrqfdUnacked,
        _ => Path::Irqfd,
    };
    let config = Config {
        device: Device::Disintx,
        ..Config::new(chip, kernel, path)
    };
    System::new(&config).expect("it exists")
}

fn run(system: &System, from: State, names: &[&str]) -> State {
    names.iter().fold(from, |state, name| {
        let event = Event::by_name(name).expect("an event");
        system
            .step(state, event)
            .unwrap_or_else(|| panic!("{name} cannot happen in {state:?}"))
    })
}

fn half(state: State) -> Half {
    state.halves()[0]
}

#[test]
fn an_eoi_is_acked_unless_a_gicv3_of_a_new_kernel_has_not_seen_the_interrupt() {
    // vgic_v2_fold_lr (7.3) and vgic_v3_fold_lr_state (6.12) ask for the empty list register only;
    // vgic_v3_fold_lr (7.3) asks for the active bit of the fold before as well.
    for (chip, kernel, exits, acked) in [
        ("gicv3-eoimode1", "linux-7.3", false, false),
        ("gicv3-eoimode1", "linux-7.3", true, true),
        ("gicv3-eoimode1", "linux-6.12.107", false, true),
        ("gicv2-eoimode1", "linux-7.3", false, true),
        ("gicv2-eoimode1", "linux-5.10", false, true),
    ] {
        let system = system(chip, kernel);
        let exit: &[&str] = if exits { &["kvm.exit"] } else { &[] };
        let mut state = run(&system, system.initial(), &HANDED_ON);
        for names in [
            &["guest.take"],
            exit,
            &["guest.read", "guest.service", "guest.eoi"],
        ] {
            state = run(&system, state, names);
        }
        let expected = if acked { Phase::Ack } else { Phase::Idle };
        let title = format!("{chip} {kernel} exits={exits}");
        assert_eq!(half(state).guest_phase(), expected, "{title}");
        assert_ne!(
            half(state).guest_pin() & LINE,
            0,
            "{title}: nobody lowered it yet"
        );
        let take = Event::by_name("guest.take").expect("an event");
        assert_eq!(
            system.step(state, take).is_some(),
            !acked,
            "{title}: it is taken again at once"
        );
    }
}

#[test]
fn an_exit_after_the_end_comes_too_late() {
    let system = system("gicv3-eoimode1", "linux-7.3");
    let state = run(&system, system.initial(), &HANDED_ON);
    let state = run(
        &system,
        state,
        &["guest.take", "guest.read", "guest.service", "guest.eoi"],
    );
    let exit = Event::by_name("kvm.exit").expect("an event");
    assert!(
        system.step(state, exit).is_none(),
        "there is nothing to see"
    );
    // The next round has to be seen by itself.
    let state = run(
        &system,
        state,
        &[
            "guest.take",
            "kvm.exit",
            "guest.read",
            "guest.eoi",
            "kvm.ack",
        ],
    );
    assert_eq!(half(state).guest_pin(), 0, "lowered, and not seen any more");
}

#[test]
fn the_signal_raises_the_line_where_kvm_injects_in_atomic_context() {
    // kvm_arch_set_irq_inatomic: vgic-irqfd.c, book3s.c, riscv's vm.c and loongarch's irqfd.c do (7.3), irq.c
    // of x86 refuses a line.
    for (chip, at_once) in [
        ("gicv2-eoimode1", true),
        ("gicv3-eoimode1", true),
        ("xics", true),
        ("xive", true),
        ("aplic-direct", true),
        ("aplic-msi", true),
        ("pch-pic", true),
        ("ioapic", false),
    ] {
        let system = system(chip, "linux-7.3");
        let state = half(run(&system, system.initial(), &HANDED_ON));
        assert_eq!(state.guest_pin() & LINE != 0, at_once, "{chip}");
        assert_eq!(state.irqfd_work(), !at_once, "{chip}");
    }
}
