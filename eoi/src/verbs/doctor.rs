//! `eoi doctor`: which host, which functions, how the diagnosis is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{ArgGroup, Args, ValueEnum};

use crate::bounded;
use crate::check::names;
use crate::doctor::rules::{self, Rule};
use crate::doctor::{Unseen, diagnose_over};
use crate::error::Status;
use crate::host::vm::{self, Vm};
use crate::host::{Request, Told, Tree, archive, log};
use crate::report;
use crate::report::doctor::Shown;
use crate::report::format::DoctorFormat;
use crate::verbs::{candidates, manual};

mod texts;

use texts::Texts;

/// Find what is wrong with the line of a passed-through PCI function on this host
///
/// Reads /proc and /sys and writes nothing. Without addresses, every function is looked at; those bound to vfio-pci are
/// judged as handed to a guest. A function that is named is judged as if it were. Root sees more: what could not be seen
/// is listed, with why it matters.
#[derive(Args)]
#[command(after_help = manual::short("doctor"), after_long_help = manual::long("doctor"))]
#[command(group(ArgGroup::new("report").args(["lspci", "interrupts"]).multiple(true)))]
pub struct DoctorArgs {
    /// Functions, as 0000:01:00.0 or 01:00.0 [default: all]
    #[arg(value_name = "ADDRESS", value_parser = address, add = candidates::addresses())]
    addresses: Vec<String>,
    /// Linux irqs: report who shares the line of each, and who has to have it alone
    #[arg(long, value_name = "N", value_delimiter = ',', add = candidates::irqs())]
    irq: Vec<u32>,
    /// Also show findings that are only good to know, and functions without a pin
    #[arg(long)]
    all: bool,
    /// Watch the lines in use for so long, and report those that are dead or storm now
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600), conflicts_with_all = ["report", "capture"])]
    watch: Option<u64>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: DoctorFormat,
    /// Read a host's proc and sys below a directory, or a capture
    #[arg(long, value_name = "DIR|FILE")]
    root: Option<PathBuf>,
    /// Read what lspci printed in a report: lspci -vvnnxxx as root, or less
    #[arg(long, value_name = "FILE", conflicts_with_all = ["root", "capture"])]
    lspci: Option<PathBuf>,
    /// Read that host's /proc/interrupts, from a report; alone it tells the owners of --irq
    #[arg(long, value_name = "FILE", conflicts_with_all = ["root", "capture"])]
    interrupts: Option<PathBuf>,
    /// With --lspci or --interrupts: that host's kernel, as uname -r prints it
    #[arg(long, value_name = "RELEASE", requires = "report")]
    release: Option<String>,
    /// State that the DisINTx bit of these functions works, or that it does not
    #[arg(long, value_enum, conflicts_with = "busy")]
    device: Option<Known>,
    /// State that the guest did not start because SET_IRQS failed with EBUSY
    #[arg(long)]
    busy: bool,
    /// Read that host's kernel log, or a VMM's; alone, or with --lspci or --root (--root / for this machine)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["capture", "watch"])]
    dmesg: Option<PathBuf>,
    /// Judge the functions for this virtual machine: a file with QEMU's command line, libvirt's XML or the output of
    /// `qm config` [default: the machines that run]
    #[arg(long, value_name = "FILE")]
    vm: Vec<PathBuf>,
    /// Write the files that a run reads, and no others, to a new archive, which --root reads on another machine
    ///
    /// Of the kernel's command line, only words that bear on interrupts are kept. Of a virtual machine's command line, the
    /// program, the machine, its accelerator and controller, and the functions that it was handed are kept.
    #[arg(long, value_name = "FILE.tar.zst")]
    capture: Option<PathBuf>,
    /// List the files that a run reads, and make no diagnosis
    #[arg(long)]
    list: bool,
    /// Explain a finding by its name; without a name, list them all; `all` explains every one
    #[arg(long, value_name = "NAME", exclusive = true, add = candidates::findings())]
    explain: Option<Option<String>>,
}

impl DoctorArgs {
    /// The texts of a report.
    fn texts(&self) -> Texts<'_> {
        Texts {
            lspci: self.lspci.as_deref(),
            interrupts: self.interrupts.as_deref(),
            release: self.release.as_deref(),
        }
    }

    /// Texts of a report are judged, and not this machine.
    const fn is_report(&self) -> bool {
        self.lspci.is_some() || self.interrupts.is_some()
    }
}

/// A user's knowledge of a function.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Known {
    /// DisINTx works
    Disintx,
    /// There is no DisINTx that works
    NoDisintx,
}

impl Known {
    const fn told(self) -> Told {
        match self {
            Self::Disintx => Told::Disintx,
            Self::NoDisintx => Told::NoDisintx,
        }
    }
}

/// A PCI address with its domain, in lower case.
fn address(text: &str) -> Result<String, String> {
    let hex = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let parts: Vec<&str> = text.split([':', '.']).collect();
    let (domain, rest) = if parts.len() == 4 {
        (parts[0], &parts[1..])
    } else {
        ("0000", &parts[..])
    };
    let well_formed = matches!(rest, [bus, device, function] if hex(bus, 2..=2) && hex(device, 2..=2)
        && matches!(function.as_bytes(), [b'0'..=b'7']));
    if !well_formed || !hex(domain, 4..=8) || text.matches('.').count() != 1 {
        return Err("write it as 0000:01:00.0, as lspci -D prints it".to_string());
    }
    Ok(format!("{domain}:{}:{}.{}", rest[0], rest[1], rest[2]).to_lowercase())
}

