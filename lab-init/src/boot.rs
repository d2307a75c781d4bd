//! From the kernel's first process to mounted file systems.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use eoi_lab_protocol::{Message, Word};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};
use rustix::system::uname;
use rustix::thread::sched_getaffinity;

use crate::files::{get, put};

/// Mounts the file systems that the rest needs, and silences the kernel on the console. Those for tracing may be missing.
pub fn mount_all() -> Result<()> {
    for (kind, at) in [("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys")] {
        mount_one(kind, at).with_context(|| format!("cannot mount {kind} on {at}"))?;
    }
    let _ = mount_one("tracefs", "/sys/kernel/tracing");
    let _ = mount_one("debugfs", "/sys/kernel/debug");
    put("/proc/sys/kernel/printk", "1")
}

fn mount_one(kind: &str, at: &str) -> Result<()> {
    if !Path::new(at).is_dir() {
        fs::create_dir(at)?;
    }
    match mount(kind, at, kind, MountFlags::empty(), None) {
        Ok(()) | Err(Errno::BUSY) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// The first message.
pub fn hello() -> Result<Message> {
    let cpus = sched_getaffinity(None)
        .context("cannot count the CPUs")?
        .count();
    let linux = Word::from_any(&uname().release().to_string_lossy());
    Ok(Message::Hello {
        linux,
        cpus,
        cmdline: get("/proc/cmdline")?.as_str().into(),
    })
}
