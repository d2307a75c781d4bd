//! Messages of the kernel's log, QEMU's and libvirt's about interrupt lines and of functions that do not answer.
//!
//! A message is looked for in the words of the whole text, since mail programs wrap lines and put marks before them.

use crate::text::{Grammar, Pasted};

/// Bytes of a log at most.
pub const MOST: usize = 32 << 20;
/// Messages that are kept.
const MESSAGES: usize = 4096;
/// Bytes behind a message's beginning that may belong to it.
const REACH: usize = 300;
/// `IRQF_SHARED` (include/linux/interrupt.h).
pub const SHARED: u32 = 0x80;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The number of its line in the text, from 1.
    pub line: usize,
    /// Its meaning.
    pub said: Said,
}

/// Who asked for an irq, and with which flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The name of the action.
    pub name: String,
    /// `IRQF_*`
    pub flags: Option<u32>,
}

/// The meaning of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// `genirq: Flags mismatch irq 16. 00000000 (vfio-intx(...)) vs. 00000080 (ehci_hcd:usb3)`: who was refused, and who has
    /// the irq.
    Mismatch(u32, Asker, Asker),
    /// `irq 16: nobody cared`
    NobodyCared(u32),
    /// `vfio_bar_restore`, `Invalid PCI ROM header`, `not ready ... after FLR`: the function's address, and which of them.
    Silent(Option<String>, &'static str),
    /// A VMM's request for the irq failed with EBUSY.
    Busy,
}

/// Messages of functions that do not answer.
const SILENT: [(&str, &str); 4] = [
    (
        "vfio_bar_restore",
        "vfio_bar_restore: its registers had lost what was written to them",
    ),
    (
        "Invalid PCI ROM header",
        "Invalid PCI ROM header: its ROM reads as something else, all ones where it is gone",
    ),
    (
        "after FLR",
        "not ready after FLR: it did not answer after a function level reset",
    ),
    (
        "after bus reset",
        "not ready after bus reset: it did not answer after a reset of its bus",
    ),
];

/// Every message of the text that bears on an interrupt line.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Message> {
    let text = Pasted::read(&bytes[..bytes.len().min(MOST)], &Grammar::NONE).text;
    let (mut flat, mut starts) = (String::with_capacity(text.len()), Vec::new());
    for line in text.lines() {
        starts.push(flat.len());
        for word in line
            .trim_start_matches(|c: char| c == '>' || c == '|' || c.is_whitespace())
            .split_whitespace()
        {
            flat += word;
            flat.push(' ');
        }
    }
    let line = |at: usize| starts.partition_point(|&start| start <= at);
    let mut found: Vec<(usize, Said)> = Vec::new();
    let each =
        |what: &str, read: &dyn Fn(&str, &str) -> Option<Said>, found: &mut Vec<(usize, Said)>| {
            for (at, _) in flat.match_indices(what).take(MESSAGES) {
                let before = &flat[floor(&flat, at.saturating_sub(80))..at];
                let after = &flat[at + what.len()..floor(&flat, at + what.len() + REACH)];
                found.extend(read(before, after).map(|said| (at, said)));
            }
        };
    each(
        "Flags mismatch irq ",
        &|_, after| mismatch(after),
        &mut found,
    );
    each(
        ": nobody cared",
        &|before, _| nobody_cared(before),
        &mut found,
    );
    for (what, meaning) in SILENT {
        each(
            what,
            &|before, after| Some(Said::Silent(address(before, after), meaning)),
            &mut found,
        );
    }
    each(BUSY, &|before, _| busy(before), &mut found);
    found.sort_by_key(|(at, _)| *at);
    found.truncate(MESSAGES);
    found
        .into_iter()
        .map(|(at, said)| Message {
            line: line(at),
            said,
        })
        .collect()
}

/// The nearest place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

/// `16. 00000000 (vfio-intx(0000:0b:00.0)) vs. 00000080 (ehci_hcd:usb3)`
fn mismatch(text: &str) -> Option<Said> {
    let (irq, rest) = text.split_once(['.', ' '])?;
    let (new, old) = rest.split_once(" vs. ")?;
    Some(Said::Mismatch(irq.parse().ok()?, asker(new)?, asker(old)?))
}

