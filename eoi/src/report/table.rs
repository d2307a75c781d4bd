//! The look of every table: columns, no lines, nothing at the ends of rows. A cell that does not fit into the terminal
//! goes on in the next line.

use comfy_table::{Cell, ContentArrangement, Table, presets};

use crate::terminal::{self, shown};

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

/// The table's text, without the spaces that end a line.
#[must_use]
pub fn render(table: &Table) -> String {
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n")
}
