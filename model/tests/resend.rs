//! A level interrupt that was dropped while its line was disabled: who resends it in software.
//!
//! `check_irq_resend` (kernel/irq/resend.c, 5.10 to 7.3) refuses lines whose settings have `IRQ_LEVEL`.
//! The flag is set by `__irq_set_trigger`, which `__setup_irq` calls only with a trigger type, and
//! only for a chip with `irq_set_type`; or by the driver itself.

use eoi_model::event::Event;
use eoi_model::irqchip::{ALL, Irqchip};
use eoi_model::kernels::{self, Kernel};
use eoi_model::state::State;
use eoi_model::system::{Config, Path, System};

/// The controllers by the beginnings of their names, whether their lines have the flag, and where that
/// was read (7.3, and 5.10 to 6.12 where they have the driver).
const IRQ_LEVEL: &[(&[&str], bool, &str)] = &[
    (
        &["ioapic", "ir-ioapic"],
        true,
        "arch/x86/kernel/apic/io_apic.c:mp_register_handler",
    ),
    (&["i8259"], true, "arch/x86/kernel/i8259.c:make_8259A_irq"),
    (
        &["gicv2", "gicv3"],
        true,
        "drivers/irqchip/irq-gic.c, irq-gic-v3.c:gic_irq_domain_translate, gic_set_type",
    ),
    (
        &["xics"],
        true,
        "arch/powerpc/sysdev/xics/xics-common.c:xics_host_xlate, xics_set_irq_type",
    ),
    (
        &["xive"],
        true,
        "arch/powerpc/sysdev/xive/common.c:xive_irq_domain_xlate, xive_irq_set_type",
    ),
    (
        &["mpic"],
        true,
        "arch/powerpc/sysdev/mpic.c:mpic_host_xlate, mpic_set_irq_type",
    ),
    (
        &["plic"],
        false,
        "drivers/irqchip/irq-sifive-plic.c:plic_irq_domain_translate (one cell, no type)",
    ),
    (
        &["aplic"],
        true,
        "drivers/irqchip/irq-riscv-aplic-main.c:aplic_irqdomain_translate, aplic_irq_set_type",
    ),
    (
        &["pch-pic"],
        true,
        "drivers/irqchip/irq-loongson-pch-pic.c:pch_pic_domain_translate, pch_pic_set_type",
    ),
    (
        &["mips-gic"],
        true,
        "drivers/irqchip/irq-mips-gic.c:gic_irq_domain_xlate, gic_set_type",
    ),
];

/// Whether a kernel of the controller's architecture has `HARDIRQS_SW_RESEND`: arch/x86, arm64, mips
/// and riscv select it (riscv in 6.1 and later, not in 5.10), and on powerpc the drivers of XICS and
/// XIVE do (arch/powerpc/sysdev/xics/Kconfig, xive/Kconfig). loongarch does not, nor does powerpc with
/// an MPIC alone.
fn has_sw_resend(chip: &Irqchip, kernel: &Kernel) -> bool {
    match chip.name {
        "mpic" | "pch-pic" => false,
        name if name.contains("plic") => kernel.name != "linux-5.10",
        _ => true,
    }
}

#[test]
fn the_flag_is_where_the_sources_set_it() {
    for chip in ALL {
        let starts = |heads: &&[&str]| heads.iter().any(|head| chip.name.starts_with(head));
        let rows: Vec<_> = IRQ_LEVEL.iter().filter(|row| starts(&row.0)).collect();
        let [(_, irq_level, cites)] = rows[..] else {
            panic!("{}: {} rows", chip.name, rows.len());
        };
        assert_eq!(chip.irq_level, *irq_level, "{}: {cites}", chip.name);
        for kernel in chip.kernels.kernels() {
            assert_eq!(
                chip.sw_resend.has(kernel),
                has_sw_resend(chip, kernel),
                "{} {}",
                chip.name,
                kernel.name
            );
        }
    }
}

/// The CPU takes an interrupt, and before it has the lock the line is disabled.
const DROPPED: [&str; 5] = [
    "program.enable",
    "device.assert",
    "host.accept",
    "program.mask",
    "host.flow_enter",
];

fn run(system: &System, names: &[&str]) -> State {
    names.iter().fold(system.initial(), |state, name| {
        let event = Event::by_name(name).expect("an event");
        system
            .step(state, event)
            .unwrap_or_else(|| panic!("{name} cannot happen in {state:?}"))
    })
}

#[test]
fn an_interrupt_that_was_dropped_is_resent_where_the_flag_is_missing() {
    let mut resent = Vec::new();
    for chip in ALL {
        for kernel in chip.kernels.kernels() {
            let system = System::new(&Config::new(chip, kernel, Path::Program)).expect("it exists");
            let dropped = run(&system, &DROPPED);
            assert!(dropped.halves()[0].pending(), "{}", chip.name);
            let again = run(&system, &[&DROPPED[..], &["program.unmask"]].concat());
            assert!(!again.halves()[0].pending(), "{}", chip.name);
            if again.halves()[0].resend() {
                resent.push((chip.name, kernel.name));
                let event = Event::by_name("host.resend").expect("an event");
                let taken = system.step(again, event).expect("the tasklet runs");
                assert!(taken.halves()[0].in_flow_handler(), "{}", chip.name);
            }
        }
    }
    let newer = kernels::ALL
        .iter()
        .filter(|kernel| kernel.name != "linux-5.10");
    let expected: Vec<_> = ["plic", "plic-qemu"]
        .into_iter()
        .flat_map(|chip| newer.clone().map(move |kernel| (chip, kernel.name)))
        .chain([("plic-bare", "linux-6.1")])
        .collect();
    assert_eq!(resent, expected);
}
