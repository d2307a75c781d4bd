//! Lines of lspci: which they are, where each stands in a function, and which go on in the next.

use crate::text::wrap::{Joined, at_an_edge, columns};

/// Columns from which on a line may have been wrapped.
const NARROWEST: usize = 56;

/// Where a line stands in a function, by the order in which lspci prints (`show_verbose` and what it calls, lspci.c of
/// pciutils). A line that is lost is missed only where one of a later place is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Before the registers: the subsystem, the slot.
    Before,
    /// The registers of `-vv`.
    Control,
    /// The same.
    Status,
    /// `Latency:`, only of a bus master.
    Latency,
    /// The flags of `-v`, which stand for all of these.
    Flags,
    /// The pin and the irq.
    Interrupt,
    /// The lines that follow.
    After,
    /// Capabilities and what is set in under them.
    Capability,
    /// The end: drivers.
    Driver,
}

/// How lines of a function begin.
const KEYS: &[(&str, Place)] = &[
    ("DeviceName:", Place::Before),
    ("Subsystem:", Place::Before),
    ("Physical Slot:", Place::Before),
    ("Device tree node:", Place::Before),
    ("!!! ", Place::Before),
    ("Control:", Place::Control),
    ("Status:", Place::Status),
    ("Latency:", Place::Latency),
    ("Flags:", Place::Flags),
    ("Interrupt:", Place::Interrupt),
    ("NUMA node:", Place::After),
    ("IOMMU group:", Place::After),
    ("BIST ", Place::After),
    ("Bus: primary=", Place::After),
    ("Region ", Place::After),
    ("Memory at ", Place::After),
    ("I/O ports at ", Place::After),
    ("Memory window ", Place::After),
    ("I/O window ", Place::After),
    ("I/O behind bridge:", Place::After),
    ("Memory behind bridge:", Place::After),
    ("Prefetchable memory behind bridge:", Place::After),
    ("Secondary status:", Place::After),
    ("BridgeCtl:", Place::After),
    ("PriDiscTmr", Place::After),
    ("Expansion ROM at ", Place::After),
    ("Capabilities:", Place::Capability),
    ("Kernel driver in use:", Place::Driver),
    ("Kernel modules:", Place::Driver),
];

/// The place of a line without white space before it; `None` for one that is none of lspci's.
#[must_use]
pub fn place(line: &str) -> Option<Place> {
    KEYS.iter()
        .find(|(key, _)| line.starts_with(key))
        .map(|(_, place)| *place)
}

/// The first line of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its address, with its domain.
    pub address: String,
    /// `IOMMU Group 20` before the address, as the scripts print that list the groups.
    pub group: Option<u32>,
    /// The text behind the address.
    pub rest: &'a str,
}

/// Takes the first line of a function apart.
#[must_use]
pub fn header(line: &str) -> Option<Header<'_>> {
    let (group, line) = match group(line) {
        Some((group, rest)) if !rest.is_empty() => (Some(group), rest),
        _ => (None, line),
    };
    let (word, rest) = line.split_once(|c: char| c.is_whitespace())?;
    let address = address(word)?;
    is_class(rest.trim_start()).then_some(Header {
        address,
        group,
        rest,
    })
}

/// An address, with its domain and in lower case; what follows its function, a colon say, is not looked at.
#[must_use]
pub fn address(word: &str) -> Option<String> {
    let address = word.trim_end_matches([':', ',', ')']);
    let (rest_of_address, function) = address.rsplit_once('.')?;
    let parts: Vec<&str> = rest_of_address.split(':').collect();
    let (domain, bus, device) = match parts.as_slice() {
        [bus, device] => ("0000", *bus, *device),
        [domain, bus, device] => (*domain, *bus, *device),
        _ => return None,
    };
    let hex = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&text.len()) && text.bytes().all(|c| c.is_ascii_hexdigit())
    };
    let slot = u8::from_str_radix(device, 16).ok()?;
    let good = hex(domain, 4..=8) && hex(bus, 2..=2) && hex(device, 2..=2) && slot < 32;
    let good = good && matches!(function.as_bytes(), [b'0'..=b'7']);
    good.then(|| format!("{domain}:{bus}:{device}.{function}").to_ascii_lowercase())
}

/// A class and a colon, in letters (`Ethernet controller:`), in numbers (`0200:`) or with quotes (`-m`). Words that people
/// write behind an address ("01:00.0 says nothing") are no class.
fn is_class(text: &str) -> bool {
    let begins = text.starts_with(|c: char| {
        c.is_ascii_uppercase() || c.is_ascii_digit() || c == '"' || c == '['
    });
    begins
        && (text.starts_with('"')
            || text.starts_with('[')
            || text.find(": ").is_some_and(|at| at <= 80))
}

