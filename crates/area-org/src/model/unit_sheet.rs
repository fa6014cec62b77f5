//! A list of units as offices write it: which column is what, and what is wrong with which cell.

use super::{Block, NewUnit, Unit, parse_day};
use base_core::{UnitId, fold::fold};
use engine_sheet::{Note, Table, address, looks_like_tcvn3};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Code.
    Code,
    /// Full name.
    Name,
    /// Short name.
    Short,
    /// Block.
    Block,
    /// The unit it stands below: code or name.
    Parent,
    /// Electronic identifier.
    ElectronicId,
    /// Machines declared.
    Machines,
    /// Servers declared.
    Servers,
    /// Security staff declared.
    Staff,
    /// First day.
    ValidFrom,
    /// First day no longer.
    ValidTo,
    /// Who takes over: code or name.
    Successor,
    /// Decision it was founded by.
    Decision,
    /// Note.
    Note,
}

impl Field {
    /// Every field, in the order of a file that is written.
    pub const ALL: [Field; 14] = [
        Field::Code,
        Field::Name,
        Field::Short,
        Field::Block,
        Field::Parent,
        Field::ElectronicId,
        Field::Machines,
        Field::Servers,
        Field::Staff,
        Field::ValidFrom,
        Field::ValidTo,
        Field::Successor,
        Field::Decision,
        Field::Note,
    ];

    /// The word in texts and in mistakes of [`NewUnit::check`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Code => "code",
            Field::Name => "name",
            Field::Short => "short",
            Field::Block => "block",
            Field::Parent => "parent",
            Field::ElectronicId => "electronic_id",
            Field::Machines => "machines",
            Field::Servers => "servers",
            Field::Staff => "staff",
            Field::ValidFrom => "valid_from",
            Field::ValidTo => "valid_to",
            Field::Successor => "successor",
            Field::Decision => "decision",
            Field::Note => "note",
        }
    }

    /// Headings it is known by, folded; the first two stand in files written here.
    const fn headings(self) -> &'static [&'static str] {
        match self {
            Field::Code => &["ma", "code", "ma don vi", "ky hieu"],
            Field::Name => &["don vi", "unit", "ten don vi", "ten", "ten co quan", "co quan, don vi", "name"],
            Field::Short => &["ten ngan", "short name", "ten viet tat", "viet tat"],
            Field::Block => &["khoi", "block", "nhom"],
            Field::Parent => &[
                "co quan quan ly truc tiep",
                "stands below",
                "truc thuoc",
                "co quan quan ly",
                "don vi cap tren",
                "parent",
            ],
            Field::ElectronicId => &["ma dinh danh dien tu", "electronic identifier", "ma dinh danh"],
            Field::Machines => &["may khai bao", "machines declared", "so may tinh", "may tinh", "machines"],
            Field::Servers => &["may chu khai bao", "servers declared", "so may chu", "may chu", "servers"],
            Field::Staff => &["nhan luc attt khai bao", "security staff declared", "nhan luc attt", "staff"],
            Field::ValidFrom => &["tu ngay", "from", "ngay thanh lap", "ngay bat dau"],
            Field::ValidTo => &["den ngay", "until", "ngay ket thuc", "ngay giai the"],
            Field::Successor => &["don vi ke thua", "successor", "don vi tiep nhan"],
            Field::Decision => &["quyet dinh thanh lap", "founded by decision", "so quyet dinh", "can cu"],
            Field::Note => &["ghi chu", "note"],
        }
    }

    fn of_heading(text: &str) -> Option<Self> {
        // Blanks in a row, and what stands in brackets, do not matter: `Số máy  tính (chiếc)`.
        let text = fold(text.split('(').next().unwrap_or(text));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::ALL.into_iter().find(|f| f.headings().contains(&text.as_str()))
    }
}

/// A list as read: kept while it waits for its person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitSheet {
    /// Column of each field, counted from 0.
    pub columns: BTreeMap<Field, usize>,
    /// Headings of columns that are not read.
    pub unread: Vec<String>,
    /// Rows below the heading: number and the text of each field.
    pub rows: Vec<(u32, BTreeMap<Field, String>)>,
    /// What the reader told: code of `org-sheet-note-…`, how many, where.
    pub notes: Vec<(String, usize, String)>,
}

/// Rows that are looked at for the heading; titles of a list stand above it.
const HEADING_WITHIN: usize = 15;

