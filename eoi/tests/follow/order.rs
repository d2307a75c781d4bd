//! Recordings with gaps, of two CPUs, and among others: which orders the entries may have happened in.

use eoi_model::device::Device;

use super::{
    LAZY, XICS_LAZY, XIVE_LAZY, XIVES, all, departure, examine, explained, lines, product,
    stretches,
};

#[test]
fn after_lost_events_everything_is_possible() {
    // Lines 12-19 are lost: what is left of the mask (20, 21) is the rest of a step whose beginning nobody saw.
    for marker in ["CPU:0 [LOST 8 EVENTS]\n", "[...]\n"] {
        let lost = lines(XIVE_LAZY, 1..=11) + marker + &lines(XIVE_LAZY, 20..=41);
        let verdict = examine(&lost, &["xive-q"], &LAZY, &[]).unwrap();
        assert!(verdict.follows(), "{:?}", verdict.departs);
        // Among what is lost may be a teardown and a set-up, so that the first stretch is not proven. The EOI of line 40,
        // here 33, comes after a set-up that everybody saw.
        assert_eq!(stretches(&verdict), [(33, Some(34))]);
    }
    // Without the marker line 20 has nothing to follow from.
    let cut = lines(XIVE_LAZY, 1..=11) + &lines(XIVE_LAZY, 20..=41);
    let verdict = examine(&cut, &["xive-q"], &LAZY, &[]).unwrap();
    assert_eq!(departure(&verdict).0, 12);
}

/// Two CPUs: while CPU 0 is in the handler, the program on CPU 1 was woken, and unmasks before CPU 0's EOI.
pub const EARLY_UNMASK: &str = "\
   vmm-7   [001] d....  1.000001: irq_startup <-__setup_irq
   vmm-7   [001] d....  1.000002: xive_irq_startup <-__irq_startup
   vmm-7   [001] d....  1.000003: check_irq_resend <-irq_startup
   idle-0  [000] d.h..  2.000001: handle_fasteoi_irq <-handle_irq_desc
   idle-0  [000] d.h..  2.000002: irq_handler_entry: irq=44 name=vfio-intx(0000:01:00.0)
   idle-0  [000] d.h..  2.000003: vfio_intx_handler <-__handle_irq_event_percpu
   idle-0  [000] d.h..  2.000004: disable_irq_nosync <-vfio_intx_handler
   idle-0  [000] d.h..  2.000005: irq_disable <-__disable_irq_nosync
   idle-0  [000] d.h..  2.000006: eventfd_signal_mask <-vfio_intx_handler
   vmm-7   [001] .....  2.000007: vfio_pci_intx_unmask_handler <-vfio_pci_set_intx_unmask
   idle-0  [000] d.h..  2.000008: irq_handler_exit: irq=44 ret=handled
   vmm-7   [001] d....  2.000009: enable_irq <-vfio_pci_intx_unmask_handler
   vmm-7   [001] d....  2.000010: __enable_irq <-enable_irq
   vmm-7   [001] d....  2.000011: irq_startup <-__enable_irq
   vmm-7   [001] d....  2.000012: irq_enable <-irq_startup
   vmm-7   [001] d....  2.000013: check_irq_resend <-irq_startup
   idle-0  [000] d.h..  2.000014: xive_irq_eoi <-handle_fasteoi_irq
";

#[test]
fn two_cpus_may_interleave() {
    // xive_irq_eoi finds the interrupt enabled and does EOI the source: not dead, although the kernel is lazy.
    let verdict = examine(
        EARLY_UNMASK,
        &["xive"],
        &["linux-6.12.57"],
        &[Device::NoDisintx],
    )
    .unwrap();
    assert!(verdict.follows(), "{:?}", verdict.departs);
    assert_eq!(stretches(&verdict), []);
    // The other order, EOI before enable_irq: disabled, so skipped.
    let mut late: Vec<&str> = EARLY_UNMASK.lines().collect();
    let eoi = late.pop().expect("the last line");
    late.insert(11, eoi);
    let late = late.join("\n") + "\n";
    // enable_irq is printed before it takes desc->lock, so that its effect may come after line 12 only.
    let verdict = examine(&late, &["xive"], &["linux-6.12.57"], &[Device::NoDisintx]).unwrap();
    assert!(verdict.follows(), "{:?}", verdict.departs);
    assert_eq!(stretches(&verdict).last(), Some(&(12, None)));
}

#[test]
fn an_entry_that_waits_for_the_lock_takes_effect_later() {
    // CPU 0 has entered the flow handler of a XICS and spins on desc->lock while CPU 1 enables the line: the action
    // runs, although the line was disabled when handle_fasteoi_irq was printed.
    let head =
        lines(XICS_LAZY, 1..=14).replace("vintx-192     [000] .....", "vintx-192     [001] .....");
    let enable = lines(XICS_LAZY, 15..=20).replace("[000]", "[001]");
    let (locked, under) = (lines(&enable, 1..=1), lines(&enable, 2..=6));
    let rest = lines(XICS_LAZY, 21..=28);
    let spins = format!("{head}{locked}{under}{rest}");
    assert!(examine(&spins, &["xics"], &LAZY, &[]).unwrap().follows());
    let (enter, run) = (lines(&rest, 1..=1), lines(&rest, 2..=8));
    // The controller presents once unmasked (line 5 of `enable`): from there on CPU 0 may enter and wait.
    let spins = format!(
        "{head}{locked}{}{enter}{}{run}",
        lines(&under, 1..=4),
        lines(&under, 5..=5)
    );
    assert!(examine(&spins, &["xics"], &LAZY, &[]).unwrap().follows());
}

#[test]
fn other_interrupts_are_set_aside() {
    let other = "\
           <idle>-0       [000] d.h..     6.000001: handle_fasteoi_irq <-handle_irq_desc
           <idle>-0       [000] d.h..     6.000002: irq_handler_entry: irq=17 name=eth0
           <idle>-0       [000] d.h..     6.000003: eventfd_signal_mask <-irqfd_wakeup
           <idle>-0       [000] d.h..     6.000004: irq_handler_exit: irq=17 ret=handled
           <idle>-0       [000] d.h..     6.000005: xive_irq_eoi <-handle_fasteoi_irq
             kvm-9        [000] d....     6.000006: disable_irq_nosync <-e1000_netpoll
             kvm-9        [000] d....     6.000007: irq_disable <-__disable_irq_nosync
             kvm-9        [000] d....     6.000008: sched_switch: prev_comm=kvm prev_pid=9
";
    let mixed = lines(XIVE_LAZY, 1..=3) + other + &lines(XIVE_LAZY, 4..=41);
    let verdict = all(&mixed);
    assert_eq!(explained(&verdict), product(&XIVES, &LAZY));
    assert_eq!((verdict.aside, verdict.counts.taken), (7, 2));
}
