//! Workbooks: an archive of XML parts (ECMA-376 part 1, SpreadsheetML). Formulas and macros are never run; entities
//! other than the five of XML are left out, so nothing can grow.

use crate::archive::Archive;
use crate::csv_text::tidy;
use crate::read::{Limits, SheetError, empty, push};
use crate::table::{Cell, Format, Note, Origin, Row, Table, address};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::{BTreeMap, HashMap};

/// Most sheets that are looked at for one that is not empty.
const MAX_SHEETS: usize = 64;
/// Most merged areas that are filled.
const MAX_MERGED: usize = 10_000;
/// Ids of the built-in number formats that show a day (18.8.30).
const DAY_FORMATS: [std::ops::RangeInclusive<u32>; 4] = [14..=22, 27..=36, 45..=47, 50..=58];

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, SheetError> {
    let mut archive = Archive::open(bytes, limits.unpacked)?;
    let Some(workbook) = archive.part("xl/workbook.xml")? else { return Err(SheetError::OtherArchive) };
    let targets = match archive.part("xl/_rels/workbook.xml.rels")? {
        Some(part) => targets(text_of(&part)?)?,
        None => HashMap::new(),
    };
    let (sheets, from_1904) = sheets(text_of(&workbook)?)?;
    let strings = match archive.part("xl/sharedStrings.xml")? {
        Some(part) => shared_strings(text_of(&part)?)?,
        None => Vec::new(),
    };
    let days = match archive.part("xl/styles.xml")? {
        Some(part) => day_styles(text_of(&part)?)?,
        None => Vec::new(),
    };
    let book = Book { strings, days, from_1904 };
    let mut table = empty(Format::Xlsx);
    for (name, id) in sheets.iter().take(MAX_SHEETS) {
        let Some(part) = targets.get(id).map(|path| archive.part(path)).transpose()?.flatten() else { continue };
        table = book.sheet(text_of(&part)?, limits)?;
        if !table.rows.is_empty() {
            if sheets.len() > 1 {
                table.notes.push(Note::OtherSheets(sheets.len() - 1, name.clone()));
            }
            break;
        }
    }
    if archive.has("vbaproject.bin") {
        table.notes.push(Note::Macros);
    }
    Ok(table)
}

fn damaged(error: &impl std::fmt::Display) -> SheetError {
    SheetError::Damaged(error.to_string())
}

/// A part as text; parts are UTF-8, with or without a mark.
fn text_of(part: &[u8]) -> Result<&str, SheetError> {
    let part = part.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(part);
    std::str::from_utf8(part).map_err(|e| damaged(&e))
}

/// An attribute by its name without a prefix.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = element.attributes();
    all.with_checks(false);
    let found = all.flatten().find(|a| a.key.local_name().into_inner() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// Adds a reference: a character by number, or one of the five of XML.
fn push_reference(out: &mut String, reference: &BytesRef<'_>) {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => out.push(c),
        _ => out.push_str(match reference.xml10_content().as_ref() {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            _ => "",
        }),
    }
}

/// Paths of the workbook's parts by the id it names them with.
fn targets(text: &str) -> Result<HashMap<String, String>, SheetError> {
    let (mut reader, mut targets) = (Reader::from_str(text), HashMap::new());
    loop {
        match reader.read_event().map_err(|e| damaged(&e))? {
            Event::Start(e) | Event::Empty(e) if e.local_name().into_inner() == "Relationship" => {
                if let (Some(id), Some(target)) = (attribute(&e, "Id"), attribute(&e, "Target")) {
                    // Relative to the folder of the workbook, unless it begins at the root.
                    let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
                    targets.insert(id, path);
                }
            }
            Event::Eof => return Ok(targets),
            _ => {}
        }
    }
}

/// Names and ids of the sheets that are shown, and whether days count from 1904.
fn sheets(text: &str) -> Result<(Vec<(String, String)>, bool), SheetError> {
    let (mut reader, mut sheets, mut from_1904) = (Reader::from_str(text), Vec::new(), false);
    loop {
        match reader.read_event().map_err(|e| damaged(&e))? {
            Event::Start(e) | Event::Empty(e) => match e.local_name().into_inner() {
                "sheet" if attribute(&e, "state").is_none_or(|s| s == "visible") => {
                    let name = attribute(&e, "name").unwrap_or_default();
                    sheets.extend(attribute(&e, "id").map(|id| (name, id)));
                }
                "workbookPr" => from_1904 = attribute(&e, "date1904").is_some_and(|v| v == "1" || v == "true"),
                _ => {}
            },
            Event::Eof => return Ok((sheets, from_1904)),
            _ => {}
        }
    }
}

