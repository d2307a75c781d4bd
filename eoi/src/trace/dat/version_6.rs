//! Version 6: one sequence, with the table of the CPUs' data at its end (trace-cmd.dat.v6(5)).

use anyhow::{Context, Result, bail};

use super::bytes::{Bytes, Whole};
use super::pack::Packing;
use super::page::Layout;
use super::parts::{
    self, Buffer, Head, OPTION_BUFFER, Region, cpu_count, event_formats, ftrace_formats,
    header_info, kallsyms,
};
use crate::terminal::shown;

/// Bytes of one option of version 6.
const MOST_OPTION: u64 = 16 << 20;
/// Options of version 6 in one place.
const MOST_OPTIONS: usize = 1 << 16;
/// Trace instances besides the top one.
const MOST_INSTANCES: usize = 128;

const OPTION_CPU_COUNT: u16 = 8;

/// Reads the rest of the head.
///
/// # Errors
/// The byte and what was expected there.
pub fn read(whole: Whole<'_>, bytes: &mut Bytes<'_>, page_size: usize) -> Result<Head> {
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
    let buffer = |name, regions| Buffer {
        name,
        clock: String::new(),
        page_size,
        packed: false,
        regions,
    };
    let mut buffers = vec![buffer(String::new(), regions)];
    for (name, at) in others {
        let mut there = Bytes::of_file(whole, bytes.order(), at);
        let regions = data(&mut there, &mut cpus, &mut Vec::new());
        let regions = regions.with_context(|| format!("the instance \"{}\"", shown(&name)))?;
        buffers.push(buffer(name, regions));
    }
    let layout = Layout {
        order: bytes.order(),
        long,
    };
    Ok(Head {
        layout,
        formats,
        symbols,
        buffers,
        packing: Packing::None,
    })
}

/// Options, if there are any, and the table of the CPUs' data; other instances and the number of CPUs are options.
fn data(
    bytes: &mut Bytes<'_>,
    cpus: &mut u32,
    others: &mut Vec<(String, u64)>,
) -> Result<Vec<Region>> {
    let mut kind = bytes.array::<10>("the kind of the data")?;
    if kind.starts_with(b"options") {
        options(bytes, cpus, others)?;
        kind = bytes.array::<10>("the kind of the data")?;
    }
    if kind.starts_with(b"latency") {
        bail!("{}", parts::text_only());
    }
    if !kind.starts_with(b"flyrecord") {
        bail!(
            "before {} \"flyrecord\" was expected: the file is cut or damaged",
            bytes.place()
        );
    }
    (0..cpu_count(*cpus, bytes)?)
        .map(|cpu| {
            Ok(Region {
                cpu,
                at: bytes.u64("where a CPU's data is")?,
                size: bytes.u64("how long it is")?,
            })
        })
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
        let mut option = Bytes::of_section(
            bytes.block(size.into(), MOST_OPTION, "an option")?,
            bytes.order(),
            from,
        );
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
                    bail!(
                        "before {} there are more than {MOST_INSTANCES} instances: it is damaged",
                        bytes.place()
                    );
                }
            }
            _ => {}
        }
    }
    bail!(
        "before {} there are more than {MOST_OPTIONS} options: the file is damaged",
        bytes.place()
    )
}
