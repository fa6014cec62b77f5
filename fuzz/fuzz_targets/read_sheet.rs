//! A list as an office hands it in: the file itself, or (first byte `S`) the sheet of a workbook around it, so that
//! what is found is not only that the archive is broken. It is bounded, and every cell has its place.
#![no_main]

use engine_sheet::{Limits, address, read};
use libfuzzer_sys::fuzz_target;

/// Limits small enough to be met.
const LIMITS: Limits = Limits { bytes: 1 << 20, unpacked: 1 << 21, rows: 64, columns: 8, cell: 200 };

const PARTS: [(&str, &str); 4] = [
    ("[Content_Types].xml", r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#),
    ("_rels/.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
    ("xl/workbook.xml", r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#),
    ("xl/_rels/workbook.xml.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
];

/// A workbook whose parts are only stored (PKWARE APPNOTE 4.3).
fn workbook(sheet: &[u8]) -> Vec<u8> {
    let parts = PARTS.iter().map(|(name, text)| (*name, text.as_bytes())).chain([("xl/worksheets/sheet1.xml", sheet)]);
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for (name, bytes) in parts {
        let (at, long) = (out.len() as u32, (bytes.len() as u32).to_le_bytes());
        let crc = crc32fast::hash(bytes).to_le_bytes();
        let name_long = (name.len() as u16).to_le_bytes();
        let common = [&[10, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &crc, &long, &long, &name_long, &[0, 0]].concat();
        directory.extend([b"PK\x01\x02\x0a\0", &common[..], &[0; 10], &at.to_le_bytes(), name.as_bytes()].concat());
        out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), bytes].concat());
        count += 1;
    }
    let (begin, long, count) = ((out.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes(), count.to_le_bytes());
    out.extend([&directory[..], b"PK\x05\x06\0\0\0\0", &count, &count, &long, &begin, &[0, 0]].concat());
    out
}

fuzz_target!(|data: &[u8]| {
    let file = match data.split_first() {
        Some((b'S', sheet)) => workbook(sheet),
        _ => data.to_vec(),
    };
    let Ok(table) = read(&file, &LIMITS) else { return };
    assert!(!table.rows.is_empty() && table.rows.len() <= LIMITS.rows);
    assert!(table.rows.windows(2).all(|w| w[0].number <= w[1].number));
    for row in &table.rows {
        assert!(!row.cells.is_empty() && row.cells.len() <= LIMITS.columns);
        for (column, cell) in row.cells.iter().enumerate() {
            assert!(!address(row.number, column).is_empty());
            assert_eq!(cell.text, cell.text.trim());
        }
    }
});
