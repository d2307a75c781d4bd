//! How often the host took an interrupt.

use std::fs;

use anyhow::{Context, Result};

/// How often the irq's action was called, on all CPUs. The kernel keeps the count even without an action.
///
/// # Errors
/// The kernel does not tell (no CONFIG_SPARSE_IRQ), or there is no such irq.
pub fn count(irq: u32) -> Result<u64> {
    let path = format!("/sys/kernel/irq/{irq}/per_cpu_count");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    sum(&text).with_context(|| format!("{path} holds '{}', not numbers", text.trim_end()))
}

fn sum(text: &str) -> Option<u64> {
    text.trim_end()
        .split(',')
        .map(|count| count.trim().parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_all_cpus_are_added() {
        assert_eq!(sum("0,7,5\n"), Some(12));
        assert_eq!(sum("3\n"), Some(3));
        assert_eq!((sum(""), sum("1,x\n")), (None, None));
    }
}
