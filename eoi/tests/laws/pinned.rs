//! The pages: of each host controller, of each guest controller, and of the VMM's machine.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path as FilePath;

use eoi::check::configuration::Configuration;
use eoi::check::outcome::laws;
use eoi_model::device::Device;
use eoi_model::fixes;
use eoi_model::guest::{GuestChip, chips};
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;
use eoi_search::Law;
use rayon::prelude::*;

use crate::both;
use crate::grid::{LIMIT, Line, Page};
use crate::tables::{every_kernel, lying_with_threads, names};

/// Controllers that are searched with every kernel, one of each family.
const EVERY_KERNEL: [&str; 4] = ["ioapic", "gicv3-eoimode1", "xics", "xive"];

/// Controllers whose VMM's machine is searched with all that is done to it, and the paths where the machine sees the pin.
const VMM: [(&str, &[Path]); 3] = [
    ("ioapic", &[Path::Vmm, Path::BarTrap]),
    ("gicv3", &[Path::Vmm]),
    ("plic", &[Path::Vmm]),
];

/// The guessing paths add nothing to what the scenario `steady` says of them.
const OF_SCENARIOS: [(Path, Device); 6] = [
    (Path::Irqfd, Device::Disintx),
    (Path::Irqfd, Device::NoDisintx),
    (Path::IrqfdUnacked, Device::Disintx),
    (Path::IrqfdUnacked, Device::NoDisintx),
    (Path::Vmm, Device::Disintx),
    (Path::Vmm, Device::NoDisintx),
];

fn of_controller(chip: &'static Irqchip) -> Page {
    let mut page = Page::default();
    for (kernel, built_in) in both(chip) {
        let on = |path| Configuration {
            fixes: built_in.clone(),
            ..Configuration::usual(chip, kernel, path)
        };
        let name = on(Path::Vmm).kernel_and_fixes();
        page.table(
            &format!("{name}, steady, 2 causes"),
            &names(&Path::ALL, |path| path.name()),
            &steady(&on),
        );
        let columns: Vec<String> = OF_SCENARIOS
            .iter()
            .map(|(path, device)| format!("{} {}", path.name(), device.name()))
            .collect();
        page.table(&format!("{name}, 1 cause"), &columns, &scenarios(&on));
        let columns = [Scenario::Steady, Scenario::VmmRoute];
        let fixed = fixes::ALL.iter().map(|&fix| {
            let cell = |scenario| {
                let mut fixed = Configuration {
                    scenario,
                    causes: 1,
                    ..on(Path::Vmm)
                };
                fixed.fixes.push(fix);
                Some(fixed)
            };
            (format!("+{}", fix.name), columns.map(cell).into())
        });
        let title = format!("{name} with a fix, vmm, no-disintx, 1 cause");
        page.table(
            &title,
            &names(&columns, |scenario| scenario.name()),
            &fixed.collect::<Vec<_>>(),
        );
    }
    if EVERY_KERNEL.contains(&chip.name) {
        every_kernel(&mut page, chip);
    }
    lying_with_threads(&mut page, chip);
    page
}

/// All devices on all paths; and, of the device without DisINTx, on one CPU and with forced threading.
fn steady(on: &dyn Fn(Path) -> Configuration) -> Vec<Line> {
    let line = |head: &str, change: &dyn Fn(Configuration) -> Configuration| {
        (
            head.to_string(),
            Path::ALL.map(|path| Some(change(on(path)))).into(),
        )
    };
    let devices = Device::ALL
        .iter()
        .map(|&device| line(device.name(), &|it| Configuration { device, ..it }));
    let mut lines: Vec<Line> = devices.collect();
    lines.push(line("no-disintx, 1 CPU", &|it| Configuration {
        cpus: 1,
        ..it
    }));
    lines.push(line("no-disintx, threadirqs", &|it| Configuration {
        threadirqs: true,
        ..it
    }));
    lines
}

/// Everything that is done to a system, with one cause.
fn scenarios(on: &dyn Fn(Path) -> Configuration) -> Vec<Line> {
    let searched = |scenario: Scenario, path: Path, device: Device| {
        // Two lines have millions of states on other paths, and where the driver keeps more of each.
        let small = path == Path::Vmm && !on(path).chip.name.eq("xive");
        match scenario {
            Scenario::TwoLines => small && device == Device::NoDisintx,
            Scenario::SharedGuest => small && device == Device::Disintx,
            _ => true,
        }
    };
    let line = |&scenario: &Scenario| {
        let cell = |(path, device): (Path, Device)| {
            let configuration = Configuration {
                scenario,
                device,
                causes: 1,
                ..on(path)
            };
            searched(scenario, path, device).then_some(configuration)
        };
        (scenario.name().to_string(), OF_SCENARIOS.map(cell).into())
    };
    Scenario::ALL
        .iter()
        .filter(|&&scenario| scenario != Scenario::Steady)
        .map(line)
        .collect()
}

fn of_guest(controller: &GuestChip) -> Page {
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    let has = |chip: &&&'static Irqchip| chip.guests.have(controller) && chip.kernels.has(kernel);
    let chip = irqchip::ALL
        .iter()
        .find(has)
        .expect("a host whose guests have it");
    let mut lines: Vec<Line> = Vec::new();
    for options in [
        "",
        "+edge",
        "+eoi-first",
        "+masks",
        "+directed-eoi",
        "+edge+eoi-first",
        "+defers",
        "+edge+defers",
        "+masks+defers",
    ] {
        let guest = format!("{}{options}", controller.name)
            .parse()
            .expect("a guest");
        for device in [Device::Disintx, Device::NoDisintx] {
            let head = format!("{} {options}", device.name()).trim().to_string();
            lines.push((
                head,
                Path::ALL
                    .map(|path| {
                        Some(Configuration {
                            guest,
                            device,
                            ..Configuration::usual(chip, kernel, path)
                        })
                    })
                    .into(),
            ));
        }
    }
    let mut page = Page::default();
    page.table(
        &format!("{}, linux-7.3, steady, 2 causes", chip.name),
        &names(&Path::ALL, |path| path.name()),
        &lines,
    );
    page
}

