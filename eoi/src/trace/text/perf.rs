//! The text of `perf script`: the entries of ftrace's events, without their flags and without a word about lost ones.

use super::head::{cpu_of, function, whole};
use crate::trace::entry::{What, symbol};

/// One entry.
pub(super) struct Perf<'a> {
    pub cpu: u32,
    pub pid: u64,
    /// The function's or the event's name, by which it is wanted or not.
    pub name: &'a str,
    pub what: Event<'a>,
}

/// An event that perf recorded.
pub(super) enum Event<'a> {
    /// A call: `ftrace:function`, or a probe at a function's begin.
    Call(&'a str),
    /// A tracepoint and its fields.
    Tracepoint(&'a str),
    /// Something that the model does not know, the return of a probed function say.
    Other,
}

impl<'a> Perf<'a> {
    /// The entry's call or event; `None` where it is cut.
    pub(super) fn what(&self) -> Option<What<'a>> {
        match self.what {
            Event::Call(rest) => Some(function(self.name, rest)),
            Event::Tracepoint(fields) => whole(self.name, fields),
            Event::Other => Some(What::Other),
        }
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `108229.766087:`
fn is_time(word: &str) -> bool {
    let time = word.strip_suffix(':').and_then(|time| time.split_once('.'));
    time.is_some_and(|(seconds, part)| is_number(seconds) && is_number(part))
}

/// `kvm:kvm_set_irq:`
fn system_and_event(word: &str) -> Option<(&str, &str)> {
    let (system, event) = word.strip_suffix(':')?.split_once(':')?;
    (!system.is_empty() && !event.is_empty() && !event.contains(':')).then_some((system, event))
}

/// `[004]`
fn cpu(word: &str) -> Option<u32> {
    cpu_of(word.strip_prefix('[')?.strip_suffix(']')?.as_bytes())
}

/// The words of a line up to its event, and the text behind it: `task pid[/tid] [cpu] seconds: system:event: fields`.
fn columns(line: &str) -> Option<(Vec<&str>, &str)> {
    let words: Vec<&str> = line.split_whitespace().take(MOST).collect();
    let at = words.iter().position(|word| is_time(word))?;
    let event = words
        .get(at + 1)
        .filter(|word| system_and_event(word).is_some())?;
    let rest = &line[event.as_ptr() as usize - line.as_ptr() as usize + event.len()..];
    Some((words[..=at + 1].to_vec(), rest))
}

/// Words before an event at most: a task's name may have some.
const MOST: usize = 24;

/// Reads a line that tells its CPU.
pub(super) fn entry(line: &str) -> Option<Perf<'_>> {
    let (words, rest) = columns(line)?;
    let [before @ .., task, at_cpu, _, event] = words.as_slice() else {
        return None;
    };
    let cpu = cpu(at_cpu)?;
    let pid = task.rsplit('/').next()?.parse().ok()?;
    if before.is_empty() || !task.split('/').all(is_number) {
        return None;
    }
    let (system, event) = system_and_event(event)?;
    let (name, what) = match system {
        "ftrace" if event == "function" => {
            let rest = rest.trim_start();
            let name = symbol(rest)?;
            (name, Event::Call(&rest[name.len()..]))
        }
        "probe" if event.ends_with("__return") => (event, Event::Other),
        "probe" => (event, Event::Call("")),
        _ => (event, Event::Tracepoint(rest)),
    };
    Some(Perf {
        cpu,
        pid,
        name,
        what,
    })
}

/// Whether a line is perf's, with or without the column of CPUs.
pub(super) fn is_line(line: &str) -> bool {
    let Some((words, _)) = columns(line) else {
        return false;
    };
    let task = words.iter().rev().skip(2).find(|word| cpu(word).is_none());
    task.is_some_and(|task| task.split('/').all(is_number)) && words.len() > 3
}

/// One level of a call chain below an entry: an address, a symbol, a file.
pub(super) fn is_chain(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let address = words
        .next()
        .is_some_and(|word| word.len() >= 5 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    line.starts_with([' ', '\t']) && address && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_tells_cpu_task_name_and_fields() {
        let read = |line: &str| {
            let perf = entry(line)?;
            Some((perf.cpu, perf.pid, format!("{:?}", perf.what()?)))
        };
        let rows = [
            (
                " qemu-kvm 426566 [004] 108229.766087: kvm:kvm_set_irq: gsi 16 level 1 source 0",
                (
                    4,
                    426_566,
                    r#"Event("kvm_set_irq", "gsi 16 level 1 source 0")"#,
                ),
            ),
            (
                "kworker/5:2-eve 429543 [005] 9.924107:         irq:irq_handler_entry: irq=16 name=vfio-intx(0000:0b:00.0)",
                (
                    5,
                    429_543,
                    r#"Event("irq_handler_entry", "irq=16 name=vfio-intx(0000:0b:00.0)")"#,
                ),
            ),
            (
                "CPU 0/KVM  7/12 [000] 1.5:  ftrace:function: xive_irq_eoi <- handle_fasteoi_irq",
                (
                    0,
                    12,
                    r#"Function("xive_irq_eoi", Some("handle_fasteoi_irq"))"#,
                ),
            ),
            (
                "swapper     0 [001] 1.5: probe:vfio_intx_handler: (ffffffffc0a81234)",
                (1, 0, r#"Function("vfio_intx_handler", None)"#),
            ),
        ];
        for (line, (cpu, pid, what)) in rows {
            assert_eq!(read(line), Some((cpu, pid, what.to_string())), "{line}");
            assert!(is_line(line), "{line}");
        }
        let no_cpu = "CPU 0/KVM  7/12 108229.924107: probe:xive_irq_eoi: (ffffffff81000000)";
        assert!(entry(no_cpu).is_none() && is_line(no_cpu));
        for line in [
            " a-7 [000] d.h.. 1.0: irq_handler_entry: irq=16 name=x",
            " a-7 [000] 1.0: kvm:kvm_set_irq: gsi 16",
            "1.5: a:b:",
            "hello",
            "",
        ] {
            assert!(entry(line).is_none() && !is_line(line), "{line}");
        }
        assert!(is_chain(
            "\tffffffff8110a1b2 handle_fasteoi_irq+0x52 ([kernel.kallsyms])"
        ));
        assert!(!is_chain("hello there") && !is_chain("  deadbeef"));
    }
}
