//! The grammar of the program's answers (`kernel-c/README.md`).

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use eoi_model::cost::Metric;

/// A state of the C, in the fields that the model names: a number, or a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Field and value.
    pub fields: BTreeMap<String, String>,
    /// The place where a context waits and which no event goes on from.
    pub waits: Option<String>,
}

/// Something that a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Which kind of it.
    pub metric: Metric,
    /// The register, by the model's name.
    pub name: String,
}

/// One step of the C.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The event.
    pub event: String,
    /// The number of the state that it leads to.
    pub to: usize,
    /// Registers, calls to firmware, signals, in order.
    pub operations: Vec<Operation>,
    /// WARN, BUG and messages of the kernel.
    pub findings: Vec<String>,
    /// The state that it leads to, if it is new.
    pub new: Option<State>,
}

/// Every step from one state.
#[derive(Clone, Debug, Default)]
pub struct Expansion {
    /// The steps, in the order of the program's events.
    pub steps: Vec<Step>,
}

/// One step with every function that ran.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The functions.
    pub calls: Vec<String>,
}

impl State {
    /// The state in these lines.
    ///
    /// # Errors
    /// There is none.
    pub fn parse(lines: &[String]) -> Result<Self> {
        let mut state = None;
        for line in lines {
            take(&mut state, line)?;
        }
        state.context("there is no state in the answer")
    }
}

/// Takes a line about a state, if it is one.
fn take(state: &mut Option<State>, line: &str) -> Result<()> {
    match line.split_once(' ') {
        Some(("is", fields)) => {
            let field = |field: &str| {
                let (name, value) = field
                    .split_once('=')
                    .with_context(|| format!("'{field}' is no field"))?;
                Ok((name.to_string(), value.to_string()))
            };
            *state = Some(State {
                fields: fields.split(' ').map(field).collect::<Result<_>>()?,
                waits: None,
            });
        }
        Some(("waits", place)) => {
            state.as_mut().context("nobody can wait yet")?.waits = Some(place.to_string());
        }
        _ => {}
    }
    Ok(())
}

/// The operation in the rest of a line `op METRIC NAME`.
fn operation(rest: &str) -> Result<Operation> {
    let (metric, name) = rest
        .split_once(' ')
        .with_context(|| format!("'{rest}' is no operation"))?;
    let metric = Metric::ALL
        .into_iter()
        .find(|known| known.name() == metric)
        .with_context(|| format!("nothing is counted as '{metric}'"))?;
    Ok(Operation {
        metric,
        name: name.to_string(),
    })
}

impl Expansion {
    pub(super) fn parse(lines: &[String]) -> Result<Self> {
        let mut steps: Vec<Step> = Vec::new();
        for line in lines {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            if word == "to" {
                let (event, to) = rest.split_once(' ').context("a step has no end")?;
                steps.push(Step {
                    event: event.to_string(),
                    to: to.parse().context("a state has no number")?,
                    ..Step::default()
                });
                continue;
            }
            let step = steps.last_mut().context("a line belongs to no step")?;
            match word {
                "op" => step.operations.push(operation(rest)?),
                "finding" => step.findings.push(rest.to_string()),
                "is" | "waits" => take(&mut step.new, line)?,
                _ => bail!("the line '{line}' means nothing"),
            }
        }
        Ok(Self { steps })
    }

    /// The step of this event.
    #[must_use]
    pub fn step(&self, event: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.event == event)
    }
}

impl Told {
    pub(super) fn parse(lines: &[String]) -> Self {
        let mut told = Self::default();
        for line in lines {
            if let Some(("call", name)) = line.split_once(' ') {
                told.calls.push(name.to_string());
            }
        }
        told
    }
}
