//! lspci's output as people paste it, in real samples, reads as the files it was printed from.

use std::collections::BTreeMap;

use eoi::host::lspci::{self, Listing};
use eoi::host::pci::{Config, Pin};
use eoi::host::{Node, Tree};

fn sample(name: &str) -> String {
    let path = format!("{}/tests/lspci/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn listing(name: &str) -> Listing {
    lspci::read(sample(name).as_bytes()).expect("functions")
}

/// Answers about one function.
struct Function {
    tree: Tree,
    address: &'static str,
    unknown: Vec<String>,
}

fn function(name: &str, address: &'static str) -> Function {
    let listing = listing(name);
    let unknown = listing
        .unknown
        .iter()
        .filter(|(of, _)| of == address)
        .map(|(_, what)| what.clone())
        .collect();
    Function {
        tree: Tree::from_nodes(listing.nodes),
        address,
        unknown,
    }
}

impl Function {
    fn path(&self, name: &str) -> String {
        format!("sys/bus/pci/devices/{}/{name}", self.address)
    }

    fn config(&self) -> Config {
        self.tree
            .config(&self.path("config"))
            .expect("configuration space")
            .0
    }

    fn irq(&self) -> Option<String> {
        self.tree.text(&self.path("irq"))
    }

    fn driver(&self) -> Option<String> {
        self.tree.link(&self.path("driver"))
    }
}

/// Command, status, pin, line, capabilities: the bytes of the sample, read by hand.
#[test]
fn bytes_count_where_they_stand() {
    let uhci = function("uhci-bytes", "0000:00:1d.0");
    let config = uhci.config();
    assert_eq!(
        (config.id, config.class, config.command, config.status),
        (Some((0x8086, 0x3a34)), 0x0c_0300, 0x0005, 0x0290)
    );
    assert_eq!(
        (
            config.pin,
            config.line,
            config.capabilities.msi,
            config.capabilities.msix
        ),
        (Pin::Is(1), 11, None, None)
    );
    assert!(
        config.capabilities.complete,
        "the list has one entry, Advanced Features"
    );
    assert_eq!(
        (uhci.irq().as_deref(), uhci.driver().as_deref()),
        (Some("23"), Some("uhci_hcd"))
    );
    assert!(uhci.unknown.is_empty(), "{:?}", uhci.unknown);

    let wireless = function("msi-bytes", "0000:01:00.0");
    let config = wireless.config();
    assert_eq!(
        (
            config.capabilities.msi,
            config.capabilities.power,
            config.disintx()
        ),
        (Some(true), Some(0), true)
    );
    assert_eq!(wireless.irq().as_deref(), Some("275"), "which is the MSI's");
}

/// The output of `-vvnn`, which has no bytes, says the same in made-up bytes.
#[test]
fn a_wrapped_mail() {
    let usb = function("wrapped-mail", "0000:2e:00.0");
    let config = usb.config();
    assert_eq!(
        (config.id, config.class),
        (Some((0x1b21, 0x1142)), 0x0c_0300)
    );
    // I/O- Mem+ BusMaster+ DisINTx+; Cap+ INTx-
    assert_eq!(
        (config.command, config.status, config.pin),
        (0x0406, 0x0010, Pin::Is(1))
    );
    assert_eq!(
        (config.capabilities.msi, config.capabilities.msix),
        (Some(false), Some(true))
    );
    assert!(config.capabilities.complete && config.uses_messages());
    assert_eq!(
        (usb.irq().as_deref(), usb.driver().as_deref()),
        (Some("16"), Some("xhci_hcd"))
    );
    assert!(usb.unknown.is_empty(), "{:?}", usb.unknown);
}

/// Printed by %d: IRQ_NOTCONNECTED is 1 << 31. And a function without `Interrupt:` has no pin.
#[test]
fn an_irq_that_is_not_connected_and_none() {
    let virtio = function("virtio-not-connected", "0000:00:01.0");
    assert_eq!(virtio.irq().as_deref(), Some("2147483648"));
    assert!(virtio.config().disintx() && virtio.config().uses_messages());
    assert!(
        virtio.unknown.iter().any(|what| what.contains("vendor")),
        "{:?}",
        virtio.unknown
    );
    // Its text ends at Latency:, before the place of Interrupt:.
    let host = function("virtio-not-connected", "0000:00:00.0");
    assert_eq!((host.config().pin, host.irq()), (Pin::Unknown, None));
}

#[test]
fn without_root_the_capabilities_are_unknown() {
    let audio = function("not-root", "0000:00:1b.0");
    assert!(!audio.config().capabilities.complete);
    assert!(
        audio
            .unknown
            .iter()
            .any(|what| what.contains("without root")),
        "{:?}",
        audio.unknown
    );
    assert_eq!(
        audio.driver().as_deref(),
        Some("HDA Intel"),
        "a driver's name with a space"
    );
    assert_eq!(
        function("not-root", "0000:03:03.0").irq().as_deref(),
        Some("19")
    );
}

#[test]
fn an_lspci_that_does_not_know_disintx() {
    let ide = function("before-disintx", "0000:00:0f.1");
    assert!(
        ide.unknown.iter().any(|what| what.contains("DisINTx")),
        "{:?}",
        ide.unknown
    );
    assert_eq!(
        (ide.config().command, ide.irq().as_deref()),
        (0x0007, Some("169"))
    );
    assert_eq!(ide.config().line, 169);
    let sound = function("before-disintx", "0000:01:04.0"); // -n: numbers for names
    assert_eq!(
        (sound.config().id, sound.config().class),
        (Some((0x1102, 0x0006)), 0x04_0100)
    );
    assert_eq!(sound.config().capabilities.power, Some(0));
}

#[test]
fn a_group() {
    let drive = function("group", "0000:2e:00.0");
    assert_eq!(
        drive.tree.link(&drive.path("iommu_group")).as_deref(),
        Some("76")
    );
    let members = drive.tree.names("sys/kernel/iommu_groups/76/devices");
    assert_eq!(members, Some(vec!["0000:2e:00.0".to_string()]));
    let capabilities = drive.config().capabilities;
    assert_eq!(
        (capabilities.msix, capabilities.express),
        (Some(false), true),
        "MSI-X is there and not in use"
    );
}

/// 'A' + 255 - 1 is '?' in eight bits.
#[test]
fn pins_that_lspci_cannot_name() {
    assert_eq!(pin("Interrupt: pin D routed to IRQ 5\n"), Pin::Is(4));
    assert_eq!(pin("Interrupt: pin E routed to IRQ 5\n"), Pin::Is(5));
    assert_eq!(
        pin("Interrupt: pin ? routed to IRQ 0\n"),
        Pin::Is(255),
        "with pin 0 and irq 0 the line is not printed"
    );
    assert_eq!(pin("Interrupt: pin ? routed to IRQ 9\n"), Pin::NoneOrBad);
}

/// A function with these lines behind its Status.
fn pin(behind: &str) -> Pin {
    let text = format!(
        "01:00.0 VGA compatible controller: X\n\tControl: I/O+ DisINTx-\n\tStatus: Cap+ INTx-\n\t{behind}"
    );
    let nodes = lspci::read(text.as_bytes()).expect("a function").nodes;
    let Some(Node::Printed(config)) = nodes.get("sys/bus/pci/devices/0000:01:00.0/config") else {
        panic!("{nodes:?}")
    };
    config.pin
}

/// A line that is not there is no evidence that it was not printed, unless a later one is there.
#[test]
fn absent_is_not_no() {
    assert_eq!(pin(""), Pin::Unknown, "the text ends at Status:");
    assert_eq!(pin("Latency: 0\n"), Pin::Unknown, "and at Latency:");
    for later in [
        "Region 0: Memory at f7c00000",
        "Capabilities: [40] Express",
        "Kernel driver in use: x",
        "IOMMU group: 3",
    ] {
        assert_eq!(pin(&format!("{later}\n")), Pin::Is(0), "{later}");
        assert_eq!(
            pin(&format!("Latency: 0\n\t{later}\n")),
            Pin::Is(0),
            "{later}"
        );
        for mangled in [
            "Intérrupt: pin A routed to IRQ 16",
            "Interrupt: pin A rou",
            "?nterrupt=3A pin A",
        ] {
            assert_eq!(
                pin(&format!("{mangled}\n\t{later}\n")),
                Pin::Unknown,
                "{mangled}, then {later}"
            );
        }
    }
}

/// The output of `-v`: the irq, the group, the capabilities and the driver, and neither the pin nor DisINTx.
#[test]
fn verbose_once() {
    let text = "01:00.0 Ethernet controller [0200]: M [15b3:1007]\n\tFlags: bus master, fast devsel, latency 0, IRQ 16, IOMMU \
                group 17\n\tCapabilities: [9c] MSI-X: Enable- Count=128 Masked-\n\tKernel driver in use: vfio-pci\n";
    let listing = lspci::read(text.as_bytes()).expect("a function");
    let tree = Tree::from_nodes(listing.nodes);
    let (config, _) = tree
        .config("sys/bus/pci/devices/0000:01:00.0/config")
        .expect("what the text tells");
    assert_eq!(
        (config.pin, config.id),
        (Pin::Unknown, Some((0x15b3, 0x1007)))
    );
    assert_eq!(
        (config.capabilities.msix, config.capabilities.complete),
        (Some(false), true)
    );
    assert_eq!(
        tree.text("sys/bus/pci/devices/0000:01:00.0/irq").as_deref(),
        Some("16")
    );
    assert_eq!(
        tree.link("sys/bus/pci/devices/0000:01:00.0/iommu_group")
            .as_deref(),
        Some("17")
    );
    let asked: String = listing
        .unknown
        .iter()
        .map(|(_, what)| what.as_str())
        .collect();
    assert!(
        asked.contains("pin, which lspci prints with -vv") && asked.contains("DisINTx"),
        "{asked}"
    );
    let cut = text.replace(", IRQ 16", "").replace("\tCapab", "Capab");
    let irq = |text: &str| {
        lspci::read(text.as_bytes())
            .expect("a function")
            .nodes
            .get(IRQ)
            .cloned()
    };
    assert_eq!(
        irq(&cut),
        Some(Node::File(b"0\n".to_vec())),
        "a line of flags without an irq says that there is none"
    );
    assert_eq!(
        irq(cut.split("Capab").next().expect("the head")),
        None,
        "unless it is the last of the text"
    );
}

const IRQ: &str = "sys/bus/pci/devices/0000:01:00.0/irq";

#[test]
fn a_function_that_does_not_answer() {
    let text = "01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev ff) (prog-if ff)\n\
                \t!!! Unknown header type 7f\n\tKernel driver in use: vfio-pci\n";
    let nodes = lspci::read(text.as_bytes()).expect("a function").nodes;
    let Some(Node::Printed(config)) = nodes.get("sys/bus/pci/devices/0000:01:00.0/config") else {
        panic!("{nodes:?}")
    };
    assert!(config.all_ones);
}

/// Quotes, carriage returns and indentation change nothing.
#[test]
fn what_mail_programs_do_changes_nothing() {
    let names = [
        "uhci-bytes",
        "msi-bytes",
        "wrapped-mail",
        "virtio-not-connected",
        "not-root",
        "before-disintx",
        "group",
    ];
    for name in names {
        let (plain, expected) = (sample(name), listing(name));
        assert!(!expected.nodes.is_empty());
        for mark in ["> ", ">", "> > ", ">>  ", "| ", "    ", "\t"] {
            let quoted: String = plain
                .lines()
                .map(|line| format!("{mark}{line}\r\n"))
                .collect();
            let found = lspci::read(quoted.as_bytes()).expect("functions");
            assert_eq!(
                (found.nodes, found.unknown),
                (expected.nodes.clone(), expected.unknown.clone()),
                "{name}: '{mark}'"
            );
        }
    }
}

#[test]
fn the_first_of_two_counts_and_that_is_said() {
    let twice = sample("uhci-bytes")
        + &sample("uhci-bytes").replace("routed to IRQ 23", "routed to IRQ 24");
    let listing = lspci::read(twice.as_bytes()).expect("a function");
    let once = lspci::read(sample("uhci-bytes").as_bytes()).expect("a function");
    assert_eq!(listing.nodes, once.nodes);
    assert_eq!(listing.unknown.len(), 1);
}

#[test]
fn what_has_no_function_is_refused() {
    for text in [
        "",
        "\u{0}\u{ff}",
        "0-3,5",
        "00: 86 80",
        "-[0000:00]-+-00.0",
        "01:00.0 says nothing",
    ] {
        let error = lspci::read(text.as_bytes()).expect_err(text);
        assert!(error.to_string().contains("lspci -vvnnxxx"), "{error}");
    }
    let expected: BTreeMap<String, Node> = BTreeMap::new();
    assert_eq!(Listing::default().nodes, expected);
}
