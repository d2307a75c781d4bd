//! The hardware of a row as tables, so that the program has no pin of its own.

use std::fmt::Write;

use eoi_model::device::Device;
use eoi_model::irqchip::{Access, Irqchip, Pin};

/// The name of an access in the protocol.
const fn name(access: Access) -> &'static str {
    match access {
        Access::Line(true) => "line-up",
        Access::Line(false) => "line-down",
        Access::Accept => "accept",
        Access::Mask => "mask",
        Access::Unmask => "unmask",
        Access::Enable => "enable",
        Access::Disable => "disable",
        Access::Eoi => "eoi",
        Access::DirectedEoi => "directed-eoi",
        Access::SetPq(0) => "set-pq-0",
        Access::SetPq(1) => "set-pq-1",
        Access::SetPq(2) => "set-pq-2",
        Access::SetPq(_) => "set-pq-3",
        Access::Setip => "setip",
        Access::Retrigger => "retrigger",
    }
}

fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    bytes.into_iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
        text
    })
}

/// The requests that describe this controller and this device.
#[must_use]
pub fn requests(chip: &Irqchip, device: Device) -> Vec<String> {
    let mut all = Vec::new();
    for access in Access::ALL {
        let replies = (0..=Pin::MAX).flat_map(|pin| {
            let reply = (chip.hw)(pin, access);
            [reply.pin, reply.value]
        });
        all.push(format!("hw {} {}", name(access), hex(replies)));
    }
    let signals = (0..=Pin::MAX).map(|pin| u8::from((chip.signals)(pin)));
    all.push(format!("signals {}", hex(signals)));
    all.push(format!("reset {}", hex([chip.reset])));
    for (place, bit) in chip.bits.iter().enumerate() {
        all.push(format!("bit {} {place}", bit.name));
    }
    let drives =
        (0..16).map(|bits| u8::from(device.drives(bits & 3, bits & 4 != 0, bits & 8 != 0)));
    all.push(format!("drives {}", hex(drives)));
    all.push(format!("option pci_2_3 {}", u8::from(device.pci_2_3())));
    all.push(format!("option {} 1", chip.name));
    all
}
