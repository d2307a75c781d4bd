//! What a machine did in a case, read from what its guest said and from the kernel's own recording.

use anyhow::{Context, Result, bail};
use eoi_intx::Path;
use eoi_model::irqchip::Irqchip;

use super::case::Case;
use super::predict::{Conduct, Host, Verdict};
use super::protocol::{End, Heard};
use crate::trace::rows::Candidate;
use crate::trace::words::Words;
use crate::trace::{count, examine, text};

/// A case as it was seen.
pub struct Observed {
    /// What can be compared.
    pub conduct: Conduct,
    /// Whether there is a recording.
    pub traced: bool,
    /// Where the recording leaves the model, in a sentence; `None` if it follows to the end.
    pub departs: Option<String>,
    /// Rounds of a race, or of the chain with a guest.
    pub rounds: Option<u32>,
    /// How the chain's counts are not what they should be.
    pub miscounts: Vec<String>,
}

/// Reads one case.
///
/// # Errors
/// The case was not run to an end, no interrupt ever came, or the recording is not whole: none of these is a stall, and none is a pass.
pub fn observe(host: &Host, case: &Case, heard: &Heard) -> Result<Observed> {
    let end = heard.end.context("the machine ended in this case")?;
    if end == End::Error || !heard.errors.is_empty() {
        bail!("the case could not be run: {}", heard.errors.join("; "));
    }
    if heard.signals == 0 && heard.proc == 0 {
        bail!("the device never interrupted at all");
    }
    let verdict = if end == End::Ok { Verdict::Delivers } else { Verdict::Stalls };
    let mut conduct =
        Conduct { verdict, found: heard.found.clone(), taken: 0, ignored: 0, chip: Vec::new(), spurious: false };
    if case.races() {
        let (rounds, masks) = (heard.rounds.unwrap_or_default(), heard.masks.unwrap_or_default());
        if verdict == Verdict::Delivers && masks < u64::from(rounds) / 10 {
            bail!("the other CPU masked {masks} times in {rounds} rounds: that is no race");
        }
        return Ok(Observed { conduct, traced: false, departs: None, rounds: heard.rounds, miscounts: Vec::new() });
    }
    if case.is_fault() {
        return Ok(Observed { conduct, traced: false, departs: None, rounds: None, miscounts: Vec::new() });
    }
    if case.needs_kvm() {
        conduct.spurious = heard.count("stray") > 0;
        let (counts, rounds) = match (case.chain(), case.soak()) {
            (Some((rounds, again)), _) => (chain(case, u64::from(rounds), u64::from(again), heard), "delivered"),
            (_, Some((path, interrupts))) => (soak(path, u64::from(interrupts), heard), "guest_irqs"),
            _ => (Vec::new(), "delivered"),
        };
        let rounds = u32::try_from(heard.count(rounds)).ok();
        return Ok(Observed { conduct, traced: false, departs: None, rounds, miscounts: counts });
    }
    if heard.lost > 0 {
        bail!("the recording lost {} entries", heard.lost);
    }
    let departs = read_trace(host, case, &heard.trace, &mut conduct).context("the case's recording")?;
    Ok(Observed { conduct, traced: true, departs, rounds: None, miscounts: Vec::new() })
}

/// Each round is delivered once, fires again as often as it is ended with its cause still up, resamples at every end,
/// and is quiet afterwards. A DisINTx+ device interrupts its host once a round: an unmask that finds the cause up signals
/// the trigger again instead (`vfio_pci_intx_unmask_handler`). An interrupt for nothing comes on top, where it can come.
fn chain(case: &Case, rounds: u64, again: u64, heard: &Heard) -> Vec<String> {
    let (ends, stray) = (rounds * (again + 1), heard.count("stray"));
    let host = if case.device.pci_2_3() { rounds } else { ends } + stray;
    let all = ends + stray;
    let expected = [
        ("delivered", rounds),
        ("resampled", all),
        ("refired", rounds * again),
        ("quiet", 1),
        ("guest_irqs", all),
        ("host_irqs", host),
    ];
    let wrong = expected.into_iter().filter(|(key, count)| heard.chain.get(*key) != Some(count));
    wrong.map(|(key, count)| format!("the chain has {key} {:?}, not {count}", heard.chain.get(key))).collect()
}

/// Nothing is lost, nothing comes after the teardown, both vCPUs take part, and on the path through KVM the VMM's event loop
/// sleeps all the while: by the kernel's own count of its system calls, where the kernel has it.
fn soak(path: Path, interrupts: u64, heard: &Heard) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {:?}", heard.chain));
        }
    };
    let all = heard.count("guest_irqs");
    must(all >= interrupts, "the guest took too few interrupts");
    must(heard.count("vcpu0").min(heard.count("vcpu1")) > 0, "a vCPU took none");
    must(heard.count("vcpu0") + heard.count("vcpu1") == all, "the vCPUs' counts do not add up");
    must(heard.chain.get("lost") == Some(&0), "a cause was lost");
    must(heard.chain.get("after_teardown") == Some(&0), "something came after the teardown");
    if path == Path::Resample {
        must(heard.chain.get("wakeups") == Some(&0), "the VMM's event loop woke up");
        must(heard.count("vmm_syscalls") == 0, "the VMM's event loop made system calls");
    }
    wrong
}

