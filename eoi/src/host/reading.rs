//! A host as /proc and /sys show it: kernel, irqs, PCI functions, vfio-pci's parameters. Missing facts are `None`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use eoi_model::version::Version;

use super::archive::sos;
use super::evidence::Evidence;
use super::function::{self, DEVICES, Function};
use super::interrupts::{self, Interrupts, Irq};
use super::line::{self, Line};
use super::log::{self, Message, Said};
use super::os::Os;
pub use super::paths::RELEASE;
use super::tree::{Note, Tree};
use super::vm::{self, Vm, Way};

/// The question. The default is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Functions, by full addresses (`0000:01:00.0`): what would be if they were handed to a guest.
    pub addresses: Vec<String>,
    /// Linux irqs, whoever owns them.
    pub irqs: Vec<u32>,
    /// The user's own knowledge of the functions that are asked about, or of those bound to vfio-pci where none is.
    pub told: Option<Told>,
    /// The messages of a log that was given.
    pub log: Vec<Message>,
    /// Machines that were given.
    pub machines: Vec<Vm>,
}

/// A user's knowledge of a function that no file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its DisINTx bit works.
    Disintx,
    /// It has no DisINTx bit that works.
    NoDisintx,
    /// vfio-pci's request for its irq failed with EBUSY.
    Busy,
}

impl Request {
    /// Nothing is named, so that everything is asked about.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.addresses.is_empty() && self.irqs.is_empty()
    }
}

/// A host.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// The kernel's release (`uname -r`).
    pub release: Option<String>,
    /// The distribution.
    pub os: Option<Os>,
    /// The kernel threads its interrupt handlers because it is `PREEMPT_RT`.
    pub realtime: bool,
    /// QEMU emulates the machine, as its firmware says.
    pub emulated: bool,
    /// CPUs online.
    pub cpus: usize,
    /// Irqs of /proc/interrupts.
    pub irqs: BTreeMap<u32, Irq>,
    /// Irqs with a line of /proc/interrupts that is cut off, and its number.
    pub cut: BTreeMap<u32, usize>,
    /// The user's own knowledge of its functions.
    pub told: Option<Told>,
    /// The messages of its log.
    pub log: Vec<Message>,
    /// The machines that run on it, or were given.
    pub machines: Vec<Vm>,
    /// Whether /proc/interrupts could be read.
    pub interrupts_read: bool,
    /// Whether /sys/bus/pci/devices could be listed; a machine without PCI has none.
    pub devices_listed: bool,
    /// Every PCI function, by address.
    pub functions: Vec<Function>,
    /// `vfio_pci.nointxmask`; `None` if the module is not loaded.
    pub nointxmask: Option<bool>,
    /// KVM's modules that are there.
    pub kvm: Vec<String>,
    /// The words of the kernel's command line that bear on interrupts; no others are read.
    pub cmdline: Vec<String>,
    /// Single irqs by the kernel's other files: those of functions with a pin, and those asked about.
    pub lines: BTreeMap<u32, Line>,
}

impl Host {
    /// Reads a host. Only irqs of functions with a pin, and those of the request, are looked at closely.
    ///
    /// # Errors
    /// None that a missing or unreadable file makes: the tree notes those.
    pub fn read(tree: &Tree, request: &Request) -> Result<Self> {
        let Interrupts {
            irqs,
            cpus,
            complete,
            cut,
            ..
        } = interrupts::read(tree);
        let mut host = Self {
            release: tree.text(RELEASE).filter(|release| !release.is_empty()),
            os: Os::read(tree),
            realtime: realtime(tree),
            emulated: emulated(tree),
            cpus,
            irqs,
            cut,
            told: request.told,
            log: request.log.clone(),
            machines: request.machines.clone(),
            interrupts_read: complete,
            nointxmask: parameter(tree, "nointxmask"),
            cmdline: cmdline(tree),
            ..Self::default()
        };
        let modules = ["kvm", "kvm_intel", "kvm_amd", "kvm_hv", "kvm_pr"];
        host.kvm = modules
            .iter()
            .filter(|name| tree.names(&format!("sys/module/{name}")).is_some())
            .map(|name| (*name).to_string())
            .collect();
        let names = tree.names(DEVICES);
        host.devices_listed = names.is_some();
        for address in names.unwrap_or_default() {
            let asked = request.addresses.contains(&address);
            host.functions.push(Function::read(tree, &address, asked));
        }
        host.irqs_by_action();
        if host.machines.is_empty() && host.functions.iter().any(Function::is_vfio) {
            host.machines = vm::running(tree);
        }
        if host.log.is_empty() {
            host.log = tree
                .bytes(sos::DMESG, log::MOST)
                .map(|bytes| log::read(&bytes))
                .unwrap_or_default();
        }
        function::join_groups(tree, &mut host.functions);
        let wanted = host
            .functions
            .iter()
            .filter_map(Function::intx_irq)
            .chain(request.irqs.iter().copied());
        let wanted: BTreeSet<u32> = wanted.collect();
        host.lines = line::read_all(tree, &wanted, &host.irqs);
        Ok(host)
    }

