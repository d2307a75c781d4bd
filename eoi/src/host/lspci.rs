//! The output of `lspci` in somebody's report, as the files that it was printed from.
//!
//! Taken are `lspci -v`, `-vv`, `-vvnn`, `-nnk`, `-vvxxx` and their like, with other text around, however they were pasted
//! ([`crate::text`]). Where the configuration space stands in hexadecimal (`-x`, `-xxx`), those bytes count. Else it is as
//! the text says ([`config`]), and what the text cannot tell is listed in [`Listing::unknown`]: a line that is not there is
//! no evidence that lspci did not print it, unless a later one of the same function is there.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::node::{MAX_NAMES, Node};
use crate::text::marks::LEFT_OUT;
use crate::text::{Grammar, Pasted};

pub mod config;
pub mod fit;
pub mod function;
pub mod lines;

use function::Listed;
use lines::Place;

/// The lines of a pasted text of lspci.
pub const GRAMMAR: Grammar = Grammar {
    knows: lines::knows,
    join: lines::join,
    fit: fit::fit,
};

/// Bytes of text at most: a host of 4,096 functions with `-vvxxx` prints 20 MB.
pub const MAX_TEXT: usize = 32 << 20;

/// The files that a text of lspci tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files, for [`super::tree::Tree::from_nodes`].
    pub nodes: BTreeMap<String, Node>,
    /// The questions that this text leaves open: the function's address, or lines of the text, and why.
    pub unknown: Vec<(String, String)>,
    /// The changes that were undone of the text before it was read, in a sentence.
    pub undone: Option<String>,
}

/// Reads a text that has the output of lspci in it.
///
/// # Errors
/// The text is longer than [`MAX_TEXT`], has more functions than a host, or has none.
pub fn read(text: &[u8]) -> Result<Listing> {
    if text.len() > MAX_TEXT {
        bail!(
            "the text has {} bytes, and lspci prints {MAX_TEXT} at most; cut the functions out that matter",
            text.len()
        );
    }
    let pasted = Pasted::read(text, &GRAMMAR);
    let mut listing = Listing {
        undone: pasted.says(),
        ..Listing::default()
    };
    listing.unknown.extend(headless(&pasted.text));
    let left_out = pasted.undone.iter().any(|change| change.contains(LEFT_OUT));
    for (function, differ) in functions(&pasted.text, left_out)?.values() {
        listing.add(function);
        for what in differ {
            listing.say(
                &function.address,
                &format!("the text gives more than one {what} for it; the fullest place counts"),
            );
        }
    }
    if listing.nodes.is_empty() {
        let behind = Some(hidden(&pasted.text))
            .filter(|said| !said.is_empty())
            .unwrap_or_else(|| begins(&pasted.text));
        bail!(
            "no PCI function stands in this text; it must have lines such as '01:00.0 Ethernet controller: ...' with what \
             follows them: give the output of 'lspci -vvnnxxx' as root, or of 'lspci -vvnn'{behind}"
        );
    }
    Ok(listing)
}

/// The line with which a text begins that is not understood, for an error.
fn begins(text: &str) -> String {
    let first = text
        .lines()
        .zip(1..)
        .find(|(line, _)| !line.trim().is_empty());
    first.map_or(String::new(), |(line, number)| {
        let start: String = line.trim().chars().take(60).collect();
        format!(". Line {number} begins with '{start}'")
    })
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
        let (config, unknown) = config::config(function);
        let dir = format!("sys/bus/pci/devices/{}", function.address);
        self.nodes.insert(dir.clone(), Node::Directory);
        let node = if function.config.len() < 64 {
            Node::Printed(config)
        } else {
            Node::File(function.config.clone())
        };
        self.nodes.insert(format!("{dir}/config"), node);
        if let Some(irq) = function.irq() {
            self.put(&format!("{dir}/irq"), format!("{irq}\n").into_bytes());
        }
        if let Some(driver) = &function.driver {
            self.nodes.insert(
                format!("{dir}/driver"),
                Node::Link(format!("../../../../bus/pci/drivers/{driver}")),
            );
        }
        if let Some(group) = function.group {
            let link = Node::Link(format!("../../../../kernel/iommu_groups/{group}"));
            self.nodes.insert(format!("{dir}/iommu_group"), link);
            let member = format!(
                "sys/kernel/iommu_groups/{group}/devices/{}",
                function.address
            );
            self.nodes.insert(
                member,
                Node::Link(format!("../../../../devices/{}", function.address)),
            );
        }
        for what in unknown {
            self.say(&function.address, what);
        }
    }
}

