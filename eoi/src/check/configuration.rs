//! One configuration by its names.

use std::collections::HashMap;
use std::str::FromStr;

use anyhow::{Error, Result, bail};
use eoi_model::device::Device;
use eoi_model::fixes::Fix;
use eoi_model::guest::{GuestChip, Order, chips};
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::{self, Kernel};
use eoi_model::scenario::Scenario;
use eoi_model::system::{Config, Path, Refusal, System, Vmm};

use super::names;

/// The options that a guest's name may be followed by, each with its meaning.
pub const GUEST_OPTIONS: [(&str, &str); 5] = [
    ("edge", "programs its pin as edge"),
    ("eoi-first", "ends the interrupt before it serves it"),
    (
        "defers",
        "ends the interrupt, and serves it later with its pin open",
    ),
    ("masks", "masks the pin while it serves"),
    ("directed-eoi", "writes the IO-APIC's EOI register"),
];

/// The guest as the command line gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GuestChoice {
    /// Its controller, if it is not the path's usual one.
    pub chip: Option<&'static str>,
    /// It programs its pin as edge.
    pub edge: bool,
    /// Its driver ends the interrupt first (ONESHOT).
    pub eoi_first: bool,
    /// Its driver ends the interrupt, and serves it later with its pin open.
    pub defers: bool,
    /// Its driver masks the pin while it serves.
    pub masks: bool,
    /// It writes the IO-APIC's EOI register.
    pub directed_eoi: bool,
}

impl FromStr for GuestChoice {
    type Err = Error;

    /// Reads `kvm-ioapic+edge+eoi-first`.
    fn from_str(text: &str) -> Result<Self> {
        let mut choice = Self::default();
        for (index, part) in text.split('+').enumerate() {
            match part {
                "edge" => choice.edge = true,
                "eoi-first" => choice.eoi_first = true,
                "defers" => choice.defers = true,
                "masks" => choice.masks = true,
                "directed-eoi" => choice.directed_eoi = true,
                "" | "level" => {}
                chip if index == 0 => {
                    let all: Vec<_> = chips::ALL.iter().collect();
                    choice.chip =
                        Some(names::find("guest controller", chip, &all, |chip| chip.name)?.name);
                }
                option => {
                    let options: Vec<_> = GUEST_OPTIONS.iter().collect();
                    names::find("option of a guest", option, &options, |option| option.0)?;
                }
            }
        }
        if choice.eoi_first && choice.defers {
            bail!(
                "a guest serves either with its pin masked (eoi-first) or with its pin open (defers): leave one away"
            );
        }
        Ok(choice)
    }
}

/// One configuration: the names of everything that the model's [`Config`] is made of.
#[derive(Clone)]
pub struct Configuration {
    /// The host's controller.
    pub chip: &'static Irqchip,
    /// The host's kernel.
    pub kernel: &'static Kernel,
    /// Fixes on top of it.
    pub fixes: Vec<&'static Fix>,
    /// The device.
    pub device: Device,
    /// The path.
    pub path: Path,
    /// The VMM.
    pub vmm: &'static Vmm,
    /// The guest.
    pub guest: GuestChoice,
    /// The scenario.
    pub scenario: Scenario,
    /// Host CPUs.
    pub cpus: u8,
    /// Causes of the device.
    pub causes: u8,
    /// `threadirqs`.
    pub threadirqs: bool,
}

impl Configuration {
    /// The usual one: a DisINTx- device with two causes on two CPUs, the path's usual guest, nothing else done.
    #[must_use]
    pub fn usual(chip: &'static Irqchip, kernel: &'static Kernel, path: Path) -> Self {
        Self {
            chip,
            kernel,
            fixes: Vec::new(),
            device: Device::NoDisintx,
            path,
            vmm: Vmm::EOI_INTX,
            guest: GuestChoice::default(),
            scenario: Scenario::Steady,
            cpus: 2,
            causes: 2,
            threadirqs: false,
        }
    }

    /// The system of this configuration, or why there is none.
    ///
    /// # Errors
    /// The model's [`Refusal`].
    pub fn system(&self) -> Result<System, Refusal> {
        let guest_chip: Option<&'static GuestChip> = self.guest.chip.and_then(chips::by_name);
        System::new(&Config {
            chip: self.chip,
            kernel: self.kernel,
            fixes: &self.fixes,
            device: self.device,
            path: self.path,
            vmm: self.vmm,
            guest_chip,
            edge: self.guest.edge,
            order: match self.guest {
                GuestChoice { defers: true, .. } => Order::EoiThenDefer,
                GuestChoice {
                    eoi_first: true, ..
                } => Order::EoiThenService,
                _ => Order::ServiceThenEoi,
            },
            masks: self.guest.masks,
            directed_eoi: self.guest.directed_eoi,
            scenario: self.scenario,
            cpus: self.cpus,
            causes: self.causes,
            // Withdrawals of two functions multiply the states and show nothing that one function does not.
            withdraws: self.scenario.functions() == 1,
            threadirqs: self.threadirqs,
        })
    }

