//! trace-cmd's own file, `trace.dat` of version 6 and 7: its entries in time order, in flat memory.
//!
//! [`head`] reads what stands before the data, from [`bytes`], unpacked by [`pack`]. Each CPU of each
//! instance is a [`stream`] of [`page`]s; they are merged by time. [`mod@format`] and [`symbols`] say what an entry means.
//! Sources: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5) of trace-cmd 3.3, kernel/trace/ring_buffer.c of Linux 6.12.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;

use anyhow::{Context, Result};

use self::bytes::{Order, Whole};
use self::format::{Field, Format};
use self::names::{Names, name};
use self::stream::{Budget, Stream};
use self::symbols::Symbols;
use super::entry::{Entry, What, is_flow_handler};
use super::function_graph::Open;

pub mod bytes;
pub mod format;
pub mod head;
mod names;
pub mod pack;
pub mod page;
pub mod parts;
pub mod stream;
pub mod symbols;
pub mod version_6;
pub mod version_7;

/// Bytes of pages and chunks that all CPUs together may hold: ten pages of 64 KiB for each of 3000 CPUs.
const MEMORY: u64 = 2 << 30;
/// `TRACE_FLAG_HARDIRQ` and `TRACE_FLAG_NMI` of `common_flags` (include/linux/trace_events.h, Linux 6.12).
const IN_INTERRUPT: u64 = 0x08 | 0x40;

/// The entries of a recording in numbers, wanted or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries of all CPUs and instances.
    pub entries: u64,
    /// Those among them whose event the file does not describe.
    pub unknown: u64,
    /// Every CPU that has data, by number.
    pub cpus: BTreeMap<u32, Cpu>,
}

/// The entries of a CPU, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// Its entries.
    pub entries: u64,
    /// Places where entries were lost.
    pub gaps: u64,
    /// Entries that were lost there; places whose number the kernel did not record count nothing.
    pub lost: u64,
}

