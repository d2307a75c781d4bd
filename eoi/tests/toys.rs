//! The search on toy graphs with known answers, those it must reject included.

use eoi::explore::graph::{Class, Edge, Flags, Graph, Parent};
use eoi::explore::ratio::{Cycles, Ratio};
use eoi::explore::verdict::verdict;
use eoi_model::cost::{Cost, Metric};
use eoi_model::laws::Law;

const HOST: u8 = 0;
const VMM: u8 = 1;
const GUEST: u8 = 2;
const DEVICE: u8 = 3;

/// Labels of the toys.
const ASSERT: u8 = 0;
const HOST_IRQ: u8 = 1;
const HOST_STEP: u8 = 2;
const VMM_STEP: u8 = 3;
const TAKE: u8 = 4;
const SERVICE: u8 = 5;
const GUEST_STEP: u8 = 6;
const NOBODY_CARED: u8 = 7;

fn classes() -> Vec<Class> {
    let system = |participant| Class { participant, system: true, costs: true, ..Class::default() };
    vec![
        Class { participant: DEVICE, costs: true, ..Class::default() },
        Class { host: true, host_irq: true, ..system(HOST) },
        Class { host: true, ..system(Class::HANDLER) },
        system(VMM),
        Class { guest_irq: true, ..system(GUEST) },
        Class { service: true, ..system(GUEST) },
        system(GUEST),
        Class { host: true, nobody_cared: true, ..system(HOST) },
    ]
}

/// A graph from its transitions `(from, label, to)`, which are in breadth-first order, and the states that owe.
fn toy(transitions: &[(u32, u8, u32)], owing: &[u32]) -> Graph {
    let costing: Vec<_> = transitions.iter().map(|&(from, label, to)| (from, label, to, 0)).collect();
    toy_with_costs(&costing, owing)
}

fn toy_with_costs(transitions: &[(u32, u8, u32, u8)], owing: &[u32]) -> Graph {
    let states = transitions.iter().map(|&(from, _, to, _)| from.max(to)).max().unwrap_or(0) + 1;
    let mut graph = Graph { classes: classes(), ..Graph::default() };
    graph.parents = (0..states).map(|state| Parent { from: state, label: 0 }).collect();
    for state in 0..states {
        graph.flags.push(Flags(if owing.contains(&state) { Flags::OWES } else { 0 }));
        graph.offsets.push(graph.edges.len() as u32);
        for &(_, label, to, cost) in transitions.iter().filter(|(from, ..)| *from == state) {
            if to > state && graph.parents[to as usize].from == to {
                graph.parents[to as usize] = Parent { from: state, label };
            }
            graph.edges.push(Edge { to, label, cost: Cost::of(Metric::HostIrqs, cost) });
        }
    }
    graph.offsets.push(graph.edges.len() as u32);
    graph
}

/// Assert, host interrupt, taken, served: the round that everything here is a variation of.
const GOOD: [(u32, u8, u32); 4] = [(0, ASSERT, 1), (1, HOST_IRQ, 2), (2, TAKE, 3), (3, SERVICE, 0)];

#[test]
fn a_round_that_serves_breaks_no_law_and_says_so_with_occasion() {
    let graph = toy(&GOOD, &[1, 2, 3]);
    for law in [Law::Stall, Law::Storm, Law::Livelock] {
        let verdict = verdict(&graph, law);
        assert!(verdict.holds() && verdict.sometimes, "{law:?}: {verdict:?}");
    }
}

#[test]
fn a_state_that_owes_and_leads_nowhere_is_a_stall_by_the_shortest_path() {
    let mut transitions = GOOD.to_vec();
    transitions.extend([(1, HOST_STEP, 4), (3, GUEST_STEP, 5)]); // two dead ends, at depth 2 and 4
    let stall = verdict(&toy(&transitions, &[1, 2, 3, 4, 5]), Law::Stall);
    assert_eq!(stall.broken_by, Some(vec![ASSERT, HOST_STEP]));
}

