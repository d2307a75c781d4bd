//! Refuses text that is not ftrace's: by its name where it has one, with advice.

use anyhow::{Result, anyhow, bail};

use crate::terminal::shown;

/// Refuses files that are no text at all, by their first bytes.
///
/// # Errors
/// They are compressed, or perf's.
pub(super) fn by_first_bytes(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        bail!("it is compressed; unpack it first");
    }
    if bytes.starts_with(b"PERFILE2") {
        bail!("it is perf's own file (perf.data); {INSTEAD_OF_PERF}");
    }
    Ok(())
}

/// `perf script` shows a lost event only on demand, so that a gap in its text looks like a call that never came.
const INSTEAD_OF_PERF: &str = "perf does not show which entries were lost, so that it proves nothing here; record with \
                               trace-cmd or ftrace: `eoi trace --record` prints the command";

/// The error for a line that cannot be read.
pub(super) fn line(line: &[u8], number: usize, offset: u64) -> anyhow::Error {
    let place = format!("line {number} (at byte {offset})");
    if line
        .iter()
        .any(|&byte| byte < b' ' && !byte.is_ascii_whitespace())
    {
        return anyhow!(
            "{place} is not text; give the text of /sys/kernel/tracing/trace, or a trace.dat"
        );
    }
    let text = String::from_utf8_lossy(line);
    if is_perf_script(&text) {
        return anyhow!("{place} is text of `perf script`; {INSTEAD_OF_PERF}");
    }
    let instead = "give /sys/kernel/tracing/trace as it is, or `trace-cmd report`";
    anyhow!(
        "{place} is not ftrace text: '{}'; {instead}",
        shown(&brief(&text))
    )
}

/// The first characters of somebody else's text, enough to know it again.
pub(super) fn brief(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Whether a line is `task pid[/tid] [cpu] seconds: system:event: fields`, with or without the CPU.
fn is_perf_script(line: &str) -> bool {
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |word: &&str| {
        let seconds = word.strip_suffix(':').and_then(|time| time.split_once('.'));
        seconds.is_some_and(|(seconds, part)| is_number(seconds) && is_number(part))
    };
    let is_event = |word: &str| {
        let parts: Vec<&str> = word.split(':').collect();
        matches!(parts[..], [system, event, ""] if !system.is_empty() && !event.is_empty())
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some(at) = words.iter().position(is_time) else {
        return false;
    };
    let is_cpu = |word: &str| {
        word.strip_prefix('[')
            .and_then(|cpu| cpu.strip_suffix(']'))
            .is_some_and(is_number)
    };
    let before = if at > 0 && is_cpu(words[at - 1]) {
        at - 1
    } else {
        at
    };
    let is_task = before > 1 && words[before - 1].split('/').all(is_number);
    is_task && words.get(at + 1).is_some_and(|word| is_event(word))
}

/// Whether a line stands for others that somebody left out: `[...]`, alone in its line.
pub(super) fn is_ellipsis(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let bare = text
        .trim()
        .trim_matches(['[', ']', '(', ')', '<', '>'])
        .trim();
    matches!(bare, "..." | "…" | "snip" | ".." | "....")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_perf_script_is_known() {
        for line in [
            " qemu-kvm 426566 [004] 108229.766087: kvm:kvm_set_irq: gsi 16 level 1 source 0",
            " kworker/5:2-eve 429543 [005] 108229.924107:         irq:irq_handler_entry: irq=16 name=vfio-intx(0000:0b:00.0)",
            "CPU 0/KVM  7/12 108229.924107: probe:xive_irq_eoi: (ffffffff81000000)",
        ] {
            assert!(is_perf_script(line), "{line}");
        }
        for line in [
            " a-7 [000] d.h.. 1.0: irq_handler_entry: irq=16 name=x",
            " a-7 [000] 1.0: kvm:kvm_set_irq: gsi 16",
            "1.5: a:b:",
            "hello",
            "",
        ] {
            assert!(!is_perf_script(line), "{line}");
        }
    }

    #[test]
    fn a_line_that_stands_for_others_is_known() {
        for line in ["[...]", " [ ... ] ", "...", "[…]", "<snip>", "(...)\r"] {
            assert!(is_ellipsis(line.as_bytes()), "{line}");
        }
        for line in ["", "[]", " <...>-7 [000] d.h.. 1.0: x <-y", "snip it"] {
            assert!(!is_ellipsis(line.as_bytes()), "{line}");
        }
    }
}
