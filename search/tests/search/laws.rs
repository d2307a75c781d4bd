//! The laws on toys: which break them, by which shortest sequence, and which do not.

use eoi_search::{Facts, Law, Verdicts};

use crate::toy::{
    ASSERT, GIVES_UP, GUEST_STEP, HOST_IRQ, HOST_STEP, SERVICE, SERVICE_NEIGHBOUR, SERVICE_SECOND,
    TAKE, TAKE_SECOND, Toy, VMM_STEP,
};

/// Assert, host interrupt, taken, served: the round that everything here is a variation of.
const GOOD: [(u32, u8, u32); 4] = [
    (0, ASSERT, 1),
    (1, HOST_IRQ, 2),
    (2, TAKE, 3),
    (3, SERVICE, 0),
];

#[test]
fn a_round_that_serves_breaks_no_law_and_says_so_with_occasion() {
    let verdicts = Verdicts::new(&Toy::new(&GOOD).owing(&[1, 2, 3]).graph());
    for law in [Law::Stall, Law::Storm, Law::Livelock] {
        let verdict = verdicts.of(law);
        assert!(verdict.holds() && verdict.sometimes, "{law:?}: {verdict:?}");
    }
    assert!(verdicts.hold());
}

#[test]
fn a_state_that_owes_and_leads_nowhere_is_a_stall_by_the_shortest_path() {
    let mut transitions = GOOD.to_vec();
    transitions.extend([(1, HOST_STEP, 4), (3, GUEST_STEP, 5)]); // two dead ends, at depth 2 and 4
    let stall = Toy::new(&transitions)
        .owing(&[1, 2, 3, 4, 5])
        .verdict(Law::Stall);
    assert_eq!(stall.broken_by, Some(vec![ASSERT, HOST_STEP]));
}

#[test]
fn a_dead_end_that_owes_nothing_is_no_stall() {
    let mut transitions = GOOD.to_vec();
    transitions.push((1, HOST_STEP, 4));
    assert!(
        Toy::new(&transitions)
            .owing(&[1, 2, 3])
            .verdict(Law::Stall)
            .holds()
    );
}

#[test]
fn a_way_out_that_only_the_device_can_open_is_a_stall() {
    let transitions = [
        (0, ASSERT, 1),
        (1, TAKE, 2),
        (2, SERVICE, 0),
        (1, HOST_STEP, 3),
        (3, ASSERT, 1),
    ];
    let stall = Toy::new(&transitions).owing(&[1, 2, 3]).verdict(Law::Stall);
    assert_eq!(
        stall.broken_by,
        Some(vec![ASSERT, HOST_STEP]),
        "state 3 waits for a new assertion"
    );
}

#[test]
fn a_law_that_nothing_tests_says_that_it_is_vacuous() {
    let verdicts = Verdicts::new(&Toy::new(&[(0, HOST_STEP, 1), (1, VMM_STEP, 0)]).graph());
    assert_eq!(
        verdicts
            .iter()
            .map(|verdict| verdict.law)
            .collect::<Vec<Law>>(),
        Law::ALL
    );
    for law in Law::ALL {
        let verdict = verdicts.of(law);
        assert!(
            verdict.law == law && verdict.holds() && !verdict.sometimes,
            "{law:?}: {verdict:?}"
        );
    }
}

#[test]
fn a_cycle_of_the_host_alone_with_an_interrupt_in_it_is_a_storm() {
    let transitions = [
        (0, ASSERT, 1),
        (1, HOST_IRQ, 2),
        (2, HOST_STEP, 1),
        (2, SERVICE, 0),
    ];
    let storm = Toy::new(&transitions).owing(&[1, 2]).verdict(Law::Storm);
    assert_eq!(storm.broken_by, Some(vec![ASSERT, HOST_IRQ, HOST_STEP]));
    assert_eq!(
        storm.cycle, 2,
        "the first assertion is not part of the cycle"
    );
}

#[test]
fn a_cycle_of_the_host_without_an_interrupt_or_with_somebody_else_is_no_storm() {
    let idle = [(0, HOST_STEP, 1), (1, HOST_STEP, 0), (0, HOST_IRQ, 2)];
    assert!(Toy::new(&idle).verdict(Law::Storm).holds());
    let with_vmm = [(0, HOST_IRQ, 1), (1, VMM_STEP, 0)];
    assert!(Toy::new(&with_vmm).verdict(Law::Storm).holds());
}

#[test]
fn a_cpu_that_goes_round_while_another_is_kept_from_finishing_is_no_storm() {
    // Another CPU's handler could go on in both states and would end it.
    let unfair = [
        (0, HOST_IRQ, 1),
        (1, HOST_IRQ, 0),
        (0, HOST_STEP, 2),
        (1, HOST_STEP, 2),
    ];
    assert!(Toy::new(&unfair).verdict(Law::Storm).holds());
    let fair = [(0, HOST_IRQ, 1), (1, HOST_IRQ, 0), (0, HOST_STEP, 2)];
    assert!(!Toy::new(&fair).verdict(Law::Storm).holds());
}

