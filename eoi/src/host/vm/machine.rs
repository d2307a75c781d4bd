//! A virtual machine, and the path of an interrupt to it.
//!
//! QEMU takes irqfd where KVM has one and the controller is KVM's (`vfio_intx_enable_kvm`, hw/vfio/pci.c, 10.0); else it
//! handles the interrupt itself and guesses the guest's EOI from accesses to the function's BARs.

use eoi_model::system::{Path, Vmm};

/// One virtual machine, as far as the path of an interrupt depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vm {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The source of this: a file, `proc/1234/cmdline`.
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
    /// The functions that it is handed.
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
    pub vmm: &'static Vmm,
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
            address == handed.address
                || address
                    .rsplit_once('.')
                    .is_some_and(|(slot, _)| slot == handed.address)
        })?;
        let off = self.irqchip.as_deref() == Some("off");
        let (path, why) = if handed.no_kvm_intx {
            (
                Path::BarTrap,
                "x-no-kvm-intx=on: QEMU guesses the EOI from accesses to the BARs",
            )
        } else if self.kvm == Some(false) {
            (
                Path::BarTrap,
                "no KVM: QEMU guesses the EOI from accesses to the BARs",
            )
        } else if off {
            (
                Path::BarTrap,
                "kernel_irqchip=off: QEMU guesses the EOI from accesses to the BARs",
            )
        } else if self.irqchip.as_deref() == Some("split") {
            (
                Path::Vmm,
                "kernel_irqchip=split: QEMU's IO-APIC hears of the EOI",
            )
        } else {
            (
                Path::Irqfd,
                "KVM's irqfd, which QEMU takes where nothing forbids it",
            )
        };
        let guest = if path == Path::Irqfd {
            self.guest()
        } else {
            None
        };
        let name = self
            .name
            .as_deref()
            .map_or("a machine".to_string(), |name| format!("machine {name}"));
        let machine = self
            .machine
            .as_deref()
            .map_or(String::new(), |machine| format!(" ({machine})"));
        Some(Way {
            path,
            vmm: Vmm::QEMU,
            guest,
            because: format!("{name}{machine}: {why}"),
            source: self.source.clone(),
        })
    }

    /// The guest's controller, where the machine leaves no choice.
    fn guest(&self) -> Option<&'static str> {
        match self.ic_mode.as_deref() {
            Some("xics") => Some("kvm-xics"),
            Some("xive") => Some("kvm-xive-native"),
            _ => None,
        }
    }

    /// Sets an option of a function by the name that it has, or of all.
    pub fn set(&mut self, id: Option<&str>, option: &str, value: &str) {
        if matches!(option, "x-no-kvm-intx" | "x_no_kvm_intx") {
            let these = self
                .functions
                .iter_mut()
                .filter(|handed| id.is_none() || handed.id.as_deref() == id);
            these.for_each(|handed| handed.no_kvm_intx = is_on(value));
        }
    }
}

/// `on`, `true`, `yes`, `1`
#[must_use]
pub fn is_on(value: &str) -> bool {
    matches!(value, "on" | "true" | "yes" | "1" | "y")
}

/// `01:00.0` or `0000:01:00` with its domain, in lower case.
#[must_use]
pub fn full(address: &str) -> Option<String> {
    let parts = address.split(':').count();
    let good = address
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    let full = if parts == 2 {
        format!("0000:{address}")
    } else {
        address.to_string()
    };
    (good && matches!(parts, 2 | 3) && full.len() <= 16).then(|| full.to_ascii_lowercase())
}
