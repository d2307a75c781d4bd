//! Reads a machine's conduct in a case, from the words of its guest and from the kernel's own recording.

use anyhow::{Context, Result, bail};
use eoi_lab_protocol::{End, Key};
use eoi_model::irqchip::Irqchip;

use super::case::{Case, SoakPath, Step};
use super::predict::{Conduct, Host, Verdict};
use super::protocol::Heard;
use crate::check::configuration::Configuration;
use crate::trace::words::Words;
use crate::trace::{configurations, count, examine, text};

/// A case as it was seen.
pub struct Observed {
    /// The conduct, which is compared with the prediction.
    pub conduct: Conduct,
    /// Whether there is a recording.
    pub traced: bool,
    /// Where the recording leaves the model, in a sentence; `None` if it follows to the end.
    pub departs: Option<String>,
    /// Rounds of a race, or of the chain with a guest.
    pub rounds: Option<u32>,
    /// How the chain's counts are not what they should be.
    pub miscounts: Vec<String>,
    /// The wait of a fault's script in which no interrupt has to come; `None` if it has no such wait.
    pub idle: Option<Idle>,
}

/// A wait in which no interrupt has to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Its number among the waits of the script, from 0.
    pub wait: usize,
    /// Whether one came.
    pub came: bool,
}

/// Reads one case.
///
/// # Errors
/// The case was not run to an end, no interrupt ever came, a count was not said, or the recording is not whole: none of these is a
/// stall, and none is a pass.
pub fn observe(host: &Host, case: &Case, heard: &Heard) -> Result<Observed> {
    let end = heard.end.context("the machine ended in this case")?;
    if end == End::Error || !heard.errors.is_empty() {
        bail!("the case could not be run: {}", heard.errors.join("; "));
    }
    if heard.signals == 0 && heard.proc == 0 {
        bail!("the device never interrupted at all");
    }
    let verdict = if end == End::Done {
        Verdict::Delivers
    } else {
        Verdict::Stalls
    };
    let conduct = Conduct {
        verdict,
        found: heard.found.clone(),
        taken: 0,
        ignored: 0,
        chip: Vec::new(),
        spurious: false,
    };
    let mut seen = Observed {
        conduct,
        traced: false,
        departs: None,
        rounds: None,
        miscounts: Vec::new(),
        idle: None,
    };
    if case.is_fault() {
        fault(case, &mut seen, heard)?;
    } else if case.needs_kvm() {
        guest(case, &mut seen, heard)?;
    } else {
        // The guest says it when it has set INTx up, which both of these begin with.
        heard.chip.as_ref().context(
            "the guest's program did not say 'irq' with 'chip=', the controller of the line",
        )?;
        match case.script.steps().iter().find_map(|step| {
            if let Step::Race(rounds) = step {
                Some(rounds.get())
            } else {
                None
            }
        }) {
            Some(rounds) => race(rounds, &mut seen, heard)?,
            None if case.races() => {}
            None => recorded(host, case, &mut seen, heard)?,
        }
    }
    Ok(seen)
}

/// A race that delivers has gone on for all its rounds, and the other CPU was there. One that stalls may have done so before it began.
fn race(asked: u32, seen: &mut Observed, heard: &Heard) -> Result<()> {
    let delivers = seen.conduct.verdict == Verdict::Delivers;
    if !delivers && heard.counts.get(Key::Rounds).is_none() {
        return Ok(());
    }
    let (rounds, masks) = (heard.count(Key::Rounds)?, heard.count(Key::Masks)?);
    if delivers && rounds != u64::from(asked) {
        bail!("the race is said to deliver after {rounds} rounds, and {asked} were asked for");
    }
    if delivers && masks < rounds / 10 {
        bail!("the other CPU masked {masks} times in {rounds} rounds: that is no race");
    }
    seen.rounds = u32::try_from(rounds).ok();
    Ok(())
}

