//! The function under test in sysfs, and vfio-pci with the parameter that a case wants.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use eoi_forward::vfio::Iommu;
use eoi_kvm_guest::device::Device;
use eoi_lab_protocol::{Container, DeviceKind, Message, Word};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::system::delete_module;

use crate::files::{get, put, write_existing};
use crate::{errno, modules};

const DEVICES: &str = "/sys/bus/pci/devices";
const NOINTXMASK: &str = "/sys/module/vfio_pci/parameters/nointxmask";

const COMMAND: usize = 0x04; // PCI 3.0, 6.2.2 and 6.2.3
const STATUS: usize = 0x06;
const COMMAND_DISINTX: u16 = 1 << 10;
const STATUS_INTERRUPT: u16 = 1 << 3;

/// VFIO's IOMMU driver by its name in the plan.
pub const fn iommu(container: Container) -> Iommu {
    match container {
        Container::Type1 => Iommu::Type1,
        Container::Spapr => Iommu::SpaprTce,
        Container::NoIommu => Iommu::NoIommu,
    }
}

/// A function.
pub struct Function {
    /// Its address, `0000:01:00.0`.
    pub address: String,
    /// Its kind.
    pub device: &'static dyn Device,
}

impl Function {
    /// The first function, by address, that is such a device.
    pub fn find(device: &'static dyn Device) -> Result<Self> {
        Self::find_but(device, None)
    }

    /// The first other one, by address, of the same kind.
    pub fn beside(&self) -> Result<Self> {
        Self::find_but(self.device, Some(&self.address))
    }

    fn find_but(device: &'static dyn Device, but: Option<&str>) -> Result<Self> {
        let entries = fs::read_dir(DEVICES)
            .with_context(|| format!("cannot list {DEVICES}; is there a PCI bus?"))?;
        let mut addresses: Vec<String> = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        addresses.sort();
        let mut seen = Vec::new();
        for address in addresses {
            let id = (id(&address, "vendor")?, id(&address, "device")?);
            if Some(id) == device.id() && Some(address.as_str()) != but {
                return Ok(Self { address, device });
            }
            seen.push(format!("{address} {:04x}:{:04x}", id.0, id.1));
        }
        let (vendor, id) = device.id().unwrap_or_default();
        bail!(
            "no {}{} ({vendor:04x}:{id:04x}) on the PCI bus; there is {}",
            if but.is_some() { "second " } else { "" },
            device.name(),
            seen.join(", ")
        )
    }

    /// Takes the host's driver off, so that vfio-pci binds as soon as it is there.
    pub fn detach(&self) -> Result<()> {
        let driver = self.path("driver");
        if fs::symlink_metadata(&driver).is_ok() {
            put(&format!("{driver}/unbind"), &self.address)?;
        }
        put(&self.path("driver_override"), "vfio-pci")?;
        self.allow_reset(false)
    }

    /// Whether vfio-pci may reset it, where it can be reset alone. It then does so whenever the device is opened too, which
    /// takes up to 5 s. Linux 5.10 has no such file.
    pub fn allow_reset(&self, may: bool) -> Result<()> {
        let path = self.path("reset_method");
        match write_existing(&path, if may { "default\n" } else { "\n" }) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot write {path}"))
            }
            _ => Ok(()),
        }
    }

    /// Binds it to vfio-pci, unless that came by itself.
    pub fn bind(&self) -> Result<()> {
        if self.driver() != "vfio-pci" {
            put("/sys/bus/pci/drivers_probe", &self.address)?;
        }
        match self.driver().as_str() {
            "vfio-pci" => Ok(()),
            "" => bail!("vfio-pci did not take {}; its probe failed", self.address),
            other => bail!("{} was bound to {other}, not to vfio-pci", self.address),
        }
    }

    fn driver(&self) -> String {
        let link = fs::read_link(self.path("driver")).unwrap_or_default();
        link.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// The message about it.
    pub fn describe(&self, container: Container) -> Message {
        let (vendor, device) = self.device.id().unwrap_or_default();
        Message::Device {
            address: Word::from_any(&self.address),
            vendor,
            device,
            container,
        }
    }

    /// Its IOMMU group.
    pub fn group(&self) -> Result<PathBuf> {
        let link = self.path("iommu_group");
        fs::read_link(&link).with_context(|| format!("cannot read {link}"))
    }

    /// Its Linux irq; known once it is open, which is when x86 chooses it.
    pub fn irq(&self) -> Result<u32> {
        let irq = get(&self.path("irq"))?
            .parse()
            .with_context(|| format!("{} is no number", self.path("irq")))?;
        if irq == 0 {
            bail!("{} has no interrupt line", self.address)
        } else {
            Ok(irq)
        }
    }

    /// Interrupt Status and DisINTx of the function itself; VFIO's view of DisINTx is virtual.
    pub fn intx(&self) -> Result<(bool, bool)> {
        let path = self.path("config");
        let config = fs::read(&path).with_context(|| format!("cannot read {path}"))?;
        let word = |at: usize| {
            config
                .get(at..at + 2)
                .map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
        };
        let (Some(status), Some(command)) = (word(STATUS), word(COMMAND)) else {
            bail!("{path} is short")
        };
        Ok((
            status & STATUS_INTERRUPT != 0,
            command & COMMAND_DISINTX != 0,
        ))
    }

    fn path(&self, file: &str) -> String {
        format!("{DEVICES}/{}/{file}", self.address)
    }
}

fn id(address: &str, file: &str) -> Result<u16> {
    let path = format!("{DEVICES}/{address}/{file}");
    let text = get(&path)?;
    u16::from_str_radix(text.trim_start_matches("0x"), 16)
        .with_context(|| format!("{path} holds '{text}'"))
}

/// Makes vfio-pci use the function's DisINTx or not: loads the module, again if it is there. The kernel's command line must have
/// the parameter where vfio-pci is built in.
pub fn load_vfio_pci(kind: DeviceKind) -> Result<()> {
    let disintx = kind == DeviceKind::Disintx;
    if fs::metadata("/sys/module/vfio_pci/initstate").is_ok() {
        remove_vfio_pci()?;
    }
    modules::load_vfio_pci(if disintx {
        c"nointxmask=0"
    } else {
        c"nointxmask=1"
    })?;
    let wanted = if disintx { "N" } else { "Y" };
    let is = get(NOINTXMASK).context("vfio-pci is neither built in nor in /modules")?;
    if is != wanted {
        bail!(
            "{NOINTXMASK} is {is}, the case wants {wanted}; give vfio_pci.nointxmask on the kernel's command line"
        );
    }
    Ok(())
}

fn remove_vfio_pci() -> Result<()> {
    // Closing the last descriptor lets go of the module a little later.
    for _ in 0..50 {
        match delete_module(c"vfio_pci", OFlags::NONBLOCK.bits() as i32) {
            Ok(()) => return Ok(()),
            Err(Errno::AGAIN | Errno::BUSY) => sleep(Duration::from_millis(40)),
            Err(errno) => bail!("cannot remove vfio_pci: {} ({errno})", errno::name(errno)),
        }
    }
    bail!("cannot remove vfio_pci: it is still in use 2 s after everything was closed")
}