#[test]
fn a_dead_end_that_owes_nothing_is_no_stall() {
    let mut transitions = GOOD.to_vec();
    transitions.push((1, HOST_STEP, 4));
    assert!(verdict(&toy(&transitions, &[1, 2, 3]), Law::Stall).holds());
}

#[test]
fn a_way_out_that_only_the_device_can_open_is_a_stall() {
    let transitions = [(0, ASSERT, 1), (1, TAKE, 2), (2, SERVICE, 0), (1, HOST_STEP, 3), (3, ASSERT, 1)];
    let stall = verdict(&toy(&transitions, &[1, 2, 3]), Law::Stall);
    assert_eq!(stall.broken_by, Some(vec![ASSERT, HOST_STEP]), "state 3 waits for a new assertion");
}

#[test]
fn a_law_that_nothing_tests_says_that_it_is_vacuous() {
    let graph = toy(&[(0, HOST_STEP, 1), (1, VMM_STEP, 0)], &[]);
    for law in Law::ALL {
        let verdict = verdict(&graph, law);
        assert!(verdict.holds() && !verdict.sometimes, "{law:?}: {verdict:?}");
    }
}

#[test]
fn a_cycle_of_the_host_alone_with_an_interrupt_in_it_is_a_storm() {
    let transitions = [(0, ASSERT, 1), (1, HOST_IRQ, 2), (2, HOST_STEP, 1), (2, SERVICE, 0)];
    let storm = verdict(&toy(&transitions, &[1, 2]), Law::Storm);
    assert_eq!(storm.broken_by, Some(vec![ASSERT, HOST_IRQ, HOST_STEP]));
    assert_eq!(storm.cycle, 2, "the first assertion is not part of the cycle");
}

#[test]
fn a_cycle_of_the_host_without_an_interrupt_or_with_somebody_else_is_no_storm() {
    let idle = [(0, HOST_STEP, 1), (1, HOST_STEP, 0), (0, HOST_IRQ, 2)];
    assert!(verdict(&toy(&idle, &[]), Law::Storm).holds());
    let with_vmm = [(0, HOST_IRQ, 1), (1, VMM_STEP, 0)];
    assert!(verdict(&toy(&with_vmm, &[]), Law::Storm).holds());
}

#[test]
fn a_cpu_that_goes_round_while_another_is_kept_from_finishing_is_no_storm() {
    // Another CPU's handler could go on in both states and would end it.
    let unfair = [(0, HOST_IRQ, 1), (1, HOST_IRQ, 0), (0, HOST_STEP, 2), (1, HOST_STEP, 2)];
    assert!(verdict(&toy(&unfair, &[]), Law::Storm).holds());
    let fair = [(0, HOST_IRQ, 1), (1, HOST_IRQ, 0), (0, HOST_STEP, 2)];
    assert!(!verdict(&toy(&fair, &[]), Law::Storm).holds());
}

#[test]
fn a_guest_that_takes_interrupts_for_ever_is_a_livelock_if_nobody_is_kept_from_acting() {
    let fair = [(0, TAKE, 1), (1, GUEST_STEP, 0), (0, ASSERT, 2), (2, SERVICE, 0)];
    let livelock = verdict(&toy(&fair, &[]), Law::Livelock);
    assert_eq!(livelock.broken_by, Some(vec![TAKE, GUEST_STEP]));
    assert_eq!(livelock.cycle, 2);
}

#[test]
fn a_guest_that_only_goes_round_while_the_vmm_is_kept_from_acting_is_no_livelock() {
    // The VMM can act in both states of the cycle and would end it: going round for ever is unfair to it.
    let unfair = [(0, TAKE, 1), (1, GUEST_STEP, 0), (0, VMM_STEP, 2), (1, VMM_STEP, 2), (2, GUEST_STEP, 2)];
    assert!(verdict(&toy(&unfair, &[]), Law::Livelock).holds());
    // Able in one of the two states only, it is not owed its turn by anybody.
    let fair = [(0, TAKE, 1), (1, GUEST_STEP, 0), (0, VMM_STEP, 2), (2, GUEST_STEP, 2)];
    assert!(!verdict(&toy(&fair, &[]), Law::Livelock).holds());
}

