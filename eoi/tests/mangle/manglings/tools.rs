//! Marks that programs put before each line: `cat -n`, `grep -n`, `diff -u`, journalctl, dmesg.

use super::{Which, end, lines, text};

fn file(which: Which) -> &'static str {
    match which {
        Which::Lspci => "lspci.txt",
        Which::Interrupts => "/proc/interrupts",
    }
}

pub fn cat_n(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| format!("{:6}\t{line}", number + 1))
}

/// `grep -n ''`
pub fn grep_n(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| format!("{}:{line}", number + 1))
}

/// `grep -nH '' FILE`
pub fn grep_n_with_name(bytes: &[u8], which: Which) -> Vec<u8> {
    lines(bytes, |number, line| {
        format!("{}:{}:{line}", file(which), number + 1)
    })
}

/// `grep -n -A 999 PATTERN` with a pattern that is in the first line: a hyphen stands in lines of context.
pub fn grep_n_context(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| {
        let mark = if number == 0 { ':' } else { '-' };
        format!("{}{mark}{line}", number + 1)
    })
}

fn diff(text: &str, old: &str, new: &str, range: &str, body: &str) -> String {
    let end = end(text);
    let closed = if text.ends_with('\n') {
        String::new()
    } else {
        format!("{end}\\ No newline at end of file{end}")
    };
    format!("--- {old}{end}+++ {new}{end}@@ {range} @@{end}{body}{closed}")
}

/// `diff -u /dev/null FILE`
pub fn diff_added(bytes: &[u8], which: Which) -> Vec<u8> {
    text(bytes, |text| {
        let body = super::each_line(text, |_, line| format!("+{line}"));
        diff(
            text,
            "/dev/null",
            file(which),
            &format!("-0,0 +1,{}", text.lines().count()),
            &body,
        )
    })
}

/// `diff -u FILE /dev/null`
pub fn diff_removed(bytes: &[u8], which: Which) -> Vec<u8> {
    text(bytes, |text| {
        let body = super::each_line(text, |_, line| format!("-{line}"));
        diff(
            text,
            file(which),
            "/dev/null",
            &format!("-1,{} +0,0", text.lines().count()),
            &body,
        )
    })
}

/// `diff -U 999 OLD FILE`, where OLD differs in one line that no finding is about: a status bit, or a count.
pub fn diff_changed(bytes: &[u8], which: Which) -> Vec<u8> {
    text(bytes, |text| {
        let changed = text.lines().position(|line| match which {
            Which::Lspci => line.contains("MAbort-"),
            Which::Interrupts => line.contains("  0  ") && line.contains(':'),
        });
        let end = end(text);
        let body = super::each_line(text, |number, line| match which {
            _ if Some(number) != changed => format!(" {line}"),
            Which::Lspci => format!("-{}{end}+{line}", line.replacen("MAbort-", "MAbort+", 1)),
            Which::Interrupts => format!("-{}{end}+{line}", line.replacen("  0  ", "  7  ", 1)),
        });
        let count = text.lines().count();
        diff(
            text,
            "before",
            file(which),
            &format!("-1,{count} +1,{count}"),
            &body,
        )
    })
}

/// `journalctl`
pub fn journal(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |_, line| {
        format!("Nov 29 08:05:16 pve report[1234]: {line}")
    })
}

/// `journalctl -o short-iso`
pub fn journal_iso(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |_, line| {
        format!("2024-11-29T08:05:16+0100 pve report[1234]: {line}")
    })
}

/// `dmesg`, of a script that writes to /dev/kmsg
pub fn dmesg(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| {
        format!(
            "[{:5}.{:06}] {line}",
            128 + number / 9,
            1001 * number % 1_000_000
        )
    })
}

/// `dmesg -T`
pub fn dmesg_time(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| {
        format!("[Fri Nov 29 08:{:02}:16 2024] {line}", number % 60)
    })
}

/// `ts` of moreutils.
pub fn ts(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |_, line| format!("Nov 29 08:05:16 {line}"))
}

/// `docker compose logs`
pub fn compose(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |_, line| format!("probe_1  | {line}"))
}
