//! The names and addresses that options take, for the completions of shells.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};

use crate::check::configuration::GUEST_OPTIONS;
use crate::check::kernel::THREADED;
use crate::check::report::About;
use crate::doctor::rules;
use crate::lab::{case, choice, machine, sets};
use crate::report::list::{self, Names};
use crate::verbs::manual;

/// Where the kernel lists PCI functions (Documentation/ABI/testing/sysfs-bus-pci).
const DEVICES: &str = "/sys/bus/pci/devices";

/// The word for a whole table, where an option takes it.
const ALL: (&str, &str) = ("all", "every one");

fn one((name, about): (&str, &str)) -> CompletionCandidate {
    let about = (!about.is_empty()).then(|| about.to_string().into());
    CompletionCandidate::new(name).help(about)
}

fn named(about: &About) -> (&str, &str) {
    (&about.name, &about.about)
}

/// A table of `eoi check --list`, and the word for all of it.
fn table(of: fn(Names) -> Vec<About>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let names = of(list::names());
        names.iter().map(named).chain([ALL]).map(one).collect()
    })
}

/// A closed list.
fn closed(names: fn() -> Vec<(&'static str, &'static str)>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || names().into_iter().map(one).collect())
}

/// Host controllers.
pub fn chips() -> ArgValueCandidates {
    table(|names| names.chip)
}

/// Host controllers whose driver kernel-c has.
pub fn verified_chips() -> ArgValueCandidates {
    closed(|| {
        let chips = crate::verify::rows::chips();
        chips.iter().map(|chip| (chip.name, chip.about)).collect()
    })
}

/// Releases whose C is compared with the model.
pub fn compared_releases() -> ArgValueCandidates {
    closed(|| {
        let all = crate::verify::rows::RELEASES.iter();
        all.map(|release| (release.series, "")).collect()
    })
}

/// Devices.
pub fn devices() -> ArgValueCandidates {
    table(|names| names.device)
}

/// The devices of the lab.
pub fn lab_devices() -> ArgValueCandidates {
    closed(|| vec![("disintx", ""), ("no-disintx", "")])
}

/// Paths.
pub fn paths() -> ArgValueCandidates {
    table(|names| names.path)
}

/// VMMs.
pub fn vmms() -> ArgValueCandidates {
    ArgValueCandidates::new(|| list::names().vmm.iter().map(named).map(one).collect())
}

/// Scenarios.
pub fn scenarios() -> ArgValueCandidates {
    table(|names| names.scenario)
}

/// Fixes.
pub fn fixes() -> ArgValueCandidates {
    table(|names| names.fix)
}

/// The kernels of the table, without anything on top of them.
pub fn plain_kernels() -> ArgValueCandidates {
    table(|names| names.kernel)
}

/// Kernels, and after a plus the fixes on top of them.
pub fn kernels() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let Names { kernel, fix, .. } = list::names();
        let kernels: Vec<_> = kernel.iter().map(named).chain([ALL]).collect();
        let on_top: Vec<_> = fix
            .iter()
            .map(named)
            .chain([(THREADED, "boots with threadirqs")])
            .collect();
        with_options(current, &kernels, &on_top)
    })
}

/// Guest controllers, and after a plus their options.
pub fn guests() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let guests = list::names().guest;
        let guests: Vec<_> = guests.iter().map(named).collect();
        with_options(current, &guests, &GUEST_OPTIONS)
    })
}

/// Names, and after each plus the options that a name may be followed by.
fn with_options(
    current: &OsStr,
    names: &[(&str, &str)],
    options: &[(&str, &str)],
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let (head, named) = match current.rfind('+') {
        Some(at) => (&current[..=at], options),
        None => ("", names),
    };
    let whole = named
        .iter()
        .map(|(name, about)| (format!("{head}{name}"), about));
    let fitting = whole.filter(|(name, _)| name.starts_with(&*current));
    fitting.map(|(name, about)| one((&name, about))).collect()
}

/// The findings of the doctor.
pub fn findings() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let rules = rules::ALL.iter().map(|rule| (rule.name, rule.about()));
        rules.chain([ALL]).map(one).collect()
    })
}

/// The machines of the lab.
pub fn machines() -> ArgValueCandidates {
    closed(|| {
        machine::ALL
            .iter()
            .map(|machine| (machine.name, machine.prints))
            .collect()
    })
}

/// The cases of the lab.
pub fn cases() -> ArgValueCandidates {
    closed(|| {
        // Both kinds of device have each of them.
        let all = case::all()
            .into_iter()
            .map(|case| (case.script.name, case.script.about));
        all.fold(Vec::new(), |mut cases, case| {
            if !cases.contains(&case) {
                cases.push(case);
            }
            cases
        })
    })
}

/// The package sets of the lab.
pub fn sets() -> ArgValueCandidates {
    closed(|| {
        sets::ALL
            .iter()
            .map(|set| (set.name, set.purpose))
            .collect()
    })
}

/// The cells of the lab.
pub fn cells() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let all = choice::choose(&choice::Choice::default()).map(|chosen| chosen.cells);
        let cells = all.unwrap_or_default();
        cells
            .iter()
            .map(|cell| one((&cell.name(), cell.machine.prints)))
            .collect()
    })
}

/// The PCI addresses of this host, in full, or without the domain 0000 where it is left out.
pub fn addresses() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let current = current.to_string_lossy();
        let mut found = Vec::new();
        for (address, driver) in functions() {
            let short = address.strip_prefix("0000:").unwrap_or(&address);
            if address.starts_with(&*current) {
                found.push(one((&address, &driver)));
            } else if short.starts_with(&*current) {
                found.push(one((short, &driver)));
            }
        }
        found
    })
}

/// The irqs of this host's PCI functions.
pub fn irqs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let irq = |(address, _): &(String, String)| {
            let file = Path::new(DEVICES).join(address).join("irq");
            let irq: u32 = fs::read_to_string(file).ok()?.trim().parse().ok()?;
            Some((irq, address.clone()))
        };
        let mut irqs: Vec<(u32, String)> = functions().iter().filter_map(irq).collect();
        irqs.retain(|(irq, _)| *irq > 0);
        irqs.sort();
        irqs.dedup_by_key(|(irq, _)| *irq);
        irqs.iter()
            .map(|(irq, address)| one((&irq.to_string(), address)))
            .collect()
    })
}

/// The addresses of this host's PCI functions, in their order, each with its driver.
fn functions() -> Vec<(String, String)> {
    let entries = fs::read_dir(DEVICES).into_iter().flatten().flatten();
    let function = |entry: fs::DirEntry| {
        let driver = fs::read_link(entry.path().join("driver")).ok();
        let driver = driver.and_then(|link| Some(link.file_name()?.to_string_lossy().into_owned()));
        (
            entry.file_name().to_string_lossy().into_owned(),
            driver.unwrap_or_default(),
        )
    };
    let mut functions: Vec<(String, String)> = entries.map(function).collect();
    functions.sort();
    functions
}

/// The verbs that have a manual page.
pub fn verbs() -> ArgValueCandidates {
    closed(|| {
        let words = manual::ALL
            .iter()
            .flat_map(|page| page.verb.split_whitespace());
        words.fold(Vec::new(), |mut verbs, verb| {
            if !verbs.contains(&(verb, "")) {
                verbs.push((verb, ""));
            }
            verbs
        })
    })
}
