//! Virtual machines: which functions each is handed, and by which path their interrupts go.
//!
//! Told by QEMU's command line ([`qemu`]), by libvirt's XML ([`libvirt`]) or by the configuration of Proxmox
//! ([`proxmox`]); [`machine`] says what follows for an interrupt.

use anyhow::{Result, bail};

use super::paths::DEVICES;
use super::tree::Tree;
use crate::text::decode;

pub mod libvirt;
pub mod machine;
pub mod proxmox;
pub mod qemu;

pub use machine::{Handed, Vm, Way};

/// Bytes of one description at most.
pub const MOST: usize = 4 << 20;
/// Processes that are looked at.
const PROCESSES: usize = 1 << 16;

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
    Ok(Vm {
        source: source.to_string(),
        ..vm
    })
}

/// The machines that run on this host: every process whose command line hands functions to a guest. Of a command line,
/// nothing is kept but what bears on the path of an interrupt.
#[must_use]
pub fn running(tree: &Tree) -> Vec<Vm> {
    if tree.names(DEVICES).is_none_or(|names| names.is_empty()) {
        return Vec::new();
    }
    let processes = tree.names("proc").unwrap_or_default();
    let numbered = processes
        .iter()
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let machine = |name: &String| {
        let path = format!("proc/{name}/cmdline");
        let bytes = tree
            .filtered(&path, MOST, qemu::redact)
            .filter(|bytes| !bytes.is_empty())?;
        read(&bytes, &path).ok()
    };
    numbered.take(PROCESSES).filter_map(machine).collect()
}

#[cfg(test)]
mod tests {
    use eoi_model::config::Path;

    use super::*;

    fn way(text: &str) -> (Path, Option<&'static str>) {
        let vm = read(text.as_bytes(), "f").unwrap_or_else(|error| panic!("{text}: {error}"));
        let way = vm
            .way("0000:01:00.0")
            .unwrap_or_else(|| panic!("{text}: {vm:?}"));
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
        let split =
            "qemu-system-x86_64 -accel kvm,kernel-irqchip=split -device vfio-pci,host=01:00.0";
        assert_eq!(way(split).0, Path::Vmm);
        let pseries =
            "qemu-system-ppc64 -M pseries,ic-mode=xive,accel=kvm -device vfio-pci,host=01:00.0";
        assert_eq!(way(pseries), (Path::Irqfd, Some("kvm-xive-native")));
    }

    #[test]
    fn what_is_kept_of_a_command_line_is_what_the_path_depends_on() {
        let line = "/usr/bin/qemu-system-x86_64 -name guest=secret,debug-threads=on -uuid 1-2-3 -machine \
                    pc-q35-9.0,usb=off,accel=kvm,kernel_irqchip=split,memory-encryption=lsec0 -object \
                    secret,id=masterKey0,data=abc -device vfio-pci,host=0000:01:00.0,id=hostdev0,bus=pci.5,romfile=/srv/x.rom \
                    -device virtio-net,mac=52:54:00:12:34:56 -global driver=cfi.pflash01,property=secure,value=on \
                    -set device.hostdev0.x-no-kvm-intx=on -vnc 192.0.2.7:0,password=on -smbios type=1,serial=ABC";
        let bytes: Vec<u8> = line
            .split_whitespace()
            .flat_map(|word| [word.as_bytes(), b"\0"].concat())
            .collect();
        let kept = String::from_utf8(qemu::redact(bytes.clone()))
            .expect("text")
            .replace('\0', " ");
        let expected = "qemu-system-x86_64 -machine type=pc-q35-9.0,accel=kvm,kernel_irqchip=split \
                        -device vfio-pci,host=0000:01:00.0,x-no-kvm-intx=on";
        assert_eq!(kept, expected);
        let whole = read(&bytes, "f").expect("a machine").way("0000:01:00.0");
        let again = read(kept.as_bytes(), "f")
            .expect("a machine")
            .way("0000:01:00.0");
        assert_eq!(
            whole.map(|way| (way.path, way.guest)),
            again.map(|way| (way.path, way.guest))
        );
        assert!(
            qemu::redact(b"bash\0-c\0vfio-pci\0".to_vec()).is_empty(),
            "no machine"
        );
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
        assert_eq!(
            way(&xml("kvm", "<features><ioapic driver='qemu'/></features>")).0,
            Path::Vmm
        );
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
        for text in [
            "",
            "qemu-system-x86_64 -m 4G",
            "<domain type='kvm'></domain>",
            "hostpci0: nonsense\ncores: 1\n",
        ] {
            assert!(read(text.as_bytes(), "f").is_err(), "{text}");
        }
    }
}