/// Runs the verb.
///
/// # Errors
/// Input that cannot be read, a capture that cannot be written.
pub fn run(args: &DoctorArgs) -> Result<Status> {
    if let Some(name) = &args.explain {
        report::write(&explain(name.as_deref())?)?;
        return Ok(Status::Holds);
    }
    let request = request(args)?;
    let (mut tree, mut unknown, mut undone) = (Tree::live(), Vec::new(), Vec::new());
    if let Some(path) = &args.root {
        tree = Tree::open(path)?;
    } else if args.is_report() {
        (tree, unknown, undone) = texts::listing(&args.texts())?;
    }
    if args.dmesg.is_some() && args.root.is_none() && !args.is_report() {
        tree = Tree::from_nodes(BTreeMap::new()).named("the log alone");
    }
    if args.capture.is_some() {
        tree = tree.recording();
    }
    if args.watch.is_some() && args.root.as_ref().is_some_and(|root| root.is_file()) {
        bail!("a capture stands still; --watch is for a live host");
    }
    texts::elsewhere(&tree, &args.addresses)?;
    let mut diagnosis = diagnose_over(&tree, &request, args.watch.map(Duration::from_secs))?;
    if args.list || args.capture.is_some() {
        keep(args, &tree)?;
        return Ok(Status::Holds);
    }
    if args.is_report() {
        diagnosis
            .unseen
            .iter_mut()
            .for_each(|unseen| texts::give(unseen, &args.texts()));
    }
    diagnosis.undone = undone;
    // Open questions about a function that nobody asks about would bury the answer.
    let judged = |address: &str| {
        diagnosis
            .functions
            .iter()
            .any(|f| f.judged && f.address == address)
    };
    let of_text = |unseen: &Unseen| unseen.subject.starts_with("lines ");
    unknown.retain(|unseen| {
        judged(&unseen.subject) || of_text(unseen) || diagnosis.functions.is_empty()
    });
    diagnosis.unseen.extend(unknown);
    report::write(&match args.format {
        DoctorFormat::Text => {
            let findings = match (request.is_everything(), args.all) {
                (false, _) => Shown::OfTheNamed,
                (true, false) => Shown::OfTheHost,
                (true, true) => Shown::All,
            };
            report::doctor::text(&diagnosis, tree.name(), findings)
        }
        DoctorFormat::Json => report::doctor::json(&diagnosis, tree.name())?,
        DoctorFormat::Prometheus => report::doctor::prometheus::prometheus(&diagnosis),
    })?;
    Ok(diagnosis.status())
}

/// The functions that are judged, and what the user knows of them.
fn request(args: &DoctorArgs) -> Result<Request> {
    let told = if args.busy {
        Some(Told::Busy)
    } else {
        args.device.map(Known::told)
    };
    let log = args
        .dmesg
        .as_deref()
        .map(|path| bounded::bytes(path, bounded::TEXT))
        .transpose()?;
    let machines = args.vm.iter().map(|path| machine(path));
    Ok(Request {
        addresses: args.addresses.clone(),
        irqs: args.irq.clone(),
        told,
        log: log.map(|bytes| log::read(&bytes)).unwrap_or_default(),
        machines: machines.collect::<Result<Vec<Vm>>>()?,
    })
}

/// Lists the files that were read, or writes them to a capture.
fn keep(args: &DoctorArgs, tree: &Tree) -> Result<()> {
    if args.list {
        report::write(&report::doctor::list(tree))?;
    }
    if let Some(path) = &args.capture {
        let nodes = tree.recorded();
        archive::write(&nodes, path)?;
        let name = path.display();
        report::write(&format!(
            "{name}: {} files and directories; eoi doctor --root {name}\n",
            nodes.len()
        ))?;
    }
    Ok(())
}

/// A machine's description.
fn machine(path: &Path) -> Result<Vm> {
    let bytes = bounded::bytes(path, bounded::TEXT)?;
    vm::read(&bytes, &format!("--vm {}", path.display()))
        .with_context(|| format!("cannot take {}", path.display()))
}

/// The list of findings, the page of one, or every page.
fn explain(name: Option<&str>) -> Result<String> {
    let Some(name) = name else {
        return Ok(report::doctor::explain::list());
    };
    let all: Vec<&Rule> = rules::ALL.iter().collect();
    let wanted = if name == "all" {
        all
    } else {
        vec![names::find("finding", name, &all, |rule| rule.name)?]
    };
    let pages: Vec<String> = wanted
        .into_iter()
        .map(report::doctor::explain::page)
        .collect();
    Ok(pages.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(address("01:00.0").as_deref(), Ok("0000:01:00.0"));
        assert_eq!(address("0003:C1:1f.7").as_deref(), Ok("0003:c1:1f.7"));
        assert_eq!(
            address("10000:e1:00.0").as_deref(),
            Ok("10000:e1:00.0"),
            "domains of VMD have five digits"
        );
        for bad in [
            "",
            "1:0.0",
            "01:00",
            "01:00.8",
            "01.00.0",
            "0:01:00.0",
            "x:01:00.0",
            "01:00.0 ",
            "a:b:c:d.e",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
