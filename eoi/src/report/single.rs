//! One configuration in full.

use std::fmt::Write;

use super::cells::per_served;
use super::words;
use crate::check::report::{Answer, Entry, LawResult, Searched};
use crate::terminal::shown;
use eoi_model::cost::Metric;

/// The verdict of every law, the shortest runs by name, and the costs; `explained` if the ladders follow.
#[must_use]
pub fn text(entry: &Entry, explained: bool) -> String {
    let title = shown(&entry.configuration.title);
    let searched = match &entry.result {
        Answer::Holds(searched) | Answer::Broken(searched) => searched,
        Answer::Refused(refused) => return format!("{title}\nn/a: {}\n", shown(&refused.reason)),
        Answer::Undecided(undecided) => {
            return format!("{title}\nundecided: {}\n", shown(&undecided.reason));
        }
    };
    let mut text = format!(
        "{title}\n{} states, {} transitions\n\n",
        searched.states, searched.transitions
    );
    searched.laws.iter().for_each(|law| text += &one(law));
    text += &nobody_races(searched);
    text += &costs(searched);
    if entry.result.is_broken() && !explained {
        text += "\n--explain shows what each step changes, and where the mechanism stands.\n";
    }
    text
}

fn one(
    LawResult {
        law,
        run,
        sometimes,
        ..
    }: &LawResult,
) -> String {
    let says = match (run, sometimes) {
        (Some(run), _) => format!(
            "BROKEN by {} events, after {} served",
            run.steps.len(),
            run.served()
        ),
        (None, true) => "holds".to_string(),
        (None, false) => "holds (nothing here could break it)".to_string(),
    };
    let mut text = format!("{:<10} {says}\n", law.0.name());
    let Some(run) = run else { return text };
    for line in words::fill(&run.events().join(" "), 71) {
        let _ = writeln!(text, "    {line}");
    }
    if !run.cycle().is_empty() {
        let _ = writeln!(text, "    the last {} again and again", run.cycle().len());
    }
    text
}

/// The counts of the run in which nobody races.
fn nobody_races(searched: &Searched) -> String {
    let spurious = searched
        .cost(Metric::GuestIrqsSpurious)
        .and_then(|cost| cost.typical);
    let run = match (searched.typical_ends_after, spurious) {
        (Some(0), _) => "no interrupt is served".to_string(),
        (Some(1), _) => "one interrupt is served, and never another one".to_string(),
        (Some(served), _) => format!("{served} interrupts are served, and never another one"),
        (None, Some(spurious)) if spurious.count > 0 => {
            format!(
                "interrupts keep coming; spurious ones in the guest for each: {}",
                per_served(Some(spurious), "")
            )
        }
        (None, _) => "interrupts keep coming".to_string(),
    };
    format!("\nWhile nobody races {run}.\n")
}

fn costs(searched: &Searched) -> String {
    let mut text = "\nper served interrupt     best  typical    worst\n".to_string();
    for cost in &searched.costs {
        let (best, typical) = (per_served(cost.best, "-"), per_served(cost.typical, "-"));
        let worst = per_served(cost.worst, if cost.unbounded { "∞" } else { "-" });
        let _ = writeln!(
            text,
            "{:<20} {best:>8} {typical:>8} {worst:>8}",
            cost.metric.0.name()
        );
    }
    text
}
