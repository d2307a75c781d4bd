//! From names to cases.

use anyhow::{Result, bail};
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::guest::chips;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels::{self, Kernel};
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;

use super::case::{Case, GuestChoice};
use super::kernel::{self, Named};
use super::{host, names};
use crate::verbs::check::CheckArgs;

pub(crate) use super::names::pick;

/// What is to be checked, in the order of the report.
pub struct Selection {
    /// The cases.
    pub cases: Vec<Case>,
    /// How they were asked for, which decides how they are shown.
    pub shape: Shape,
    /// States at which a case is given up.
    pub limit: usize,
    /// What a host was found to be, for people.
    pub found: Vec<String>,
    /// How names were understood, for stderr.
    pub notes: Vec<String>,
    /// What whole it is a part of.
    pub share: Option<super::merge::Share>,
}

/// How the cases are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Controllers by kernels down, paths across.
    Matrix,
    /// Each controller before and after the fixes: cases come in pairs.
    Fix,
    /// One case, in full.
    Single,
    /// A line a case.
    List,
}

/// The newest released kernel of the matrix that is lazy, and the newest of the same series that is not.
pub const LAZY_AND_UNLAZY: [&str; 2] = ["linux-6.12.57", "linux-6.12.107"];

/// Reads `kvm-ioapic+edge+eoi-first`.
///
/// # Errors
/// An unknown controller or option.
pub fn parse_guest(text: &str) -> Result<GuestChoice> {
    let mut choice = GuestChoice::default();
    for (index, part) in text.split('+').enumerate() {
        match part {
            "edge" => choice.edge = true,
            "eoi-first" => choice.eoi_first = true,
            "masks" => choice.masks = true,
            "directed-eoi" => choice.directed_eoi = true,
            "" | "level" => {}
            chip if index == 0 => {
                let all: Vec<_> = chips::ALL.iter().collect();
                choice.chip = Some(names::find("guest controller", chip, &all, |chip| chip.name)?.name);
            }
            option => bail!("a guest has no option '{option}'; there are edge, eoi-first, masks, directed-eoi"),
        }
    }
    Ok(choice)
}

/// The kernels to show a chip with, and the fixes that make the second unlazy where no release of its driver is.
fn kernels_for(chip: &'static Irqchip, wanted: &[Named]) -> Vec<(&'static Kernel, Vec<&'static Fix>)> {
    if !wanted.is_empty() {
        return wanted.iter().map(|named| (named.kernel, named.fixes.clone())).collect();
    }
    let has = |name: &&str| chip.kernels.is_empty() || chip.kernels.contains(name);
    if LAZY_AND_UNLAZY.iter().all(has) {
        return LAZY_AND_UNLAZY.iter().filter_map(|name| kernels::by_name(name)).map(|k| (k, Vec::new())).collect();
    }
    let only = kernels::ALL.iter().find(|kernel| chip.kernels.contains(&kernel.name));
    let merged = fixes::by_name("vfio-unlazy").into_iter().collect();
    only.map_or_else(Vec::new, |kernel| vec![(kernel, Vec::new()), (kernel, merged)])
}

