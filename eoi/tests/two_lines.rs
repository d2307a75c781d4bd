//! Recordings with several INTx functions, made up from the real ones: whose a line is, and what nobody can say.

use eoi::trace::configurations;
use eoi::trace::examine::examine_text;
use eoi::trace::verdict::{Answer, Outcome, Verdict};
use eoi_model::device::Device;
use eoi_model::{irqchip, kernels};

const XIVE_LAZY: &str = include_str!("traces/powernv9-xive-lazy.txt");
const XIVE_UNLAZY: &str = include_str!("traces/powernv9-xive-unlazy.txt");
const XICS_LAZY: &str = include_str!("traces/powernv8-xics-lazy.txt");

fn examine(text: &str, chip: &str, kernel: &str) -> Answer {
    let chip = irqchip::by_name(chip).expect("a controller");
    let kernel = kernels::by_name(kernel).expect("a kernel");
    examine_text(
        text,
        &configurations::all(&[chip], &[kernel], &[Device::NoDisintx]),
    )
    .expect("a recording")
}

/// Lines of a recording of one function.
fn a(text: &str, range: std::ops::RangeInclusive<usize>) -> String {
    let numbered = text
        .lines()
        .zip(1..)
        .filter(|(_, number)| range.contains(number));
    numbered.map(|(line, _)| format!("{line}\n")).collect()
}

/// The same lines of a second function: another irq, device, CPU and program.
fn b(text: &str, range: std::ops::RangeInclusive<usize>) -> String {
    let text = a(text, range)
        .replace("irq=44", "irq=45")
        .replace("irq=30", "irq=45")
        .replace(":01:00.0", ":02:00.0");
    text.replace("[000]", "[001]").replace("vintx-", "other-9")
}

/// With function arguments, as 6.15's option func-args prints them: everything that has a descriptor names it.
fn with_args(text: &str, desc: &str) -> String {
    let has_desc = [
        "irq_startup",
        "irq_enable",
        "irq_disable",
        "__enable_irq",
        "handle_fasteoi_irq",
        "check_irq_resend",
    ];
    has_desc.iter().fold(text.to_string(), |text, name| {
        text.replace(
            &format!(": {name} <-"),
            &format!(": {name}(desc={desc}, resend=1) <-"),
        )
    })
}

fn dead(line: &Verdict) -> Vec<(usize, Option<usize>)> {
    line.dead
        .iter()
        .map(|dead| (dead.from, dead.until))
        .collect()
}

/// Both are set up (lines 1-3, 4-6), then A interrupts and unmasks (7-21), then B (22-46).
fn one_after_the_other(text: &str, args: bool) -> String {
    let say = |text: String, desc: &str| if args { with_args(&text, desc) } else { text };
    let first = |range| say(a(text, range), "0xa0");
    let second = |range| say(b(text, range), "0xb0");
    first(1..=3) + &second(1..=3) + &first(4..=18) + &second(4..=28)
}

#[test]
fn arguments_say_whose_a_line_is() {
    let verdict = examine(
        &one_after_the_other(XIVE_LAZY, true),
        "xive",
        "linux-6.12.57",
    );
    let [a, b] = &verdict.functions[..] else {
        panic!("{} lines", verdict.functions.len())
    };
    assert_eq!(
        a.function,
        Some((44, "vfio-intx(0000:01:00.0)".to_string()))
    );
    assert_eq!(
        b.function,
        Some((45, "vfio-intx(0000:02:00.0)".to_string()))
    );
    // Each is dead from its own skipped EOI on, as the recording of one alone is from line 11: here 14 and 29.
    assert_eq!((dead(a), a.outcome()), (vec![(14, None)], Outcome::Stuck));
    assert_eq!((dead(b), b.outcome()), (vec![(29, None)], Outcome::Stuck));
    // 18 and 28 of the recording reach vfio-pci and nothing with a descriptor: whose they are is open.
    assert!(
        a.possible < 4 && b.possible < 4,
        "{} {}",
        a.possible,
        b.possible
    );
    assert_eq!((a.counts.taken, b.counts.taken), (1, 1));
}

#[test]
fn what_nothing_attributes_is_taken_both_ways() {
    // The set-up and the unmasks name no interrupt, so that each may be either's; the runs of the handlers do.
    let verdict = examine(
        &one_after_the_other(XIVE_UNLAZY, false),
        "xive",
        "linux-6.12.107",
    );
    for line in &verdict.functions {
        assert_eq!(
            line.outcome(),
            Outcome::Follows,
            "{:?} {:?}",
            line.departs,
            dead(line)
        );
        assert!(line.possible > 0);
    }
    // An ignored interrupt names no handler: lines 11-13 of the XICS are possibly both's.
    let verdict = examine(
        &one_after_the_other(XICS_LAZY, false),
        "xics",
        "linux-6.12.57",
    );
    assert_eq!(verdict.functions.len(), 2);
    for line in &verdict.functions {
        assert_eq!(
            line.outcome(),
            Outcome::Follows,
            "{:?} {:?}",
            line.departs,
            dead(line)
        );
    }
}

/// A fixed kernel: both interrupt (lines 4-12 of the recording) and are masked; one unmask comes (13-19), one more
/// interrupt of A.
fn one_unmask(unmask: &str) -> String {
    let setup = a(XIVE_UNLAZY, 1..=3) + &b(XIVE_UNLAZY, 1..=3);
    setup + &a(XIVE_UNLAZY, 4..=12) + &b(XIVE_UNLAZY, 4..=12) + unmask + &a(XIVE_UNLAZY, 4..=12)
}

