//! The irqs that each layout is tried with.

use crate::printed::Row;

pub const fn row(irq: u32, chip: &'static str, actions: &'static [&'static str]) -> Row {
    Row {
        irq,
        chip,
        hwirq: None,
        level: false,
        flow: None,
        actions,
    }
}

pub const fn wired(row: Row, hwirq: i64) -> Row {
    Row {
        hwirq: Some(hwirq),
        ..row
    }
}

pub const fn level(row: Row) -> Row {
    Row { level: true, ..row }
}

pub const fn flow(row: Row, name: &'static str) -> Row {
    Row {
        flow: Some(name),
        ..row
    }
}

pub const SHARED: &[&str] = &["uhci_hcd:usb5", "eth0", "HDA Intel"];
pub const VFIO: &[&str] = &["vfio-intx(0000:0b:00.0)"];
pub const BOTH: &[&str] = &["ehci_hcd:usb3", "vfio-intx(0000:0b:00.0)"];

pub const X86_TYPENAMES: &[Row] = &[
    flow(row(0, "IO-APIC", &["timer"]), "edge"),
    flow(row(16, "IO-APIC", SHARED), "level"),
    flow(row(17, "IO-APIC", VFIO), "level"),
    row(14, "XT-PIC", &["ide0"]),
    row(194, "PCI-MSI", &["eth1"]),
];

pub const X86_OLD: &[Row] = &[
    flow(row(0, "IO-APIC", &["timer"]), "edge"),
    flow(row(9, "IO-APIC", &["acpi"]), "fasteoi"),
    flow(row(16, "IO-APIC", SHARED), "fasteoi"),
    flow(row(17, "IO-APIC", &[]), "fasteoi"),
    flow(row(18, "IR-IO-APIC", BOTH), "fasteoi"),
    flow(row(5, "XT-PIC", &["kvm_assigned_intx_device"]), "XT-PIC"),
    flow(row(27, "PCI-MSI", &["i915@pci:0000:00:02.0"]), "edge"),
    flow(row(4351, "DMAR_MSI", &["dmar0"]), "edge"),
];

pub const X86: &[Row] = &[
    flow(wired(row(0, "IO-APIC", &["timer"]), 2), "edge"),
    flow(wired(row(16, "IO-APIC", SHARED), 16), "fasteoi"),
    flow(wired(row(17, "IR-IO-APIC", VFIO), 17), "fasteoi"),
    flow(wired(row(18, "IO-APIC", BOTH), 18), "fasteoi"),
    flow(wired(row(20, "IO-APIC", &[]), 20), "fasteoi"),
    row(5, "XT-PIC", VFIO),
    flow(wired(row(120, "DMAR-MSI", &["dmar0"]), 0), "edge"),
    flow(wired(row(131, "PCI-MSI", &["nvme0q1"]), 524_289), "edge"),
];

pub const X86_NAMES: &[Row] = &[
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

pub const XEN: &[Row] = &[
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
pub const XEN_OLD: &[Row] = &[
    flow(row(16, "Phys-irq", SHARED), "level"),
    flow(row(17, "Phys-irq", &["pciback"]), "level"),
    flow(row(256, "Dynamic-irq", &["timer0"]), "level"),
];

pub const IA64: &[Row] = &[
    flow(row(28, "LSAPIC", &["cpe_poll"]), "edge"),
    flow(row(51, "IO-SAPIC", SHARED), "level"),
    flow(row(52, "IO-SAPIC", VFIO), "level"),
];

pub const POWER_OLD: &[Row] = &[
    level(row(16, " MPIC   ", SHARED)),
    level(row(17, " OpenPIC  ", VFIO)),
    row(18, "XICS    ", &["hvc_console"]),
    row(251, " MPIC   ", &["ipi call function"]),
    row(39, "UIC0", &["i2c"]),
];

pub const POWER_MIDDLE: &[Row] = &[
    level(row(16, "MPIC", SHARED)),
    level(row(17, "XICS", VFIO)),
    level(row(18, "OpenPIC", BOTH)),
    row(19, "MPIC-U3MSI", &["eth2"]),
    row(4096, "XICS", &["IPI"]),
];

pub const POWER: &[Row] = &[
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

pub const ARM_OLD: &[Row] = &[
    row(9, "orion_irq", SHARED),
    row(10, "GIC", VFIO),
    row(11, "PCI-MSI", &["eth0"]),
    row(26, "-", &["orion_tick"]),
];

pub const ARM_BARE: &[Row] = &[
    row(9, "", SHARED),
    row(10, "", VFIO),
    row(26, "", &["timer"]),
];

pub const ARM: &[Row] = &[
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
pub const ARM_NEGATIVE: &[Row] = &[
    level(wired(row(40, "GICv2", VFIO), 36)),
    wired(row(41, "ITS-MSI", &["eth4"]), -2_147_483_648),
];

pub const RISCV: &[Row] = &[
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

pub const LOONGARCH: &[Row] = &[
    wired(row(19, "PCH PIC", SHARED), 16),
    wired(row(20, "PCH PIC", VFIO), 17),
    wired(row(21, "EIOINTC", &["cascade"]), 3),
    flow(
        wired(row(24, "PCH-MSI-0000:05:00.0", &["xhci_hcd"]), 0),
        "edge",
    ),
    wired(row(14, "CPUINTC", &["timer"]), 11),
];

pub const MIPS: &[Row] = &[
    wired(row(7, "MIPS", &["timer"]), 7),
    level(wired(row(8, "MIPS GIC", SHARED), 10)),
    level(wired(row(9, "MIPS GIC", VFIO), 11)),
    level(wired(row(10, "MIPS GIC Local", &["cpu timer"]), 1)),
    level(row(14, "XT-PIC", BOTH)),
];

pub const MIPS_OLD: &[Row] = &[
    row(7, "MIPS", &["timer"]),
    row(9, "XT-PIC", SHARED),
    row(10, "XT-PIC", VFIO),
];

pub const SPARC: &[Row] = &[
    row(5, "sun4u", SHARED),
    row(6, "PCI-IVEC", VFIO),
    row(11, "sun4v-virq", &["cheerio"]),
];

pub const PARISC: &[Row] = &[row(66, "IO-SAPIC", SHARED), row(67, "GSC-PCI", VFIO)];

pub const ALPHA: &[Row] = &[
    row(24, "CIA", SHARED),
    row(27, "DP264", VFIO),
    row(8, "RTC", &["timer"]),
];

pub const S390: &[Row] = &[
    row(3, "PCI-MSI", &["pci_irq"]),
    row(4, "zPCI", &["mlx4-1@0000:00:00.0"]),
];
