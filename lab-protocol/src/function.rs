//! The function under test, by messages: its interrupt, and its state where an interrupt did not come.

use core::fmt;
use core::str::FromStr;

use crate::error::{Error, refuse};
use crate::pairs::Pairs;
use crate::text::{Text, Word};
use crate::words::{hexadecimal, number};

/// The interrupt of a function, by its row in `/proc/interrupts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Irq {
    /// The Linux irq.
    pub irq: u32,
    /// The controller's name, with `_` in place of a space: `SiFive_PLIC`.
    pub chip: Word,
    /// The controller's number for it, where the row has one.
    pub hwirq: Option<Word>,
    /// `Level` or `Edge`, or the flow handler's name on x86, where the row has it.
    pub kind: Option<Word>,
    /// The row.
    pub row: Text,
}

impl fmt::Display for Irq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            irq,
            chip,
            hwirq,
            kind,
            row,
        } = self;
        write!(f, "{irq} chip={chip}")?;
        hwirq
            .iter()
            .try_for_each(|hwirq| write!(f, " hwirq={hwirq}"))?;
        kind.iter().try_for_each(|kind| write!(f, " type={kind}"))?;
        if row.is_empty() {
            Ok(())
        } else {
            write!(f, " line={row}")
        }
    }
}

impl FromStr for Irq {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (words, row) = text.split_once(" line=").unwrap_or((text, ""));
        let mut words = words.split_whitespace();
        let irq = number("Linux irq", words.next().unwrap_or_default())?;
        let mut pairs = Pairs::new(words)?;
        let chip = pairs.take("chip")?.parse()?;
        let hwirq = pairs.find("hwirq").map(str::parse).transpose()?;
        let kind = pairs.find("type").map(str::parse).transpose()?;
        pairs.end()?;
        Ok(Self {
            irq,
            chip,
            hwirq,
            kind,
            row: row.into(),
        })
    }
}

/// The state of a function where an interrupt did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The causes that are up, by the device's own register.
    pub status: u32,
    /// Interrupt Status in its configuration space.
    pub intx: bool,
    /// DisINTx in its configuration space.
    pub disintx: bool,
    /// Interrupts that the host took so far.
    pub proc: u64,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            intx,
            disintx,
            proc,
        } = self;
        write!(
            f,
            "status={status:#x} intx={} disintx={} proc={proc}",
            u8::from(*intx),
            u8::from(*disintx)
        )
    }
}

impl FromStr for State {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bit = |bit: &str| match bit {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => refuse!("'{}' is no bit", bit.escape_debug()),
        };
        let mut pairs = Pairs::new(text.split_whitespace())?;
        let status = pairs.take("status")?;
        let Some(digits) = status.strip_prefix("0x") else {
            return refuse!("'{}' has no 0x", status.escape_debug());
        };
        let status = hexadecimal(digits)?;
        let (intx, disintx) = (bit(pairs.take("intx")?)?, bit(pairs.take("disintx")?)?);
        let proc = number("number of interrupts", pairs.take("proc")?)?;
        pairs.end()?;
        Ok(Self {
            status,
            intx,
            disintx,
            proc,
        })
    }
}
