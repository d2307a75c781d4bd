//! The plan: one case after the other, and what they have in common.

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::error::{Error, refuse};
use crate::text::Word;
use crate::words::{Container, number};
use crate::work::{Case, KINDS};

/// How many functions stand on one line.
const A_LINE: usize = 8;

/// The whole plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The name of the emulated PCI device that the cases are about.
    pub device: Word,
    /// The IOMMU driver of VFIO that holds it.
    pub container: Container,
    /// Milliseconds after which an interrupt counts as lost.
    pub wait_ms: u32,
    /// Milliseconds for which the machine listens where nothing should come.
    pub idle_ms: u32,
    /// Functions of the kernel that are to be traced.
    pub functions: Vec<Word>,
    /// The cases, in the order in which they are run.
    pub cases: Vec<Case>,
}

impl Plan {
    /// Whether one of its cases needs KVM.
    #[must_use]
    pub fn needs_kvm(&self) -> bool {
        self.cases.iter().any(Case::needs_kvm)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            device,
            container,
            wait_ms,
            idle_ms,
            functions,
            cases,
        } = self;
        writeln!(
            f,
            "set device={device}\nset container={container}\nset wait_ms={wait_ms}\nset idle_ms={idle_ms}"
        )?;
        for line in functions.chunks(A_LINE) {
            f.write_str("functions")?;
            line.iter().try_for_each(|name| write!(f, " {name}"))?;
            f.write_str("\n")?;
        }
        cases.iter().try_for_each(|case| writeln!(f, "{case}"))
    }
}

/// The settings that were read so far.
#[derive(Default)]
struct Settings {
    device: Option<Word>,
    container: Option<Container>,
    wait_ms: Option<u32>,
    idle_ms: Option<u32>,
}

impl Settings {
    fn set(&mut self, pair: &str) -> Result<(), Error> {
        let is_new = match pair.split_once('=') {
            Some(("device", name)) => self.device.replace(name.parse()?).is_none(),
            Some(("container", name)) => self.container.replace(name.parse()?).is_none(),
            Some(("wait_ms", ms)) => self
                .wait_ms
                .replace(number("number of milliseconds", ms)?)
                .is_none(),
            Some(("idle_ms", ms)) => self
                .idle_ms
                .replace(number("number of milliseconds", ms)?)
                .is_none(),
            _ => {
                return refuse!(
                    "'set {}' is no setting; there are device=, container=, wait_ms= and idle_ms=",
                    pair.escape_debug()
                );
            }
        };
        if is_new {
            Ok(())
        } else {
            refuse!("'set {}' sets it for the second time", pair.escape_debug())
        }
    }
}

impl FromStr for Plan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (mut settings, mut functions, mut cases) =
            (Settings::default(), Vec::new(), Vec::new());
        for (index, line) in text.lines().map(str::trim).enumerate() {
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let understood = match word {
                _ if line.is_empty() || line.starts_with('#') => Ok(()),
                "set" => settings.set(rest.trim_start()),
                "functions" => rest.split_whitespace().try_for_each(|name| {
                    functions.push(name.parse()?);
                    Ok(())
                }),
                word if KINDS.contains(&word) => line.parse().map(|case| cases.push(case)),
                _ => refuse!(
                    "'{}' is none of set, functions, case, fault, kvm and soak",
                    word.escape_debug()
                ),
            };
            understood.map_err(|error| error.in_line(index + 1))?;
        }
        let missing = |what: &str| Error::new(format_args!("the plan has no line 'set {what}'"));
        Ok(Self {
            device: settings.device.ok_or_else(|| missing("device=NAME"))?,
            container: settings
                .container
                .ok_or_else(|| missing("container=NAME"))?,
            wait_ms: settings.wait_ms.ok_or_else(|| missing("wait_ms=N"))?,
            idle_ms: settings.idle_ms.ok_or_else(|| missing("idle_ms=N"))?,
            functions,
            cases,
        })
    }
}
