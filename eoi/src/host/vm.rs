//! Virtual machines: which functions each is handed, and by which path their interrupts go.
//!
//! Told by QEMU's command line ([`qemu`]), by libvirt's XML ([`libvirt`]) or by the configuration of Proxmox
//! ([`proxmox`]). QEMU takes irqfd where KVM has one and the controller is KVM's (`vfio_intx_enable_kvm`, hw/vfio/pci.c,
//! 10.0); else it handles the interrupt itself and guesses the guest's EOI from accesses to the function's BARs.

use anyhow::{Result, bail};
use eoi_model::config::{Path, Vmm};

use super::function::DEVICES;
use super::tree::Tree;
use crate::text::decode;

pub mod libvirt;
pub mod proxmox;
pub mod qemu;

/// Bytes of one description at most.
pub const MOST: usize = 4 << 20;
/// Processes that are looked at.
const PROCESSES: usize = 1 << 16;

/// One virtual machine, as far as the path of an interrupt depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vm {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// What told of it: a file, `proc/1234/cmdline`.
    pub source: String,
    /// The architecture or the program, as `qemu-system-ppc64` or `x86_64`, where that is told.
    pub arch: Option<String>,
    /// The machine, as `q35`.
    pub machine: Option<String>,
    /// KVM runs it; `None` where nothing says so.
    pub kvm: Option<bool>,
    /// `on`, `off` or `split`: whether KVM has the guest's controller.
    pub irqchip: Option<String>,
    /// `xics`, `xive` or `dual`, of a pseries machine.
    pub ic_mode: Option<String>,
    /// What it is handed.
    pub functions: Vec<Handed>,
}

/// A function that a machine is handed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// `0000:01:00.0`; without a function, `0000:01:00`, for all of the slot.
    pub address: String,
    /// The name that options are given to, as `hostpci0`.
    pub id: Option<String>,
    /// `x-no-kvm-intx=on`
    pub no_kvm_intx: bool,
}

/// The path of a function's interrupt to the guest, and why it is that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The path.
    pub path: Path,
    /// The VMM.
    pub vmm: Vmm,
    /// The guest's controller, where it is told.
    pub guest: Option<&'static str>,
    /// The machine and what stands in its description, for people.
    pub because: String,
    /// The file.
    pub source: String,
}

impl Vm {
    /// The path of this function's interrupt; `None` if the machine is not handed it.
    #[must_use]
    pub fn way(&self, address: &str) -> Option<Way> {
        let handed = self.functions.iter().find(|handed| {
            address == handed.address || address.rsplit_once('.').is_some_and(|(slot, _)| slot == handed.address)
        })?;
        let off = self.irqchip.as_deref() == Some("off");
        let (path, why) = if handed.no_kvm_intx {
            (Path::BarTrap, "x-no-kvm-intx=on: QEMU guesses the EOI from accesses to the BARs")
        } else if self.kvm == Some(false) {
            (Path::BarTrap, "no KVM: QEMU guesses the EOI from accesses to the BARs")
        } else if off {
            (Path::BarTrap, "kernel_irqchip=off: QEMU guesses the EOI from accesses to the BARs")
        } else if self.irqchip.as_deref() == Some("split") {
            (Path::Vmm, "kernel_irqchip=split: QEMU's IO-APIC hears of the EOI")
        } else {
            (Path::Irqfd, "KVM's irqfd, which QEMU takes where nothing forbids it")
        };
        let guest = if path == Path::Irqfd { self.guest() } else { None };
        let name = self.name.as_deref().map_or("a machine".to_string(), |name| format!("machine {name}"));
        let machine = self.machine.as_deref().map_or(String::new(), |machine| format!(" ({machine})"));
        Some(Way {
            path,
            vmm: Vmm::Qemu,
            guest,
            because: format!("{name}{machine}: {why}"),
            source: self.source.clone(),
        })
    }

    /// The guest's controller, where the machine leaves no choice.
    fn guest(&self) -> Option<&'static str> {
        match self.ic_mode.as_deref() {
            Some("xics") => Some("kvm-xics"),
            Some("xive") => Some("kvm-xive"),
            _ => None,
        }
    }

    /// Sets an option of a function by the name that it has, or of all.
    fn set(&mut self, id: Option<&str>, option: &str, value: &str) {
        if matches!(option, "x-no-kvm-intx" | "x_no_kvm_intx") {
            let these = self.functions.iter_mut().filter(|handed| id.is_none() || handed.id.as_deref() == id);
            these.for_each(|handed| handed.no_kvm_intx = is_on(value));
        }
    }
}

/// `on`, `true`, `yes`, `1`
fn is_on(value: &str) -> bool {
    matches!(value, "on" | "true" | "yes" | "1" | "y")
}

/// `01:00.0` or `0000:01:00` with its domain, in lower case.
fn full(address: &str) -> Option<String> {
    let parts = address.split(':').count();
    let good = address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    let full = if parts == 2 { format!("0000:{address}") } else { address.to_string() };
    (good && matches!(parts, 2 | 3) && full.len() <= 16).then(|| full.to_ascii_lowercase())
}

