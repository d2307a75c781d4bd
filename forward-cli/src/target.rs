//! The function on this host: its IDs, its driver, and the device that makes it interrupt.

use std::fs::{self, File};
use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use eoi_forward::vfio::Iommu;
use eoi_kvm_guest::device::{self, Device, Script};

use crate::args::Target;

/// The longest script in bytes. It is a few lines.
const LONGEST: u64 = 1 << 16;

impl Target {
    /// The device that makes it interrupt.
    ///
    /// # Errors
    /// The function is not there or is of an unknown kind, or the file of `--with` is not understood.
    pub fn device(&self) -> Result<&'static dyn Device> {
        let names = || {
            device::ALL
                .iter()
                .map(|device| device.name())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let Some(with) = &self.with else {
            let (vendor, id) = (self.id("vendor")?, self.id("device")?);
            return device::by_id(vendor, id).with_context(|| {
                let address = &self.address;
                format!(
                    "{address} is {vendor:04x}:{id:04x}, and only {} are known: say what makes it interrupt in a file \
                     for --with, with lines as 'raise 0x60 1', 'clear 0x64 1' and 'status 0x24 1'",
                    names()
                )
            });
        };
        if let Some(known) = device::by_name(with) {
            return Ok(known);
        }
        let text = script(with).with_context(|| {
            format!(
                "--with {with} is neither a device ({}) nor a file that can be read",
                names()
            )
        })?;
        Ok(Box::leak(Box::new(
            Script::parse(&text).with_context(|| with.clone())?,
        ))) // the program reads one
    }

    fn id(&self, file: &str) -> Result<u16> {
        let path = format!("/sys/bus/pci/devices/{}/{file}", self.address);
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "there is no PCI function {} on this host ({path})",
                self.address
            )
        })?;
        u16::from_str_radix(text.trim().trim_start_matches("0x"), 16)
            .with_context(|| format!("{path} holds '{text}'"))
    }

    /// The IOMMU driver of VFIO that holds it.
    pub fn container(&self) -> Iommu {
        let named = self
            .container
            .as_ref()
            .and_then(|name| Iommu::ALL.into_iter().find(|iommu| iommu.name() == name));
        named.unwrap_or_else(|| Iommu::of(&self.address))
    }

    /// Its driver has to be vfio-pci already: only the user knows what it is to be bound to afterwards.
    ///
    /// # Errors
    /// It has another driver, or none.
    pub fn check_driver(&self) -> Result<()> {
        let Self { address, .. } = self;
        self.id("vendor")?;
        let link =
            fs::read_link(format!("/sys/bus/pci/devices/{address}/driver")).unwrap_or_default();
        let driver = link
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if driver.starts_with("vfio") || driver.ends_with("vfio-pci") {
            return Ok(());
        }
        let has = if driver.is_empty() {
            "has no driver".to_owned()
        } else {
            format!("has the driver {driver}")
        };
        bail!(
            "{address} {has}; bind it to vfio-pci first: modprobe vfio-pci; echo vfio-pci > \
             /sys/bus/pci/devices/{address}/driver_override; echo {address} > /sys/bus/pci/devices/{address}/driver/unbind; \
             echo {address} > /sys/bus/pci/drivers_probe"
        )
    }
}

/// The text of a script. A file may be one that never ends, as /dev/zero.
fn script(path: &str) -> Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    ensure!(
        text.len() as u64 <= LONGEST,
        "it is longer than {LONGEST} bytes"
    );
    Ok(text)
}
