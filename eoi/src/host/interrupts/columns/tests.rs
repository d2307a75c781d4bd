//! The columns behind the counts, in every layout.

use super::*;

/// The text behind the counts; chip, hwirq, level, flow and owners.
type Row = (
    &'static str,
    &'static str,
    Option<u64>,
    Option<bool>,
    Option<&'static str>,
    &'static [&'static str],
);

/// By the format strings of the kernels that the module's table names.
const ROWS: [Row; 20] = [
    (
        " IO-APIC   16-fasteoi   vfio-intx(0000:00:05.0)",
        "IO-APIC",
        Some(16),
        None,
        Some("fasteoi"),
        &["vfio-intx(0000:00:05.0)"],
    ),
    (
        " XIVE-IRQ 1048560 Level     vfio-intx(0001:01:00.0)",
        "XIVE-IRQ",
        Some(1_048_560),
        Some(true),
        None,
        &["vfio-intx(0001:01:00.0)"],
    ),
    (
        " OPAL ICS  17 Level     ehci_hcd:usb1, eth0",
        "OPAL ICS",
        Some(17),
        Some(true),
        None,
        &["ehci_hcd:usb1", "eth0"],
    ),
    (
        "  MPIC 1    16 Level     x",
        "MPIC 1",
        Some(16),
        Some(true),
        None,
        &["x"],
    ),
    (
        "   XT-PIC      uhci_hcd:usb1, eth 0",
        "XT-PIC",
        None,
        None,
        None,
        &["uhci_hcd:usb1", "eth 0"],
    ),
    (
        " PCI-MSIX-0000:00:01.0    0-edge       virtio0-config",
        "PCI-MSIX-0000:00:01.0",
        Some(0),
        Some(false),
        Some("edge"),
        &["virtio0-config"],
    ),
    (
        " SiFive PLIC  33 Edge      ",
        "SiFive PLIC",
        Some(33),
        Some(false),
        None,
        &[],
    ),
    (
        " GICv3  36 Level    -fasteoi   x",
        "GICv3",
        Some(36),
        Some(true),
        Some("fasteoi"),
        &["x"],
    ),
    (
        " xen-pirq     -ioapic-level  uhci_hcd:usb3, libata",
        "xen-pirq",
        None,
        Some(true),
        Some("ioapic-level"),
        &["uhci_hcd:usb3", "libata"],
    ),
    (
        "  xen-dyn    -event     xenbus",
        "xen-dyn",
        None,
        None,
        Some("event"),
        &["xenbus"],
    ),
    (
        "  IO-APIC-fasteoi   uhci_hcd:usb5, eth0, HDA Intel",
        "IO-APIC",
        None,
        None,
        Some("fasteoi"),
        &["uhci_hcd:usb5", "eth0", "HDA Intel"],
    ),
    (
        "   IO-APIC-level  eth 0",
        "IO-APIC",
        None,
        Some(true),
        Some("level"),
        &["eth 0"],
    ),
    (
        "    XT-PIC-XT-PIC    timer",
        "XT-PIC",
        None,
        None,
        Some("XT-PIC"),
        &["timer"],
    ),
    (
        " OpenPIC   Level     eth0, ohci_hcd:usb2",
        "OpenPIC",
        None,
        Some(true),
        None,
        &["eth0", "ohci_hcd:usb2"],
    ),
    (
        "          XICS  Level  +eth0",
        "XICS",
        None,
        Some(true),
        None,
        &["eth0"],
    ),
    (
        "  orion_irq  21 Level     f1020000.timer",
        "orion_irq",
        Some(21),
        Some(true),
        None,
        &["f1020000.timer"],
    ),
    (
        " f1020204.interrupt-controller   5 Edge      mv_xor",
        "f1020204.interrupt-controller",
        Some(5),
        Some(false),
        None,
        &["mv_xor"],
    ),
    (
        "  DMAR-MSI    0-edge      dmar0",
        "DMAR-MSI",
        Some(0),
        Some(false),
        Some("edge"),
        &["dmar0"],
    ),
    (
        "   PCI-MSI 524288-edge      ahci[0000:00:1f.2]",
        "PCI-MSI",
        Some(524_288),
        Some(false),
        Some("edge"),
        &["ahci[0000:00:1f.2]"],
    ),
    ("      None          ", "None", None, None, None, &[]),
];

fn is(text: &str, row: &Row) {
    let (_, chip, hwirq, level, flow, owners) = row;
    let irq = describe(text);
    assert_eq!(
        (irq.chip.as_str(), irq.hwirq, irq.level),
        (*chip, *hwirq, *level),
        "{text}"
    );
    assert_eq!(
        (irq.flow.as_deref(), irq.actions.as_slice()),
        (*flow, owners.map_to_strings().as_slice()),
        "{text}"
    );
}

trait Strings {
    fn map_to_strings(&self) -> Vec<String>;
}

impl Strings for [&str] {
    fn map_to_strings(&self) -> Vec<String> {
        self.iter().map(|name| (*name).to_string()).collect()
    }
}

#[test]
fn every_layout_as_printed_and_with_its_white_space_collapsed() {
    for row in &ROWS {
        is(row.0, row);
        is(&row.0.split_whitespace().collect::<Vec<_>>().join(" "), row);
    }
}
