//! The parts of a check that was spread over machines, joined again.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::part;

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
struct Report {
    schema: String,
    configurations: Vec<Map<String, Value>>,
    refused: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Share>,
}

fn title(configuration: &Map<String, Value>) -> String {
    configuration.get("title").and_then(Value::as_str).unwrap_or_default().to_string()
}

fn read(path: &Path) -> Result<(Report, Share)> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let mut report: Report =
        serde_json::from_str(&text).with_context(|| format!("{name} is not what `eoi check --format json` writes"))?;
    if report.schema != "eoi.check/1" {
        bail!("{name} has the format '{}', not eoi.check/1", report.schema);
    }
    let share = report.share.take().with_context(|| format!("{name} is no part; `eoi check --part K/N` writes one"))?;
    Ok((report, share))
}

/// One report out of the reports of every part; whether anything in it is broken.
///
/// # Errors
/// They are not the parts of one check, or a configuration is there twice or not at all.
pub fn merge(paths: &[std::path::PathBuf]) -> Result<(String, bool)> {
    let parts: Vec<(Report, Share)> = paths.iter().map(|path| read(path)).collect::<Result<_>>()?;
    let titles = |report: &Report| report.configurations.iter().chain(&report.refused).map(title).collect();
    let pieces: Vec<(&[String], Vec<String>)> =
        parts.iter().map(|(report, share)| (share.whole.as_slice(), titles(report))).collect();
    part::complete(&pieces)?;
    let whole = parts[0].1.whole.clone();
    let order: BTreeMap<&String, usize> = whole.iter().enumerate().map(|(index, title)| (title, index)).collect();
    let mut merged =
        Report { schema: "eoi.check/1".to_string(), configurations: Vec::new(), refused: Vec::new(), share: None };
    for (report, _) in parts {
        merged.configurations.extend(report.configurations);
        merged.refused.extend(report.refused);
    }
    merged.configurations.sort_by_key(|configuration| order.get(&title(configuration)).copied());
    merged.refused.sort_by_key(|configuration| order.get(&title(configuration)).copied());
    let broken = merged.configurations.iter().any(is_broken);
    Ok((serde_json::to_string_pretty(&merged)? + "\n", broken))
}

/// As [`super::outcome::Checked::is_broken`]: a law, or nothing is ever served.
fn is_broken(configuration: &Map<String, Value>) -> bool {
    let no = |law: &Value, key: &str| law.get(key) == Some(&Value::Bool(false));
    let laws = configuration.get("laws").and_then(Value::as_object);
    let stall = laws.and_then(|laws| laws.get("stall"));
    laws.is_some_and(|laws| laws.values().any(|law| no(law, "holds"))) || stall.is_some_and(|law| no(law, "sometimes"))
}
