//! Where a recording is read from: ftrace's text, or trace-cmd's own file.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::AsFd;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::entry::{Entry, Summary, What};
use super::{dat, text};

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
    File::open(path)
        .with_context(|| format!("cannot read the recording {}; {hint}", path.display()))
}

/// Reads a recording, whatever its format is. `wanted` says whether a function or an event matters: of the others at
/// most one [`What::Other`] for each CPU and wanted line is visited, the rest is only counted.
///
/// # Errors
/// What cannot be read, where, and what to do; and whatever `visit` returns.
pub fn each(
    file: &File,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(Entry<'_>) -> Result<()>,
) -> Result<Summary> {
    let mut first = Vec::new();
    (&mut &*file)
        .take(dat::head::MAGIC.len() as u64)
        .read_to_end(&mut first)
        .context("cannot read it")?;
    if first == dat::head::MAGIC {
        (&mut &*file)
            .rewind()
            .context("trace-cmd's format cannot be read from a pipe; give the file's name")?;
        return dat(file, wanted, visit);
    }
    text::pasted::each(&mut first.as_slice().chain(file), wanted, visit)
}

/// trace-cmd's own format. Its clock orders the CPUs' entries; nothing that is not wanted is visited.
fn dat(
    file: &File,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(Entry<'_>) -> Result<()>,
) -> Result<Summary> {
    let mut visited = 0;
    let mut count = |line: Entry<'_>| {
        visited += u64::from(line.what != What::Lost);
        visit(line)
    };
    let read = dat::each(file, wanted, &mut count)?;
    if read.entries == 0 {
        bail!(
            "it has no entry; was anything traced (trace-cmd record -p function -l NAME -e irq)?"
        );
    }
    Ok(Summary {
        entries: read.entries,
        unwanted: read.entries.saturating_sub(visited),
        ..Summary::default()
    })
}
