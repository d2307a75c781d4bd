//! ftrace's text: `trace`, `trace_pipe`, and what `trace-cmd report` makes of it (Documentation/trace/ftrace.rst); and the
//! text of `perf script`.
//!
//! Almost every line of a long recording is somebody else's, so that a line is looked at once, where it lies in the
//! buffer, up to its function's or event's name; only what is wanted is read to its end. Nothing is kept of any line.

use std::io::Read;

use anyhow::{Context, Result, anyhow, bail};
use memchr::{memchr, memchr_iter, memmem};

use self::head::{Head, cpu_of, entry, function, whole};
use self::perf::Perf;
use super::entry::{Entry, Summary, What};
use super::function_graph::{Drawn, Graph};
use crate::terminal::shown;

mod head;
pub mod pasted;
mod perf;
mod refused;
mod usual;

/// Bytes that are read at once. A longer line is no line of ftrace, whose entries fit into a page.
const CHUNK: usize = 1 << 18;

/// Reads every entry, in order. `wanted` and `visit` are as in [`super::source::each`].
///
/// # Errors
/// The first line that cannot be read, with its number and where in the file it begins, a last line that was cut, no
/// entry at all, or whatever `visit` returns.
pub fn each(
    input: &mut dyn Read,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(Entry<'_>) -> Result<()>,
) -> Result<Summary> {
    let mut reader = Reader {
        wanted,
        visit,
        graph: Graph::default(),
        quiet: Vec::new(),
        visits: 1,
        summary: Summary::default(),
        last_cpu: 0,
    };
    let mut buffer = vec![0; CHUNK];
    let (mut filled, mut offset, mut number) = (0, 0_u64, 0);
    loop {
        let read = match input.read(&mut buffer[filled..]) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => {
                read.with_context(|| format!("cannot read on at byte {}", offset + filled as u64))?
            }
        };
        if offset == 0 && filled < 8 {
            refused::by_first_bytes(&buffer[..filled + read])?;
        }
        let new = filled;
        filled += read;
        let mut start = 0;
        for end in memchr_iter(b'\n', &buffer[new..filled]).map(|at| new + at) {
            number += 1;
            reader.line(&buffer[start..end], number, offset + start as u64)?;
            start = end + 1;
        }
        if read == 0 {
            return reader.end(&buffer[..filled], number, offset);
        }
        buffer.copy_within(start..filled, 0);
        (filled, offset) = (filled - start, offset + start as u64);
        if filled == CHUNK {
            return Err(refused::line(&buffer[..filled], number + 1, offset));
        }
    }
}

/// The state that is kept from line to line.
struct Reader<'a> {
    wanted: &'a dyn Fn(&str) -> bool,
    visit: &'a mut dyn FnMut(Entry<'_>) -> Result<()>,
    graph: Graph,
    /// For each CPU, how many visits there had been when it last showed that it loses nothing.
    quiet: Vec<u64>,
    visits: u64,
    summary: Summary,
    /// The CPU of the last entry that was visited.
    last_cpu: u32,
}

