//! From names to configurations.

use anyhow::Result;
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::{self, Kernel};
use eoi_model::scenario::Scenario;
use eoi_model::system::{Path, Vmm};
use eoi_model::vmms;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::configuration::{Configuration, GuestChoice};
use super::kernel::{self, Named};
use super::names::{find, pick};
use super::picked;
use super::share::Share;

/// The wanted configurations, by the names that the command line takes. An empty list means the default, `all` means
/// the whole table.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Host controllers; all by default.
    pub chip: Vec<String>,
    /// Host kernels with fixes, or releases; [`kernels::around_the_merged_fix`] by default.
    pub kernel: Vec<String>,
    /// Devices; the one without DisINTx by default.
    pub device: Vec<String>,
    /// Paths; all by default.
    pub path: Vec<String>,
    /// Scenarios; `steady` by default.
    pub scenario: Vec<String>,
    /// The VMM; eoi-intx by default.
    pub vmm: Option<String>,
    /// The guest, as [`GuestChoice`] reads it; the usual one of each path by default.
    pub guest: Option<String>,
    /// Fixes on top of the kernels; none by default.
    pub fix: Vec<String>,
    /// Host CPUs, 1 or 2.
    pub cpus: u8,
    /// Independent causes of the device, 1 or 2.
    pub causes: u8,
    /// Boot argument `threadirqs`.
    pub threadirqs: bool,
    /// States at which a configuration is given up.
    pub limit: usize,
}

/// The kernel of a host with the lines of its functions: what is not asked for by name where a host is searched.
pub struct OneHost {
    /// The kernel.
    pub kernel: &'static Kernel,
    /// The changes on top of it.
    pub fixes: Vec<&'static Fix>,
    /// Each function: the controllers that its line may be on, and the devices that it may be.
    pub functions: Vec<(Vec<&'static Irqchip>, Vec<Device>)>,
}

/// The configurations to check, in the order of the report.
pub struct Selection {
    /// The configurations.
    pub configurations: Vec<Configuration>,
    /// How they were asked for, which decides how they are shown.
    pub shape: Shape,
    /// States at which a configuration is given up.
    pub limit: usize,
    /// The facts found about a host, for people.
    pub found: Vec<String>,
    /// How names were understood, for stderr.
    pub notes: Vec<String>,
    /// The whole that this is a part of.
    pub share: Option<Share>,
}

/// How tables arrange the configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Controllers and kernels down, paths across.
    Matrix,
    /// Before and after fixes: the configurations come in pairs, the second of each pair has the fixes.
    #[serde(rename = "comparison")]
    Fix,
    /// One configuration in full.
    Single,
    /// One line for each configuration.
    List,
}