impl UnitSheet {
    /// Finds the heading, the first row with a code and a name column, and takes the columns it knows.
    ///
    /// # Errors
    /// The code of `org-error-…` when there is no such row, or a heading stands there twice (with it).
    pub fn of(table: &Table) -> Result<Self, String> {
        for (n, row) in table.rows.iter().enumerate().take(HEADING_WITHIN) {
            let (mut columns, mut unread) = (BTreeMap::new(), Vec::new());
            for (column, cell) in row.cells.iter().enumerate() {
                match Field::of_heading(&cell.text) {
                    Some(field) if columns.insert(field, column).is_some() => {
                        return Err(format!("sheet-heading-twice|{} {}", cell.text, address(row.number, column)));
                    }
                    Some(_) => {}
                    None if !cell.text.is_empty() => unread.push(cell.text.clone()),
                    None => {}
                }
            }
            if !columns.contains_key(&Field::Code) || !columns.contains_key(&Field::Name) {
                continue;
            }
            let texts = |row: &engine_sheet::Row| {
                columns.iter().map(|(field, column)| (*field, row.text(*column).to_owned())).collect()
            };
            let rows = table.rows.iter().skip(n + 1).map(|row| (row.number, texts(row)));
            // A row that is empty in every column of ours is a remark below the list.
            let rows = rows.filter(|(_, t): &(u32, BTreeMap<_, String>)| t.values().any(|v| !v.is_empty())).collect();
            return Ok(Self { columns, unread, rows, notes: notes(table) });
        }
        Err("sheet-heading-none".to_owned())
    }

    /// The address of a field in a row.
    #[must_use]
    pub fn place(&self, row: u32, field: Field) -> String {
        self.columns.get(&field).map_or_else(|| row.to_string(), |column| address(row, *column))
    }
}

fn notes(table: &Table) -> Vec<(String, usize, String)> {
    let told = |note: &Note| match note {
        Note::Converted(encoding) => ("converted", 0, format!("{encoding:?}")),
        Note::Macros => ("macros", 0, String::new()),
        Note::Formulas(n, place) => ("formulas", *n, place.clone()),
        Note::Merged(n, place) => ("merged", *n, place.clone()),
        Note::OtherSheets(n, name) => ("sheets", *n, name.clone()),
        Note::Errors(n, place) => ("errors", *n, place.clone()),
    };
    table.notes.iter().map(told).map(|(code, n, place)| (code.to_owned(), n, place)).collect()
}

/// A mistake in a cell: field, and the code of `org-error-…` with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellMistake {
    /// The field.
    pub field: Field,
    /// Code, and behind a bar what it is about.
    pub code: String,
}

/// Codes by code and by folded name, to find whom a cell means.
pub struct Names {
    codes: HashMap<String, String>,
    /// `None` where two units have the name.
    names: HashMap<String, Option<String>>,
}

impl Names {
    /// Of the stored units and of those in the list.
    #[must_use]
    pub fn of(stored: &[Unit], sheet: &UnitSheet) -> Self {
        let mut all = Self { codes: HashMap::new(), names: HashMap::new() };
        for unit in stored {
            all.add(&unit.code, [&unit.name, &unit.short]);
        }
        for (_, cells) in &sheet.rows {
            let text = |field| cells.get(&field).map_or("", String::as_str);
            all.add(&text(Field::Code).to_ascii_uppercase(), [text(Field::Name), text(Field::Short)]);
        }
        all
    }

    fn add<'n>(&mut self, code: &str, names: [impl AsRef<str> + 'n; 2]) {
        self.codes.insert(code.to_owned(), code.to_owned());
        for name in names {
            let entry = self.names.entry(fold(name.as_ref())).or_insert_with(|| Some(code.to_owned()));
            if entry.as_deref() != Some(code) {
                *entry = None;
            }
        }
    }

    /// The code a cell means: a code, or a name that one unit has, in either Unicode form and tone placement.
    fn find(&self, text: &str) -> Result<String, String> {
        if let Some(code) = self.codes.get(&text.to_ascii_uppercase()) {
            return Ok(code.clone());
        }
        match self.names.get(&fold(text)) {
            Some(Some(code)) => Ok(code.clone()),
            Some(None) => Err(format!("name-ambiguous|{text}")),
            None => Err(format!("unit-unknown|{text}")),
        }
    }
}