/// Reads a description, whichever of the three it is.
///
/// # Errors
/// It is too long, or none of them, or hands no function to its machine.
pub fn read(bytes: &[u8], source: &str) -> Result<Vm> {
    if bytes.len() > MOST {
        bail!("it has more than {MOST} bytes, and no description of a machine has");
    }
    let vm = if bytes.contains(&0) {
        qemu::read(&qemu::arguments(bytes))
    } else {
        let (text, _) = decode::decode(bytes);
        if text.contains("<domain") {
            libvirt::read(&text)
        } else if proxmox::is(&text) {
            proxmox::read(&text)
        } else {
            qemu::read(&qemu::words(&text))
        }
    };
    if vm.functions.is_empty() {
        bail!(
            "no PCI function is handed to a machine in it; give QEMU's command line (-device vfio-pci,host=...), libvirt's XML \
             (virsh dumpxml) or the output of 'qm config'"
        );
    }
    Ok(Vm { source: source.to_string(), ..vm })
}

/// The machines that run on this host: every process whose command line hands functions to a guest. Of a command line,
/// nothing is kept but what bears on the path of an interrupt.
#[must_use]
pub fn running(tree: &Tree) -> Vec<Vm> {
    if tree.names(DEVICES).is_none_or(|names| names.is_empty()) {
        return Vec::new();
    }
    let processes = tree.names("proc").unwrap_or_default();
    let numbered = processes.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let machine = |name: &String| {
        let path = format!("proc/{name}/cmdline");
        let bytes = tree.filtered(&path, MOST, qemu::redact).filter(|bytes| !bytes.is_empty())?;
        read(&bytes, &path).ok()
    };
    numbered.take(PROCESSES).filter_map(machine).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(text: &str) -> (Path, Option<&'static str>) {
        let vm = read(text.as_bytes(), "f").unwrap_or_else(|error| panic!("{text}: {error}"));
        let way = vm.way("0000:01:00.0").unwrap_or_else(|| panic!("{text}: {vm:?}"));
        (way.path, way.guest)
    }

    #[test]
    fn the_path_follows_from_the_description() {
        let q35 = "qemu-system-x86_64 -machine q35,accel=kvm";
        let rows: [(String, Path); 12] = [
            (format!("{q35} -device vfio-pci,host=01:00.0"), Path::Irqfd),
            (format!("{q35} -device vfio-pci,host=0000:01:00.0,x-no-kvm-intx=on"), Path::BarTrap),
            (format!("{q35},kernel_irqchip=split -device vfio-pci,host=01:00.0"), Path::Vmm),
            (format!("{q35} -machine kernel-irqchip=off -device vfio-pci,host=01:00.0"), Path::BarTrap),
            ("qemu-system-x86_64 \\\n -accel tcg \\\n -device 'vfio-pci,host=01:00.0'".to_string(), Path::BarTrap),
            (format!("{q35} -device vfio-pci,host=01:00.0 -global vfio-pci.x-no-kvm-intx=on"), Path::BarTrap),
            (format!("{q35} -device vfio-pci,host=01:00.0,id=a -set device.a.x-no-kvm-intx=on"), Path::BarTrap),
            (
                format!("{q35} -device '{{\"driver\":\"vfio-pci\",\"host\":\"0000:01:00.0\",\"id\":\"hostdev0\"}}'"),
                Path::Irqfd,
            ),
            (format!("{q35} -device vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:00.0"), Path::Irqfd),
            ("boot: order=scsi0\nhostpci0: 01:00,pcie=1\nmachine: q35\nname: x\n".to_string(), Path::Irqfd),
            (
                "args: -set device.hostpci0.x-no-kvm-intx=on\nhostpci0: 0000:01:00.0\nmachine: q35\n".to_string(),
                Path::BarTrap,
            ),
            ("hostpci1: 01:00.0\nkvm: 0\ncores: 2\n".to_string(), Path::BarTrap),
        ];
        for (text, path) in rows {
            assert_eq!(way(&text).0, path, "{text}");
        }
        let pseries = "qemu-system-ppc64 -M pseries,ic-mode=xive,accel=kvm -device vfio-pci,host=01:00.0";
        assert_eq!(way(pseries), (Path::Irqfd, Some("kvm-xive")));
    }

    #[test]
    fn libvirt_hands_over_what_stands_in_the_source() {
        let xml = |kind: &str, more: &str| {
            format!(
                "<domain type='{kind}'><name>v</name><os><type arch='x86_64' machine='pc-q35-8.2'>hvm</type></os>{more}<devices>\
                 <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x01' slot='0x00' \
                 function='0x0'/></source><alias name='hostdev0'/><address type='pci' domain='0x0000' bus='0x07' slot='0x00' \
                 function='0x0'/></hostdev></devices></domain>"
            )
        };
        assert_eq!(way(&xml("kvm", "")).0, Path::Irqfd);
        assert_eq!(way(&xml("qemu", "")).0, Path::BarTrap);
        assert_eq!(way(&xml("kvm", "<features><ioapic driver='qemu'/></features>")).0, Path::Vmm);
        let set = "<qemu:commandline><qemu:arg value='-set'/><qemu:arg value='device.hostdev0.x-no-kvm-intx=on'/></qemu:commandline>";
        assert_eq!(way(&xml("kvm", set)).0, Path::BarTrap);
        let vm = read(xml("kvm", "").as_bytes(), "f").expect("a machine");
        assert_eq!(
            (vm.name.as_deref(), vm.way("0000:07:00.0")),
            (Some("v"), None),
            "the guest's address is not the host's"
        );
    }

    #[test]
    fn what_hands_nothing_over_is_refused() {
        for text in ["", "qemu-system-x86_64 -m 4G", "<domain type='kvm'></domain>", "hostpci0: nonsense\ncores: 1\n"] {
            assert!(read(text.as_bytes(), "f").is_err(), "{text}");
        }
    }
}
