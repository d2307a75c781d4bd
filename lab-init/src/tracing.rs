//! The kernel's function tracer (Documentation/trace/ftrace.rst).

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use eoi_lab_protocol::{Text, Word};

use crate::files::{get, put};

const TRACING: &str = "/sys/kernel/tracing";

/// The tracer, with its filter set.
pub struct Tracer;

impl Tracer {
    /// Sets the filter to those of the functions that this kernel has; the others are returned.
    pub fn new(functions: &[Word]) -> Result<(Self, Vec<Word>)> {
        let filter = format!("{TRACING}/set_ftrace_filter");
        if !Path::new(&filter).exists() {
            bail!(
                "a case is to be traced and there is no {filter}; this kernel has no CONFIG_DYNAMIC_FTRACE"
            );
        }
        let wanted: BTreeSet<&str> = functions.iter().map(Word::as_str).collect();
        let available = get(&format!("{TRACING}/available_filter_functions"))?;
        let indices = indices(&available, &wanted);
        if indices.is_empty() {
            bail!(
                "this kernel has none of the {} functions that are to be traced",
                wanted.len()
            );
        }
        put(&format!("{TRACING}/tracing_on"), "0")?;
        put(&format!("{TRACING}/current_tracer"), "nop")?;
        let mut file = fs::File::options()
            .write(true)
            .truncate(true)
            .open(&filter)
            .context("cannot open the filter")?;
        for index in &indices {
            file.write_all(format!("{index}\n").as_bytes())
                .with_context(|| format!("cannot write {index} to {filter}"))?;
        }
        drop(file); // the filter is what was written when it is closed
        let set = get(&filter)?;
        let set: BTreeSet<&str> = set.lines().filter_map(name).collect();
        if let Some(other) = set.difference(&wanted).next() {
            bail!("{filter} holds {other}, which nobody asked for");
        }
        put(&format!("{TRACING}/trace_clock"), "mono")?;
        put(&format!("{TRACING}/buffer_size_kb"), "1408")?;
        put(
            &format!("{TRACING}/events/irq/irq_handler_entry/enable"),
            "1",
        )?;
        put(
            &format!("{TRACING}/events/irq/irq_handler_exit/enable"),
            "1",
        )?;
        Ok((
            Self,
            functions
                .iter()
                .filter(|name| !set.contains(name.as_str()))
                .cloned()
                .collect(),
        ))
    }

    /// Starts an empty recording.
    pub fn start(&self) -> Result<()> {
        put(&format!("{TRACING}/trace"), "")?; // opening it for writing clears it
        put(&format!("{TRACING}/current_tracer"), "function")?;
        put(&format!("{TRACING}/tracing_on"), "1")
    }

    /// Ends the recording.
    pub fn stop(&self) -> Result<()> {
        put(&format!("{TRACING}/tracing_on"), "0")
    }

    /// The recording's lines, and how many entries found no room.
    pub fn take(&self) -> Result<(Vec<Text>, u64)> {
        let lines = get(&format!("{TRACING}/trace"))?
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
            .map(Text::from)
            .collect();
        let mut lost = 0;
        for cpu in fs::read_dir(format!("{TRACING}/per_cpu"))
            .context("cannot list the trace's CPUs")?
            .flatten()
        {
            let stats = get(&cpu.path().join("stats").to_string_lossy())?;
            lost += overrun(&stats)
                .with_context(|| format!("{} names no overrun", cpu.path().display()))?;
        }
        put(&format!("{TRACING}/current_tracer"), "nop")?; // so that the cases that are not traced run at full speed
        Ok((lines, lost))
    }
}

/// A line's function, without the module in brackets.
fn name(line: &str) -> Option<&str> {
    line.split_whitespace()
        .next()
        .filter(|word| !word.starts_with('#'))
}

/// The places of these functions in available_filter_functions, from 1. The filter takes them for names, and finds a
/// place at once where it looks at all of the kernel's functions for a name.
fn indices(available: &str, wanted: &BTreeSet<&str>) -> Vec<usize> {
    let is_wanted = |line: &str| name(line).is_some_and(|name| wanted.contains(name));
    available
        .lines()
        .enumerate()
        .filter(|(_, line)| is_wanted(line))
        .map(|(index, _)| index + 1)
        .collect()
}

fn overrun(stats: &str) -> Option<u64> {
    stats
        .lines()
        .find_map(|line| line.strip_prefix("overrun:"))?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_by_their_place() {
        let available = "a_irq\nenable_irq\nvfio_intx_handler [vfio_pci_core]\nenable_irq_wake\n";
        let wanted = BTreeSet::from(["vfio_intx_handler", "enable_irq", "gone"]);
        assert_eq!(indices(available, &wanted), [2, 3]);
    }

    #[test]
    fn the_overrun_is_not_the_commit_overrun() {
        assert_eq!(
            overrun("entries: 5\noverrun: 17\ncommit overrun: 3\nbytes: 9\n"),
            Some(17)
        );
        assert_eq!(overrun("entries: 5\n"), None);
    }
}
