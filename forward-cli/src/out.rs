//! Text on the standard output and on the standard error, which may be a pipe that nobody reads or a disk that is full.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};

/// Writes all of it to the standard output. A reader that has gone away has read enough.
///
/// # Errors
/// The output takes no more, for another reason.
pub fn print(bytes: &[u8]) -> Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to the standard output")
        }
        _ => Ok(()),
    }
}

/// Writes a line to the standard error, if that takes it.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "eoi-forward: {text}");
}
