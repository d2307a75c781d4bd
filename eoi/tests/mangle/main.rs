//! A mangled text gives the answer of the clean one, or an error that names the mark: never a false answer.

#[path = "../fixture/mod.rs"]
#[allow(dead_code, reason = "the doctor's tests use all of it")]
mod fixture;

mod answer;
mod clean;
mod manglings;
mod printed;
mod shares;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use answer::{Answer, Verdict};
use clean::Clean;
use manglings::{ALL, Mangling, Which};
use rayon::prelude::*;
use shares::Shares;

/// The share of all texts that must give the clean text's answer.
const UNDONE: f64 = 0.95;

static SCRATCH: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a scratch folder"));
static RUNS: AtomicUsize = AtomicUsize::new(0);

/// The answers so far, by what the reader makes of the texts: most runs would only judge the same files again.
static ANSWERS: LazyLock<Mutex<HashMap<String, Answer>>> = LazyLock::new(Mutex::default);

/// The answer about the texts, from a run about others that are read as the same.
fn ask(clean: &Clean) -> Answer {
    let Some(key) = answer::read_as(clean) else {
        return run(clean);
    };
    let known = ANSWERS
        .lock()
        .expect("no thread panicked")
        .get(&key)
        .cloned();
    known.unwrap_or_else(|| {
        let answer = run(clean);
        ANSWERS
            .lock()
            .expect("no thread panicked")
            .insert(key, answer.clone());
        answer
    })
}

fn run(clean: &Clean) -> Answer {
    answer::ask(
        clean,
        &SCRATCH
            .path()
            .join(RUNS.fetch_add(1, Ordering::Relaxed).to_string()),
    )
}

/// Each text with its answer.
fn asked(texts: Vec<Clean>) -> Vec<(Clean, Answer)> {
    texts
        .into_par_iter()
        .map(|clean| {
            let answer = ask(&clean);
            (clean, answer)
        })
        .collect()
}

/// Which of the two texts are mangled.
const BOTH: [bool; 2] = [true, true];
const ONE: [[bool; 2]; 2] = [[true, false], [false, true]];

/// The texts after the manglings, in their order.
fn mangled(clean: &Clean, manglings: &[&Mangling], [lspci, interrupts]: [bool; 2]) -> Clean {
    let all = |text: &[u8], which| {
        manglings.iter().fold(text.to_vec(), |text, mangling| {
            (mangling.apply)(&text, which)
        })
    };
    let mut out = clean.clone();
    if lspci {
        out.lspci = all(&clean.lspci, Which::Lspci);
    }
    if let Some(text) = clean.interrupts.as_deref().filter(|_| interrupts) {
        out.interrupts = Some(all(text, Which::Interrupts));
    }
    out
}

fn judge(clean: &(Clean, Answer), manglings: &[&Mangling], which: [bool; 2]) -> Verdict {
    let marks: Vec<&str> = manglings
        .iter()
        .flat_map(|mangling| mangling.marks)
        .copied()
        .collect();
    let texts = mangled(&clean.0, manglings, which);
    match answer::compare(&clean.1, &ask(&texts), &marks) {
        Verdict::Undone => Verdict::Undone,
        // The words depend on the text itself.
        _ => answer::compare(&clean.1, &run(&texts), &marks),
    }
}

/// Whatever is not as a text expects it.
fn wrong(texts: Vec<Clean>) -> String {
    let mut wrong = String::new();
    for (clean, answer) in asked(texts) {
        for expected in clean
            .expect
            .iter()
            .filter(|expected| !holds(&answer, expected))
        {
            wrong += &format!(
                "{}: {expected}: exit {}, {:?}\n",
                clean.name, answer.exit, answer.findings
            );
        }
    }
    wrong
}

/// Were the findings of the clean texts wrong, it would not help to find them again.
#[test]
fn clean_texts_are_answered_rightly() {
    let wrong = wrong(clean::chosen());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn reports_are_answered_rightly() {
    let wrong = wrong(clean::reports());
    assert!(wrong.is_empty(), "{wrong}");
}

fn holds(answer: &Answer, expected: &str) -> bool {
    let words: Vec<&str> = expected.splitn(6, ' ').collect();
    let same = |expected: &str, found: &str| expected == "*" || expected == found;
    match words.as_slice() {
        ["exit", exit] => answer.exit.to_string() == *exit,
        ["not", name] => !answer.findings.iter().any(|finding| finding.name == *name),
        ["not-said", ..] => !answer
            .said
            .0
            .contains(expected.trim_start_matches("not-said ")),
        [severity, name, about @ ..] => answer.findings.iter().any(|finding| {
            same(severity, &finding.severity)
                && same(name, &finding.name)
                && about
                    .first()
                    .is_none_or(|function| finding.function == *function)
                && about.get(2).is_none_or(|irq| finding.irq == *irq)
                && about
                    .get(3)
                    .is_none_or(|words| finding.whole.0.contains(words))
        }),
        _ => panic!("'{expected}' says nothing"),
    }
}

#[test]
fn every_mangling_of_every_text_is_undone_or_named() {
    let texts = asked(clean::chosen().into_iter().chain(clean::others()).collect());
    let cases = texts
        .par_iter()
        .flat_map(|clean| ALL.par_iter().map(move |mangling| (clean, mangling)));
    let verdicts = cases.flat_map_iter(|(clean, mangling)| {
        let halves = ONE
            .into_iter()
            .filter(|_| clean.0.interrupts.is_some() && !clean.0.expect.is_empty());
        let ways = halves.chain([BOTH]);
        ways.map(move |which| {
            (
                clean.0.name.clone(),
                vec![mangling.name],
                judge(clean, &[mangling], which),
            )
        })
    });
    Shares::of(verdicts.collect()).settle(UNDONE);
}

/// A text that is mangled is often mangled twice: quoted and wrapped, coloured and put into a forum's mark-up.
#[test]
fn every_pair_of_manglings_is_undone_or_named() {
    let texts = asked(clean::for_pairs());
    let pairs = ALL
        .par_iter()
        .flat_map(|first| ALL.par_iter().map(move |second| (first, second)));
    let pairs = pairs.filter(|(first, second)| first.name != second.name);
    let verdicts = pairs.flat_map_iter(|(first, second)| {
        let verdict = move |clean: &(Clean, Answer)| judge(clean, &[first, second], BOTH);
        texts.iter().map(move |clean| {
            (
                clean.0.name.clone(),
                vec![first.name, second.name],
                verdict(clean),
            )
        })
    });
    Shares::of(verdicts.collect()).settle(UNDONE);
}
