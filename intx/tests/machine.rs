//! The machine on all of its states and inputs.

use eoi_intx::{Action, Actions, Input, Intx, Mode, Path};

const PATHS: [Path; 4] = [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess];

fn wired(path: Path) -> bool {
    matches!(path, Path::Resample | Path::BarGuess)
}

/// Every state that some sequence of inputs reaches, with and without a budget, here or after a migration.
fn states(path: Path) -> Vec<Intx> {
    let mut states = vec![Intx::new(path), Intx::new(path).with_budget(2)];
    let mut next = 0;
    while next < states.len() {
        let arrived = states[next].restore(states[next].bits());
        let handled = Input::ALL.map(|input| {
            let mut machine = states[next];
            let _ = machine.handle(input);
            machine
        });
        for machine in handled.into_iter().chain(arrived) {
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
            for input in Input::ALL {
                let mut after = before;
                let actions: Vec<Action> = after.handle(input).collect();
                check(path, before, input, after, actions);
            }
        }
    }
}

fn at(actions: &[Action], wanted: Action) -> Option<usize> {
    actions.iter().position(|&action| action == wanted)
}

#[test]
fn what_is_left_to_do_and_every_state_survive_being_saved() {
    each(|_, before, input, after, _| {
        assert_eq!(before.with_bits(after.bits()), Some(after));
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
}

#[test]
fn any_bits_are_a_state_that_gives_them_back_or_none() {
    for path in PATHS {
        let reached: Vec<u16> = states(path).iter().map(Intx::bits).collect();
        let template = Intx::new(path).with_budget(2);
        for bits in 0..=u16::MAX {
            let Some(machine) = template.with_bits(bits) else {
                assert!(!reached.contains(&bits), "{path:?} reaches {bits:#x}");
                continue;
            };
            assert_eq!(machine.bits(), bits);
            assert!(
                machine
                    .restore(bits)
                    .is_some_and(|there| there.mode() == Mode::Off && !there.held())
            );
        }
    }
    // Both pending and held; a bit that is never set; a line held up with a pin that is edge; more left than there is.
    for bits in [1 | 4 | 8, 1 | 128, 1 | 4 | 32, 1 | 1 << 8] {
        assert_eq!(Intx::new(Path::Eoi).with_bits(bits), None);
    }
    assert_eq!(
        Intx::new(Path::Resample).with_bits(1 | 4),
        None,
        "the hypervisor holds that line"
    );
}

#[test]
fn no_state_that_bits_can_give_is_a_dead_end() {
    for path in PATHS {
        for start in
            (0..=u16::MAX).filter_map(|bits| Intx::new(path).with_budget(2).with_bits(bits))
        {
            // The guest undoes all that it may have done, time passes, and a trigger comes. Then the host is unmasked again.
            let mut machine = start;
            let undo = [
                Input::Disable,
                Input::Enable,
                Input::Tick,
                Input::Unmask,
                Input::Level,
                Input::ClearDisintx,
            ];
            undo.iter()
                .for_each(|&input| machine.handle(input).for_each(drop));
            assert_eq!(machine.mode(), Mode::Intx, "{start:?}");
            let served = [Input::Trigger, Input::Eoi, Input::Access]
                .map(|input| machine.handle(input).collect::<Vec<_>>());
            let unmasks = served.concat().contains(&Action::Unmask);
            assert!(unmasks || path == Path::Resample, "{start:?}: {served:?}");
        }
    }
}

#[test]
fn the_host_is_masked_where_it_is_asked_for_and_nowhere_else() {
    each(|path, before, input, _, actions| {
        let asked = input == Input::RouteMasked && before.mode() == Mode::Intx;
        assert_eq!(
            actions.contains(&Action::Mask),
            asked,
            "{path:?} {before:?} {input:?}"
        );
        assert!(!asked || actions.last() == Some(&Action::Unmask));
    });
}

#[test]
fn what_is_dropped_or_given_to_somebody_else_is_asked_for_again() {
    // Whoever hears the trigger next has not heard what came before: the level has to be signalled once more. An irqfd
    // without resample is signalled what is in the eventfd when it is wired, and nothing was drained there.
    each(|path, before, input, after, actions| {
        let last = actions
            .iter()
            .rposition(|a| matches!(a, Action::Wire | Action::Drain | Action::ResetDevice));
        let new = actions.contains(&Action::EnableIntx) && path != Path::Resample;
        if let (Some(at), Mode::Intx, false) = (last, after.mode(), new) {
            assert!(
                actions[at..].contains(&Action::Unmask),
                "{path:?} {before:?} {input:?}: {actions:?}"
            );
        }
    });
}

#[test]
fn no_stale_trigger_outlives_a_teardown() {
    each(|path, before, input, _, actions| {
        if let Some(at) = at(&actions, Action::DisableIntx) {
            assert!(
                actions[at..].contains(&Action::Drain),
                "{path:?} {before:?} {input:?}: {actions:?}"
            );
        }
    });
}

#[test]
fn the_line_that_is_held_up_is_let_go_with_the_unmask_that_it_owes() {
    each(|path, before, input, after, actions| {
        let lowers = actions.contains(&Action::Deassert) || actions.contains(&Action::Unwire);
        let frees = actions.contains(&Action::Unmask) || actions.contains(&Action::DisableIntx);
        // A machine that was restored and not set up has put no line up yet; a stopped one unmasks when it goes on.
        if before.pending() && !after.pending() && before.mode() != Mode::Off {
            let later = after.held() || after.mode() == Mode::Stopped;
            assert!(lowers && (frees || later), "{path:?} {before:?} {input:?}");
        }
        if after.pending() {
            assert!(!wired(path) && after.mode() != Mode::Msi);
        }
    });
}

#[test]
fn a_sequence_that_raises_the_line_says_who_lowers_it() {
    each(|path, before, input, after, actions| {
        if let Some(up) = at(&actions, Action::Assert) {
            let pulse = actions[up..].contains(&Action::Deassert);
            assert!(
                pulse != after.pending(),
                "{path:?} {before:?} {input:?}: {actions:?}"
            );
        }
    });
}

#[test]
fn a_stopped_guest_is_neither_interrupted_nor_unmasked() {
    each(|path, before, input, after, actions| {
        if before.mode() == Mode::Stopped && after.mode() == Mode::Stopped {
            let asks = actions
                .iter()
                .any(|a| matches!(a, Action::Unmask | Action::Assert | Action::Wire));
            assert!(!asks, "{path:?} {before:?} {input:?}: {actions:?}");
        }
    });
}

#[test]
fn a_new_trigger_eventfd_is_heard_by_whoever_heard_the_old_one() {
    each(|path, before, input, after, actions| {
        let set_up = matches!(before.mode(), Mode::Intx | Mode::Stopped);
        let place = at(&actions, Action::DetachTrigger);
        assert_eq!(
            place.is_some(),
            input == Input::Rebind && set_up,
            "{path:?} {before:?} {input:?}"
        );
        let Some(place) = place else { return };
        let (first, rest) = actions.split_at(place);
        let (first_wanted, rest_wanted) = match (after.mode(), wired(path)) {
            (Mode::Stopped, _) => (&[][..], &[][..]), // going on wires and unmasks
            (_, true) => (&[Action::Unwire][..], &[Action::Wire, Action::Unmask][..]),
            (_, false) => (&[][..], &[Action::Unmask][..]),
        };
        assert_eq!(
            (first, &rest[1..2], &rest[2..]),
            (first_wanted, &[Action::AttachTrigger][..], rest_wanted)
        );
        assert_eq!(
            before.pending(),
            after.pending(),
            "the guest may still be at it"
        );
    });
}

#[test]
fn no_answer_is_longer_than_the_most() {
    each(|_, _, input, _, actions| assert!(actions.len() <= Actions::MOST, "{input:?}"));
    assert_eq!(
        Actions::MOST,
        6,
        "unwire, disable, drain, enable, wire, unmask"
    );
}

#[test]
fn an_input_without_meaning_asks_for_nothing() {
    let mut machine = Intx::new(Path::Eoi);
    for input in [
        Input::Eoi,
        Input::Trigger,
        Input::Route,
        Input::Disable,
        Input::Rearm,
        Input::Resume,
    ] {
        assert_eq!(machine.handle(input), Actions::NONE);
        assert_eq!(machine.mode(), Mode::Off);
    }
    let _ = machine.handle(Input::Enable);
    assert_eq!(
        machine.handle(Input::Eoi),
        Actions::NONE,
        "nothing is pending"
    );
}

#[test]
fn a_new_route_forgets_the_old_pins_mask_whatever_is_set_up() {
    // A pin thought masked that is not would hold the unmask back for ever.
    each(|path, before, input, after, _| {
        if matches!(input, Input::Route | Input::RouteMasked) {
            let mut free = after;
            let _ = free.handle(Input::Unmask);
            assert_eq!(
                free, after,
                "{path:?} {before:?}: it was still thought masked"
            );
            assert!(!after.pending() && !after.held(), "{path:?} {before:?}");
        }
    });
}

#[test]
fn a_reset_resets_the_device_and_keeps_what_is_set_up() {
    each(|path, before, input, after, actions| {
        assert_eq!(
            actions.contains(&Action::ResetDevice),
            input == Input::Reset,
            "{path:?} {before:?} {input:?}"
        );
        assert!(input != Input::Reset || before.mode() == after.mode());
    });
}

#[test]
fn a_line_that_the_hypervisor_drives_is_never_driven_by_the_vmm() {
    each(|path, before, input, _, actions| {
        let drives = actions
            .iter()
            .any(|a| matches!(a, Action::Assert | Action::Deassert));
        assert!(
            !(wired(path) && drives),
            "{path:?} {before:?} {input:?}: {actions:?}"
        );
    });
}
