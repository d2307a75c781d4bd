//! ftrace's text: `trace`, `trace_pipe`, and what `trace-cmd report` makes of it (Documentation/trace/ftrace.rst).
//!
//! Almost every line of a long recording is somebody else's, so that a line is looked at once, where it lies in the
//! buffer, up to its function's or event's name; only what is wanted is read to its end. Nothing is kept of any line.

use std::io::Read;

use anyhow::{Context, Result, anyhow, bail};
use memchr::{memchr, memchr_iter, memmem, memrchr};

use self::usual::Usual;
use super::entry::{Entry, MOST_CPUS, Summary, What, bare, field, is_symbol, symbol};
use super::function_graph::{Drawn, Graph};
use crate::terminal::shown;

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

/// What is kept from line to line.
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
        match entry(line, number) {
            Some(entry) => self.entry(&entry),
            None => Err(refused::line(line, number, offset)),
        }
    }

    /// The end of the file, after these bytes without a line's end.
    fn end(&mut self, rest: &[u8], number: usize, offset: u64) -> Result<Summary> {
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

/// An entry that was read up to its name.
struct Head<'a> {
    number: usize,
    cpu: u32,
    pid: u64,
    irq: Option<bool>,
    name: &'a str,
    /// What follows the name.
    rest: &'a [u8],
    event: bool,
}

#[inline]
fn entry(line: &[u8], number: usize) -> Option<Head<'_>> {
    let Some(Usual {
        cpu,
        pid,
        flags,
        name,
        rest,
    }) = usual::parts(line)
    else {
        return any_entry(line, number);
    };
    let pid = pid
        .iter()
        .fold(0, |pid, digit| pid * 10 + u64::from(digit - b'0'));
    let (cpu, name, event) = (
        in_range(cpu)?,
        std::str::from_utf8(name).ok()?,
        rest.first() == Some(&b':'),
    );
    let rest = if event { &rest[1..] } else { rest };
    Some(Head {
        number,
        cpu,
        pid,
        irq: flags.map(is_irq),
        name,
        rest,
        event,
    })
}

/// Whether the flags say that an interrupt (of whatever kind) is being handled.
#[inline]
fn is_irq(flags: &[u8]) -> bool {
    flags
        .iter()
        .any(|flag| matches!(flag, b'h' | b'H' | b'z' | b'Z'))
}

/// An entry of any layout.
fn any_entry(line: &[u8], number: usize) -> Option<Head<'_>> {
    let (pid, cpu, rest) = head(line).or_else(|| latency_head(line))?;
    let (flags, body) = time(rest)?;
    let irq = flags.map(is_irq);
    let body = body.trim_ascii_start();
    let body = body
        .strip_prefix(b"function:")
        .map_or(body, <[u8]>::trim_ascii_start);
    let end = body
        .iter()
        .position(|&byte| !is_symbol(byte))
        .unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    let event = rest.first() == Some(&b':');
    if name.is_empty() {
        let stack = [
            &b"<stack trace>"[..],
            b"<user stack trace>",
            b"[FAILED TO PARSE]",
        ];
        let known = stack.iter().any(|says| body.starts_with(says));
        return known.then_some(Head {
            number,
            cpu,
            pid,
            irq,
            name: "",
            rest,
            event,
        });
    }
    if !event && rest.first().is_some_and(|byte| !b" \t+(.".contains(byte)) {
        return None;
    }
    Some(Head {
        number,
        cpu,
        pid,
        irq,
        name: bare(name)?,
        rest: if event { &rest[1..] } else { rest },
        event,
    })
}

/// `task-pid [cpu]`, with or without `(tgid)` between; the task's name may hold anything.
#[inline]
fn head(line: &[u8]) -> Option<(u64, u32, &[u8])> {
    memchr_iter(b'[', line).find_map(|at| {
        let rest = &line[at + 1..];
        let end = rest.iter().take(8).position(|&byte| byte == b']')?;
        let mut before = line[..at].trim_ascii_end();
        if let Some(task) = before.strip_suffix(b")") {
            before = task[..memrchr(b'(', task)?].trim_ascii_end();
        }
        Some((pid(before)?, cpu_of(&rest[..end])?, &rest[end + 1..]))
    })
}

