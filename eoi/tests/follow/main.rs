//! Recordings of real kernels against the model; and what is no recording, or half of one.

use std::collections::BTreeSet;
use std::io::{Seek, Write};

use eoi::trace::verdict::{Answer, Verdict};
use eoi::trace::{configurations, examine, source};
use eoi_model::device::Device;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels::{self, Kernel};

mod input;
mod order;
mod real;

const XIVE_LAZY: &str = include_str!("../traces/powernv9-xive-lazy.txt");
const XIVE_UNLAZY: &str = include_str!("../traces/powernv9-xive-unlazy.txt");
/// `eoi trace --record`'s command, in a machine whose line had stalled when it was stopped; with it, the graph tracer.
const PSERIES: [&[u8]; 2] = [
    include_bytes!("../traces/pseries-xive.dat"),
    include_bytes!("../traces/pseries-xive-graph.dat"),
];
const XICS_LAZY: &str = include_str!("../traces/powernv8-xics-lazy.txt");

/// The kernels without and with the merged fix, by the release notes in model/src/kernels.rs.
const LAZY: [&str; 3] = ["linux-5.10", "linux-6.1", "linux-6.12.57"];
const FIXED: [&str; 2] = ["linux-6.12.107", "linux-7.3"];

/// Follows the only INTx function with the configurations of these names; no names are all.
fn examine(
    text: &str,
    chips: &[&str],
    kernels: &[&str],
    devices: &[Device],
) -> anyhow::Result<Verdict> {
    let named = |name: &str, names: &[&str]| names.is_empty() || names.contains(&name);
    let chips: Vec<&'static Irqchip> = irqchip::ALL
        .iter()
        .copied()
        .filter(|chip| named(chip.name, chips))
        .collect();
    let kernels: Vec<&'static Kernel> = kernels::ALL
        .iter()
        .filter(|kernel| named(kernel.name, kernels))
        .collect();
    let devices = if devices.is_empty() {
        &Device::ALL
    } else {
        devices
    };
    let mut answer = examine::examine_text(text, &configurations::all(&chips, &kernels, devices))?;
    assert_eq!(answer.functions.len(), 1, "one INTx function");
    Ok(answer.functions.remove(0))
}

fn file(bytes: &[u8]) -> anyhow::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// Follows bytes in a file, whatever they are.
fn read(bytes: &[u8]) -> anyhow::Result<Answer> {
    let file = file(bytes)?;
    let recording = examine::recording(|wanted, visit| source::each(&file, wanted, visit))?;
    let chips = [
        irqchip::by_name("xive-q").expect("a row"),
        irqchip::by_name("xics").expect("a row"),
    ];
    let kernel = kernels::by_name("linux-6.12.57").expect("a row");
    examine::examine(
        &recording,
        &configurations::all(&chips, &[kernel], &Device::ALL),
    )
}

fn all(text: &str) -> Verdict {
    examine(text, &[], &[], &[]).expect("a recording")
}

fn explained(verdict: &Verdict) -> BTreeSet<(&'static str, &'static str, &'static str)> {
    assert!(verdict.follows(), "departs: {:?}", verdict.departs);
    verdict
        .configurations
        .iter()
        .map(|one| (one.chip.name, one.kernel.name, one.device.name()))
        .collect()
}

/// The rows whose driver is arch/powerpc/sysdev/xive. A recording of functions does not show how a source is reached.
const XIVES: [&str; 8] = [
    "xive",
    "xive-q",
    "xive-qemu",
    "xive-p10",
    "xive-p10-posted",
    "xive-p10-qemu",
    "xive-pseries",
    "xive-pseries-qemu",
];

/// Those of them whose source is held by PQ=01.
fn q_holds(chip: &str) -> bool {
    chip == "xive-q" || chip.ends_with("-qemu")
}

fn product(
    chips: &[&'static str],
    kernels: &[&'static str],
) -> BTreeSet<(&'static str, &'static str, &'static str)> {
    chips
        .iter()
        .flat_map(|&chip| {
            kernels
                .iter()
                .map(move |&kernel| (chip, kernel, "no-disintx"))
        })
        .collect()
}

fn stretches(verdict: &Verdict) -> Vec<(usize, Option<usize>)> {
    verdict
        .dead
        .iter()
        .map(|dead| (dead.from, dead.until))
        .collect()
}

/// Line and name of the departure, and what was expected there.
fn departure(verdict: &Verdict) -> (usize, &'static str, Vec<&'static str>) {
    let departs = verdict.departs.as_ref().expect("no configuration follows");
    (
        departs.line,
        departs.seen,
        departs.names().into_iter().collect(),
    )
}

fn lines(text: &str, range: std::ops::RangeInclusive<usize>) -> String {
    let numbered = text
        .lines()
        .zip(1..)
        .filter(|(_, number)| range.contains(number));
    numbered.map(|(line, _)| format!("{line}\n")).collect()
}
