//! The layout that nearly every line of ftrace's text has, read with as few looks at a byte as possible.
//!
//! `task-pid [cpu] flags time: name...`, with or without flags. Whatever looks different is left to [`super::head`].

use memchr::memchr;

const DIGIT: u8 = 1;
const TIME: u8 = 2;
const SYMBOL: u8 = 4;

/// The parts of a line that each byte may belong to.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        if letter.is_ascii_digit() {
            class[byte] = DIGIT | TIME | SYMBOL;
        } else if letter.is_ascii_alphabetic() || letter == b'_' || letter == b'$' {
            class[byte] = SYMBOL;
        } else if letter == b'.' {
            class[byte] = TIME;
        }
        byte += 1;
    }
    class
};

/// How many bytes at the beginning are of this class.
#[inline]
fn run(text: &[u8], class: u8) -> usize {
    text.iter()
        .take_while(|&&byte| CLASS[usize::from(byte)] & class != 0)
        .count()
}

/// How many bytes at the end are of this class.
#[inline]
fn run_back(text: &[u8], class: u8) -> usize {
    text.iter()
        .rev()
        .take_while(|&&byte| CLASS[usize::from(byte)] & class != 0)
        .count()
}

/// A line's parts.
pub(super) struct Usual<'a> {
    pub cpu: u32,
    /// The digits of the task's number.
    pub pid: &'a [u8],
    pub flags: Option<&'a [u8]>,
    pub name: &'a [u8],
    /// The rest of the line, from the colon on if the name is an event's.
    pub rest: &'a [u8],
}

/// The parts of a line of the usual layout.
#[inline]
pub(super) fn parts(line: &[u8]) -> Option<Usual<'_>> {
    let (task, rest) = line.split_at(memchr(b'[', line)?);
    let rest = &rest[1..];
    let digits = run(&rest[..rest.len().min(5)], DIGIT);
    if digits == 0 || digits > 4 || rest.get(digits) != Some(&b']') {
        return None;
    }
    let cpu = rest[..digits]
        .iter()
        .fold(0, |cpu, digit| cpu * 10 + u32::from(digit - b'0'));
    let rest = &rest[digits + 1..];
    let spaces = task.iter().rev().take_while(|&&byte| byte == b' ').count();
    let task = &task[..task.len() - spaces];
    let (name, pid) = task.split_at(task.len() - run_back(task, DIGIT));
    let [.., last, b'-'] = name else { return None };
    if pid.is_empty() || pid.len() > 18 || last.is_ascii_whitespace() {
        return None;
    }
    let (before, body) = rest.split_at(memchr(b':', rest)?);
    let (before, time) = before.split_at(before.len() - run_back(before, TIME));
    let body = body.get(1..)?.strip_prefix(b" ")?;
    let flags = before.strip_prefix(b" ")?;
    let end = flags.iter().position(|&byte| byte == b' ')?;
    let (flags, gap) = flags.split_at(end);
    if time.is_empty() || gap.iter().any(|&byte| byte != b' ') {
        return None;
    }
    let (name, rest) = body.split_at(run(body, SYMBOL));
    let usual = matches!(rest, [b' ' | b':', ..]) && !name.is_empty() && name != b"function";
    let flags = (!flags.is_empty()).then_some(flags);
    usual.then_some(Usual {
        cpu,
        pid,
        flags,
        name,
        rest,
    })
}
