//! A line a configuration, out of a search or out of the JSON reports of its parts; and why some have no verdict.

use std::collections::BTreeSet;
use std::fmt::Write;

use comfy_table::{Cell, Color};
use eoi_model::cost::Metric;
use eoi_search::Law;
use serde_json::{Map, Value};

use super::cells;
use super::table::{render, table};
use crate::check::configuration::Configuration;
use crate::check::merge::Report;
use crate::check::outcome::Outcome;
use crate::check::select::Selection;

/// What the last column says.
const HOST_IRQS: &str = "Host irqs: taken+ignored per served one, typical, and \"to\" the worst where that is more. Without a\n\
     typical: the run in which nobody races serves nothing. ∞: no bound on how many come before one is served.\n";

/// What a configuration without a verdict is, and why it has none.
struct Without<'a> {
    mark: &'a str,
    reason: &'a str,
    chip: &'a str,
    path: &'a str,
    /// Scenario and device, where the check has several.
    among: String,
}

/// How a check's configurations differ beside controller, kernel and path.
struct Among {
    scenarios: bool,
    devices: bool,
}

impl Among {
    fn new<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let (scenarios, devices): (BTreeSet<&str>, BTreeSet<&str>) = names.unzip();
        Self { scenarios: scenarios.len() > 1, devices: devices.len() > 1 }
    }

    fn of(&self, scenario: &str, device: &str) -> String {
        let words = [(self.scenarios, scenario), (self.devices, device)];
        words.iter().filter(|(several, _)| *several).map(|(_, word)| *word).collect::<Vec<_>>().join(" of ")
    }
}

/// What a reason is true of: all paths with all controllers.
#[derive(PartialEq)]
struct True<'a> {
    mark: &'a str,
    reason: &'a str,
    paths: BTreeSet<&'a str>,
    chips: Vec<&'a str>,
}

