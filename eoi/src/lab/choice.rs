//! Which cells are run: everything that the lab has, or what the user brings, narrowed to what was asked for.

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail, ensure};
use eoi_model::fixes::{self, Fix};

use self::fitting::{FIX_MACHINES, cell};
use super::build::{self, PATCHED, Patch};
use super::case::{self, Case};
use super::cell::{Base, Boot, Cell, Source};
use super::kernel;
use super::machine::{self, Machine};
use crate::check::names::{meant, pick};

mod fitting;
mod quick;
#[cfg(test)]
mod tests;

/// Which cells and cases. The default is everything.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Only the quick run: a few cases on a few machines.
    pub quick: bool,
    /// Only these cells, by name.
    pub only: Vec<String>,
    /// Only these machines.
    pub machines: Vec<String>,
    /// Only these cases, by script.
    pub cases: Vec<String>,
    /// A kernel of the user's in place of the lab's.
    pub brought: Option<Brought>,
}

/// A kernel that the user brings.
#[derive(Clone, Debug)]
pub enum Brought {
    /// Patches, at least one.
    Patches {
        /// The files, in the order in which they are applied.
        files: Vec<PathBuf>,
        /// The kernel that they apply to.
        base: Base,
    },
    /// A kernel.
    Kernel {
        /// The image.
        image: PathBuf,
        /// The directory of its modules.
        modules: Option<PathBuf>,
        /// The kernel that it is compared with.
        base: Base,
    },
}

/// A candidate whose patch another architecture alone compiles has nothing to say about this one.
fn applies(fix: &Fix, machine: &Machine) -> Result<bool> {
    Ok(build::candidate(fix.name)?.reaches(machine.arch))
}

fn everything(machines: &[&'static Machine], cases: &[Case]) -> Result<Vec<Cell>> {
    let mut cells = Vec::new();
    for &machine in machines {
        for kernel in kernel::of(machine.arch) {
            for boot in Boot::ALL {
                cells.push(cell(machine, Source::Packaged(kernel), boot, cases));
            }
        }
        if FIX_MACHINES.contains(&machine.name) {
            for fix in fixes::ALL {
                if applies(fix, machine)? {
                    cells.push(cell(machine, Source::Fix(fix), Boot::Plain, cases));
                }
            }
        }
    }
    Ok(cells)
}

/// The cells of a choice.
pub struct Chosen {
    /// The cells.
    pub cells: Vec<Cell>,
    /// Machines that were left out, because nothing that the user patched is compiled for them.
    pub left_out: Vec<&'static str>,
}

/// The cells that are chosen.
///
/// # Errors
/// A name that nothing has, a file of the user's that is not there, or a choice that is empty: the error then says which
/// cells there would be without one of the options.
pub fn choose(choice: &Choice) -> Result<Chosen> {
    let chosen = of(choice)?;
    if chosen.cells.is_empty() {
        return Err(nothing(choice));
    }
    Ok(chosen)
}

/// The cells of a choice, which may be none.
fn of(choice: &Choice) -> Result<Chosen> {
    let mut scripts = choice.cases.clone();
    if choice.quick && scripts.is_empty() {
        scripts = quick::SCRIPTS.map(str::to_string).to_vec();
    }
    let cases = case::named(&scripts)?;
    let machines = pick(
        "machine",
        &choice.machines,
        machine::ALL,
        |machine| machine.name,
        machine::ALL,
    )?;
    let mut left_out = Vec::new();
    let mut cells = match &choice.brought {
        Some(brought) => {
            let source = source(brought)?;
            left_out = unreached(choice, &machines)?;
            let all = machine::ALL.iter();
            all.map(|one| cell(one, source.clone(), Boot::Plain, &cases))
                .collect()
        }
        None => everything(machine::ALL, &cases)?,
    };
    let only = only(choice, &cells)?;
    cells.retain(|cell| {
        let named = choice.only.is_empty() || only.contains(&cell.name());
        let machine = |one: &&Machine| one.name == cell.machine.name;
        named
            && machines.iter().any(machine)
            && !left_out.contains(&cell.machine.name)
            && (!choice.quick || is_quick(choice, cell))
            && !cell.cases.is_empty()
    });
    Ok(Chosen { cells, left_out })
}

/// Whether a cell is of the quick run. A kernel of the user's runs on the machines of the quick cells.
fn is_quick(choice: &Choice, cell: &Cell) -> bool {
    match choice.brought {
        Some(_) => quick::has_machine(cell.machine),
        None => quick::has(&cell.name()),
    }
}

/// The names of the cells that `--only` means.
fn only(choice: &Choice, cells: &[Cell]) -> Result<Vec<String>> {
    let names: Vec<String> = cells.iter().map(Cell::name).collect();
    let find = |wanted: &String| {
        if names.contains(wanted) {
            return Ok(wanted.clone());
        }
        let of_machine = wanted.split_once('/').and_then(|(machine, kernel)| {
            let cell = cells.iter().find(|cell| cell.machine.name == machine)?;
            Some((cell, kernel))
        });
        match (&choice.brought, of_machine) {
            (Some(brought), Some((cell, kernel))) => brought.takes_place(cell, kernel),
            _ => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                bail!(
                    "there is no cell called '{wanted}'{}",
                    meant(wanted, &names)
                )
            }
        }
    };
    choice.only.iter().map(find).collect()
}

