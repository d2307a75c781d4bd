//! Files of /proc and /sys.

use std::fs::{self, File};
use std::io::{self, Write};

use anyhow::{Context, Result, bail};

/// Writes a file that is there.
pub fn put(path: &str, text: &str) -> Result<()> {
    write_existing(path, text)
        .with_context(|| format!("cannot write '{}' to {path}", text.trim_end()))
}

/// `fs::write` would ask for a new file. Where the file is missing, sysfs refuses that with EACCES and not with ENOENT.
pub fn write_existing(path: &str, text: &str) -> io::Result<()> {
    File::options()
        .write(true)
        .truncate(true)
        .open(path)?
        .write_all(text.as_bytes())
}

/// The text of a file, without its newline.
pub fn get(path: &str) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_end();
    if text.contains('\0') {
        bail!("{path} holds a NUL");
    }
    Ok(text.to_string())
}
