//! Systems that fare alike, in one row: the controllers, kernels and paths that have one outcome.

use crate::check::report::Entry;

/// A system with its outcome, as the cells of a table have it.
pub struct System<'a> {
    /// The system.
    pub entry: &'a Entry,
    /// The outcome.
    pub outcome: Vec<String>,
    /// The steps of its shortest example.
    pub steps: usize,
}

/// Systems with one outcome: each of these controllers, with each of these kernels, on each of these paths.
pub struct Alike<'a> {
    /// The controllers.
    pub chips: Vec<&'a str>,
    /// The kernels, with what is put on top of them.
    pub kernels: Vec<String>,
    /// The paths.
    pub paths: Vec<&'a str>,
    /// The outcome.
    pub outcome: Vec<String>,
    /// The fewest steps of all examples.
    pub steps: usize,
}

/// The systems of some controllers that have one outcome: the paths of each kernel.
struct Group<'a> {
    chips: Vec<&'a str>,
    kernels: Vec<(String, Vec<&'a str>)>,
    outcome: Vec<String>,
    steps: usize,
}

/// Folds the systems into as few rows as possible, in their order.
#[must_use]
pub fn fold(systems: Vec<System<'_>>) -> Vec<Alike<'_>> {
    let mut of_chip: Vec<Group<'_>> = Vec::new();
    for System {
        entry,
        outcome,
        steps,
    } in systems
    {
        let names = &entry.configuration;
        let known = of_chip
            .iter()
            .position(|of| of.chips == [&names.chip] && of.outcome == outcome);
        let at = known.unwrap_or_else(|| {
            let chips = vec![names.chip.as_str()];
            of_chip.push(Group {
                chips,
                kernels: Vec::new(),
                outcome,
                steps,
            });
            of_chip.len() - 1
        });
        of_chip[at].put(names.kernel_and_fixes(), &names.path, steps);
    }
    let mut joined: Vec<Group<'_>> = Vec::new();
    for group in of_chip {
        let alike = |other: &&mut Group<'_>| {
            (&other.outcome, &other.kernels) == (&group.outcome, &group.kernels)
        };
        match joined.iter_mut().find(alike) {
            Some(other) => {
                other.chips.extend(group.chips);
                other.steps = other.steps.min(group.steps);
            }
            None => joined.push(group),
        }
    }
    joined.into_iter().flat_map(Group::rows).collect()
}

impl<'a> Group<'a> {
    fn put(&mut self, kernel: String, path: &'a str, steps: usize) {
        match self.kernels.iter_mut().find(|(known, _)| *known == kernel) {
            Some((_, paths)) if paths.contains(&path) => {}
            Some((_, paths)) => paths.push(path),
            None => self.kernels.push((kernel, vec![path])),
        }
        self.steps = self.steps.min(steps);
    }

    /// One row if every kernel has the same paths, else one a kernel.
    fn rows(self) -> Vec<Alike<'a>> {
        let Self {
            chips,
            kernels,
            outcome,
            steps,
        } = self;
        let row = |kernels: Vec<String>, paths: Vec<&'a str>| Alike {
            chips: chips.clone(),
            kernels,
            paths,
            outcome: outcome.clone(),
            steps,
        };
        if kernels.windows(2).all(|two| two[0].1 == two[1].1) {
            let paths = kernels
                .first()
                .map_or_else(Vec::new, |(_, paths)| paths.clone());
            return vec![row(
                kernels.into_iter().map(|(kernel, _)| kernel).collect(),
                paths,
            )];
        }
        kernels
            .into_iter()
            .map(|(kernel, paths)| row(vec![kernel], paths))
            .collect()
    }
}