#[test]
fn a_guest_that_takes_interrupts_for_ever_is_a_livelock_if_nobody_is_kept_from_acting() {
    let fair = [
        (0, TAKE, 1),
        (1, GUEST_STEP, 0),
        (0, ASSERT, 2),
        (2, SERVICE, 0),
    ];
    let livelock = Toy::new(&fair).verdict(Law::Livelock);
    assert_eq!(livelock.broken_by, Some(vec![TAKE, GUEST_STEP]));
    assert_eq!(livelock.cycle, 2);
}

#[test]
fn a_guest_that_only_goes_round_while_the_vmm_is_kept_from_acting_is_no_livelock() {
    // The VMM can act in both states of the cycle and would end it: going round for ever is unfair to it.
    let unfair = [
        (0, TAKE, 1),
        (1, GUEST_STEP, 0),
        (0, VMM_STEP, 2),
        (1, VMM_STEP, 2),
        (2, GUEST_STEP, 2),
    ];
    assert!(Toy::new(&unfair).verdict(Law::Livelock).holds());
    // Able in one of the two states only, it is not owed its turn by anybody.
    let fair = [
        (0, TAKE, 1),
        (1, GUEST_STEP, 0),
        (0, VMM_STEP, 2),
        (2, GUEST_STEP, 2),
    ];
    assert!(!Toy::new(&fair).verdict(Law::Livelock).holds());
}

#[test]
fn a_cycle_that_serves_is_no_livelock() {
    let serves = [(0, TAKE, 1), (1, SERVICE, 0)];
    assert!(Toy::new(&serves).owing(&[0]).verdict(Law::Livelock).holds());
}

#[test]
fn a_line_that_can_be_given_up_breaks_unhandled() {
    let transitions = [
        (0, ASSERT, 1),
        (1, HOST_IRQ, 2),
        (2, GIVES_UP, 3),
        (2, SERVICE, 0),
    ];
    let unhandled = Toy::new(&transitions).verdict(Law::Unhandled);
    assert_eq!(unhandled.broken_by, Some(vec![ASSERT, HOST_IRQ, GIVES_UP]));
    let handled = Toy::new(&GOOD);
    assert!(
        !handled.verdict(Law::Unhandled).sometimes,
        "every interrupt was handled"
    );
    assert!(
        handled
            .with(&[2], Facts::TESTS_UNHANDLED)
            .verdict(Law::Unhandled)
            .sometimes
    );
}

#[test]
fn facts_of_states_break_imbalance_and_leak_where_they_are_first_seen() {
    let toy = Toy::new(&GOOD)
        .with(&[2, 3], Facts::BREAKS_IMBALANCE)
        .with(&[2], Facts::BREAKS_LEAK)
        .with(&[3], Facts::TESTS_IMBALANCE);
    let imbalance = toy.verdict(Law::Imbalance);
    assert_eq!(
        (imbalance.broken_by, imbalance.sometimes),
        (Some(vec![ASSERT, HOST_IRQ]), true)
    );
    let leak = toy.verdict(Law::Leak);
    assert_eq!(
        (leak.broken_by, leak.sometimes),
        (Some(vec![ASSERT, HOST_IRQ]), false)
    );
    assert!(!Verdicts::new(&toy.graph()).hold());
}

#[test]
fn a_client_that_is_served_does_not_stand_for_the_other() {
    // Client 0 is served again and again, client 1 is owed a service from state 2 on and never gets it.
    let transitions = [
        (0, TAKE, 1),
        (1, SERVICE, 0),
        (1, TAKE_SECOND, 2),
        (2, TAKE, 3),
        (3, SERVICE, 2),
    ];
    let toy = Toy::new(&transitions)
        .owing(&[1, 3])
        .with(&[2, 3], Facts::owes(1));
    assert_eq!(
        toy.verdict(Law::Stall).broken_by,
        Some(vec![TAKE, TAKE_SECOND])
    );
    let mut mended = toy;
    mended.steps.insert((2, SERVICE_SECOND), (0, [0; 2]));
    assert!(mended.verdict(Law::Stall).holds());
}

#[test]
fn an_interrupt_taken_from_outside_the_cycle_is_no_part_of_it() {
    // The only guest interrupt leads into the cycle and is not on it.
    let toy = Toy::new(&[(0, TAKE, 1), (1, GUEST_STEP, 2), (2, GUEST_STEP, 1)]);
    assert!(toy.verdict(Law::Livelock).holds());
}

/// A host interrupt, the VMM, and again, while the guest could serve.
const ROUND: [(u32, u8, u32); 4] = [
    (0, ASSERT, 1),
    (1, HOST_IRQ, 2),
    (2, VMM_STEP, 1),
    (2, SERVICE, 0),
];

