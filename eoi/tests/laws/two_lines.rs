//! Systems of two lines, which are decided without their graph: the graph says the same of those that are small enough.

use eoi::check::configuration::Configuration;
use eoi::check::outcome::{Checked, Outcome, check};
use eoi::check::searched::explore;
use eoi_model::device::Device;
use eoi_model::irqchip;
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;
use eoi_search::{Cycles, Law, Verdicts};

use crate::both;

/// States above which a graph takes too long for a test.
const FEW: usize = 20_000;

/// Asserts that the graph has the same states, transitions, verdicts, paths and costs; whether it is small enough to tell.
fn graph_agrees(title: &str, checked: &Checked) -> bool {
    let Ok(explored) = explore(&checked.system, FEW) else {
        return false;
    };
    let graph = &explored.graph;
    assert_eq!(
        (checked.states, checked.transitions),
        (graph.states(), graph.transitions()),
        "{title}"
    );
    for (found, expected) in checked.verdicts.iter().zip(Verdicts::new(graph).iter()) {
        assert_eq!(
            (found.law, found.cycle, found.sometimes),
            (expected.law, expected.cycle, expected.sometimes),
            "{title}"
        );
        let events = |labels: &Vec<u8>| -> Vec<_> {
            let event = |&label: &u8| explored.events[usize::from(label)];
            labels.iter().map(event).collect()
        };
        let path = found.broken_by.as_ref();
        assert_eq!(
            path.map(|path| checked.path(path).collect()),
            expected.broken_by.as_ref().map(events),
            "{title}: {}",
            found.law.name()
        );
    }
    let cycles = Cycles::new(graph);
    for (metric, (&best, &worst)) in checked
        .costs
        .best
        .iter()
        .zip(&checked.costs.worst)
        .enumerate()
    {
        let bounds = cycles.as_ref().map(|cycles| cycles.bounds(metric));
        assert_eq!(best, bounds.as_ref().map(|bounds| bounds.best), "{title}");
        assert_eq!(worst, bounds.and_then(|bounds| bounds.worst), "{title}");
    }
    true
}

#[test]
fn what_is_said_of_two_lines_is_what_their_graph_says() {
    let (mut compared, mut broken, mut needs_a_graph) = (0, [0; Law::ALL.len()], 0);
    for (&chip, path) in irqchip::ALL
        .iter()
        .flat_map(|chip| Path::ALL.map(|path| (chip, path)))
    {
        for (kernel, fixes) in both(chip) {
            for (device, cpus) in [
                (Device::NoDisintx, 1),
                (Device::NoDisintx, 2),
                (Device::LyingDisintx, 1),
            ] {
                let configuration = Configuration {
                    fixes: fixes.clone(),
                    scenario: Scenario::TwoLines,
                    device,
                    cpus,
                    causes: 1,
                    ..Configuration::usual(chip, kernel, path)
                };
                // No graph has 0 states: this is the answer without one.
                match check(&configuration, 0) {
                    Err(_) => needs_a_graph += 1,
                    Ok(Outcome::Checked(checked)) => {
                        if graph_agrees(&configuration.title(), &checked) {
                            compared += 1;
                            for (law, count) in Law::ALL.into_iter().zip(&mut broken) {
                                *count += u32::from(!checked.verdicts.of(law).holds());
                            }
                        }
                    }
                    Ok(_) => {}
                }
            }
        }
    }
    println!("{compared} compared, {needs_a_graph} need a graph; broken: {broken:?}");
    assert!(
        compared > 100 && needs_a_graph > 0,
        "{compared}, {needs_a_graph}"
    );
    assert!(broken[Law::Stall as usize] > 10, "{broken:?}");
}
