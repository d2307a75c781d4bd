//! Best and worst costs of a service on toys.

use eoi_search::{Bounds, Cycles, Ratio};

use crate::toy::{ASSERT, HOST_IRQ, HOST_STEP, SERVICE, Toy, Transition, VMM_STEP};

fn bounds(transitions: &[Transition], metric: usize) -> Bounds {
    let graph = Toy::with_costs(transitions).graph();
    Cycles::new(&graph)
        .expect("there are services on cycles")
        .bounds(metric)
}

const fn ratio(cost: u64, served: u64) -> Ratio {
    Ratio { cost, served }
}

#[test]
fn the_best_and_the_worst_cost_are_those_of_the_cheapest_and_dearest_cycle() {
    // Two rounds through state 0: one interrupt for one service; five interrupts for two services.
    let transitions = [
        (0, HOST_IRQ, 1, [1, 0]),
        (0, HOST_STEP, 2, [2, 0]),
        (1, SERVICE, 0, [0, 0]),
        (2, SERVICE, 3, [0, 0]),
        (3, HOST_IRQ, 4, [3, 0]),
        (4, SERVICE, 0, [0, 0]),
    ];
    let Bounds { best, worst } = bounds(&transitions, 0);
    assert_eq!(best, ratio(1, 1));
    assert_eq!(
        worst,
        Some(ratio(5, 2)),
        "the mean over the cycle, not the dearest service"
    );
    assert_eq!(
        bounds(&transitions, 1),
        Bounds {
            best: ratio(0, 1),
            worst: Some(ratio(0, 1))
        }
    );
}

#[test]
fn each_metric_has_a_cycle_of_its_own() {
    let transitions = [
        (0, HOST_IRQ, 1, [1, 7]),
        (0, VMM_STEP, 1, [4, 2]),
        (1, SERVICE, 0, [1, 0]),
    ];
    assert_eq!(
        bounds(&transitions, 0),
        Bounds {
            best: ratio(2, 1),
            worst: Some(ratio(5, 1))
        }
    );
    assert_eq!(
        bounds(&transitions, 1),
        Bounds {
            best: ratio(2, 1),
            worst: Some(ratio(7, 1))
        }
    );
}

#[test]
fn a_cost_on_a_cycle_that_never_serves_has_no_bound() {
    let transitions = [
        (0, HOST_IRQ, 1, [1, 1]),
        (1, SERVICE, 0, [0, 0]),
        (1, HOST_STEP, 1, [1, 0]),
    ];
    assert_eq!(
        bounds(&transitions, 0),
        Bounds {
            best: ratio(1, 1),
            worst: None
        }
    );
    assert_eq!(
        bounds(&transitions, 1).worst,
        Some(ratio(1, 1)),
        "what the idle cycle does not cost stays bounded"
    );
}

#[test]
fn a_cost_on_the_way_to_a_cycle_does_not_count() {
    let transitions = [
        (0, HOST_IRQ, 1, [7, 0]),
        (1, HOST_IRQ, 2, [2, 0]),
        (2, SERVICE, 1, [0, 0]),
    ];
    assert_eq!(
        bounds(&transitions, 0),
        Bounds {
            best: ratio(2, 1),
            worst: Some(ratio(2, 1))
        }
    );
}

#[test]
fn an_event_that_does_not_count_closes_no_cycle() {
    let mut toy = Toy::with_costs(&[
        (0, HOST_IRQ, 1, [1, 0]),
        (1, SERVICE, 0, [0, 0]),
        (1, ASSERT, 2, [0, 0]),
        (2, HOST_IRQ, 1, [9, 0]),
    ]);
    let worst = |toy: &Toy| {
        Cycles::new(&toy.graph())
            .expect("there are services on cycles")
            .bounds(0)
            .worst
    };
    assert_eq!(
        worst(&toy),
        None,
        "an assertion and an interrupt, again and again"
    );
    toy.classes[usize::from(ASSERT)].counts = false;
    assert_eq!(worst(&toy), Some(ratio(1, 1)));
}

#[test]
fn without_a_cycle_that_serves_there_is_no_cost() {
    assert!(Cycles::new(&Toy::new(&[(0, HOST_IRQ, 1), (1, SERVICE, 2)]).graph()).is_none());
}

#[test]
fn a_cost_of_many_thousands_is_exact() {
    // A way through 200 states, and a service back from each of the last two.
    let way = (0..199).map(|state| (state, HOST_IRQ, state + 1, [255, 1]));
    let back = [(198, SERVICE, 0, [0, 0]), (199, SERVICE, 0, [7, 0])];
    let transitions: Vec<Transition> = way.chain(back).collect();
    for (metric, least, greatest) in [(0, 198 * 255, 199 * 255 + 7), (1, 198, 199)] {
        assert_eq!(
            bounds(&transitions, metric),
            Bounds {
                best: ratio(least, 1),
                worst: Some(ratio(greatest, 1))
            }
        );
    }
}

#[test]
fn a_ratio_is_in_lowest_terms() {
    assert_eq!(Ratio::new(6, 4), ratio(3, 2));
    assert_eq!(Ratio::new(0, 7), ratio(0, 1));
}
