//! Every layout that Linux gave /proc/interrupts on an architecture with PCI, each with the function that prints it.
//!
//! m68k, CRIS, H8/300 and the like are not here: they print no PCI function's irq, and a label that is no number.

use crate::printed::{
    Row, actions_after, blank_then_counts, counts_then_blank, left_head, loose_head,
    loose_right_head, own_rows, right_head,
};

/// Which columns a layout has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shows {
    pub chip: bool,
    pub hwirq: bool,
    pub level: bool,
    pub flow: bool,
}

/// One layout.
pub struct Layout {
    pub name: &'static str,
    /// The function, its file and a release that has it.
    #[allow(dead_code, reason = "a citation is for people")]
    pub printed_by: &'static str,
    pub shows: Shows,
    pub head: fn(usize) -> String,
    /// The row of an irq, with its end of line.
    pub row: fn(&Row, usize) -> String,
    /// The lines below the irqs.
    pub tail: fn(usize) -> String,
    pub rows: &'static [Row],
}

const fn row(irq: u32, chip: &'static str, actions: &'static [&'static str]) -> Row {
    Row {
        irq,
        chip,
        hwirq: None,
        level: false,
        flow: None,
        actions,
    }
}

const fn wired(row: Row, hwirq: i64) -> Row {
    Row {
        hwirq: Some(hwirq),
        ..row
    }
}

const fn level(row: Row) -> Row {
    Row { level: true, ..row }
}

const fn flow(row: Row, name: &'static str) -> Row {
    Row {
        flow: Some(name),
        ..row
    }
}

const SHARED: &[&str] = &["uhci_hcd:usb5", "eth0", "HDA Intel"];
const VFIO: &[&str] = &["vfio-intx(0000:0b:00.0)"];
const BOTH: &[&str] = &["ehci_hcd:usb3", "vfio-intx(0000:0b:00.0)"];

fn number(irq: u32, precision: usize) -> String {
    format!("{irq:>precision$}: ")
}

/// `desc->chip->typename` in fourteen columns, which says flow too: i386, x86_64, ia64, alpha, mips, sh up to 2.6.18.
fn typename(row: &Row, cpus: usize) -> String {
    let (number, counts) = (number(row.irq, 3), counts_then_blank(row.irq, cpus));
    let flow = row.flow.map_or(String::new(), |flow| format!("-{flow}"));
    format!(
        "{number}{counts} {:>14}{}\n",
        format!("{}{flow}", row.chip),
        actions_after("  ", row)
    )
}

/// `" %8s"` of the chip, `"-%-8s"` of the flow: i386 and x86_64 from 2.6.19 on.
fn chip_and_flow(row: &Row, cpus: usize, width: usize, precision: usize) -> String {
    let (number, counts) = (number(row.irq, precision), counts_then_blank(row.irq, cpus));
    let flow = row.flow.map_or(String::new(), |flow| format!("-{flow:<8}"));
    format!(
        "{number}{counts} {:>width$}{flow}{}\n",
        row.chip,
        actions_after("  ", row)
    )
}

/// `show_interrupts` of kernel/irq/proc.c; `blank` says whether a missing hwirq leaves its column free.
fn generic(row: &Row, cpus: usize, precision: usize, shows: Shows, blank: bool) -> String {
    let mut out = number(row.irq, precision) + &counts_then_blank(row.irq, cpus);
    out += &match row.chip.strip_prefix('!') {
        // irq_print_chip writes the name as it likes.
        Some(name) => name.to_string(),
        None => format!(" {:>8}", row.chip),
    };
    match row.hwirq.filter(|_| shows.hwirq) {
        Some(hwirq) => out += &format!(" {hwirq:>precision$}"),
        None if blank => out += &format!(" {:precision$}", ""),
        None => {}
    }
    if shows.level {
        out += &format!(" {:<8}", if row.level { "Level" } else { "Edge" });
    }
    if let Some(flow) = row.flow {
        out += &format!("-{flow:<8}");
    }
    out + &actions_after("  ", row) + "\n"
}

/// `irq_seq_show` of kernel/irq/proc.c: the counts end without a blank, the chip is left-aligned.
fn sequential(row: &Row, cpus: usize, shows: Shows) -> String {
    let (precision, width) = (4, 19);
    let mut out = format!(
        "{:>precision$}:{}  ",
        row.irq,
        blank_then_counts(row.irq, cpus)
    );
    out += &match row.chip.strip_prefix('!') {
        Some(name) => name.to_string(),
        None => format!("{:<width$}", row.chip),
    };
    out += &match row.hwirq {
        Some(hwirq) => format!(" {hwirq:>precision$}"),
        None => format!("  {:precision$}", ""),
    };
    if shows.level {
        out += &format!(" {:<8}", if row.level { "Level" } else { "Edge" });
    }
    if let Some(flow) = row.flow {
        out += &format!("-{flow:<8}");
    }
    out + &actions_after("  ", row) + "\n"
}

const NOTHING: Shows = Shows {
    chip: false,
    hwirq: false,
    level: false,
    flow: false,
};
const CHIP: Shows = Shows {
    chip: true,
    ..NOTHING
};
const CHIP_FLOW: Shows = Shows { flow: true, ..CHIP };
const CHIP_LEVEL: Shows = Shows {
    level: true,
    ..CHIP
};
const HWIRQ: Shows = Shows {
    hwirq: true,
    ..CHIP
};
const HWIRQ_FLOW: Shows = Shows {
    flow: true,
    ..HWIRQ
};
const HWIRQ_LEVEL: Shows = Shows {
    level: true,
    ..HWIRQ
};

const X86_TYPENAMES: &[Row] = &[
    flow(row(0, "IO-APIC", &["timer"]), "edge"),
    flow(row(16, "IO-APIC", SHARED), "level"),
    flow(row(17, "IO-APIC", VFIO), "level"),
    row(14, "XT-PIC", &["ide0"]),
    row(194, "PCI-MSI", &["eth1"]),
];

const X86_OLD: &[Row] = &[
    flow(row(0, "IO-APIC", &["timer"]), "edge"),
    flow(row(9, "IO-APIC", &["acpi"]), "fasteoi"),
    flow(row(16, "IO-APIC", SHARED), "fasteoi"),
    flow(row(17, "IO-APIC", &[]), "fasteoi"),
    flow(row(18, "IR-IO-APIC", BOTH), "fasteoi"),
    flow(row(5, "XT-PIC", &["kvm_assigned_intx_device"]), "XT-PIC"),
    flow(row(27, "PCI-MSI", &["i915@pci:0000:00:02.0"]), "edge"),
    flow(row(4351, "DMAR_MSI", &["dmar0"]), "edge"),
];

const X86: &[Row] = &[
    flow(wired(row(0, "IO-APIC", &["timer"]), 2), "edge"),
    flow(wired(row(16, "IO-APIC", SHARED), 16), "fasteoi"),
    flow(wired(row(17, "IR-IO-APIC", VFIO), 17), "fasteoi"),
    flow(wired(row(18, "IO-APIC", BOTH), 18), "fasteoi"),
    flow(wired(row(20, "IO-APIC", &[]), 20), "fasteoi"),
    row(5, "XT-PIC", VFIO),
    flow(wired(row(120, "DMAR-MSI", &["dmar0"]), 0), "edge"),
    flow(wired(row(131, "PCI-MSI", &["nvme0q1"]), 524_289), "edge"),
];

const X86_NAMES: &[Row] = &[
    flow(wired(row(16, "IO-APIC", SHARED), 16), "fasteoi"),
    flow(wired(row(17, "IR-IO-APIC", VFIO), 17), "fasteoi"),
    row(5, "XT-PIC", BOTH),
    flow(
        wired(row(24, "PCI-MSI-0000:00:1c.0", &["PCIe PME"]), 0),
        "edge",
    ),
    flow(
        wired(row(131, "PCI-MSIX-0000:01:00.0", &["nvme0q1"]), 12),
        "edge",
    ),
    flow(
        wired(
            row(
                132,
                "IR-PCI-MSIX-0000:01:00.0",
                &["mlx5_comp0@pci:0000:01:00.0"],
            ),
            13,
        ),
        "edge",
    ),
];

const XEN: &[Row] = &[
    flow(row(16, "xen-pirq", SHARED), "ioapic-level"),
    flow(row(17, "xen-pirq", VFIO), "ioapic-level"),
    flow(row(18, "xen-pirq", BOTH), "ioapic-level"),
    flow(row(24, "xen-percpu", &["timer0"]), "virq"),
    flow(row(25, "xen-percpu", &["spinlock0"]), "ipi"),
    flow(row(58, "xen-dyn", &["xenbus"]), "event"),
    flow(row(59, "xen-dyn-lateeoi", &["vif1.0-q0-tx"]), "event"),
    flow(row(60, "xen-pirq", &["ahci[0000:00:1f.2]"]), "msi"),
];

/// XenLinux' own: drivers/xen/core/evtchn.c.
const XEN_OLD: &[Row] = &[
    flow(row(16, "Phys-irq", SHARED), "level"),
    flow(row(17, "Phys-irq", &["pciback"]), "level"),
    flow(row(256, "Dynamic-irq", &["timer0"]), "level"),
];

const IA64: &[Row] = &[
    flow(row(28, "LSAPIC", &["cpe_poll"]), "edge"),
    flow(row(51, "IO-SAPIC", SHARED), "level"),
    flow(row(52, "IO-SAPIC", VFIO), "level"),
];

const POWER_OLD: &[Row] = &[
    level(row(16, " MPIC   ", SHARED)),
    level(row(17, " OpenPIC  ", VFIO)),
    row(18, "XICS    ", &["hvc_console"]),
    row(251, " MPIC   ", &["ipi call function"]),
    row(39, "UIC0", &["i2c"]),
];

const POWER_MIDDLE: &[Row] = &[
    level(row(16, "MPIC", SHARED)),
    level(row(17, "XICS", VFIO)),
    level(row(18, "OpenPIC", BOTH)),
    row(19, "MPIC-U3MSI", &["eth2"]),
    row(4096, "XICS", &["IPI"]),
];

const POWER: &[Row] = &[
    wired(row(16, "XICS", &["IPI"]), 2),
    level(wired(row(17, "XICS", SHARED), 4096)),
    level(wired(row(18, "MPIC", VFIO), 42)),
    level(wired(row(19, "XIVE-IRQ", BOTH), 2_097_160)),
    level(wired(row(20, "OPAL ICS", VFIO), 20_488)),
    level(wired(row(21, "SPIDER", SHARED), 7)),
    wired(row(22, "XIVE-IPI", &["IPI-0"]), 0),
    wired(row(489, "PNV-PCI-MSI", &["nvme0q1"]), 134_219_777),
    level(wired(row(497, "OPAL EVT", &["hvc_console"]), 4)),
    level(wired(row(24, "UIC", BOTH), 11)),
    wired(row(45, "! fsl-msi-224", &["eth1"]), 1),
];

const ARM_OLD: &[Row] = &[
    row(9, "orion_irq", SHARED),
    row(10, "GIC", VFIO),
    row(11, "PCI-MSI", &["eth0"]),
    row(26, "-", &["orion_tick"]),
];

const ARM_BARE: &[Row] = &[
    row(9, "", SHARED),
    row(10, "", VFIO),
    row(26, "", &["timer"]),
];

const ARM: &[Row] = &[
    level(wired(row(21, "orion_irq", SHARED), 9)),
    level(wired(
        row(22, "/ocp@f1000000/interrupt-controller@20200", VFIO),
        10,
    )),
    level(wired(row(23, "GIC-0", VFIO), 139)),
    level(wired(row(24, "GICv2", SHARED), 36)),
    level(wired(row(25, "GICv3", BOTH), 37)),
    level(wired(row(26, "!GIC-1", VFIO), 38)),
    wired(row(27, "! GICv3-23", &["arm-pmu"]), 1),
    level(wired(row(28, "!80008000.sic", SHARED), 3)),
    wired(row(29, "ITS-MSI", &["PCIe PME"]), 524_288),
    wired(row(30, "ITS-PCI-MSIX-0000:01:00.0", &["nvme0q1"]), 3),
    level(wired(
        row(31, "Hisilicon MBIGEN-V2", &["hns3 misc"]),
        12_345,
    )),
    level(wired(row(32, "advk-INTx", VFIO), 0)),
    level(wired(row(33, "dummy", BOTH), 1)),
    level(wired(row(34, "AIC", SHARED), 698)),
    level(row(35, "None", VFIO)),
];

/// A hwirq of 32 bits as `(int)` prints it.
const ARM_NEGATIVE: &[Row] = &[
    level(wired(row(40, "GICv2", VFIO), 36)),
    wired(row(41, "ITS-MSI", &["eth4"]), -2_147_483_648),
];

const RISCV: &[Row] = &[
    wired(row(10, "RISC-V INTC", &["riscv-timer"]), 5),
    level(wired(row(11, "SiFive PLIC", SHARED), 32)),
    wired(row(12, "SiFive PLIC", VFIO), 33),
    level(wired(row(13, "APLIC-DIRECT", BOTH), 34)),
    level(wired(
        row(14, "APLIC-MSI-d000000.interrupt-controller", VFIO),
        35,
    )),
    wired(row(15, "PCI-MSIX-0000:00:01.0", &["virtio0-input.0"]), 1),
    wired(row(16, "StarFive JH8100 INTC", VFIO), 3),
];

const LOONGARCH: &[Row] = &[
    wired(row(19, "PCH PIC", SHARED), 16),
    wired(row(20, "PCH PIC", VFIO), 17),
    wired(row(21, "EIOINTC", &["cascade"]), 3),
    flow(
        wired(row(24, "PCH-MSI-0000:05:00.0", &["xhci_hcd"]), 0),
        "edge",
    ),
    wired(row(14, "CPUINTC", &["timer"]), 11),
];

const MIPS: &[Row] = &[
    wired(row(7, "MIPS", &["timer"]), 7),
    level(wired(row(8, "MIPS GIC", SHARED), 10)),
    level(wired(row(9, "MIPS GIC", VFIO), 11)),
    level(wired(row(10, "MIPS GIC Local", &["cpu timer"]), 1)),
    level(row(14, "XT-PIC", BOTH)),
];

const MIPS_OLD: &[Row] = &[
    row(7, "MIPS", &["timer"]),
    row(9, "XT-PIC", SHARED),
    row(10, "XT-PIC", VFIO),
];

const SPARC: &[Row] = &[
    row(5, "sun4u", SHARED),
    row(6, "PCI-IVEC", VFIO),
    row(11, "sun4v-virq", &["cheerio"]),
];

const PARISC: &[Row] = &[row(66, "IO-SAPIC", SHARED), row(67, "GSC-PCI", VFIO)];

const ALPHA: &[Row] = &[
    row(24, "CIA", SHARED),
    row(27, "DP264", VFIO),
    row(8, "RTC", &["timer"]),
];

const S390: &[Row] = &[
    row(3, "PCI-MSI", &["pci_irq"]),
    row(4, "zPCI", &["mlx4-1@0000:00:00.0"]),
];

fn x86_tail(cpus: usize) -> String {
    let rows = [
        ("NMI", "  Non-maskable interrupts"),
        ("LOC", "  Local timer interrupts"),
        ("PMI", "  Performance monitoring interrupts"),
        ("RTR", "  APIC ICR read retries"),
        ("PIN", "  Posted-interrupt notification event"),
    ];
    own_rows(&rows, cpus) + "ERR:          0\nMIS:          3\n"
}

fn bare_tail(cpus: usize) -> String {
    own_rows(&[("NMI", ""), ("LOC", "")], cpus) + "ERR:          0\nMIS:          0\n"
}

fn power_tail(cpus: usize) -> String {
    let rows = [
        ("LOC", "  Local timer interrupts for timer event device"),
        ("LOC", "  Local timer interrupts for others"),
        ("HMI", "  Hypervisor Maintenance Interrupts"),
        ("DBL", "  Doorbell interrupts"),
    ];
    own_rows(&rows, cpus)
}

fn power_old_tail(_: usize) -> String {
    "IPI (recv/sent):       1234/5678\nBAD:          7\n".to_string()
}

fn arm_tail(cpus: usize) -> String {
    let rows = [
        ("IPI0", " Rescheduling interrupts"),
        ("IPI5", "      IRQ work interrupts"),
    ];
    own_rows(&rows, cpus) + "Err:          0\n"
}

/// arm64 up to 3.x counts the CPUs that are present, two more than are online here.
fn present_tail(cpus: usize) -> String {
    own_rows(&[("IPI0", "      Rescheduling interrupts")], cpus + 2) + "Err:          0\n"
}

fn riscv_tail(cpus: usize) -> String {
    own_rows(
        &[
            ("IPI0", " Rescheduling interrupts"),
            ("IPI1", " Function call interrupts"),
        ],
        cpus,
    )
}

fn loongarch_tail(cpus: usize) -> String {
    let rows = [
        ("IPI0", " LoongArch  1  Rescheduling interrupts"),
        ("IPI1", " LoongArch  2  Function call interrupts"),
    ];
    own_rows(&rows, cpus) + "ERR:          0\n"
}

fn error_tail(_: usize) -> String {
    "ERR:          0\n".to_string()
}

fn no_tail(_: usize) -> String {
    String::new()
}

fn s390_head(cpus: usize) -> String {
    left_head(11, cpus) + &own_rows(&[("EXT", ""), ("I/O", ""), ("AIO", "")], cpus)
}

fn s390_tail(cpus: usize) -> String {
    own_rows(
        &[
            ("CLK", "  [EXT] Clock Comparator"),
            ("DAS", "  [I/O] DASD"),
            ("PCI", "  [AIO] PCI Interrupt"),
        ],
        cpus,
    )
}

/// All of them.
pub static ALL: &[Layout] = &[
    Layout {
        name: "i386 2.6.0",
        printed_by: "show_interrupts, arch/i386/kernel/irq.c and arch/x86_64/kernel/irq.c, 2.6.0 to 2.6.18; get_irq_list, 2.4",
        shows: CHIP_FLOW,
        head: loose_head,
        row: typename,
        tail: bare_tail,
        rows: X86_TYPENAMES,
    },
    Layout {
        name: "i386 2.6.19",
        printed_by: "show_interrupts, arch/i386/kernel/irq.c, 2.6.19 on; arch/x86/kernel/irq_32.c, 2.6.24",
        shows: CHIP_FLOW,
        head: loose_head,
        row: |row, cpus| chip_and_flow(row, cpus, 8, 3),
        tail: bare_tail,
        rows: X86_OLD,
    },
    Layout {
        name: "x86 2.6.30",
        printed_by: "show_interrupts, arch/x86/kernel/irq.c, 2.6.30 to 2.6.38",
        shows: CHIP_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| chip_and_flow(row, cpus, 8, 4),
        tail: x86_tail,
        rows: X86_OLD,
    },
    Layout {
        name: "x86 2.6.39",
        printed_by: "show_interrupts, kernel/irq/proc.c, 2.6.39: no column of the hwirq",
        shows: CHIP_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| generic(row, cpus, 4, CHIP_FLOW, false),
        tail: x86_tail,
        rows: X86_OLD,
    },
    Layout {
        name: "x86 4.4",
        printed_by: "show_interrupts, kernel/irq/proc.c, with irq_lock_sparse: `(int) hwirq` where there is a domain",
        shows: HWIRQ_FLOW,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_FLOW, false),
        tail: x86_tail,
        rows: X86,
    },
    Layout {
        name: "x86 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12: the column is free where there is no domain",
        shows: HWIRQ_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| generic(row, cpus, 4, HWIRQ_FLOW, true),
        tail: x86_tail,
        rows: X86,
    },
    Layout {
        name: "x86 6.12, names of functions",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12; msi_domain_update_chip_ops and irq_domain's names, 6.2 on",
        shows: HWIRQ_FLOW,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_FLOW, true),
        tail: x86_tail,
        rows: X86_NAMES,
    },
    Layout {
        name: "x86 7.x",
        printed_by: "irq_seq_show, kernel/irq/proc.c, 7.x",
        shows: HWIRQ_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| sequential(row, cpus, HWIRQ_FLOW),
        tail: x86_tail,
        rows: X86,
    },
    Layout {
        name: "x86 7.x, names of functions",
        printed_by: "irq_seq_show, kernel/irq/proc.c, 7.x",
        shows: HWIRQ_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| sequential(row, cpus, HWIRQ_FLOW),
        tail: x86_tail,
        rows: X86_NAMES,
    },
    Layout {
        name: "XenLinux 2.6.18",
        printed_by: "show_interrupts, arch/i386/kernel/irq-xen.c; chips of drivers/xen/core/evtchn.c",
        shows: CHIP_FLOW,
        head: loose_head,
        row: typename,
        tail: bare_tail,
        rows: XEN_OLD,
    },
    Layout {
        name: "Xen 3.2",
        printed_by: "show_interrupts, kernel/irq/proc.c, 3.2; chips and flows of drivers/xen/events.c",
        shows: CHIP_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| generic(row, cpus, 4, CHIP_FLOW, false),
        tail: x86_tail,
        rows: XEN,
    },
    Layout {
        name: "Xen 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12; chips and flows of drivers/xen/events/events_base.c",
        shows: CHIP_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| generic(row, cpus, 4, CHIP_FLOW, true),
        tail: x86_tail,
        rows: XEN,
    },
    Layout {
        name: "Xen 7.x",
        printed_by: "irq_seq_show, kernel/irq/proc.c, 7.x; drivers/xen/events/events_base.c",
        shows: CHIP_FLOW,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| sequential(row, cpus, CHIP_FLOW),
        tail: x86_tail,
        rows: XEN,
    },
    Layout {
        name: "ia64 2.6",
        printed_by: "show_interrupts, arch/ia64/kernel/irq.c, 2.6; chips of arch/ia64/kernel/iosapic.c",
        shows: CHIP_FLOW,
        head: loose_head,
        row: typename,
        tail: error_tail,
        rows: IA64,
    },
    Layout {
        name: "powerpc 2.6.24",
        printed_by: "show_interrupts, arch/ppc/kernel/irq.c, arch/ppc64/kernel/irq.c, arch/powerpc/kernel/irq.c, 2.6.0 to 2.6.24: `typename` with blanks of its own",
        shows: CHIP_LEVEL,
        head: loose_head,
        row: |row, cpus| {
            let (number, counts) = (number(row.irq, 3), counts_then_blank(row.irq, cpus));
            let level = if row.level { "Level " } else { "Edge  " };
            format!(
                "{number}{counts} {} {level}{}\n",
                row.chip,
                actions_after("    ", row)
            )
        },
        tail: power_old_tail,
        rows: POWER_OLD,
    },
    Layout {
        name: "powerpc 2.6.32",
        printed_by: "show_interrupts, arch/powerpc/kernel/irq.c, about 2.6.32: sixteen columns for the chip, eight for the trigger",
        shows: CHIP_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| {
            let (number, counts) = (number(row.irq, 3), counts_then_blank(row.irq, cpus));
            let level = if row.level { "Level" } else { "Edge" };
            format!(
                "{number}{counts}  {:<16} {level:<8}{}\n",
                row.chip,
                actions_after("     ", row)
            )
        },
        tail: power_tail,
        rows: POWER_MIDDLE,
    },
    Layout {
        name: "powerpc 3.2",
        printed_by: "show_interrupts, kernel/irq/proc.c, 3.2, with GENERIC_IRQ_SHOW_LEVEL",
        shows: CHIP_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, CHIP_LEVEL, false),
        tail: power_tail,
        rows: POWER_MIDDLE,
    },
    Layout {
        name: "powerpc 4.4",
        printed_by: "show_interrupts, kernel/irq/proc.c, with irq_lock_sparse and GENERIC_IRQ_SHOW_LEVEL; fsl_msi_print_chip",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_LEVEL, false),
        tail: power_tail,
        rows: POWER,
    },
    Layout {
        name: "powerpc 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12; xive_irq_chip, ics_opal_irq_chip, fsl_msi_print_chip",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_LEVEL, true),
        tail: power_tail,
        rows: POWER,
    },
    Layout {
        name: "powerpc 7.x",
        printed_by: "irq_seq_show, kernel/irq/proc.c, 7.x",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| sequential(row, cpus, HWIRQ_LEVEL),
        tail: power_tail,
        rows: POWER,
    },
    Layout {
        name: "arm 2.6.0",
        printed_by: "show_interrupts, arch/arm/kernel/irq.c, 2.6.0: no chip",
        shows: NOTHING,
        head: right_head,
        row: |row, cpus| {
            let (number, counts) = (number(row.irq, 3), counts_then_blank(row.irq, cpus));
            format!("{number}{counts}{}\n", actions_after("  ", row))
        },
        tail: |_| "Err:          0\n".to_string(),
        rows: ARM_BARE,
    },
    Layout {
        name: "arm 2.6.36",
        printed_by: "show_interrupts, arch/arm/kernel/irq.c, 2.6.36: ten columns for the chip",
        shows: CHIP,
        head: right_head,
        row: |row, cpus| chip_and_flow(row, cpus, 10, 3),
        tail: arm_tail,
        rows: ARM_OLD,
    },
    Layout {
        name: "arm 3.2",
        printed_by: "show_interrupts, kernel/irq/proc.c, 3.2",
        shows: CHIP,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, CHIP, false),
        tail: arm_tail,
        rows: ARM_OLD,
    },
    Layout {
        name: "arm64 3.19",
        printed_by: "show_interrupts, kernel/irq/proc.c; show_ipi_list, arch/arm64/kernel/smp.c, over the CPUs that are present",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_LEVEL, false),
        tail: present_tail,
        rows: ARM_NEGATIVE,
    },
    Layout {
        name: "arm64 4.4",
        printed_by: "show_interrupts, kernel/irq/proc.c; gic_irq_print_chip, partition_irq_print_chip, lpc32xx_irq_print_chip",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_LEVEL, false),
        tail: arm_tail,
        rows: ARM,
    },
    Layout {
        name: "arm64 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12; orion_irq_init, gic_irq_print_chip, its_init_dev_msi_info",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_LEVEL, true),
        tail: arm_tail,
        rows: ARM,
    },
    Layout {
        name: "arm64 7.x",
        printed_by: "irq_seq_show, kernel/irq/proc.c, 7.x",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| sequential(row, cpus, HWIRQ_LEVEL),
        tail: arm_tail,
        rows: ARM,
    },
    Layout {
        name: "riscv 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12; plic_chip, aplic_direct_setup, aplic_msi_template",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_LEVEL, true),
        tail: riscv_tail,
        rows: RISCV,
    },
    Layout {
        name: "riscv 7.x",
        printed_by: "irq_seq_show, kernel/irq/proc.c, 7.x",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(12, cpus),
        row: |row, cpus| sequential(row, cpus, HWIRQ_LEVEL),
        tail: riscv_tail,
        rows: RISCV,
    },
    Layout {
        name: "loongarch 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12, without GENERIC_IRQ_SHOW_LEVEL; show_ipi_list, arch/loongarch/kernel/smp.c",
        shows: HWIRQ_FLOW,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_FLOW, true),
        tail: loongarch_tail,
        rows: LOONGARCH,
    },
    Layout {
        name: "mips 2.6",
        printed_by: "show_interrupts, arch/mips/kernel/irq.c, 2.6",
        shows: CHIP,
        head: loose_head,
        row: |row, cpus| chip_and_flow(row, cpus, 14, 3),
        tail: error_tail,
        rows: MIPS_OLD,
    },
    Layout {
        name: "mips 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c, 6.12; gic_level_irq_controller, gic_all_vpes_local_irq_controller",
        shows: HWIRQ_LEVEL,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, HWIRQ_LEVEL, true),
        tail: error_tail,
        rows: MIPS,
    },
    Layout {
        name: "sparc64 2.6",
        printed_by: "show_interrupts, arch/sparc64/kernel/irq.c, 2.6: nine columns for the chip",
        shows: CHIP,
        head: loose_head,
        row: |row, cpus| chip_and_flow(row, cpus, 9, 3),
        tail: no_tail,
        rows: SPARC,
    },
    Layout {
        name: "sparc64 3.2",
        printed_by: "show_interrupts, kernel/irq/proc.c, 3.2; arch_show_interrupts, arch/sparc/kernel/irq_64.c",
        shows: CHIP,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, CHIP, false),
        tail: |cpus| own_rows(&[("NMI", "     Non-maskable interrupts")], cpus),
        rows: SPARC,
    },
    Layout {
        name: "parisc 6.12",
        printed_by: "show_interrupts, arch/parisc/kernel/irq.c, 6.12",
        shows: CHIP,
        head: loose_right_head,
        row: |row, cpus| chip_and_flow(row, cpus, 14, 3),
        tail: |cpus| own_rows(&[("UAH", "  Unaligned access handler traps")], cpus),
        rows: PARISC,
    },
    Layout {
        name: "alpha 6.12",
        printed_by: "show_interrupts, kernel/irq/proc.c; arch_show_interrupts, arch/alpha/kernel/irq.c, 6.12",
        shows: CHIP,
        head: |cpus| left_head(11, cpus),
        row: |row, cpus| generic(row, cpus, 3, CHIP, true),
        tail: |cpus| {
            own_rows(
                &[("IPI", ""), ("PMI", "          Performance Monitoring")],
                cpus,
            ) + "ERR:          0\n"
        },
        rows: ALPHA,
    },
    Layout {
        name: "s390 6.12",
        printed_by: "show_interrupts and show_msi_interrupt, arch/s390/kernel/irq.c, 6.12",
        shows: CHIP,
        head: s390_head,
        row: |row, cpus| chip_and_flow(row, cpus, 8, 3),
        tail: s390_tail,
        rows: S390,
    },
];
