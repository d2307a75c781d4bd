//! The configuration space of a function, as its text tells of it; and what the text leaves open.

use super::function::Listed;
use crate::host::pci::{Capabilities, Config, Pin};

/// The bytes that everybody may read of the configuration space.
const HEADER: usize = 64;

/// The configuration space, and what is not known of it.
#[must_use]
pub fn config(function: &Listed) -> (Config, Vec<&'static str>) {
    let mut unknown = Vec::new();
    if let Some(config) = bytes(function) {
        if function.irq().is_none() {
            unknown
                .push("its irq: there is no 'Interrupt:' line; give the output of lspci with -vv");
        }
        return (config, unknown);
    }
    if function.silent && function.io.is_none() {
        return (
            Config {
                all_ones: true,
                ..Config::default()
            },
            unknown,
        ); // lspci stops at "Unknown header type 7f"
    }
    let bit = |flag: Option<bool>, bit: u32| u16::from(flag == Some(true)) << bit;
    let command = bit(function.io, 0)
        | bit(function.mem, 1)
        | bit(function.master, 2)
        | bit(function.disintx, 10);
    let config = Config {
        id: function.ids,
        class: u32::from(function.class.unwrap_or(0)) << 8,
        header: u8::from(function.bridge || function.class.is_some_and(|class| class >> 8 == 0x06)),
        command,
        status: bit(function.intx, 3) | bit(function.cap, 4),
        pin: pin(function),
        line: function
            .irq()
            .and_then(|irq| u8::try_from(irq).ok())
            .unwrap_or(0),
        all_ones: false,
        capabilities: Capabilities {
            complete: function.complete || function.cap == Some(false),
            msi: function.msi,
            msix: function.msix,
            power: function.power,
            express: function.express,
        },
    };
    missing(function, &config, &mut unknown);
    (config, unknown)
}

/// The bytes of `-x`, where there are enough of them.
fn bytes(function: &Listed) -> Option<Config> {
    if function.config.len() < HEADER {
        None
    } else {
        Config::parse(&function.config)
    }
}

/// The pin by its letter. `'A' + 255 - 1` is `?` in a char of C, and so is what lspci prints for a pin of 0 with an irq;
/// without an irq it prints nothing for a pin of 0.
fn pin(function: &Listed) -> Pin {
    match function.interrupt {
        Some(('?', 0)) => Pin::Is(0xff),
        Some(('?', _)) => Pin::NoneOrBad,
        Some((letter, _)) => u8::try_from(letter).map_or(Pin::Unknown, |c| {
            Pin::Is(c.wrapping_sub(b'A').wrapping_add(1))
        }),
        None if function.no_interrupt => Pin::Is(0),
        None => Pin::Unknown,
    }
}

/// The questions that the text leaves open, and what would tell.
fn missing(function: &Listed, config: &Config, unknown: &mut Vec<&'static str>) {
    match config.pin {
        Pin::NoneOrBad => {
            unknown.push("its pin is 0 or 255: lspci prints '?' for both; setpci -s ADDRESS INTERRUPT_PIN tells which");
        }
        Pin::Unknown if function.irq().is_none() => {
            unknown.push("its pin and its irq: no 'Interrupt:' line that can be read; give lspci -vv to its end");
        }
        Pin::Unknown => unknown.push("its pin, which lspci prints with -vv"),
        Pin::Is(_) => {}
    }
    if function.ids.is_none() {
        unknown.push(
            "its vendor and device, so whether the kernel has a quirk for it; give lspci -nn",
        );
    }
    if function.disintx.is_none() {
        let old = "DisINTx: this lspci does not print it";
        unknown.push(if function.io.is_some() {
            old
        } else {
            "DisINTx, which lspci prints with -vv"
        });
    }
    if function.denied {
        unknown.push("its capabilities, so whether it has MSI or MSI-X: lspci ran without root");
    } else if !config.capabilities.complete {
        unknown.push(
            "its capabilities, so whether it has MSI or MSI-X: the list is not there to its end",
        );
    }
}