/// Calls `visit` for each entry of the recording in time order.
///
/// `wanted` is asked once for each type of event (`irq_handler_entry`, without its system) and each function; entries of
/// others are counted and passed over. An address without a symbol is the function `0x...`, and asked for each time.
/// Losses are always visited. The entry's number counts entries and losses, from 1.
///
/// # Errors
/// An error of `visit`; or the file is no trace.dat, is cut or is damaged: then the byte, and what was expected there.
pub fn each(
    file: &File,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(Entry<'_>) -> Result<()>,
) -> Result<Summary> {
    let whole = Whole::new(file)?;
    let mut head = head::read(whole)?;
    let symbols = Symbols::new(std::mem::take(&mut head.symbols));
    let mut reader = Reader::new(&head.formats, head.layout.order, symbols, wanted);
    let mut budget = Budget(MEMORY);
    let mut streams: Vec<Stream<'_>> = Vec::new();
    let mut summary = Summary::default();
    for buffer in &head.buffers {
        for &region in &buffer.regions {
            summary.cpus.entry(region.cpu).or_default();
            streams.push(Stream::new(whole, head.layout, buffer, region));
        }
    }
    // The first of the streams with the least time, as trace-cmd merges them (tracecmd_peek_next_data).
    let mut heads = BinaryHeap::new();
    for (index, stream) in streams.iter_mut().enumerate() {
        stream.advance(&mut head.packing, &mut budget)?;
        heads.extend(stream.next.as_ref().map(|next| Reverse((next.time, index))));
    }
    let mut number = 0;
    while let Some(mut first) = heads.peek_mut() {
        let stream = &mut streams[first.0.1];
        take(stream, &mut number, &mut reader, &mut summary, visit)?;
        stream.advance(&mut head.packing, &mut budget)?;
        match &stream.next {
            Some(next) => first.0.0 = next.time,
            None => _ = std::collections::binary_heap::PeekMut::pop(first),
        }
    }
    Ok(summary)
}

fn take(
    stream: &Stream<'_>,
    number: &mut usize,
    reader: &mut Reader<'_>,
    summary: &mut Summary,
    visit: &mut dyn FnMut(Entry<'_>) -> Result<()>,
) -> Result<()> {
    let cpu = summary.cpus.entry(stream.cpu).or_default();
    if let Some(missed) = stream.next.as_ref().and_then(|next| next.missed) {
        *number += 1;
        cpu.gaps += 1;
        cpu.lost = cpu.lost.saturating_add(missed.events.unwrap_or(0));
        reader.open.forget();
        visit(Entry {
            number: *number,
            cpu: stream.cpu,
            pid: 0,
            irq: None,
            what: What::Lost,
        })?;
    }
    let Some(entry) = stream.entry() else {
        return Ok(());
    };
    *number += 1;
    cpu.entries += 1;
    summary.entries += 1;
    match reader
        .read(stream.cpu, entry)
        .with_context(|| format!("at {}", stream.place()))?
    {
        Read::Unknown => summary.unknown += 1,
        Read::Unwanted => {}
        Read::Wanted { pid, irq, what } => {
            visit(Entry {
                number: *number,
                cpu: stream.cpu,
                pid,
                irq: Some(irq),
                what,
            })?;
        }
    }
    Ok(())
}

/// The use that is made of entries of one type.
enum Use {
    /// The function tracer's entries.
    Function {
        address: Field,
        caller: Option<Field>,
    },
    /// The graph tracer's.
    Enter {
        address: Field,
        depth: Option<Field>,
    },
    Leave {
        depth: Field,
    },
    /// An event that is wanted.
    Event(Format),
    Nothing,
}

struct Type {
    what: Use,
    pid: Option<Field>,
    flags: Option<Field>,
}

impl Type {
    fn new(format: &Format, wanted: &dyn Fn(&str) -> bool) -> Type {
        let field = |name: &str| format.field(name).cloned();
        let what = match format.name.as_str() {
            "function" => field("ip").map(|address| Use::Function {
                address,
                caller: field("parent_ip"),
            }),
            "funcgraph_entry" | "fgraph_retaddr_entry" => field("func").map(|address| Use::Enter {
                address,
                depth: field("depth"),
            }),
            "funcgraph_exit" => field("depth").map(|depth| Use::Leave { depth }),
            name => wanted(name).then(|| Use::Event(format.clone())),
        };
        Type {
            what: what.unwrap_or(Use::Nothing),
            pid: field("common_pid"),
            flags: field("common_flags"),
        }
    }
}

enum Read<'a> {
    Unknown,
    Unwanted,
    Wanted { pid: u64, irq: bool, what: What<'a> },
}

/// Makes lines of entries.
struct Reader<'a> {
    order: Order,
    id: Option<Field>,
    /// By `common_type`.
    types: Vec<Option<Type>>,
    names: Names,
    /// The functions that the graph tracer has open: the number of each, or none, and its address.
    open: Open<(Option<usize>, u64)>,
    wanted: &'a dyn Fn(&str) -> bool,
    /// The text of an event, used again for the next.
    args: String,
}

impl<'a> Reader<'a> {
    fn new(
        formats: &[Format],
        order: Order,
        symbols: Symbols,
        wanted: &'a dyn Fn(&str) -> bool,
    ) -> Reader<'a> {
        let mut types: Vec<Option<Type>> = Vec::new();
        for format in formats {
            let id = usize::from(format.id);
            if types.len() <= id {
                types.resize_with(id + 1, || None);
            }
            if types[id].is_none() {
                types[id] = Some(Type::new(format, wanted));
            }
        }
        let id = formats
            .first()
            .and_then(|format| format.field("common_type"))
            .cloned();
        Reader {
            order,
            id,
            types,
            names: Names::new(symbols),
            open: Open::default(),
            wanted,
            args: String::new(),
        }
    }

    fn read(&mut self, cpu: u32, entry: &[u8]) -> Result<Read<'_>> {
        let order = self.order;
        let short = || {
            format!(
                "an entry of {} bytes is shorter than its event: the file is damaged",
                entry.len()
            )
        };
        let id = self
            .id
            .as_ref()
            .and_then(|id| id.number(entry, order))
            .with_context(short)?;
        let Some(Some(kind)) = self.types.get(usize::try_from(id).unwrap_or(usize::MAX)) else {
            return Ok(Read::Unknown);
        };
        let number = |field: &Field| field.number(entry, order).with_context(short);
        let pid = kind.pid.as_ref().map_or(Ok(0), number)?;
        let mut irq = kind.flags.as_ref().map_or(Ok(0), number)? & IN_INTERRUPT != 0;
        let what = match &kind.what {
            Use::Nothing => return Ok(Read::Unwanted),
            Use::Function { address, caller } => {
                let caller = caller.as_ref().map(number).transpose()?;
                match function(&mut self.names, self.wanted, number(address)?, caller)? {
                    Some(what) => what,
                    None => return Ok(Read::Unwanted),
                }
            }
            Use::Enter { address, depth } => {
                let names = &mut self.names;
                let address = number(address)?;
                let depth = depth.as_ref().map(number).transpose()?.map(level);
                let index = names.find(address)?;
                let flow = index.is_some_and(|index| is_flow_handler(names.symbols.name(index)));
                let mut caller = None;
                if let Some(depth) = depth {
                    let open = self.open.around(cpu, pid, depth);
                    caller = open.caller(depth).copied();
                    irq |= open.in_interrupt() || flow;
                    open.enter(depth, (index, address), flow);
                }
                if !names.wanted(index, address, self.wanted) {
                    return Ok(Read::Unwanted);
                }
                let symbols = &names.symbols;
                let caller = caller.map_or("", |(index, address)| {
                    name(symbols, index, address, &mut names.caller)
                });
                What::Call(
                    name(symbols, index, address, &mut names.function),
                    Some(caller),
                    "",
                )
            }
            Use::Leave { depth } => {
                self.open.around(cpu, pid, level(number(depth)?));
                return Ok(Read::Unwanted);
            }
            Use::Event(format) => {
                self.args.clear();
                format.show(entry, order, &mut self.args);
                What::Event(&format.name, &self.args)
            }
        };
        Ok(Read::Wanted { pid, irq, what })
    }
}

/// An entry of the function tracer; `None` if it is not wanted.
fn function<'n>(
    names: &'n mut Names,
    wanted: &dyn Fn(&str) -> bool,
    address: u64,
    caller: Option<u64>,
) -> Result<Option<What<'n>>> {
    let function = names.find(address)?;
    if !names.wanted(function, address, wanted) {
        return Ok(None);
    }
    let caller = caller.map(|caller| (names.symbols.find(caller), caller));
    let symbols = &names.symbols;
    let caller = caller.map(|(index, address)| name(symbols, index, address, &mut names.caller));
    let function = name(symbols, function, address, &mut names.function);
    Ok(Some(What::Function(function, caller)))
}

/// A depth as a number of levels; no kernel has more than 50 (`FTRACE_RETFUNC_DEPTH`).
fn level(depth: u64) -> usize {
    depth.min(1 << 16) as usize
}
