//! An open function, through VFIO's group interface.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::fs::{Mode, OFlags};

use super::abi::{self, Plain, exchange, plain};
use super::error::Error;
use super::file::{read_exact, write_all};
use super::{Bar, Intx, intx};

type Result<T> = std::result::Result<T, Error>;

const COMMAND: u64 = 0x04; // PCI 3.0, 6.1
const COMMAND_MEMORY: u16 = 1 << 1;

/// The IOMMU driver of VFIO that holds a device.
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
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Type1, Self::SpaprTce, Self::NoIommu];

    /// A short name: `type1`, `spapr` or `noiommu`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Type1 => "type1",
            Self::SpaprTce => "spapr",
            Self::NoIommu => "noiommu",
        }
    }

    /// The one that holds the function at this address on this host.
    #[must_use]
    pub fn of(address: &str) -> Self {
        let group = fs::read_link(format!("/sys/bus/pci/devices/{address}/iommu_group"))
            .unwrap_or_default();
        let number = group
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
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
    group: OwnedFd,
    container: OwnedFd,
    remarks: Vec<String>,
}

fn open(path: &str) -> Result<OwnedFd> {
    rustix::fs::open(path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).map_err(Error::of(|| {
        format!("cannot open {path}; is the module loaded and the device bound to vfio-pci?")
    }))
}

/// The function of this group at `address`.
fn function(group: &OwnedFd, address: &str) -> Result<OwnedFd> {
    let name = abi::DeviceName::new(address);
    let mut name = name.ok_or_else(|| Error::new(format!("{address} is no PCI address")))?;
    let fd = exchange(group, &mut name).map_err(Error::of(|| {
        format!("VFIO_GROUP_GET_DEVICE_FD of {address}; is it bound to vfio-pci?")
    }))?;
    // SAFETY: the ioctl returned a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

impl Device {
    /// Opens the function at `address` (`0000:01:00.0`), which vfio-pci must be bound to.
    ///
    /// # Errors
    /// The step that the kernel refused, on which file, and its errno.
    pub fn open(address: &str, iommu: Iommu) -> Result<Self> {
        let link = format!("/sys/bus/pci/devices/{address}/iommu_group");
        let group_dir = fs::read_link(&link).map_err(Error::of(|| {
            format!("cannot read {link}: {address} is in no IOMMU group; is the IOMMU on?")
        }))?;
        let number = group_dir
            .file_name()
            .ok_or_else(|| Error::new("an IOMMU group without a number"))?;
        let number = number.to_string_lossy();
        let container = open("/dev/vfio/vfio")?;
        check_version(&container)?;
        let prefix = if iommu == Iommu::NoIommu {
            "noiommu-"
        } else {
            ""
        };
        let path = format!("/dev/vfio/{prefix}{number}");
        let group = open(&path)?;
        check_viable(&group, &path)?;
        exchange(&group, &mut abi::SetContainer(container.as_raw_fd()))
            .map_err(Error::of(|| format!("VFIO_GROUP_SET_CONTAINER of {path}")))?;
        let mut remarks = Vec::new();
        set_iommu(&container, iommu, &mut remarks)?;
        Ok(Self {
            file: function(&group, address)?,
            group,
            container,
            remarks,
        })
    }

    /// Opens another function of the same IOMMU group. [`Device::open`] cannot: a group is open once.
    ///
    /// # Errors
    /// It is not in this group, or not bound to vfio-pci.
    pub fn beside(&self, address: &str) -> Result<Self> {
        let again = |fd: &OwnedFd| {
            fd.try_clone()
                .map_err(|error| Error::new(format!("no descriptor for {address}: {error}")))
        };
        Ok(Self {
            file: function(&self.group, address)?,
            group: again(&self.group)?,
            container: again(&self.container)?,
            remarks: Vec::new(),
        })
    }

    /// Things that were not as usual when it was opened, and do no harm.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Turns memory decoding on, and returns the Command register as it was before, for [`Device::set_command`].
    ///
    /// # Errors
    /// The configuration space cannot be read or written.
    pub fn enable_memory(&self) -> Result<u16> {
        let at = self.region(abi::CONFIG)?.offset + COMMAND;
        let mut word = [0; 2];
        read_exact(&self.file, &mut word, at).map_err(Error::of(|| {
            "cannot read the Command register through VFIO".to_owned()
        }))?;
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
        write_all(&self.file, &command.to_le_bytes(), at).map_err(Error::of(|| {
            "cannot write the Command register through VFIO".to_owned()
        }))
    }

    /// BAR 0 to 5: mapped where the kernel allows it, else read and written through the file.
    ///
    /// # Errors
    /// The function has no such BAR, or it cannot be mapped.
    pub fn bar(&self, number: u8) -> Result<Bar<'_>> {
        if number > 5 {
            return Err(Error::new(format!("there is no BAR {number}")));
        }
        let info = self.region(abi::BAR0 + u32::from(number))?;
        if info.size == 0 {
            return Err(Error::new(format!("the function has no BAR {number}")));
        }
        if info.flags & abi::REGION_MMAP == 0 {
            return Ok(Bar::through_file(self.file.as_fd(), info.offset, info.size));
        }
        Bar::map(self.file.as_fd(), info.offset, info.size)
            .map_err(Error::of(|| format!("cannot map BAR {number}")))
    }

    /// Asks something of INTx.
    ///
    /// # Errors
    /// As [`intx`].
    pub fn intx(&self, request: Intx<'_>) -> rustix::io::Result<()> {
        intx(self, request)
    }

    fn region(&self, index: u32) -> Result<abi::Region> {
        abi::region(&self.file, index).map_err(Error::of(|| {
            format!("VFIO_DEVICE_GET_REGION_INFO of region {index}")
        }))
    }
}

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn check_version(container: &OwnedFd) -> Result<()> {
    let version = plain(container, Plain::GetApiVersion).map_err(Error::of(|| {
        "VFIO_GET_API_VERSION of /dev/vfio/vfio".to_owned()
    }))?;
    if version == abi::API_VERSION {
        return Ok(());
    }
    Err(Error::new(format!(
        "/dev/vfio/vfio has API version {version}; only {} is known",
        abi::API_VERSION
    )))
}

