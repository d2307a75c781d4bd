//! What the rules are told: the host, and what is concluded from it before any rule is asked.

use eoi_model::device::Device as Modelled;
use eoi_model::irqchip::{self, Irqchip};

use super::finding::Evidence;
use super::host::{Device, Host, Request};
use super::kernel::Kernel;
use super::models::Models;
use super::quirks::{self, Distrust};
use super::tree::Tree;

/// Everything a rule may look at.
pub struct Seen<'a> {
    /// The host.
    pub host: &'a Host,
    /// What was asked.
    pub request: &'a Request,
    /// Its kernel.
    pub kernel: Kernel,
    /// The model's verdicts.
    pub models: Models,
}

/// What vfio-pci makes of a function's DisINTx (`pci_intx_mask_supported`), with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disintx {
    /// It works: the line is masked at the function and may be shared.
    Has(Evidence),
    /// It is not used: the line is disabled at the controller and has to be vfio-pci's alone.
    Lacks(Evidence),
    /// Nothing that can be read without writing tells.
    Unknown(Evidence),
    /// vfio-pci shows the guest no INTx at all.
    NoIntx(Evidence),
}

impl Disintx {
    /// What it rests on.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        match self {
            Self::Has(evidence) | Self::Lacks(evidence) | Self::Unknown(evidence) | Self::NoIntx(evidence) => evidence,
        }
    }

    /// vfio-pci takes the function as DisINTx-, for certain.
    #[must_use]
    pub const fn lacks(&self) -> bool {
        matches!(self, Self::Lacks(_))
    }

    /// The devices of the model that it may be.
    #[must_use]
    pub const fn modelled(&self) -> &'static [Modelled] {
        match self {
            Self::Has(_) => &[Modelled::Disintx],
            Self::Lacks(_) => &[Modelled::NoDisintx],
            Self::Unknown(_) => &[Modelled::Disintx, Modelled::NoDisintx],
            Self::NoIntx(_) => &[],
        }
    }
}

/// The rows of the model that a line's controller may be, and where its name was read.
pub struct Chips {
    /// The rows.
    pub rows: Vec<&'static Irqchip>,
    /// The name that is shown.
    pub shown: String,
    /// Where.
    pub evidence: Evidence,
}

impl<'a> Seen<'a> {
    /// Concludes.
    #[must_use]
    pub fn new(tree: &Tree, host: &'a Host, request: &'a Request) -> Self {
        let lacking = |device: &&Device| device.is_vfio() && disintx(host, device).lacks();
        let lacks: Vec<&Device> = host.devices.iter().filter(lacking).collect();
        Self { host, request, kernel: Kernel::judge(tree, host, &lacks), models: Models::default() }
    }

    /// Whether the function is judged as one that is handed to a guest: it is bound to vfio-pci, whose action shows as well,
    /// or was asked about.
    #[must_use]
    pub fn judged(&self, device: &Device) -> bool {
        let on_asked_line = || device.intx_irq().is_some_and(|irq| self.request.irqs.contains(&irq));
        let handed = || device.is_vfio() || self.in_use(device);
        !device.is_bridge() && (handed() || device.asked || (device.driver.is_none() && on_asked_line()))
    }

    /// Whether findings about this function were asked for.
    #[must_use]
    pub fn wanted(&self, device: &Device) -> bool {
        let on_asked_line = || device.intx_irq().is_some_and(|irq| self.request.irqs.contains(&irq));
        self.request.is_everything() || device.asked || on_asked_line()
    }

    /// As [`Seen::wanted`], of an irq.
    #[must_use]
    pub fn wanted_irq(&self, irq: u32) -> bool {
        let leads_there = |device: &&Device| device.asked && device.intx_irq() == Some(irq);
        self.request.irqs.contains(&irq) || self.host.devices.iter().any(|device| leads_there(&device))
    }

