//! One configuration in full.

use std::fmt::Write;

use eoi_model::cost::Metric;

use super::{cells, ladder};
use crate::check::outcome::{Checked, Outcome};
use crate::check::select::Selection;

/// The verdict of every law, the shortest sequences by name, and the costs; `explained` if the ladders follow.
#[must_use]
pub fn text(selection: &Selection, outcomes: &[Outcome], explained: bool) -> String {
    let (Some(case), Some(checked)) = (selection.configurations.first(), outcomes.first().and_then(Outcome::checked))
    else {
        return String::new();
    };
    let mut text = format!("{}\n{} states, {} transitions\n\n", case.title(), checked.states, checked.transitions);
    laws(&mut text, checked);
    costs(&mut text, checked);
    if checked.is_broken() && !explained {
        text += "\n--explain shows what each step changes, and where the mechanism stands.\n";
    }
    text
}

fn laws(text: &mut String, checked: &Checked) {
    for verdict in &checked.verdicts {
        let says = match (&verdict.broken_by, verdict.sometimes) {
            (Some(path), _) => {
                format!("BROKEN by {} events, after {} served", path.len(), ladder::served(checked, path))
            }
            (None, true) => "holds".to_string(),
            (None, false) => "holds (nothing here could break it)".to_string(),
        };
        let _ = writeln!(text, "{:<10} {says}", verdict.law.name());
        let Some(path) = &verdict.broken_by else { continue };
        let events: Vec<&str> = checked.path(path).map(|event| event.info().name).collect();
        for line in wrap(&events, 71) {
            let _ = writeln!(text, "    {line}");
        }
        if verdict.cycle > 0 {
            let _ = writeln!(text, "    the last {} again and again", verdict.cycle);
        }
    }
}

/// Words in lines of at most `width` columns.
fn wrap(words: &[&str], width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].len() + 1 + word.len() > width {
            lines.push((*word).to_string());
        } else {
            let gap = if lines[last].is_empty() { "" } else { " " };
            lines[last] += &format!("{gap}{word}");
        }
    }
    lines
}

fn costs(text: &mut String, checked: &Checked) {
    let _ = writeln!(text, "\nper served interrupt     best  typical    worst");
    let costs = &checked.costs;
    for metric in Metric::ALL {
        let index = metric as usize;
        let served = costs.best[index].is_some();
        let _ = writeln!(
            text,
            "{:<20} {:>8} {:>8} {:>8}",
            metric.name(),
            cells::ratio(costs.best[index], "-"),
            cells::ratio(costs.typical[index], "-"),
            cells::ratio(costs.worst[index], if served { "∞" } else { "-" })
        );
    }
}
