//! The configuration of a machine of Proxmox, as `qm config` prints it or /etc/pve/qemu-server has it.

use super::machine::{Handed, Vm, full};
use super::qemu;

/// Whether it is one.
#[must_use]
pub fn is(text: &str) -> bool {
    text.lines().any(|line| hostpci(line).is_some())
}

/// `hostpci0: 01:00.0,pcie=1`
fn hostpci(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().split_once(':')?;
    let number = key.strip_prefix("hostpci")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some((key, value.trim()))
}

/// The machine that it describes. A snapshot's section is not what runs.
#[must_use]
pub fn read(text: &str) -> Vm {
    let mut vm = Vm {
        kvm: Some(true),
        ..Vm::default()
    };
    let mut arguments = Vec::new();
    for line in text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with('['))
    {
        if let Some((id, value)) = hostpci(line) {
            let addresses = value.split(',').next().unwrap_or_default();
            let addresses = addresses
                .strip_prefix("host=")
                .unwrap_or(addresses)
                .split(';');
            let handed = |address: &str| {
                Some(Handed {
                    address: full(address)?,
                    id: Some(id.to_string()),
                    no_kvm_intx: false,
                })
            };
            vm.functions.extend(addresses.filter_map(handed));
        }
        match line.split_once(": ") {
            Some(("name", name)) => vm.name = Some(name.to_string()),
            Some(("machine", machine)) => vm.machine = Some(machine.to_string()),
            Some(("kvm", on)) => vm.kvm = Some(on != "0"),
            Some(("args", more)) => arguments = qemu::words(more),
            _ => {}
        }
    }
    let more = qemu::read(&arguments);
    vm.irqchip = more.irqchip;
    vm.functions.extend(more.functions);
    for setting in arguments.iter().filter_map(|word| word.split_once('=')) {
        match setting {
            (key, value) if key.starts_with("vfio-pci.") => {
                vm.set(None, &key["vfio-pci.".len()..], value);
            }
            (key, value) => {
                if let Some((id, option)) = key
                    .strip_prefix("device.")
                    .and_then(|key| key.rsplit_once('.'))
                {
                    vm.set(Some(id), option, value);
                }
            }
        }
    }
    vm
}
