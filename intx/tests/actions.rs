//! The actions that are left to do, as a number and one by one, and whether a vCPU waits for them.

use std::collections::BTreeSet;

use eoi_intx::{Actions, Input, Intx, Path};

const PATHS: [Path; 4] = [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess];

/// Every machine that some sequence of inputs reaches, on every path, with and without a budget.
fn machines() -> Vec<Intx> {
    let mut machines: Vec<Intx> = PATHS
        .into_iter()
        .flat_map(|path| [Intx::new(path), Intx::new(path).with_budget(2)])
        .collect();
    let mut next = 0;
    while next < machines.len() {
        for input in Input::ALL {
            let mut machine = machines[next];
            let _ = machine.handle(input);
            if !machines.contains(&machine) {
                machines.push(machine);
            }
        }
        next += 1;
    }
    machines
}

/// Every rest of every answer.
fn rests() -> BTreeSet<u8> {
    let mut rests = BTreeSet::new();
    for machine in machines() {
        let answers = Input::ALL.map(|input| { machine }.handle(input));
        for mut left in answers.into_iter().chain([{ machine }.fail()]) {
            rests.insert(left.bits());
            while left.next().is_some() {
                rests.insert(left.bits());
            }
        }
    }
    rests
}

#[test]
fn a_rest_can_be_kept_as_a_number_and_another_number_is_refused() {
    let rests = rests();
    assert!(rests.len() > 50, "only {}", rests.len());
    for bits in 0..=u8::MAX {
        let restored = Actions::from_bits(bits);
        if rests.contains(&bits) {
            assert_eq!(restored.map(Actions::bits), Some(bits));
        }
        if bits >= 128 {
            assert_eq!(restored, None, "{bits}");
        }
    }
}

#[test]
fn the_next_action_can_be_seen_before_it_is_taken() {
    for bits in rests() {
        let mut left = Actions::from_bits(bits).expect("a rest");
        let seen = left.peek();
        assert_eq!(seen, left.next(), "{bits}");
        assert_eq!(seen.is_none(), bits == 0);
    }
}

#[test]
fn a_vcpu_waits_for_the_answer_to_its_own_eoi_access_or_unmask_and_to_no_input_of_the_vmm() {
    use Input::*;
    let of_the_guest = [
        Eoi,
        Access,
        Mask,
        Unmask,
        SetDisintx,
        ClearDisintx,
        Edge,
        Level,
    ];
    // Resume is in neither list: the vCPUs do not run before it is answered.
    let of_the_vmm = [Enable, Disable, Trigger, Timer, Rebind, Stop, Rearm, Tick];
    let mut waited = BTreeSet::new();
    for machine in machines() {
        for input in of_the_guest {
            let left = { machine }.handle(input);
            assert_eq!(
                left.answers_the_guest(),
                left != Actions::NONE,
                "{machine:?} {input:?}"
            );
            waited.extend(left.map(|action| format!("{action:?}")));
        }
        for input in of_the_vmm {
            let left = { machine }.handle(input);
            assert!(!left.answers_the_guest(), "{machine:?} {input:?} {left:?}");
        }
    }
    let all = ["Deassert", "Throttled", "Unmask"].map(String::from);
    assert_eq!(waited, BTreeSet::from(all));
}