/// A row as the unit it asks for. Columns the file does not have stay as stored.
///
/// # Errors
/// Every mistake of the row.
pub fn read_row(
    cells: &BTreeMap<Field, String>,
    stored: Option<&Unit>,
    names: &Names,
    code_of: impl Fn(&UnitId) -> String,
) -> Result<NewUnit, Vec<CellMistake>> {
    let mut mistakes = Vec::new();
    let text = |field| cells.get(&field).map(|t: &String| t.trim());
    let filled = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    let code = text(Field::Code).unwrap_or_default().to_ascii_uppercase();
    let mut unit = stored.map_or_else(|| NewUnit::new(code, "", Block::Department), |u| as_new(u, &code_of));
    for (field, value) in cells {
        if looks_like_tcvn3(value) {
            mistakes.push(CellMistake { field: *field, code: "cell-tcvn3".to_owned() });
            continue;
        }
        if let Err(code) = put(&mut unit, *field, value.trim(), names, &filled) {
            mistakes.push(CellMistake { field: *field, code });
        }
    }
    if stored.is_none() && !cells.contains_key(&Field::Block) {
        mistakes.push(CellMistake { field: Field::Code, code: "block-missing".to_owned() });
    }
    if let Err(error) = unit.check() {
        for wrong in error.fields {
            let field = Field::ALL.into_iter().find(|f| f.as_str() == wrong.field).unwrap_or(Field::Code);
            if !mistakes.iter().any(|m| m.field == field) {
                mistakes.push(CellMistake { field, code: wrong.message });
            }
        }
    }
    if mistakes.is_empty() { Ok(unit) } else { Err(mistakes) }
}

fn put(
    unit: &mut NewUnit,
    field: Field,
    value: &str,
    names: &Names,
    filled: &impl Fn(&str) -> Option<String>,
) -> Result<(), String> {
    let number = || match value.chars().filter(|c| !matches!(c, '.' | ',' | ' ')).collect::<String>().as_str() {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| format!("count-form|{value}")),
    };
    let day = || match value {
        "" => Ok(None),
        text => parse_day(text).map(Some).ok_or_else(|| format!("day-form|{value}")),
    };
    let found = || if value.is_empty() { Ok(None) } else { names.find(value).map(Some) };
    match field {
        Field::Code => {}
        Field::Name => value.clone_into(&mut unit.name),
        Field::Short => value.clone_into(&mut unit.short),
        Field::Block => unit.block = block(value).ok_or_else(|| format!("block-unknown|{value}"))?,
        Field::Parent => unit.parent = found()?,
        Field::ElectronicId => unit.electronic_id = filled(&value.to_ascii_uppercase()),
        Field::Machines => unit.machines_declared = number()?,
        Field::Servers => unit.servers_declared = number()?,
        Field::Staff => unit.staff_declared = number()?,
        Field::ValidFrom => unit.valid_from = day()?,
        Field::ValidTo => unit.valid_to = day()?,
        Field::Successor => unit.successor = found()?,
        Field::Decision => unit.decision = filled(value),
        Field::Note => unit.note = filled(value),
    }
    Ok(())
}

/// A block by its word or by what lists call it.
fn block(text: &str) -> Option<Block> {
    let text = fold(text);
    let names: [(&[&str], Block); 5] = [
        (&["department", "so, ban, nganh", "so/ban/nganh", "so ban nganh", "so"], Block::Department),
        (&["district", "huyen, thanh pho", "huyen/tp", "district or city", "huyen", "thanh pho"], Block::District),
        (&["commune", "xa, phuong", "commune or ward", "xa", "phuong"], Block::Commune),
        (&["party", "co quan dang", "party body", "dang"], Block::Party),
        (&["mass_organisation", "doan the", "mass organisation", "mat tran, doan the"], Block::MassOrganisation),
    ];
    names.into_iter().find(|(names, _)| names.contains(&text.trim())).map(|(_, block)| block)
}

/// A stored unit as one would enter it.
pub fn as_new(unit: &Unit, code_of: &impl Fn(&UnitId) -> String) -> NewUnit {
    NewUnit {
        // A short name that is only the full one again stays open, so that a new name brings a new short one.
        short: if unit.short == unit.name { String::new() } else { unit.short.clone() },
        position: Some(unit.position),
        machines_declared: unit.machines_declared,
        servers_declared: unit.servers_declared,
        staff_declared: unit.staff_declared,
        is_assumed: unit.is_assumed,
        note: unit.note.clone(),
        valid_from: unit.valid_from,
        valid_to: unit.valid_to,
        successor: unit.successor.as_ref().map(code_of),
        parent: unit.parent.as_ref().map(code_of),
        electronic_id: unit.electronic_id.clone(),
        decision: unit.decision.clone(),
        ..NewUnit::new(&unit.code, &unit.name, unit.block)
    }
}

