//! A second owner of a line: how `IRQ_DISABLE_UNLAZY` is lost, on which controllers that matters, and the candidate that keeps it.

use eoi::check::configuration::Configuration;
use eoi::check::outcome::laws;
use eoi_model::event::Event;
use eoi_model::fixes;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;
use eoi_model::values::Ownership;
use eoi_search::Law;

use crate::grid::LIMIT;

const SECOND: [Scenario; 2] = [Scenario::SecondOwner, Scenario::SecondDriver];
const LATE: Option<&str> = Some("vfio-unlazy-late");

fn configuration(
    chip: &'static Irqchip,
    path: Path,
    scenario: Scenario,
    fix: Option<&str>,
) -> Configuration {
    let kernel = kernels::by_name("linux-7.3").expect("a kernel");
    let fix = fix.map(|name| fixes::by_name(name).expect("a fix"));
    Configuration {
        scenario,
        causes: 1,
        fixes: fix.into_iter().collect(),
        ..Configuration::usual(chip, kernel, path)
    }
}

/// The laws that are broken; `None` where no such system exists.
fn broken(configuration: &Configuration) -> Option<Vec<Law>> {
    let laws = laws(configuration, LIMIT).expect("fewer states than the limit")?;
    let broken = laws.verdicts.iter().filter(|verdict| !verdict.holds());
    Some(broken.map(|verdict| verdict.law).collect())
}

/// These events happen, one after the other, to a line that the first owner has; a `*` stands for as often as it can. Returns
/// whether the line is unlazy then. The first owner has it again.
fn is_unlazy_after(scenario: Scenario, fix: Option<&str>, events: &str) -> bool {
    let chip = irqchip::by_name("xive").expect("a row");
    let configuration = configuration(chip, Path::Vmm, scenario, fix);
    let system = configuration.system().expect("it exists");
    let mut state = system.initial();
    for word in events.split_whitespace() {
        let name = word.trim_end_matches('*');
        let event = Event::by_name(name).expect(name);
        if word == name {
            let next = system.step(state, event);
            state = next.unwrap_or_else(|| panic!("no {word} in {state:?}"));
        } else {
            while let Some(next) = system.step(state, event) {
                state = next;
            }
        }
    }
    let half = state.halves()[0];
    assert_eq!(half.own(), Ownership::Owns, "{events}");
    half.unlazy()
}

#[test]
fn three_sequences_take_the_flag_from_a_line_in_use() {
    let refused = "second.enable second.request second.finish".to_owned();
    // The second one comes after the first one's teardown, and before the first one comes back.
    let away = "vmm.shut_down vmm.disable_intx* vmm.drain vmm.deassert \
                second.enable second.request second.finish*";
    let late =
        format!("{away} second.disable second.freed vmm.next_owner vmm.enable_intx* second.finish");
    let first = format!(
        "{away} vmm.next_owner vmm.enable_intx second.disable second.freed vmm.enable_intx*"
    );
    for (scenario, events) in [
        (Scenario::SecondOwner, &refused),
        (Scenario::SecondOwner, &late),
        (Scenario::SecondOwner, &first),
        (Scenario::SecondDriver, &first.replace("second.finish*", "")),
    ] {
        assert!(!is_unlazy_after(scenario, None, events), "{events}");
        assert!(is_unlazy_after(scenario, LATE, events), "{events}");
    }
    // A driver that is refused touches nothing.
    let refused = "second.enable second.request";
    assert!(is_unlazy_after(Scenario::SecondDriver, None, refused));
}

#[test]
fn only_xive_loses_interrupts_by_it_and_the_candidate_keeps_them() {
    let (mut compared, mut lost) = (0, Vec::new());
    for &chip in irqchip::ALL {
        for path in Path::USUAL {
            let system = |scenario, fix| configuration(chip, path, scenario, fix);
            let Some(alone) = broken(&system(Scenario::Teardown, None)) else {
                continue;
            };
            for scenario in SECOND {
                let [without, mut with] =
                    [None, LATE].map(|fix| broken(&system(scenario, fix)).expect("it exists"));
                compared += 1;
                if without != with {
                    assert_eq!((&without[..], &with[..]), (&[Law::Stall][..], &[][..]));
                    lost.push(chip.name);
                }
                // Where an emulator keeps an interrupt of a line that is low, a driver can only say that it is not its own.
                if scenario == Scenario::SecondDriver && chip.name.ends_with("ioapic-qemu") {
                    with.retain(|&law| law != Law::Storm);
                }
                assert_eq!(with, alone, "{} {}", chip.name, path.name());
            }
        }
    }
    lost.dedup();
    assert_eq!(lost, ["xive", "xive-q"]);
    assert!(compared > 100, "{compared} systems");
}
