//! The run in which nobody races, on toys.

use eoi_search::{Ratio, Typical, typical};

use crate::toy::{ASSERT, GUEST_STEP, HOST_IRQ, HOST_STEP, SERVICE, TAKE, Toy, VMM_STEP};

#[test]
fn the_lowest_turn_that_can_happen_does() {
    // In state 2 the host's handler goes before the VMM, the VMM before the guest; the dear steps are races.
    let transitions = [
        (0, ASSERT, 1, [0, 0]),
        (1, HOST_IRQ, 2, [1, 0]),
        (2, HOST_STEP, 3, [0, 2]),
        (2, VMM_STEP, 3, [9, 9]),
        (2, TAKE, 3, [9, 9]),
        (3, SERVICE, 0, [0, 1]),
        (3, ASSERT, 3, [9, 9]),
    ];
    let typical = typical(&Toy::with_costs(&transitions))
        .round
        .expect("it serves");
    assert_eq!(typical, [Ratio::new(1, 1), Ratio::new(3, 1)]);
}

#[test]
fn the_way_to_the_round_does_not_count_and_a_round_may_serve_twice() {
    let transitions = [
        (0, VMM_STEP, 1, [5, 0]),
        (1, HOST_IRQ, 2, [3, 0]),
        (2, SERVICE, 3, [0, 0]),
        (3, SERVICE, 1, [0, 1]),
    ];
    let typical = typical(&Toy::with_costs(&transitions))
        .round
        .expect("it serves");
    assert_eq!(typical, [Ratio::new(3, 2), Ratio::new(1, 2)]);
}

#[test]
fn an_event_without_a_turn_is_left_out() {
    let mut toy = Toy::with_costs(&[
        (0, HOST_IRQ, 1, [8, 0]),
        (0, TAKE, 1, [1, 0]),
        (1, SERVICE, 0, [0, 0]),
    ]);
    assert_eq!(typical(&toy).round.expect("it serves")[0], Ratio::new(8, 1));
    toy.classes[usize::from(HOST_IRQ)].turn = None;
    assert_eq!(typical(&toy).round.expect("it serves")[0], Ratio::new(1, 1));
}

#[test]
fn a_run_that_ends_or_serves_nothing_has_no_typical_cost() {
    let stops = Typical {
        round: None,
        ends_after: Some(1),
    };
    assert_eq!(
        typical(&Toy::new(&[(0, TAKE, 1), (1, SERVICE, 2)])),
        stops,
        "nothing can happen in state 2"
    );
    let idles = Typical {
        round: None,
        ends_after: Some(0),
    };
    assert_eq!(
        typical(&Toy::new(&[(0, TAKE, 1), (1, GUEST_STEP, 0)])),
        idles,
        "the round serves nothing"
    );
}
