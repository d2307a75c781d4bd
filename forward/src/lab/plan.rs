//! The plan: what the machine is to do.
//!
//! Blank lines and lines that begin with `#` are ignored. The others are
//!
//! * `set KEY=VALUE`: `device` (edu, e1000), `container` (type1, spapr, noiommu), `wait_ms` (1000), `idle_ms` (300),
//!   `kvm` (0; with 1 there must be a /dev/kvm once the modules are loaded);
//! * `functions NAME …`: functions of the kernel for the function tracer, any number of times;
//! * `case NAME device=disintx|no-disintx how=ioctl|eventfd trace=on|off steps=STEP,…`;
//! * `kvm NAME device=disintx|no-disintx rounds=N again=M`: the chain through KVM, N causes of each of which the guest
//!   EOIs M interrupts before it clears it; then, without KVM, one interrupt more;
//! * `soak NAME device=disintx|no-disintx path=resample|eoi interrupts=N vcpus=1|2`: causes at random times until a guest
//!   has taken N interrupts, through KVM's controller or through one of the VMM's own; then, without KVM, one more.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use eoi_intx::Path;

use crate::device::{self, Device};
use crate::vfio::Iommu;

/// The whole plan.
pub struct Plan {
    /// The function that it is about.
    pub device: &'static dyn Device,
    /// How VFIO holds it.
    pub container: Iommu,
    /// The longest that an interrupt may take before it counts as lost.
    pub wait: Duration,
    /// How long silence is listened to.
    pub idle: Duration,
    /// The machine must have KVM.
    pub kvm: bool,
    /// Functions of the kernel to be traced.
    pub functions: Vec<String>,
    /// In the order in which they are run.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The function's DisINTx is used; vfio-pci's `nointxmask` is its opposite.
    pub disintx: bool,
    /// How it unmasks.
    pub unmask: Unmask,
    /// Whether its steps are traced.
    pub trace: bool,
    /// What it does.
    pub steps: Vec<Step>,
}

impl Case {
    /// `disintx` or `no-disintx`.
    #[must_use]
    pub fn device(&self) -> &'static str {
        if self.disintx { "disintx" } else { "no-disintx" }
    }

    /// Whether the device is ever told to interrupt.
    #[must_use]
    pub fn raises(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Raise(_) | Step::Race(_) | Step::Kvm { .. } | Step::Soak(_)))
    }
}

/// How a case unmasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmask {
    /// `VFIO_DEVICE_SET_IRQS`.
    Ioctl,
    /// A write to the eventfd that was given for it.
    Eventfd,
}

impl Unmask {
    /// As the plan says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ioctl => "ioctl",
            Self::Eventfd => "eventfd",
        }
    }
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sets INTx up.
    Enable,
    /// Tears INTx down.
    Disable,
    /// Raises cause 1 or 2.
    Raise(u8),
    /// Clears cause 1 or 2.
    Clear(u8),
    /// Clears every cause.
    ClearAll,
    /// Waits for a signal; without one the case ends.
    Wait,
    /// Waits for a signal that need not come.
    Idle,
    /// Masks.
    Mask,
    /// Unmasks.
    Unmask,
    /// So many interrupts while another thread masks and unmasks; 1 or more.
    Race(u32),
    /// Asks the doctor, which is `/eoi`, whether the line is dead.
    Doctor,
    /// The chain through KVM, round by round; INTx is not set up.
    Kvm {
        /// Causes, 1 or more.
        rounds: u32,
        /// Interrupts of each cause that the guest EOIs without clearing it.
        again: u32,
    },
    /// The chain through KVM, with causes at random times; INTx is not set up.
    Soak(Soak),
}

/// Causes at random times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soak {
    /// `Resample` through KVM's controller, or `Eoi` through the VMM's.
    pub path: Path,
    /// Interrupts that the guest takes, 1 or more.
    pub interrupts: u32,
    /// 1 or 2.
    pub vcpus: u8,
}

impl Step {
    /// Its word, without the number.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Raise(_) => "raise",
            Self::Clear(_) | Self::ClearAll => "clear",
            Self::Wait => "wait",
            Self::Idle => "idle",
            Self::Mask => "mask",
            Self::Unmask => "unmask",
            Self::Race(_) => "race",
            Self::Doctor => "doctor",
            Self::Kvm { .. } => "kvm",
            Self::Soak(_) => "soak",
        }
    }

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
            ("doctor", None) => Self::Doctor,
            ("race", Some(rounds @ 1..)) => Self::Race(rounds),
            _ => bail!(
                "'{text}' is no step; there are enable, disable, raise:N, clear:N (N is 1 or 2), clear, wait, idle, \
                 mask, unmask, doctor and race:N"
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
                    _ => bail!("'{word}' is none of set, functions, case, kvm and soak"),
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