/// `IOMMU Group 20 `, `IOMMU group 20:`, `Group:  20  `: the number, and what follows it.
#[must_use]
pub fn group(line: &str) -> Option<(u32, &str)> {
    let line = line
        .strip_prefix("IOMMU ")
        .or_else(|| line.strip_prefix("iommu "))
        .unwrap_or(line)
        .trim_start();
    let rest = line
        .strip_prefix("Group")
        .or_else(|| line.strip_prefix("group"))?;
    let rest = rest
        .strip_prefix(':')
        .unwrap_or(rest)
        .trim_start_matches([' ', '\t', '#']);
    let digits = rest.bytes().take(6).take_while(u8::is_ascii_digit).count();
    let number = rest[..digits].parse().ok()?;
    Some((
        number,
        rest[digits..].trim_start_matches([' ', '\t', ':', '-', '>', ',']),
    ))
}

/// A row of `-x`: its offset and 1 to 16 bytes.
#[must_use]
pub fn hex_row(line: &str) -> Option<(usize, Vec<u8>)> {
    let (offset, rest) = line.split_once(':')?;
    if !(2..=3).contains(&offset.len()) {
        return None;
    }
    let offset = usize::from_str_radix(offset, 16).ok()?;
    let byte = |word: &str| {
        (word.len() == 2)
            .then(|| u8::from_str_radix(word, 16).ok())
            .flatten()
    };
    let row: Option<Vec<u8>> = rest.split_whitespace().take(17).map(byte).collect();
    row.filter(|row| (1..=16).contains(&row.len()) && offset % 16 == 0)
        .map(|row| (offset, row))
}

/// Whether this is the beginning of a line of lspci. A first line may have been wrapped behind its class.
pub(super) fn knows(line: &str) -> bool {
    place(line).is_some()
        || header(line).is_some()
        || hex_row(line).is_some()
        || (line.ends_with("]:") && header(&format!("{line} ")).is_some())
}

/// Joins wrapped lines; `None` where none is. A line that is not lspci's goes on with the line before it, if that one is long
/// enough.
/// Joins wrapped lines; `None` where there are none.
#[must_use]
pub fn join(text: &str) -> Option<String> {
    let widest = text.lines().map(columns).max().unwrap_or(0);
    let hard = at_an_edge(text, widest, knows);
    let (mut joined, mut width, mut inside, mut changed) = (Joined::default(), 0, false, false);
    let mut below = false; // a capability, whose own lines are indented
    for line in text.lines() {
        let body = line.trim();
        let first = body.split_whitespace().next().map_or(0, str::len);
        let known = knows(body);
        let own = below && !hard && line.starts_with(char::is_whitespace);
        let goes_on = inside
            && !known
            && !own
            && !body.is_empty()
            && width + 1 + first >= NARROWEST
            && !is_prose(body);
        let before = width;
        width = columns(line);
        if goes_on {
            let open = joined.open();
            let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '[' | ':' | '(' | '<');
            let within = before == widest
                && open.ends_with(part)
                && body.starts_with(|c: char| c.is_ascii_alphanumeric());
            let glue = if hard || within { "" } else { " " };
            joined.goes_on(glue, if glue.is_empty() { line } else { body });
            changed = true;
        } else {
            joined.begin(line);
            // Rows of bytes and names of drivers are short.
            let short = hex_row(body).is_some()
                || (body.starts_with("Kernel driver") && !body.ends_with(':'));
            inside = known && !short;
            below = if known {
                place(body) == Some(Place::Capability)
            } else {
                below
            };
        }
    }
    changed.then(|| joined.text())
}

/// A command that somebody typed, or a new paragraph of a letter, rather than the rest of a line.
fn is_prose(line: &str) -> bool {
    line.contains("$ ") || line.starts_with("# ") || line.len() > 160
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_function() {
        let is = |line: &str| header(line).map(|header| (header.address, header.group));
        assert_eq!(
            is("01:00.0 Ethernet controller: X"),
            Some(("0000:01:00.0".to_string(), None))
        );
        assert_eq!(
            is("0003:C1:1f.7 0200: 8086:1533 (rev 03)"),
            Some(("0003:c1:1f.7".to_string(), None))
        );
        for prefix in [
            "IOMMU Group 20 ",
            "IOMMU group 20: ",
            "Group:  20  ",
            "Group 20\t",
            "IOMMU Group #20 -> ",
        ] {
            let line = format!("{prefix}0b:00.0 Network controller [0207]: Y");
            assert_eq!(
                is(&line),
                Some(("0000:0b:00.0".to_string(), Some(20))),
                "{line}"
            );
        }
        for line in [
            "01:00.0 says nothing",
            "01:20.0 A: b",
            "1:00.0 A: b",
            "12:01:00.0 A: b",
            "IOMMU Group 20",
            "01:00.0",
        ] {
            assert_eq!(is(line), None, "{line}");
        }
        assert_eq!(group("IOMMU Group 20:"), Some((20, "")));
        assert_eq!(group("IOMMU group: 20"), Some((20, "")));
    }
}