/// Every case that the options ask for.
///
/// # Errors
/// An unknown name.
pub fn select(args: &CheckArgs) -> Result<Selection> {
    if args.here || args.root.is_some() {
        return select_host(args);
    }
    let chips = pick("controller", &args.chip, irqchip::ALL, |chip| chip.name, irqchip::ALL)?;
    let (kernels, threadirqs) = kernel::pick(&args.kernel, args.threadirqs)?;
    let devices = pick("device", &args.device, &Device::ALL, |device| device.name(), &[Device::NoDisintx])?;
    let paths = pick("path", &args.path, &Path::ALL, |path| path.name(), &Path::ALL)?;
    let scenarios = pick("scenario", &args.scenario, &Scenario::ALL, |s| s.name(), &[Scenario::Steady])?;
    let fixes = pick("fix", &args.fix, fixes::ALL, |fix| fix.name, &[])?;
    let guest = args.guest.as_deref().map_or(Ok(GuestChoice::default()), parse_guest)?;

    let mut cases = Vec::new();
    let compare = !fixes.is_empty() && (args.chip.is_empty() || args.chip.len() > 1);
    for &chip in &chips {
        let usual = kernels_for(chip, &kernels);
        let usual = if compare && args.kernel.is_empty() { before(&usual, &fixes) } else { usual };
        for (&device, &scenario, (kernel, built_in)) in product(&devices, &scenarios, &usual) {
            for &path in &paths {
                let built_in = built_in.clone();
                let (cpus, causes) = (args.cpus, args.causes);
                let case =
                    Case { chip, kernel, fixes: built_in, device, path, guest, scenario, cpus, causes, threadirqs };
                push(&mut cases, case, &fixes, compare);
            }
        }
    }
    let shape = match (compare, cases.len()) {
        (true, _) => Shape::Fix,
        (_, 1) => Shape::Single,
        _ if devices.len() > 1 || scenarios.len() > 1 => Shape::List,
        _ => Shape::Matrix,
    };
    let notes = kernels.iter().filter_map(Named::tells).collect();
    Ok(Selection { cases, shape, limit: args.limit, found: Vec::new(), notes, share: None })
}

/// The cases of a host: each controller, device and path once.
fn select_host(args: &CheckArgs) -> Result<Selection> {
    let host = host::read(args.root.as_deref().unwrap_or(std::path::Path::new("/")))?;
    let paths = pick("path", &args.path, &Path::ALL, |path| path.name(), &Path::ALL)?;
    let scenarios = pick("scenario", &args.scenario, &Scenario::ALL, |s| s.name(), &[Scenario::Steady])?;
    let fixes = pick("fix", &args.fix, fixes::ALL, |fix| fix.name, &[])?;
    let guest = args.guest.as_deref().map_or(Ok(GuestChoice::default()), parse_guest)?;
    let with: String = host.fixes.iter().map(|fix| format!("+{}", fix.name)).collect();
    let (release, because) = (&host.release, &host.because);
    let mut found = vec![format!("kernel {release}, which behaves like {}{with} ({because})", host.kernel.name)];
    // What is asked for is put on top of what the host has, and stands for the same where it is the same.
    let mut fixes = fixes;
    fixes.retain(|fix| host.fixes.iter().all(|has| has.name != fix.name));
    fixes.splice(0..0, host.fixes.iter().copied());
    let mut cases: Vec<Case> = Vec::new();
    for line in &host.lines {
        let chips: Vec<&str> = line.chips.iter().map(|chip| chip.name).collect();
        let devices: Vec<&str> = line.devices.iter().map(|device| device.name()).collect();
        let who = if line.address.is_empty() { "controller" } else { &line.address };
        found.push(format!(
            "{who} irq {}: {}; {} ({})",
            line.irq,
            chips.join(" or "),
            devices.join(" or "),
            line.because
        ));
        for (&chip, &device, &path) in product(&line.chips, &line.devices, &paths) {
            for &scenario in &scenarios {
                let fixes = fixes.clone();
                let (cpus, causes, threadirqs) = (args.cpus, args.causes, args.threadirqs);
                let kernel = host.kernel;
                let case = Case { chip, kernel, fixes, device, path, guest, scenario, cpus, causes, threadirqs };
                if !cases.iter().any(|other| other.title() == case.title()) {
                    cases.push(case);
                }
            }
        }
    }
    Ok(Selection { cases, shape: Shape::List, limit: args.limit, found, notes: Vec::new(), share: None })
}

fn product<'a, A, B, C>(a: &'a [A], b: &'a [B], c: &'a [C]) -> Vec<(&'a A, &'a B, &'a C)> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    pairs.flat_map(|(a, b)| c.iter().map(move |c| (a, b, c))).collect()
}

/// What a fix is compared with: the kernel that it is for. Only `none` is for the one that has the merged fix.
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

fn push(cases: &mut Vec<Case>, case: Case, fixes: &[&'static Fix], compare: bool) {
    let mut fixed = case.clone();
    fixed.fixes.extend(fixes);
    if compare {
        cases.push(case);
    }
    cases.push(fixed);
}