impl Brought {
    /// The name of `cell`, if it takes the place of the lab's cell with this kernel.
    ///
    /// # Errors
    /// It does not; the error says what to take.
    fn takes_place(&self, cell: &Cell, kernel: &str) -> Result<String> {
        let (machine, name) = (cell.machine.name, cell.name());
        let Self::Patches { base, .. } = self else {
            bail!("with the kernel that you bring, the cell of {machine} is {name}");
        };
        if kernel == base.kernel() {
            return Ok(name);
        }
        if kernel == base.other().kernel() {
            bail!("a patch to {kernel} needs --base {}", base.other().name());
        }
        ensure!(
            !kernel.starts_with(PATCHED),
            "with the patches that you bring, the cell of {machine} is {name}"
        );
        bail!(
            "the lab has the source of Linux {PATCHED} alone, so that it cannot patch '{kernel}': rebase the patch onto {PATCHED} \
             and take --only {machine}/{}, or build the kernel yourself and bring it with --kernel",
            base.kernel()
        )
    }
}

/// Cells that an error lists.
const FEW: usize = 6;

/// The error where no cell is left: it says which cells there would be without one of the options.
fn nothing(choice: &Choice) -> anyhow::Error {
    let without = [
        (
            "--case",
            Choice {
                cases: Vec::new(),
                ..choice.clone()
            },
        ),
        (
            "--quick",
            Choice {
                quick: false,
                ..choice.clone()
            },
        ),
        (
            "--machine",
            Choice {
                machines: Vec::new(),
                ..choice.clone()
            },
        ),
    ];
    for (option, wider) in without {
        let cells = of(&wider).map_or_else(|_| Vec::new(), |chosen| chosen.cells);
        if !cells.is_empty() {
            let mut names: Vec<String> = cells.iter().take(FEW).map(Cell::name).collect();
            names.extend((cells.len() > FEW).then(|| format!("{} more", cells.len() - FEW)));
            return anyhow!(
                "nothing is left to run; without {option} the lab would run {}",
                names.join(", ")
            );
        }
    }
    anyhow!("nothing is left to run; `eoi lab list` shows what there is")
}

/// The kernel that the user brings; that it is there and can be read is seen before anything is fetched or built.
fn source(brought: &Brought) -> Result<Source> {
    match brought.clone() {
        Brought::Patches { files, base } => Ok(Source::Patched {
            patches: files,
            base,
        }),
        Brought::Kernel {
            image,
            modules,
            base,
        } => {
            ensure!(
                image.is_file(),
                "--kernel: there is no file {}; give the image that a boot loader takes",
                image.display()
            );
            if let Some(modules) = &modules {
                ensure!(
                    modules.is_dir(),
                    "--modules: there is no directory {}",
                    modules.display()
                );
            }
            Ok(Source::Own {
                image,
                modules,
                base,
            })
        }
    }
}

/// The machines on which the user's patches cannot change anything. One that the user named is run all the same.
fn unreached(choice: &Choice, machines: &[&'static Machine]) -> Result<Vec<&'static str>> {
    let Some(Brought::Patches { files, .. }) = &choice.brought else {
        return Ok(Vec::new());
    };
    let patches: Vec<Patch> = files
        .iter()
        .map(|file| Patch::read(file))
        .collect::<Result<_>>()?;
    if !choice.machines.is_empty() || !choice.only.is_empty() {
        return Ok(Vec::new());
    }
    let reached = |machine: &&&Machine| patches.iter().any(|patch| patch.reaches(machine.arch));
    Ok(machines
        .iter()
        .filter(|machine| !reached(machine))
        .map(|machine| machine.name)
        .collect())
}