#[test]
fn an_unmask_that_came_serves_who_interrupts_next_and_none_serves_nobody() {
    assert!(
        XIVE_UNLAZY
            .lines()
            .nth(11)
            .expect("line 12")
            .contains("xive_irq_eoi")
    );
    let unmask = XIVE_UNLAZY
        .lines()
        .skip(12)
        .take_while(|line| !line.contains("handle_fasteoi_irq"));
    let unmask: String = unmask.map(|line| format!("{line}\n")).collect();
    assert!(
        unmask.contains("vfio_pci_intx_unmask_handler") && unmask.contains("xive_irq_unmask"),
        "{unmask}"
    );
    let verdict = examine(&one_unmask(&unmask), "xive", "linux-6.12.107");
    for line in &verdict.functions {
        assert_eq!(
            line.outcome(),
            Outcome::Follows,
            "{:?} {:?}",
            line.departs,
            dead(line)
        );
    }
    // Without it A's handler cannot be called again: disable_irq_nosync keeps the flow handler from it. B does not care.
    let text = one_unmask("");
    let verdict = examine(&text, "xive", "linux-6.12.107");
    assert_eq!(verdict.functions[0].outcome(), Outcome::Departs);
    let departs = verdict.functions[0].departs.as_ref().expect("it departs");
    assert!(
        (6 + 18 + 1..=6 + 18 + 2).contains(&departs.line),
        "line {}: {}",
        departs.line,
        departs.seen
    );
    // B follows, and ends with its line masked: whether anybody would have unmasked it, nothing tells.
    assert!(verdict.functions[1].follows());
    assert_eq!(verdict.functions[1].outcome(), Outcome::Unclear);
    // Unless something was lost on that CPU meanwhile.
    let verdict = examine(
        &one_unmask("CPU:0 [LOST 7 EVENTS]\n"),
        "xive",
        "linux-6.12.107",
    );
    assert_eq!((verdict.lost, verdict.functions[0].follows()), (1, true));
}

#[test]
fn two_functions_may_share_an_interrupt_number_one_after_the_other() {
    // B gets irq 44 after A is gone: A's line knows nothing of B's runs.
    let second = b(XIVE_UNLAZY, 1..=12).replace("irq=45", "irq=44");
    let verdict = examine(
        &(a(XIVE_UNLAZY, 1..=12) + &second),
        "xive",
        "linux-6.12.107",
    );
    assert_eq!(verdict.functions.len(), 2);
    for line in &verdict.functions {
        assert!(line.follows(), "{:?}: {:?}", line.function, line.departs);
        assert_eq!(
            line.owners,
            ["vfio-intx(0000:01:00.0)", "vfio-intx(0000:02:00.0)"]
        );
    }
}

#[test]
fn more_functions_than_are_told_apart_are_refused() {
    let entry = |irq: usize| {
        format!(
            " a-1 [000] d.h.. 1.0: irq_handler_entry: irq={irq} name=vfio-intx(0000:{irq:02x}:00.0)\n"
        )
    };
    let chip = irqchip::by_name("xive").expect("a controller");
    let kernel = kernels::by_name("linux-6.12.57").expect("a kernel");
    let candidates = configurations::all(&[chip], &[kernel], &[Device::NoDisintx]);
    let many: String = (1..=65).map(entry).collect();
    let error = examine_text(&many, &candidates).err().expect("too many");
    assert_eq!(
        eoi::error::Status::of(&error),
        eoi::error::Status::Unknown,
        "{error:#}"
    );
    assert!(
        format!("{error:#}").contains("more than 64 INTx functions"),
        "{error:#}"
    );
}

#[test]
fn lines_of_others_are_dropped_when_there_are_many() {
    // A million and more entries of irq 17 on the same controller, before and after a loss on a third CPU.
    let run = "\
 <idle>-0 [002] d.h.. 1.0: handle_fasteoi_irq <-handle_irq_desc
 <idle>-0 [002] d.h.. 1.0: irq_handler_entry: irq=17 name=eth0
 <idle>-0 [002] d.h.. 1.0: irq_handler_exit: irq=17 ret=handled
 <idle>-0 [002] d.h.. 1.0: xive_irq_eoi <-handle_fasteoi_irq
";
    let many = run.repeat(300_000);
    let text = many.clone() + &a(XIVE_LAZY, 1..=14) + &many + &a(XIVE_LAZY, 15..=28);
    let verdict = examine(&text, "xive", "linux-6.12.57");
    let [line] = &verdict.functions[..] else {
        panic!("{} lines", verdict.functions.len())
    };
    assert_eq!((line.entries, line.aside), (28, 8 * 300_000));
    assert_eq!(
        dead(line),
        [(4 * 300_000 + 11, None)],
        "where it is without the others"
    );
}

#[test]
fn an_interrupt_may_be_anothers_before_it_is_ours() {
    // Without vfio-pci's action the flow handler's run is none of ours, whatever it does to the controller.
    let eth0 = a(XIVE_UNLAZY, 4..=12).replace("name=vfio-intx(0000:01:00.0)", "name=eth0");
    let eth0: String = eth0
        .lines()
        .filter(|l| !l.contains("vfio") && !l.contains("__disable") && !l.contains("irq_disable"))
        .map(|l| format!("{l}\n"))
        .collect();
    assert_eq!(
        eth0.lines().count(),
        4,
        "flow handler, entry, exit, EOI: {eth0}"
    );
    let verdict = examine(&(eth0 + XIVE_UNLAZY), "xive", "linux-6.12.107");
    assert_eq!(
        verdict.functions[0].outcome(),
        Outcome::Follows,
        "{:?}",
        verdict.functions[0].departs
    );
    assert_eq!(
        verdict.functions[0].owners,
        ["eth0", "vfio-intx(0000:01:00.0)"]
    );
}
