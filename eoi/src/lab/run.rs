//! Running cells: each made ready, started, listened to, and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use eoi_lab_protocol::{Plan, Word};
use indicatif::{ProgressBar, ProgressStyle};

use super::case::Case;
use super::cell::{Boot, Cell, Source};
use super::emulator;
use super::initrd::{self, File, Modules};
use super::machine::{Container, Machine};
use super::observe::observe;
use super::predict::predict;
use super::prepare::Stock;
use super::program::Program;
use super::protocol::{Heard, Session};
use super::results::{Failure, Row, today, trace_file};
use crate::trace::words::Words;

/// What the guest waits for an interrupt, in milliseconds, before it says that none came.
const WAIT_MS: u32 = 1000;
/// What it waits where none has to come.
const IDLE_MS: u32 = 200;
/// The longest that a console is silent, in seconds, where the user does not say.
pub const SILENCE: u64 = 300;
/// A machine may run this many times longer than its console may be silent.
const TOTAL: u32 = 8;
/// What a console said, in a cell's directory.
const LOG: &str = "console.log";

/// What came of one cell.
#[derive(Default)]
pub struct Done {
    /// The rows.
    pub rows: Vec<Row>,
    /// What says nothing.
    pub failures: Vec<Failure>,
    /// What differed or failed the first time, if it was run twice.
    pub first: Vec<Failure>,
}

impl Done {
    /// Everything was run and agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.failures.is_empty() && self.rows.iter().all(|row| row.agrees)
    }

    /// What does not agree, and what failed.
    fn complaints(&self, cell: &Cell) -> Vec<Failure> {
        let differ = self.rows.iter().filter(|row| !row.agrees).map(|row| Failure {
            cell: cell.name(),
            case: Some(format!("{}/{}/{}", row.case, row.device, row.how)),
            error: row.differences.join("; "),
        });
        differ.chain(self.failures.iter().cloned()).collect()
    }
}

/// Where a cell's evidence is, below the run's directory.
struct Place<'a> {
    runs: &'a Path,
    below: String,
}

impl Place<'_> {
    fn directory(&self) -> PathBuf {
        self.runs.join(&self.below)
    }
}

