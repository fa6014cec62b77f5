//! Making a workbook.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text; never taken for a formula, whatever it begins with.
    Text(String),
    /// A whole number, so that sums work.
    Number(i64),
    /// A day: year, month, day; shown `31/03/2014`.
    Day(u16, u8, u8),
    /// Nothing.
    Empty,
}

/// A sheet to be written.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its name: at most 31 characters, without `[]:*?/\`.
    pub name: String,
    /// Headings with the width of their column in characters.
    pub columns: Vec<(String, u16)>,
    /// Rows.
    pub rows: Vec<Vec<Value>>,
}

/// Most characters Excel keeps in a cell (its specification: 32 767).
const MAX_TEXT: usize = 32_000;

/// The workbook as bytes: headings bold, kept in sight, and with filters. The same sheets give the same bytes: the
/// time of writing is not in it.
///
/// # Errors
/// When a name or a size is beyond what a workbook can hold; the message says which.
pub fn write_xlsx(sheets: &[Sheet]) -> Result<Vec<u8>, String> {
    make(sheets).map_err(|e| format!("the workbook cannot be written: {e}"))
}

fn make(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let (bold, day) = (Format::new().set_bold(), Format::new().set_num_format("dd/mm/yyyy"));
    for sheet in sheets {
        let page = book.add_worksheet();
        page.set_name(sheet.name.as_str())?;
        for (column, (heading, width)) in (0_u16..).zip(&sheet.columns) {
            page.write_string_with_format(0, column, heading.as_str(), &bold)?;
            page.set_column_width(column, f64::from(*width))?;
        }
        page.set_freeze_panes(1, 0)?;
        for (row, cells) in (1_u32..).zip(&sheet.rows) {
            for (column, value) in (0_u16..).zip(cells) {
                match value {
                    Value::Text(text) => {
                        let text: String = text.chars().take(MAX_TEXT).collect();
                        page.write_string(row, column, text)?;
                    }
                    // Whole numbers of a province stay far below 2^53, where a spreadsheet would round.
                    #[expect(clippy::cast_precision_loss, reason = "bounded as said above")]
                    Value::Number(n) => {
                        page.write_number(row, column, *n as f64)?;
                    }
                    Value::Day(y, m, d) => {
                        page.write_datetime_with_format(row, column, ExcelDateTime::from_ymd(*y, *m, *d)?, &day)?;
                    }
                    Value::Empty => {}
                }
            }
        }
        let last_row = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
        if let Some(last) = u16::try_from(sheet.columns.len()).ok().and_then(|n| n.checked_sub(1)) {
            page.autofilter(0, 0, last_row, last)?;
        }
    }
    book.save_to_buffer()
}