/// Texts that cells name by their number. Readings beside a text (`rPh`) are left out.
fn shared_strings(text: &str) -> Result<Vec<String>, SheetError> {
    let (mut reader, mut all) = (Reader::from_str(text), Vec::new());
    let (mut current, mut is_text, mut beside) = (String::new(), false, false);
    loop {
        match reader.read_event().map_err(|e| damaged(&e))? {
            Event::Start(e) => match e.local_name().into_inner() {
                "t" => is_text = !beside,
                "rPh" => beside = true,
                _ => {}
            },
            Event::Empty(e) if e.local_name().into_inner() == "si" => all.push(String::new()),
            Event::End(e) => match e.local_name().into_inner() {
                "t" => is_text = false,
                "rPh" => beside = false,
                "si" => all.push(std::mem::take(&mut current)),
                _ => {}
            },
            Event::Text(t) if is_text => current.push_str(&t.xml10_content()),
            Event::CData(t) if is_text => current.push_str(&t.xml10_content()),
            Event::GeneralRef(r) if is_text => push_reference(&mut current, &r),
            Event::Eof => return Ok(all),
            _ => {}
        }
    }
}

/// Per style of cells, whether it shows a day.
fn day_styles(text: &str) -> Result<Vec<bool>, SheetError> {
    let mut reader = Reader::from_str(text);
    let (mut own, mut styles, mut of_cells) = (Vec::new(), Vec::new(), false);
    loop {
        match reader.read_event().map_err(|e| damaged(&e))? {
            Event::Start(e) | Event::Empty(e) => match e.local_name().into_inner() {
                "numFmt" => {
                    let id: Option<u32> = attribute(&e, "numFmtId").and_then(|id| id.parse().ok());
                    let shows = attribute(&e, "formatCode").is_some_and(|code| shows_a_day(&code));
                    own.extend(id.filter(|_| shows));
                }
                "cellXfs" => of_cells = true,
                "xf" if of_cells => {
                    let id: u32 = attribute(&e, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    styles.push(own.contains(&id) || DAY_FORMATS.iter().any(|r| r.contains(&id)));
                }
                _ => {}
            },
            Event::End(e) if e.local_name().into_inner() == "cellXfs" => of_cells = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

/// Whether a format shows a day or a year, outside quotation marks and brackets: `dd/mm/yyyy`, not `0" d"`.
fn shows_a_day(code: &str) -> bool {
    let (mut quoted, mut bracket, mut escaped) = (false, false, false);
    for c in code.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            '[' => bracket = true,
            ']' => bracket = false,
            'd' | 'D' | 'y' | 'Y' if !quoted && !bracket => return true,
            _ => {}
        }
    }
    false
}

/// What cells refer to.
struct Book {
    strings: Vec<String>,
    days: Vec<bool>,
    from_1904: bool,
}

/// A cell being read.
#[derive(Default)]
struct Found {
    row: u32,
    column: usize,
    kind: String,
    style: Option<usize>,
    value: String,
    is_formula: bool,
}

/// What is counted while a sheet is read.
#[derive(Default)]
struct Counts {
    formulas: usize,
    first_formula: Option<String>,
    errors: usize,
    first_error: Option<String>,
}

type Rows = BTreeMap<u32, Vec<(usize, Cell)>>;

impl Book {
    fn sheet(&self, text: &str, limits: &Limits) -> Result<Table, SheetError> {
        let mut reader = Reader::from_str(text);
        let (mut rows, mut counts, mut merged) = (Rows::new(), Counts::default(), Vec::new());
        let (mut cell, mut within) = (Found::default(), false);
        loop {
            match reader.read_event().map_err(|e| damaged(&e))? {
                Event::Start(e) => match e.local_name().into_inner() {
                    "row" => next_row(&mut cell, &e),
                    "c" => next_cell(&mut cell, &e),
                    "v" | "t" => within = true,
                    "f" => cell.is_formula = true,
                    "mergeCell" if merged.len() < MAX_MERGED => merged.extend(area(&e)),
                    _ => {}
                },
                Event::Empty(e) => match e.local_name().into_inner() {
                    "row" => next_row(&mut cell, &e),
                    // Empty, but it takes its place.
                    "c" => {
                        next_cell(&mut cell, &e);
                        cell.column = cell.column.saturating_add(1);
                    }
                    "f" => cell.is_formula = true,
                    "mergeCell" if merged.len() < MAX_MERGED => merged.extend(area(&e)),
                    _ => {}
                },
                Event::End(e) => match e.local_name().into_inner() {
                    "v" | "t" => within = false,
                    "c" => {
                        self.keep(&cell, &mut rows, &mut counts, limits)?;
                        cell.column = cell.column.saturating_add(1);
                    }
                    _ => {}
                },
                Event::Text(t) if within => cell.value.push_str(&t.xml10_content()),
                Event::CData(t) if within => cell.value.push_str(&t.xml10_content()),
                Event::GeneralRef(r) if within => push_reference(&mut cell.value, &r),
                Event::Eof => break,
                _ => {}
            }
        }
        let mut table = empty(Format::Xlsx);
        let spread = fill(&mut rows, &merged, limits);
        for (number, cells) in rows {
            push(&mut table, Row { number, cells: in_columns(cells) }, limits)?;
        }
        table.notes.extend(counts.first_formula.map(|place| Note::Formulas(counts.formulas, place)));
        table.notes.extend(spread.map(|(n, place)| Note::Merged(n, place)));
        table.notes.extend(counts.first_error.map(|place| Note::Errors(counts.errors, place)));
        Ok(table)
    }

    fn keep(&self, cell: &Found, rows: &mut Rows, counts: &mut Counts, limits: &Limits) -> Result<(), SheetError> {
        let (row, column) = (cell.row.max(1), cell.column);
        let place = || address(row, column);
        if cell.kind == "e" {
            counts.errors += 1;
            counts.first_error.get_or_insert_with(place);
            return Ok(());
        }
        let text = tidy(&self.text(cell), row, column, limits)?;
        // Told even where it has no saved value: a program that does not calculate writes none.
        if cell.is_formula {
            counts.formulas += 1;
            counts.first_formula.get_or_insert_with(place);
        }
        if text.is_empty() {
            return Ok(());
        }
        if column >= limits.columns {
            return Err(SheetError::Columns(row, limits.columns));
        }
        let origin = if cell.is_formula { Origin::Formula } else { Origin::Typed };
        rows.entry(row).or_default().push((column, Cell { text, origin }));
        if rows.len() > limits.rows { Err(SheetError::Rows(limits.rows)) } else { Ok(()) }
    }

    /// The value of a cell as text: days as `2014-03-31`, whole numbers without a decimal point.
    fn text(&self, cell: &Found) -> String {
        let value = cell.value.as_str();
        match cell.kind.as_str() {
            "s" => {
                let at: Option<usize> = value.trim().parse().ok();
                at.and_then(|at| self.strings.get(at)).cloned().unwrap_or_default()
            }
            "d" => value.split('T').next().unwrap_or(value).to_owned(),
            "str" | "inlineStr" | "b" => value.to_owned(),
            _ => match value.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    let is_day = cell.style.and_then(|s| self.days.get(s)).copied().unwrap_or(false);
                    let day = is_day.then(|| day(number, self.from_1904)).flatten();
                    day.unwrap_or_else(|| number.to_string())
                }
                _ => value.to_owned(),
            },
        }
    }
}