/// The plan for the machine's first process.
fn plan(cell: &Cell) -> Plan {
    let Machine { container, slowness, chip, .. } = cell.machine;
    let slowness = u32::from(*slowness);
    let functions = Words::learnt().functions(&BTreeSet::from([*chip]));
    // Those of CPU-local and other lines, so that every run of a flow handler has a beginning in the recording.
    let others = ["handle_percpu_devid_irq", "handle_percpu_irq", "handle_edge_irq", "handle_simple_irq"];
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
fn ramdisk(stock: &Stock, cell: &Cell, modules: &[PathBuf]) -> Result<Vec<u8>> {
    let backend = match cell.machine.container {
        Container::Type1 => "vfio_iommu_type1",
        Container::Spapr => "vfio_iommu_spapr_tce",
        Container::NoIommu => "vfio",
    };
    let program = |program| -> Result<Vec<u8>> {
        let path = stock.program(cell.machine.arch, program)?;
        std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let mut wanted = vec!["irqbypass", "vfio", backend, "vfio_pci_core", "vfio_pci"];
    if cell.cases.iter().any(Case::needs_kvm) {
        wanted.extend(cell.machine.kvm.unwrap_or_default());
    }
    let mut files = Modules::below(modules)?.in_order(&wanted)?;
    files.push(File::program("init", program(Program::Init)?));
    if cell.cases.iter().any(Case::is_diagnosed) {
        files.push(File::program("eoi", program(Program::Eoi)?));
    }
    if cell.cases.iter().any(Case::needs_forward) {
        files.push(File::program("eoi-forward", program(Program::Forward)?));
    }
    files.push(File::new("plan", plan(cell).to_string().into_bytes()));
    initrd::archive(files)
}

/// The emulator's command for a machine, up to the kernel.
fn command(stock: &Stock, machine: &Machine) -> Result<Command> {
    let mut command = stock.emulator(machine.arch)?;
    command.args(machine.qemu).args(["-m", "1G", "-smp", &machine.cpus.to_string()]);
    Ok(command)
}

/// Starts one cell's machine and listens until it is off.
fn boot(stock: &Stock, cell: &Cell, directory: &Path, session: &mut Session) -> Result<()> {
    let ready = stock.kernel(cell)?;
    let initrd = directory.join("initrd");
    std::fs::write(&initrd, ramdisk(stock, cell, &ready.modules)?)
        .with_context(|| format!("cannot write {}; is the disk full?", initrd.display()))?;
    let threads = if cell.boot == Boot::Threadirqs { " threadirqs" } else { "" };
    let silence = Duration::from_secs(stock.silence()) * u32::from(cell.machine.slowness);
    let boot = emulator::Boot {
        command: command(stock, cell.machine)?,
        kernel: &ready.image,
        initrd: &initrd,
        append: format!("{} panic=-1 loglevel=4{threads}", cell.machine.append),
        log: directory.join(LOG),
        silence,
        total: silence * TOTAL,
    };
    emulator::run(&boot, session)
}

/// Compares what was heard with the model. A machine that did not come to its end has no say on what it did not do.
fn compare(cell: &Cell, session: &Session, ended: Result<()>, place: &Place<'_>) -> Result<Done> {
    let directory = &place.directory();
    let host = cell.host()?;
    let prints = cell.machine.prints;
    if let Some(other) = session.cases.iter().filter_map(|heard| heard.chip.as_deref()).find(|chip| *chip != prints) {
        bail!("the line is on '{other}', not on '{prints}'");
    }
    match session.cpus {
        Some(cpus) if cpus != u32::from(cell.machine.cpus) => bail!("Linux came up with {cpus} CPUs, not {}", cell.machine.cpus),
        None if ended.is_ok() => bail!("the machine did not say 'hello'"),
        _ => {}
    }
    let mut done = Done::default();
    for case in &cell.cases {
        let name = case.name();
        let heard = session.cases.iter().find(|heard| heard.name == name && (ended.is_ok() || heard.end.is_some()));
        let row = || -> Result<Row> {
            let heard = heard.context("it was not run")?;
            if !heard.trace.is_empty() {
                let file = directory.join(trace_file(case));
                std::fs::write(file, &heard.trace).context("cannot write the recording")?;
            }
            keep_diagnosis(directory, case, heard)?;
            let observed = observe(&host, case, heard)?;
            let predicted = predict(&host, case).context("the model cannot run the case")?;
            Ok(Row {
                release: session.release.clone(),
                trace: (!heard.trace.is_empty()).then(|| format!("{}/{}", place.below, trace_file(case))),
                ..Row::new(cell, case, host.chip, &predicted, &observed, heard)
            })
        };
        match row() {
            Ok(row) => done.rows.push(row),
            Err(_) if ended.is_err() && heard.is_none() => {}
            Err(error) => done.failures.push(failure(cell, Some(name), &error, directory)),
        }
    }
    done.failures.extend(ended.err().map(|error| failure(cell, None, &error, directory)));
    Ok(done)
}

/// What the doctor found on the machine, and what it captured there.
fn keep_diagnosis(directory: &Path, case: &Case, heard: &Heard) -> Result<()> {
    for (bytes, name) in [(heard.findings.as_bytes(), "findings.prom"), (&heard.capture, "capture.tar.zst")] {
        if !bytes.is_empty() {
            let file = directory.join(format!("{}-{}-{name}", case.script.name, case.device.name()));
            std::fs::write(file, bytes).context("cannot write what the doctor found")?;
        }
    }
    Ok(())
}

/// What cannot be fetched or built has no log.
fn failure(cell: &Cell, case: Option<String>, error: &anyhow::Error, directory: &Path) -> Failure {
    let log = directory.join(LOG);
    let log = if log.exists() { format!("; the console's output is in {}", log.display()) } else { String::new() };
    Failure { cell: cell.name(), case, error: format!("{error:#}{log}") }
}

/// Runs one cell; what goes wrong is a result, too.
fn one(stock: &Stock, cell: &Cell, place: &Place<'_>) -> Done {
    let directory = place.directory();
    let result = || -> Result<Done> {
        std::fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let mut session = Session::default();
        let ended = boot(stock, cell, &directory, &mut session);
        let _ = std::fs::remove_file(directory.join("initrd"));
        compare(cell, &session, ended, place)
    };
    result().unwrap_or_else(|error| Done { failures: vec![failure(cell, None, &error, &directory)], ..Done::default() })
}

/// Once more, in a directory of its own: what the first time left is evidence as well.
fn again(stock: &Stock, cell: &Cell, runs: &Path, first: Vec<Failure>) -> Done {
    let place = Place { runs, below: format!("{}.again", cell.name()) };
    Done { first, ..one(stock, cell, &place) }
}

fn progress(cells: usize) -> ProgressBar {
    let bar = ProgressBar::new(cells as u64); // draws on a terminal only
    let style = ProgressStyle::with_template("{pos}/{len} cells {bar:30} {elapsed} {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn say(bar: &ProgressBar, cell: &Cell, done: &Done) {
    let differ = done.rows.iter().filter(|row| !row.agrees).count();
    let stalls = done.rows.iter().filter(|row| row.observed == "stalls").count();
    let mut line = format!("{}: {} cases, {stalls} stall, {differ} differ", cell.name(), done.rows.len());
    for failure in &done.failures {
        let case = failure.case.as_deref().map_or(String::new(), |case| format!(" {case}"));
        let _ = write!(line, "\n  failed{case}: {}", failure.error);
    }
    for row in done.rows.iter().filter(|row| !row.agrees) {
        let _ = write!(line, "\n  differs {} {} {}: {}", row.case, row.device, row.how, row.differences.join("; "));
    }
    bar.suspend(|| anstream::eprintln!("{line}"));
    bar.set_message(cell.name());
    bar.inc(1);
}

/// Runs these cells, `jobs` at a time, and then those that differ once more, alone. What came of each, by its name; where
/// it was stopped, of those that were done. After each, `kept` gets what there is so far.
pub fn run(
    stock: &Stock,
    cells: &[Cell],
    jobs: usize,
    runs: &Path,
    kept: &(dyn Fn(&BTreeMap<String, Done>) + Sync),
) -> BTreeMap<String, Done> {
    let bar = progress(cells.len());
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<String, Done>> = Mutex::default();
    let keep = |cell: &Cell, result: Done| {
        if !emulator::stopped() {
            say(&bar, cell, &result);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.insert(cell.name(), result);
            kept(&done);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, cells.len().max(1)) {
            scope.spawn(|| {
                while !emulator::stopped() {
                    let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) else { break };
                    keep(cell, one(stock, cell, &Place { runs, below: cell.name() }));
                }
            });
        }
    });
    // The user's own kernel is expected to differ from the one that it is held against.
    let ours = |cell: &&Cell| jobs > 1 && matches!(cell.source, Source::Packaged(_) | Source::Fix(_));
    for cell in cells.iter().filter(ours) {
        let first = {
            let done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.get(&cell.name()).map(|done| done.complaints(cell)).unwrap_or_default()
        };
        if !first.is_empty() && !emulator::stopped() {
            anstream::eprintln!("{}: once more, alone", cell.name());
            keep(cell, again(stock, cell, runs, first));
        }
    }
    bar.finish_and_clear();
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// A directory for a run, which no other run has.
///
/// # Errors
/// It cannot be made.
pub fn directory(runs: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(runs).with_context(|| format!("cannot make {}", runs.display()))?;
    for number in 1.. {
        let directory = runs.join(format!("{}-{number:03}", today()));
        match std::fs::create_dir(&directory) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => {
                return made
                    .map(|()| directory.clone())
                    .with_context(|| format!("cannot make {}", directory.display()));
            }
        }
    }
    bail!("there is no number left for a run in {}", runs.display())
}
