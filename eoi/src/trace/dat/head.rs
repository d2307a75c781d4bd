//! What stands before the trace data: byte order, formats, symbols, and where each CPU's pages are.
//!
//! trace-cmd.dat.v6(5) is one sequence; trace-cmd.dat.v7(5) is sections, in [`super::sections`]. The parts are the same.

use anyhow::{Context, Result, bail};

use super::bytes::{Bytes, Order, Whole};
use super::format::{self, Format};
use super::pack::Packing;
use super::page::Layout;
use super::{sections, symbols};

/// What a trace.dat begins with.
pub const MAGIC: &[u8; 10] = b"\x17\x08\x44tracing";

/// Bytes of one `format` file, and of the ring buffer's two; real ones have a few thousand.
const MOST_FORMAT: u64 = 1 << 20;
/// Bytes of one option of version 6.
const MOST_OPTION: u64 = 16 << 20;
/// Options of version 6 in one place.
const MOST_OPTIONS: usize = 1 << 16;
/// CPUs of one buffer; more than Linux can be built for.
const MOST_CPUS: u32 = 1 << 14;
/// Trace instances besides the top one.
const MOST_INSTANCES: usize = 128;
/// Types of events: `common_type` has 16 bits.
const MOST_FORMATS: usize = 1 << 16;
/// Pages from the smallest page of any machine to `RB_WRITE_MASK` + 1 (`ring_buffer_subbuf_order_set`, Linux 6.12).
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 1 << 12..=1 << 20;

