//! Making a workbook (ECMA-376 part 1, SpreadsheetML).

use crate::archive::pack;
use crate::table::{address, column_name};
use crate::xlsx::since_1970;
use std::fmt::Write as _;

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
    /// Its name: 1 to 31 characters, without `[]:*?/\`.
    pub name: String,
    /// Headings with the width of their column in characters.
    pub columns: Vec<(String, u16)>,
    /// Rows.
    pub rows: Vec<Vec<Value>>,
}

/// Media type of a workbook (ECMA-376, registered with IANA).
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Sheet {
    /// The rows as texts, for a file that knows nothing else: days as `2014-03-31`, which every program reads.
    pub fn texts(&self) -> impl Iterator<Item = Vec<String>> {
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Day(year, month, day) => format!("{year:04}-{month:02}-{day:02}"),
            Value::Empty => String::new(),
        };
        self.rows.iter().map(move |row| row.iter().map(text).collect())
    }
}

/// Most characters a spreadsheet keeps in a cell (Excel's specification: 32 767).
const MAX_TEXT: usize = 32_000;
/// Most rows of a sheet, with the heading.
const MAX_ROWS: usize = 1_048_576;

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const TYPES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Three styles of cells: ordinary, a heading in bold, a day.
const STYLES: &str = r#"<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>"#;

/// The workbook as bytes: headings bold, kept in sight, and with filters. The same sheets give the same bytes: the
/// time of writing is not in it.
///
/// # Errors
/// When a name or a size is beyond what a workbook can hold; the message says which.
pub fn write_xlsx(sheets: &[Sheet]) -> Result<Vec<u8>, String> {
    let (mut list, mut relations, mut kinds) = (String::new(), String::new(), String::new());
    let mut pages = Vec::new();
    for (n, sheet) in (1_usize..).zip(sheets) {
        check(sheet)?;
        // Writing to a String cannot fail.
        let _ = write!(list, r#"<sheet name="{}" sheetId="{n}" r:id="rId{n}"/>"#, escaped(&sheet.name));
        let _ = write!(
            relations,
            r#"<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>"#
        );
        let _ =
            write!(kinds, r#"<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPES}.worksheet+xml"/>"#);
        pages.push((format!("xl/worksheets/sheet{n}.xml"), page(sheet).into_bytes()));
    }
    let styles = sheets.len() + 1;
    let _ = write!(relations, r#"<Relationship Id="rId{styles}" Type="{OFFICE}/styles" Target="styles.xml"/>"#);
    let types = format!(
        r#"{DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>{kinds}</Types>"#
    );
    let root = format!(
        r#"{DECLARATION}<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book =
        format!(r#"{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{list}</sheets></workbook>"#);
    let relations = format!(r#"{DECLARATION}<Relationships xmlns="{RELATIONS}">{relations}</Relationships>"#);
    let styles = format!(r#"{DECLARATION}<styleSheet xmlns="{MAIN}">{STYLES}</styleSheet>"#);
    let mut parts = vec![
        ("[Content_Types].xml", types.into_bytes()),
        ("_rels/.rels", root.into_bytes()),
        ("xl/workbook.xml", book.into_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.into_bytes()),
        ("xl/styles.xml", styles.into_bytes()),
    ];
    parts.extend(pages.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())));
    pack(&parts).map_err(|e| format!("the workbook cannot be written: {e}"))
}

fn check(sheet: &Sheet) -> Result<(), String> {
    let name = sheet.name.chars().count();
    if !(1..=31).contains(&name) || sheet.name.contains(['[', ']', ':', '*', '?', '/', '\\']) {
        return Err(format!("'{}' is no name for a sheet: 1 to 31 characters without []:*?/\\", sheet.name));
    }
    if sheet.rows.len() >= MAX_ROWS {
        return Err(format!("a sheet holds {MAX_ROWS} rows; make several"));
    }
    Ok(())
}

fn page(sheet: &Sheet) -> String {
    let mut out = format!(
        r#"{DECLARATION}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>"#
    );
    if !sheet.columns.is_empty() {
        out.push_str("<cols>");
        for (n, (_, width)) in (1_usize..).zip(&sheet.columns) {
            let _ = write!(out, r#"<col min="{n}" max="{n}" width="{width}" customWidth="1"/>"#);
        }
        out.push_str("</cols>");
    }
    out.push_str(r#"<sheetData><row r="1">"#);
    for (column, (heading, _)) in sheet.columns.iter().enumerate() {
        text(&mut out, &address(1, column), heading, 1);
    }
    out.push_str("</row>");
    for (row, cells) in (2_u32..).zip(&sheet.rows) {
        let _ = write!(out, r#"<row r="{row}">"#);
        for (column, value) in cells.iter().enumerate() {
            let place = address(row, column);
            match value {
                Value::Text(value) => text(&mut out, &place, value, 0),
                Value::Number(n) => {
                    let _ = write!(out, r#"<c r="{place}"><v>{n}</v></c>"#);
                }
                Value::Day(y, m, d) => match serial(*y, *m, *d) {
                    Some(n) => {
                        let _ = write!(out, r#"<c r="{place}" s="2"><v>{n}</v></c>"#);
                    }
                    None => text(&mut out, &place, &format!("{y:04}-{m:02}-{d:02}"), 0),
                },
                Value::Empty => {}
            }
        }
        out.push_str("</row>");
    }
    out.push_str("</sheetData>");
    if let Some(last) = sheet.columns.len().checked_sub(1) {
        let _ = write!(out, r#"<autoFilter ref="A1:{}{}"/>"#, column_name(last), sheet.rows.len() + 1);
    }
    out.push_str("</worksheet>");
    out
}

fn text(out: &mut String, place: &str, value: &str, style: u8) {
    let value: String = value.chars().take(MAX_TEXT).collect();
    let value = escaped(&value);
    let _ = write!(out, r#"<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>"#);
}

/// The number a spreadsheet keeps for a day; none before March 1900, where programs differ.
fn serial(year: u16, month: u8, day: u8) -> Option<i64> {
    let number = since_1970(i64::from(year), i64::from(month), i64::from(day)) + 25_569;
    (number >= 61 && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some(number)
}

/// Text within XML 1.0; what XML has no way to write is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\r' => out.push_str("&#13;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