#[test]
fn host_interrupts_without_end_while_a_service_is_owed_are_unbounded() {
    let toy = Toy::new(&ROUND).owing(&[1, 2]);
    let unbounded = toy.verdict(Law::Unbounded);
    assert_eq!(
        unbounded.broken_by,
        Some(vec![ASSERT, HOST_IRQ, VMM_STEP]),
        "a slow guest is no excuse"
    );
    assert_eq!((unbounded.cycle, unbounded.sometimes), (2, true));
    assert!(toy.verdict(Law::Storm).holds(), "the VMM takes part");
}

#[test]
fn host_interrupts_that_somebody_bounds_are_not_unbounded() {
    // Nobody is owed a service in one state of the round, or in all of them.
    for owing in [&[1][..], &[]] {
        let unbounded = Toy::new(&ROUND).owing(owing).verdict(Law::Unbounded);
        assert!(unbounded.holds(), "{owing:?}");
        assert_eq!(unbounded.sometimes, !owing.is_empty());
    }
    // Each state owes somebody something, and not always the same client.
    let in_turn = Toy::new(&ROUND).owing(&[1]).with(&[2], Facts::owes(1));
    assert!(in_turn.verdict(Law::Unbounded).holds());
    // The guest sets the pace, or is served on the way.
    for paced in [GUEST_STEP, SERVICE] {
        let round = [(0, ASSERT, 1), (1, HOST_IRQ, 2), (2, paced, 1)];
        let toy = Toy::new(&round).owing(&[1, 2]);
        assert!(toy.verdict(Law::Unbounded).holds(), "{paced}");
    }
    // The VMM is kept from acting, and would end it.
    let unfair = [
        (0, HOST_IRQ, 1),
        (1, HOST_STEP, 0),
        (0, VMM_STEP, 2),
        (1, VMM_STEP, 2),
    ];
    let toy = Toy::new(&unfair).owing(&[0, 1, 2]);
    assert!(toy.verdict(Law::Unbounded).holds());
    assert!(!toy.verdict(Law::Storm).holds(), "the host alone goes on");
}

#[test]
fn a_neighbour_on_a_dead_line_starves_and_the_client_does_not_stand_for_it() {
    // State 2 serves the client for ever, and the neighbour never again.
    let transitions = [
        (0, ASSERT, 1),
        (1, SERVICE_NEIGHBOUR, 0),
        (1, HOST_STEP, 2),
        (2, TAKE, 3),
        (3, SERVICE, 2),
    ];
    let toy = Toy::new(&transitions)
        .owing(&[3])
        .with(&[1, 2, 3], Facts::OWES_NEIGHBOUR);
    let neighbour = toy.verdict(Law::Neighbour);
    assert_eq!(neighbour.broken_by, Some(vec![ASSERT, HOST_STEP]));
    assert!(neighbour.sometimes && toy.verdict(Law::Stall).holds());
    let mut mended = toy;
    mended.steps.insert((3, SERVICE_NEIGHBOUR), (0, [0; 2]));
    assert!(mended.verdict(Law::Neighbour).holds());
    mended.steps.insert((2, HOST_STEP), (4, [0; 2]));
    assert!(mended.verdict(Law::Neighbour).holds(), "4 owes nothing");
}

#[test]
fn guest_interrupts_for_ever_are_spurious_where_nothing_is_owed() {
    let round = [(0, TAKE, 1), (1, GUEST_STEP, 0)];
    let spurious = Toy::new(&round).verdict(Law::Spurious);
    assert_eq!(spurious.broken_by, Some(vec![TAKE, GUEST_STEP]));
    assert_eq!((spurious.cycle, spurious.sometimes), (2, true));
    let owed = Toy::new(&round).owing(&[0, 1]);
    let spurious = owed.verdict(Law::Spurious);
    assert!(spurious.holds() && !spurious.sometimes);
    assert!(!owed.verdict(Law::Livelock).holds());
    // One extra interrupt is a cost, and so are those that come while a VMM is slow to end the round.
    let once = Toy::new(&[(0, TAKE, 1), (1, GUEST_STEP, 2)]);
    let once = once.verdict(Law::Spurious);
    assert!(once.holds() && once.sometimes);
    let slow = Toy::new(&[
        (0, TAKE, 1),
        (1, GUEST_STEP, 0),
        (0, VMM_STEP, 2),
        (1, VMM_STEP, 2),
    ]);
    assert!(slow.verdict(Law::Spurious).holds());
    // Whatever client 1 is owed, the interrupt is client 0's.
    let other = Toy::new(&round).with(&[0, 1], Facts::owes(1));
    assert!(!other.verdict(Law::Spurious).holds());
}

#[test]
fn every_law_has_the_name_and_the_verdict_of_its_own() {
    let verdicts = Verdicts::new(&Toy::new(&GOOD).graph());
    for (place, law) in Law::ALL.into_iter().enumerate() {
        assert_eq!(law.name(), format!("{law:?}").to_lowercase());
        assert_eq!((law as usize, verdicts.of(law).law), (place, law));
    }
}
