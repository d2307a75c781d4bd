//! The names in a report's tables, each with its meaning.

use super::list;
use super::words::{hanging, paragraph};
use crate::check::report::{About, Entry, MERGED, Names};
use crate::terminal::shown;

/// Controllers, paths and kernels of these systems.
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

/// Words that tables and meanings use, each with its own meaning.
static WORDS: [(&str, &str); 13] = [
    ("BAR", "a window onto the device's registers"),
    (
        "DisINTx",
        "the bit by which a device from PCI 2.3 on masks its own INTx",
    ),
    (
        "DisINTx-",
        "without that bit, so that the host masks the line at its interrupt controller",
    ),
    ("INTx", "the PCI interrupt that is a wire"),
    ("irqfd", "the eventfd that makes KVM interrupt the guest"),
    ("LSI", "an interrupt by level"),
    ("OPAL", "the firmware of POWER"),
    ("P", "a bit of a XIVE source: an interrupt is outstanding"),
    ("Q", "a bit of a XIVE source: one more is recorded"),
    (
        "resample",
        "KVM's signal that the guest has ended the interrupt",
    ),
    ("SET_PQ_00", "the access that clears P and Q"),
    (
        "vfio-pci",
        "the driver by which a PCI function is handed to a guest",
    ),
    ("VMM", "the program that runs the guest, such as QEMU"),
];

/// The words of a text that need a meaning, with it.
#[must_use]
pub fn words(text: &str) -> String {
    let is_of_a_word = |c: char| c.is_alphanumeric() || "_-".contains(c);
    let used: Vec<&str> = text.split(|c: char| !is_of_a_word(c)).collect();
    let known = WORDS.iter().filter(|(word, _)| used.contains(word));
    let all: Vec<String> = known
        .map(|(word, about)| format!("{word}: {about}"))
        .collect();
    if all.is_empty() {
        String::new()
    } else {
        paragraph("", &format!("{}.", all.join("; ")))
    }
}

/// The device of all systems, with its meaning.
#[must_use]
pub fn device(names: &Names) -> String {
    sentence("Device", &names.device, &list::names().device)
}

/// The scenario of all systems, with its meaning.
#[must_use]
pub fn scenario(names: &Names) -> String {
    sentence("Scenario", &names.scenario, &list::names().scenario)
}

fn sentence(title: &str, name: &str, all: &[About]) -> String {
    let about = all.iter().find(|one| one.name == *name);
    let about = about.map_or(String::new(), |one| format!(": {}", one.about));
    paragraph("", &format!("{title} {name}{about}."))
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