#[test]
fn a_cycle_that_serves_is_no_livelock() {
    let serves = [(0, TAKE, 1), (1, SERVICE, 0)];
    assert!(verdict(&toy(&serves, &[0]), Law::Livelock).holds());
}

#[test]
fn a_line_that_can_be_given_up_breaks_unhandled() {
    let transitions = [(0, ASSERT, 1), (1, HOST_IRQ, 2), (2, NOBODY_CARED, 3), (2, SERVICE, 0)];
    let unhandled = verdict(&toy(&transitions, &[]), Law::Unhandled);
    assert_eq!(unhandled.broken_by, Some(vec![ASSERT, HOST_IRQ, NOBODY_CARED]));
    let mut graph = toy(&GOOD, &[]);
    assert!(!verdict(&graph, Law::Unhandled).sometimes, "every interrupt was handled");
    graph.flags[2] = Flags(Flags::TESTS_UNHANDLED);
    assert!(verdict(&graph, Law::Unhandled).sometimes);
}

#[test]
fn flags_of_states_break_imbalance_and_leak_where_they_are_first_seen() {
    let mut graph = toy(&GOOD, &[]);
    graph.flags[2] = Flags(Flags::IMBALANCED | Flags::LEAKS);
    graph.flags[3] = Flags(Flags::IMBALANCED | Flags::TESTS_BALANCE);
    let imbalance = verdict(&graph, Law::Imbalance);
    assert_eq!((imbalance.broken_by, imbalance.sometimes), (Some(vec![ASSERT, HOST_IRQ]), true));
    let leak = verdict(&graph, Law::Leak);
    assert_eq!((leak.broken_by, leak.sometimes), (Some(vec![ASSERT, HOST_IRQ]), false));
}

#[test]
fn the_best_and_the_worst_cost_are_those_of_the_cheapest_and_dearest_cycle() {
    // Two rounds through state 0: one interrupt for one service; five interrupts for two services.
    let transitions = [
        (0, HOST_IRQ, 1, 1),
        (0, HOST_STEP, 2, 2),
        (1, SERVICE, 0, 0),
        (2, SERVICE, 3, 0),
        (3, HOST_IRQ, 4, 3),
        (4, SERVICE, 0, 0),
    ];
    let cycles = Cycles::new(&toy_with_costs(&transitions, &[])).expect("there are services on cycles");
    let bounds = cycles.bounds(Metric::HostIrqs);
    assert_eq!(bounds.best, Ratio { cost: 1, served: 1 });
    assert_eq!(bounds.worst, Some(Ratio { cost: 5, served: 2 }), "the mean over the cycle, not the dearest service");
    let other = cycles.bounds(Metric::ChipReads);
    assert_eq!((other.best, other.worst), (Ratio { cost: 0, served: 1 }, Some(Ratio { cost: 0, served: 1 })));
}

#[test]
fn a_cost_on_a_cycle_that_never_serves_has_no_bound() {
    let transitions = [(0, HOST_IRQ, 1, 1), (1, SERVICE, 0, 0), (1, HOST_STEP, 1, 1)];
    let cycles = Cycles::new(&toy_with_costs(&transitions, &[])).expect("there are services on cycles");
    let bounds = cycles.bounds(Metric::HostIrqs);
    assert_eq!((bounds.best, bounds.worst), (Ratio { cost: 1, served: 1 }, None));
}

#[test]
fn what_is_paid_on_the_way_to_a_cycle_does_not_count() {
    let transitions = [(0, HOST_IRQ, 1, 7), (1, HOST_IRQ, 2, 2), (2, SERVICE, 1, 0)];
    let cycles = Cycles::new(&toy_with_costs(&transitions, &[])).expect("there are services on cycles");
    let bounds = cycles.bounds(Metric::HostIrqs);
    assert_eq!((bounds.best, bounds.worst), (Ratio { cost: 2, served: 1 }, Some(Ratio { cost: 2, served: 1 })));
}

#[test]
fn without_a_cycle_that_serves_there_is_no_cost() {
    assert!(Cycles::new(&toy(&[(0, HOST_IRQ, 1), (1, SERVICE, 2)], &[])).is_none());
}
