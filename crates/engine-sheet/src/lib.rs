//! Tables people hand in and take out: Excel workbooks (XLSX) and CSV, without SQL and HTTP.
//!
//! [`read`] takes a file as it comes from an office: with a byte order mark or without, separated by comma,
//! semicolon or tab, with merged cells, formulas or macros. It gives rows of text in Unicode form NFC with the
//! place of every cell, and tells what it had to decide ([`Note`]). It is bounded ([`Limits`]): the size of the
//! file, what an archive unpacks to, rows, columns, length of a cell. [`write_xlsx`] makes a workbook.
//!
//! What it does not do: run formulas or macros, read the old binary formats (`.xls`, `.xlsb`), guess columns.

mod archive;
mod csv_text;
mod encoding;
mod read;
mod table;
mod write;
mod xlsx;

pub use encoding::{Encoding, looks_like_tcvn3};
pub use read::{Limits, SheetError, read};
pub use table::{Cell, Format, Note, Origin, Row, Table, address, column_name};
pub use write::{Sheet, Value, XLSX, write_xlsx};
