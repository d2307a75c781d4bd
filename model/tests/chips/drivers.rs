//! The cost of the drivers' callbacks, and their names in a trace.

use eoi_model::cost::Metric;
use eoi_model::event::Event;
use eoi_model::irqchip::{ALL, Irqchip, by_name};
use eoi_model::system::{Config, Path, System};

/// Controller reads, writes and firmware calls.
type Count = [u8; 3];

const NOTHING: Count = [0, 0, 0];

/// Setting up: type, activation, the first unmask; accepting the interrupt, with what the flow handler does at entry;
/// `disable_irq_nosync` from the handler; the end of an interrupt that was disabled meanwhile;
/// `enable_irq`. And the chip's own functions, in order.
type Driver = (&'static str, [Count; 5], &'static [&'static str]);

/// Row by row: arch/x86/kernel/apic/io_apic.c, arch/x86/kernel/i8259.c, drivers/irqchip/irq-gic.c
/// and irq-gic-v3.c, arch/powerpc/sysdev/xics/, arch/powerpc/sysdev/xive/common.c,
/// arch/powerpc/sysdev/mpic.c, drivers/irqchip/irq-sifive-plic.c, irq-riscv-aplic-*.c,
/// irq-loongson-pch-pic.c, irq-mips-gic.c. Unlazy but for 5.10.
const DRIVERS: &[Driver] = &[
    (
        "ioapic",
        [[0, 6, 0], NOTHING, [1, 2, 0], [1, 1, 0], [0, 2, 0]],
        &[
            "startup_ioapic_irq",
            "mask_ioapic_irq",
            "ioapic_ack_level",
            "unmask_ioapic_irq",
        ],
    ),
    (
        "ir-ioapic",
        [[0, 6, 0], NOTHING, [1, 2, 0], [0, 2, 0], [0, 2, 0]],
        &[
            "startup_ioapic_irq",
            "mask_ioapic_irq",
            "ioapic_ir_ack_level",
            "unmask_ioapic_irq",
        ],
    ),
    (
        "i8259",
        [[0, 1, 0], [1, 3, 0], [0, 1, 0], NOTHING, [0, 1, 0]],
        &[
            "enable_8259A_irq",
            "mask_and_ack_8259A",
            "disable_8259A_irq",
            "enable_8259A_irq",
        ],
    ),
    (
        "gicv2",
        [[1, 1, 0], [2, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0]],
        &[
            "gic_unmask_irq",
            "gic_mask_irq",
            "gic_eoi_irq",
            "gic_unmask_irq",
        ],
    ),
    (
        "gicv2-eoimode1",
        [[1, 1, 0], [2, 1, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0]],
        &[
            "gic_unmask_irq",
            "gic_eoimode1_mask_irq",
            "gic_eoimode1_eoi_irq",
            "gic_unmask_irq",
        ],
    ),
    (
        "gicv3",
        [[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]],
        &[
            "gic_unmask_irq",
            "gic_mask_irq",
            "gic_eoi_irq",
            "gic_unmask_irq",
        ],
    ),
    (
        "gicv3-eoimode1",
        [[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]],
        &[
            "gic_unmask_irq",
            "gic_eoimode1_mask_irq",
            "gic_eoimode1_eoi_irq",
            "gic_unmask_irq",
        ],
    ),
    (
        "xics",
        [[0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]],
        &[
            "ics_opal_startup",
            "ics_opal_mask_irq",
            "icp_native_eoi",
            "ics_opal_unmask_irq",
        ],
    ),
    // Two RTAS calls a mask or unmask (int-off and set-xive), H_XIRR to take and H_EOI to end.
    (
        "xics-pseries",
        [[0, 0, 2], [0, 0, 1], [0, 0, 2], [0, 0, 1], [0, 0, 2]],
        &[
            "ics_rtas_startup",
            "ics_rtas_mask_irq",
            "icp_hv_eoi",
            "ics_rtas_unmask_irq",
        ],
    ),
    (
        "xics-on-xive",
        [[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]],
        &[
            "ics_opal_startup",
            "ics_opal_mask_irq",
            "icp_opal_eoi",
            "ics_opal_unmask_irq",
        ],
    ),
    (
        "xive",
        [[1, 0, 1], [1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]],
        &[
            "xive_irq_startup",
            "xive_irq_mask",
            "xive_irq_eoi",
            "xive_irq_unmask",
        ],
    ),
    // An interrupt whose handler has disabled it gets no EOI, whatever an EOI would be: POWER10's driver
    // makes the same accesses. In a partition each access to the source is a call.
    (
        "xive-pseries",
        [[0, 0, 2], [1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]],
        &[
            "xive_irq_startup",
            "xive_irq_mask",
            "xive_irq_eoi",
            "xive_irq_unmask",
        ],
    ),
    (
        "mpic",
        [[3, 1, 0], [1, 0, 0], [2, 1, 0], [0, 1, 0], [2, 1, 0]],
        &[
            "mpic_unmask_irq",
            "mpic_mask_irq",
            "mpic_end_irq",
            "mpic_unmask_irq",
        ],
    ),
    (
        "plic",
        [[1, 2, 0], [2, 0, 0], [1, 1, 0], [3, 3, 0], [1, 2, 0]],
        &[
            "plic_irq_enable",
            "plic_irq_disable",
            "plic_irq_eoi",
            "plic_irq_enable",
        ],
    ),
    // The same, but the completion is one bare store.
    (
        "plic-bare",
        [[1, 2, 0], [2, 0, 0], [1, 1, 0], [0, 1, 0], [1, 2, 0]],
        &[
            "plic_irq_enable",
            "plic_irq_disable",
            "plic_irq_eoi",
            "plic_irq_enable",
        ],
    ),
    (
        "plic-5.10",
        [[1, 2, 0], [2, 0, 0], NOTHING, [0, 1, 0], NOTHING],
        &["plic_irq_unmask", "plic_irq_eoi"],
    ),
    (
        "aplic-direct",
        [[0, 2, 0], [2, 0, 0], [0, 1, 0], NOTHING, [0, 1, 0]],
        &[
            "aplic_irq_unmask",
            "aplic_irq_mask",
            "aplic_direct_irq_eoi",
            "aplic_irq_unmask",
        ],
    ),
    (
        "aplic-msi",
        [[0, 6, 0], [2, 0, 0], [0, 3, 0], [0, 1, 0], [0, 3, 0]],
        &[
            "aplic_msi_irq_unmask",
            "aplic_msi_irq_mask",
            "aplic_msi_irq_eoi",
            "aplic_msi_irq_unmask",
        ],
    ),
    (
        "pch-pic",
        [[3, 4, 0], [6, 2, 0], NOTHING, NOTHING, [1, 2, 0]],
        &[
            "pch_pic_unmask_irq",
            "pch_pic_mask_irq",
            "pch_pic_ack_irq",
            "pch_pic_unmask_irq",
        ],
    ),
    (
        "mips-gic",
        [[3, 4, 0], [6, 1, 0], NOTHING, NOTHING, [0, 1, 0]],
        &["gic_unmask_irq", "gic_mask_irq", "gic_unmask_irq"],
    ),
];

/// A row that differs from another in its hardware only.
const SAME_DRIVER: &[(&str, &str)] = &[
    ("xics-on-xive-qemu", "xics-on-xive"),
    ("xive-q", "xive"),
    ("xive-qemu", "xive"),
    ("xive-p10", "xive"),
    ("xive-p10-posted", "xive"),
    ("xive-p10-qemu", "xive"),
    ("xive-pseries-qemu", "xive-pseries"),
    ("plic-qemu", "plic"),
    ("aplic-direct-qemu", "aplic-direct"),
    ("aplic-msi-qemu", "aplic-msi"),
    ("ioapic-qemu", "ioapic"),
    ("ir-ioapic-qemu", "ir-ioapic"),
];

/// The life of one interrupt: set up, taken, disabled by the handler, ended, enabled.
const ONE_INTERRUPT: [&[&str]; 5] = [
    &["program.enable", "device.assert"],
    &["host.accept", "host.flow_enter"],
    &["vfio.handler", "vfio.signal"],
    &["host.flow_exit"],
    &["program.wait", "program.clear", "program.unmask"],
];

/// A DisINTx- device and a program on vfio-pci's ABI: the cost of each group of steps, and the
/// calls of them all.
fn run(chip: &Irqchip, groups: &[&[&str]]) -> (Vec<Count>, Vec<&'static str>) {
    let kernel = chip
        .kernels
        .kernels()
        .last()
        .expect("a kernel has the driver");
    let system = System::new(&Config {
        causes: 1,
        withdraws: false,
        ..Config::new(chip, kernel, Path::Program)
    });
    let system = system.unwrap_or_else(|refusal| panic!("{}: {}", chip.name, refusal.reason));
    let (mut state, mut costs, mut calls) = (system.initial(), Vec::new(), Vec::new());
    for names in groups {
        let mut cost = NOTHING;
        for name in *names {
            let (next, log) = system
                .step_logged(state, Event::by_name(name).unwrap())
                .unwrap_or_else(|| panic!("{}: {name} cannot happen in {state:?}", chip.name));
            state = next;
            let metrics = [Metric::ChipReads, Metric::ChipWrites, Metric::FirmwareCalls];
            cost = std::array::from_fn(|index| cost[index] + log.cost.get(metrics[index]));
            calls.extend_from_slice(log.calls());
        }
        costs.push(cost);
    }
    (costs, calls)
}

#[test]
fn the_drivers_cost_and_call_what_their_sources_say() {
    for chip in ALL {
        let name = SAME_DRIVER
            .iter()
            .find(|(row, _)| *row == chip.name)
            .map_or(chip.name, |(_, driver)| driver);
        let row = DRIVERS
            .iter()
            .find(|row| row.0 == name)
            .unwrap_or_else(|| panic!("{name}: no row in DRIVERS"));
        let (costs, calls) = run(chip, &ONE_INTERRUPT);
        assert_eq!(costs, row.1, "{}", chip.name);
        let own: Vec<_> = calls
            .into_iter()
            .filter(|call| DRIVERS.iter().any(|row| row.2.contains(call)))
            .collect();
        assert_eq!(own, row.2, "{}", chip.name);
    }
}

/// The life of an interrupt that the VMM unmasks before the host ends it.
const ENABLED_BEFORE_THE_END: [&[&str]; 5] = [
    &["program.enable", "device.assert"],
    &["host.accept", "host.flow_enter"],
    &["vfio.handler", "vfio.signal"],
    &["program.wait", "program.clear", "program.unmask"],
    &["host.flow_exit"],
];

#[test]
fn the_end_of_a_source_is_a_load_a_store_or_a_call() {
    // xive_do_source_eoi (5.10 to 7.3), and the store to CPPR after it; the partition's backend has esb_rw.
    for (chip, end) in [
        ("xive", [1, 1, 0]),
        ("xive-qemu", [1, 1, 0]),
        ("xive-p10", [0, 2, 0]),
        ("xive-p10-posted", [0, 2, 0]),
        ("xive-p10-qemu", [0, 2, 0]),
        ("xive-pseries", [0, 1, 1]),
        ("xive-pseries-qemu", [0, 1, 1]),
    ] {
        let (costs, _) = run(by_name(chip).unwrap(), &ENABLED_BEFORE_THE_END);
        assert_eq!(costs[4], end, "{chip}");
    }
}

#[test]
fn the_driver_of_5_10_completes_a_masked_interrupt() {
    // Lazy: the completion latches the level, which comes again and is masked (2R 3W for two CPUs),
    // then completed between an unmask (1R 2W) and a mask. The claims are 2R.
    let again = ["host.accept", "host.flow_enter"];
    let groups = [&ONE_INTERRUPT[..4], &[&again[..]], &ONE_INTERRUPT[4..]].concat();
    let (costs, _) = run(by_name("plic-5.10").unwrap(), &groups);
    assert_eq!(costs[4..], [[2 + 2 + 1 + 2, 3 + 2 + 1 + 3, 0], [1, 2, 0]]);
    // The request that the masked completion latched is delivered although the line has fallen.
    let stale = [&groups[..], &[&again[..]]].concat();
    assert_eq!(run(by_name("plic-5.10").unwrap(), &stale).0[6], [2, 0, 0]);
}
