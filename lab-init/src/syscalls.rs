//! How many system calls a thread makes, by the kernel's own count (Documentation/trace/histogram.rst).

use std::path::Path;

use anyhow::{Context, Result};

use crate::files::{get, put};

const EVENT: &str = "/sys/kernel/tracing/events/raw_syscalls/sys_enter";

/// A count that is running.
pub struct Counter {
    thread: i32,
}

impl Counter {
    /// Begins to count those of the thread; `None` where the kernel has no such event or no histograms.
    pub fn new(thread: i32) -> Result<Option<Self>> {
        if !Path::new(&format!("{EVENT}/hist")).exists() {
            return Ok(None);
        }
        put(
            &format!("{EVENT}/trigger"),
            &format!("hist:keys=common_pid if common_pid == {thread}\n"),
        )?;
        Ok(Some(Self { thread }))
    }

    /// The count so far.
    pub fn get(&self) -> Result<u64> {
        let text = get(&format!("{EVENT}/hist"))?;
        count(&text, self.thread)
            .with_context(|| format!("the histogram of {EVENT} is not understood: {text}"))
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        let _ = put(&format!("{EVENT}/trigger"), "!hist:keys=common_pid\n"); // opening it has taken it away already
    }
}

/// The thread's hits. A thread without any has no line.
fn count(histogram: &str, thread: i32) -> Option<u64> {
    histogram.lines().find(|line| line.contains("Hits:"))?; // it was read to its end
    let after = |line: &str, key: &str| {
        line.split_once(key)?
            .1
            .split_whitespace()
            .next()
            .and_then(|word| word.parse::<u64>().ok())
    };
    let mut lines = histogram
        .lines()
        .filter(|line| after(line, "common_pid:") == u64::try_from(thread).ok());
    lines
        .next()
        .map_or(Some(0), |line| after(line, "hitcount:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_counted_and_one_without_a_line_has_none() {
        let text = "# event histogram\n#\n# trigger info: hist:keys=common_pid:vals=hitcount [active]\n#\n\n\
            { common_pid:        131 } hitcount:          7\n\nTotals:\n    Hits: 7\n    Entries: 1\n    Dropped: 0\n";
        assert_eq!((count(text, 131), count(text, 13)), (Some(7), Some(0)));
        assert_eq!(count("", 131), None);
    }
}
