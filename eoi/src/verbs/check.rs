//! `eoi check`: which configurations, how the answer is written.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::check::configuration::Configuration;
use crate::check::everything::merge::{DOCUMENT, merge as merge_everything};
use crate::check::everything::search;
use crate::check::report::Report;
use crate::check::select::{Selection, Wanted, select};
use crate::check::{expect, flows, merge, outcome, share};
use crate::error::Status;
use crate::part::Part;
use crate::report::format::Format;
use crate::report::{self, Detail};
use crate::terminal;
use crate::verbs::{candidates, manual};

pub mod here;

/// Search every interleaving for stalls, storms and leaks
///
/// Without options, every controller is searched, lazy and unlazy, on every path. --chip, --kernel, --device, --path and
/// --scenario choose others; each may be given more than once, with a list of names, or with `all`. A single configuration
/// is reported in full.
#[derive(Args, Default)]
#[command(after_help = manual::short("check"), after_long_help = manual::long("check"))]
pub struct CheckArgs {
    /// Host interrupt controller, see --list [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::chips())]
    pub chip: Vec<String>,
    /// Host kernel, or a release X.Y.Z that one stands for, with +FIX as wanted [default: linux-6.12.57 and linux-6.12.107,
    /// without and with the merged fix]
    #[arg(long, value_name = "NAME[+FIX]...", value_delimiter = ',', add = candidates::kernels())]
    pub kernel: Vec<String>,
    /// Device: disintx, no-disintx or lying-disintx [default: no-disintx]
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::devices())]
    pub device: Vec<String>,
    /// From vfio-pci to the guest and back: irqfd, vmm or bar-trap; or irqfd-unacked or bar-guess, which are broken by
    /// design [default: the first three]
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::paths())]
    pub path: Vec<String>,
    /// VMM, by the order in which it serves an interrupt on the path bar-trap: eoi-intx or qemu [default: eoi-intx]
    #[arg(long, value_name = "NAME", add = candidates::vmms())]
    pub vmm: Option<String>,
    /// Scenario: the other things that happen meanwhile [default: steady]; `all` of every controller takes a minute on two
    /// cores
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::scenarios())]
    pub scenario: Vec<String>,
    /// Guest: a controller, with +edge, +eoi-first, +masks, +directed-eoi as wanted
    #[arg(long, value_name = "NAME[+OPTION]...", add = candidates::guests())]
    pub guest: Option<String>,
    /// Compare without and with a fix on top of the kernel; the exit status is that of the systems with it
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::fixes())]
    pub fix: Vec<String>,
    /// Host CPUs
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=2), default_value_t = 2)]
    pub cpus: u8,
    /// Independent causes of the device
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=2), default_value_t = 2)]
    pub causes: u8,
    /// Boot the host with threadirqs; --kernel NAME+threadirqs does the same
    #[arg(long)]
    pub threadirqs: bool,
    /// Search every system that there is, each for its verdict only: every kernel, device, path and scenario, with and without
    /// threadirqs, and each guest that the host can have; --chip, --kernel, --device, --path and --scenario leave others out
    #[arg(long, conflicts_with_all = NOT_WITH_EVERYTHING)]
    pub everything: bool,
    /// Arrange by flow handler, callbacks and flags of the controllers: which combinations do not present a level again
    /// after enable_irq(); every kernel, the DisINTx- device, the path vmm
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = NOT_BY_FLOW)]
    pub by: Option<By>,
    /// Print every row of a table, also those that are alike, or that a fix does not touch
    #[arg(long)]
    pub all: bool,
    /// Print the ladder of every broken law, each step with its citation
    #[arg(long)]
    pub explain: bool,
    /// Take controller, kernel and devices from this machine
    #[arg(long, conflicts_with_all = ["chip", "kernel", "device", "root"])]
    pub here: bool,
    /// Take them from a captured /proc and /sys below this directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["chip", "kernel", "device"])]
    pub root: Option<PathBuf>,
    /// Compare the verdicts with those of an earlier `eoi check --format json`; the exit status is 0 if they are the same, and
    /// 1 if not
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    pub expect: Option<PathBuf>,
    /// List controllers, kernels, devices, paths, scenarios, guests and fixes
    #[arg(long)]
    pub list: bool,
    /// Give up on a configuration whose graph has more states; the others are still searched. Most systems of two lines are
    /// decided without a graph, up to 128 times as many pairs of their states, or 2^31 if that is more
    #[arg(
        long,
        value_name = "STATES",
        default_value_t = 20_000_000,
        hide_short_help = true
    )]
    pub limit: usize,
    /// Only every N-th configuration, from the K-th; with --format json, --merge joins the parts
    #[arg(long, value_name = "K/N")]
    pub part: Option<Part>,
    /// Join the JSON reports of all parts into one, or read one whole report again; only --format and --explain go with it
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = NOT_WITH_MERGE)]
    pub merge: Vec<PathBuf>,
    /// Output format [default: text; of --merge, json]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// The other arrangements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Flow handlers by callbacks and flags
    Flow,
}

