//! `eoi trace`: which recording, which candidates explain it, how the answer is written.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use eoi_model::device::Device;
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::{self, Kernel};

use crate::check::names::pick;
use crate::check::picked;
use crate::error::{CannotTell, Status};
use crate::host::Tree;
use crate::report;
use crate::report::format::TraceFormat;
use crate::trace::report::Report;
use crate::trace::{configurations, examine, record, source, verdict};
use crate::verbs::check::here;
use crate::verbs::{candidates, manual};

/// Compare a recording of a real kernel with the model
///
/// Reads a recording of ftrace that has the functions of the interrupt's path and the events of irq and kvm: the file
/// trace.dat of trace-cmd, or text (`trace-cmd report`, or the files trace and trace_pipe below /sys/kernel/tracing), of the
/// tracer function or function_graph. For each INTx function in it, eoi says which controllers, kernels and devices
/// explain the whole recording or, if none does, at which line it departs from the model; in which lines no interrupt could
/// be delivered any more; and which hand-off was lost. `eoi trace --record` says how to make such a recording.
#[derive(Args, Default)]
#[command(after_help = manual::short("trace"), after_long_help = manual::long("trace"))]
pub struct TraceArgs {
    /// The recording; - reads the standard input
    #[arg(value_name = "FILE", required_unless_present = "record")]
    pub file: Option<PathBuf>,
    /// Read no recording; print the command that makes one, for every controller, or only for those of --chip, --here or
    /// --root
    #[arg(long, conflicts_with_all = ["file", "kernel", "device", "explain"])]
    pub record: bool,
    /// With --record: print the command for this machine, without the functions that its kernel cannot trace
    #[arg(long, requires = "record", conflicts_with_all = ["chip", "root"])]
    pub here: bool,
    /// With --record: print the command for the machine whose /proc and /sys stand below DIR, or in a capture of
    /// `eoi doctor`
    #[arg(long, value_name = "DIR", requires = "record", conflicts_with = "chip")]
    pub root: Option<PathBuf>,
    /// Try only these interrupt controllers of the host (`eoi check --list` has their names) [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::chips())]
    pub chip: Vec<String>,
    /// Try only these kernels of the host [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::plain_kernels())]
    pub kernel: Vec<String>,
    /// Try only these devices: disintx, no-disintx or lying-disintx [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::devices())]
    pub device: Vec<String>,
    /// Print each step of the model that explains the recording, with the lines that show it and its citation
    #[arg(long)]
    pub explain: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: TraceFormat,
}

/// Reads the recording and follows it; with steps if they are written.
///
/// # Errors
/// An unknown name, a file that cannot be read, or ([`CannotTell`]) one that does not show enough.
fn judge(args: &TraceArgs, file: &Path) -> Result<verdict::Answer> {
    let all_kernels: Vec<&'static Kernel> = kernels::ALL.iter().collect();
    let kernels = pick(
        "kernel",
        &args.kernel,
        &all_kernels,
        |kernel| kernel.name,
        &all_kernels,
    )?;
    let devices = picked::devices(&args.device, &Device::ALL)?;
    let configurations = configurations::all(&picked::chips(&args.chip)?, &kernels, &devices);
    let open = source::open(file)?;
    let read = examine::recording(|wanted, visit| source::each(&open, wanted, visit));
    let steps = args.explain || args.format == TraceFormat::Json;
    let examine = if steps {
        examine::examine_step_by_step
    } else {
        examine::examine
    };
    read.and_then(|recording| examine(&recording, &configurations))
        .map_err(|error| named(file, &error))
}

/// The error with the file's name before it; an answer that cannot be told stays one.
fn named(file: &Path, error: &anyhow::Error) -> anyhow::Error {
    let text = format!("{}: {error:#}", file.display());
    if error.is::<CannotTell>() {
        CannotTell(text).into()
    } else {
        anyhow!(text)
    }
}

/// Runs the verb.
///
/// # Errors
/// As `judge`, a host that cannot be read, and a stdout that cannot be written.
pub fn run(args: &TraceArgs) -> Result<Status> {
    if args.explain && args.format != TraceFormat::Text {
        bail!(
            "--explain prints the steps as text; --format json has them without it, --format ktap has none"
        );
    }
    let Some(file) = &args.file else {
        report::record::write(args.format, record(args)?)?;
        return Ok(Status::Holds);
    };
    let answer = judge(args, file)?;
    let status = answer.status();
    report::trace::write(
        args.format,
        args.explain,
        &Report::new(&file.display().to_string(), answer),
    )?;
    Ok(status)
}

/// The commands that were asked for.
fn record(args: &TraceArgs) -> Result<Vec<record::Command>> {
    let root = args
        .root
        .as_deref()
        .or_else(|| args.here.then(|| Path::new("/")));
    let Some(root) = root else {
        return Ok(record::commands(&picked::chips(&args.chip)?));
    };
    let functions = here::read(root)?.functions;
    let mut chips: Vec<&'static Irqchip> = functions
        .into_iter()
        .flat_map(|function| function.chips)
        .collect();
    chips.sort_by_key(|chip| chip.name);
    chips.dedup_by_key(|chip| chip.name);
    Ok(record::commands_on(&chips, &Tree::open(root)?))
}