    /// A text may not name a function's irq, and show vfio-pci's action for it.
    fn irqs_by_action(&mut self) {
        for function in self
            .functions
            .iter_mut()
            .filter(|function| function.irq.is_none())
        {
            let action = function.action();
            let held = self.irqs.values().find(|irq| irq.actions.contains(&action));
            function.irq = held.map(|irq| irq.number);
        }
    }

    /// Kernels from 7.3 on keep what `nointxmask` was when a function was bound, so that the parameter does not tell of a
    /// function that is bound already (drivers/vfio/pci/vfio_pci.c).
    #[must_use]
    pub fn latches_nointxmask(&self) -> bool {
        self.release
            .as_deref()
            .and_then(Version::of)
            .is_some_and(|version| version >= Version(7, 3, 0))
    }

    /// The user's own knowledge of this function.
    #[must_use]
    pub fn told(&self, function: &Function) -> Option<Told> {
        let nobody = || !self.functions.iter().any(|function| function.asked);
        self.told
            .filter(|_| function.asked || (function.is_vfio() && nobody()))
    }

    /// The path of this function's interrupt to the machine that is handed it.
    #[must_use]
    pub fn way(&self, function: &Function) -> Option<Way> {
        self.machines
            .iter()
            .find_map(|machine| machine.way(&function.address))
    }

    /// The flags with which vfio-pci asked for this function's irq and was refused, and the line of the log.
    #[must_use]
    pub fn refused(&self, function: &Function) -> Option<(u32, usize)> {
        let action = function.action();
        self.log.iter().find_map(|message| match &message.said {
            Said::Mismatch(_, new, old) => {
                let asker = [new, old].into_iter().find(|asker| asker.name == action)?;
                Some((asker.flags?, message.line))
            }
            _ => None,
        })
    }

    /// The function at this address.
    #[must_use]
    pub fn function(&self, address: &str) -> Option<&Function> {
        let at = self
            .functions
            .binary_search_by(|function| function.address.as_str().cmp(address))
            .ok()?;
        self.functions.get(at)
    }

    /// Interrupt handlers run in threads.
    #[must_use]
    pub fn threads_interrupts(&self) -> bool {
        self.realtime || self.cmdline.iter().any(|word| word == "threadirqs")
    }

    /// The name of an irq's controller, from /proc/interrupts or /sys, and where it stands.
    #[must_use]
    pub fn chip(&self, irq: u32) -> Option<(&str, String, Option<usize>)> {
        if let Some(shown) = self.irqs.get(&irq).filter(|shown| !shown.chip.is_empty()) {
            return Some((&shown.chip, interrupts::PATH.to_string(), Some(shown.line)));
        }
        let chip = self.lines.get(&irq)?.chip.as_deref()?;
        Some((chip, line::sysfs(irq, "chip_name"), None))
    }

    /// The owners of an irq: the actions' names.
    #[must_use]
    pub fn owners(&self, irq: u32) -> &[String] {
        let shown = self.irqs.get(&irq).map(|irq| irq.actions.as_slice());
        shown
            .or_else(|| self.lines.get(&irq).map(|line| line.actions.as_slice()))
            .unwrap_or_default()
    }

