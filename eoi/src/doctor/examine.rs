//! One run: the host is read, every rule is asked, and the answers become a diagnosis.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;

use super::answer;
use super::diagnosis::{
    Diagnosis, FunctionSummary, HostSummary, KernelSummary, LineSummary, WatchedSummary,
};
use super::open::{undecided, unseen};
use super::rules;
use super::rules::system::fix_in_words;
use super::seen::Seen;
use super::watch::{self, Watched};
use crate::host::reading::unreadable;
use crate::host::{Chips, Disintx, Function, Host, Request, Tree};

/// Reads the host and asks every rule.
///
/// # Errors
/// A search of the model that cannot be made; nothing that the host shows.
pub fn diagnose(tree: &Tree, request: &Request) -> Result<Diagnosis> {
    diagnose_over(tree, request, None)
}

/// Like [`diagnose`]; also watches the lines in use for this long.
///
/// # Errors
/// As [`diagnose`].
pub fn diagnose_over(tree: &Tree, request: &Request, time: Option<Duration>) -> Result<Diagnosis> {
    let host = Host::read(tree, request)?;
    let seen = Seen::new(tree, &host, request);
    let watched = time.map(|time| watch::watch(tree, &seen, time));
    let findings = rules::judge(&seen, watched.as_deref().unwrap_or_default());
    let functions = functions(&seen);
    let undecided = undecided(&seen);
    Ok(Diagnosis {
        answers: answer::answers(request, &host, &findings, &undecided),
        undone: Vec::new(),
        lines: lines(&seen, &functions),
        functions,
        findings,
        watched: watched.map(|lines| lines.iter().map(summary).collect()),
        undecided,
        unseen: unseen(tree, &host),
        kernel: kernel(&seen),
        host: HostSummary {
            os: host.os.as_ref().map(|os| os.name.clone()),
            emulated: host.emulated,
            cpus: host.cpus,
            functions: host.functions.len(),
            functions_with_pin: host
                .functions
                .iter()
                .filter(|function| has_pin(function))
                .count(),
            functions_judged: host
                .functions
                .iter()
                .filter(|function| seen.wanted(function) && seen.judged(function))
                .count(),
            nointxmask: host.nointxmask,
            kvm: host.kvm.clone(),
            unreadable_files: unreadable(tree).len(),
        },
    })
}

fn has_pin(function: &Function) -> bool {
    // An irq without a message stands for a pin that the text does not name.
    function.config.is_some_and(|config| config.has_pin()) || function.intx_irq().is_some()
}

fn kernel(seen: &Seen<'_>) -> KernelSummary {
    let (host, kernel) = (seen.host, &seen.kernel);
    KernelSummary {
        release: host.release.clone(),
        stands_for: kernel.by_version.map(|kernel| kernel.name),
        fix: kernel.fixed,
        says: fix_in_words(kernel.fixed),
        evidence: vec![kernel.evidence.clone()],
        threads_interrupts: host.threads_interrupts(),
        command_line: host.cmdline.clone(),
    }
}

fn functions(seen: &Seen<'_>) -> Vec<FunctionSummary> {
    let matters = |function: &&Function| {
        seen.wanted(function)
            && !function.is_bridge()
            && (has_pin(function) || function.asked || seen.judged(function))
    };
    let summary = |function: &Function| {
        let judged = seen.judged(function);
        // Where Linux has no descriptor for an irq, every other irq is looked at: not for thousands of functions.
        let described = function
            .intx_irq()
            .is_some_and(|irq| seen.host.chip(irq).is_some());
        let chips = if judged || described {
            Chips::of(seen.host, function)
        } else {
            None
        };
        FunctionSummary::new(
            function,
            judged,
            chips,
            &Disintx::of(seen.host, function),
            seen.host.way(function),
        )
    };
    seen.host
        .functions
        .iter()
        .filter(matters)
        .map(summary)
        .collect()
}

fn lines(seen: &Seen<'_>, functions: &[FunctionSummary]) -> Vec<LineSummary> {
    let irqs = functions
        .iter()
        .filter_map(|function| function.irq)
        .chain(seen.request.irqs.iter().copied());
    let known =
        |&irq: &u32| seen.host.irqs.contains_key(&irq) || seen.host.lines.contains_key(&irq);
    let irqs: BTreeSet<u32> = irqs.filter(known).collect();
    irqs.into_iter().map(|irq| line(seen, irq)).collect()
}

fn line(seen: &Seen<'_>, irq: u32) -> LineSummary {
    let host = seen.host;
    let line = host.lines.get(&irq);
    let functions = seen.functions_on(irq).iter();
    LineSummary {
        irq,
        controller: host.chip(irq).map(|(chip, ..)| chip.to_string()),
        trigger: line.and_then(|line| line.trigger.clone()),
        owners: host.owners(irq).to_vec(),
        functions: functions.map(|on| on.address.clone()).collect(),
        taken: host.irqs.get(&irq).map(|shown| shown.total),
        unhandled: line
            .and_then(|line| line.spurious)
            .map(|spurious| spurious.unhandled),
    }
}

fn summary(watched: &Watched) -> WatchedSummary {
    let looks = &watched.looks;
    let count = |look: Option<&watch::Look>| look.map_or(0, |look| look.count);
    WatchedSummary {
        function: watched.address.clone(),
        seconds: watch::seconds(looks),
        looks: looks.len(),
        asserted: looks
            .iter()
            .filter(|look| look.asserted == Some(true))
            .count(),
        taken: count(looks.last()).saturating_sub(count(looks.first())),
    }
}
