//! Tables on a terminal or in a pipe.

use comfy_table::{ContentArrangement, Table, TableComponent, presets};
use engine_hunt::output::html::visible;
use std::io::IsTerminal;

/// An empty table with a heading; as wide as the terminal, or 160 columns in a pipe.
#[must_use]
pub(crate) fn table(heading: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    if !std::io::stdout().is_terminal() {
        table.set_width(160);
    }
    table.set_header(heading);
    table
}

/// Text of a rule or a log as a cell: control characters shown, on one line.
#[must_use]
pub(crate) fn cell(text: &str) -> String {
    visible(text).replace(['\n', '\r', '\t'], " ")
}