/// Every use that a guest makes of its pin, with every scenario, where the machine sees the pin.
fn of_vmm(chip: &'static Irqchip, paths: &[Path]) -> Page {
    let guests = [
        "",
        "+masks",
        "+eoi-first",
        "+edge",
        "+edge+masks",
        "+edge+eoi-first",
        "+directed-eoi",
    ];
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    let mut page = Page::default();
    for &path in paths {
        let mut lines: Vec<Line> = Vec::new();
        for scenario in Scenario::ALL
            .into_iter()
            .filter(|s| s.functions() == 1 && *s != Scenario::Affinity)
        {
            for device in [Device::Disintx, Device::NoDisintx] {
                let cell = |guest: &str| {
                    let guest = guest.parse().expect("a guest");
                    Some(Configuration {
                        guest,
                        device,
                        scenario,
                        causes: 1,
                        ..Configuration::usual(chip, kernel, path)
                    })
                };
                lines.push((
                    format!("{} {}", scenario.name(), device.name()),
                    guests.map(cell).into(),
                ));
            }
        }
        let heads = guests.map(|guest| {
            if guest.is_empty() {
                "level".to_string()
            } else {
                guest.to_string()
            }
        });
        page.table(
            &format!("{}, linux-7.3, {}, 1 cause", chip.name, path.name()),
            &heads,
            &lines,
        );
    }
    page
}

/// Compares pages with those that are checked in. Every page is compared before the first difference is told.
fn pin(pages: Vec<(String, Page)>) {
    let differs = |(name, page): &(String, Page)| {
        catch_unwind(|| {
            same("verdicts", name, &page.verdicts(name));
            match page.counterexamples(name) {
                Some(text) => same("counterexamples", name, &text),
                None => {
                    assert!(
                        !stored("counterexamples").contains(name),
                        "{name}: nothing is broken: remove the page"
                    );
                }
            }
        })
        .is_err()
    };
    let differ: Vec<String> = pages
        .into_iter()
        .filter(differs)
        .map(|(name, _)| name)
        .collect();
    assert!(
        differ.is_empty(),
        "these pages differ: {}",
        differ.join(", ")
    );
}

fn same(folder: &str, name: &str, text: &str) {
    let wide = text.lines().find(|line| line.chars().count() > 120);
    assert_eq!(wide, None, "{folder}/{name}: a page has 120 columns");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The pages of a folder.
fn stored(folder: &str) -> BTreeSet<String> {
    let path = FilePath::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/laws")
        .join(folder);
    let files = fs::read_dir(path)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry").path());
    let pages = files.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "snap")
    });
    pages
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn host_controllers() {
    let page = |&chip: &&'static Irqchip| (chip.name.to_string(), of_controller(chip));
    pin(irqchip::ALL.par_iter().map(page).collect());
}

#[test]
fn guest_controllers() {
    let page = |controller: &&'static GuestChip| {
        (format!("guest-{}", controller.name), of_guest(controller))
    };
    pin(chips::ALL.par_iter().map(page).collect());
}

#[test]
fn the_vmms_machine() {
    let chip = |name: &str| irqchip::by_name(name).expect("a row");
    let page =
        |&(name, paths): &(&str, &[Path])| (format!("vmm-{name}"), of_vmm(chip(name), paths));
    let pages: Vec<(String, Page)> = VMM.par_iter().map(page).collect();
    // With a controller that keeps its word and a VMM that hears of the EOI, nothing is lost, but by vfio-pci's own mask on a
    // device without DisINTx, which is asked for in these two. A pin that is an edge gets a pulse, and nobody says when to
    // unmask after it, so that the VMM does at once: the host is interrupted until the guest has served.
    for broken in pages
        .iter()
        .flat_map(|(_, page)| &page.broken)
        .filter(|it| it.path == Path::Vmm)
    {
        let masks = matches!(broken.scenario, Scenario::VmmRoute | Scenario::GuestDisintx);
        // Another function asserts the line, and no VMM can tell (`second`).
        if broken.scenario == Scenario::SecondRefused {
            continue;
        }
        let title = broken.title();
        assert_eq!(broken.device, Device::NoDisintx, "{title}");
        if !masks {
            let found = laws(broken, LIMIT).expect("few states").expect("it exists");
            let laws = found.verdicts.iter().filter(|verdict| !verdict.holds());
            let laws: Vec<Law> = laws.map(|verdict| verdict.law).collect();
            assert_eq!(
                (laws, broken.guest.edge),
                (vec![Law::Unbounded], true),
                "{title}"
            );
        }
    }
    pin(pages);
}

#[test]
fn every_page_has_its_subject() {
    let mut subjects: BTreeSet<String> = irqchip::ALL
        .iter()
        .map(|chip| chip.name.to_string())
        .collect();
    subjects.extend(
        chips::ALL
            .iter()
            .map(|controller| format!("guest-{}", controller.name)),
    );
    subjects.extend(VMM.map(|(name, _)| format!("vmm-{name}")));
    assert_eq!(stored("verdicts"), subjects);
    let without: Vec<String> = stored("counterexamples")
        .difference(&subjects)
        .cloned()
        .collect();
    assert!(without.is_empty(), "pages of nothing: {without:?}");
}
