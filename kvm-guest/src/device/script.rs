//! A function of which only some registers are known: what to write so that it interrupts, and so that it stops.

use anyhow::{Context, Result, bail};
use eoi_forward::vfio::Bar;

use super::kind::Device;

/// A device by a script of MMIO accesses, one in a line; `#` begins a comment. All registers are 32 bits wide, all numbers
/// decimal or hexadecimal (`0x60`).
///
/// ```text
/// bar 0               # BAR 0 if there is no such line
/// raise 0x60 0x1      # writes 0x1 at 0x60; several are done in order
/// clear 0x64 0x1      # the same, to clear the cause
/// status 0x24 0x1     # the cause is up while any of these bits is set; reading may change nothing
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    bar: u8,
    raise: Vec<(u64, u32)>,
    clear: Vec<(u64, u32)>,
    status: (u64, u32),
}

impl Script {
    /// Reads one.
    ///
    /// # Errors
    /// The first line that is not understood, or a word that is missing.
    pub fn parse(text: &str) -> Result<Self> {
        let (mut bar, mut raise, mut clear, mut status) = (0, Vec::new(), Vec::new(), None);
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            let mut understand = || -> Result<()> {
                match words[..] {
                    [] => {}
                    ["bar", number] => {
                        bar = number
                            .parse()
                            .ok()
                            .filter(|&bar| bar <= 5)
                            .context("a BAR is 0 to 5")?;
                    }
                    ["raise", at, value] => raise.push(access(at, value)?),
                    ["clear", at, value] => clear.push(access(at, value)?),
                    ["status", at, bits] => status = Some(access(at, bits)?),
                    _ => bail!(
                        "'{}' is none of bar N, raise AT VALUE, clear AT VALUE, status AT BITS",
                        line.trim()
                    ),
                }
                Ok(())
            };
            understand().with_context(|| format!("line {}", index + 1))?;
        }
        if raise.is_empty() || clear.is_empty() {
            bail!("it takes a 'raise' and a 'clear'");
        }
        let status = status
            .filter(|&(_, bits)| bits != 0)
            .context("it takes a 'status' with a bit")?;
        Ok(Self {
            bar,
            raise,
            clear,
            status,
        })
    }
}

fn access(at: &str, value: &str) -> Result<(u64, u32)> {
    let at = number(at)?;
    if at % 4 != 0 {
        bail!("{at:#x} is no multiple of 4");
    }
    Ok((
        at,
        u32::try_from(number(value)?)
            .with_context(|| format!("'{value}' has more than 32 bits"))?,
    ))
}

fn number(text: &str) -> Result<u64> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.with_context(|| format!("'{text}' is no number"))
}

impl Device for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn bar(&self) -> u8 {
        self.bar
    }

    fn causes(&self) -> [u32; 2] {
        [self.status.1; 2]
    }

    fn raise(&self, bar: &Bar<'_>, _: u32) -> eoi_forward::Result<()> {
        self.raise
            .iter()
            .try_for_each(|&(at, value)| bar.write(at, value))
    }

    fn clear(&self, bar: &Bar<'_>, _: u32) -> eoi_forward::Result<()> {
        self.clear
            .iter()
            .try_for_each(|&(at, value)| bar.write(at, value))
    }

    fn pending(&self, bar: &Bar<'_>) -> eoi_forward::Result<u32> {
        let status = bar.read(self.status.0)?;
        Ok(if status == u32::MAX {
            status
        } else {
            status & self.status.1
        }) // all ones is no answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_says_what_edu_does() {
        let script = "bar 0\nraise 0x60 1 # the factorial is none of our business\n\nclear 100 0x1\nstatus 0x24 1\n";
        let script = Script::parse(script).expect("a script");
        let (raise, clear) = (vec![(0x60, 1)], vec![(100, 1)]);
        assert_eq!(
            script,
            Script {
                bar: 0,
                raise,
                clear,
                status: (0x24, 1)
            }
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let bad = |text: &str, say: &str| {
            let error = format!("{:#}", Script::parse(text).expect_err("refused"));
            assert!(error.contains(say), "{text}: {error}");
        };
        bad("", "takes a 'raise' and a 'clear'");
        bad("raise 0 1\nclear 4 1\n", "takes a 'status'");
        bad("raise 0 1\nclear 4 1\nstatus 8 0\n", "takes a 'status'");
        bad("raise 1 1", "line 1: 0x1 is no multiple of 4");
        bad("raise 0 0x100000000", "more than 32 bits");
        bad("\nrise 0 1", "line 2: 'rise 0 1' is none of");
        bad("bar 6", "a BAR is 0 to 5");
        bad("raise 0x 1", "'0x' is no number");
        bad("raise -4 1", "'-4' is no number");
    }
}
