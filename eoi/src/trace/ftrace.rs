//! ftrace's text: `trace`, `trace_pipe`, and what `trace-cmd report` makes of it (Documentation/trace/ftrace.rst).

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Bytes of the longest recording that is read.
const LONGEST: u64 = 1 << 30;

/// One entry of the ring buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number in the file; the first is 1.
    pub number: usize,
    /// The CPU.
    pub cpu: u32,
    /// The task.
    pub pid: u64,
    /// In interrupt context; `None` where the recording has no flags.
    pub irq: Option<bool>,
    /// What was recorded.
    pub what: What<'a>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// The function tracer: a function, and who called it.
    Function(&'a str, Option<&'a str>),
    /// An event and its fields.
    Event(&'a str, &'a str),
    /// This CPU's buffer ran over here.
    Lost,
}

/// Reads a file; `-` is the standard input.
///
/// # Errors
/// Whatever keeps it from being text, with what to do.
pub fn read(path: &Path) -> Result<String> {
    let name = path.display();
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes).context("cannot read the standard input")?;
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
            .with_context(|| format!("cannot read the recording {name}; give the file that holds ftrace's text"))?;
    }
    text(&bytes).with_context(|| format!("cannot use the recording {name}"))
}

/// The text in these bytes.
///
/// # Errors
/// They are too many, or no text.
pub fn text(bytes: &[u8]) -> Result<String> {
    if bytes.len() as u64 > LONGEST {
        bail!("it is longer than 1 GiB; filter the functions when recording, or cut out the part in question");
    }
    if bytes.get(3..10) == Some(b"tracing") {
        bail!("it is trace-cmd's binary format; give the output of `trace-cmd report -i FILE`");
    }
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        bail!("it is compressed; unpack it first");
    }
    if bytes.iter().any(|&byte| byte < b' ' && !byte.is_ascii_whitespace()) {
        bail!("it is not text; give the text of /sys/kernel/tracing/trace");
    }
    Ok(String::from_utf8_lossy(bytes).into_owned()) // a task may have any bytes in its name
}

/// Every entry of a recording, in order.
///
/// # Errors
/// The first line that cannot be read, a last line that was cut, or no entry at all.
pub fn parse(text: &str) -> Result<Vec<Line<'_>>> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.starts_with("# tracer: function_graph") {
            bail!("line {number}: the function_graph tracer does not name callers; record with `function`");
        }
        if is_remark(line) {
            continue;
        }
        match entry(line, number) {
            Some(line) => lines.push(line),
            None if number == text.lines().count() => bail!("{}", cut(number)),
            None => bail!(
                "line {number} is not ftrace text: {:?}; give /sys/kernel/tracing/trace as it is, or `trace-cmd report`",
                line.chars().take(60).collect::<String>()
            ),
        }
    }
    if lines.is_empty() {
        bail!("it has no entry; was tracing on (tracing_on, current_tracer=function, set_ftrace_filter)?");
    }
    if !text.ends_with('\n') {
        bail!("{}", cut(text.lines().count()));
    }
    Ok(lines)
}

fn cut(number: usize) -> String {
    format!("its last line, {number}, is cut; copy the file again, or delete that line")
}

/// Comments, stacks, and what trace-cmd says about itself.
fn is_remark(line: &str) -> bool {
    let line = line.trim();
    let says = ["#", "=>", "cpus=", "version = "];
    line.is_empty()
        || says.iter().any(|start| line.starts_with(start))
        || (line.starts_with("CPU ") && line.ends_with("is empty"))
}

fn entry(line: &str, number: usize) -> Option<Line<'_>> {
    if let Some(rest) = line.trim_start().strip_prefix("CPU:") {
        let (cpu, rest) = rest.split_once(' ')?;
        let lost = rest.starts_with('[') && (rest.contains("LOST") || rest.contains("DROPPED"));
        let cpu = cpu.parse().ok()?;
        return lost.then_some(Line { number, cpu, pid: 0, irq: None, what: What::Lost });
    }
    let (pid, cpu, rest) = head(line).or_else(|| latency_head(line))?;
    let (flags, rest) = time(rest)?;
    let irq = flags.map(|flags| flags.contains(['h', 'H', 'z', 'Z']));
    Some(Line { number, cpu, pid, irq, what: body(rest)? })
}

/// `task-pid [cpu]`, with or without `(tgid)` between; the task's name may hold anything.
fn head(line: &str) -> Option<(u64, u32, &str)> {
    line.match_indices('[').find_map(|(at, _)| {
        let (cpu, rest) = line[at + 1..].split_once(']')?;
        let mut before = line[..at].trim_end();
        if let Some(task) = before.strip_suffix(')') {
            before = task.rsplit_once('(')?.0.trim_end();
        }
        Some((pid(before)?, digits(cpu)?, rest))
    })
}

/// `task-pid cpuflags`, as with the option latency-format; the flags go with the rest.
fn latency_head(line: &str) -> Option<(u64, u32, &str)> {
    line.match_indices(' ').find_map(|(at, _)| {
        let pid = pid(&line[..at])?;
        let rest = line[at..].trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        Some((pid, digits(&rest[..end])?, &rest[end..]))
    })
}

fn pid(task: &str) -> Option<u64> {
    let (name, pid) = task.rsplit_once('-')?;
    (!name.trim().is_empty()).then(|| digits(pid))?
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The flags, if there are any, the time, and what follows its colon.
fn time(rest: &str) -> Option<(Option<&str>, &str)> {
    let (before, body) = rest.split_once(": ")?;
    let mut words = before.split_whitespace();
    let is_time = |word: &str| word.bytes().all(|b| b.is_ascii_digit() || b".us!+#*@$".contains(&b));
    match (words.next()?, words.next(), words.next()) {
        (flags, Some(time), None) if is_time(time) => Some((Some(flags), body)),
        (time, None, _) if is_time(time) => Some((None, body)),
        _ => None,
    }
}

fn body(body: &str) -> Option<What<'_>> {
    let body = body.trim();
    let body = body.strip_prefix("function:").map_or(body, str::trim_start);
    let (word, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    if let Some(event) = word.strip_suffix(':') {
        let whole = match event {
            "irq_handler_entry" => field(rest, "irq=").is_some() && rest.contains("name="),
            "irq_handler_exit" => matches!(field(rest, "ret="), Some("handled" | "unhandled")),
            _ => true,
        };
        return whole.then_some(What::Event(event, rest));
    }
    let caller = rest.find("<-").map(|at| rest[at + 2..].trim_start_matches('-').trim_start());
    Some(What::Function(symbol(word)?, caller.and_then(symbol)))
}

/// The value after `key` in an event's fields.
#[must_use]
pub fn field<'a>(args: &'a str, key: &str) -> Option<&'a str> {
    args.split_whitespace().find_map(|word| word.strip_prefix(key))
}

/// A symbol without its offset and without what the compiler put behind a dot.
fn symbol(text: &str) -> Option<&str> {
    let text = text.split_whitespace().next()?;
    let end = text.get(1..)?.find(['+', '.']).map_or(text.len(), |at| at + 1);
    let name = text.get(..end)?;
    let good = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.$".contains(&b));
    good.then_some(name)
}
