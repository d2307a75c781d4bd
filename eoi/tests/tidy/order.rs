//! The order of crates and of the rooms in each: imports go down, and never round.

use std::collections::BTreeSet;

use crate::imports::{Import, imports, rings};
use crate::metadata::packages;
use crate::modules::Modules;
use crate::source::short;
use crate::tables::targets;

/// Each crate with those of ours that it may be built from.
const CRATES: &[(&str, &[&str])] = &[
    ("eoi-intx", &[]),
    ("eoi-model", &["eoi-intx"]),
    ("eoi-search", &[]),
    ("eoi-lab-protocol", &[]),
    ("eoi-forward", &["eoi-intx"]),
    ("eoi-kvm-guest", &["eoi-forward", "eoi-intx"]),
    (
        "eoi-forward-cli",
        &["eoi-kvm-guest", "eoi-forward", "eoi-intx"],
    ),
    (
        "eoi-lab-init",
        &[
            "eoi-lab-protocol",
            "eoi-kvm-guest",
            "eoi-forward",
            "eoi-intx",
        ],
    ),
    (
        "eoi",
        &["eoi-lab-protocol", "eoi-intx", "eoi-model", "eoi-search"],
    ),
];

/// The rooms of each crate, from the top down: a room imports only from those below it.
const ROOMS: &[(&str, &[&str])] = &[(
    "eoi",
    &[
        "cli", "verbs", "report", "verify", "lab", "doctor", "trace", "check", "host", "text",
        "document", "bounded", "part", "error", "terminal",
    ],
)];

/// The participants of the path, and the tables of functions on them. They call each other as the functions of the kernel
/// do, round the loop that an interrupt takes: device, wire, controller, genirq, vfio-pci, KVM, VMM, guest, device. No order
/// of files follows that loop, so no ring among these rooms of the model is an error.
const LOOP: &[&str] = &[
    "bits", "config", "device", "event", "eventfd", "fixes", "genirq", "guest", "irqchip", "irqfd",
    "kernels", "program", "register", "scenario", "system", "vfio_pci", "vmm", "vmms", "wire",
    "world",
];

/// The ground that the path stands on: it knows none of the participants.
const GROUND: &[&str] = &[
    "cost", "guard", "log", "packed", "state", "values", "version",
];

#[test]
fn crates_are_built_only_from_those_below_them() {
    for package in packages() {
        let allowed = CRATES
            .iter()
            .find(|(name, _)| *name == package.name)
            .map(|(_, allowed)| *allowed);
        let allowed = allowed
            .unwrap_or_else(|| panic!("{} has no place in the order of crates", package.name));
        for need in &package.needs {
            assert!(
                allowed.contains(&need.as_str()),
                "{} must not be built from {need}",
                package.name
            );
        }
    }
}

/// The room of a module: the first segment of its name; of the root, nothing.
fn room(modules: &Modules, module: usize) -> &str {
    modules.all[module]
        .name
        .split("::")
        .next()
        .unwrap_or_default()
}

/// Imports that go up, by an order of rooms.
pub fn upward(modules: &Modules, imports: &[Import], order: &[&str]) -> Vec<String> {
    let place = |module: usize| order.iter().position(|name| *name == room(modules, module));
    let goes_up = |import: &&Import| match (place(import.from), place(import.to)) {
        (Some(from), Some(to)) => to < from,
        _ => false,
    };
    let tell = |import: &Import| {
        let file = short(&modules.files[modules.all[import.from].file]);
        let (from, to) = (room(modules, import.from), room(modules, import.to));
        format!(
            "{file}:{}: {from} must not know {to}: {}",
            import.line, import.path
        )
    };
    imports.iter().filter(goes_up).map(tell).collect()
}

#[test]
fn rooms_know_only_those_below_them() {
    let mut found = Vec::new();
    for (name, modules) in targets() {
        let Some((_, order)) = ROOMS.iter().find(|(crate_, _)| *crate_ == name) else {
            continue;
        };
        let rooms: BTreeSet<&str> = (1..modules.all.len())
            .map(|module| room(&modules, module))
            .collect();
        let without: Vec<&&str> = rooms.iter().filter(|room| !order.contains(room)).collect();
        assert!(
            without.is_empty(),
            "{name}: rooms without a place in the order: {without:?}"
        );
        found.extend(upward(&modules, &imports(&modules), order));
    }
    assert!(
        found.is_empty(),
        "{} imports go up:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn files_import_each_other_in_no_ring() {
    let mut found = Vec::new();
    for (name, modules) in targets() {
        let mut imports = imports(&modules);
        let on_the_loop =
            |module: usize| name == "eoi-model" && LOOP.contains(&room(&modules, module));
        imports.retain(|import| !on_the_loop(import.from) || !on_the_loop(import.to));
        let rings = rings(&modules, &imports);
        found.extend(rings.into_iter().map(|ring| format!("{name}: {ring}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_ground_of_the_model_knows_no_participant() {
    let (_, modules) = targets()
        .into_iter()
        .find(|(name, _)| name == "eoi-model")
        .expect("the model");
    for room in LOOP.iter().chain(GROUND) {
        assert!(
            modules.all.iter().any(|module| module.name == *room),
            "there is no room {room} in the model"
        );
    }
    let up = imports(&modules).into_iter().filter(|import| {
        GROUND.contains(&room(&modules, import.from))
            && !GROUND.contains(&room(&modules, import.to))
    });
    let up: Vec<String> = up
        .map(|import| format!("{}: {}", room(&modules, import.from), import.path))
        .collect();
    assert!(up.is_empty(), "{}", up.join("\n"));
}