    /// A name that it shares with every configuration whose system does the same: one on a kernel that acts alike.
    #[must_use]
    pub fn acts_as(&self) -> String {
        let acts_alike = |kernel: &&Kernel| kernel.acts_like(self.kernel);
        let first = kernels::ALL.iter().find(acts_alike);
        let guest = self.guest_name().unwrap_or_default();
        let kernel = first.unwrap_or(self.kernel);
        format!(
            "{guest}: {}",
            Self {
                kernel,
                ..self.clone()
            }
            .title()
        )
    }

    /// The kernel with what is put on top of it.
    #[must_use]
    pub fn kernel_and_fixes(&self) -> String {
        let mut text = self.kernel.name.to_string();
        for fix in &self.fixes {
            text += &format!("+{}", fix.name);
        }
        if self.threadirqs {
            text += "+threadirqs";
        }
        text
    }

    /// The guest's name with its options, as `--guest` takes it; `None` if there is no such system and none was named.
    #[must_use]
    pub fn guest_name(&self) -> Option<String> {
        let usual = self.system().ok().map(|system| system.guest().chip.name);
        let options = [
            (self.guest.edge, "+edge"),
            (self.guest.eoi_first, "+eoi-first"),
            (self.guest.defers, "+defers"),
            (self.guest.masks, "+masks"),
            (self.guest.directed_eoi, "+directed-eoi"),
        ];
        let chip = usual.or(self.guest.chip)?.to_string();
        Some(
            options
                .iter()
                .filter(|(on, _)| *on)
                .fold(chip, |name, (_, option)| name + option),
        )
    }

    /// The advice after a configuration was refused, as the end of a sentence: the model's proposals,
    /// without those that would be refused as well.
    #[must_use]
    pub fn instead(&self, refusal: &Refusal) -> String {
        let leads = |proposal: &&str| {
            self.after(proposal)
                .is_none_or(|other| other.system().is_ok())
        };
        let proposals: Vec<&str> = refusal.instead.split(", or ").filter(leads).collect();
        match proposals.first() {
            None => String::new(),
            Some(first) if first.starts_with("--") => format!("; take {}", proposals.join(", or ")),
            Some(_) => format!("; {}", proposals.join(", or ")),
        }
    }

    /// The configuration with the option that a proposal names; `None` where it names none with a value.
    fn after(&self, proposal: &str) -> Option<Self> {
        let mut words = proposal
            .split_whitespace()
            .skip_while(|word| !word.starts_with("--"));
        let (option, value) = (words.next()?, words.next()?);
        match option {
            "--path" => Path::ALL
                .into_iter()
                .find(|path| path.name() == value)
                .map(|path| Self {
                    path,
                    ..self.clone()
                }),
            "--guest" => value.parse().ok().map(|guest| Self {
                guest,
                ..self.clone()
            }),
            _ => None,
        }
    }

    /// All of it in one line.
    #[must_use]
    pub fn title(&self) -> String {
        let guest = self
            .guest_name()
            .map_or(String::new(), |guest| format!("{guest}, "));
        let vmm = if self.vmm == Vmm::EOI_INTX {
            String::new()
        } else {
            format!("{}, ", self.vmm.name)
        };
        format!(
            "{}, {}, {}, {}, {vmm}{guest}{}, {} CPU{}, {} cause{}",
            self.chip.name,
            self.kernel_and_fixes(),
            self.device.name(),
            self.path.name(),
            self.scenario.name(),
            self.cpus,
            plural(self.cpus),
            self.causes,
            plural(self.causes),
        )
    }
}

const fn plural(n: u8) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The places in `configurations` of each system: those whose systems do the same stand together, in the order of their
/// first.
#[must_use]
pub fn alike(configurations: &[Configuration]) -> Vec<Vec<usize>> {
    let mut systems: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (at, one) in configurations.iter().enumerate() {
        let place = *known.entry(one.acts_as()).or_insert(systems.len());
        if place == systems.len() {
            systems.push(Vec::new());
        }
        systems[place].push(at);
    }
    systems
}
