//! The machine on all of its states and inputs.

use eoi_intx::{Action, Actions, Input, Intx, Mode, Path};

const PATHS: [Path; 4] = [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess];
const INPUTS: [Input; 11] = [
    Input::Enable,
    Input::Disable,
    Input::Trigger,
    Input::Eoi,
    Input::Access,
    Input::Timer,
    Input::Route,
    Input::Reset,
    Input::Rebind,
    Input::ToMsi,
    Input::ToIntx,
];

/// Every state that some sequence of inputs reaches.
fn states(path: Path) -> Vec<Intx> {
    let mut states = vec![Intx::new(path)];
    let mut next = 0;
    while next < states.len() {
        for input in INPUTS {
            let mut machine = states[next];
            let _ = machine.handle(input);
            if !states.contains(&machine) {
                states.push(machine);
            }
        }
        next += 1;
    }
    states
}

fn each(check: impl Fn(Path, Intx, Input, Intx, Vec<Action>)) {
    for path in PATHS {
        for before in states(path) {
            for input in INPUTS {
                let mut after = before;
                let actions: Vec<Action> = after.handle(input).collect();
                check(path, before, input, after, actions);
            }
        }
    }
}

#[test]
fn what_is_left_to_do_and_every_state_survive_being_saved() {
    each(|path, before, input, after, _| {
        assert_eq!(Intx::from_bits(path, after.bits()), Some(after));
        let mut machine = before;
        let mut left = machine.handle(input);
        loop {
            assert_eq!(Actions::from_bits(left.bits()), Some(left));
            if left.next().is_none() {
                break;
            }
        }
        assert_eq!(left.bits(), 0);
    });
    assert_eq!(Actions::from_bits(255), None);
    assert_eq!(Intx::from_bits(Path::Eoi, 3), None);
    assert_eq!(Intx::from_bits(Path::Eoi, 8), None);
}

#[test]
fn what_is_masked_for_a_change_is_unmasked_at_its_end() {
    each(|path, before, input, _, actions| {
        if actions.contains(&Action::Mask) {
            assert_eq!(actions.last(), Some(&Action::Unmask), "{path:?} {before:?} {input:?}");
        }
    });
}

#[test]
fn nothing_is_wired_or_reset_while_the_host_may_interrupt() {
    each(|path, before, input, _, actions| {
        let wires = actions.iter().position(|a| matches!(a, Action::Wire | Action::ResetDevice));
        if let (Some(at), false) = (wires, path == Path::BarGuess && input != Input::Reset && input != Input::Route) {
            let masked = actions[..at].contains(&Action::Mask);
            assert!(masked, "{path:?} {before:?} {input:?}: {actions:?}");
        }
    });
}

#[test]
fn no_stale_trigger_outlives_a_teardown() {
    each(|path, before, input, _, actions| {
        if let Some(at) = actions.iter().position(|&action| action == Action::DisableIntx) {
            assert!(actions[at..].contains(&Action::Drain), "{path:?} {before:?} {input:?}: {actions:?}");
        }
    });
}

#[test]
fn the_line_that_is_held_up_is_let_go_with_the_unmask_that_it_owes() {
    each(|path, before, input, after, actions| {
        let lowers = actions.contains(&Action::Deassert) || actions.contains(&Action::Unwire);
        let frees = actions.contains(&Action::Unmask) || actions.contains(&Action::DisableIntx);
        if before.pending() && !after.pending() {
            assert!(lowers && frees, "{path:?} {before:?} {input:?}: {actions:?}");
        }
        if after.pending() {
            assert_eq!(after.mode(), Mode::Intx);
        }
    });
}

#[test]
fn an_input_without_meaning_asks_for_nothing() {
    let mut machine = Intx::new(Path::Eoi);
    for input in [Input::Eoi, Input::Trigger, Input::Route, Input::Reset, Input::Disable, Input::ToMsi] {
        assert_eq!(machine.handle(input), Actions::NONE);
        assert_eq!(machine.mode(), Mode::Off);
    }
    let _ = machine.handle(Input::Enable);
    assert_eq!(machine.handle(Input::Eoi), Actions::NONE, "nothing is pending");
}

#[test]
fn with_resample_an_interrupt_costs_the_vmm_nothing() {
    let mut machine = Intx::new(Path::Resample);
    let _ = machine.handle(Input::Enable);
    assert_eq!(machine.handle(Input::Trigger), Actions::NONE);
    assert_eq!(machine.handle(Input::Eoi), Actions::NONE);
}
