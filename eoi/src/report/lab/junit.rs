//! JUnit's XML, which every CI system reads.

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::words;
use crate::lab::results::Results;
use crate::lab::row::cell_of;

fn skipped(why: &str) -> TestCase {
    let mut skipped = TestCaseStatus::skipped();
    skipped.set_message(why);
    TestCase::new("the machine", skipped)
}

/// A suite a cell, a test a case.
///
/// # Errors
/// None that a value of ours can have.
pub fn text(results: &Results) -> Result<String> {
    let mut report = Report::new("eoi lab");
    for cell in &words::cells(results) {
        let mut suite = TestSuite::new(cell.as_str());
        if !words::was_run(results, cell) {
            suite.add_test_case(skipped("not in this part"));
        }
        let repeats = words::repeats(results, cell);
        if !repeats.is_empty() {
            suite.set_system_out(repeats.join("\n"));
        }
        for row in results.rows.iter().filter(|row| cell_of(row) == *cell) {
            let mut status = TestCaseStatus::success();
            if !row.agrees {
                status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(row.differences.join("; "));
            }
            suite.add_test_case(TestCase::new(words::case_name(row), status));
        }
        for failure in results
            .failures
            .iter()
            .filter(|failure| failure.cell == *cell)
        {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(failure.error.as_str());
            suite.add_test_case(TestCase::new(failure.about(), status));
        }
        report.add_test_suite(suite);
    }
    for missing in words::missing(results) {
        let mut suite = TestSuite::new(missing.name);
        suite.add_test_case(skipped(missing.why));
        report.add_test_suite(suite);
    }
    Ok(report.to_string()? + "\n")
}
