//! The look of every table: columns, no lines, nothing at the ends of rows. A cell that does not fit into the terminal
//! goes on in the next line.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::terminal::{self, shown};

/// The blanks beside a cell.
const PADDING: u16 = 2;

/// An empty table.
#[must_use]
pub fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(terminal::width());
    table
}

/// A cell. Hidden characters are shown, so that columns stay straight.
#[must_use]
pub fn cell(text: &str) -> Cell {
    Cell::new(shown(text))
}

/// The table's text, without the spaces that end a line. A cell goes on in the next line between two words only; where the
/// longest words do not fit beside each other, those of the widest columns are broken.
#[must_use]
pub fn render(table: &Table) -> String {
    let mut table = table.clone();
    let mut least: Vec<u16> = (0..table.column_count())
        .map(|at| longest(&table, at))
        .collect();
    let room = table.width().unwrap_or(u16::MAX);
    while least.iter().sum::<u16>() > room {
        let Some(widest) = least.iter_mut().max() else {
            break;
        };
        *widest -= 1;
    }
    for (at, width) in least.into_iter().enumerate() {
        if let Some(column) = table.column_mut(at) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    let lines: Vec<String> = table
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_string())
        .collect();
    lines.join("\n")
}

/// The columns of the longest word of a column, with the blanks beside it.
fn longest(table: &Table, column: usize) -> u16 {
    let header = table
        .header()
        .and_then(|header| header.cell_iter().nth(column));
    let cells = table
        .row_iter()
        .filter_map(|row| row.cell_iter().nth(column));
    let words = cells.chain(header).map(Cell::content).flat_map(|text| {
        text.split(' ')
            .map(|word| word.chars().count())
            .collect::<Vec<_>>()
    });
    u16::try_from(words.max().unwrap_or(0)).unwrap_or(u16::MAX / 2) + PADDING
}
