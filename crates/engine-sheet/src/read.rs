//! The door: what kind of file it is, and how much of it is read.

use crate::table::{Format, Row, Table};
use crate::{csv_text, xlsx};

/// How much is read. Beyond a limit the file is refused as a whole: half a list is worse than none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, bytes.
    pub bytes: usize,
    /// Most an archive may unpack to, bytes.
    pub unpacked: u64,
    /// Most rows that are not empty.
    pub rows: usize,
    /// Most columns.
    pub columns: usize,
    /// Longest cell, characters.
    pub cell: usize,
}

impl Default for Limits {
    /// 16 MiB, unpacked 256 MiB; 100 000 rows and a heading, 64 columns, 4 000 characters in a cell.
    fn default() -> Self {
        Self { bytes: 16 << 20, unpacked: 256 << 20, rows: 100_001, columns: 64, cell: 4_000 }
    }
}

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Nothing in it.
    #[error("the file has no row; write a heading row and one row per entry")]
    Empty,
    /// Longer than [`Limits::bytes`].
    #[error("the file has more than {0} bytes; split it")]
    TooLong(usize),
    /// Unpacks to more than [`Limits::unpacked`].
    #[error("the workbook unpacks to more than {0} bytes; remove pictures and empty formatted rows, or split it")]
    Unpacked(u64),
    /// More than [`Limits::rows`].
    #[error("the table has more than {0} rows; split it")]
    Rows(usize),
    /// More than [`Limits::columns`]; the row says where.
    #[error("row {0} has more than {1} columns; remove what does not belong to the table")]
    Columns(u32, usize),
    /// A cell longer than [`Limits::cell`]; its address.
    #[error("cell {0} has more than {1} characters; shorten it")]
    Cell(String, usize),
    /// An old workbook (`.xls`), or one with a password.
    #[error("the workbook is in the old format .xls or has a password; save it as .xlsx without a password")]
    OldOrLocked,
    /// An archive that is not a workbook of this kind (`.xlsb`, `.ods`, `.docx`, `.zip`).
    #[error("the file is not an .xlsx workbook; save it as .xlsx or as CSV in UTF-8")]
    OtherArchive,
    /// A workbook that breaks off or contradicts itself.
    #[error("the workbook is damaged ({0}); open it in a spreadsheet program and save it again")]
    Damaged(String),
    /// Neither a workbook nor text.
    #[error("the file is neither an .xlsx workbook nor text; save it as .xlsx or as CSV in UTF-8")]
    NotText,
    /// Text in TCVN3.
    #[error(
        "the text is in TCVN3 (the .VnTime fonts); convert it to Unicode, then save it as CSV in UTF-8 or as .xlsx"
    )]
    Tcvn3,
    /// Text in an encoding that is not known; the line of the first such byte.
    #[error("line {0} is not UTF-8; save the file as CSV in UTF-8")]
    Encoding(usize),
    /// A quotation mark that is not closed or the like; the line.
    #[error("line {0} is not well-formed CSV; check its quotation marks")]
    Csv(u64),
}

/// Reads a file. Its name does not matter: what is inside decides.
///
/// # Errors
/// When the file is not one of the kinds, is damaged, or goes beyond a limit.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Table, SheetError> {
    if bytes.len() > limits.bytes {
        return Err(SheetError::TooLong(limits.bytes));
    }
    let table = if bytes.starts_with(b"PK\x03\x04") {
        xlsx::read(bytes, limits)?
    } else if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(SheetError::OldOrLocked);
    } else {
        csv_text::read(bytes, limits)?
    };
    if table.rows.is_empty() { Err(SheetError::Empty) } else { Ok(table) }
}

/// Adds a row unless it is empty, within the limits.
pub(crate) fn push(table: &mut Table, mut row: Row, limits: &Limits) -> Result<(), SheetError> {
    while row.cells.last().is_some_and(|c| c.text.is_empty()) {
        row.cells.pop();
    }
    if row.cells.is_empty() {
        return Ok(());
    }
    if row.cells.len() > limits.columns {
        return Err(SheetError::Columns(row.number, limits.columns));
    }
    if table.rows.len() >= limits.rows {
        return Err(SheetError::Rows(limits.rows));
    }
    table.rows.push(row);
    Ok(())
}

/// An empty table of a kind.
pub(crate) fn empty(format: Format) -> Table {
    Table { format, rows: Vec::new(), notes: Vec::new() }
}
