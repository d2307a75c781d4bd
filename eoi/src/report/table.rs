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

/// The table's text, without the spaces that end a line. A cell goes on in the next line between two words only.
#[must_use]
pub fn render(table: &Table) -> String {
    let mut table = table.clone();
    for column in 0..table.column_count() {
        let header = table
            .header()
            .and_then(|header| header.cell_iter().nth(column))
            .map(Cell::content);
        let cells = table
            .row_iter()
            .filter_map(|row| row.cell_iter().nth(column))
            .map(Cell::content);
        let words = cells.chain(header).flat_map(|text| {
            text.split(' ')
                .map(|word| word.chars().count())
                .collect::<Vec<_>>()
        });
        let widest = words.max().unwrap_or(0) as u16 + PADDING;
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(widest)));
        }
    }
    let lines: Vec<String> = table
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_string())
        .collect();
    lines.join("\n")
}