fn next_row(cell: &mut Found, element: &BytesStart<'_>) {
    let given = attribute(element, "r").and_then(|r| r.parse().ok());
    cell.row = given.unwrap_or(cell.row.saturating_add(1));
    cell.column = 0;
}

fn next_cell(cell: &mut Found, element: &BytesStart<'_>) {
    let place = attribute(element, "r").and_then(|r| place(&r));
    let (row, column) = place.unwrap_or((cell.row, cell.column));
    *cell = Found {
        row,
        column,
        kind: attribute(element, "t").unwrap_or_default(),
        style: attribute(element, "s").and_then(|s| s.parse().ok()),
        value: String::new(),
        is_formula: false,
    };
}

/// Row from 1 and column from 0 of an address such as `AB12`.
fn place(text: &str) -> Option<(u32, usize)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    // Three letters are the widest sheet there is.
    if !(1..=3).contains(&letters) {
        return None;
    }
    let (column, row) = text.split_at_checked(letters)?;
    let column = column.bytes().fold(0_usize, |n, b| n * 26 + usize::from(b.to_ascii_uppercase() - b'A') + 1);
    Some((row.parse().ok().filter(|row| *row > 0)?, column - 1))
}

type Area = ((u32, usize), (u32, usize));

fn area(element: &BytesStart<'_>) -> Option<Area> {
    let text = attribute(element, "ref")?;
    let (from, to) = text.split_once(':')?;
    Some((place(from)?, place(to)?))
}

