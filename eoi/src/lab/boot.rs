//! One machine, booted: its plan, its initial RAM disk, its emulator's command line.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use eoi_lab_protocol::{Plan, Word};

use super::case::Case;
use super::cell::{Boot, Cell};
use super::emulator;
use super::initrd::{self, File, Modules};
use super::machine::{Container, Machine};
use super::prepare::Ready;
use super::protocol::Session;
use crate::trace::words::Words;

/// How long the guest waits for an interrupt, in milliseconds, before it says that none came.
const WAIT_MS: u32 = 1000;
/// How long it waits where none has to come.
const IDLE_MS: u32 = 200;
/// A machine may run this many times longer than its console may be silent.
const TOTAL: u32 = 8;
/// The file with everything that a console said, in a cell's directory.
pub const LOG: &str = "console.log";

/// The plan for the machine's first process.
fn plan(cell: &Cell) -> Plan {
    let Machine {
        container,
        slowness,
        chip,
        ..
    } = cell.machine;
    let slowness = u32::from(*slowness);
    let functions = Words::learnt().functions(&BTreeSet::from([*chip]));
    // Those of CPU-local and other lines, so that every run of a flow handler has a beginning in the recording.
    let others = [
        "handle_percpu_devid_irq",
        "handle_percpu_irq",
        "handle_edge_irq",
        "handle_simple_irq",
    ];
    let functions = functions.iter().map(String::as_str).chain(others);
    Plan {
        device: Word::from_any("edu"),
        container: *container,
        wait_ms: WAIT_MS * slowness,
        idle_ms: IDLE_MS * slowness,
        functions: functions.map(Word::from_any).collect(),
        cases: cell.cases.iter().map(Case::plan).collect(),
    }
}

/// The initial RAM disk of a cell.
fn ramdisk(cell: &Cell, ready: &Ready) -> Result<Vec<u8>> {
    let backend = match cell.machine.container {
        Container::Type1 => "vfio_iommu_type1",
        Container::Spapr => "vfio_iommu_spapr_tce",
        Container::NoIommu => "vfio",
    };
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let mut wanted = vec!["irqbypass", "vfio", backend, "vfio_pci_core", "vfio_pci"];
    if cell.cases.iter().any(Case::needs_kvm) {
        wanted.extend(cell.machine.kvm.unwrap_or_default());
    }
    let mut files = Modules::below(&ready.kernel.modules)?.in_order(&wanted)?;
    files.push(File::program("init", read(&ready.init)?));
    if let Some(eoi) = &ready.eoi {
        files.push(File::program("eoi", read(eoi)?));
    }
    if let Some(forward) = &ready.forward {
        files.push(File::program("eoi-forward", read(forward)?));
    }
    files.push(File::new("plan", plan(cell).to_string().into_bytes()));
    initrd::archive(files)
}

/// Starts one cell's machine in this directory and listens until it is off. Its console may be silent for `silence`, and on a
/// slow machine longer.
///
/// # Errors
/// The initial RAM disk cannot be made, or see [`emulator::run`].
pub fn boot(
    cell: &Cell,
    ready: Ready,
    silence: Duration,
    directory: &Path,
    session: &mut Session,
) -> Result<()> {
    let initrd = directory.join("initrd");
    std::fs::write(&initrd, ramdisk(cell, &ready)?)
        .with_context(|| format!("cannot write {}; is the disk full?", initrd.display()))?;
    let Machine {
        qemu,
        cpus,
        append,
        slowness,
        ..
    } = cell.machine;
    let mut command = ready.emulator;
    command
        .args(*qemu)
        .args(["-m", "1G", "-smp", &cpus.to_string()]);
    let threads = if cell.boot == Boot::Threadirqs {
        " threadirqs"
    } else {
        ""
    };
    let silence = silence * u32::from(*slowness);
    let boot = emulator::Boot {
        command,
        kernel: &ready.kernel.image,
        initrd: &initrd,
        append: format!("{append} panic=-1 loglevel=4{threads}"),
        log: directory.join(LOG),
        silence,
        total: silence * TOTAL,
    };
    let ended = emulator::run(&boot, session);
    let _ = std::fs::remove_file(&initrd); // it is large, and made again from what is kept
    ended
}