/// Option ids that both versions have.
pub const OPTION_BUFFER: u16 = 3;
const OPTION_CPU_COUNT: u16 = 8;

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
pub struct Recording {
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

/// Reads the head of a file.
///
/// # Errors
/// The byte and what was expected there.
pub fn read(whole: Whole<'_>) -> Result<Recording> {
    let mut bytes = Bytes::of_file(whole, Order::Little, 0);
    bytes.expect(MAGIC, "the mark of a trace.dat")?;
    let version = bytes.string("the format's version")?;
    let order = match bytes.array("the byte order")? {
        [0] => Order::Little,
        [1] => Order::Big,
        [other] => bail!("before {} the byte order is {other}; 0 and 1 are known: the file is damaged", bytes.place()),
    };
    bytes.set_order(order);
    let [_user_space_long] = bytes.array("the size of a long")?;
    let page_size = page_size(bytes.u32("the page size")?, &bytes)?;
    let mut recording = match version.as_str() {
        "6" => version_6(whole, &mut bytes, page_size)?,
        "7" => sections::read(whole, &mut bytes)?,
        _ => bail!(
            "it has version {version:?} of trace-cmd's format, and 6 and 7 can be read; give the text of `trace-cmd report`"
        ),
    };
    recording.buffers.sort_by_key(|buffer| !buffer.name.is_empty()); // stable: the top one first
    check(&recording.buffers, whole.length)?;
    Ok(recording)
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

/// No region behind the end, none twice: what is read is never more than the file.
fn check(buffers: &[Buffer], length: u64) -> Result<()> {
    let mut total = 0u64;
    for region in buffers.iter().flat_map(|buffer| &buffer.regions) {
        let Region { cpu, at, size } = *region;
        if at.checked_add(size).is_none_or(|end| end > length) {
            bail!(
                "CPU {cpu}'s data is {size} bytes from byte {at} on, and the file ends at byte {length}: it is cut; copy \
                 it again"
            );
        }
        total += size; // each is below the file's length, and there are less than 2^32
        if total > length {
            bail!("the CPUs' data is {total} bytes and more in a file of {length} bytes: it is damaged");
        }
    }
    let mut clocks = buffers.iter().filter(|buffer| !buffer.regions.is_empty()).map(|buffer| &buffer.clock);
    if let Some(first) = clocks.next()
        && let Some(other) = clocks.find(|&clock| clock != first)
    {
        bail!("its instances have different clocks, {first} and {other}, and no common order; record with one (-C)");
    }
    Ok(())
}

fn version_6(whole: Whole<'_>, bytes: &mut Bytes<'_>, page_size: usize) -> Result<Recording> {
    let long = header_info(bytes)?;
    let mut formats = Vec::new();
    ftrace_formats(bytes, &mut formats)?;
    event_formats(bytes, &mut formats)?;
    let symbols = kallsyms(bytes)?;
    let printk = bytes.u32("the size of the printk formats")?;
    bytes.skip(printk.into(), "the printk formats")?;
    let tasks = bytes.u64("the size of the tasks' names")?;
    bytes.skip(tasks, "the tasks' names")?;
    let mut cpus = bytes.u32("the number of CPUs")?;
    let mut others = Vec::new();
    let regions = data(bytes, &mut cpus, &mut others)?;
    let buffer = |name, regions| Buffer { name, clock: String::new(), page_size, packed: false, regions };
    let mut buffers = vec![buffer(String::new(), regions)];
    for (name, at) in others {
        let mut there = Bytes::of_file(whole, bytes.order(), at);
        let regions = data(&mut there, &mut cpus, &mut Vec::new()).with_context(|| format!("the instance {name:?}"))?;
        buffers.push(buffer(name, regions));
    }
    let layout = Layout { order: bytes.order(), long };
    Ok(Recording { layout, formats, symbols, buffers, packing: Packing::None })
}

/// Options, if there are any, and the table of the CPUs' data; other instances and the number of CPUs are options.
fn data(bytes: &mut Bytes<'_>, cpus: &mut u32, others: &mut Vec<(String, u64)>) -> Result<Vec<Region>> {
    let mut kind = bytes.array::<10>("the kind of the data")?;
    if kind.starts_with(b"options") {
        options(bytes, cpus, others)?;
        kind = bytes.array::<10>("the kind of the data")?;
    }
    if kind.starts_with(b"latency") {
        bail!("{}", text_only());
    }
    if !kind.starts_with(b"flyrecord") {
        bail!("before {} \"flyrecord\" was expected: the file is cut or damaged", bytes.place());
    }
    (0..cpu_count(*cpus, bytes)?)
        .map(|cpu| Ok(Region { cpu, at: bytes.u64("where a CPU's data is")?, size: bytes.u64("how long it is")? }))
        .filter(|region| region.as_ref().map_or(true, |region| region.size > 0))
        .collect()
}

fn options(bytes: &mut Bytes<'_>, cpus: &mut u32, others: &mut Vec<(String, u64)>) -> Result<()> {
    for _ in 0..MOST_OPTIONS {
        let id = bytes.u16("an option")?;
        if id == 0 {
            return Ok(());
        }
        let size = bytes.u32("an option's size")?;
        let from = bytes.position();
        let mut option = Bytes::of_section(bytes.block(size.into(), MOST_OPTION, "an option")?, bytes.order(), from);
        match id {
            OPTION_CPU_COUNT => *cpus = option.u32("the number of CPUs")?,
            OPTION_BUFFER => {
                let at = option.u64("where an instance's data is")?;
                let name = option.string("an instance's name")?;
                // trace-cmd writes one for the top instance too; its data follows here.
                if !name.is_empty() {
                    others.push((name, at));
                }
                if others.len() > MOST_INSTANCES {
                    bail!("before {} there are more than {MOST_INSTANCES} instances: it is damaged", bytes.place());
                }
            }
            _ => {}
        }
    }
    bail!("before {} there are more than {MOST_OPTIONS} options: the file is damaged", bytes.place())
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
        bail!("before {} there are {cpus} CPUs, and {MOST_CPUS} is the limit: the file is damaged", bytes.place());
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
    let (Some((0, 8)), Some((8, long @ (4 | 8))), Some((data, _))) =
        (format::place(&page, "timestamp"), commit, format::place(&page, "data"))
    else {
        bail!("before {} the pages' layout is not one that is known; kernels from 2.6.32 on have it", bytes.place());
    };
    if data != 8 + long {
        bail!("before {} a page's data is said to begin at its byte {data}: that is not known here", bytes.place());
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
