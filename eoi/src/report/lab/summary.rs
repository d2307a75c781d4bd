//! The results by machine and by case, for people: which lines stalled, and where.

use std::fmt::Write;

use crate::lab::predict::Verdict;
use crate::lab::results::Results;
use crate::lab::row::{Row, cell_of};
use crate::report::table::{cell, render, table};
use crate::report::words::{hanging, paragraph, some};
use crate::terminal::{shown, width};

/// One line for each machine; then each case, with the cells on which its line stalled.
#[must_use]
pub fn text(results: &Results) -> String {
    let agree = results.rows.iter().filter(|row| row.agrees).count();
    let head = format!(
        "{}, QEMU {}, packages {}: {} on {}, {agree} agree with the model.",
        results.date,
        results.qemu,
        results.lock,
        some(results.rows.len(), "case"),
        some(results.cells.len(), "cell"),
    );
    let mut text = paragraph("", &head) + &format!("\n{}\n", machines(results));
    for name in &results.cases {
        text += &case(results, name);
    }
    text
}

fn stalls(row: &&Row) -> bool {
    row.observed.verdict == Verdict::Stalls
}

/// A value of each row, each once, in the order of rows.
fn each<'a, T: PartialEq>(rows: &[&'a Row], of: impl Fn(&'a Row) -> T) -> Vec<T> {
    rows.iter().fold(Vec::new(), |mut all, row| {
        let value = of(row);
        if !all.contains(&value) {
            all.push(value);
        }
        all
    })
}

fn machines(results: &Results) -> String {
    let all: Vec<&Row> = results.rows.iter().collect();
    let mut table = table();
    let with_chip = width() >= 100;
    let head = [
        "machine", "chip", "model", "cells", "cases", "agree", "stall",
    ];
    table.set_header(head.into_iter().filter(|name| with_chip || *name != "chip"));
    for machine in each(&all, |row| &row.machine) {
        let rows: Vec<&Row> = all
            .iter()
            .copied()
            .filter(|row| row.machine == *machine)
            .collect();
        let agree = rows.iter().filter(|row| row.agrees).count();
        let numbers = [
            each(&rows, cell_of).len(),
            rows.len(),
            agree,
            rows.iter().filter(|row| stalls(row)).count(),
        ];
        let mut cells = vec![machine.as_str(), &rows[0].model];
        if with_chip {
            cells.insert(1, &rows[0].chip);
        }
        let numbers = numbers.map(|number| number.to_string());
        table.add_row(
            cells
                .into_iter()
                .chain(numbers.iter().map(String::as_str))
                .map(cell),
        );
    }
    render(&table)
}

/// A case on each kind of device. The machine stands before its kernels where the line stalled on some of them only.
fn case(results: &Results, name: &str) -> String {
    let of_case: Vec<&Row> = results.rows.iter().filter(|row| row.case == name).collect();
    let mut text = String::new();
    for device in each(&of_case, |row| &row.device) {
        let rows: Vec<&Row> = of_case
            .iter()
            .copied()
            .filter(|row| row.device == *device)
            .collect();
        let (cells, stuck) = (
            each(&rows, cell_of).len(),
            rows.iter().copied().filter(stalls).collect::<Vec<_>>(),
        );
        let title = format!("\n{} {}", shown(name), shown(device));
        let _ = match each(&stuck, cell_of).len() {
            0 => writeln!(text, "{title}: delivers on all {cells} cells"),
            some if some == cells => writeln!(text, "{title}: stalls on all {cells} cells"),
            some => writeln!(
                text,
                "{title}: delivers on {} cells, and stalls on {some}:",
                cells - some
            ),
        };
        if (1..cells).contains(&each(&stuck, cell_of).len()) {
            text += &places(&rows, &stuck);
        }
    }
    text
}

/// The cells of rows that stalled, a machine a line.
fn places(rows: &[&Row], stuck: &[&Row]) -> String {
    let kernel = |row: &Row| {
        cell_of(row)
            .split_once('/')
            .map_or_else(String::new, |(_, kernel)| kernel.to_string())
    };
    let mut text = String::new();
    for machine in each(stuck, |row| &row.machine) {
        let of = |rows: &[&Row]| -> Vec<String> {
            let rows: Vec<&Row> = rows
                .iter()
                .copied()
                .filter(|row| row.machine == *machine)
                .collect();
            each(&rows, kernel)
        };
        let (kernels, all) = (of(stuck), of(rows));
        let says = if kernels.len() == all.len() {
            "every kernel".to_string()
        } else {
            kernels.join(", ")
        };
        text += &hanging("  ", 4, &format!("{machine}: {says}"));
    }
    text
}
