//! The parts of a check that was spread over machines, joined again.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{CannotTell, Status};
use crate::{bounded, part};

/// What a report says of the part that it is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Share {
    /// `K/N`
    pub part: part::Part,
    /// The titles of every configuration of the whole check.
    pub whole: Vec<String>,
}

/// `eoi.check/1` as it was written.
#[derive(Serialize, Deserialize)]
pub struct Report {
    schema: String,
    /// What was searched.
    pub configurations: Vec<Map<String, Value>>,
    /// What is like no real system.
    pub refused: Vec<Map<String, Value>>,
    /// What has more states than the limit.
    #[serde(default)]
    pub undecided: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Share>,
    /// The titles of the whole, in the order of the check.
    #[serde(skip)]
    order: BTreeMap<String, usize>,
}

impl Report {
    /// Where a configuration stands in the check.
    #[must_use]
    pub fn place(&self, configuration: &Map<String, Value>) -> usize {
        self.order.get(&title(configuration)).copied().unwrap_or(usize::MAX)
    }

    /// As [`super::outcome::status`].
    ///
    /// # Errors
    /// As there.
    pub fn status(&self) -> Result<Status> {
        let (count, all) = (self.undecided.len(), self.order.len());
        if self.configurations.iter().any(is_broken) {
            Ok(Status::Found)
        } else if count == 0 {
            Ok(Status::Holds)
        } else {
            Err(CannotTell(format!("{count} of {all} configurations have more states than --limit; raise it")).into())
        }
    }
}

fn title(configuration: &Map<String, Value>) -> String {
    configuration.get("title").and_then(Value::as_str).unwrap_or_default().to_string()
}

fn read(path: &Path) -> Result<(Report, Share)> {
    let name = path.display();
    let text = bounded::text(path, bounded::REPORT)?;
    let mut report: Report =
        serde_json::from_str(&text).with_context(|| format!("{name} is not what `eoi check --format json` writes"))?;
    if report.schema != "eoi.check/1" {
        bail!("{name} has the format '{}', not eoi.check/1", report.schema);
    }
    let share = report.share.take().with_context(|| format!("{name} is no part; `eoi check --part K/N` writes one"))?;
    Ok((report, share))
}

/// Says which part is missing or there twice, where the parts are those of one division.
fn complete(shares: &[part::Part]) -> Result<()> {
    let Some(n) = shares.first().map(|part| part.n).filter(|n| shares.iter().all(|part| part.n == *n)) else {
        return Ok(()); // of several divisions: only their configurations tell
    };
    for k in 1..=n {
        match shares.iter().filter(|part| part.k == k).count() {
            0 => bail!("part {k}/{n} is missing"),
            1 => {}
            _ => bail!("part {k}/{n} is there twice"),
        }
    }
    Ok(())
}

/// One report out of the reports of every part.
///
/// # Errors
/// They are not the parts of one check, or a configuration is there twice or not at all.
pub fn merge(paths: &[std::path::PathBuf]) -> Result<Report> {
    let parts: Vec<(Report, Share)> = paths.iter().map(|path| read(path)).collect::<Result<_>>()?;
    let all = |report: &Report| -> Vec<String> {
        report.configurations.iter().chain(&report.refused).chain(&report.undecided).map(title).collect()
    };
    let pieces: Vec<(&[String], Vec<String>)> =
        parts.iter().map(|(report, share)| (share.whole.as_slice(), all(report))).collect();
    if pieces.iter().all(|(whole, _)| *whole == pieces[0].0) {
        complete(&parts.iter().map(|(_, share)| share.part).collect::<Vec<_>>())?;
    }
    part::complete(&pieces)?;
    let whole = parts[0].1.whole.clone();
    let mut merged = Report {
        schema: "eoi.check/1".to_string(),
        configurations: Vec::new(),
        refused: Vec::new(),
        undecided: Vec::new(),
        share: None,
        order: whole.into_iter().enumerate().map(|(index, title)| (title, index)).collect(),
    };
    for (report, _) in parts {
        merged.configurations.extend(report.configurations);
        merged.refused.extend(report.refused);
        merged.undecided.extend(report.undecided);
    }
    for list in [&mut merged.configurations, &mut merged.refused, &mut merged.undecided] {
        list.sort_by_key(|configuration| merged.order.get(&title(configuration)).copied());
    }
    Ok(merged)
}

/// As [`super::outcome::Checked::is_broken`]: a law, or nothing is ever served.
fn is_broken(configuration: &Map<String, Value>) -> bool {
    let no = |law: &Value, key: &str| law.get(key) == Some(&Value::Bool(false));
    let laws = configuration.get("laws").and_then(Value::as_object);
    let stall = laws.and_then(|laws| laws.get("stall"));
    laws.is_some_and(|laws| laws.values().any(|law| no(law, "holds"))) || stall.is_some_and(|law| no(law, "sometimes"))
}