/// Checks a fault, which the guest's program causes. Its word that the line delivers counts only with at least as many
/// interrupts as the script waits for.
fn fault(case: &Case, seen: &mut Observed, heard: &Heard) -> Result<()> {
    let looks: Vec<Step> = case
        .script
        .steps()
        .iter()
        .copied()
        .filter(|s| matches!(s, Step::Wait | Step::Idle))
        .collect();
    let mut waits = looks.iter().filter(|look| **look == Step::Wait).count() as u64;
    if heard.counts.get(Key::Alone).is_some() {
        waits -= heard.count(Key::Alone)?.min(1); // a function that was reset alone has no cause left to interrupt for
    }
    if seen.conduct.verdict == Verdict::Delivers && heard.signals < waits {
        bail!(
            "the line is said to deliver, and {} interrupts came where at least {waits} have to",
            heard.signals
        );
    }
    if let (Some(at), Verdict::Delivers) = (
        looks.iter().position(|look| *look == Step::Idle),
        seen.conduct.verdict,
    ) {
        let came = heard.count(Key::OneMore)? > 0;
        seen.idle = Some(Idle { wait: at, came });
    }
    Ok(())
}

fn guest(case: &Case, seen: &mut Observed, heard: &Heard) -> Result<()> {
    seen.conduct.spurious = heard.count(Key::Stray)? > 0;
    let rounds = match (case.chain(), case.soak()) {
        (Some((rounds, again)), _) => {
            seen.miscounts = chain(case, u64::from(rounds), u64::from(again), heard)?;
            Key::Delivered
        }
        (_, Some((path, interrupts))) => {
            seen.miscounts = soak(path, u64::from(interrupts), heard)?;
            Key::GuestIrqs
        }
        _ => bail!("the case has a guest and nothing for it to do"),
    };
    seen.rounds = u32::try_from(heard.count(rounds)?).ok();
    Ok(())
}

/// Each round is delivered once, fires again as often as it is ended with its cause still up, resamples at every end,
/// and is quiet afterwards. A DisINTx+ device interrupts its host once a round: an unmask that finds the cause up signals
/// the trigger again instead (`vfio_pci_intx_unmask_handler`). An interrupt for nothing comes on top, where it can come.
fn chain(case: &Case, rounds: u64, again: u64, heard: &Heard) -> Result<Vec<String>> {
    let (ends, stray) = (rounds * (again + 1), heard.count(Key::Stray)?);
    let host = if case.device.pci_2_3() { rounds } else { ends } + stray;
    let all = ends + stray;
    let expected = [
        (Key::Delivered, rounds),
        (Key::Resampled, all),
        (Key::Refired, rounds * again),
        (Key::Quiet, 1),
        (Key::GuestIrqs, all),
        (Key::HostIrqs, host),
    ];
    let mut wrong = Vec::new();
    for (key, count) in expected {
        let said = heard.count(key)?;
        if said != count {
            wrong.push(format!("the chain has {key} {said}, not {count}"));
        }
    }
    Ok(wrong)
}

/// Nothing is lost, nothing comes after the teardown, both vCPUs take part, and on the path through KVM the VMM's event loop
/// sleeps all the while: by the kernel's own count of its system calls, which the kernels that soak have.
fn soak(path: SoakPath, interrupts: u64, heard: &Heard) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {}", heard.counts));
        }
    };
    let (all, first, second) = (
        heard.count(Key::GuestIrqs)?,
        heard.count(Key::Vcpu0)?,
        heard.count(Key::Vcpu1)?,
    );
    must(all >= interrupts, "the guest took too few interrupts");
    must(first.min(second) > 0, "a vCPU took none");
    must(first + second == all, "the vCPUs' counts do not add up");
    must(heard.count(Key::Lost)? == 0, "a cause was lost");
    must(
        heard.count(Key::AfterTeardown)? == 0,
        "something came after the teardown",
    );
    if path == SoakPath::Resample {
        must(
            heard.count(Key::Wakeups)? == 0,
            "the VMM's event loop woke up",
        );
        must(
            heard.count(Key::VmmSyscalls)? == 0,
            "the VMM's event loop made system calls",
        );
    }
    Ok(wrong)
}

/// A case that the kernel recorded.
fn recorded(host: &Host, case: &Case, seen: &mut Observed, heard: &Heard) -> Result<()> {
    if heard.lost > 0 {
        bail!("the recording lost {} entries", heard.lost);
    }
    seen.traced = true;
    seen.departs =
        read_trace(host, case, &heard.trace, &mut seen.conduct).context("the case's recording")?;
    Ok(())
}