    /// The function that an irq's findings are told of: the one that is handed to a guest, else the first with that irq.
    #[must_use]
    pub fn device_on(&self, irq: u32) -> Option<&'a Device> {
        let on = || self.host.devices.iter().filter(|device| device.intx_irq() == Some(irq));
        on().find(|device| self.judged(device)).or_else(|| on().next())
    }

    /// Where an irq's owners stand, and who they are.
    #[must_use]
    pub fn owners_evidence(&self, irq: u32) -> Evidence {
        let owners = self.host.owners(irq).join(", ");
        let text = if owners.is_empty() { "no owner".to_string() } else { owners };
        match self.host.irqs.get(&irq) {
            Some(shown) => Evidence::at(super::interrupts::PATH, Some(shown.line), text),
            None => Evidence::new(super::host::line::sysfs(irq, "actions"), text),
        }
    }

    /// vfio-pci holds the function's line now.
    #[must_use]
    pub fn in_use(&self, device: &Device) -> bool {
        device.intx_irq().is_some_and(|irq| self.host.owners(irq).contains(&device.action()))
    }

    /// INTx is what the function will interrupt by: it does so now, or it has nothing else.
    #[must_use]
    pub fn will_use_intx(&self, device: &Device) -> bool {
        let messages = device.config.is_none_or(|config| {
            let capabilities = config.capabilities;
            !capabilities.complete || capabilities.msi.is_some() || capabilities.msix.is_some()
        });
        self.in_use(device) || (!messages && !device.uses_messages())
    }

    /// What vfio-pci makes of the function's DisINTx.
    #[must_use]
    pub fn disintx(&self, device: &Device) -> Disintx {
        disintx(self.host, device)
    }

    /// The owners of the function's line beside itself. A single action of its own driver is its own.
    #[must_use]
    pub fn other_owners(&self, device: &Device) -> Vec<String> {
        let owners = device.intx_irq().map(|irq| self.host.owners(irq)).unwrap_or_default();
        let own = device.action();
        let others: Vec<String> = owners.iter().filter(|owner| **owner != own).cloned().collect();
        let host_driver = device.driver.is_some() && !device.is_vfio() && !device.uses_messages();
        if host_driver && others.len() == 1 { Vec::new() } else { others }
    }

    /// The controller of the function's line. Where Linux has no descriptor for it yet, the controllers that the host's
    /// other irqs are on.
    #[must_use]
    pub fn chips(&self, device: &Device) -> Option<Chips> {
        let irq = device.intx_irq()?;
        if let Some((shown, path, line)) = self.host.chip(irq) {
            let rows = rows(shown);
            let evidence = Evidence::at(path, line, format!("irq {irq} is on {shown}"));
            return Some(Chips { rows, shown: shown.to_string(), evidence });
        }
        let mut all: Vec<(&str, usize)> = Vec::new();
        for other in self.host.irqs.values() {
            if !rows(&other.chip).is_empty() && !all.iter().any(|(chip, _)| *chip == other.chip) {
                all.push((&other.chip, other.line));
            }
        }
        let names: Vec<&str> = all.iter().map(|(chip, _)| *chip).collect();
        let shown = names.join(" or ");
        let text = format!("irq {irq} has no descriptor yet; other irqs of this host are on {shown}");
        let rows = names.iter().flat_map(|name| rows(name)).collect();
        let evidence = Evidence::at(super::interrupts::PATH, all.first().map(|(_, line)| *line), text);
        (!all.is_empty()).then_some(Chips { rows, shown, evidence })
    }
}

/// The rows of the model whose controller prints this name. Rows for emulators are left out: a real host is asked.
#[must_use]
pub fn rows(shown: &str) -> Vec<&'static Irqchip> {
    // A chip may have its number or its device's name behind it: `MPIC 1`, `APLIC-MSI-d000000.aplic`.
    let stands = |name: &str| {
        let rest = shown.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-']))
    };
    irqchip::ALL.iter().copied().filter(|chip| !chip.name.ends_with("-qemu") && stands(chip.prints)).collect()
}

fn disintx(host: &Host, device: &Device) -> Disintx {
    let path = device.path("config");
    let Some(config) = device.config else {
        return Disintx::Unknown(Evidence::new(path, "it cannot be read"));
    };
    let parameter = "sys/module/vfio_pci/parameters/nointxmask";
    let distrust = quirks::of(config.id);
    let (vendor, id) = config.id;
    let quirk = |what: &str| Evidence::new(path.clone(), format!("{vendor:04x}:{id:04x} is in {what}"));
    if host.nointxmask == Some(true) {
        return Disintx::Lacks(Evidence::new(parameter, "vfio_pci.nointxmask is set"));
    }
    match distrust {
        Some(Distrust::Intx) => return Disintx::NoIntx(quirk("vfio_pci_nointx (vfio_pci_core.c)")),
        Some(Distrust::Masking) => return Disintx::Lacks(quirk("the kernel's list of broken INTx masking (quirks.c)")),
        Some(Distrust::OldFirmware) => {
            return Disintx::Unknown(quirk("the kernel's list of functions whose firmware decides (quirks.c)"));
        }
        None => {}
    }
    if let Some(evidence) = by_line(host, device) {
        return evidence;
    }
    if config.disintx() {
        Disintx::Has(Evidence::new(path, "DisINTx is set, so that it can be written"))
    } else if config.interrupt_status() {
        Disintx::Has(Evidence::new(path, "Status.Interrupt is set, which PCI 2.3 brought together with DisINTx"))
    } else if config.capabilities.express {
        Disintx::Has(Evidence::new(path, "a PCI Express function, which has to have DisINTx"))
    } else {
        Disintx::Unknown(Evidence::new(path, "DisINTx is clear, which tells nothing: only writing it would"))
    }
}

/// What vfio-pci's own line tells: it shares only where DisINTx works (`IRQF_SHARED`), and asks for
/// `IRQ_DISABLE_UNLAZY` only where it does not (`vfio_intx_enable`).
fn by_line(host: &Host, device: &Device) -> Option<Disintx> {
    let irq = device.intx_irq()?;
    let owners = host.owners(irq);
    if !owners.contains(&device.action()) {
        return None;
    }
    let shown = host.irqs.get(&irq).map(|irq| irq.line);
    if owners.len() > 1 {
        let text = "vfio-pci shares the line, which it does only where DisINTx works";
        return Some(Disintx::Has(Evidence::at(super::interrupts::PATH, shown, text)));
    }
    let (unlazy, at) = host.lines.get(&irq)?.debug.as_ref()?.unlazy;
    let text = "_IRQ_DISABLE_UNLAZY is set, which vfio-pci asks for only where DisINTx does not work";
    let path = format!("{}/{irq}", super::host::line::DEBUG);
    unlazy.then(|| Disintx::Lacks(Evidence::at(path, at, text)))
}
