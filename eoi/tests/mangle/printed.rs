//! A fixture host's functions as `lspci -vvnxxx` prints them: the lines that a diagnosis rests on.

use std::collections::BTreeMap;
use std::fmt::Write;

use eoi::host::Node;

/// A file's text.
pub fn text(nodes: &BTreeMap<String, Node>, path: &str) -> Option<String> {
    match nodes.get(path)? {
        Node::File(bytes) => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    }
}

/// Every function whose configuration space the host lets one read.
pub fn lspci(nodes: &BTreeMap<String, Node>) -> String {
    let config = |path: &str| {
        path.strip_prefix("sys/bus/pci/devices/")?
            .strip_suffix("/config")
            .map(str::to_string)
    };
    let functions = nodes.iter().filter_map(|(path, node)| match node {
        Node::File(bytes) if bytes.len() >= 64 && bytes.iter().any(|byte| *byte != 0xff) => {
            Some((config(path)?, bytes))
        }
        _ => None,
    });
    functions
        .map(|(address, bytes)| function(nodes, &address, bytes) + "\n")
        .collect()
}

fn function(nodes: &BTreeMap<String, Node>, address: &str, config: &[u8]) -> String {
    let file = |name: &str| text(nodes, &format!("sys/bus/pci/devices/{address}/{name}"));
    let link = |name: &str| match nodes.get(&format!("sys/bus/pci/devices/{address}/{name}")) {
        Some(Node::Link(target)) => target.rsplit('/').next().map(str::to_string),
        _ => None,
    };
    let word = |at: usize| u16::from_le_bytes([config[at], config[at + 1]]);
    let mut out = format!(
        "{address} {:04x}: {:04x}:{:04x}\n",
        word(0x0a),
        word(0),
        word(2)
    );
    out += &bits("Control", word(4), &CONTROL);
    out += &bits("Status", word(6), &STATUS);
    let irq = file("irq").map_or_else(|| "0".to_string(), |irq| irq.trim().to_string());
    if config[0x3d] != 0 || irq != "0" {
        let pin = match config[0x3d] {
            pin @ 1..=4 => char::from(b'A' + pin - 1),
            _ => '?',
        };
        writeln!(out, "\tInterrupt: pin {pin} routed to IRQ {irq}").expect("a String");
    }
    if let Some(group) = link("iommu_group") {
        writeln!(out, "\tIOMMU group: {group}").expect("a String");
    }
    if let Some(driver) = link("driver") {
        writeln!(out, "\tKernel driver in use: {driver}").expect("a String");
    }
    for (row, bytes) in config.chunks(16).enumerate() {
        let bytes: String = bytes.iter().map(|byte| format!(" {byte:02x}")).collect();
        writeln!(out, "{:02x}:{bytes}", row * 16).expect("a String");
    }
    out
}

const CONTROL: [(&str, u16); 11] = [
    ("I/O", 0),
    ("Mem", 1),
    ("BusMaster", 2),
    ("SpecCycle", 3),
    ("MemWINV", 4),
    ("VGASnoop", 5),
    ("ParErr", 6),
    ("Stepping", 7),
    ("SERR", 8),
    ("FastB2B", 9),
    ("DisINTx", 10),
];

const STATUS: [(&str, u16); 11] = [
    ("Cap", 4),
    ("66MHz", 5),
    ("UDF", 6),
    ("FastB2B", 7),
    ("ParErr", 8),
    (">TAbort", 11),
    ("<TAbort", 12),
    ("<MAbort", 13),
    (">SERR", 14),
    ("<PERR", 15),
    ("INTx", 3),
];

/// A register's line: each bit with its sign.
fn bits(name: &str, value: u16, bits: &[(&str, u16)]) -> String {
    let sign = |bit: u16| if value >> bit & 1 == 1 { '+' } else { '-' };
    let words: String = bits
        .iter()
        .map(|(word, bit)| format!(" {word}{}", sign(*bit)))
        .collect();
    format!("\t{name}:{words}\n")
}
