//! An open function, through VFIO's group interface.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, pread, pwrite};

use super::abi::{self, Plain, exchange, plain};
use super::{Bar, Intx, intx};

const COMMAND: u64 = 0x04; // PCI 3.0, 6.1
const COMMAND_MEMORY: u16 = 1 << 1;

/// Which of VFIO's IOMMU drivers holds the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iommu {
    /// `VFIO_TYPE1_IOMMU`.
    Type1,
    /// `VFIO_SPAPR_TCE_v2_IOMMU`, or `VFIO_SPAPR_TCE_IOMMU` where that is all there is.
    SpaprTce,
    /// `VFIO_NOIOMMU_IOMMU`: none at all (CONFIG_VFIO_NOIOMMU).
    NoIommu,
}

impl Iommu {
    /// As the lab's plan calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Type1 => "type1",
            Self::SpaprTce => "spapr",
            Self::NoIommu => "noiommu",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Type1, Self::SpaprTce, Self::NoIommu].into_iter().find(|iommu| iommu.name() == name)
    }

    /// What holds the function at this address on this host.
    #[must_use]
    pub fn of(address: &str) -> Self {
        let group = fs::read_link(format!("/sys/bus/pci/devices/{address}/iommu_group")).unwrap_or_default();
        let number = group.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match Path::new(&format!("/dev/vfio/noiommu-{number}")).exists() {
            true => Self::NoIommu,
            false if cfg!(target_arch = "powerpc64") => Self::SpaprTce,
            false => Self::Type1,
        }
    }

    /// `VFIO_*_IOMMU`, the better first.
    fn extensions(self) -> &'static [u32] {
        match self {
            Self::Type1 => &[1],
            Self::SpaprTce => &[SPAPR_TCE_V2, SPAPR_TCE],
            Self::NoIommu => &[8],
        }
    }
}

const SPAPR_TCE: u32 = 2;
const SPAPR_TCE_V2: u32 = 7;

/// An open function. Dropping it closes the function, then its group, then the container.
#[derive(Debug)]
pub struct Device {
    file: OwnedFd,
    _group: OwnedFd,
    _container: OwnedFd,
    /// What went otherwise than usual on the way and does no harm.
    pub remarks: Vec<String>,
}

