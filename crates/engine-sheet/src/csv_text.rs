//! Separated text.

use crate::encoding::decode;
use crate::read::{Limits, SheetError, empty, push};
use crate::table::{Cell, Format, Note, Origin, Row, Table, address};
use unicode_normalization::UnicodeNormalization;

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, SheetError> {
    let (text, converted) = decode(bytes)?;
    let mut table = empty(Format::Csv);
    table.notes.extend(converted.map(Note::Converted));
    // Excel's own hint, such as `sep=;`, stands before the headings.
    let first = text.lines().next().unwrap_or("");
    let hint = first.strip_prefix("sep=").and_then(|s| s.bytes().next()).filter(|b| matches!(b, b',' | b';' | b'\t'));
    // The rest of that line is an empty one, so that lines keep their numbers.
    let body = if hint.is_some() { text.get(first.len()..).unwrap_or("") } else { text.as_ref() };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(hint.unwrap_or_else(|| separator(&text)))
        .from_reader(body.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut lines = Lines { text: body.as_bytes(), at: 0, line: 1 };
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(table),
            Err(error) => return Err(SheetError::Csv(error.position().map_or(1, csv::Position::line))),
        }
        let number = lines.of(record.position().map_or(0, csv::Position::byte));
        let mut row = Row { number, cells: Vec::with_capacity(record.len()) };
        for (column, text) in record.iter().enumerate() {
            row.cells.push(Cell { text: tidy(text, number, column, limits)?, origin: Origin::Typed });
        }
        push(&mut table, row, limits)?;
    }
}

/// Counts lines. The library's own count lags where a line ends in two characters or is empty.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of the record that begins at `byte` or after the line ends there; bytes only rise.
    fn of(&mut self, byte: u64) -> u32 {
        let begin = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(c) = self.text.get(self.at) {
            if self.at >= begin && !matches!(c, b'\r' | b'\n') {
                break;
            }
            self.line = self.line.saturating_add(u32::from(*c == b'\n'));
            self.at += 1;
        }
        self.line
    }
}

/// The text of a cell: NFC, inner breaks as spaces, without blanks at its ends.
pub(crate) fn tidy(text: &str, row: u32, column: usize, limits: &Limits) -> Result<String, SheetError> {
    // Composing never makes a text longer than four times; counting first bounds the work.
    if text.chars().nth(limits.cell).is_some() {
        return Err(SheetError::Cell(address(row, column), limits.cell));
    }
    let plain = |c: char| if c.is_control() || c == '\u{a0}' { ' ' } else { c };
    let text: String = text.nfc().filter(|c| *c != '\u{feff}' && *c != '\u{200b}').map(plain).collect();
    Ok(text.trim().to_owned())
}

/// The separator that occurs most often in the first line, outside quotation marks.
fn separator(text: &str) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(s, _)| *s == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    // The first of equals: a single column has none at all.
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(s, _)| *s)
}
