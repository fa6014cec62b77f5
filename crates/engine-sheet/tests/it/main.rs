//! Files as offices make them, and files made to break a reader.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use engine_sheet::{Encoding, Format, Limits, Note, Origin, Sheet, SheetError, Table, Value, read, write_xlsx};
use proptest::prelude::*;

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

/// The least a workbook has besides its sheet.
const PARTS: [(&str, &str); 4] = [
    ("[Content_Types].xml", "<Types/>"),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns:r="r"><sheets><sheet name="Ẩn" sheetId="1" state="hidden" r:id="r9"/><sheet name="Trống" sheetId="2" r:id="r2"/><sheet name="Một" sheetId="3" r:id="r1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="/xl/worksheets/sheet2.xml"/></Relationships>"#,
    ),
    ("xl/worksheets/sheet2.xml", "<worksheet><sheetData/></worksheet>"),
];

/// A workbook around a sheet, with more parts beside it.
fn workbook(sheet: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut parts: Vec<(&str, &[u8])> = PARTS.iter().map(|(n, t)| (*n, t.as_bytes())).collect();
    parts.push(("xl/worksheets/sheet1.xml", sheet.as_bytes()));
    parts.extend(more);
    archive(&parts)
}

#[test]
fn formulas_merged_cells_and_further_sheets_are_told() {
    let sheet = r#"<worksheet><sheetData>
        <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><r><t>M</t></r><r><t>áy</t></r></is></c><c r="D1" t="str"><v>Từ</v></c></row>
        <row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="inlineStr"><is><t>A &amp; B&#33;</t></is></c><c r="C2"><f>40+44</f><v>84</v></c><c r="D2" s="1"><v>41729</v></c></row>
        <row r="4"><c r="B4" t="s"><v>9</v></c><c r="C4"><v>34.5</v></c><c r="D4" t="e"><v>#REF!</v></c></row>
        </sheetData><mergeCells count="1"><mergeCell ref="A2:A4"/></mergeCells></worksheet>"#;
    let strings = r#"<sst><si><t>Khối</t></si><si><t>Mã</t><rPh><t>x</t></rPh></si><si><r><t>Đả</t></r><r><t>ng</t></r></si></sst>"#;
    let styles = r#"<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>"#;
    let table =
        parsed(&workbook(sheet, &[("xl/sharedStrings.xml", strings.as_bytes()), ("xl/styles.xml", styles.as_bytes())]));
    let wanted: [&[&str]; 3] =
        [&["Khối", "Mã", "Máy", "Từ"], &["Đảng", "A & B!", "84", "2014-03-31"], &["Đảng", "", "34.5"]];
    assert_eq!(texts(&table), wanted);
    assert_eq!(table.rows[2].number, 4);
    assert_eq!((table.rows[1].cells[2].origin, table.rows[2].cells[0].origin), (Origin::Formula, Origin::Merged));
    let told = [
        Note::Formulas(1, "C2".into()),
        Note::Merged(1, "A4".into()),
        Note::Errors(1, "D4".into()),
        Note::OtherSheets(1, "Một".into()),
    ];
    assert_eq!(table.notes, told);
}

/// Made with openpyxl 3.1: a title above the heading, a merged block, a formula without a saved value, a day and a time.
#[test]
fn a_workbook_of_another_program_is_read() {
    let table = parsed(include_bytes!("../data/openpyxl.xlsx"));
    let wanted: [&[&str]; 4] = [
        &["DANH SÁCH"],
        &["Mã", "Đơn vị", "Khối", "Máy tính", "Từ ngày"],
        &["SYT", "Sở Y tế & dân số <x>", "Sở", "82", "2014-03-31"],
        &["STC", "Sở Tài chính", "Sở", "", "2015-01-01"],
    ];
    assert_eq!(texts(&table), wanted);
    assert!(table.notes.contains(&Note::Formulas(1, "D4".into())), "{:?}", table.notes);
}

/// An archive whose parts are only stored, made without the code under test.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in parts {
        let at = u32::try_from(out.len()).unwrap();
        let long = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let common = [
            &[10, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &crc.sum().to_le_bytes(),
            &long,
            &long,
            &u16::try_from(name.len()).unwrap().to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        directory.extend([b"PK\x01\x02\x0a\0", &common[..], &[0; 10], &at.to_le_bytes(), name.as_bytes()].concat());
        out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), bytes].concat());
    }
    let (count, begin) = (u16::try_from(parts.len()).unwrap().to_le_bytes(), u32::try_from(out.len()).unwrap());
    let long = u32::try_from(directory.len()).unwrap().to_le_bytes();
    out.extend([&directory[..], b"PK\x05\x06\0\0\0\0", &count, &count, &long, &begin.to_le_bytes(), &[0, 0]].concat());
    out
}

fn with_part(name: &str, bytes: &[u8]) -> Vec<u8> {
    workbook(
        r#"<worksheet><sheetData><row><c t="inlineStr"><is><t>Mã</t></is></c></row></sheetData></worksheet>"#,
        &[(name, bytes)],
    )
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
    // A byte of a part that has fallen over.
    let mut changed = whole;
    let at = changed.windows(9).position(|w| w == b"inlineStr").unwrap();
    changed[at] = b'j';
    assert!(matches!(refused(&changed), SheetError::Damaged(_)));
    assert_eq!(refused(b"S\xeb N\xabng nghi\xd6p v\xb5 PTNT"), SheetError::Tcvn3);
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n\0\0"), SheetError::NotText);
}

#[test]
fn limits_hold_before_memory_is_spent() {
    let small = Limits { bytes: 1 << 20, unpacked: 1 << 20, rows: 3, columns: 2, cell: 5 };
    let refused = |bytes: &[u8]| read(bytes, &small).unwrap_err();
    // Sixteen megabytes of nothing pack into sixteen kilobytes.
    let name = Sheet {
        name: "A".into(),
        columns: vec![("x".into(), 9)],
        rows: vec![vec![Value::Text(" ".repeat(30_000))]; 600],
    };
    let bomb = write_xlsx(&[name]).unwrap();
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert_eq!(refused(&bomb), SheetError::Unpacked(1 << 20));
    // What is not read is not unpacked.
    assert_eq!(texts(&parsed(&with_part("xl/media/a.png", &vec![0; 4 << 20]))), [["Mã"]]);
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

/// For looking at it with another program: `MANGROVE_SHEET_OUT=<file>`.
#[test]
fn a_written_workbook_can_be_kept() {
    let sheet = Sheet {
        name: "Đơn vị".into(),
        columns: vec![("Mã".into(), 10), ("Từ ngày".into(), 12), ("Máy".into(), 8)],
        rows: vec![vec![Value::Text("A & <B> \"C\"".into()), Value::Day(2014, 3, 31), Value::Number(1_074)]],
    };
    let bytes = write_xlsx(&[sheet]).unwrap();
    assert!(bytes.starts_with(b"PK\x03\x04"));
    if let Some(path) = std::env::var_os("MANGROVE_SHEET_OUT") {
        std::fs::write(path, &bytes).unwrap();
    }
}
