//! `eoi trace`: whether a recording of a real kernel follows the model, and where an interrupt's path broke off.
//!
//! A recording is text ([`ftrace`]). [`relevant`] picks the lines that belong to the interrupt, by the names that the
//! model's own steps emit ([`words`]). For each candidate row (a controller, a kernel, a device), [`rows`] explores every
//! state of a program on vfio-pci's ABI and marks the dead ones: INTx is set up and, whatever the device asserts and
//! whatever the user clears, masks or unmasks, the trigger eventfd is not signalled any more. [`follow`] keeps the set of
//! states that the recording allows, line by line. [`verdict`] joins the rows; [`handoff`] says what was lost.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;
use eoi_model::device::Device;
use eoi_model::irqchip;
use eoi_model::kernels::{self, Kernel};

use crate::check::select::pick;
use crate::cli::Format;
use crate::error::{CannotTell, Status};
use crate::report;

pub mod count;
pub mod dat;
pub mod follow;
pub mod ftrace;
pub mod handoff;
pub mod relevant;
pub mod rows;
pub mod verdict;
pub mod words;

/// Hold a recorded kernel trace against the model
///
/// Takes the text of ftrace's `trace` or `trace_pipe`, or of `trace-cmd report`, with the function tracer on the path's
/// functions and the irq events. Says which controllers, kernels and devices explain it from the first line to the last
/// or at which line it departs, and in which lines no interrupt could be handed over any more, and why.
#[derive(Args, Default)]
pub struct TraceArgs {
    /// The recording; - is the standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
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

/// Reads the recording and follows it.
///
/// # Errors
/// An unknown name, a file that cannot be read, or ([`crate::error::CannotTell`]) one that does not show enough.
pub fn examine(args: &TraceArgs) -> Result<verdict::Verdict> {
    let all_kernels: Vec<&'static Kernel> = kernels::ALL.iter().collect();
    let chips = pick("controller", &args.chip, irqchip::ALL, |chip| chip.name, irqchip::ALL)?;
    let kernels = pick("kernel", &args.kernel, &all_kernels, |kernel| kernel.name, &all_kernels)?;
    let devices = pick("device", &args.device, &Device::ALL, |device| device.name(), &Device::ALL)?;
    let text = ftrace::read(&args.file)?;
    let candidates = rows::candidates(&chips, &kernels, &devices);
    verdict::examine(&text, &candidates).map_err(|error| named(&args.file, &error))
}

/// The error with the file's name before it; what could not be told stays what it is.
fn named(file: &Path, error: &anyhow::Error) -> anyhow::Error {
    let text = format!("{}: {error:#}", file.display());
    if error.is::<CannotTell>() { CannotTell(text).into() } else { anyhow!(text) }
}

/// Runs the verb.
///
/// # Errors
/// As [`examine`], and a stdout that cannot be written.
pub fn run(args: &TraceArgs) -> Result<Status> {
    let verdict = examine(args)?;
    report::trace::write(args, &verdict)?;
    Ok(Status::found(!verdict.follows() || verdict.is_dead()))
}