impl Reader<'_> {
    /// One line, without its end.
    #[inline]
    fn line(&mut self, line: &[u8], number: usize, offset: u64) -> Result<()> {
        let entry = if self.graph.is_on() {
            None
        } else {
            entry(line, number)
        };
        match entry {
            Some(entry) => self.entry(&entry),
            None => self.unusual(line, number, offset),
        }
    }

    #[inline]
    fn entry(&mut self, entry: &Head<'_>) -> Result<()> {
        if entry.event && entry.name.starts_with("funcgraph_e") {
            return self.traced(entry);
        }
        if !entry.name.is_empty() && (self.wanted)(entry.name) {
            self.summary.entries += 1;
            return self.full(entry);
        }
        self.other(entry.number, entry.cpu, entry.pid)
    }

    /// An entry that is only counted, but for the CPU's first one since the last visit.
    #[inline]
    fn other(&mut self, number: usize, cpu: u32, pid: u64) -> Result<()> {
        self.summary.entries += 1;
        self.summary.unwanted += 1;
        let at = cpu as usize;
        if self.quiet.get(at) == Some(&self.visits) {
            return Ok(());
        }
        if self.quiet.len() <= at {
            self.quiet.resize(at + 1, 0);
        }
        self.quiet[at] = self.visits;
        (self.visit)(Entry {
            number,
            cpu,
            pid,
            irq: None,
            what: What::Other,
        })
    }

    fn full(&mut self, entry: &Head<'_>) -> Result<()> {
        let &Head {
            number,
            cpu,
            pid,
            irq,
            name,
            rest,
            event,
        } = entry;
        let rest = String::from_utf8_lossy(rest); // a task, and so an action, may have any bytes in its name
        let what = if event {
            whole(name, &rest)
        } else {
            Some(function(name, &rest))
        };
        let what = what.ok_or_else(|| cut(number, name, &rest))?;
        self.visits += 1;
        self.last_cpu = cpu;
        let irq = irq.or_else(|| self.graph.in_interrupt(cpu, pid));
        (self.visit)(Entry {
            number,
            cpu,
            pid,
            irq,
            what,
        })
    }

    /// An entry of function_graph in trace-cmd's layout.
    fn traced(&mut self, entry: &Head<'_>) -> Result<()> {
        let rest = String::from_utf8_lossy(entry.rest);
        let mut graph = std::mem::take(&mut self.graph);
        let drawn = graph.traced(entry.cpu, entry.pid, entry.irq, &rest);
        let drawn = drawn.ok_or_else(|| cut(entry.number, entry.name, &rest))?;
        self.drawn(entry.number, &drawn)?;
        self.graph = graph;
        Ok(())
    }

    fn drawn(&mut self, number: usize, drawn: &Drawn<'_>) -> Result<()> {
        let &Drawn {
            cpu,
            pid,
            irq,
            what,
        } = drawn;
        let name = match what {
            What::Call(name, ..) | What::Event(name, _) => name,
            _ => "",
        };
        if !(self.wanted)(name) {
            return self.other(number, cpu, pid);
        }
        let what = match what {
            What::Event(name, rest) => whole(name, rest),
            what => Some(what),
        };
        let what = what.ok_or_else(|| cut(number, name, ""))?;
        (self.summary.entries, self.visits, self.last_cpu) =
            (self.summary.entries + 1, self.visits + 1, cpu);
        (self.visit)(Entry {
            number,
            cpu,
            pid,
            irq,
            what,
        })
    }

    /// A line that is no entry of the usual layout.
    fn unusual(&mut self, line: &[u8], number: usize, offset: u64) -> Result<()> {
        if line.starts_with(b"# tracer: function_graph") {
            self.graph.switch_on();
        }
        if is_remark(line) {
            return Ok(());
        }
        if let Some(cpu) = lost(line) {
            self.visits += 1;
            self.graph.forget();
            return (self.visit)(Entry {
                number,
                cpu,
                pid: 0,
                irq: None,
                what: What::Lost,
            });
        }
        if refused::is_ellipsis(line) {
            self.visits += 1;
            self.graph.forget();
            return (self.visit)(Entry {
                number,
                cpu: self.last_cpu,
                pid: 0,
                irq: None,
                what: What::Lost,
            });
        }
        let text = String::from_utf8_lossy(line);
        let mut graph = std::mem::take(&mut self.graph);
        if let Some(drawn) = graph.line(&text).filter(|_| memchr(0, line).is_none()) {
            if let Some(drawn) = drawn {
                self.drawn(number, &drawn)?;
            }
            graph.switch_on();
            self.graph = graph;
            return Ok(());
        }
        self.graph = graph;
        if let Some(entry) = entry(line, number) {
            return self.entry(&entry);
        }
        if let Some(perf) = perf::entry(&text) {
            return self.perf(&perf, number);
        }
        let chain = self.summary.perf && perf::is_chain(&text);
        if chain {
            Ok(())
        } else {
            Err(refused::line(line, number, offset))
        }
    }

    /// An entry of `perf script`.
    fn perf(&mut self, perf: &Perf<'_>, number: usize) -> Result<()> {
        self.summary.perf = true;
        let (cpu, pid) = (perf.cpu, perf.pid);
        let what = perf.what().ok_or_else(|| cut(number, perf.name, ""))?;
        if what == What::Other || !(self.wanted)(perf.name) {
            return self.other(number, cpu, pid);
        }
        (self.summary.entries, self.visits, self.last_cpu) =
            (self.summary.entries + 1, self.visits + 1, cpu);
        (self.visit)(Entry {
            number,
            cpu,
            pid,
            irq: None,
            what,
        })
    }

    /// The end of the file, after these bytes without a line's end.
    fn end(self, rest: &[u8], number: usize, offset: u64) -> Result<Summary> {
        if rest.contains(&0) {
            return Err(refused::line(rest, number + 1, offset));
        }
        if !rest.is_empty() {
            let (number, bytes) = (number + 1, rest.len());
            bail!(
                "its last line, {number} (at byte {offset}, {bytes} bytes), is cut; copy the file again, or delete that line"
            );
        }
        if self.summary.entries == 0 {
            bail!(
                "it has no entry; was tracing on (tracing_on, current_tracer=function, set_ftrace_filter)?"
            );
        }
        Ok(self.summary)
    }
}

/// The error for an entry of which a part is missing.
fn cut(number: usize, name: &str, rest: &str) -> anyhow::Error {
    let (name, rest) = (shown(name), refused::brief(rest));
    anyhow!(
        "line {number}: the entry of {name} is cut or lacks a field: '{}'",
        shown(&rest)
    )
}

/// Whether an entry begins here.
fn is_entry(line: &str) -> bool {
    entry(line.as_bytes(), 0).is_some() || perf::entry(line).is_some()
}

/// Whether a line is an entry, or another line that may stand in a recording.
#[must_use]
pub fn is_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    let entry = entry(bytes, 0).is_some() || perf::entry(line).is_some();
    entry
        || is_remark(bytes)
        || lost(bytes).is_some()
        || refused::is_ellipsis(bytes)
        || Graph::default().line(line).is_some()
}

/// Comments, stacks, and what trace-cmd says about itself.
fn is_remark(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let says: [&[u8]; 5] = [b"#", b"=>", b"cpus=", b"version = ", b"trace-cmd: "];
    line.is_empty()
        || says.iter().any(|start| line.starts_with(start))
        || (line.starts_with(b"CPU ") && line.ends_with(b"is empty"))
        || line.iter().all(|&byte| byte == b'-')
}

/// The CPU of `CPU:n [LOST m EVENTS]`, or of trace-cmd's `CPU:n [m EVENTS DROPPED]`.
fn lost(line: &[u8]) -> Option<u32> {
    let rest = line.trim_ascii_start().strip_prefix(b"CPU:")?;
    let (cpu, rest) = rest.split_at(memchr(b' ', rest)?);
    let says = |word: &[u8]| memmem::find(rest, word).is_some();
    let lost = rest.starts_with(b" [") && (says(b"LOST") || says(b"DROPPED"));
    cpu_of(cpu).filter(|_| lost)
}
