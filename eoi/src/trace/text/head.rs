//! Reads an entry in any layout: the columns before its name, then the name and the rest of the line.

use memchr::{memchr_iter, memrchr};

use super::usual::{self, Usual};
use crate::trace::entry::{MOST_CPUS, What, bare, field, is_symbol, symbol};

/// An entry that was read up to its name.
pub(super) struct Head<'a> {
    pub number: usize,
    pub cpu: u32,
    pub pid: u64,
    pub irq: Option<bool>,
    pub name: &'a str,
    /// The rest of the line.
    pub rest: &'a [u8],
    pub event: bool,
}

/// Reads a line up to its entry's name.
#[inline]
pub(super) fn entry(line: &[u8], number: usize) -> Option<Head<'_>> {
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

pub(super) fn cpu_of(digits: &[u8]) -> Option<u32> {
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
pub(super) fn function<'a>(name: &'a str, rest: &'a str) -> What<'a> {
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
pub(super) fn whole<'a>(event: &'a str, fields: &'a str) -> Option<What<'a>> {
    let fields = fields.trim();
    let whole = match event {
        "irq_handler_entry" => field(fields, "irq=").is_some() && fields.contains("name="),
        "irq_handler_exit" => matches!(field(fields, "ret="), Some("handled" | "unhandled")),
        _ => true,
    };
    whole.then_some(What::Event(event, fields))
}
