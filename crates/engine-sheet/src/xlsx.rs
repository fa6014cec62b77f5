//! Workbooks: an archive of XML parts (ECMA-376). The archive is looked at before it is read.

use crate::csv_text::tidy;
use crate::read::{Limits, SheetError, empty, push};
use crate::table::{Cell, Format, Note, Origin, Row, Table, address};
use calamine::{DataRef, Dimensions, Reader, SheetVisible, Xlsx};
use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read as _, copy, sink};
use zip::ZipArchive;

/// Most parts in an archive; workbooks of people have some dozens.
const MAX_PARTS: usize = 2_000;
/// Most sheets that are looked at for one that is not empty.
const MAX_SHEETS: usize = 64;
/// Most merged areas that are filled.
const MAX_MERGED: usize = 10_000;

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, SheetError> {
    let macros = look(bytes, limits)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let visible = |s: &&calamine::Sheet| s.visible == SheetVisible::Visible;
    let names: Vec<String> = book.sheets_metadata().iter().filter(visible).map(|s| s.name.clone()).collect();
    let mut table = empty(Format::Xlsx);
    for name in names.iter().take(MAX_SHEETS) {
        table = sheet(&mut book, name, limits)?;
        if !table.rows.is_empty() {
            if names.len() > 1 {
                table.notes.push(Note::OtherSheets(names.len() - 1, name.clone()));
            }
            break;
        }
    }
    if macros {
        table.notes.push(Note::Macros);
    }
    Ok(table)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn damaged_io(error: std::io::Error) -> SheetError {
    SheetError::Damaged(error.to_string())
}

fn damaged(error: &impl std::fmt::Display) -> SheetError {
    SheetError::Damaged(error.to_string())
}

/// Unpacks every part into nothing, to know how long it really is (the sizes an archive declares may lie); whether
/// there are macros.
fn look(bytes: &[u8], limits: &Limits) -> Result<bool, SheetError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    if archive.len() > MAX_PARTS {
        return Err(SheetError::OtherArchive);
    }
    let (mut left, mut macros, mut workbook) = (limits.unpacked, false, false);
    for part in 0..archive.len() {
        let file = archive.by_index(part).map_err(|e| damaged(&e))?;
        let name = file.name().map_err(|e| damaged(&e))?.to_lowercase();
        macros |= name.ends_with("vbaproject.bin");
        workbook |= name.ends_with("workbook.xml");
        let length = copy(&mut file.take(left.saturating_add(1)), &mut sink()).map_err(damaged_io)?;
        left = left.checked_sub(length).ok_or(SheetError::Unpacked(limits.unpacked))?;
    }
    if workbook { Ok(macros) } else { Err(SheetError::OtherArchive) }
}

/// What is counted while a sheet is read.
#[derive(Default)]
struct Counts {
    formulas: usize,
    first_formula: Option<String>,
    errors: usize,
    first_error: Option<String>,
}

fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, limits: &Limits) -> Result<Table, SheetError> {
    let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
    let mut rows: BTreeMap<u32, Vec<(usize, Cell)>> = BTreeMap::new();
    let mut counts = Counts::default();
    let mut reader = book.worksheet_cells_reader(name).map_err(|e| damaged(&e))?;
    while let Some(found) = reader.next_cell_with_formula_metadata().map_err(|e| damaged(&e))? {
        let (row, column) = (found.pos.0.saturating_add(1), usize::try_from(found.pos.1).unwrap_or(usize::MAX));
        let place = || address(row, column);
        if matches!(found.value, DataRef::Error(_)) {
            counts.errors += 1;
            counts.first_error.get_or_insert_with(place);
        }
        let text = tidy(&text(&found.value), row, column, limits)?;
        if text.is_empty() {
            continue;
        }
        if column >= limits.columns {
            return Err(SheetError::Columns(row, limits.columns));
        }
        let origin = if found.formula.is_some() { Origin::Formula } else { Origin::Typed };
        if origin == Origin::Formula {
            counts.formulas += 1;
            counts.first_formula.get_or_insert_with(place);
        }
        rows.entry(row).or_default().push((column, Cell { text, origin }));
        if rows.len() > limits.rows {
            return Err(SheetError::Rows(limits.rows));
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

/// Gives the cells of merged areas the text of their first one, in rows that have other cells; how many, and the
/// first of them.
fn fill(
    rows: &mut BTreeMap<u32, Vec<(usize, Cell)>>,
    merged: &[Dimensions],
    limits: &Limits,
) -> Option<(usize, String)> {
    let (mut count, mut first) = (0, None);
    for area in merged.iter().take(MAX_MERGED) {
        let (top, left) = (area.start.0.saturating_add(1), usize::try_from(area.start.1).unwrap_or(usize::MAX));
        let right = usize::try_from(area.end.1).unwrap_or(usize::MAX).min(limits.columns.saturating_sub(1));
        let of_first = rows.get(&top).and_then(|cells| cells.iter().find(|(c, _)| *c == left));
        let Some(text) = of_first.map(|(_, cell)| cell.text.clone()) else { continue };
        if area.end.0 < area.start.0 {
            continue;
        }
        for (row, cells) in rows.range_mut(top..=area.end.0.saturating_add(1)) {
            for column in left..=right {
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

/// A value as text: days as `2014-03-31`, whole numbers without a decimal point, errors as nothing.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => n.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "1" } else { "0" }.to_owned(),
        DataRef::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
