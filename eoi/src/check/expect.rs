//! A gate: the verdicts of a check against those of an earlier one.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::merge;
use super::report::{Answer, Report};

/// A verdict in words, without the length of the shortest run.
fn verdict(answer: &Answer) -> String {
    match answer {
        Answer::Holds(_) => "holds".to_string(),
        Answer::Broken(searched) => {
            let laws: Vec<&str> = searched.broken().map(|(law, _)| law.law.0.name()).collect();
            if laws.is_empty() {
                "never serves".to_string()
            } else {
                laws.join(", ")
            }
        }
        Answer::Refused(_) => "does not exist".to_string(),
        Answer::Undecided(_) => "undecided".to_string(),
    }
}

fn verdicts(report: &Report) -> BTreeMap<&str, String> {
    report
        .results
        .iter()
        .map(|entry| (entry.configuration.title.as_str(), verdict(&entry.result)))
        .collect()
}

/// The configurations whose verdict is not the one that the report in `file` has, each in a line. Nothing where all are as
/// expected.
///
/// # Errors
/// The file cannot be read, or is no whole report of `eoi check --format json`.
pub fn differences(report: &Report, file: &Path) -> Result<Vec<String>> {
    let expected = merge::merge(&[file.to_path_buf()])?;
    let (expected, found) = (verdicts(&expected), verdicts(report));
    let mut lines = Vec::new();
    for (title, expects) in &expected {
        match found.get(title) {
            None => lines.push(format!(
                "{title}: {expects} was expected; it was not searched"
            )),
            Some(finds) if finds != expects => {
                lines.push(format!("{title}: {expects} was expected; found: {finds}"));
            }
            Some(_) => {}
        }
    }
    let new = found
        .iter()
        .filter(|(title, _)| !expected.contains_key(*title));
    lines
        .extend(new.map(|(title, finds)| format!("{title}: nothing was expected; found: {finds}")));
    Ok(lines)
}
