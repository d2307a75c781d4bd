//! Reading it, line by line.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use eoi_intx::Path;

use super::{Case, Fault, Plan, Soak, Step, Unmask};
use crate::device;
use crate::vfio::Iommu;

impl Step {
    fn parse(text: &str) -> Result<Self> {
        let (word, number) = match text.split_once(':') {
            Some((word, number)) => {
                let number: u32 = number.parse().with_context(|| format!("'{text}': '{number}' is no number"))?;
                (word, Some(number))
            }
            None => (text, None),
        };
        Ok(match (word, number) {
            ("enable", None) => Self::Enable,
            ("disable", None) => Self::Disable,
            ("raise", Some(cause @ 1..=2)) => Self::Raise(cause as u8),
            ("clear", Some(cause @ 1..=2)) => Self::Clear(cause as u8),
            ("clear", None) => Self::ClearAll,
            ("wait", None) => Self::Wait,
            ("idle", None) => Self::Idle,
            ("mask", None) => Self::Mask,
            ("unmask", None) => Self::Unmask,
            ("rearm", None) => Self::Rearm,
            ("doctor", None) => Self::Doctor,
            ("race", Some(rounds @ 1..)) => Self::Race(rounds),
            _ => bail!(
                "'{text}' is no step; there are enable, disable, raise:N, clear:N (N is 1 or 2), clear, wait, idle, \
                 mask, unmask, rearm, doctor and race:N"
            ),
        })
    }
}