/// `00000000 (vfio-intx(0000:0b:00.0))`
fn asker(text: &str) -> Option<Asker> {
    let (flags, rest) = text.trim().split_once('(')?;
    let mut depth = 1;
    let end = rest.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0
    });
    let name = rest[..end?.0].to_string();
    Some(Asker {
        name,
        flags: u32::from_str_radix(flags.trim(), 16).ok(),
    })
}

/// The irq at the end of `... irq 16`.
fn nobody_cared(before: &str) -> Option<Said> {
    let mut words = before.rsplit(' ');
    let irq = words.next()?.parse().ok()?;
    (words.next()?.trim_start_matches('>') == "irq").then_some(Said::NobodyCared(irq))
}

/// `vfio-pci 0000:03:00.0: not ready 1023ms`: the nearest address before, else the one that follows.
fn address(before: &str, after: &str) -> Option<String> {
    let before = before
        .split(' ')
        .rev()
        .find_map(super::lspci::lines::address);
    before.or_else(|| {
        after
            .split(' ')
            .take(3)
            .find_map(super::lspci::lines::address)
    })
}

/// EBUSY, in words.
const BUSY: &str = "Device or resource busy";

/// A VMM's message about the irq of INTx.
fn busy(before: &str) -> Option<Said> {
    let before = before.rsplit(BUSY).next()?; // words before an earlier one are of that one
    ["INTx", "SET_IRQS", "request_irq"]
        .iter()
        .any(|word| before.contains(word))
        .then_some(Said::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_they_were_pasted() {
        let log = "[  12.3] genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:0b:00.0)) vs. 00000080 (ehci_hcd:usb3)\n\
                   [  13.0] irq 17: nobody cared (try booting with the \"irqpoll\" option)\n\
                   [  14.0] vfio-pci 0000:03:00.0: vfio_bar_restore: reset recovery - restoring BARs\n\
                   [  15.0] vfio-pci 0000:04:00.0: Invalid PCI ROM header signature: expecting 0xaa55, got 0xffff\n\
                   [  16.0] vfio-pci 0000:05:00.0: not ready 1023ms after FLR; waiting\n\
                   qemu: vfio 0000:0b:00.0: Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS \
                   failure: Device or resource busy\n\
                   error: Device or resource busy\n";
        let found = read(log.as_bytes());
        let asker = |name: &str, flags| Asker {
            name: name.to_string(),
            flags: Some(flags),
        };
        let mismatch = Said::Mismatch(
            16,
            asker("vfio-intx(0000:0b:00.0)", 0),
            asker("ehci_hcd:usb3", SHARED),
        );
        assert_eq!(
            found[0],
            Message {
                line: 1,
                said: mismatch
            }
        );
        assert_eq!(
            found[1],
            Message {
                line: 2,
                said: Said::NobodyCared(17)
            }
        );
        for (message, address) in
            found[2..5]
                .iter()
                .zip(["0000:03:00.0", "0000:04:00.0", "0000:05:00.0"])
        {
            assert!(
                matches!(&message.said, Said::Silent(Some(of), _) if of == address),
                "{message:?}"
            );
        }
        assert_eq!(
            found[5],
            Message {
                line: 6,
                said: Said::Busy
            }
        );
        assert_eq!(found.len(), 6, "busy alone is of anything");
        let quoted: String = log
            .lines()
            .map(|line| {
                format!(
                    "> > {}\n> > {}\n",
                    &line[..40.min(line.len())],
                    &line[40.min(line.len())..]
                )
            })
            .collect();
        let wrapped: Vec<Said> = read(quoted.as_bytes())
            .into_iter()
            .map(|message| message.said)
            .collect();
        assert!(wrapped.contains(&Said::NobodyCared(17)), "{wrapped:?}");
        assert!(read(b"").is_empty() && read(&[0xff; 100]).is_empty());
    }
}
