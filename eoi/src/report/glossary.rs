//! The names in a report's tables, each with its meaning.

use super::list;
use super::words::{hanging, paragraph};
use crate::check::report::{About, Entry, MERGED, Names};
use crate::terminal::shown;

/// Controllers, paths and kernels of these systems; and what the systems have in common.
#[must_use]
pub fn of(entries: &[&Entry]) -> String {
    let all = list::names();
    let chips = each(entries, |names| &names.chip);
    let paths = each(entries, |names| &names.path);
    "Controllers, after the name that /proc/interrupts prints:\n".to_string()
        + &table(&chips, &all.chip)
        + "Paths, by how the host learns of the guest's end of interrupt (EOI):\n"
        + &table(&paths, &all.path)
        + &kernels(entries)
}

/// The device and the scenario of all systems, in a sentence each.
#[must_use]
pub fn common(names: &Names) -> String {
    let all = list::names();
    let about = |title: &str, name: &str, all: &[About]| {
        let about = all.iter().find(|one| one.name == *name);
        let about = about.map_or(String::new(), |one| format!(": {}", one.about));
        paragraph("", &format!("{title} {}{about}.", shown(name)))
    };
    about("Device", &names.device, &all.device) + &about("Scenario", &names.scenario, &all.scenario)
}

/// Each value once, in the order of the systems.
fn each<'a>(entries: &[&'a Entry], of: impl Fn(&'a Names) -> &'a String) -> Vec<&'a str> {
    entries.iter().fold(Vec::new(), |mut all, entry| {
        let value = of(&entry.configuration).as_str();
        if !all.contains(&value) {
            all.push(value);
        }
        all
    })
}

/// Names with their meanings, where they have one.
fn table(names: &[&str], all: &[About]) -> String {
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let line = |name: &&str| {
        let about = all.iter().find(|one| one.name == **name)?;
        let label = format!("  {:<width$}  ", shown(name));
        Some(hanging(&label, label.len(), &about.about))
    };
    names.iter().filter_map(line).collect()
}

/// Which kernels have the merged fix.
fn kernels(entries: &[&Entry]) -> String {
    let mut told: [Vec<String>; 2] = Default::default();
    for names in entries.iter().map(|entry| &entry.configuration) {
        let of = &mut told[usize::from(names.has_the_merged_fix())];
        let kernel = names.kernel_and_fixes();
        if !of.contains(&kernel) {
            of.push(kernel);
        }
    }
    let [without, with] = told.map(|kernels| match kernels.as_slice() {
        [] => "none".to_string(),
        all => all.join(", "),
    });
    let says = format!(
        "Kernels with the merged fix ({MERGED}, commit 8b9f128947dd): {with}; without: {without}."
    );
    paragraph("", &says)
}