/// Gives the cells of merged areas the text of their first one, in rows that have other cells; how many, and the
/// first of them.
fn fill(rows: &mut Rows, merged: &[Area], limits: &Limits) -> Option<(usize, String)> {
    let (mut count, mut first) = (0, None);
    for ((top, left), (bottom, right)) in merged {
        let of_first = rows.get(top).and_then(|cells| cells.iter().find(|(c, _)| c == left));
        let Some(text) = of_first.map(|(_, cell)| cell.text.clone()) else { continue };
        if bottom < top {
            continue;
        }
        let right = (*right).min(limits.columns.saturating_sub(1));
        for (row, cells) in rows.range_mut(*top..=*bottom) {
            for column in *left..=right {
                if cells.iter().any(|(c, _)| *c == column) {
                    continue;
                }
                count += 1;
                first.get_or_insert_with(|| address(*row, column));
                cells.push((column, Cell { text: text.clone(), origin: Origin::Merged }));
            }
        }
    }
    first.map(|place| (count, place))
}

fn in_columns(cells: Vec<(usize, Cell)>) -> Vec<Cell> {
    let width = cells.iter().map(|(c, _)| c + 1).max().unwrap_or(0);
    let mut by_column: HashMap<usize, Cell> = cells.into_iter().collect();
    let blank = || Cell { text: String::new(), origin: Origin::Typed };
    (0..width).map(|c| by_column.remove(&c).unwrap_or_else(blank)).collect()
}

/// The day a number of days stands for (18.17.4.1): day 1 is 1 January 1900, with a 29 February 1900 that never was.
fn day(number: f64, from_1904: bool) -> Option<String> {
    // To the year 9999.
    if !(1.0..2_958_466.0).contains(&number) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between 1 and three million, as said above")]
    let number = number.floor() as i64;
    // Days from 1970-01-01.
    let since = match (from_1904, number) {
        (true, n) => n - 24_107,
        (false, n) if n < 60 => n - 25_568,
        (false, n) => n - 25_569,
    };
    let (year, month, day) = civil(since);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar: years begin in March, so that the
/// leap day is the last of a year, and repeat every 400.
fn civil(since: i64) -> (i64, i64, i64) {
    let shifted = since + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Days from 1970-01-01 to a day; the reverse of [`civil`].
pub(crate) fn since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_spreadsheets_count_them() {
        let told: Vec<_> = [1.0, 59.0, 61.0, 41_729.5, 2_958_465.0].iter().map(|n| day(*n, false).unwrap()).collect();
        assert_eq!(told, ["1900-01-01", "1900-02-28", "1900-03-01", "2014-03-31", "9999-12-31"]);
        assert_eq!((day(0.5, false), day(40_267.0, true)), (None, Some("2014-03-31".into())));
        for since in (-800_000..800_000).step_by(13) {
            let (y, m, d) = civil(since);
            assert_eq!(since_1970(y, m, d), since);
        }
    }

    #[test]
    fn formats_and_addresses_are_understood() {
        assert!(
            shows_a_day("dd/mm/yyyy")
                && shows_a_day("[$-42A]d mmmm")
                && !shows_a_day("0\" d\"")
                && !shows_a_day("#,##0_d")
        );
        assert_eq!(
            (place("A1"), place("ab12"), place("XFD1048576")),
            (Some((1, 0)), Some((12, 27)), Some((1_048_576, 16_383)))
        );
        assert_eq!((place("1"), place("A0"), place("ABCD1"), place("A")), (None, None, None, None));
    }
}
