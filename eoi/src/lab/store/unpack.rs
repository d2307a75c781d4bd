//! Unpacking packages into a directory of their own, whole or not at all.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, ensure};

use super::{Host, wrap};
use crate::lab::process::stopped;

/// Packages at once: decompression takes most of the time and uses one CPU.
const AT_ONCE: usize = 2;

/// What nobody here reads. Of a kernel's modules, those for hardware that none of the emulated machines has.
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

/// Unpacks `debs` into `prefix`, which does not exist yet, and makes their programs run from there.
///
/// # Errors
/// If a package cannot be unpacked, as for want of room. `prefix` does not exist then, and nothing else is left.
pub(super) fn unpack(debs: &[PathBuf], prefix: &Path, host: &Host) -> Result<()> {
    let part = PathBuf::from(format!("{}.part", prefix.display()));
    let removing = || format!("removing {}", part.display());
    if part.exists() {
        fs::remove_dir_all(&part).with_context(removing)?; // of one who was killed
    }
    fs::create_dir_all(&part).with_context(|| format!("making {}", part.display()))?;
    let done = all(debs, &part).and_then(|()| wrap::wrap(&part, prefix, host));
    let moved = done.and_then(|()| {
        fs::rename(&part, prefix).with_context(|| format!("moving {} to {}", part.display(), prefix.display()))
    });
    if moved.is_err() {
        fs::remove_dir_all(&part).with_context(removing)?;
    }
    moved
}

fn all(debs: &[PathBuf], into: &Path) -> Result<()> {
    let left = Mutex::new(debs.iter());
    let worker = || {
        loop {
            let next = left.lock().expect("no worker dies with the list").next();
            let Some(deb) = next else { return Ok(()) };
            ensure!(!stopped(), "stopped");
            one(deb, into).with_context(|| format!("unpacking {}", deb.display()))?;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })
}

fn one(deb: &Path, into: &Path) -> Result<()> {
    let mut source = Command::new("dpkg-deb");
    source.arg("--fsys-tarfile").arg(deb).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut source = source.spawn().context("running dpkg-deb")?;
    let stream = source.stdout.take().context("reading from dpkg-deb")?;
    let mut tar = Command::new("tar");
    tar.args(["-x", "-f", "-", "--no-same-owner", "--no-same-permissions", "--anchored"]);
    tar.args(LEAVE_OUT.iter().map(|path| format!("--exclude={path}"))).arg("-C").arg(into);
    tar.env("LC_ALL", "C").stdin(stream).stdout(Stdio::null()).stderr(Stdio::piped());
    let tar = tar.spawn().and_then(std::process::Child::wait_with_output);
    let words = said(source.stderr.take());
    let read = source.wait().context("waiting for dpkg-deb")?;
    let written = tar.context("running tar")?;
    // When tar ends early, dpkg-deb only dies of it: the reason is tar's.
    let why = String::from_utf8_lossy(&written.stderr);
    ensure!(written.status.success(), "tar ended with {}: {}{words}", written.status, why.trim_end());
    ensure!(read.success(), "dpkg-deb ended with {read}: {words}");
    Ok(())
}

fn said(stderr: Option<ChildStderr>) -> String {
    let mut words = String::new();
    if let Some(mut stderr) = stderr {
        let _ = stderr.read_to_string(&mut words); // what cannot be read cannot be said
    }
    words.trim_end().to_owned()
}
