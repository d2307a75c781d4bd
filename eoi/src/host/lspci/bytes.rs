//! The bytes of configuration space that say what a function's text says (PCI Local Bus Specification 3.0, 6.1 and 6.7).

use super::function::{Kind, Listed};

const COMMAND: usize = 0x04;
const STATUS: usize = 0x06;
const REVISION: usize = 0x08;
const SUBCLASS: usize = 0x0a;
const HEADER_TYPE: usize = 0x0e;
const CAPABILITIES: usize = 0x34;
const INTERRUPT_LINE: usize = 0x3c;
const INTERRUPT_PIN: usize = 0x3d;
/// What everybody may read.
const HEADER: usize = 64;
const WHOLE: usize = 256;

/// The configuration space, and what could not be known of it. `None` where the text does not even say what pin there
/// is, as `lspci -v` does not.
#[must_use]
pub fn config(function: &Listed) -> (Option<Vec<u8>>, Vec<&'static str>) {
    let mut unknown = Vec::new();
    if function.config.len() >= HEADER {
        if function.irq().is_none() {
            unknown.push("its irq: there is no 'Interrupt:' line; give the output of lspci with -vv");
        }
        return (Some(function.config.clone()), unknown);
    }
    if function.rev == Some(0xff) && function.io.is_none() {
        return (Some(vec![0xff; HEADER]), unknown); // lspci stops at "!!! Unknown header type 7f"
    }
    if function.io.is_none() {
        unknown.push("its pin, its Command register and its capabilities; give the output of lspci with -vvxxx");
        return (None, unknown);
    }
    let mut bytes = vec![0; WHOLE];
    head(function, &mut bytes, &mut unknown);
    list(function, &mut bytes);
    if function.denied {
        unknown.push("its capabilities, so whether it has MSI or MSI-X: lspci ran without root");
        bytes[CAPABILITIES] = 0x40; // any that is not 0: there is a list, and it stands beyond what was read
        bytes.truncate(HEADER);
    }
    (Some(bytes), unknown)
}

fn word(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

fn head(function: &Listed, bytes: &mut [u8], unknown: &mut Vec<&'static str>) {
    let bit = |flag: Option<bool>, bit: u32| u16::from(flag == Some(true)) << bit;
    match function.ids {
        Some((vendor, device)) => {
            word(bytes, 0, vendor);
            word(bytes, 2, device);
        }
        None => unknown.push("its vendor and device, so whether the kernel has a quirk for it; give lspci -nn"),
    }
    let command = bit(function.io, 0) | bit(function.mem, 1) | bit(function.master, 2) | bit(function.disintx, 10);
    word(bytes, COMMAND, command);
    if function.disintx.is_none() {
        unknown.push("DisINTx: this lspci does not print it");
    }
    word(bytes, STATUS, bit(function.intx, 3) | bit(function.cap, 4));
    bytes[REVISION] = function.rev.unwrap_or(0);
    word(bytes, SUBCLASS, function.class.unwrap_or(0));
    bytes[HEADER_TYPE] = u8::from(function.bridge);
    if let Some((letter, irq)) = function.interrupt {
        bytes[INTERRUPT_LINE] = u8::try_from(irq).unwrap_or(0);
        bytes[INTERRUPT_PIN] = match letter {
            // 'A' + 255 - 1 is '?' in a char of C, and so is what lspci prints for pin 0.
            '?' if irq == 0 => 0xff,
            '?' => {
                unknown.push("its pin: lspci prints '?' for pin 0 and for pin 255; taken as 0");
                0
            }
            letter => u8::try_from(letter).map_or(0, |c| c.wrapping_sub(b'A').wrapping_add(1)),
        };
    }
}

/// The list of capabilities, of those that are known.
fn list(function: &Listed, bytes: &mut [u8]) {
    let mut pointer = CAPABILITIES;
    for capability in &function.capabilities {
        let at = usize::from(capability.at);
        bytes[pointer] = capability.at;
        pointer = at + 1;
        match capability.kind {
            Kind::Power(state) => {
                bytes[at] = 0x01;
                bytes[at + 4] = state;
            }
            Kind::Msi(enabled) => {
                bytes[at] = 0x05;
                word(bytes, at + 2, u16::from(enabled));
            }
            Kind::MsiX(enabled) => {
                bytes[at] = 0x11;
                word(bytes, at + 2, u16::from(enabled) << 15);
            }
            Kind::Express => bytes[at] = 0x10,
        }
    }
}
