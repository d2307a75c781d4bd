//! Unpacking packages into a directory of their own, whole or not at all.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, ensure};

use super::host::Host;
use super::{whole, wrap};
use crate::lab::process::{Guard, output, unless_stopped};
use crate::lab::room;

/// Bytes of a package's list of files that are read: far more than any has.
const MOST_OF_A_LIST: u64 = 64 << 20;

/// About how much more room a package takes unpacked; measured: 6.3 for a kernel's headers, less for the others. The packages
/// themselves say it better once they are here.
pub(super) const UNPACKED: u64 = 7;

/// Packages at once: decompression takes most of the time and uses one CPU.
const AT_ONCE: usize = 2;

/// Files that nobody here reads, and modules for hardware that none of the emulated machines has.
const LEAVE_OUT: &[&str] = &[
    "./usr/share/bug",
    "./usr/share/doc",
    "./usr/share/icons",
    "./usr/share/info",
    "./usr/share/lintian",
    "./usr/share/locale",
    "./usr/share/man",
    "./*lib/modules/*/kernel/sound",
    "./*lib/modules/*/kernel/fs",
    "./*lib/modules/*/kernel/net",
    "./*lib/modules/*/kernel/drivers/bluetooth",
    "./*lib/modules/*/kernel/drivers/gpu",
    "./*lib/modules/*/kernel/drivers/hid",
    "./*lib/modules/*/kernel/drivers/iio",
    "./*lib/modules/*/kernel/drivers/infiniband",
    "./*lib/modules/*/kernel/drivers/input",
    "./*lib/modules/*/kernel/drivers/media",
    "./*lib/modules/*/kernel/drivers/mtd",
    "./*lib/modules/*/kernel/drivers/net/wireless",
    "./*lib/modules/*/kernel/drivers/scsi",
    "./*lib/modules/*/kernel/drivers/staging",
    "./*lib/modules/*/kernel/drivers/usb",
];

/// Unpacks `debs` into `prefix`, in place of whatever is there, and makes their programs run from there.
///
/// # Errors
/// If a package cannot be unpacked, as for want of room. `prefix` does not exist then, and nothing else is left.
pub(super) fn unpack(debs: &[PathBuf], prefix: &Path, host: &Host) -> Result<()> {
    let part = PathBuf::from(format!("{}.part", prefix.display()));
    remove(&part)?; // of one who was killed
    remove(prefix)?;
    fs::create_dir_all(&part).with_context(|| format!("making {}", part.display()))?;
    let block = room::block(&part)?;
    let needed = debs
        .iter()
        .map(|deb| needs(deb, block))
        .sum::<Result<u64>>();
    let done = needed
        .and_then(|bytes| room::has(&part, bytes))
        .and_then(|()| all(debs, &part))
        .and_then(|members| {
            wrap::wrap(&part, prefix, host)?;
            whole::write(&part, &members)
        });
    let moved = done.and_then(|()| {
        fs::rename(&part, prefix)
            .with_context(|| format!("moving {} to {}", part.display(), prefix.display()))
    });
    if moved.is_err() {
        remove(&part)?;
    }
    moved
}

fn remove(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)
            .with_context(|| format!("removing {}", directory.display()))?;
    }
    Ok(())
}

/// At most so many bytes does a package take when it is unpacked, where the shortest file takes `block`. Its builder says how
/// many it takes where that is 1024, and lists its files.
pub(super) fn needs(deb: &Path, block: u64) -> Result<u64> {
    const UNIT: u64 = 1024;
    let mut read = Command::new("dpkg-deb");
    let output = output(read.arg("--ctrl-tarfile").arg(deb), "reading a package")?;
    ensure!(
        output.status.success(),
        "{}: {}",
        deb.display(),
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    let (mut installed, mut files) = (None, 0);
    let mut control = tar::Archive::new(&*output.stdout);
    for entry in control.entries()? {
        let mut entry = entry?;
        let (name, mut text) = (entry.path()?.into_owned(), Vec::new());
        entry.by_ref().take(MOST_OF_A_LIST).read_to_end(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        if name.ends_with("control") {
            installed = text.lines().find_map(|line| {
                line.strip_prefix("Installed-Size: ")?
                    .trim()
                    .parse::<u64>()
                    .ok()
            });
        } else if name.ends_with("md5sums") {
            files = text.lines().count() as u64;
        }
    }
    let length = fs::metadata(deb)
        .with_context(|| format!("reading {}", deb.display()))?
        .len();
    Ok(installed.map_or(length.saturating_mul(UNPACKED), |kib| {
        kib.saturating_mul(UNIT) + files * block
    }))
}

/// Unpacks all of them; what is in them now lies below the directory.
fn all(debs: &[PathBuf], into: &Path) -> Result<BTreeSet<PathBuf>> {
    let (left, members) = (Mutex::new(debs.iter()), Mutex::new(BTreeSet::new()));
    let worker = || -> Result<()> {
        loop {
            let next = left.lock().expect("no worker dies with the list").next();
            let Some(deb) = next else { return Ok(()) };
            unless_stopped("unpacking a package")?;
            let new = one(deb, into).with_context(|| format!("unpacking {}", deb.display()))?;
            members
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(new);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })?;
    Ok(members.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Unpacks one; tar itself says what it unpacked.
fn one(deb: &Path, into: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut source = Command::new("dpkg-deb");
    source
        .arg("--fsys-tarfile")
        .arg(deb)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut source = Guard::start(&mut source)?;
    let stream = source
        .child
        .stdout
        .take()
        .context("reading from dpkg-deb")?;
    let mut tar = Command::new("tar");
    tar.args([
        "-x",
        "-v",
        "-f",
        "-",
        "--no-same-owner",
        "--no-same-permissions",
        "--anchored",
        "--quoting-style=literal",
    ]);
    tar.args(LEAVE_OUT.iter().map(|path| format!("--exclude={path}")))
        .arg("-C")
        .arg(into);
    tar.env("LC_ALL", "C")
        .stdin(stream)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let doing = "unpacking a package";
    let written = Guard::start(&mut tar)?.output(doing)?;
    drop(tar); // it has the stream as well: dpkg-deb would wait for a reader
    let read = source.output(doing)?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    // When tar ends early, dpkg-deb only dies of it: the reason is tar's.
    let (tar, deb) = (words(&written.stderr), words(&read.stderr));
    ensure!(
        written.status.success(),
        "tar ended with {}: {tar}{deb}",
        written.status
    );
    ensure!(
        read.status.success(),
        "dpkg-deb ended with {}: {deb}",
        read.status
    );
    let names = written
        .stdout
        .split(|&byte| byte == b'\n')
        .filter(|name| !name.is_empty());
    Ok(names
        .map(|name| PathBuf::from(OsStr::from_bytes(name)))
        .collect())
}
