//! The look of every table: columns, no lines, nothing at the ends of rows.

use comfy_table::{ContentArrangement, Table, presets};

/// An empty table.
#[must_use]
pub fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// Its text, without the spaces that end a line.
#[must_use]
pub fn render(table: &Table) -> String {
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n")
}
