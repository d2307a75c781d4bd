//! A level line through a KVM guest and back, without a device: what an interrupt costs on this host, path by path.
//!
//! The line is this process's: a cause, a mask and an eventfd, as vfio-pci has them. The machine that sets it up and
//! answers is [`eoi_intx::Intx`], the guest is the one of `kvm::guest`.

use std::fmt;
use std::time::Duration;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod emulated;

/// Why there is nothing to show.
#[derive(Debug)]
pub enum Error {
    /// This machine cannot: there is no KVM, one that is not to be trusted, or no guest for its architecture. Not a failure.
    NoKvm(String),
    /// It was tried and went wrong.
    Failed(anyhow::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKvm(why) => f.write_str(why),
            Self::Failed(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Error {}

/// One path with one number of vCPUs.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// `resample` or `eoi`.
    pub path: &'static str,
    /// The guest's controller.
    pub chip: &'static str,
    /// With 2, the line goes to the other at each interrupt.
    pub vcpus: u8,
    /// Interrupts that the guest took.
    pub interrupts: u32,
    /// From the cause to where the guest has cleared it: half of them take no longer.
    pub half: Duration,
    /// 99 of 100 take no longer.
    pub most: Duration,
    /// System calls of the VMM for all of them, but for those that run the guest.
    pub calls: u64,
}

/// What `run` found.
#[derive(Clone, Debug)]
pub struct Table(pub Vec<Row>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["path", "controller", "vCPUs", "interrupts", "µs p50", "µs p99", "VMM's calls each"];
        let us = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e6);
        write!(
            f,
            "{:9} {:11} {:>5} {:>10} {:>9} {:>9} {:>16}",
            heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6]
        )?;
        for row in &self.0 {
            let each = row.calls as f64 / f64::from(row.interrupts.max(1));
            let Row { path, chip, vcpus, interrupts, half, most, .. } = *row;
            let (half, most) = (us(half), us(most));
            write!(f, "\n{path:9} {chip:11} {vcpus:>5} {interrupts:>10} {half:>9} {most:>9} {each:>16.2}")?;
        }
        Ok(())
    }
}

/// `rounds` interrupts, one after the other, on each path with one vCPU and with two.
///
/// # Errors
/// [`Error::NoKvm`] where that cannot be done, or what went wrong.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub fn run(rounds: u32) -> Result<Table, Error> {
    if let Err(error) = kvm_ioctls::Kvm::new() {
        return Err(Error::NoKvm(format!("cannot open /dev/kvm: {error}; is KVM loaded, and may this user open it?")));
    }
    if !crate::kvm::holds().map_err(Error::Failed)? {
        let why = "this KVM interrupts a guest again that has not ended its interrupt: nothing measured on it would mean anything";
        return Err(Error::NoKvm(why.to_string()));
    }
    emulated::rows(rounds).map(Table).map_err(Error::Failed)
}

/// `rounds` interrupts, one after the other, on each path with one vCPU and with two.
///
/// # Errors
/// Always [`Error::NoKvm`].
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn run(_: u32) -> Result<Table, Error> {
    Err(Error::NoKvm(format!("there is a guest for x86-64 and arm64, and none for {}", std::env::consts::ARCH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let us = Duration::from_micros;
        let row =
            Row { path: "resample", chip: "ioapic", vcpus: 2, interrupts: 1000, half: us(12), most: us(30), calls: 0 };
        let text = Table(vec![row, Row { path: "eoi", chip: "own-ioapic", calls: 4000, ..row }]).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
        assert!(lines[1].ends_with("30.0             0.00") && lines[2].ends_with("4.00"), "{text}");
    }

    /// Where there is KVM the line has to come through: each cause once, and nothing to do for the VMM with resample.
    #[test]
    fn every_cause_is_served_or_there_is_no_kvm() {
        match run(100) {
            Err(Error::NoKvm(why)) => eprintln!("{why}: not tested"),
            Err(Error::Failed(error)) => panic!("{error:#}"),
            Ok(Table(rows)) => {
                let calls: Vec<(&str, u8, bool)> =
                    rows.iter().map(|row| (row.path, row.vcpus, row.calls == 0)).collect();
                assert_eq!(calls, [("resample", 1, true), ("resample", 2, true), ("eoi", 1, false), ("eoi", 2, false)]);
                assert!(rows.iter().all(|row| row.interrupts >= 100), "{rows:?}");
            }
        }
    }
}