/// Options that `--by flow` chooses itself, or that its document does not have.
const NOT_BY_FLOW: [&str; 12] = [
    "device",
    "path",
    "vmm",
    "scenario",
    "guest",
    "threadirqs",
    "here",
    "root",
    "explain",
    "expect",
    "list",
    "part",
];

/// Options of which `--everything` takes every value, or that its document does not have.
const NOT_WITH_EVERYTHING: [&str; 11] = [
    "vmm",
    "guest",
    "fix",
    "threadirqs",
    "by",
    "explain",
    "here",
    "root",
    "expect",
    "list",
    "merge",
];

/// Options that have to be given when the parts are searched.
const NOT_WITH_MERGE: [&str; 17] = [
    "by",
    "vmm",
    "chip",
    "kernel",
    "device",
    "path",
    "scenario",
    "guest",
    "fix",
    "cpus",
    "causes",
    "threadirqs",
    "here",
    "root",
    "list",
    "part",
    "limit",
];

impl CheckArgs {
    /// The configurations that the user means.
    ///
    /// # Errors
    /// An unknown name, or a host that cannot be read.
    pub fn select(&self) -> Result<Selection> {
        let root = self
            .root
            .as_deref()
            .or_else(|| self.here.then(|| Path::new("/")));
        root.map_or_else(
            || select(&self.wanted()),
            |root| here::select(root, &self.wanted()),
        )
    }

    const fn detail(&self) -> Detail {
        Detail {
            explain: self.explain,
            all: self.all,
        }
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            chip: self.chip.clone(),
            kernel: self.kernel.clone(),
            device: self.device.clone(),
            path: self.path.clone(),
            scenario: self.scenario.clone(),
            vmm: self.vmm.clone(),
            guest: self.guest.clone(),
            fix: self.fix.clone(),
            cpus: self.cpus,
            causes: self.causes,
            threadirqs: self.threadirqs,
            limit: self.limit,
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// Unknown names, impossible configurations, unreadable input.
pub fn run(args: &CheckArgs) -> Result<Status> {
    let format = args.format.unwrap_or_default();
    if args.explain && format != Format::Text {
        bail!(
            "--explain prints ladders, which are text; --format json has the events of each without it"
        );
    }
    if args.list {
        let names = report::list::names();
        report::write(&match format {
            Format::Text => report::list::text(&names),
            Format::Json => report::json::text(&names)?,
            Format::Ktap | Format::Prometheus => {
                bail!("--list has names only; take --format text or json")
            }
        })?;
        return Ok(Status::Holds);
    }
    if args.by == Some(By::Flow) {
        let flows = flows::flows(&args.wanted())?;
        report::write(&match format {
            Format::Json => report::json::text(&flows)?,
            Format::Text => report::flows::text(&flows, args.all),
            Format::Ktap | Format::Prometheus => {
                bail!("--by flow is a table; take --format text or json")
            }
        })?;
        return Ok(flows.status());
    }
    let first = args.merge.first();
    if args.everything || first.is_some_and(|file| DOCUMENT.names(file)) {
        return everything(args);
    }
    if !args.merge.is_empty() {
        let merged = merge::merge(&args.merge)?;
        let format = args.format.unwrap_or(if args.explain {
            Format::Text
        } else {
            Format::Json
        });
        report::write(&report::check(format, args.detail(), &merged)?)?;
        return merged.status();
    }
    let mut selection = args.select()?;
    for note in &selection.notes {
        terminal::note(note);
    }
    if let Some(part) = args.part {
        let whole = selection
            .configurations
            .iter()
            .map(Configuration::title)
            .collect();
        selection.configurations = part.of(selection.configurations);
        selection.share = Some(share::Share { part, whole });
    }
    let report = Report::new(&selection, &outcome::check_all(&selection)?)?;
    report::write(&report::check(format, args.detail(), &report)?)?;
    match &args.expect {
        Some(file) => as_expected(&report, file),
        None => report.status(),
    }
}

/// The verdicts of every system: searched, or out of the parts of such a check.
fn everything(args: &CheckArgs) -> Result<Status> {
    let format = args.format.unwrap_or(if args.everything {
        Format::Text
    } else {
        Format::Json
    });
    if matches!(format, Format::Ktap | Format::Prometheus) {
        bail!("--everything is a table; take --format text or json")
    }
    let everything = if args.everything {
        search::everything(&args.wanted(), args.part)?
    } else {
        merge_everything(&args.merge)?
    };
    report::write(&if format == Format::Json {
        report::json::text(&everything)?
    } else {
        report::everything::text(&everything, args.all)
    })?;
    everything.status()
}

/// The gate `--expect`: says on stderr what differs.
fn as_expected(report: &Report, file: &Path) -> Result<Status> {
    let differences = expect::differences(report, file)?;
    differences.iter().for_each(terminal::note);
    Ok(if differences.is_empty() {
        Status::Holds
    } else {
        Status::Found
    })
}
