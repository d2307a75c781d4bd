//! Tables of verdicts that a person can read: a cell a configuration, and every counterexample once.

use std::collections::BTreeMap;
use std::fmt::Write;

use eoi::check::configuration::Configuration;
use eoi::check::outcome::{Checked, Outcome, check};
use eoi_model::cost::Metric;
use eoi_search::{Law, Ratio, Verdict};

/// Columns of a page.
const WIDTH: usize = 120;

/// States of a configuration at most.
pub const LIMIT: usize = 2_000_000;

/// How to read a cell.
const LEGEND: &str = "\
A cell starts with the number of states. If every law holds, host interrupts per service (taken+ignored) follow: in the
typical round and, after two dots, in the worst one. Each broken law follows as a letter with the length of its shortest
sequence; `counterexamples` has the sequence. S stall, T storm, L livelock, I imbalance, K leak, U unhandled,
B unbounded, N neighbour, P spurious.
`-` means that no such system exists. An empty cell is not searched.
";

/// The letter of a law.
const fn letter(law: Law) -> char {
    match law {
        Law::Stall => 'S',
        Law::Storm => 'T',
        Law::Livelock => 'L',
        Law::Imbalance => 'I',
        Law::Leak => 'K',
        Law::Unhandled => 'U',
        Law::Unbounded => 'B',
        Law::Neighbour => 'N',
        Law::Spurious => 'P',
    }
}

/// The counterexample of a law: the shortest sequence, and how many of its last events repeat for ever.
type Counterexample = (Law, usize, String);

/// Tables of one subject, with the counterexamples that their cells name.
#[derive(Default)]
pub struct Page {
    text: String,
    names: BTreeMap<String, Counterexample>,
    /// The configurations that break a law, or never serve the guest.
    pub broken: Vec<Configuration>,
}

/// A line of a table: its head, and what is to be searched in each column.
pub type Line = (String, Vec<Option<Configuration>>);

impl Page {
    /// Searches the configurations of a table and writes it, in several blocks if it is wider than a page. A line of
    /// systems that do not exist, and a column of nothing else, is left out.
    pub fn table(&mut self, title: &str, columns: &[String], lines: &[Line]) {
        let searched: Vec<(&String, Vec<String>)> = lines
            .iter()
            .map(|(head, cells)| {
                (
                    head,
                    cells.iter().map(|cell| self.cell(cell.as_ref())).collect(),
                )
            })
            .collect();
        let told = |cell: &String| !cell.is_empty() && cell != "-";
        let lines: Vec<_> = searched
            .into_iter()
            .filter(|(_, cells)| cells.iter().any(told))
            .collect();
        let width = |column: usize| {
            let cells = lines.iter().map(|(_, cells)| cells[column].chars().count());
            cells
                .chain([columns[column].chars().count()])
                .max()
                .unwrap_or(0)
                + 2
        };
        let head = lines
            .iter()
            .map(|(head, _)| head.chars().count())
            .chain([title.chars().count()])
            .max()
            .unwrap_or(0)
            + 4;
        let mut rest: Vec<usize> = (0..columns.len())
            .filter(|&column| lines.iter().any(|(_, cells)| told(&cells[column])))
            .collect();
        while !rest.is_empty() {
            let mut wide = head;
            let fits = rest
                .iter()
                .take_while(|&&column| {
                    wide += width(column);
                    wide <= WIDTH
                })
                .count()
                .max(1);
            let block: Vec<usize> = rest.drain(..fits).collect();
            self.line(
                title,
                head,
                block
                    .iter()
                    .map(|&column| (columns[column].as_str(), width(column))),
            );
            for (name, cells) in &lines {
                self.line(
                    &format!("  {name}"),
                    head,
                    block
                        .iter()
                        .map(|&column| (cells[column].as_str(), width(column))),
                );
            }
            self.text.push('\n');
        }
    }

    fn line<'a>(
        &mut self,
        head: &str,
        width: usize,
        cells: impl Iterator<Item = (&'a str, usize)>,
    ) {
        let mut line = format!("{head:width$}");
        for (cell, width) in cells {
            let _ = write!(line, "{cell:width$}");
        }
        self.text += line.trim_end();
        self.text.push('\n');
    }

