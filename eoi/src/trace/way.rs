//! One way through the states that a recording allows, told step by step.
//!
//! The doc comments of the public types are the descriptions in the JSON schema.

use anyhow::{Context, Result};
use eoi_model::event::Event;
use eoi_model::state::State;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::automaton::Automaton;
use super::follow::hypothesis::ANYBODY;
use super::follow::moves::Move;
use super::follow::trail::{Moved, Trail, trail};
use super::recording::Part;
use super::words::Words;
use crate::check::configuration::Configuration;
use crate::check::follow::Follow;
use crate::check::run::{Afterwards, FunctionState, Step};

/// Steps of a way that are told at most: the last ones.
const MOST: usize = 2000;

/// One way through the states that a recording allows. Where several ways explain it, this is the one that needs the
/// fewest steps without an entry, counted from the end of the recording backwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Way {
    /// The configuration that takes it.
    pub configuration: Candidate,
    /// Whether the steps begin where the recording begins. `false` if it is so long that only its last steps are listed.
    pub whole: bool,
    /// The state before the first step. It has one entry, for the one function.
    pub initial: Vec<FunctionState>,
    /// The steps, in their order. At most the last 2,000.
    pub steps: Vec<SeenStep>,
    /// Everything that could still happen by itself after the last entry that the configuration explains.
    pub afterwards: Afterwards,
    /// The lines that this way takes as entries of somebody else's interrupt, though they may belong to this one.
    pub others: Vec<usize>,
}

/// A configuration that may explain a recording: a program that holds the device through vfio-pci, with one of the
/// controllers, kernels and devices of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The host's interrupt controller, by its name in `eoi check --list`.
    pub chip: String,
    /// The controller as `/proc/interrupts` prints it.
    pub chip_prints: String,
    /// The host's kernel, by its name in `eoi check --list`.
    pub kernel: String,
    /// The device: `disintx`, `no-disintx` or `lying-disintx`.
    pub device: String,
}

/// A step of a way, and the entries that show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenStep {
    /// How the recording shows the step.
    pub evidence: Evidence,
    /// The lines that show it (of a trace.dat, the numbers of its entries), in their order.
    pub lines: Vec<usize>,
    /// The step itself.
    pub step: Step,
}

/// How a recording shows a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// By the entries in `lines`.
    Shown,
    /// Not at all: the step calls nothing that the recording has. It must have happened here, or between here and the next
    /// step that is shown.
    Unseen,
    /// Entries were lost here, and those of the step are, or may be, among them. `lines` has the rest of them.
    Lost,
}

/// Follows a part with a configuration that explains its first `count` entries, picks one way and tells it.
///
/// # Errors
/// As [`trail`], and a step that the model cannot take, which would be an error of this program.
pub fn way(automaton: &Automaton, words: &Words, part: &Part, count: usize) -> Result<Way> {
    let trail = trail(automaton, words, part, count)?;
    let steps = steps(&trail, part);
    let skipped = steps.taken.len().saturating_sub(MOST);
    let follow = Follow::new(&automaton.system);
    let mut state = automaton.states[trail.start as usize];
    let mut initial = state;
    let mut told = Vec::new();
    for (at, taken) in steps.taken.into_iter().enumerate() {
        let step = automaton.step(taken.step);
        if at < skipped {
            state = automaton.states[step.to as usize];
            continue;
        }
        if at == skipped {
            initial = state;
        }
        let (seen, next) = seen(&follow, state, step.event, told.len() + 1)?;
        told.push(SeenStep {
            evidence: taken.evidence,
            lines: taken.lines,
            step: seen,
        });
        state = next;
    }
    Ok(Way {
        configuration: Candidate::new(&automaton.configuration),
        whole: trail.first == 0 && skipped == 0,
        initial: follow.functions(initial),
        afterwards: follow.afterwards(state, told.len()),
        steps: told,
        others: steps.others,
    })
}

fn seen(follow: &Follow<'_>, state: State, event: Event, number: usize) -> Result<(Step, State)> {
    let step = follow.step(state, event, number);
    step.context("the model cannot take a step that explains the recording: please report this")
}

impl Candidate {
    /// The names of a configuration.
    #[must_use]
    pub fn new(configuration: &Configuration) -> Self {
        Self {
            chip: configuration.chip.name.to_string(),
            chip_prints: configuration.chip.prints.to_string(),
            kernel: configuration.kernel.name.to_string(),
            device: configuration.device.name().to_string(),
        }
    }
}

/// A step of the automaton, by its number, and what shows it.
struct Taken {
    step: u32,
    evidence: Evidence,
    lines: Vec<usize>,
}

/// The steps of a trail.
#[derive(Default)]
struct Steps {
    taken: Vec<Taken>,
    others: Vec<usize>,
    /// The lines of each context's step that has not taken effect yet.
    begun: FxHashMap<u32, Vec<usize>>,
    /// The step of each context that took effect last, by its place in `taken`.
    last: FxHashMap<u32, usize>,
}

fn steps(trail: &Trail, part: &Part) -> Steps {
    let mut steps = Steps::default();
    trail
        .before
        .iter()
        .for_each(|moved| steps.add(*moved, None));
    for (entry, moves) in part.entries[trail.first..].iter().zip(&trail.moves) {
        moves
            .iter()
            .for_each(|moved| steps.add(*moved, Some((entry.context, entry.line))));
    }
    steps
}

impl Steps {
    /// Adds a move; `entry` is the context and the line of the last entry before it.
    fn add(&mut self, moved: Moved, entry: Option<(u32, usize)>) {
        let (context, line) = entry.unwrap_or_default();
        match moved.how {
            Move::Begins => self.begun.entry(context).or_default().push(line),
            Move::TakesEffect(step) => {
                let mut lines = self.begun.remove(&context).unwrap_or_default();
                lines.push(line);
                self.take(
                    context,
                    Taken {
                        step,
                        evidence: Evidence::Shown,
                        lines,
                    },
                );
            }
            Move::Late(step, context) => {
                let lines = self.begun.remove(&context).unwrap_or_default();
                self.take(
                    context,
                    Taken {
                        step,
                        evidence: Evidence::Shown,
                        lines,
                    },
                );
            }
            Move::Continues => self.shows(context, line),
            Move::Found => {
                if let Some(&lost) = self.last.get(&ANYBODY) {
                    self.last.insert(context, lost);
                }
                self.shows(context, line);
            }
            Move::Others => self.others.push(line),
            Move::Silent(step) => {
                self.taken.push(Taken {
                    step,
                    evidence: Evidence::Unseen,
                    lines: Vec::new(),
                });
            }
            Move::Lost(step) => self.take(
                ANYBODY,
                Taken {
                    step,
                    evidence: Evidence::Lost,
                    lines: Vec::new(),
                },
            ),
            Move::Forgets(context) => _ = (self.begun.remove(&context), self.last.remove(&context)),
        }
    }

    fn take(&mut self, context: u32, taken: Taken) {
        self.last.insert(context, self.taken.len());
        self.taken.push(taken);
    }

    /// The line shows one more call of the context's last step.
    fn shows(&mut self, context: u32, line: usize) {
        if let Some(&step) = self.last.get(&context) {
            self.taken[step].lines.push(line);
        }
    }
}
