//! Files as offices make them, and files made to break a reader.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use engine_sheet::{Encoding, Format, Limits, Note, Origin, Sheet, SheetError, Table, Value, read, write_xlsx};
use proptest::prelude::*;
use rust_xlsxwriter::{Format as Look, Formula, Workbook};
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn parsed(bytes: &[u8]) -> Table {
    read(bytes, &Limits::default()).unwrap()
}

fn texts(table: &Table) -> Vec<Vec<&str>> {
    table.rows.iter().map(|r| r.cells.iter().map(|c| c.text.as_str()).collect()).collect()
}

#[test]
fn csv_comes_with_any_separator_mark_and_form() {
    let decomposed =
        "Ma\u{0303};Đơn vị\r\nSYT;So\u{031b}\u{0309} Y te\u{0302}\u{0301}\r\n\r\nSTC;\"Sở; Tài chính\"\r\n";
    let table = parsed(decomposed.as_bytes());
    assert_eq!(texts(&table), [["Mã", "Đơn vị"], ["SYT", "Sở Y tế"], ["STC", "Sở; Tài chính"]]);
    assert_eq!(table.rows.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(texts(&parsed("\u{feff}a,b\n1,2".as_bytes())), [["a", "b"], ["1", "2"]]);
    assert_eq!(texts(&parsed(b"sep=;\r\na;b,c\r\n")), [["a", "b,c"]]);
    let wide: Vec<u8> = "\u{feff}a\tb\n1\t2".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let table = parsed(&wide);
    assert_eq!((texts(&table)[1].clone(), &table.notes[0]), (vec!["1", "2"], &Note::Converted(Encoding::Utf16)));
}

#[test]
fn a_workbook_comes_back_as_it_was_written() {
    let sheet = Sheet {
        name: "Đơn vị".into(),
        columns: vec![("Mã".into(), 10), ("Tên".into(), 40), ("Máy".into(), 8), ("Từ ngày".into(), 12)],
        rows: vec![
            vec![
                Value::Text("SYT".into()),
                Value::Text("=cmd|'/C calc'!A0".into()),
                Value::Number(74),
                Value::Day(2014, 3, 31),
            ],
            vec![Value::Text("STC".into()), Value::Empty, Value::Number(0)],
        ],
    };
    let bytes = write_xlsx(std::slice::from_ref(&sheet)).unwrap();
    assert_eq!(bytes, write_xlsx(&[sheet]).unwrap(), "the same list gives the same file");
    let table = parsed(&bytes);
    assert_eq!(table.format, Format::Xlsx);
    let wanted: [&[&str]; 3] =
        [&["Mã", "Tên", "Máy", "Từ ngày"], &["SYT", "=cmd|'/C calc'!A0", "74", "2014-03-31"], &["STC", "", "0"]];
    assert_eq!(texts(&table), wanted);
    assert!(table.notes.is_empty(), "{:?}", table.notes);
}

#[test]
fn formulas_merged_cells_and_further_sheets_are_told() {
    let mut book = Workbook::new();
    book.add_worksheet();
    let page = book.add_worksheet();
    page.write_string(0, 0, "Khối").unwrap().write_string(0, 1, "Mã").unwrap().write_string(0, 2, "Máy").unwrap();
    page.merge_range(1, 0, 2, 0, "Đảng", &Look::new()).unwrap();
    page.write_string(1, 1, "VPTU").unwrap().write_formula(1, 2, Formula::new("=40+44").set_result("84")).unwrap();
    page.write_string(2, 1, "BTCTU").unwrap().write_number(2, 2, 34.0).unwrap();
    let table = parsed(&book.save_to_buffer().unwrap());
    assert_eq!(texts(&table), [["Khối", "Mã", "Máy"], ["Đảng", "VPTU", "84"], ["Đảng", "BTCTU", "34"]]);
    assert_eq!((table.rows[1].cells[2].origin, table.rows[2].cells[0].origin), (Origin::Formula, Origin::Merged));
    assert!(table.notes.contains(&Note::Formulas(1, "C2".into())), "{:?}", table.notes);
    assert!(table.notes.contains(&Note::Merged(1, "A3".into())), "{:?}", table.notes);
    assert!(table.notes.iter().any(|n| matches!(n, Note::OtherSheets(1, _))), "{:?}", table.notes);
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The parts of a workbook, with others beside them.
fn with_part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "Mã").unwrap();
    let made = book.save_to_buffer().unwrap();
    let mut zip = ZipWriter::new_append(Cursor::new(made)).unwrap();
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn macros_are_told_and_never_read() {
    assert!(parsed(&with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")).notes.contains(&Note::Macros));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    let refused = |bytes: &[u8]| read(bytes, &Limits::default()).unwrap_err();
    assert_eq!(refused(b""), SheetError::Empty);
    assert_eq!(refused(b" ; ;\n\n"), SheetError::Empty);
    assert_eq!(refused(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1]), SheetError::OldOrLocked);
    assert_eq!(refused(&archive(&[("content.xml", b"<x/>")])), SheetError::OtherArchive);
    assert!(matches!(refused(&archive(&[("xl/workbook.xml", b"<workbook")])), SheetError::Damaged(_)));
    let whole = with_part("xl/a.bin", b"x");
    assert!(matches!(refused(&whole[..whole.len() / 2]), SheetError::Damaged(_)));
    assert_eq!(refused(b"S\xeb N\xabng nghi\xd6p v\xb5 PTNT"), SheetError::Tcvn3);
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n\0\0"), SheetError::NotText);
}

#[test]
fn limits_hold_before_memory_is_spent() {
    let small = Limits { bytes: 1 << 20, unpacked: 1 << 20, rows: 3, columns: 2, cell: 5 };
    let refused = |bytes: &[u8]| read(bytes, &small).unwrap_err();
    // Sixteen megabytes of nothing pack into sixteen kilobytes.
    let bomb = with_part("xl/media/a.xml", &vec![b' '; 16 << 20]);
    assert!(bomb.len() < 100_000);
    assert_eq!(refused(&bomb), SheetError::Unpacked(1 << 20));
    assert_eq!(refused(b"a\nb\nc\nd\n"), SheetError::Rows(3));
    assert_eq!(refused(b"a,b\n1,2,3\n"), SheetError::Columns(2, 2));
    assert_eq!(refused(b"a,b\n1,123456\n"), SheetError::Cell("B2".into(), 5));
    assert_eq!(refused(&vec![b'a'; (1 << 20) + 1]), SheetError::TooLong(1 << 20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), archived in any::<bool>()) {
        let bytes = if archived { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn a_list_written_as_csv_is_read_back(cells in prop::collection::vec("[a-zA-ZđĐơƠ0-9,;\" ]{1,12}", 1..20)) {
        let quoted: Vec<String> = cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
        let text = format!("a,b\n{}", quoted.iter().map(|c| format!("x,{c}\n")).collect::<String>());
        let table = parsed(text.as_bytes());
        let read: Vec<&str> = table.rows.iter().skip(1).map(|r| r.text(1)).collect();
        let wanted: Vec<&str> = cells.iter().map(|c| c.trim()).collect();
        prop_assert_eq!(read, wanted);
    }
}