/// Each reason once, with the paths, the scenarios and the controllers that it is true of.
fn reasons(without: &[Without<'_>]) -> String {
    let mut groups: Vec<(&str, True<'_>)> = Vec::new();
    for Without { mark, reason, chip, path, among } in without {
        let known = groups.iter().position(|(of, group)| (*of, group.mark, group.reason) == (among, mark, reason));
        let at = known.unwrap_or_else(|| {
            groups.push((among, True { mark, reason, paths: BTreeSet::new(), chips: Vec::new() }));
            groups.len() - 1
        });
        let group = &mut groups[at].1;
        group.paths.insert(path);
        if !group.chips.contains(chip) {
            group.chips.push(chip);
        }
    }
    // The same of several scenarios is one line.
    let mut lines: Vec<(True<'_>, Vec<&str>)> = Vec::new();
    for (among, group) in groups {
        match lines.iter_mut().find(|(known, _)| *known == group) {
            Some((_, all)) => all.push(among),
            None => lines.push((group, vec![among])),
        }
    }
    let mut text = String::new();
    for (True { mark, reason, paths, chips }, among) in lines {
        let paths: Vec<_> = paths.into_iter().collect();
        let among = if among == [""] { String::new() } else { format!(" in {}", among.join(", ")) };
        let _ = writeln!(text, "{mark} {}{among}: {reason} ({}).", paths.join(", "), chips.join(", "));
    }
    text
}

/// Why some of these have no verdict; where there is no system, the cell has `mark`.
#[must_use]
pub fn without<'a>(mark: &'a str, pairs: &[(&'a Configuration, &'a Outcome)]) -> String {
    let among = Among::new(pairs.iter().map(|(case, _)| (case.scenario.name(), case.device.name())));
    let why = |&(case, outcome): &(&'a Configuration, &'a Outcome)| {
        let (mark, reason) = match outcome {
            Outcome::None(refusal) => (mark, refusal.reason),
            Outcome::TooMany(says) => (cells::UNDECIDED, says.as_str()),
            Outcome::Checked(_) => return None,
        };
        let among = among.of(case.scenario.name(), case.device.name());
        Some(Without { mark, reason, chip: case.chip.name, path: case.path.name(), among })
    };
    reasons(&pairs.iter().filter_map(why).collect::<Vec<_>>())
}

/// One line.
struct Row {
    /// Controller, kernel, device, path, scenario, states.
    head: [String; 6],
    verdict: String,
    host_irqs: String,
    broken: bool,
}

fn tabled(rows: Vec<Row>) -> String {
    let mut table = table();
    table.set_header(["controller", "kernel", "device", "path", "scenario", "states", "verdict", "host irqs"]);
    for Row { head, verdict, host_irqs, broken } in rows {
        let verdict = Cell::new(verdict);
        let tail = [if broken { verdict.fg(Color::Red) } else { verdict }, Cell::new(host_irqs)];
        table.add_row(head.into_iter().map(Cell::new).chain(tail));
    }
    render(&table) + "\n"
}

/// What the broken laws are about.
#[must_use]
pub fn legend(broken: impl Fn(Law) -> bool) -> String {
    Law::ALL.into_iter().filter(|&law| broken(law)).fold(String::new(), |text, law| {
        text + &format!("{} n: {}, after n events at the shortest\n", law.name().to_uppercase(), about(law))
    })
}

/// What it is that is broken, in a few words.
const fn about(law: Law) -> &'static str {
    match law {
        Law::Stall => "a cause that nothing will ever serve",
        Law::Storm => "host interrupts without end while nobody else acts",
        Law::Livelock => "guest interrupts without end that serve nothing",
        Law::Imbalance => "depth, MASKED and vfio's masked disagree at rest",
        Law::Leak => "something left after teardown",
        Law::Unhandled => "\"nobody cared\", the line is given up",
    }
}

/// Of a search.
#[must_use]
pub fn searched(selection: &Selection, outcomes: &[Outcome]) -> String {
    let pairs: Vec<(&Configuration, &Outcome)> = selection.configurations.iter().zip(outcomes).collect();
    let row = |(case, outcome): &(&Configuration, &Outcome)| {
        let states = match outcome {
            Outcome::None(_) => return None,
            Outcome::TooMany(_) => format!(">{}", selection.limit),
            Outcome::Checked(checked) => checked.states.to_string(),
        };
        let [chip, device] = [case.chip.name, case.device.name()].map(str::to_string);
        let [path, scenario] = [case.path.name(), case.scenario.name()].map(str::to_string);
        let head = [chip, case.kernel_and_fixes(), device, path, scenario, states];
        let (verdict, host_irqs) = (cells::verdict(outcome), cells::host_irqs(outcome));
        Some(Row { head, verdict, host_irqs, broken: outcome.is_broken() })
    };
    let found: String = selection.found.iter().map(|line| format!("{line}\n")).collect();
    let rows = pairs.iter().filter_map(row).collect();
    found + HOST_IRQS + &legend(|law| cells::breaks(outcomes, law)) + &tabled(rows) + &without("n/a", &pairs)
}

/// Of a report that was merged.
#[must_use]
pub fn merged(report: &Report) -> String {
    let text =
        |one: &Map<String, Value>, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let head = |one: &Map<String, Value>, states: String| {
        let fixes = one.get("fixes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let mut kernel = fixes.fold(text(one, "kernel"), |kernel, fix| kernel + "+" + fix);
        if one.get("threadirqs") == Some(&Value::Bool(true)) {
            kernel += "+threadirqs";
        }
        [text(one, "chip"), kernel, text(one, "device"), text(one, "path"), text(one, "scenario"), states]
    };
    let searched = report.configurations.iter().map(|one| {
        let (verdict, broken) = verdict(one);
        let host_irqs = if broken { String::new() } else { host_irqs(one) };
        let states = one.get("states").map(Value::to_string).unwrap_or_default();
        (report.place(one), Row { head: head(one, states), verdict, host_irqs, broken })
    });
    let undecided = report.undecided.iter().map(|one| {
        let (verdict, host_irqs) = (cells::UNDECIDED.to_string(), String::new());
        (report.place(one), Row { head: head(one, "-".to_string()), verdict, host_irqs, broken: false })
    });
    let mut rows: Vec<(usize, Row)> = searched.chain(undecided).collect();
    rows.sort_by_key(|(place, _)| *place);
    let broken = |law: Law| report.configurations.iter().any(|one| steps(one, law).is_some());
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    HOST_IRQS.to_string() + &legend(broken) + &tabled(rows) + &merged_reasons(report)
}

fn merged_reasons(report: &Report) -> String {
    fn text<'a>(one: &'a Map<String, Value>, key: &str) -> &'a str {
        one.get(key).and_then(Value::as_str).unwrap_or_default()
    }
    let all = report.configurations.iter().chain(&report.undecided).chain(&report.refused);
    let among = Among::new(all.map(|one| (text(one, "scenario"), text(one, "device"))));
    let why = |mark| {
        let among = &among;
        move |one| Without {
            mark,
            reason: text(one, "reason"),
            chip: text(one, "chip"),
            path: text(one, "path"),
            among: among.of(text(one, "scenario"), text(one, "device")),
        }
    };
    let undecided = report.undecided.iter().map(why(cells::UNDECIDED));
    reasons(&undecided.chain(report.refused.iter().map(why("n/a"))).collect::<Vec<_>>())
}

/// The law's shortest sequence, if it is broken.
fn steps(one: &Map<String, Value>, law: Law) -> Option<usize> {
    Some(one.get("laws")?.get(law.name())?.get("steps")?.as_u64()? as usize)
}

fn verdict(one: &Map<String, Value>) -> (String, bool) {
    let broken: Vec<(Law, usize)> = Law::ALL.iter().filter_map(|&law| Some((law, steps(one, law)?))).collect();
    let serves = one.get("laws").and_then(|laws| laws.get("stall")?.get("sometimes")?.as_bool()).unwrap_or(true);
    (cells::laws(&broken, serves), !broken.is_empty() || !serves)
}

fn host_irqs(one: &Map<String, Value>) -> String {
    let ratio = |which: &str, metric: Metric| {
        let value = one.get("cost")?.get(which)?.get(metric.name())?;
        value.as_u64().map(|whole| whole.to_string()).or_else(|| Some(format!("{:.2}", value.as_f64()?)))
    };
    let pair = |which| [Metric::HostIrqs, Metric::HostIrqsIgnored].map(|metric| ratio(which, metric));
    cells::rounds(pair("typical"), pair("worst"))
}
