//! What `lspci` printed in somebody's report, as the files that it was printed from.
//!
//! Taken are `lspci -vv`, `-vvnn`, `-vvxxx` and their like, quoted or wrapped by mail programs, with other text around.
//! Where the configuration space stands in hexadecimal (`-x`, `-xxx`), those bytes count. Else bytes are made that say
//! what the text says (`Control:`, `Status:`, `Interrupt:`, `Capabilities:` as `lspci.c` of pciutils prints them), and
//! what the text cannot tell is listed in [`Listing::unknown`].

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::node::Node;

pub mod bytes;
pub mod function;

use function::Listed;

/// Bytes of text at most: a host of 4,096 functions with `-vvxxx` prints 20 MB.
pub const MAX_TEXT: usize = 64 << 20;

/// Words of one function at most; what follows is not lspci's.
const MAX_WORDS: usize = 1 << 16;

/// What a text of lspci says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files, for [`super::tree::Tree::from_nodes`].
    pub nodes: BTreeMap<String, Node>,
    /// What cannot be known from this text: the function's address and why.
    pub unknown: Vec<(String, String)>,
}

/// Reads a text that has the output of lspci in it.
///
/// # Errors
/// The text is longer than [`MAX_TEXT`], or there is no function in it.
pub fn read(text: &[u8]) -> Result<Listing> {
    if text.len() > MAX_TEXT {
        bail!(
            "the text has {} bytes, and lspci prints {MAX_TEXT} at most; cut the functions out that matter",
            text.len()
        );
    }
    let text = String::from_utf8_lossy(text);
    let mut listing = Listing::default();
    let mut seen = BTreeMap::new();
    for function in functions(&text) {
        if function.is_empty() {
            continue;
        }
        let times = seen.entry(function.address.clone()).or_insert(0_usize);
        *times += 1;
        match *times {
            1 => listing.add(&function),
            2 => listing.say(&function.address, "it stands in the text more than once; the first one counts"),
            _ => {}
        }
    }
    if listing.nodes.is_empty() {
        bail!(
            "no PCI function stands in this text; it must have lines such as '01:00.0 Ethernet controller: ...' with what \
             follows them: give the output of 'lspci -vvnnxxx' as root, or of 'lspci -vvnn'"
        );
    }
    Ok(listing)
}

impl Listing {
    /// Adds what somebody wrote down of another file of that host, `proc/interrupts` say.
    pub fn put(&mut self, path: &str, bytes: Vec<u8>) {
        self.nodes.insert(path.to_string(), Node::File(bytes));
    }

    fn say(&mut self, address: &str, what: &str) {
        self.unknown.push((address.to_string(), what.to_string()));
    }

    fn add(&mut self, function: &Listed) {
        let (config, unknown) = bytes::config(function);
        let dir = format!("sys/bus/pci/devices/{}", function.address);
        self.nodes.insert(dir.clone(), Node::Directory);
        if let Some(ids) = config.as_deref().and_then(|config| config.get(..12)) {
            self.put(&format!("{dir}/vendor"), format!("0x{:02x}{:02x}\n", ids[1], ids[0]).into_bytes());
            self.put(&format!("{dir}/device"), format!("0x{:02x}{:02x}\n", ids[3], ids[2]).into_bytes());
            let class = format!("0x{:02x}{:02x}{:02x}\n", ids[11], ids[10], ids[9]);
            self.put(&format!("{dir}/class"), class.into_bytes());
        }
        if let Some(config) = config {
            self.put(&format!("{dir}/config"), config);
        }
        if let Some(irq) = function.irq() {
            self.put(&format!("{dir}/irq"), format!("{irq}\n").into_bytes());
        }
        if let Some(driver) = &function.driver {
            self.nodes.insert(format!("{dir}/driver"), Node::Link(format!("../../../../bus/pci/drivers/{driver}")));
        }
        if let Some(group) = function.group {
            let link = Node::Link(format!("../../../../kernel/iommu_groups/{group}"));
            self.nodes.insert(format!("{dir}/iommu_group"), link);
            let member = format!("sys/kernel/iommu_groups/{group}/devices/{}", function.address);
            self.nodes.insert(member, Node::Link(format!("../../../../devices/{}", function.address)));
        }
        for what in unknown {
            self.say(&function.address, what);
        }
    }
}

/// The functions in a text, in its order.
fn functions(text: &str) -> Vec<Listed> {
    let mut functions: Vec<Listed> = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let finish = |functions: &mut Vec<Listed>, words: &mut Vec<&str>| {
        if let Some(function) = functions.last_mut() {
            function.read(words);
        }
        words.clear();
    };
    for line in text.lines() {
        let line = unquoted(line);
        if let Some((address, rest)) = header(line) {
            finish(&mut functions, &mut words);
            functions.push(Listed::new(address));
            words.extend(rest.split_whitespace());
        } else if let Some(function) = functions.last_mut() {
            match hex_row(line) {
                Some((offset, row)) => function.row(offset, &row),
                None => {
                    function.line(line);
                    words.extend(line.split_whitespace().take(MAX_WORDS.saturating_sub(words.len())));
                }
            }
        }
    }
    finish(&mut functions, &mut words);
    functions
}

/// A line without the marks that mail programs put before what they quote.
fn unquoted(line: &str) -> &str {
    line.trim_start_matches(|c: char| c == '>' || c == '|' || c.is_whitespace()).trim_end()
}

/// The address at the beginning of a function's first line, with its domain, and what follows it.
fn header(line: &str) -> Option<(String, &str)> {
    let (address, rest) = line.split_once(|c: char| c.is_whitespace())?;
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
    good.then(|| (format!("{domain}:{bus}:{device}.{function}").to_ascii_lowercase(), rest))
}

/// A row of `-x`: its offset and 1 to 16 bytes.
fn hex_row(line: &str) -> Option<(usize, Vec<u8>)> {
    let (offset, rest) = line.split_once(':')?;
    if !(2..=3).contains(&offset.len()) {
        return None;
    }
    let offset = usize::from_str_radix(offset, 16).ok()?;
    let byte = |word: &str| (word.len() == 2).then(|| u8::from_str_radix(word, 16).ok()).flatten();
    let row: Option<Vec<u8>> = rest.split_whitespace().take(17).map(byte).collect();
    row.filter(|row| (1..=16).contains(&row.len()) && offset % 16 == 0).map(|row| (offset, row))
}