fn read_trace(host: &Host, case: &Case, trace: &str, conduct: &mut Conduct) -> Result<Option<String>> {
    let words = Words::learnt();
    let recording = examine::recording(|wanted, visit| text::each(&mut trace.as_bytes(), wanted, visit))?;
    let [function] = *recording.parts().collect::<Vec<_>>() else { bail!("it has several INTx functions") };
    let relevant = recording.of(function);
    let counts = count::count(&relevant, words);
    (conduct.taken, conduct.ignored) = (counts.taken, counts.ignored);
    let chip = relevant.seen.iter().filter(|seen| words.is_chip(seen.name()));
    conduct.chip = chip.map(|seen| seen.name().to_string()).collect();

    let candidate = Candidate {
        chip: host.chip,
        kernel: host.kernel,
        device: case.device,
        fix: host.fixes.first().copied(),
        threadirqs: host.threadirqs,
    };
    let mut verdict = examine::examine(&recording, &[candidate])?;
    let line = verdict.lines.pop().context("it has no INTx function")?;
    if let Some(unclear) = line.unclear {
        bail!(unclear);
    }
    Ok(line.departs.map(|departs| {
        let expected: Vec<&str> = departs.expected.into_iter().collect();
        format!("line {}: {}, expected {}", departs.line, departs.seen, expected.join(" or "))
    }))
}

/// How what was seen differs from what was said, each in a sentence; nothing where they agree.
///
/// What depends on a race is not compared: only that a line which cannot be lost is not lost.
#[must_use]
pub fn differences(chip: &Irqchip, predicted: &Conduct, observed: &Observed) -> Vec<String> {
    let mut differences = Vec::new();
    let conduct = &observed.conduct;
    let compatible = predicted.verdict == conduct.verdict || predicted.verdict == Verdict::MayStall;
    if !compatible {
        differences.push(format!("{} instead of {}", conduct.verdict.name(), predicted.verdict.name()));
    }
    differences.extend(observed.miscounts.iter().cloned());
    if conduct.spurious && !predicted.spurious {
        differences.push("the guest was interrupted for nothing, which cannot be".to_string());
    }
    if !observed.traced {
        return differences;
    }
    if predicted.found != conduct.found {
        differences.push(format!("waits found {}, not {}", bits(&conduct.found), bits(&predicted.found)));
    }
    let (taken, ignored) = (predicted.taken, predicted.ignored);
    if (conduct.taken, conduct.ignored) != (taken, ignored) {
        let (seen, not) = (conduct.taken, conduct.ignored);
        differences.push(format!("host interrupts {seen} taken and {not} ignored, not {taken} and {ignored}"));
    }
    if let Some(at) = first_difference(&predicted.chip, &conduct.chip) {
        let name = |ops: &[String]| ops.get(at).cloned().unwrap_or_else(|| "nothing".to_string());
        let (seen, said) = (name(&conduct.chip), name(&predicted.chip));
        differences.push(format!("operation {at} of {}: {seen}, not {said}", chip.prints));
    }
    if let Some(departs) = &observed.departs {
        differences.push(format!("the recording departs at {departs}"));
    }
    differences
}

fn bits(found: &[bool]) -> String {
    found.iter().map(|&found| if found { '1' } else { '0' }).collect()
}

fn first_difference(a: &[String], b: &[String]) -> Option<usize> {
    (0..a.len().max(b.len())).find(|&at| a.get(at) != b.get(at))
}

#[cfg(test)]
mod tests {
    use eoi_model::device::Device;

    use super::*;
    use crate::lab::case::{How, SCRIPTS};
    use crate::lab::protocol::Session;

    /// What arm64-gicv3-el2 with 6.12.57 said when it interrupted its guest once for nothing; and the same with an interrupt
    /// more that no vCPU took.
    #[test]
    fn a_stray_interrupt_is_counted_through_the_chain() {
        let heard = |host: u32| {
            let mut session = Session::default();
            session.hear("begin kvm-chain/no-disintx/intx device=no-disintx how=eventfd").expect("the protocol");
            let counts = "delivered=200 resampled=601 refired=400 quiet=1 guest_irqs=601 stray=1";
            session
                .hear(&format!("chain {counts} host_irqs={host} rounds=200 chip=vgic-v3 us=1"))
                .expect("the protocol");
            session.cases.remove(0)
        };
        let script = SCRIPTS.iter().find(|script| script.name == "kvm-chain").expect("a script");
        let case = Case { script, device: Device::NoDisintx, how: How::Intx };
        assert_eq!(chain(&case, 200, 2, &heard(601)), Vec::<String>::new());
        assert_eq!(chain(&case, 200, 2, &heard(602)).len(), 1);
    }
}
