//! Running cells: each made ready, started, listened to, and compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::boot::{LOG, boot};
use super::case::Case;
use super::cell::{Cell, Source};
use super::observe::observe;
use super::predict::predict;
use super::prepare::Ready;
use super::process::stopped;
use super::protocol::{Heard, Session};
use super::results::{Done, today, trace_file};
use super::row::{CaseNames, Failure, Row};

/// The longest that a console is silent, in seconds, where the user does not say.
pub const SILENCE: u64 = 300;

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

/// Compares what was heard with the model. A machine that did not come to its end has no say on what it did not do.
fn compare(cell: &Cell, session: &Session, ended: Result<()>, place: &Place<'_>) -> Result<Done> {
    let directory = &place.directory();
    let host = cell.host()?;
    let prints = cell.machine.prints;
    if let Some(other) = session
        .cases
        .iter()
        .filter_map(|heard| heard.chip.as_deref())
        .find(|chip| *chip != prints)
    {
        bail!("the line is on '{other}', not on '{prints}'");
    }
    match session.cpus {
        Some(cpus) if cpus != u32::from(cell.machine.cpus) => {
            bail!("Linux came up with {cpus} CPUs, not {}", cell.machine.cpus)
        }
        None if ended.is_ok() => bail!("the machine did not say 'hello'"),
        _ => {}
    }
    let mut done = Done::default();
    for case in &cell.cases {
        let name = case.name();
        let heard = session
            .cases
            .iter()
            .find(|heard| heard.name == name && (ended.is_ok() || heard.end.is_some()));
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
                trace: (!heard.trace.is_empty())
                    .then(|| format!("{}/{}", place.below, trace_file(case))),
                ..Row::new(cell, case, host.chip, &predicted, &observed, heard)
            })
        };
        match row() {
            Ok(row) => done.rows.push(row),
            Err(_) if ended.is_err() && heard.is_none() => {}
            Err(error) => done
                .failures
                .push(failure(cell, Some(case.into()), &error, directory)),
        }
    }
    done.failures.extend(
        ended
            .err()
            .map(|error| failure(cell, None, &error, directory)),
    );
    Ok(done)
}

/// Keeps the doctor's findings and its capture of the machine.
fn keep_diagnosis(directory: &Path, case: &Case, heard: &Heard) -> Result<()> {
    for (bytes, name) in [
        (heard.findings.as_bytes(), "findings.prom"),
        (&heard.capture, "capture.tar.zst"),
    ] {
        if !bytes.is_empty() {
            let file = directory.join(format!(
                "{}-{}-{name}",
                case.script.name,
                case.device.name()
            ));
            std::fs::write(file, bytes).context("cannot write what the doctor found")?;
        }
    }
    Ok(())
}

/// A failure, with the place of the console's log. A cell that could not be fetched or built has no log.
fn failure(
    cell: &Cell,
    case: Option<CaseNames>,
    error: &anyhow::Error,
    directory: &Path,
) -> Failure {
    let log = directory.join(LOG);
    let log = if log.exists() {
        format!("; the console's output is in {}", log.display())
    } else {
        String::new()
    };
    Failure {
        cell: cell.name(),
        case,
        error: format!("{error:#}{log}"),
    }
}

/// How cells are run.
pub struct Runner<'a> {
    /// Makes ready what a cell needs.
    pub ready: &'a (dyn Fn(&Cell) -> Result<Ready> + Sync),
    /// Machines at a time.
    pub jobs: usize,
    /// How long a console may be silent.
    pub silence: Duration,
    /// The directory of this run's evidence.
    pub runs: &'a Path,
    /// Is told of a cell that is run for the first time.
    pub begins: &'a (dyn Fn(&Cell) + Sync),
    /// Is told what came of a cell, and what came of all cells so far, by name.
    pub done: &'a (dyn Fn(&Cell, &BTreeMap<String, Done>) + Sync),
    /// Is told of a cell that is run once more.
    pub again: &'a (dyn Fn(&Cell) + Sync),
}

impl Runner<'_> {
    /// Runs one cell; what goes wrong is a result, too.
    fn one(&self, cell: &Cell, place: &Place<'_>) -> Done {
        let directory = place.directory();
        let result = || -> Result<Done> {
            std::fs::create_dir_all(&directory)
                .with_context(|| format!("cannot make {}", directory.display()))?;
            let mut session = Session::default();
            let ready = (self.ready)(cell);
            let ended =
                ready.and_then(|ready| boot(cell, ready, self.silence, &directory, &mut session));
            compare(cell, &session, ended, place)
        };
        result().unwrap_or_else(|error| Done {
            failures: vec![failure(cell, None, &error, &directory)],
            ..Done::default()
        })
    }

    /// Once more, in a directory of its own: what the first time left is evidence as well.
    fn once_more(&self, cell: &Cell, first: Vec<Failure>) -> Done {
        let place = Place {
            runs: self.runs,
            below: format!("{}.again", cell.name()),
        };
        Done {
            first,
            ..self.one(cell, &place)
        }
    }

    /// Runs these cells, and then those that differ once more, alone. Returns the results by the cells' names; if the run is
    /// stopped, only those of the cells that were done.
    #[must_use]
    pub fn run(&self, cells: &[Cell]) -> BTreeMap<String, Done> {
        let next = AtomicUsize::new(0);
        let done: Mutex<BTreeMap<String, Done>> = Mutex::default();
        let keep = |cell: &Cell, result: Done| {
            if !stopped() {
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.insert(cell.name(), result);
                (self.done)(cell, &done);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.clamp(1, cells.len().max(1)) {
                scope.spawn(|| {
                    while !stopped() {
                        let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) else {
                            break;
                        };
                        (self.begins)(cell);
                        let place = Place {
                            runs: self.runs,
                            below: cell.name(),
                        };
                        keep(cell, self.one(cell, &place));
                    }
                });
            }
        });
        // The user's own kernel is expected to differ from the one that it is compared with.
        let ours = |cell: &&Cell| {
            self.jobs > 1 && matches!(cell.source, Source::Packaged(_) | Source::Fix(_))
        };
        for cell in cells.iter().filter(ours) {
            let first = {
                let done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.get(&cell.name())
                    .map(|done| done.complaints(&cell.name()))
                    .unwrap_or_default()
            };
            if !first.is_empty() && !stopped() {
                (self.again)(cell);
                keep(cell, self.once_more(cell, first));
            }
        }
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
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
