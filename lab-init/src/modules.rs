//! The kernel modules, which the RAM disk has in the order in which they are loaded.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use eoi_lab_protocol::Container;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::system::finit_module;

use crate::errno;
use crate::files::put;

const MODULES: &str = "/modules";

/// Loads every module but vfio-pci, in the order of the files' names, and lets VFIO do without the features that the machine lacks.
/// Where the plan needs KVM there must be KVM afterwards.
pub fn load_all(container: Container, needs_kvm: bool) -> Result<()> {
    for path in all()? {
        if !is_vfio_pci(&path) {
            load(&path, c"")?;
        }
    }
    if needs_kvm && !Path::new("/dev/kvm").exists() {
        bail!(
            "no /dev/kvm: KVM is neither built in nor in {MODULES}, or the kernel did not start with virtualization"
        );
    }
    match container {
        Container::NoIommu => put(
            "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
            "Y",
        )
        .context("this kernel's vfio has no CONFIG_VFIO_NOIOMMU"),
        // Without interrupt remapping (intremap=off) VFIO fears MSI of the device's own making; here it has none.
        Container::Type1 => put(
            "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts",
            "Y",
        )
        .context("this kernel has no vfio_iommu_type1"),
        Container::Spapr => Ok(()),
    }
}

/// Loads vfio-pci with these parameters; whether there is such a module.
pub fn load_vfio_pci(parameters: &CStr) -> Result<bool> {
    match all()?.iter().find(|path| is_vfio_pci(path)) {
        Some(path) => load(path, parameters).map(|()| true),
        None => Ok(false),
    }
}

fn is_vfio_pci(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-vfio-pci.ko")
}

/// The modules that the RAM disk has, in the order in which they are loaded.
pub fn all() -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    match fs::read_dir(MODULES) {
        Ok(entries) => {
            for entry in entries {
                paths.push(
                    entry
                        .with_context(|| format!("cannot list {MODULES}"))?
                        .path(),
                );
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {} // everything is built in
        Err(error) => return Err(error).with_context(|| format!("cannot list {MODULES}")),
    }
    paths.sort();
    Ok(paths)
}

fn load(path: &Path, parameters: &CStr) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    match finit_module(&file, parameters, 0) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => bail!(
            "cannot load {}: {} ({errno}); the kernel's last word: {}",
            path.display(),
            errno::name(errno),
            last_words().unwrap_or_else(|error| format!("none, {error:#}"))
        ),
    }
}

/// The text of the kernel's last message (Documentation/ABI/testing/dev-kmsg): the loader tells its reasons only there.
fn last_words() -> Result<String> {
    let nonblock = OFlags::NONBLOCK.bits() as i32;
    let mut log = File::options()
        .read(true)
        .custom_flags(nonblock)
        .open("/dev/kmsg")
        .context("no /dev/kmsg")?;
    let mut last = None;
    let mut record = [0; 8192];
    loop {
        match log.read(&mut record) {
            Ok(0) => break,
            Ok(length) => last = Some(String::from_utf8_lossy(&record[..length]).into_owned()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.raw_os_error() == Some(Errno::PIPE.raw_os_error()) => {} // overwritten meanwhile
            Err(error) => return Err(error).context("/dev/kmsg cannot be read"),
        }
    }
    let last = last.ok_or_else(|| anyhow!("its log is empty"))?;
    let text = last.split_once(';').map_or(last.as_str(), |(_, text)| text);
    Ok(text.lines().next().unwrap_or_default().to_string())
}
