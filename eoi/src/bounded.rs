//! Files that the user names, read up to a bound: a device has no end, and a wrong file may be larger than the memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Bytes at most of a text that somebody wrote or printed: a patch, a lock, a listing.
pub const TEXT: u64 = 64 << 20;

/// Bytes at most of a report that this program wrote: a long check has some thousand configurations of 5 KB.
pub const REPORT: u64 = 256 << 20;

/// Bytes at most of a program, a module or a kernel; a kernel with its debug information has hundreds of millions.
pub const IMAGE: u64 = 1 << 30;

/// The bytes of a file that has no more than `most` of them.
///
/// # Errors
/// The file cannot be read, or is larger.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    let what = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    File::open(path)
        .with_context(what)?
        .take(most + 1)
        .read_to_end(&mut bytes)
        .with_context(what)?;
    if bytes.len() as u64 > most {
        bail!(
            "cannot read {}: it has more than {} MiB, so that it is hardly the file that was meant",
            path.display(),
            most >> 20
        );
    }
    Ok(bytes)
}

/// The text of a file that has no more than `most` bytes.
///
/// # Errors
/// As [`bytes`], and a file that is no text.
pub fn text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(bytes(path, most)?)
        .ok()
        .with_context(|| format!("cannot read {}: it is no text in UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_a_device_without_end_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "four").expect("written");
        assert_eq!(text(file.path(), 4).expect("no more than four"), "four");
        assert!(bytes(file.path(), 3).is_err());
        let endless = bytes(Path::new("/dev/zero"), 1 << 20)
            .unwrap_err()
            .to_string();
        assert!(
            endless.contains("/dev/zero") && endless.contains("more than 1 MiB"),
            "{endless}"
        );
        std::fs::write(file.path(), [0xff]).expect("written");
        assert!(
            text(file.path(), 4)
                .unwrap_err()
                .to_string()
                .contains("no text")
        );
        assert!(bytes(Path::new("/nowhere"), 4).is_err() && bytes(Path::new("/"), 4).is_err());
    }
}