fn open(path: &str) -> Result<OwnedFd> {
    rustix::fs::open(path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .with_context(|| format!("cannot open {path}; is the module loaded and the device bound to vfio-pci?"))
}

impl Device {
    /// Opens the function at `address` (`0000:01:00.0`), which vfio-pci must be bound to.
    ///
    /// # Errors
    /// The step that the kernel refused, on which file, and its errno.
    pub fn open(address: &str, iommu: Iommu) -> Result<Self> {
        let link = format!("/sys/bus/pci/devices/{address}/iommu_group");
        let group_dir = fs::read_link(&link)
            .with_context(|| format!("cannot read {link}: {address} is in no IOMMU group; is the IOMMU on?"))?;
        let number = group_dir.file_name().context("an IOMMU group without a number")?.to_string_lossy();
        let container = open("/dev/vfio/vfio")?;
        let version = plain(&container, Plain::GetApiVersion).context("VFIO_GET_API_VERSION of /dev/vfio/vfio")?;
        if version != abi::API_VERSION {
            bail!("/dev/vfio/vfio has API version {version}; only {} is known", abi::API_VERSION);
        }
        let prefix = if iommu == Iommu::NoIommu { "noiommu-" } else { "" };
        let path = format!("/dev/vfio/{prefix}{number}");
        let group = open(&path)?;
        check_viable(&group, &path)?;
        exchange(&group, &mut abi::SetContainer(container.as_raw_fd()))
            .with_context(|| format!("VFIO_GROUP_SET_CONTAINER of {path}"))?;
        let mut remarks = Vec::new();
        set_iommu(&container, iommu, &mut remarks)?;
        let mut name = abi::DeviceName::new(address).with_context(|| format!("{address} is no PCI address"))?;
        let fd = exchange(&group, &mut name)
            .with_context(|| format!("VFIO_GROUP_GET_DEVICE_FD of {address} in {path}; is it bound to vfio-pci?"))?;
        // SAFETY: the ioctl returned a new descriptor that nothing else owns.
        let file = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self { file, _group: group, _container: container, remarks })
    }

    /// Turns memory decoding on; what the Command register was, for [`Device::set_command`].
    ///
    /// # Errors
    /// The configuration space cannot be read or written.
    pub fn enable_memory(&self) -> Result<u16> {
        let at = self.region(abi::CONFIG)?.offset + COMMAND;
        let mut word = [0; 2];
        read_exact(&self.file, &mut word, at).context("cannot read the Command register through VFIO")?;
        let before = u16::from_le_bytes(word);
        self.set_command(before | COMMAND_MEMORY)?;
        Ok(before)
    }

    /// Writes the Command register.
    ///
    /// # Errors
    /// The configuration space cannot be written.
    pub fn set_command(&self, command: u16) -> Result<()> {
        let at = self.region(abi::CONFIG)?.offset + COMMAND;
        write_all(&self.file, &command.to_le_bytes(), at).context("cannot write the Command register through VFIO")
    }

    /// BAR 0 to 5: mapped where the kernel allows it, else read and written through the file.
    ///
    /// # Errors
    /// The function has no such BAR, or it cannot be mapped.
    pub fn bar(&self, number: u8) -> Result<Bar<'_>> {
        if number > 5 {
            bail!("there is no BAR {number}");
        }
        let info = self.region(abi::BAR0 + u32::from(number))?;
        if info.size == 0 {
            bail!("the function has no BAR {number}");
        }
        if info.flags & abi::REGION_MMAP == 0 {
            return Ok(Bar::through_file(self.file.as_fd(), info.offset, info.size));
        }
        Bar::map(self.file.as_fd(), info.offset, info.size).with_context(|| format!("cannot map BAR {number}"))
    }

    /// Asks something of INTx.
    ///
    /// # Errors
    /// As [`intx`].
    pub fn intx(&self, request: Intx<'_>) -> rustix::io::Result<()> {
        intx(self, request)
    }

    fn region(&self, index: u32) -> Result<abi::Region> {
        abi::region(&self.file, index).with_context(|| format!("VFIO_DEVICE_GET_REGION_INFO of region {index}"))
    }
}

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn set_iommu(container: &OwnedFd, iommu: Iommu, remarks: &mut Vec<String>) -> Result<()> {
    let offered = |extension: &&u32| matches!(plain(container, Plain::CheckExtension(**extension)), Ok(1..));
    let Some(&extension) = iommu.extensions().iter().find(offered) else {
        bail!("this kernel's VFIO has no {} container; load its module, or name another container", iommu.name());
    };
    plain(container, Plain::SetIommu(extension)).with_context(|| format!("VFIO_SET_IOMMU {extension}"))?;
    if extension == SPAPR_TCE {
        // It reserves locked memory for the DMA window; without DMA nothing is lost when that is refused.
        if let Err(errno) = plain(container, Plain::IommuEnable) {
            remarks.push(format!("VFIO_IOMMU_ENABLE was refused: {errno}; there will be no DMA"));
        }
    }
    Ok(())
}

fn check_viable(group: &OwnedFd, path: &str) -> Result<()> {
    let mut status = abi::GroupStatus::new();
    exchange(group, &mut status).with_context(|| format!("VFIO_GROUP_GET_STATUS of {path}"))?;
    if status.flags & abi::GROUP_VIABLE != 0 {
        return Ok(());
    }
    let number = path.rsplit(['/', '-']).next().unwrap_or_default();
    let mut drivers = String::new();
    let members = Path::new("/sys/kernel/iommu_groups").join(number).join("devices");
    for member in fs::read_dir(&members).into_iter().flatten().flatten() {
        if let Ok(driver) = fs::read_link(member.path().join("driver")) {
            let driver = driver.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let _ = write!(drivers, " {} has {driver};", member.file_name().to_string_lossy());
        }
    }
    bail!("{path} is not viable:{drivers} take the host's drivers off every device of the group")
}

pub(super) fn read_exact(file: impl AsFd, bytes: &mut [u8], at: u64) -> rustix::io::Result<()> {
    let wanted = bytes.len();
    if pread(file, bytes, at)? == wanted { Ok(()) } else { Err(Errno::IO) }
}

pub(super) fn write_all(file: impl AsFd, bytes: &[u8], at: u64) -> rustix::io::Result<()> {
    if pwrite(file, bytes, at)? == bytes.len() { Ok(()) } else { Err(Errno::IO) }
}