/// `task-pid cpuflags`, as with the option latency-format; the flags go with the rest.
fn latency_head(line: &[u8]) -> Option<(u64, u32, &[u8])> {
    memchr_iter(b' ', line).find_map(|at| {
        let pid = pid(&line[..at])?;
        let rest = line[at..].trim_ascii_start();
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let is_perfs = rest[end..].trim_ascii_start().starts_with(b"["); // `task pid [cpu]`
        if is_perfs {
            None
        } else {
            Some((pid, cpu_of(&rest[..end])?, &rest[end..]))
        }
    })
}

/// The number after the last dash of `task-pid`.
#[inline]
fn pid(task: &[u8]) -> Option<u64> {
    let digits = task
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (name, pid) = task.split_at(task.len() - digits);
    let name = name.strip_suffix(b"-")?;
    (!name.trim_ascii().is_empty()).then(|| number(pid))?
}

#[inline]
fn number(digits: &[u8]) -> Option<u64> {
    let value = |value: u64, byte: &u8| {
        byte.is_ascii_digit()
            .then(|| value * 10 + u64::from(byte - b'0'))
    };
    if digits.is_empty() || digits.len() > 18 {
        None
    } else {
        digits.iter().try_fold(0, value)
    }
}

fn cpu_of(digits: &[u8]) -> Option<u32> {
    number(digits)
        .and_then(|cpu| u32::try_from(cpu).ok())
        .and_then(in_range)
}

fn in_range(cpu: u32) -> Option<u32> {
    (cpu < MOST_CPUS).then_some(cpu)
}

/// The flags, if there are any, and what follows the time's colon.
#[inline]
fn time(rest: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let is_time = |word: &[u8]| {
        word.iter()
            .all(|b| b.is_ascii_digit() || b".us!+#*@$".contains(b))
    };
    let (first, rest) = word(rest)?;
    if let Some(time) = first.strip_suffix(b":") {
        return is_time(time).then_some((None, rest));
    }
    let (second, rest) = word(rest)?;
    if let Some(time) = second.strip_suffix(b":") {
        return if time.is_empty() {
            is_time(first).then_some((None, rest))
        } else {
            is_time(time).then_some((Some(first), rest))
        };
    }
    let (colon, rest) = word(rest)?;
    (colon == b":" && is_time(second)).then_some((Some(first), rest))
}

/// The first word, and what follows it.
#[inline]
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = text.iter().position(|&byte| byte != b' ')?;
    let text = &text[start..];
    let end = text.iter().position(|&byte| byte == b' ')?;
    Some((&text[..end], &text[end..]))
}

/// A function with what is written behind it: its arguments, its offset, and who called it.
fn function<'a>(name: &'a str, rest: &'a str) -> What<'a> {
    let mark = rest.rfind("<-");
    let caller = mark.and_then(|at| symbol(rest[at + 2..].trim_start_matches('-').trim_start()));
    let args = rest
        .strip_prefix('(')
        .map(|args| args[..mark.map_or(args.len(), |at| at - 1)].trim_end());
    match args {
        Some(args) => What::Call(name, caller, args.strip_suffix(')').unwrap_or(args)),
        None => What::Function(name, caller),
    }
}

/// An event, unless a field is missing that it always has.
fn whole<'a>(event: &'a str, fields: &'a str) -> Option<What<'a>> {
    let fields = fields.trim();
    let whole = match event {
        "irq_handler_entry" => field(fields, "irq=").is_some() && fields.contains("name="),
        "irq_handler_exit" => matches!(field(fields, "ret="), Some("handled" | "unhandled")),
        _ => true,
    };
    whole.then_some(What::Event(event, fields))
}
