//! Jobs that join to the whole, shares that do not fit, and filters.

use eoi::lab::merge::merge;
use eoi::lab::results::Results;
use eoi::lab::row::cell_of;

use super::{IOAPIC, Scratch, XIVE, checked_in, failure, troubled};

#[test]
fn showing_and_listing_take_only_what_means_something_there() {
    let scratch = Scratch::new("showing");
    let output = scratch.lab(&["show"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`eoi lab run` makes one"));
    assert!(!scratch.0.join("eoi").exists(), "to show makes no cache");
    for (arguments, says) in [
        (["show", "--lock", "x"], "'--lock'"),
        (["list", "--format", "ktap"], "text, json"),
    ] {
        let output = scratch.lab(&arguments);
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains(says), "{words}");
    }
}

/// The checked-in results as ten jobs have them, each with `--only`.
fn jobs() -> Vec<Results> {
    let all = checked_in();
    let job = |cells: &[String]| {
        let mut job = all.clone();
        job.keep(cells, &[], None).expect("its cells");
        job
    };
    all.cells.chunks(12).map(job).collect()
}

#[test]
fn jobs_of_single_cells_join_to_the_whole() {
    let jobs = jobs();
    assert_eq!(jobs.len(), 10);
    assert_eq!(merge(&jobs).expect("the whole"), checked_in());
    assert!(
        merge(&jobs[1..])
            .unwrap_err()
            .to_string()
            .contains("missing: \n  q35-ioapic/6.12.57\n")
    );
}

type Change = (fn(&mut Results), &'static str);

#[test]
fn shares_that_do_not_fit_are_refused() {
    let changes: [Change; 7] = [
        (
            |share| share.eoi = "0.0.0".to_string(),
            "different versions of eoi",
        ),
        (
            |share| share.brought = Some("0123".to_string()),
            "different patches",
        ),
        (
            |share| share.cases = vec!["reopen".to_string()],
            "different cases",
        ),
        (|share| share.qemu = "9.0".to_string(), "different packages"),
        (
            |share| share.cells.push("q35-ioapic/0.1".to_string()),
            "no part of the whole",
        ),
        (|share| share.rows.clear(), "neither rows nor a failure"),
        (
            |share| share.rows[0].machine = "powernv8-xics".to_string(),
            "no cell of its share",
        ),
    ];
    for (change, says) in changes {
        let mut shares = jobs();
        change(&mut shares[1]);
        let error = merge(&shares).expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_misspelt_name_is_answered_with_the_one_that_was_meant() {
    let words = |word: &str| vec![word.to_string()];
    let none = Vec::new();
    for (cells, cases, device, meant) in [
        (words("q35-ioapci/6.12.107"), none.clone(), None, IOAPIC),
        (none.clone(), words("clear-unmaks"), None, "clear-unmask"),
        (
            none.clone(),
            none.clone(),
            Some("no-disintex"),
            "no-disintx",
        ),
    ] {
        let error = checked_in()
            .keep(&cells, &cases, device)
            .expect_err("no such name");
        let says = format!("; did you mean {meant}");
        assert!(error.to_string().contains(&says), "{error}");
    }
}

#[test]
fn a_filter_leaves_no_cell_without_cases() {
    let mut results = checked_in();
    results
        .keep(&[], &["kvm-soak".to_string()], None)
        .expect("a case");
    assert_eq!(
        results.cells,
        results.rows.iter().map(cell_of).collect::<Vec<_>>()
    );
    assert_eq!((results.whole.len(), &results.whole), (2, &results.cells));
    let mut failed = troubled();
    failed.failures.push(failure(
        IOAPIC,
        Some("reopen/disintx/ioctl"),
        "it was not run",
    ));
    failed
        .keep(&[], &["clear-unmask".to_string()], None)
        .expect("a case");
    assert_eq!(
        failed.failures,
        troubled().failures,
        "another case's failure is not shown, a dead machine's is"
    );
    assert!(
        failed.clone().keep(&[XIVE.to_string()], &[], None).is_err(),
        "it was not run"
    );
}