fn read_trace(
    host: &Host,
    case: &Case,
    trace: &str,
    conduct: &mut Conduct,
) -> Result<Option<String>> {
    let words = Words::learnt();
    let recording =
        examine::recording(|wanted, visit| text::each(&mut trace.as_bytes(), wanted, visit))?;
    let [function] = *recording.parts().collect::<Vec<_>>() else {
        bail!("it has several INTx functions")
    };
    let part = recording.of(function);
    let counts = count::count(&part, words);
    (conduct.taken, conduct.ignored) = (counts.taken, counts.ignored);
    let chip = part
        .entries
        .iter()
        .filter(|entry| words.is_chip(entry.name()));
    conduct.chip = chip.map(|entry| entry.name().to_string()).collect();

    let configuration = Configuration {
        fixes: host.fixes.clone(),
        threadirqs: host.threadirqs,
        scenario: case.scenario(),
        ..configurations::program(host.chip, host.kernel, case.device)
    };
    let mut answer = examine::examine(&recording, &[configuration])?;
    let verdict = answer.functions.pop().context("it has no INTx function")?;
    if let Some(unclear) = verdict.unclear {
        bail!(unclear);
    }
    Ok(verdict.departs.map(|departs| {
        let expected: Vec<&str> = departs.names().into_iter().collect();
        format!(
            "line {}: {}, expected {}",
            departs.line,
            departs.seen,
            expected.join(" or ")
        )
    }))
}

/// The differences between the observed and the predicted conduct, each in a sentence.
///
/// Of a race only one thing is compared: a line that cannot be lost is not lost.
#[must_use]
pub fn differences(chip: &Irqchip, predicted: &Conduct, observed: &Observed) -> Vec<String> {
    let mut differences = Vec::new();
    let conduct = &observed.conduct;
    let compatible = predicted.verdict == conduct.verdict || predicted.verdict == Verdict::MayStall;
    if !compatible {
        differences.push(format!(
            "{} instead of {}",
            conduct.verdict.name(),
            predicted.verdict.name()
        ));
    }
    differences.extend(observed.miscounts.iter().cloned());
    if conduct.spurious && !predicted.spurious {
        differences.push("the guest was interrupted for nothing, which cannot be".to_string());
    }
    if let Some(Idle { wait, came }) = observed
        .idle
        .filter(|idle| predicted.found.get(idle.wait) != Some(&idle.came))
    {
        let (seen, not) = if came { ("an", "none") } else { ("no", "one") };
        differences.push(format!(
            "{seen} interrupt came that nobody waited for (wait {wait}), and the model has {not}"
        ));
    }
    if !observed.traced {
        return differences;
    }
    if predicted.found != conduct.found {
        differences.push(format!(
            "waits found {}, not {}",
            bits(&conduct.found),
            bits(&predicted.found)
        ));
    }
    let (taken, ignored) = (predicted.taken, predicted.ignored);
    if (conduct.taken, conduct.ignored) != (taken, ignored) {
        let (seen, not) = (conduct.taken, conduct.ignored);
        differences.push(format!(
            "host interrupts {seen} taken and {not} ignored, not {taken} and {ignored}"
        ));
    }
    if let Some(at) = first_difference(&predicted.chip, &conduct.chip) {
        let name = |ops: &[String]| {
            ops.get(at)
                .cloned()
                .unwrap_or_else(|| "nothing".to_string())
        };
        let (seen, said) = (name(&conduct.chip), name(&predicted.chip));
        differences.push(format!(
            "operation {at} of {}: {seen}, not {said}",
            chip.prints
        ));
    }
    if let Some(departs) = &observed.departs {
        differences.push(format!("the recording departs at {departs}"));
    }
    differences
}

fn bits(found: &[bool]) -> String {
    found
        .iter()
        .map(|&found| if found { '1' } else { '0' })
        .collect()
}

fn first_difference(a: &[String], b: &[String]) -> Option<usize> {
    (0..a.len().max(b.len())).find(|&at| a.get(at) != b.get(at))
}

#[cfg(test)]
mod tests;
