//! `eoi trace`: which recording, which candidates explain it, how the answer is written.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;
use eoi_model::device::Device;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels::{self, Kernel};

use crate::check::names::pick;
use crate::error::{CannotTell, Status};
use crate::report;
use crate::report::format::Format;
use crate::trace::{configurations, examine, record, source, verdict};

/// Hold a recorded kernel trace against the model
///
/// Takes trace-cmd's trace.dat, or the text of ftrace's `trace` or `trace_pipe` or of `trace-cmd report`, of the function
/// or the function_graph tracer on the path's functions, and the irq and kvm events. For each INTx function in it, says which controllers,
/// kernels and devices explain it from the first line to the last or at which line it departs, in which lines no
/// interrupt could be handed over any more, and why.
#[derive(Args, Default)]
pub struct TraceArgs {
    /// The recording; - is the standard input
    #[arg(value_name = "FILE", required_unless_present = "record")]
    pub file: Option<PathBuf>,
    /// Print what to record, and read nothing; with --chip for these controllers
    #[arg(long, conflicts_with_all = ["file", "kernel", "device"])]
    pub record: bool,
    /// Only these host interrupt controllers (see check --list) [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub chip: Vec<String>,
    /// Only these host kernels [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub kernel: Vec<String>,
    /// Only these devices: disintx, no-disintx or lying-disintx [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub device: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

impl TraceArgs {
    fn chips(&self) -> Result<Vec<&'static Irqchip>> {
        pick("controller", &self.chip, irqchip::ALL, |chip| chip.name, irqchip::ALL)
    }
}

/// Reads the recording and follows it.
///
/// # Errors
/// An unknown name, a file that cannot be read, or ([`CannotTell`]) one that does not show enough.
pub fn judge(args: &TraceArgs, file: &Path) -> Result<verdict::Answer> {
    let all_kernels: Vec<&'static Kernel> = kernels::ALL.iter().collect();
    let kernels = pick("kernel", &args.kernel, &all_kernels, |kernel| kernel.name, &all_kernels)?;
    let devices = pick("device", &args.device, &Device::ALL, |device| device.name(), &Device::ALL)?;
    let configurations = configurations::all(&args.chips()?, &kernels, &devices);
    let open = source::open(file)?;
    let read = examine::recording(|wanted, visit| source::each(&open, wanted, visit));
    read.and_then(|recording| examine::examine(&recording, &configurations)).map_err(|error| named(file, &error))
}

/// The error with the file's name before it; what could not be told stays what it is.
fn named(file: &Path, error: &anyhow::Error) -> anyhow::Error {
    let text = format!("{}: {error:#}", file.display());
    if error.is::<CannotTell>() { CannotTell(text).into() } else { anyhow!(text) }
}

/// Runs the verb.
///
/// # Errors
/// As [`judge`], and a stdout that cannot be written.
pub fn run(args: &TraceArgs) -> Result<Status> {
    let Some(file) = &args.file else {
        report::record::write(args.format, &record::commands(&args.chips()?))?;
        return Ok(Status::Holds);
    };
    let answer = judge(args, file)?;
    report::trace::write(args.format, &file.display().to_string(), &answer)?;
    Ok(answer.status())
}