    /// Where an irq's owners stand, and who they are.
    #[must_use]
    pub fn owners_evidence(&self, irq: u32) -> Evidence {
        let owners = self.owners(irq).join(", ");
        let text = if owners.is_empty() {
            "no owner".to_string()
        } else {
            owners
        };
        match self.irqs.get(&irq) {
            Some(shown) => Evidence::at(interrupts::PATH, Some(shown.line), text),
            None => Evidence::new(line::sysfs(irq, "actions"), text),
        }
    }

    /// vfio-pci holds the function's line now.
    #[must_use]
    pub fn in_use(&self, function: &Function) -> bool {
        function
            .intx_irq()
            .is_some_and(|irq| self.owners(irq).contains(&function.action()))
    }
}

/// `sys/kernel/realtime` on kernels that have it, else the word in the version's banner. Of the banner, which names who
/// built the kernel where, nothing else is kept.
fn realtime(tree: &Tree) -> bool {
    let keep = |bytes: Vec<u8>| words(&bytes, |word| matches!(word, "PREEMPT_RT" | "RT"));
    tree.text("sys/kernel/realtime")
        .is_some_and(|text| text == "1")
        || tree
            .filtered("proc/version", 4096, keep)
            .is_some_and(|words| !words.is_empty())
}

/// The vendor of DMI, or the model and what it is compatible with of a device tree: `IBM PowerNV (emulated by qemu)`,
/// `riscv-virtio,qemu`, `linux,dummy-virt`. A guest with KVM has QEMU's controllers only where KVM has none.
fn emulated(tree: &Tree) -> bool {
    let says = |path: &str| {
        let text = tree.text(path).unwrap_or_default().to_ascii_lowercase();
        text.contains("qemu") || text.contains("linux,dummy-virt")
    };
    [
        "sys/class/dmi/id/sys_vendor",
        "proc/device-tree/model",
        "proc/device-tree/compatible",
    ]
    .into_iter()
    .any(says)
}

fn cmdline(tree: &Tree) -> Vec<String> {
    let kept = tree
        .filtered("proc/cmdline", 1 << 16, |bytes| {
            words(&bytes, bears_on_interrupts)
        })
        .unwrap_or_default();
    String::from_utf8_lossy(&kept)
        .split_whitespace()
        .map(str::to_string)
        .collect()
}

fn words(bytes: &[u8], keep: impl Fn(&str) -> bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let kept: Vec<&str> = text.split_whitespace().filter(|word| keep(word)).collect();
    kept.join(" ").into_bytes()
}

/// Words of the kernel's command line that the rules use or that a reader of a capture needs beside them.
fn bears_on_interrupts(word: &str) -> bool {
    const FLAGS: [&str; 8] = [
        "threadirqs",
        "irqpoll",
        "irqfixup",
        "noirqdebug",
        "noapic",
        "nolapic",
        "nointremap",
        "acpi_noirq",
    ];
    const KEYS: [&str; 8] = [
        "intremap",
        "pci",
        "iommu",
        "intel_iommu",
        "amd_iommu",
        "xive",
        "acpi_irq_isa",
        "maxcpus",
    ];
    let key = word.split('=').next().unwrap_or_default();
    FLAGS.contains(&word)
        || KEYS.contains(&key)
        || key.starts_with("vfio_pci.")
        || key.starts_with("vfio-pci.")
}

fn parameter(tree: &Tree, name: &str) -> Option<bool> {
    let value = tree.text(&format!("sys/module/vfio_pci/parameters/{name}"))?;
    Some(matches!(value.as_str(), "Y" | "y" | "1"))
}

/// Paths that were there and could not be read, and why.
#[must_use]
pub fn unreadable(tree: &Tree) -> BTreeMap<String, String> {
    let notes = tree.notes().into_iter();
    notes
        .filter_map(|(path, note)| {
            if let Note::Unreadable(why) = note {
                Some((path, why))
            } else {
                None
            }
        })
        .collect()
}