    /// Searches one configuration.
    fn cell(&mut self, configuration: Option<&Configuration>) -> String {
        let Some(configuration) = configuration else {
            return String::new();
        };
        let outcome = check(configuration, LIMIT).expect("fewer states than the limit");
        let Outcome::Checked(checked) = outcome else {
            return "-".to_string();
        };
        let mut cell = checked.states.to_string();
        if !checked.is_broken() {
            return cell + " " + &host_irqs(&checked);
        }
        self.broken.push(configuration.clone());
        for verdict in checked.verdicts.iter() {
            let Some(path) = &verdict.broken_by else {
                continue;
            };
            let events: Vec<&str> = checked.path(path).map(|event| event.info().name).collect();
            cell += " ";
            cell += &self.name((verdict.law, verdict.cycle, events.join(" ")), events.len());
        }
        if checked.verdicts.iter().all(Verdict::holds) {
            cell + " never serves"
        } else {
            cell
        }
    }

    /// `S25`, or `S25b` where another sequence of that length has the name already.
    fn name(&mut self, example: Counterexample, length: usize) -> String {
        let base = format!("{}{length}", letter(example.0));
        let names = ('a'..='z').map(|letter| {
            if letter == 'a' {
                base.clone()
            } else {
                format!("{base}{letter}")
            }
        });
        let free = |name: &String| self.names.get(name).is_none_or(|other| *other == example);
        let name = names
            .into_iter()
            .find(free)
            .expect("few sequences of a length");
        self.names.insert(name.clone(), example);
        name
    }

    /// The page of tables.
    pub fn verdicts(&self, subject: &str) -> String {
        format!("{subject}\n\n{LEGEND}\n{}", self.text.trim_end())
    }

    /// The page of counterexamples; `None` where nothing is broken.
    pub fn counterexamples(&self, subject: &str) -> Option<String> {
        if self.names.is_empty() {
            return None;
        }
        let mut examples: Vec<_> = self.names.iter().collect();
        examples.sort_by_key(|(name, (law, _, events))| {
            (*law as usize, events.split(' ').count(), name.as_str())
        });
        let mut text = format!("{subject}: the shortest sequences that break a law\n");
        for (name, (law, cycle, events)) in examples {
            let again = if *cycle > 0 {
                format!(", the last {cycle} for ever")
            } else {
                String::new()
            };
            let _ = write!(text, "\n{name}: {}{again}\n{}", law.name(), wrapped(events));
        }
        Some(text)
    }
}

/// Events in lines of a page.
fn wrapped(events: &str) -> String {
    let (mut text, mut line) = (String::new(), String::new());
    for event in events.split(' ') {
        if 5 + line.len() + event.len() > WIDTH {
            text += &format!("   {line}\n");
            line.clear();
        }
        line += " ";
        line += event;
    }
    text + &format!("   {line}\n")
}

/// Host interrupts per service: typical, and worst where that is more. `..` alone where the typical run serves nothing.
fn host_irqs(checked: &Checked) -> String {
    let (taken, ignored) = (Metric::HostIrqs as usize, Metric::HostIrqsIgnored as usize);
    let pair = |costs: &[Option<Ratio>]| [costs[taken], costs[ignored]];
    let worst = match pair(&checked.costs.worst) {
        [None, None] => "∞".to_string(),
        pair => pair.map(ratio).join("+"),
    };
    match pair(&checked.costs.typical) {
        [Some(taken), Some(ignored)] => {
            let typical = [taken, ignored].map(|cost| ratio(Some(cost))).join("+");
            if typical == worst {
                worst
            } else {
                format!("{typical}..{worst}")
            }
        }
        _ => format!("..{worst}"),
    }
}

/// `2`, `1.5`, or `∞` without a bound.
fn ratio(ratio: Option<Ratio>) -> String {
    match ratio {
        None => "∞".to_string(),
        Some(Ratio { cost, served: 1 }) => cost.to_string(),
        Some(Ratio { cost, served }) => format!("{:.2}", cost as f64 / served as f64),
    }
}
