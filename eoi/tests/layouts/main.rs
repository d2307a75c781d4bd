//! /proc/interrupts of every layout that Linux printed, by 1 to 8,192 CPUs, whole and wrapped: read as it was printed.
//!
//! The texts are made after the kernel's source alone. An irq that cannot be told says so; a false owner is never right.

mod columns;
mod kernels;
mod printed;
mod rows;

use eoi::host::interrupts::{self, Interrupts};
use kernels::{ALL, Layout};
use printed::{Row, count, cut, wrapped};

const CPUS: [usize; 5] = [1, 2, 4, 160, 8192];

fn text(layout: &Layout, cpus: usize) -> String {
    let rows: String = layout
        .rows
        .iter()
        .map(|row| (layout.row)(row, cpus))
        .collect();
    (layout.head)(cpus) + &rows + &(layout.tail)(cpus)
}

fn read(text: &str) -> Interrupts {
    let mut all = Interrupts::default();
    for (index, line) in text.lines().enumerate() {
        all.add(index + 1, line);
    }
    all
}

/// The chip's name, without the marks of this table and the blanks that a `typename` has of its own.
fn chip(row: &Row) -> &'static str {
    row.chip.trim_start_matches('!').trim()
}

/// How an irq was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Right,
    /// The line is named as one of which nothing is known.
    Unknown,
    Wrong,
}

fn judge(layout: &Layout, row: &Row, cpus: usize, all: &Interrupts) -> Read {
    let Some(irq) = all.irqs.get(&row.irq) else {
        return if all.cut.contains_key(&row.irq) {
            Read::Unknown
        } else {
            Read::Wrong
        };
    };
    let shows = layout.shows;
    let total: u64 = (0..cpus).map(|cpu| u64::from(count(row.irq, cpu))).sum();
    let hwirq = row.hwirq.filter(|_| shows.hwirq);
    let flow = row.flow.filter(|_| shows.flow);
    let right = irq.total == total
        && (flow.is_none() || irq.flow.as_deref() == flow)
        && irq.actions == row.actions
        && (!shows.chip || irq.chip == chip(row))
        // `(int) hwirq` below 0 names nothing that a controller counts.
        && (hwirq.is_some_and(|hwirq| hwirq < 0) || irq.hwirq == hwirq.map(i64::unsigned_abs))
        && (!shows.level || irq.level == Some(row.level));
    if right { Read::Right } else { Read::Wrong }
}

/// Everything that is not read as it was printed.
fn wrong(layout: &Layout, cpus: usize, all: &Interrupts, unknown: &mut usize) -> String {
    let mut wrong = String::new();
    if all.cpus != cpus {
        wrong += &format!("{}, {cpus} CPUs: {} were read\n", layout.name, all.cpus);
    }
    for row in layout.rows {
        match judge(layout, row, cpus, all) {
            Read::Right => {}
            Read::Unknown => *unknown += 1,
            Read::Wrong => {
                let found = all.irqs.get(&row.irq);
                let found =
                    found.map(|irq| (&irq.chip, irq.hwirq, irq.level, &irq.actions, irq.total));
                wrong += &format!("{}, {cpus} CPUs, {row:?}: {found:?}\n", layout.name);
            }
        }
    }
    for number in all
        .irqs
        .keys()
        .filter(|number| layout.rows.iter().all(|row| row.irq != **number))
    {
        wrong += &format!(
            "{}, {cpus} CPUs: irq {number} was never printed\n",
            layout.name
        );
    }
    wrong
}

#[test]
fn a_whole_text_of_each_layout_is_read_as_printed() {
    let mut all_wrong = String::new();
    for (layout, cpus) in ALL
        .iter()
        .flat_map(|layout| CPUS.map(|cpus| (layout, cpus)))
    {
        let mut unknown = 0;
        all_wrong += &wrong(layout, cpus, &read(&text(layout, cpus)), &mut unknown);
        // A word alone may be a controller or an owner where no controller is printed.
        let unclear = if layout.shows.chip { 0 } else { 2 };
        assert!(
            unknown <= unclear,
            "{}, {cpus} CPUs: a whole line is not understood",
            layout.name
        );
    }
    assert!(all_wrong.is_empty(), "{all_wrong}");
}

#[test]
fn a_pasted_text_of_each_layout_is_read_as_printed() {
    let mut all_wrong = String::new();
    for (layout, cpus) in ALL
        .iter()
        .flat_map(|layout| CPUS.map(|cpus| (layout, cpus)))
    {
        let (pasted, said) = interrupts::pasted(text(layout, cpus).as_bytes()).expect(layout.name);
        assert_eq!(said, None, "{}, {cpus} CPUs", layout.name);
        let mut unknown = 0;
        all_wrong += &wrong(
            layout,
            cpus,
            &read(&String::from_utf8_lossy(&pasted)),
            &mut unknown,
        );
        // A word alone may be a controller or an owner where no controller is printed.
        let unclear = if layout.shows.chip { 0 } else { 2 };
        assert!(
            unknown <= unclear,
            "{}, {cpus} CPUs: a whole line is not understood",
            layout.name
        );
    }
    assert!(all_wrong.is_empty(), "{all_wrong}");
}

/// How a whole text comes to be in lines of 80 columns.
type Wrap = fn(&str) -> String;

/// Everything that is not read as it was printed after lines were broken; at most one irq in twenty cannot be told.
fn settle_wrapped(wrap: Wrap) {
    let (mut all_wrong, mut irqs, mut unknown) = (String::new(), 0, 0);
    for (layout, cpus) in ALL
        .iter()
        .flat_map(|layout| CPUS.map(|cpus| (layout, cpus)))
    {
        irqs += layout.rows.len();
        match interrupts::pasted(wrap(&text(layout, cpus)).as_bytes()) {
            Ok((pasted, _)) => {
                all_wrong += &wrong(
                    layout,
                    cpus,
                    &read(&String::from_utf8_lossy(&pasted)),
                    &mut unknown,
                );
            }
            Err(error) => {
                assert!(
                    error.to_string().contains("line"),
                    "{}, {cpus} CPUs: {error}",
                    layout.name
                );
                unknown += layout.rows.len();
            }
        }
    }
    assert!(all_wrong.is_empty(), "{all_wrong}");
    assert!(
        20 * unknown <= irqs,
        "{unknown} of {irqs} irqs cannot be told"
    );
}

/// A mail program's lines: the blanks at which they were broken are gone.
#[test]
fn a_text_of_each_layout_wrapped_at_blanks_is_read_as_printed_or_named() {
    settle_wrapped(|text| wrapped(text, 80));
}

/// A terminal's lines: broken within words too, and nothing is gone.
#[test]
fn a_text_of_each_layout_wrapped_at_an_edge_is_read_as_printed_or_named() {
    settle_wrapped(|text| cut(text, 80));
}