/// The fields in which two differ.
#[must_use]
pub fn differing(old: &NewUnit, new: &NewUnit) -> Vec<Field> {
    let differs = |field: &Field| match field {
        Field::Code => old.code != new.code,
        Field::Name => old.name.trim() != new.name.trim(),
        Field::Short => old.short_name() != new.short_name() && !new.short.trim().is_empty(),
        Field::Block => old.block != new.block,
        Field::Parent => old.parent != new.parent,
        Field::ElectronicId => old.electronic_id != new.electronic_id,
        Field::Machines => old.machines_declared != new.machines_declared,
        Field::Servers => old.servers_declared != new.servers_declared,
        Field::Staff => old.staff_declared != new.staff_declared,
        Field::ValidFrom => old.valid_from != new.valid_from,
        Field::ValidTo => old.valid_to != new.valid_to,
        Field::Successor => old.successor != new.successor,
        Field::Decision => old.decision != new.decision,
        Field::Note => old.note != new.note,
    };
    Field::ALL.into_iter().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_sheet::{Limits, read};

    fn sheet(text: &str) -> Result<UnitSheet, String> {
        UnitSheet::of(&read(text.as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn the_heading_is_found_below_titles_in_either_unicode_form() {
        let list = "DANH SÁCH ĐƠN VỊ;;\nNăm 2014;;\nSTT;Mã đơn vị;Tên đơn vị;Khối;Số máy tính (chiếc)\n1;SYT;Sở Y tế;Sở, ban, ngành;82\n;;;;\n";
        let found = sheet(list).unwrap();
        assert_eq!((found.rows.len(), found.rows[0].0), (1, 4));
        assert_eq!(found.unread, ["STT"]);
        assert_eq!((found.place(4, Field::Machines), found.place(4, Field::Note)), ("E4".into(), "4".into()));
        let decomposed = "Ma\u{303};\u{110}\u{1a1}n vi\u{323}\nSYT;X";
        assert!(sheet(decomposed).is_ok());
        assert_eq!(sheet("a;b\n1;2").unwrap_err(), "sheet-heading-none");
        assert!(sheet("Mã;Tên;Đơn vị\nA1;b;c").unwrap_err().starts_with("sheet-heading-twice|"));
    }

    #[test]
    fn cells_are_read_with_their_mistakes_and_names_are_matched_by_folding() {
        let list = sheet("Mã;Đơn vị;Khối;Trực thuộc;Máy tính;Từ ngày\nPHONG1;Phòng Một;Sở;Ủy ban nhân dân;1.074;1/3/2025\nb;;X;Sở lạ;-1;hôm qua\nC1;S\u{eb} Th\u{ab}ng tin v\u{b5};Sở;;;").unwrap();
        let stored = [];
        let mut names = Names::of(&stored, &list);
        names.add("UBND", ["Uỷ ban nhân dân", "UBND"]);
        let row = |n: usize| read_row(&list.rows[n].1, None, &names, ToString::to_string);
        let unit = row(0).unwrap();
        assert_eq!((unit.parent.as_deref(), unit.machines_declared), (Some("UBND"), Some(1_074)));
        assert_eq!(unit.valid_from, parse_day("2025-03-01"));
        let wrong: Vec<(Field, String)> = row(1).unwrap_err().into_iter().map(|m| (m.field, m.code)).collect();
        let code = |field| wrong.iter().find(|(f, _)| *f == field).map(|(_, c)| c.as_str());
        assert_eq!(code(Field::Block), Some("block-unknown|X"));
        assert_eq!(code(Field::Parent), Some("unit-unknown|Sở lạ"));
        assert_eq!(code(Field::ValidFrom), Some("day-form|hôm qua"));
        assert_eq!((code(Field::Code), code(Field::Name)), (Some("code-form"), Some("name-form")));
        assert!(row(2).unwrap_err().iter().any(|m| m.code == "cell-tcvn3"));
    }
}