/// The kernels to show a chip with, and the fixes that make the second unlazy where no release of its driver is. Where
/// fixes are compared and no kernel is wanted, only the kernels that these fixes are for.
fn kernels_for(
    chip: &'static Irqchip,
    wanted: &[Named],
    compared: &[&'static Fix],
) -> Vec<(&'static Kernel, Vec<&'static Fix>)> {
    if !wanted.is_empty() {
        return wanted
            .iter()
            .map(|named| (named.kernel, named.fixes.clone()))
            .collect();
    }
    let usual = usual_kernels(chip);
    if compared.is_empty() {
        usual
    } else {
        before(&usual, compared)
    }
}

fn usual_kernels(chip: &'static Irqchip) -> Vec<(&'static Kernel, Vec<&'static Fix>)> {
    let pair = kernels::around_the_merged_fix();
    if pair.iter().all(|kernel| chip.kernels.has(kernel)) {
        return pair.map(|kernel| (kernel, Vec::new())).into();
    }
    let only = chip.kernels.kernels().next();
    let merged = fixes::by_name("vfio-unlazy").into_iter().collect();
    only.map_or_else(Vec::new, |kernel| {
        vec![(kernel, Vec::new()), (kernel, merged)]
    })
}

/// The choices that do not depend on a host.
struct Around {
    paths: Vec<Path>,
    scenarios: Vec<Scenario>,
    fixes: Vec<&'static Fix>,
    vmm: &'static Vmm,
    guest: GuestChoice,
    cpus: u8,
    causes: u8,
    threadirqs: bool,
}

impl Around {
    fn read(wanted: &Wanted) -> Result<Self> {
        Ok(Self {
            paths: picked::paths(&wanted.path, &Path::USUAL)?,
            scenarios: picked::scenarios(&wanted.scenario, &[Scenario::Steady])?,
            fixes: pick("fix", &wanted.fix, fixes::ALL, |fix| fix.name, &[])?,
            vmm: wanted.vmm.as_deref().map_or(Ok(Vmm::EOI_INTX), |name| {
                find("VMM", name, vmms::ALL, |vmm| vmm.name)
            })?,
            guest: wanted
                .guest
                .as_deref()
                .map_or(Ok(GuestChoice::default()), str::parse)?,
            cpus: wanted.cpus,
            causes: wanted.causes,
            threadirqs: wanted.threadirqs,
        })
    }

    /// The configuration of this controller, kernel and path, with the usual device and scenario and without fixes.
    fn on(&self, chip: &'static Irqchip, kernel: &'static Kernel, path: Path) -> Configuration {
        Configuration {
            vmm: self.vmm,
            guest: self.guest,
            cpus: self.cpus,
            causes: self.causes,
            threadirqs: self.threadirqs,
            ..Configuration::usual(chip, kernel, path)
        }
    }
}

/// Every configuration that is wanted.
///
/// # Errors
/// An unknown name.
pub fn select(wanted: &Wanted) -> Result<Selection> {
    let chips = picked::chips(&wanted.chip)?;
    let (kernels, threadirqs) = kernel::pick(&wanted.kernel, wanted.threadirqs)?;
    let devices = picked::devices(&wanted.device, &[Device::NoDisintx])?;
    let mut around = Around::read(wanted)?;
    around.threadirqs = threadirqs;
    let Around {
        paths,
        scenarios,
        fixes,
        ..
    } = &around;
    let mut configurations = Vec::new();
    let compare = !fixes.is_empty();
    for &chip in &chips {
        let kernels = kernels_for(chip, &kernels, fixes);
        for (&device, &scenario, (kernel, built_in)) in product(&devices, scenarios, &kernels) {
            for &path in paths {
                let with = |fixes| Configuration {
                    fixes,
                    device,
                    scenario,
                    ..around.on(chip, kernel, path)
                };
                if compare {
                    configurations.push(with(built_in.clone()));
                }
                configurations.push(with([built_in.as_slice(), fixes].concat()));
            }
        }
    }
    let shape = match (compare, configurations.len()) {
        (true, _) => Shape::Fix,
        (_, 1) => Shape::Single,
        _ if devices.len() > 1 || scenarios.len() > 1 => Shape::List,
        _ => Shape::Matrix,
    };
    let notes = kernels.iter().filter_map(Named::tells).collect();
    Ok(Selection {
        configurations,
        shape,
        limit: wanted.limit,
        found: Vec::new(),
        notes,
        share: None,
    })
}

/// The configurations of a host: each controller, device and path once. Controllers, kernels and devices that are wanted by
/// name are not looked at.
///
/// # Errors
/// An unknown name.
pub fn select_on(host: &OneHost, wanted: &Wanted) -> Result<Selection> {
    let around = Around::read(wanted)?;
    // A fix that is asked for is put on top of those that the host has. One that the host has already changes nothing.
    let has = |fix: &&Fix| host.fixes.iter().any(|has| has.name == fix.name);
    let more = around.fixes.iter().copied().filter(|fix| !has(fix));
    let fixes: Vec<&'static Fix> = host.fixes.iter().copied().chain(more).collect();
    let mut configurations: Vec<Configuration> = Vec::new();
    for (chips, devices) in &host.functions {
        for (&chip, &device, &path) in product(chips, devices, &around.paths) {
            for &scenario in &around.scenarios {
                let configuration = Configuration {
                    fixes: fixes.clone(),
                    device,
                    scenario,
                    ..around.on(chip, host.kernel, path)
                };
                if !configurations
                    .iter()
                    .any(|other| other.title() == configuration.title())
                {
                    configurations.push(configuration);
                }
            }
        }
    }
    let (limit, shape) = (wanted.limit, Shape::List);
    Ok(Selection {
        configurations,
        shape,
        limit,
        found: Vec::new(),
        notes: Vec::new(),
        share: None,
    })
}

fn product<'a, A, B, C>(a: &'a [A], b: &'a [B], c: &'a [C]) -> Vec<(&'a A, &'a B, &'a C)> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    pairs
        .flat_map(|(a, b)| c.iter().map(move |c| (a, b, c)))
        .collect()
}

/// The kernel that a fix is for, to be compared with. Only `none` is for the one that has the merged fix.
fn before(
    kernels: &[(&'static Kernel, Vec<&'static Fix>)],
    fixes: &[&'static Fix],
) -> Vec<(&'static Kernel, Vec<&'static Fix>)> {
    let unlazy = fixes.iter().any(|fix| fix.name == "none");
    kernels
        .iter()
        .filter(|(kernel, built_in)| (kernel.vfio_unlazy || !built_in.is_empty()) == unlazy)
        .cloned()
        .collect()
}