/// Lines of a function that stand before the first address: another function's, whose name is lost.
fn headless(text: &str) -> Option<(String, String)> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .zip(1..)
        .take_while(|(line, _)| lines::header(line).is_none());
    let is_ours = |line: &str| matches!(lines::place(line), Some(place) if place > Place::Before);
    let (_, first) = lines.by_ref().find(|(line, _)| is_ours(line))?;
    let last = lines
        .filter(|(line, _)| is_ours(line))
        .last()
        .map_or(first, |(_, last)| last);
    let why = "they stand before the first function's address: they belong to another function, on an irq that may be shared";
    Some((
        format!("lines {first} to {last} of the text"),
        why.to_string(),
    ))
}

/// A function, and what different places of the text say differently of it.
type Told = (Listed, Vec<&'static str>);

/// The functions in a text, each once. Where lines may be `left_out`, none of them is missed.
fn functions(text: &str, left_out: bool) -> Result<BTreeMap<String, Told>> {
    let mut functions: BTreeMap<String, Told> = BTreeMap::new();
    let mut open: Option<Listed> = None;
    let mut group = None;
    for line in text.lines().map(str::trim) {
        if let Some(header) = lines::header(line) {
            finish(&mut functions, open.take())?;
            let mut function = Listed::new(header.address, header.group.or(group), left_out);
            function.head(header.rest);
            open = Some(function);
        } else if let Some((number, "")) =
            lines::group(line).filter(|_| !line.starts_with("IOMMU group: "))
        {
            // A list by groups: the group stands above its functions.
            finish(&mut functions, open.take())?;
            group = Some(number);
        } else if let Some(function) = &mut open {
            match lines::hex_row(line) {
                Some((offset, row)) => function.row(offset, &row),
                None => function.line(line),
            }
        }
    }
    finish(&mut functions, open)?;
    Ok(functions)
}

/// Takes a function in. One that is there already is joined with it: the fuller of the two counts.
fn finish(functions: &mut BTreeMap<String, Told>, function: Option<Listed>) -> Result<()> {
    let Some(mut function) = function else {
        return Ok(());
    };
    if functions.len() >= MAX_NAMES && !functions.contains_key(&function.address) {
        bail!("the text has more than {MAX_NAMES} functions; cut those out that matter");
    }
    let Some((known, differ)) = functions.get_mut(&function.address) else {
        functions.insert(function.address.clone(), (function, Vec::new()));
        return Ok(());
    };
    if function.fullness() > known.fullness() {
        std::mem::swap(known, &mut function);
    }
    for what in known.join(function) {
        if !differ.contains(&what) {
            differ.push(what);
        }
    }
    Ok(())
}

/// Lines that are searched for a mark, for an error.
const LOOKED_AT: usize = 10_000;

/// The line that has an address with something before it that nobody knows, for an error.
fn hidden(text: &str) -> String {
    for (number, line) in text.lines().take(LOOKED_AT).enumerate() {
        let starts = line.char_indices().map(|(at, _)| at).take(120);
        if let Some(at) = starts
            .filter(|&at| at > 0)
            .find(|&at| lines::header(&line[at..]).is_some())
        {
            return format!(
                ". Line {} has one behind the mark '{}'",
                number + 1,
                line[..at].trim()
            );
        }
    }
    String::new()
}
