//! How fast recordings are read, how much memory that takes, and how a straightforward reader does on the same text.
//!
//! `cargo bench --bench trace` writes a recording of a million entries of others, with an interrupt of vfio-pci among
//! each thousand, and one of eight times the length. It asserts that everybody counts the same lines.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek, Write};
use std::time::Instant;

use eoi::trace::configurations;
use eoi::trace::examine::{examine, examine_text, recording};
use eoi::trace::source;
use eoi_model::device::Device;
use eoi_model::{irqchip, kernels};

/// Entries of others in the shorter recording.
const LINES: usize = 1_000_000;
/// Runs of which the best counts.
const RUNS: usize = 5;
/// A second of the path on XIVE with the merged fix: set-up, then an interrupt and its unmask.
const REAL: &str = include_str!("../tests/traces/powernv9-xive-unlazy.txt");

/// The same without the fix, where the line goes dead.
const LAZY: &str = include_str!("../tests/traces/powernv9-xive-lazy.txt");

/// Writes a recording. Each line of others has some 100 bytes, as they have with long names of tasks and callers.
fn write(file: &mut File, lines: usize) {
    let mut out = std::io::BufWriter::new(file);
    let real: Vec<&str> = REAL.lines().collect();
    let round = |line: &&&str| !line.contains("__setup_irq") && !line.contains("xive_irq_startup");
    let begin = real
        .iter()
        .position(|line| line.contains("handle_fasteoi_irq"))
        .expect("an interrupt");
    let again = real
        .iter()
        .skip(begin + 1)
        .position(|line| line.contains("handle_fasteoi_irq <-"))
        .expect("a second");
    let cycle: Vec<&&str> = real[begin..=begin + again].iter().filter(round).collect();
    real[..begin]
        .iter()
        .for_each(|line| writeln!(out, "{line}").expect("a writable file"));
    for n in 0..lines {
        let (cpu, time) = (n % 4, 40.0 + n as f64 * 1e-5);
        let (pid, function) = (
            2000 + n % 16,
            [
                "__schedule",
                "ktime_get_update_offsets_now",
                "tcp_v4_do_rcv",
            ][n % 3],
        );
        let caller = "rcu_sched_clock_irq_with_a_long_name";
        writeln!(
            out,
            "   kworker/u16:3-{pid}    [00{cpu}] d..2.  {time:.6}: {function} <-{caller}"
        )
        .expect("a writable file");
        if n % 1000 == 999 {
            cycle
                .iter()
                .for_each(|line| writeln!(out, "{line}").expect("a writable file"));
        }
    }
    out.flush().expect("a writable file");
}

/// A field of /proc/self/status in bytes; 0 where there is none.
fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

/// The best seconds of some runs, what came out, and by how much the resident set grew at most in the first.
fn measured<T>(file: &mut File, mut run: impl FnMut(&File) -> T) -> (T, f64, u64) {
    let _ = fs::write("/proc/self/clear_refs", "5"); // the high-water mark begins anew
    let before = status("VmRSS");
    let (mut best, mut result, mut grown) = (f64::INFINITY, None, 0);
    for turn in 0..RUNS {
        file.rewind().expect("a file");
        let start = Instant::now();
        result = Some(run(file));
        best = best.min(start.elapsed().as_secs_f64());
        if turn == 0 {
            grown = status("VmHWM").saturating_sub(before);
        }
    }
    (result.expect("a run"), best, grown)
}

/// The first idea that one would have: a string for every line, and its words.
fn straightforward(file: &File) -> usize {
    let mut kept = 0;
    for line in BufReader::new(file).lines() {
        let line = line.expect("text");
        let words: Vec<&str> = line.split_whitespace().collect();
        kept += usize::from(
            words
                .get(4)
                .is_some_and(|name| name.starts_with("xive_") || name.starts_with("vfio_")),
        );
    }
    kept
}

fn print(what: &str, entries: u64, bytes: u64, seconds: f64, base: f64, grown: u64) {
    let rate = entries as f64 / seconds;
    let (mib, ratio, grown) = (
        bytes as f64 / seconds / 1e6,
        base / seconds,
        grown as f64 / 1e6,
    );
    println!(
        "{what:<36} {seconds:>8.4} s {rate:>12.0} lines/s {mib:>7.0} MB/s  x{ratio:<6.1} +{grown:.1} MB"
    );
}

/// The whole of a short recording, as `eoi trace` takes it: with the names that are learnt first, and every candidate.
fn short() {
    let kernels: Vec<_> = kernels::ALL.iter().collect();
    let start = Instant::now();
    let candidates = configurations::all(irqchip::ALL, &kernels, &Device::ALL);
    let answer = examine_text(LAZY, &candidates).expect("a verdict");
    println!(
        "a recording of {} entries against {} configurations, with what is learnt first: {:.3} s",
        answer.functions[0].entries,
        candidates.len(),
        start.elapsed().as_secs_f64()
    );
}

fn main() {
    short();
    for times in [1, 8] {
        let mut file = tempfile::tempfile().expect("a temporary file");
        write(&mut file, times * LINES);
        let bytes = file.metadata().expect("a file").len();
        let (lines, base, grown) = measured(&mut file, |file| {
            BufReader::new(file).lines().count() as u64
        });
        println!(
            "\n{lines} lines, {:.1} bytes each; seconds are the best of {RUNS}",
            bytes as f64 / lines as f64
        );
        print("std's lines(), counted", lines, bytes, base, base, grown);
        let (_, seconds, grown) = measured(&mut file, straightforward);
        print(
            "split_whitespace of each line",
            lines,
            bytes,
            seconds,
            base,
            grown,
        );
        let (summary, seconds, grown) = measured(&mut file, |file| {
            source::each(file, &|_| false, &mut |_| Ok(())).expect("a recording")
        });
        assert_eq!(
            (summary.entries, summary.unwanted),
            (lines, lines),
            "every line is an entry"
        );
        print("each, nothing wanted", lines, bytes, seconds, base, grown);
        let read = |file: &File| {
            recording(|wanted, visit| source::each(file, wanted, visit)).expect("a recording")
        };
        let (whole, seconds, grown) = measured(&mut file, read);
        print(
            "each, and what matters kept",
            lines,
            bytes,
            seconds,
            base,
            grown,
        );
        let chip = irqchip::by_name("xive").expect("a controller");
        let kernel = kernels::by_name("linux-6.12.107").expect("a kernel");
        let configurations = configurations::all(&[chip], &[kernel], &[Device::NoDisintx]);
        let start = Instant::now();
        let answer = examine(&whole, &configurations).expect("a verdict");
        let (verdict, seconds) = (&answer.functions[0], start.elapsed().as_secs_f64());
        println!(
            "{} entries followed in {seconds:.3} s: {}",
            verdict.entries,
            verdict.outcome().name()
        );
    }
}
