//! Tables as CSV files for spreadsheets (RFC 4180).
//!
//! With a byte order mark, so that Excel reads Vietnamese right, and with cells that a
//! spreadsheet would take for a formula made plain text.

use crate::attachment;
use axum::response::Response;

/// A CSV file in the making. `Default` is one without headings and mark: a further piece of a
/// file sent in pieces.
#[derive(Clone, Debug, Default)]
pub struct Csv {
    text: String,
}

impl Csv {
    /// A file that begins with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let mut csv = Self { text: String::from("\u{feff}") };
        csv.row(headings);
        csv
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&str]) {
        for (n, cell) in cells.iter().enumerate() {
            if n > 0 {
                self.text.push(',');
            }
            push_cell(&mut self.text, cell);
        }
        self.text.push_str("\r\n");
    }

    /// The text so far, for tests and for writing it piece by piece.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes the text written so far and goes on with an empty one: for files sent in pieces.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// The file for the browser to keep.
    #[must_use]
    pub fn attachment(self, name: &str) -> Response {
        attachment(name, "text/csv; charset=utf-8", self.text.into_bytes())
    }
}

/// A cell that begins with one of these is a formula for a spreadsheet, and could run what a
/// sender of logs has written.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn push_cell(out: &mut String, cell: &str) {
    let number = cell.parse::<f64>().is_ok();
    let guard = cell.starts_with(FORMULA) && !number;
    if !guard && !cell.contains([',', '"', '\n', '\r', ';']) {
        out.push_str(cell);
        return;
    }
    out.push('"');
    if guard {
        out.push('\'');
    }
    for c in cell.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_text() {
        let mut csv = Csv::new(&["a", "b"]);
        csv.row(&["x,\"y\"\nz", "=cmd|' /C calc'!A0"]);
        csv.row(&["-5", "@SUM(A1)"]);
        assert_eq!(csv.text(), "\u{feff}a,b\r\n\"x,\"\"y\"\"\nz\",\"'=cmd|' /C calc'!A0\"\r\n-5,\"'@SUM(A1)\"\r\n");
    }
}