fn set_iommu(container: &OwnedFd, iommu: Iommu, remarks: &mut Vec<String>) -> Result<()> {
    let offered = |extension: &&u32| {
        matches!(
            plain(container, Plain::CheckExtension(**extension)),
            Ok(1..)
        )
    };
    let Some(&extension) = iommu.extensions().iter().find(offered) else {
        let name = iommu.name();
        return Err(Error::new(format!(
            "this kernel's VFIO has no {name} container; load its module, or name another container"
        )));
    };
    plain(container, Plain::SetIommu(extension))
        .map_err(Error::of(|| format!("VFIO_SET_IOMMU {extension}")))?;
    if extension == SPAPR_TCE {
        // It reserves locked memory for the DMA window; without DMA nothing is lost when that is refused.
        if let Err(errno) = plain(container, Plain::IommuEnable) {
            remarks.push(format!(
                "VFIO_IOMMU_ENABLE was refused: {errno}; there will be no DMA"
            ));
        }
    }
    Ok(())
}

fn check_viable(group: &OwnedFd, path: &str) -> Result<()> {
    let mut status = abi::GroupStatus::new();
    exchange(group, &mut status)
        .map_err(Error::of(|| format!("VFIO_GROUP_GET_STATUS of {path}")))?;
    if status.flags & abi::GROUP_VIABLE != 0 {
        return Ok(());
    }
    let number = path.rsplit(['/', '-']).next().unwrap_or_default();
    let mut drivers = String::new();
    let members = Path::new("/sys/kernel/iommu_groups")
        .join(number)
        .join("devices");
    for member in fs::read_dir(&members).into_iter().flatten().flatten() {
        if let Ok(driver) = fs::read_link(member.path().join("driver")) {
            let driver = driver
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let _ = write!(
                drivers,
                " {} has {driver};",
                member.file_name().to_string_lossy()
            );
        }
    }
    Err(Error::new(format!(
        "{path} is not viable:{drivers} take the host's drivers off every device of the group"
    )))
}
