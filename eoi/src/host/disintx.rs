//! Whether vfio-pci can mask a function by its DisINTx bit, by everything that tells without writing to the function.

use eoi_model::device::Device;

use super::evidence::Evidence;
use super::function::Function;
use super::log::SHARED;
use super::pci::Config;
use super::quirks::{self, Distrust};
use super::reading::{Host, Told};
use super::{interrupts, line};

/// vfio-pci's parameter that makes it treat every function as one without DisINTx.
const NOINTXMASK: &str = "sys/module/vfio_pci/parameters/nointxmask";

/// Whether vfio-pci uses a function's DisINTx (`pci_intx_mask_supported`), with the reason.
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
    /// Judges a function of this host, without writing to it.
    #[must_use]
    pub fn of(host: &Host, function: &Function) -> Self {
        let path = function.path("config");
        if let Some(told) = host.told(function) {
            return Self::told(told);
        }
        if let Some((flags, line)) = host.refused(function) {
            let shared = flags & SHARED != 0;
            let text = if shared {
                "vfio-pci asked to share the irq"
            } else {
                "vfio-pci asked for the irq alone"
            };
            let evidence =
                Evidence::at("--dmesg", Some(line), format!("{text} (flags {flags:08x})"));
            return if shared {
                Self::Has(evidence)
            } else {
                Self::Lacks(evidence)
            };
        }
        let Some(config) = function.config else {
            return Self::Unknown(Evidence::new(path, "it cannot be read"));
        };
        if host.nointxmask == Some(true) && function.is_vfio() && host.latches_nointxmask() {
            let quirk = by_quirk(&config, &path).or_else(|| by_line(host, function));
            let text = "vfio_pci.nointxmask is set; this kernel keeps what it was when the function was bound";
            return quirk.unwrap_or_else(|| Self::Unknown(Evidence::new(NOINTXMASK, text)));
        }
        if host.nointxmask == Some(true) {
            return Self::Lacks(Evidence::new(NOINTXMASK, "vfio_pci.nointxmask is set"));
        }
        by_quirk(&config, &path)
            .or_else(|| by_line(host, function))
            .unwrap_or_else(|| by_config(&config, path))
    }

    /// The user's own knowledge.
    fn told(told: Told) -> Self {
        match told {
            Told::Disintx => Self::Has(Evidence::new(
                "--device",
                "DisINTx works, as the command line says",
            )),
            Told::NoDisintx => Self::Lacks(Evidence::new(
                "--device",
                "no DisINTx, as the command line says",
            )),
            Told::Busy => {
                let text = "the request for the irq failed with EBUSY, so that vfio-pci asked for the line alone, or its \
                            other owner did";
                Self::Lacks(Evidence::new("--busy", text))
            }
        }
    }

    /// The reason.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        match self {
            Self::Has(evidence)
            | Self::Lacks(evidence)
            | Self::Unknown(evidence)
            | Self::NoIntx(evidence) => evidence,
        }
    }

    /// vfio-pci takes the function as DisINTx-, for certain.
    #[must_use]
    pub const fn lacks(&self) -> bool {
        matches!(self, Self::Lacks(_))
    }

    /// The devices of the model that it may be.
    #[must_use]
    pub const fn modelled(&self) -> &'static [Device] {
        match self {
            Self::Has(_) => &[Device::Disintx],
            Self::Lacks(_) => &[Device::NoDisintx],
            Self::Unknown(_) => &[Device::Disintx, Device::NoDisintx],
            Self::NoIntx(_) => &[],
        }
    }
}

/// Judges by the kernel's lists of vendors and devices.
fn by_quirk(config: &Config, path: &str) -> Option<Disintx> {
    let (vendor, device) = config.id?;
    let listed =
        |list: &str| Evidence::new(path, format!("{vendor:04x}:{device:04x} is in {list}"));
    Some(match quirks::of((vendor, device))? {
        Distrust::Intx => Disintx::NoIntx(listed("vfio_pci_nointx (vfio_pci_core.c)")),
        Distrust::Masking => Disintx::Lacks(listed(
            "the kernel's list of broken INTx masking (quirks.c)",
        )),
        Distrust::OldFirmware => Disintx::Unknown(listed(
            "the kernel's list of functions whose firmware decides (quirks.c)",
        )),
    })
}

/// Judges by the function's own bits.
fn by_config(config: &Config, path: String) -> Disintx {
    if config.disintx() {
        Disintx::Has(Evidence::new(
            path,
            "DisINTx is set, so that it can be written",
        ))
    } else if config.interrupt_status() {
        Disintx::Has(Evidence::new(
            path,
            "Status.Interrupt is set, which PCI 2.3 brought together with DisINTx",
        ))
    } else if config.capabilities.express {
        Disintx::Has(Evidence::new(
            path,
            "a PCI Express function, which has to have DisINTx",
        ))
    } else {
        Disintx::Unknown(Evidence::new(
            path,
            "DisINTx is clear, which tells nothing: only writing it would",
        ))
    }
}

/// Judges by vfio-pci's own line. vfio-pci shares only where DisINTx works (`IRQF_SHARED`), and asks for
/// `IRQ_DISABLE_UNLAZY` only where it does not (`vfio_intx_enable`).
fn by_line(host: &Host, function: &Function) -> Option<Disintx> {
    let irq = function.intx_irq()?;
    if !host.in_use(function) {
        return None;
    }
    let owners = host.owners(irq);
    let shown = host.irqs.get(&irq).map(|irq| irq.line);
    if owners.len() > 1 {
        let text = "vfio-pci shares the line, which it does only where DisINTx works";
        return Some(Disintx::Has(Evidence::at(interrupts::PATH, shown, text)));
    }
    let (unlazy, at) = host.lines.get(&irq)?.debug.as_ref()?.unlazy;
    let text =
        "_IRQ_DISABLE_UNLAZY is set, which vfio-pci asks for only where DisINTx does not work";
    let path = format!("{}/{irq}", line::DEBUG);
    unlazy.then(|| Disintx::Lacks(Evidence::at(path, at, text)))
}
