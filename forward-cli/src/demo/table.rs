//! The table of the demonstration.

use std::fmt;
use std::time::Duration;

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

/// The result of `run`.
#[derive(Clone, Debug)]
pub struct Table(pub Vec<Row>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = [
            "path",
            "controller",
            "vCPUs",
            "interrupts",
            "µs p50",
            "µs p99",
            "VMM's calls each",
        ];
        let us = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e6);
        write!(
            f,
            "{:9} {:11} {:>5} {:>10} {:>9} {:>9} {:>16}",
            heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6]
        )?;
        for row in &self.0 {
            let each = row.calls as f64 / f64::from(row.interrupts.max(1));
            let Row {
                path,
                chip,
                vcpus,
                interrupts,
                half,
                most,
                ..
            } = *row;
            let (half, most) = (us(half), us(most));
            write!(
                f,
                "\n{path:9} {chip:11} {vcpus:>5} {interrupts:>10} {half:>9} {most:>9} {each:>16.2}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let us = Duration::from_micros;
        let row = Row {
            path: "resample",
            chip: "ioapic",
            vcpus: 2,
            interrupts: 1000,
            half: us(12),
            most: us(30),
            calls: 0,
        };
        let text = Table(vec![
            row,
            Row {
                path: "eoi",
                chip: "own-ioapic",
                calls: 4000,
                ..row
            },
        ])
        .to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines
                .iter()
                .all(|line| line.chars().count() == lines[0].chars().count()),
            "{text}"
        );
        assert!(
            lines[1].ends_with("30.0             0.00") && lines[2].ends_with("4.00"),
            "{text}"
        );
    }
}
