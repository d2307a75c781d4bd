//! The parts that both versions of a trace.dat have before their data, and what they are read into.

use anyhow::{Context, Result, bail};

use super::bytes::Bytes;
use super::format::{self, Format};
use super::pack::Packing;
use super::page::Layout;
use super::symbols;

/// Bytes of one `format` file, and of the ring buffer's two; real ones have a few thousand.
const MOST_FORMAT: u64 = 1 << 20;
/// CPUs of one buffer; more than Linux can be built for.
const MOST_CPUS: u32 = 1 << 14;
/// Types of events: `common_type` has 16 bits.
const MOST_FORMATS: usize = 1 << 16;
/// Pages from the smallest page of any machine to `RB_WRITE_MASK` + 1 (`ring_buffer_subbuf_order_set`, Linux 6.12).
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 1 << 12..=1 << 20;

/// The option that describes a buffer, in both versions.
pub const OPTION_BUFFER: u16 = 3;

/// Where one CPU's pages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The CPU.
    pub cpu: u32,
    /// The first byte in the file.
    pub at: u64,
    /// Bytes in the file, packed or not.
    pub size: u64,
}

/// The data of one trace instance.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// The instance; the top one has no name.
    pub name: String,
    /// Its clock; empty where the file does not say it (version 6).
    pub clock: String,
    /// Bytes of one page.
    pub page_size: usize,
    /// Its regions are packed in chunks.
    pub packed: bool,
    /// The CPUs that have data.
    pub regions: Vec<Region>,
}

/// Everything about a recording but its entries.
pub struct Head {
    /// How words are laid out.
    pub layout: Layout,
    /// Every event's format.
    pub formats: Vec<Format>,
    /// /proc/kallsyms of the recorded machine; empty where it was not recorded.
    pub symbols: Vec<u8>,
    /// The top instance first.
    pub buffers: Vec<Buffer>,
    /// How packed parts are packed.
    pub packing: Packing,
}

/// A page size that the kernel can have.
///
/// # Errors
/// Any other number.
pub fn page_size(size: u32, bytes: &Bytes<'_>) -> Result<usize> {
    if !PAGE_SIZES.contains(&size) || !size.is_power_of_two() {
        bail!(
            "before {} the page size is {size}; a power of two from 4096 to 1048576 was expected: the file is damaged",
            bytes.place()
        );
    }
    Ok(size as usize)
}

/// The message for a recording of a latency tracer.
#[must_use]
pub fn text_only() -> &'static str {
    "it holds the text of a latency tracer and no trace data; give the text of `trace-cmd report`, or record with -p function"
}

/// The number of CPUs, bounded.
///
/// # Errors
/// More than 16384.
pub fn cpu_count(cpus: u32, bytes: &Bytes<'_>) -> Result<u32> {
    if cpus > MOST_CPUS {
        bail!(
            "before {} there are {cpus} CPUs, and {MOST_CPUS} is the limit: the file is damaged",
            bytes.place()
        );
    }
    Ok(cpus)
}

/// `header_page` and `header_event`; returns the size of the kernel's `long`, which user space's need not be.
///
/// # Errors
/// They are not there, or describe another ring buffer than the one that is known here.
pub fn header_info(bytes: &mut Bytes<'_>) -> Result<usize> {
    bytes.expect(b"header_page\0", "\"header_page\"")?;
    let size = bytes.u64("the size of header_page")?;
    let page = bytes.block(size, MOST_FORMAT, "header_page")?;
    bytes.expect(b"header_event\0", "\"header_event\"")?;
    let size = bytes.u64("the size of header_event")?;
    bytes.skip(size, "header_event")?;
    let commit = format::place(&page, "commit");
    let (Some((0, 8)), Some((8, long @ (4 | 8))), Some((data, _))) = (
        format::place(&page, "timestamp"),
        commit,
        format::place(&page, "data"),
    ) else {
        bail!(
            "before {} the pages' layout is not one that is known; kernels from 2.6.32 on have it",
            bytes.place()
        );
    };
    if data != 8 + long {
        bail!(
            "before {} a page's data is said to begin at its byte {data}: that is not known here",
            bytes.place()
        );
    }
    Ok(long)
}

/// ftrace's own events.
///
/// # Errors
/// The byte and what was expected there.
pub fn ftrace_formats(bytes: &mut Bytes<'_>, into: &mut Vec<Format>) -> Result<()> {
    let count = bytes.u32("the number of ftrace's events")?;
    (0..count).try_for_each(|_| one_format(bytes, into))
}

/// The events of every system.
///
/// # Errors
/// The byte and what was expected there.
pub fn event_formats(bytes: &mut Bytes<'_>, into: &mut Vec<Format>) -> Result<()> {
    for _ in 0..bytes.u32("the number of event systems")? {
        bytes.string("an event system's name")?;
        for _ in 0..bytes.u32("the number of a system's events")? {
            one_format(bytes, into)?;
        }
    }
    Ok(())
}

fn one_format(bytes: &mut Bytes<'_>, into: &mut Vec<Format>) -> Result<()> {
    let size = bytes.u64("the size of an event's format")?;
    let place = bytes.place();
    if into.len() >= MOST_FORMATS {
        bail!("at {place} there are more than {MOST_FORMATS} events: the file is damaged");
    }
    let text = bytes.block(size, MOST_FORMAT, "an event's format")?;
    into.push(Format::parse(&text).with_context(|| format!("at {place}"))?);
    Ok(())
}

/// The text of /proc/kallsyms.
///
/// # Errors
/// It is cut or too long.
pub fn kallsyms(bytes: &mut Bytes<'_>) -> Result<Vec<u8>> {
    let size = bytes.u32("the size of kallsyms")?;
    bytes.block(size.into(), symbols::MOST_BYTES, "kallsyms")
}
