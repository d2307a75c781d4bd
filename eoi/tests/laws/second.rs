//! A second owner of a line: how `IRQ_DISABLE_UNLAZY` is lost, on which controllers that matters, and the candidate that keeps it.

use eoi::check::configuration::Configuration;
use eoi::check::outcome::{Checked, Outcome, check};
use eoi_model::event::Event;
use eoi_model::fixes;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels::{self, Kernel};
use eoi_model::scenario::Scenario;
use eoi_model::system::{Path, System};
use eoi_model::values::Claim;
use eoi_search::{Law, Verdict};

use crate::grid::LIMIT;

const SECOND: [Scenario; 2] = [Scenario::SecondOwner, Scenario::SecondDriver];

fn newest() -> &'static Kernel {
    kernels::by_name("linux-7.3").expect("a kernel")
}

fn configuration(
    chip: &'static Irqchip,
    path: Path,
    scenario: Scenario,
    fix: Option<&str>,
) -> Configuration {
    let fixes = fix.map(|name| fixes::by_name(name).expect("a fix"));
    Configuration {
        scenario,
        causes: 1,
        fixes: fixes.into_iter().collect(),
        ..Configuration::usual(chip, newest(), path)
    }
}

/// The checked system; `None` where it does not exist.
fn checked(configuration: &Configuration) -> Option<Checked> {
    let outcome = check(configuration, LIMIT).expect("fewer states than the limit");
    match outcome {
        Outcome::Checked(checked) => Some(*checked),
        Outcome::None(_) | Outcome::TooMany(_) => None,
    }
}

fn broken(checked: &Checked) -> Vec<Law> {
    let verdicts = checked.verdicts.iter();
    verdicts
        .filter(|verdict| !verdict.holds())
        .map(|verdict: &Verdict| verdict.law)
        .collect()
}

/// The first owner has the line; each is set up, refused or torn down in the order of the words. Returns whether the line that
/// the first owner has afterwards is still unlazy.
fn is_unlazy_after(scenario: Scenario, fix: Option<&str>, words: &str) -> bool {
    let chip = irqchip::by_name("xive").expect("a row");
    let system: System = configuration(chip, Path::Vmm, scenario, fix)
        .system()
        .expect("it exists");
    let mut state = system.initial();
    for word in words.split_whitespace() {
        let event = Event::by_name(word).expect(word);
        // With the candidate some ways are a step shorter or longer.
        if let Some(next) = system.step(state, event) {
            state = next;
        } else {
            assert!(fix.is_some(), "{word} cannot happen: {state:?}");
        }
    }
    let half = state.halves()[0];
    assert_eq!(half.claim(), Claim::Owns);
    half.unlazy()
}

/// A VMM gives the line back and has nothing left to do.
const AWAY: &str =
    "vmm.shut_down vmm.disable_intx vmm.disable_intx vmm.disable_intx vmm.drain vmm.deassert";

#[test]
fn three_sequences_take_the_flag_from_a_line_that_is_in_use() {
    let refused = "second.enable second.request second.finish".to_owned();
    let late = format!(
        "{AWAY} second.enable second.request second.finish second.disable second.freed \
         vmm.next_owner vmm.enable_intx vmm.enable_intx vmm.enable_intx second.finish"
    );
    let first = format!(
        "{AWAY} second.enable second.request second.finish vmm.next_owner vmm.enable_intx \
         second.disable second.freed vmm.enable_intx vmm.enable_intx"
    );
    // Without the candidate nobody has a third step of the set-up.
    let short = |words: &str| {
        words
            .replace(
                "second.request second.finish second.disable",
                "second.request second.disable",
            )
            .replace(
                "second.request second.finish vmm.next",
                "second.request vmm.next",
            )
            .replace(
                "vmm.enable_intx vmm.enable_intx vmm.enable_intx",
                "vmm.enable_intx vmm.enable_intx",
            )
            .replace(
                "second.freed vmm.enable_intx vmm.enable_intx",
                "second.freed vmm.enable_intx",
            )
    };
    for (scenario, words) in [
        (Scenario::SecondOwner, &refused),
        (Scenario::SecondOwner, &late),
        (Scenario::SecondOwner, &first),
        (Scenario::SecondDriver, &first),
    ] {
        assert!(!is_unlazy_after(scenario, None, &short(words)), "{words}");
        assert!(
            is_unlazy_after(scenario, Some("vfio-unlazy-late"), words),
            "{words}"
        );
    }
    // A driver that is refused touches nothing.
    assert!(is_unlazy_after(
        Scenario::SecondDriver,
        None,
        "second.enable second.request"
    ));
}

#[test]
fn only_xive_loses_interrupts_by_it_and_the_candidate_keeps_them() {
    let (mut compared, mut lost) = (0, Vec::new());
    for &chip in irqchip::ALL {
        for path in Path::USUAL {
            let alone = checked(&configuration(chip, path, Scenario::Teardown, None));
            let Some(alone) = alone else { continue };
            for scenario in SECOND {
                let of =
                    |fix| checked(&configuration(chip, path, scenario, fix)).expect("it exists");
                let [without, with] = [None, Some("vfio-unlazy-late")].map(of);
                compared += 1;
                // Where an emulator keeps an interrupt of a line that is low, a driver's handler can only say that it is not its own.
                let mut storm = broken(&with);
                storm.retain(|&law| law != Law::Storm || scenario == Scenario::SecondOwner);
                assert_eq!(storm, broken(&alone), "{} {}", chip.name, path.name());
                if broken(&without) != broken(&with) {
                    assert_eq!(broken(&without), [Law::Stall]);
                    lost.push(chip.name);
                }
            }
        }
    }
    lost.dedup();
    assert_eq!((compared, lost), (compared, vec!["xive", "xive-q"]));
    assert!(compared > 100, "{compared} systems");
}
