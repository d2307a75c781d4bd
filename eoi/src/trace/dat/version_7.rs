//! Version 7: options that say where the sections are (trace-cmd.dat.v7(5)).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::bytes::{Bytes, Whole};
use super::pack::Packing;
use super::page::Layout;
use super::parts::{self, Buffer, Head, OPTION_BUFFER, Region};
use super::symbols;

const OPTION_DONE: u16 = 0;
const OPTION_HEADER_INFO: u16 = 16;
const OPTION_FTRACE_EVENTS: u16 = 17;
const OPTION_EVENT_FORMATS: u16 = 18;
const OPTION_KALLSYMS: u16 = 19;
const OPTION_BUFFER_TEXT: u16 = 22;

/// The section's flag: it is packed.
const PACKED: u16 = 1;
/// Bytes of a section of options or formats when unpacked; those of a whole kernel have 5 MiB.
const MOST_SECTION: u64 = 64 << 20;
/// Sections of options that name one another.
const MOST_OPTION_SECTIONS: usize = 1024;

/// A section's head has been read; the data follows.
struct Section<'a> {
    bytes: Bytes<'a>,
    packed: bool,
}

/// Reads the rest of the head.
///
/// # Errors
/// The byte and what was expected there.
pub fn read(whole: Whole<'_>, bytes: &mut Bytes<'_>) -> Result<Head> {
    let name = bytes.string("the packing's name")?;
    bytes.string("the packing's version")?;
    let mut file = Sectioned {
        whole,
        order: bytes.order(),
        packing: Packing::named(&name)?,
    };
    let first = bytes.u64("where the options are")?;
    let (places, buffers) = file.options(first)?;
    let place = |id: u16, what: &str| {
        places
            .get(&id)
            .copied()
            .with_context(|| format!("the options have no {what}: the file is cut or damaged"))
    };
    let at = place(OPTION_HEADER_INFO, "pages' layout (option 16)")?;
    let long = parts::header_info(&mut file.open(at, OPTION_HEADER_INFO, MOST_SECTION)?)?;
    let mut formats = Vec::new();
    let at = place(
        OPTION_FTRACE_EVENTS,
        "formats of ftrace's events (option 17)",
    )?;
    parts::ftrace_formats(
        &mut file.open(at, OPTION_FTRACE_EVENTS, MOST_SECTION)?,
        &mut formats,
    )?;
    if let Some(&at) = places.get(&OPTION_EVENT_FORMATS) {
        parts::event_formats(
            &mut file.open(at, OPTION_EVENT_FORMATS, MOST_SECTION)?,
            &mut formats,
        )?;
    }
    let symbols = match places.get(&OPTION_KALLSYMS) {
        Some(&at) => parts::kallsyms(&mut file.open(at, OPTION_KALLSYMS, symbols::MOST_BYTES)?)?,
        None => Vec::new(),
    };
    if buffers.is_empty() {
        match places.contains_key(&OPTION_BUFFER_TEXT) {
            true => bail!("{}", parts::text_only()),
            false => bail!(
                "the options have no trace data (option 3): the file is cut, or nothing was recorded"
            ),
        }
    }
    let layout = Layout {
        order: file.order,
        long,
    };
    Ok(Head {
        layout,
        formats,
        symbols,
        buffers,
        packing: file.packing,
    })
}

struct Sectioned<'a> {
    whole: Whole<'a>,
    order: super::bytes::Order,
    packing: Packing,
}

impl<'a> Sectioned<'a> {
    /// Every option: where the sections are, and the buffers.
    fn options(&mut self, first: u64) -> Result<(BTreeMap<u16, u64>, Vec<Buffer>)> {
        let (mut places, mut buffers) = (BTreeMap::new(), Vec::new());
        let (mut at, mut seen, mut total) = (first, BTreeSet::new(), 0u64);
        while at != 0 {
            if !seen.insert(at) || seen.len() > MOST_OPTION_SECTIONS {
                bail!(
                    "the options at byte {at} come again, or there are too many: the file is damaged"
                );
            }
            let mut bytes = self.open(at, OPTION_DONE, MOST_SECTION)?;
            at = loop {
                let id = bytes.u16("an option")?;
                let size = bytes.u32("an option's size")?;
                total += u64::from(size);
                if total > MOST_SECTION {
                    bail!(
                        "before {} the options have more than {MOST_SECTION} bytes: it is damaged",
                        bytes.place()
                    );
                }
                let from = bytes.position();
                let data = bytes.block(size.into(), MOST_SECTION, "an option")?;
                let mut data = Bytes::of_section(data, self.order, from);
                match id {
                    OPTION_DONE => break data.u64("where the next options are")?,
                    OPTION_BUFFER => buffers.push(self.buffer(&mut data)?),
                    _ if size >= 8 => _ = places.insert(id, data.u64("where a section is")?),
                    _ => {}
                }
            };
        }
        Ok((places, buffers))
    }

    fn buffer(&mut self, option: &mut Bytes<'_>) -> Result<Buffer> {
        let at = option.u64("where a buffer's data is")?;
        let name = option.string("an instance's name")?;
        let clock = option.string("an instance's clock")?;
        let page_size = parts::page_size(option.u32("the buffer's page size")?, option)?;
        let cpus = option.u32("the number of CPUs")?;
        let mut regions = Vec::new();
        for _ in 0..parts::cpu_count(cpus, option)? {
            let cpu = option.u32("a CPU")?;
            let region = Region {
                cpu,
                at: option.u64("where a CPU's data is")?,
                size: option.u64("how long it is")?,
            };
            if region.size > 0 {
                regions.push(region);
            }
        }
        let packed = !regions.is_empty() && self.head(at, OPTION_BUFFER)?.packed;
        Ok(Buffer {
            name,
            clock,
            page_size,
            packed,
            regions,
        })
    }

    /// The head of the section at byte `at`: id, flags, a string's number, size.
    fn head(&self, at: u64, id: u16) -> Result<Section<'a>> {
        let mut bytes = Bytes::of_file(self.whole, self.order, at);
        let found = bytes.u16("a section's id")?;
        if found != id {
            bail!(
                "at byte {at} section {id} was expected and {found} is there: the file is cut or damaged"
            );
        }
        let packed = bytes.u16("a section's flags")? & PACKED != 0;
        bytes.u32("a section's description")?;
        bytes.u64("a section's size")?;
        Ok(Section { bytes, packed })
    }

    /// The data of the section at byte `at`, unpacked.
    fn open(&mut self, at: u64, id: u16, most: u64) -> Result<Bytes<'a>> {
        let Section { mut bytes, packed } = self.head(at, id)?;
        if !packed {
            return Ok(bytes);
        }
        let (size, unpacked) = (
            bytes.u32("a section's packed size")?,
            bytes.u32("a section's unpacked size")?,
        );
        let from = bytes.position();
        if u64::from(unpacked) > most {
            bail!(
                "at byte {at} section {id} claims {unpacked} unpacked bytes, and {most} is the limit: it is damaged"
            );
        }
        let data = bytes.block(size.into(), u64::from(u32::MAX), "a packed section")?;
        let data = self
            .packing
            .unpack(&data, unpacked as usize)
            .with_context(|| format!("section {id} at byte {at}"))?;
        Ok(Bytes::of_section(data, self.order, from))
    }
}