impl Plan {
    /// Reads the plan.
    ///
    /// # Errors
    /// The first line that is not understood, or a device or container that is not named.
    pub fn parse(text: &str) -> Result<Self> {
        let (mut device, mut container) = (None, None);
        let (mut wait, mut idle) = (Duration::from_millis(1000), Duration::from_millis(300));
        let (mut kvm, mut functions, mut cases) = (false, Vec::new(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let mut understand = || -> Result<()> {
                match word {
                    "functions" => functions.extend(rest.split_whitespace().map(String::from)),
                    "case" => cases.push(case(rest)?),
                    "kvm" => cases.push(chain(rest)?),
                    "fault" => cases.push(fault(rest)?),
                    "soak" => cases.push(soak(rest)?),
                    "set" => match rest.split_once('=').context("'set' takes KEY=VALUE")? {
                        ("device", name) => {
                            device = Some(device::by_name(name).with_context(|| format!("no device '{name}'"))?);
                        }
                        ("container", name) => {
                            container = Some(Iommu::by_name(name).with_context(|| format!("no container '{name}'"))?);
                        }
                        ("wait_ms", value) => wait = milliseconds(value)?,
                        ("idle_ms", value) => idle = milliseconds(value)?,
                        ("kvm", "0") => kvm = false,
                        ("kvm", "1") => kvm = true,
                        (key @ "kvm", value) => bail!("{key} is 0 or 1, not '{value}'"),
                        (key, _) => bail!("no key '{key}'"),
                    },
                    _ if line.is_empty() || line.starts_with('#') => {}
                    _ => bail!("'{word}' is none of set, functions, case, kvm, soak and fault"),
                }
                Ok(())
            };
            understand().with_context(|| format!("line {}", index + 1))?;
        }
        Ok(Self {
            device: device.context("it names no device: 'set device=edu'")?,
            container: container.context("it names no container: 'set container=type1'")?,
            wait,
            idle,
            kvm,
            functions,
            cases,
        })
    }
}

fn milliseconds(text: &str) -> Result<Duration> {
    Ok(Duration::from_millis(text.parse().with_context(|| format!("'{text}' is no number of milliseconds"))?))
}

fn case(text: &str) -> Result<Case> {
    let mut words = text.split_whitespace();
    let name = words.next().context("a case without a name")?.to_string();
    let (mut disintx, mut unmask, mut trace, mut steps) = (None, None, None, None);
    for word in words {
        match word.split_once('=').with_context(|| format!("'{word}' is not KEY=VALUE"))? {
            ("device", kind) => disintx = Some(is_disintx(kind)?),
            ("how", "ioctl") => unmask = Some(Unmask::Ioctl),
            ("how", "eventfd") => unmask = Some(Unmask::Eventfd),
            ("how", "intx") => unmask = Some(Unmask::Machine),
            ("trace", "on") => trace = Some(true),
            ("trace", "off") => trace = Some(false),
            ("steps", list) => steps = Some(list.split(',').map(Step::parse).collect::<Result<Vec<_>>>()?),
            _ => bail!("'{word}' is not understood in a case"),
        }
    }
    let missing = |key: &str| anyhow!("case {name} has no {key}=");
    Ok(Case {
        disintx: disintx.ok_or_else(|| missing("device"))?,
        unmask: unmask.ok_or_else(|| missing("how"))?,
        trace: trace.ok_or_else(|| missing("trace"))?,
        steps: steps.ok_or_else(|| missing("steps"))?,
        name,
    })
}

/// What both kinds of chain have: the words that `key` does not take are refused.
fn with_kvm(text: &str, mut key: impl FnMut(&str, &str) -> Result<bool>) -> Result<Case> {
    let mut words = text.split_whitespace();
    let name = words.next().context("a chain without a name")?.to_string();
    let mut disintx = None;
    for word in words {
        match word.split_once('=').with_context(|| format!("'{word}' is not KEY=VALUE"))? {
            ("device", kind) => disintx = Some(is_disintx(kind)?),
            (word, value) if key(word, value)? => {}
            _ => bail!("'{word}' is not understood in a chain"),
        }
    }
    let disintx = disintx.with_context(|| format!("chain {name} has no device="))?;
    let steps = vec![Step::Enable, Step::Raise(1), Step::Wait, Step::Clear(1), Step::Unmask];
    Ok(Case { disintx, unmask: Unmask::Eventfd, trace: false, steps, name })
}

fn number(key: &str, value: &str) -> Result<u32> {
    value.parse().with_context(|| format!("{key}: '{value}' is no number"))
}

fn chain(text: &str) -> Result<Case> {
    let (mut rounds, mut again) = (None, None);
    let mut case = with_kvm(text, |key, value| {
        match key {
            "rounds" => rounds = Some(number(key, value)?),
            "again" => again = Some(number(key, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let missing = |key: &str| anyhow!("chain {} has no {key}=", case.name);
    let rounds = rounds.filter(|&rounds| rounds > 0).ok_or_else(|| missing("rounds"))?;
    let again = again.ok_or_else(|| missing("again"))?;
    case.steps.insert(0, Step::Kvm { rounds, again });
    Ok(case)
}

fn soak(text: &str) -> Result<Case> {
    let (mut path, mut interrupts, mut vcpus) = (None, None, None);
    let mut case = with_kvm(text, |key, value| {
        match (key, value) {
            ("path", "resample") => path = Some(Path::Resample),
            ("path", "eoi") => path = Some(Path::Eoi),
            ("vcpus", "1") => vcpus = Some(1),
            ("vcpus", "2") => vcpus = Some(2),
            ("interrupts", number_of) => interrupts = Some(number(key, number_of)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let missing = |key: &str| anyhow!("chain {} has no {key}=", case.name);
    let path = path.ok_or_else(|| missing("path"))?;
    let interrupts = interrupts.filter(|&interrupts| interrupts > 0).ok_or_else(|| missing("interrupts"))?;
    let vcpus = vcpus.ok_or_else(|| missing("vcpus"))?;
    case.steps.insert(0, Step::Soak(Soak { path, interrupts, vcpus }));
    Ok(case)
}

fn fault(text: &str) -> Result<Case> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let &[name, device, what] = &words[..] else { bail!("a fault is NAME device=… what=…") };
    let device = device.strip_prefix("device=").with_context(|| format!("fault {name} has no device="))?;
    let what = what.strip_prefix("what=").with_context(|| format!("fault {name} has no what="))?;
    let fault = Fault::ALL.into_iter().find(|fault| fault.name() == what);
    let step = Step::Fault(fault.with_context(|| format!("no fault '{what}'"))?);
    let (name, disintx) = (name.to_string(), is_disintx(device)?);
    Ok(Case { name, disintx, unmask: Unmask::Machine, trace: false, steps: vec![step] })
}

fn is_disintx(kind: &str) -> Result<bool> {
    match kind {
        "disintx" => Ok(true),
        "no-disintx" => Ok(false),
        _ => bail!("'{kind}' is neither disintx nor no-disintx"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "# the quick set\nset device=edu\nset container=spapr\nset wait_ms=2000\n\n\
        functions handle_fasteoi_irq vfio_intx_handler\nfunctions enable_irq\n\
        case two-causes device=no-disintx how=eventfd trace=on steps=enable,raise:1,raise:2,wait,clear:2,unmask,wait\n\
        case race device=disintx how=ioctl trace=off steps=enable,race:100000,clear,mask,idle,disable\n";

    #[test]
    fn a_whole_plan_is_understood() {
        let plan = Plan::parse(WHOLE).expect("a plan");
        assert_eq!(plan.device.name(), "edu");
        assert_eq!(plan.container, Iommu::SpaprTce);
        assert_eq!((plan.wait, plan.idle), (Duration::from_secs(2), Duration::from_millis(300)));
        assert_eq!(plan.functions, ["handle_fasteoi_irq", "vfio_intx_handler", "enable_irq"]);
        use Step::{Clear, ClearAll, Disable, Enable, Idle, Mask, Race, Raise, Unmask as U, Wait};
        assert_eq!(plan.cases[0].steps, [Enable, Raise(1), Raise(2), Wait, Clear(2), U, Wait]);
        assert_eq!(plan.cases[1].steps, [Enable, Race(100_000), ClearAll, Mask, Idle, Disable]);
        let first = &plan.cases[0];
        assert_eq!((first.disintx, first.unmask, first.trace), (false, Unmask::Eventfd, true));
    }

    #[test]
    fn a_chain_ends_in_an_interrupt_without_kvm() {
        let plan = Plan::parse(&format!("{WHOLE}set kvm=1\nkvm kvm-chain device=no-disintx rounds=200 again=2\n"));
        let plan = plan.expect("a plan");
        let chain = &plan.cases[2];
        assert!(plan.kvm && chain.raises() && !chain.disintx && !chain.trace);
        assert_eq!((chain.name.as_str(), chain.unmask), ("kvm-chain", Unmask::Eventfd));
        use Step::{Clear, Enable, Kvm, Raise, Unmask as U, Wait};
        assert_eq!(chain.steps, [Kvm { rounds: 200, again: 2 }, Enable, Raise(1), Wait, Clear(1), U]);
        let plan = Plan::parse(&format!("{WHOLE}soak a device=disintx path=eoi interrupts=100000 vcpus=2\n"));
        let soak = &plan.expect("a plan").cases[2];
        let step = Step::Soak(Soak { path: Path::Eoi, interrupts: 100_000, vcpus: 2 });
        assert!(soak.raises() && soak.disintx && soak.steps[0] == step && soak.steps[1..] == chain.steps[1..]);
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        let bad = |line: &str, say: &str| {
            let error = Plan::parse(&format!("set device=edu\n{line}\n")).err().expect("refused");
            let error = format!("{error:#}");
            assert!(error.contains(say), "{line}: {error}");
        };
        bad("cases x", "line 2: 'cases' is none of");
        bad("set device=rtl8139", "no device 'rtl8139'");
        bad("set wait_ms=1s", "'1s' is no number");
        bad("set colour=red", "no key 'colour'");
        bad("case", "without a name");
        bad("case a device=disintx how=ioctl trace=on", "case a has no steps=");
        bad("case a device=both", "'both' is neither");
        bad("set kvm=yes", "not 'yes'");
        bad("kvm a device=disintx rounds=0 again=1", "chain a has no rounds=");
        bad("kvm a device=disintx rounds=1", "chain a has no again=");
        bad("kvm a rounds=many", "rounds: 'many' is no number");
        bad("kvm a trace=on", "not understood in a chain");
        bad("fault a device=disintx", "a fault is NAME");
        bad("fault a device=disintx what=fire", "no fault 'fire'");
        bad("soak a device=disintx path=irqfd", "'path=irqfd' is not understood");
        bad("soak a device=disintx path=eoi interrupts=5 vcpus=3", "'vcpus=3' is not understood");
        bad("soak a path=eoi interrupts=5 vcpus=1", "chain a has no device=");
        bad("soak a device=disintx path=eoi vcpus=1", "chain a has no interrupts=");
        bad("case a how=poll", "'how=poll' is not understood");
        for step in ["raise:3", "raise:0", "raise", "race:0", "wait:1", "enable,", "clear:x"] {
            bad(&format!("case a steps={step}"), if step == "clear:x" { "is no number" } else { "is no step" });
        }
        bad("# nothing", "names no container");
    }
}
