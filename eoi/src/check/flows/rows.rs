//! From the answers of systems to rows: controllers that have the same flow handler and callbacks and answer alike.

use std::collections::BTreeSet;

use eoi_model::irqchip::Irqchip;

use super::document::{Answer, Cell, Enable, Example, FLAGS, Flags, Presents, Row};
use crate::check::configuration::Configuration;

/// A controller: its driver's flow handler and callbacks, and its answers.
struct OfChip {
    flow: &'static str,
    callbacks: Vec<&'static str>,
    answers: Vec<Answer>,
}

/// The rows: those with the same flow handler and callbacks stand together, each in the order of the controllers.
pub(super) fn of(answers: Vec<Answer>) -> Vec<Row> {
    let mut chips: Vec<OfChip> = Vec::new();
    for answer in answers {
        let driver = driver(&answer.configuration);
        let callbacks = callbacks(&driver);
        let chip = answer.configuration.chip.name;
        match chips
            .iter_mut()
            .find(|of| of.chip() == chip && of.callbacks == callbacks)
        {
            Some(of) => of.answers.push(answer),
            None => chips.push(OfChip {
                flow: driver.flow.name,
                callbacks,
                answers: vec![answer],
            }),
        }
    }
    let mut groups: Vec<Vec<OfChip>> = Vec::new();
    for chip in chips {
        match groups.iter_mut().find(|group| group[0].is_like(&chip)) {
            Some(group) => group.push(chip),
            None => groups.push(vec![chip]),
        }
    }
    let (mut rows, mut left) = (Vec::new(), groups);
    while let Some(first) = left.first() {
        let (flow, callbacks) = (first[0].flow, first[0].callbacks.clone());
        let (same, rest) = left
            .into_iter()
            .partition(|group| group[0].flow == flow && group[0].callbacks == callbacks);
        left = rest;
        rows.extend(<Vec<Vec<OfChip>>>::into_iter(same).map(row));
    }
    rows
}

impl OfChip {
    fn chip(&self) -> &'static str {
        self.answers[0].configuration.chip.name
    }

    /// The combinations of flags and kernels that do not present the level again.
    fn never(&self) -> BTreeSet<(Flags, &'static str)> {
        let never = self
            .answers
            .iter()
            .filter(|answer| answer.presents() == Presents::Never);
        never
            .map(|answer| (answer.flags, answer.configuration.kernel.name))
            .collect()
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.flow, &self.callbacks) == (other.flow, &other.callbacks)
            && self.never() == other.never()
    }
}

impl Answer {
    /// The worst that enabling the line led to.
    fn presents(&self) -> Presents {
        worst(&self.enables)
    }
}

fn worst(enables: &[Enable]) -> Presents {
    let all = enables.iter().map(|enable| enable.presents);
    all.max().unwrap_or(Presents::NotAsked)
}

/// The controller's driver, as the fixes leave it.
fn driver(configuration: &Configuration) -> Irqchip {
    let (mut kernel, mut chip) = (*configuration.kernel, *configuration.chip);
    configuration
        .fixes
        .iter()
        .for_each(|fix| (fix.apply)(&mut kernel, &mut chip));
    chip
}

/// The callbacks of `struct irq_chip` that a driver has.
fn callbacks(chip: &Irqchip) -> Vec<&'static str> {
    let optional = [
        ("irq_eoi", chip.irq_eoi.is_some()),
        ("irq_ack", chip.irq_ack.is_some()),
        ("irq_mask_ack", chip.irq_mask_ack.is_some()),
        ("irq_enable", chip.irq_enable.is_some()),
        ("irq_disable", chip.irq_disable.is_some()),
        ("irq_startup", chip.irq_startup.is_some()),
        ("irq_shutdown", chip.irq_shutdown.is_some()),
        ("irq_retrigger", chip.irq_retrigger.is_some()),
    ];
    let has = optional
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| name);
    ["irq_mask", "irq_unmask"].into_iter().chain(has).collect()
}

fn row(group: Vec<OfChip>) -> Row {
    let text = |names: Vec<&'static str>| names.into_iter().map(str::to_string).collect();
    let (flow, callbacks) = (group[0].flow.to_string(), text(group[0].callbacks.clone()));
    let controllers = text(group.iter().map(OfChip::chip).collect());
    let answers: Vec<Answer> = group.into_iter().flat_map(|of| of.answers).collect();
    let flags: BTreeSet<Flags> = answers.iter().map(|answer| answer.flags).collect();
    let cells = flags
        .into_iter()
        .map(|flags| cell(flags, &answers))
        .collect();
    Row {
        flow,
        callbacks,
        controllers,
        cells,
    }
}

fn cell(flags: Flags, answers: &[Answer]) -> Cell {
    let of: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.flags == flags)
        .collect();
    let mut enables: Vec<Enable> = Vec::new();
    for enable in of.iter().flat_map(|answer| &answer.enables) {
        let transitions = enable.transitions;
        let same = |known: &&mut Enable| {
            Enable {
                transitions,
                ..(**known).clone()
            } == *enable
        };
        match enables.iter_mut().find(same) {
            Some(known) => known.transitions += transitions,
            None => enables.push(enable.clone()),
        }
    }
    let (never, again): (Vec<_>, Vec<_>) = of
        .iter()
        .partition(|answer| answer.presents() == Presents::Never);
    let stalls: Vec<_> = of.iter().copied().filter(|answer| answer.stalls).collect();
    Cell {
        flags,
        presents: worst(&enables),
        again: kernels(&again),
        never: kernels(&never),
        stalls: kernels(&stalls),
        enables,
        example: example(&of),
    }
}

/// The kernels of these systems, without what gives them their flags.
fn kernels(of: &[&Answer]) -> Vec<String> {
    of.iter().fold(Vec::new(), |mut kernels, answer| {
        let Configuration { kernel, fixes, .. } = &answer.configuration;
        let own = fixes.iter().filter(|fix| !FLAGS.contains(&fix.name));
        let kernel = own.fold(kernel.name.to_string(), |kernel, fix| {
            kernel + "+" + fix.name
        });
        if !kernels.contains(&kernel) {
            kernels.push(kernel);
        }
        kernels
    })
}

/// A run that loses the level: with the newest kernel that has the flags by itself, if there is one.
fn example(of: &[&Answer]) -> Option<Example> {
    let lost = of.iter().rev().filter(|answer| answer.never.is_some());
    let answer = lost.max_by_key(|answer| {
        (
            answer.configuration.fixes.is_empty(),
            answer.configuration.kernel.version,
        )
    })?;
    let Configuration {
        chip, cpus, causes, ..
    } = answer.configuration;
    let kernel = answer.configuration.kernel_and_fixes();
    let mut command = format!(
        "eoi check --chip {} --kernel {kernel} --path vmm",
        chip.name
    );
    if (cpus, causes) != (2, 2) {
        command += &format!(" --cpus {cpus} --causes {causes}");
    }
    command += " --explain";
    Some(Example {
        chip: chip.name.to_string(),
        kernel,
        run: answer.never.clone()?,
        command,
    })
}
