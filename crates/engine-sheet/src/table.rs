//! What was read: rows of cells, each with its place.

use crate::Encoding;

/// What kind of file it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML workbook (ECMA-376).
    Xlsx,
    /// Separated text (RFC 4180 and what offices make of it).
    Csv,
}

/// Where the text of a cell comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Typed there.
    Typed,
    /// The value a formula had when the file was saved; the formula is not run.
    Formula,
    /// From the cell above or at the left that this one is merged with.
    Merged,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its text in Unicode form NFC, without blanks at its ends. Days are `2014-03-31`, numbers without grouping.
    pub text: String,
    /// Where the text comes from.
    pub origin: Origin,
}

/// A row that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number as the spreadsheet shows it, from 1; for CSV the line it begins on.
    pub number: u32,
    /// Its cells from column A on; trailing empty ones are left out.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The text of a column, counted from 0; empty where the row is shorter.
    #[must_use]
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |c| c.text.as_str())
    }
}

/// Something the reader decided, to be told to the person who handed the file in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The text was not UTF-8 and was converted.
    Converted(Encoding),
    /// The workbook has macros; they were neither read nor run.
    Macros,
    /// So many cells had formulas, the first at this address; their saved values were taken.
    Formulas(usize, String),
    /// So many cells were filled from the cell they are merged with, the first at this address.
    Merged(usize, String),
    /// So many further sheets were not read; the one that was has this name.
    OtherSheets(usize, String),
    /// So many cells held an error such as `#REF!`, the first at this address; they count as empty.
    Errors(usize, String),
}

/// A table as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What kind of file it was.
    pub format: Format,
    /// Rows that are not empty, in their order.
    pub rows: Vec<Row>,
    /// What was decided on the way.
    pub notes: Vec<Note>,
}

/// The name of a column counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn column_name(column: usize) -> String {
    let mut rest = column;
    let mut letters = Vec::new();
    loop {
        // Below 26, so it fits.
        let letter = u8::try_from(rest % 26).unwrap_or(0);
        letters.push(char::from(b'A' + letter));
        match rest / 26 {
            0 => break,
            more => rest = more - 1,
        }
    }
    letters.iter().rev().collect()
}

/// The address of a cell as a spreadsheet shows it, such as `C5`: `row` counts from 1, `column` from 0.
#[must_use]
pub fn address(row: u32, column: usize) -> String {
    format!("{}{row}", column_name(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        let names: Vec<String> = [0, 25, 26, 51, 52, 701, 702].map(column_name).to_vec();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
        assert_eq!(address(5, 2), "C5");
    }
}
