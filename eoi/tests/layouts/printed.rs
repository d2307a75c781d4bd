//! The parts of /proc/interrupts as printf writes them: heads, counts and the columns after them.

use std::fmt::Write;

/// An irq, with everything that some kernel prints of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub irq: u32,
    /// `irq_chip.name`, or the `typename` before it.
    pub chip: &'static str,
    /// `irq_data.hwirq`, of an irq that has a domain.
    pub hwirq: Option<i64>,
    pub level: bool,
    /// `irq_desc.name`, which names the flow handler.
    pub flow: Option<&'static str>,
    pub actions: &'static [&'static str],
}

/// Each CPU's count: every fourth has none, the first has the widest that there is.
pub fn count(irq: u32, cpu: usize) -> u32 {
    match cpu {
        0 => u32::MAX - irq,
        _ if cpu % 4 == 3 => 0,
        _ => u32::try_from(cpu).expect("few CPUs") + irq,
    }
}

fn each(cpus: usize, one: impl Fn(usize) -> String) -> String {
    (0..cpus).map(one).collect()
}

/// `"%*s"`, then `"CPU%-8d"` for each CPU.
pub fn left_head(blank: usize, cpus: usize) -> String {
    format!(
        "{:blank$}{}\n",
        "",
        each(cpus, |cpu| format!("CPU{cpu:<8}"))
    )
}

/// Eleven blanks, then `"CPU%d       "` for each CPU, however many digits it has.
pub fn loose_head(cpus: usize) -> String {
    format!(
        "           {}\n",
        each(cpus, |cpu| format!("CPU{cpu}       "))
    )
}

/// Four blanks, then `" %10s"` of `CPU%d` for each CPU.
pub fn right_head(cpus: usize) -> String {
    format!(
        "    {}\n",
        each(cpus, |cpu| format!(" {:>10}", format!("CPU{cpu}")))
    )
}

/// Four blanks, then `"       CPU%d"` for each CPU, however many digits it has.
pub fn loose_right_head(cpus: usize) -> String {
    format!("    {}\n", each(cpus, |cpu| format!("       CPU{cpu}")))
}

/// `"%10u "` for each CPU.
pub fn counts_then_blank(irq: u32, cpus: usize) -> String {
    each(cpus, |cpu| format!("{:>10} ", count(irq, cpu)))
}

/// `seq_put_decimal_ull_width(p, " ", count, 10)` for each CPU.
pub fn blank_then_counts(irq: u32, cpus: usize) -> String {
    each(cpus, |cpu| format!(" {:>10}", count(irq, cpu)))
}

/// The actions' names, `, ` between them.
pub fn actions(row: &Row) -> String {
    row.actions.join(", ")
}

/// The same after `before`, and nothing where there is none.
pub fn actions_after(before: &str, row: &Row) -> String {
    if row.actions.is_empty() {
        String::new()
    } else {
        format!("{before}{}", actions(row))
    }
}

/// Rows of an architecture's own counters: a label, the counts, `words`.
pub fn own_rows(rows: &[(&str, &str)], cpus: usize) -> String {
    let mut out = String::new();
    for (label, words) in rows {
        writeln!(out, "{label}: {}{words}", counts_then_blank(7, cpus)).expect("a String");
    }
    out
}

/// The text with its lines broken at the last blank within the width, as a mail program does it; the blanks there go.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut rest = line.trim_end();
        while rest.len() > width {
            let indent = rest.len() - rest.trim_start().len();
            let at = rest[indent..=width]
                .rfind(' ')
                .map_or(width, |at| indent + at);
            writeln!(out, "{}", rest[..at].trim_end()).expect("a String");
            rest = rest[at..].trim_start();
        }
        writeln!(out, "{rest}").expect("a String");
    }
    out
}

/// The text with its lines cut after so many columns.
pub fn cut(text: &str, width: usize) -> String {
    let pieces = text.lines().flat_map(|line| line.as_bytes().chunks(width));
    pieces
        .map(|piece| format!("{}\n", std::str::from_utf8(piece).expect("ASCII")))
        .collect()
}
