//! What a recording is made of, and which reader takes it: ftrace's text, or trace-cmd's own format.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::AsFd;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{dat, text};

/// One entry of the ring buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number in the file; the first is 1.
    pub number: usize,
    /// The CPU.
    pub cpu: u32,
    /// The task.
    pub pid: u64,
    /// In interrupt context; `None` where the recording has no flags.
    pub irq: Option<bool>,
    /// What was recorded.
    pub what: What<'a>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// The function tracer: a function, and who called it.
    Function(&'a str, Option<&'a str>),
    /// A function that was recorded with more: who called it ("" is somebody whom the recording does not name), and its
    /// arguments as `name=value, ...` (the option func-args of 6.15; "" without).
    Call(&'a str, Option<&'a str>, &'a str),
    /// An event and its fields.
    Event(&'a str, &'a str),
    /// This CPU's buffer ran over here.
    Lost,
    /// One or more entries that do not matter: up to here, this CPU lost nothing. A reader may leave these out; what was
    /// lost is then looked for in a longer stretch.
    Other,
}

/// What a reader has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries, without markers of lost ones.
    pub entries: u64,
    /// Those of them that were not wanted and therefore only counted.
    pub unwanted: u64,
}

/// Opens a recording; `-` is the standard input.
///
/// # Errors
/// It cannot be opened.
pub fn open(path: &Path) -> Result<File> {
    if path == Path::new("-") {
        let own = std::io::stdin().as_fd().try_clone_to_owned();
        return Ok(File::from(own.context("cannot read the standard input")?));
    }
    let hint = "give the file that holds ftrace's text, or a trace.dat";
    File::open(path).with_context(|| format!("cannot read the recording {}; {hint}", path.display()))
}

/// Reads a recording, whatever its format is. `wanted` says whether a function or an event matters: of the others at
/// most one [`What::Other`] for each CPU and wanted line is visited, the rest is only counted.
///
/// # Errors
/// What cannot be read, where, and what to do; and whatever `visit` returns.
pub fn each(
    file: &File,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(Line<'_>) -> Result<()>,
) -> Result<Summary> {
    let mut first = Vec::new();
    (&mut &*file).take(dat::head::MAGIC.len() as u64).read_to_end(&mut first).context("cannot read it")?;
    if first == dat::head::MAGIC {
        (&mut &*file).rewind().context("trace-cmd's format cannot be read from a pipe; give the file's name")?;
        return dat(file, wanted, visit);
    }
    text::each(&mut first.as_slice().chain(file), wanted, visit)
}

/// trace-cmd's own format. Its clock orders the CPUs' entries; nothing that is not wanted is visited.
fn dat(file: &File, wanted: &dyn Fn(&str) -> bool, visit: &mut dyn FnMut(Line<'_>) -> Result<()>) -> Result<Summary> {
    let mut visited = 0;
    let mut count = |line: Line<'_>| {
        visited += u64::from(line.what != What::Lost);
        visit(line)
    };
    let read = dat::each(file, wanted, &mut count)?;
    if read.entries == 0 {
        bail!("it has no entry; was anything traced (trace-cmd record -p function -l NAME -e irq)?");
    }
    Ok(Summary { entries: read.entries, unwanted: read.entries.saturating_sub(visited) })
}

/// The value after `key` in an event's fields.
#[must_use]
pub fn field<'a>(args: &'a str, key: &str) -> Option<&'a str> {
    args.split_whitespace().find_map(|word| word.strip_prefix(key)).map(|value| value.trim_end_matches(','))
}

/// A number among a function's arguments, decimal or hexadecimal.
#[must_use]
pub fn argument(args: &str, key: &str) -> Option<u64> {
    let value = field(args, key)?;
    value.strip_prefix("0x").map_or_else(|| value.parse().ok(), |hex| u64::from_str_radix(hex, 16).ok())
}
