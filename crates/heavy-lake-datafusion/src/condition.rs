//! Conditions of a query as functions that DataFusion evaluates inside the Parquet scan.
//!
//! They call the same code as the memory lake ([`engine_lake::query::Test`]), so both give the
//! same answers. Each row is true or false, never null, so that `NOT` means what it says. A
//! whole tree of `AND`, `OR` and `NOT` is one function: DataFusion's own recursion, which needs
//! much stack, never sees how deeply a person has nested.

use crate::encode::marks_from_bits;
use crate::fields;
use crate::find::TextFinder;
use crate::record::{Row, RowReader};
use crate::schema::{
    CATEGORY, FIELDS, ID_HIGH, ID_LOW, KIND, MARKS, PRODUCT, RAW, RECEIVED, SERVICE, SHAPE, SOURCE, TIME, UNIT,
};
use base_core::Timestamp;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, PrimitiveArray, StringViewArray,
};
use datafusion::arrow::compute::{and, cast, not, or};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, TimestampMicrosecondType, UInt8Type, UInt64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::ident;
use engine_event::{CommonField, EventId, Kind};
use engine_lake::query::{self, FieldRef, Meta, Pattern, Test, mark_names};
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The condition as an expression over the columns it looks at. `All` has no columns and is
/// left to the caller.
pub(crate) fn condition(expr: query::Expr) -> Expr {
    let mut columns = Vec::new();
    columns_of(&expr, &mut columns);
    let arguments = columns.iter().map(|column| ident(*column)).collect();
    let signature = Signature::any(columns.len(), Volatility::Immutable);
    let key = format!("{expr:?}");
    ScalarUDF::from(Condition { key, expr, columns, signature }).call(arguments)
}

fn columns_of(expr: &query::Expr, columns: &mut Vec<&'static str>) {
    let mut add = |names: &[&'static str]| {
        for name in names {
            if !columns.contains(name) {
                columns.push(name);
            }
        }
    };
    match expr {
        query::Expr::All => {}
        query::Expr::And(parts) | query::Expr::Or(parts) => parts.iter().for_each(|part| columns_of(part, columns)),
        query::Expr::Not(inner) => columns_of(inner, columns),
        query::Expr::Text(_) => add(&[RAW, SHAPE, FIELDS, CommonField::HostName.name()]),
        query::Expr::Field(FieldRef::Common(field), _) => add(&[field.name()]),
        query::Expr::Field(FieldRef::Record(_), _) => add(&[RAW, SHAPE, FIELDS]),
        query::Expr::Field(FieldRef::Meta(Meta::Id), _) => add(&[ID_HIGH, ID_LOW]),
        query::Expr::Field(FieldRef::Meta(meta), _) => add(&[meta_column(*meta)]),
    }
}

const fn meta_column(meta: Meta) -> &'static str {
    match meta {
        Meta::Time => TIME,
        Meta::Received => RECEIVED,
        Meta::Id => ID_LOW,
        Meta::Unit => UNIT,
        Meta::Source => SOURCE,
        Meta::Kind => KIND,
        Meta::Product => PRODUCT,
        Meta::Category => CATEGORY,
        Meta::Service => SERVICE,
        Meta::Mark => MARKS,
        Meta::Raw => RAW,
    }
}

#[derive(Debug)]
struct Condition {
    /// Tells conditions apart: a plan may merge equal ones.
    key: String,
    expr: query::Expr,
    columns: Vec<&'static str>,
    signature: Signature,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Condition {}

impl Hash for Condition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl ScalarUDFImpl for Condition {
    fn name(&self) -> &'static str {
        "query_matches"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let rows = Rows { names: &self.columns, arrays: &arrays, count: args.number_rows };
        Ok(ColumnarValue::Array(Arc::new(rows.matching(&self.expr)?)))
    }
}

/// A batch of rows, with the columns a condition looks at.
struct Rows<'a> {
    names: &'a [&'static str],
    arrays: &'a [ArrayRef],
    count: usize,
}

fn wrong_column() -> DataFusionError {
    DataFusionError::Internal("a query condition met a column of another type".to_owned())
}

fn malformed() -> DataFusionError {
    DataFusionError::Execution("the column fields is not as this program writes it".to_owned())
}

impl Rows<'_> {
    fn matching(&self, expr: &query::Expr) -> Result<BooleanArray> {
        match expr {
            query::Expr::All => Ok(self.constant(true)),
            query::Expr::Not(inner) => Ok(not(&self.matching(inner)?)?),
            query::Expr::And(parts) => {
                let mut found = self.constant(true);
                for part in parts {
                    if found.true_count() == 0 {
                        break;
                    }
                    found = and(&found, &self.matching(part)?)?;
                }
                Ok(found)
            }
            query::Expr::Or(parts) => {
                let mut found = self.constant(false);
                for part in parts {
                    if found.true_count() == found.len() {
                        break;
                    }
                    found = or(&found, &self.matching(part)?)?;
                }
                Ok(found)
            }
            query::Expr::Text(pattern) => self.text_found(pattern),
            query::Expr::Field(FieldRef::Common(field), test) => Ok(value_passes(test, &self.text(field.name())?)),
            query::Expr::Field(FieldRef::Record(name), test) => self.field_passes(name, test),
            query::Expr::Field(FieldRef::Meta(meta), test) => self.meta_passes(*meta, test),
        }
    }

    fn constant(&self, value: bool) -> BooleanArray {
        BooleanArray::from(vec![value; self.count])
    }

    fn column(&self, name: &str) -> Result<&ArrayRef> {
        self.names
            .iter()
            .zip(self.arrays)
            .find(|(known, _)| **known == name)
            .map(|(_, array)| array)
            .ok_or_else(wrong_column)
    }

    fn text(&self, name: &str) -> Result<StringViewArray> {
        let column = self.column(name)?;
        match column.as_string_view_opt() {
            Some(view) => Ok(view.clone()),
            None => cast(column, &DataType::Utf8View)?.as_string_view_opt().cloned().ok_or_else(wrong_column),
        }
    }

    fn raw(&self) -> Result<BinaryViewArray> {
        let column = self.column(RAW)?;
        match column.as_binary_view_opt() {
            Some(view) => Ok(view.clone()),
            None => cast(column, &DataType::BinaryView)?.as_binary_view_opt().cloned().ok_or_else(wrong_column),
        }
    }

    fn numbers<T: ArrowPrimitiveType>(&self, name: &str) -> Result<&PrimitiveArray<T>> {
        self.column(name)?.as_primitive_opt::<T>().ok_or_else(wrong_column)
    }

    fn meta_passes(&self, meta: Meta, test: &Test) -> Result<BooleanArray> {
        match (meta, test) {
            (Meta::Time | Meta::Received, Test::Range(range)) => {
                let times = self.numbers::<TimestampMicrosecondType>(meta_column(meta))?;
                Ok(times.values().iter().map(|t| Some(range.contains_time(Timestamp::from_micros(*t)))).collect())
            }
            (Meta::Raw, Test::Is(pattern)) => {
                let (raw, finder) = (self.raw()?, TextFinder::new(pattern));
                Ok((0..raw.len()).map(|row| Some(finder.found_in(raw.value(row)))).collect())
            }
            (Meta::Id, test) => {
                let (high, low) = (self.numbers::<UInt64Type>(ID_HIGH)?, self.numbers::<UInt64Type>(ID_LOW)?);
                let ids = high.values().iter().zip(low.values());
                Ok(ids.map(|(high, low)| Some(test.accepts(&EventId::from_journal(*high, *low).to_string()))).collect())
            }
            (Meta::Mark, test) => {
                let passes = |bits: u8| mark_names(marks_from_bits(bits)).any(|name| test.accepts(name));
                Ok(self.numbers::<UInt8Type>(MARKS)?.values().iter().map(|bits| Some(passes(*bits))).collect())
            }
            // The parser lets nothing of the kind through; see `engine_lake::query`.
            (Meta::Time | Meta::Received | Meta::Raw, _) => Ok(self.constant(false)),
            (meta, test) => Ok(value_passes(test, &self.text(meta_column(meta))?)),
        }
    }

    fn field_passes(&self, name: &str, test: &Test) -> Result<BooleanArray> {
        let (records, mut reader) = (self.records()?, RowReader::default());
        let needle = match test {
            Test::Is(pattern) => Needle::of(pattern),
            Test::Exists | Test::Range(_) | Test::Net(_) => Needle::default(),
        };
        let row_passes = |row: usize| {
            let stored = records.row(row);
            if !needle.may_be_in(stored) {
                return Ok(Some(false));
            }
            let found = reader.walk(stored, |field| {
                let hit = field.kind != Kind::Null && field.name.eq_ignore_ascii_case(name) && test.accepts(field.text);
                if hit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            found.map(Some).map_err(|_| malformed())
        };
        (0..self.count).map(row_passes).collect()
    }

    fn records(&self) -> Result<Records> {
        Ok(Records { raw: self.raw()?, shape: self.text(SHAPE)?, fields: self.text(FIELDS)? })
    }

    fn text_found(&self, pattern: &Pattern) -> Result<BooleanArray> {
        let (records, host) = (self.records()?, self.text(CommonField::HostName.name())?);
        let (needle, mut reader) = (Needle::of(pattern), RowReader::default());
        let finder = TextFinder::new(pattern);
        // Rows are sorted by host: most have that of the row before.
        let mut in_host = Remembered::new(&host, |value| pattern.found_in(value));
        let mut row_found = |row: usize| {
            let stored = records.row(row);
            if finder.found_in(stored.raw) || in_host.passes(row) {
                return Ok(Some(true));
            }
            if !needle.may_be_hidden_in(stored) {
                return Ok(Some(false));
            }
            let found = reader.walk(stored, |field| {
                if pattern.found_in(field.text) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            found.map(Some).map_err(|_| malformed())
        };
        (0..self.count).map(&mut row_found).collect()
    }
}

/// The columns records are made of.
struct Records {
    raw: BinaryViewArray,
    shape: StringViewArray,
    fields: StringViewArray,
}

impl Records {
    fn row(&self, row: usize) -> Row<'_> {
        let text = |column: &'_ StringViewArray| !column.is_null(row);
        Row {
            raw: self.raw.value(row),
            shape: text(&self.shape).then(|| self.shape.value(row)),
            fields: text(&self.fields).then(|| self.fields.value(row)),
        }
    }
}

/// Tells quickly that no field of a record can hold a pattern.
#[derive(Default)]
struct Needle {
    /// The longest piece as JSON text writes it: searched in the column `fields`.
    kept: Option<Pattern>,
    /// The longest run of it that no notation writes in another way: searched in `raw`.
    plain: Option<TextFinder>,
    /// Whether that run is the pattern: then what is not in `raw` as it stands is written in numbers.
    is_plain: bool,
}

impl Needle {
    fn of(pattern: &Pattern) -> Self {
        let piece = pattern.longest_piece();
        let mut escaped = String::new();
        fields::push_escaped(piece, &mut escaped);
        let plain = piece.split(|c: char| !c.is_ascii_alphanumeric()).max_by_key(|run| run.len()).unwrap_or_default();
        let some = |text: &str| (!text.is_empty()).then(|| Pattern::literal(text));
        let is_plain = pattern.as_literal() == Some(plain);
        Self { kept: some(&escaped), plain: some(plain).as_ref().map(TextFinder::new), is_plain }
    }

    /// The same of a record whose raw text does not hold the pattern itself.
    fn may_be_hidden_in(&self, row: Row<'_>) -> bool {
        if !self.is_plain || row.shape.is_none() {
            return self.may_be_in(row);
        }
        row.fields.is_some_and(|fields| self.may_be_kept(fields)) || has_numbers(row.raw)
    }

    fn may_be_kept(&self, fields: &str) -> bool {
        self.kept.as_ref().is_none_or(|piece| piece.found_in(fields))
    }

    fn may_be_in(&self, row: Row<'_>) -> bool {
        if row.fields.is_some_and(|fields| self.may_be_kept(fields)) {
            return true;
        }
        if row.shape.is_none() {
            return false;
        }
        has_numbers(row.raw) || self.plain.as_ref().is_none_or(|run| run.found_in(row.raw))
    }
}

/// Whether a document writes characters as numbers (`\u00e9`): then plain text says nothing. A
/// backslash that is itself escaped, as in paths of Windows, begins no number.
fn has_numbers(raw: &[u8]) -> bool {
    memchr::memmem::find_iter(raw, b"\\u").any(|at| {
        let before = raw.get(..at).unwrap_or_default();
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        backslashes % 2 == 0 && raw.get(at + 2..at + 6).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn value_passes(test: &Test, values: &StringViewArray) -> BooleanArray {
    // `*text*` asks for a piece anywhere, which is found without folding the value.
    let inside = match test {
        Test::Is(pattern) => pattern.as_inner_piece().map(|piece| TextFinder::new(&Pattern::literal(piece))),
        Test::Exists | Test::Range(_) | Test::Net(_) => None,
    };
    let accepts = |value: &str| match &inside {
        Some(finder) => finder.found_in(value.as_bytes()),
        None => test.accepts(value),
    };
    let mut remembered = Remembered::new(values, accepts);
    (0..values.len()).map(|row| Some(remembered.passes(row))).collect()
}

/// Tests values row by row, equal neighbours once: those of one dictionary are the same view.
struct Remembered<'a, F> {
    values: &'a StringViewArray,
    accepts: F,
    last: Option<(u128, &'a str, bool)>,
}

impl<'a, F: Fn(&str) -> bool> Remembered<'a, F> {
    const fn new(values: &'a StringViewArray, accepts: F) -> Self {
        Self { values, accepts, last: None }
    }

    /// Whether the row has a value that is accepted.
    fn passes(&mut self, row: usize) -> bool {
        if self.values.is_null(row) {
            return false;
        }
        let view = self.values.views().get(row).copied().unwrap_or_default();
        if let Some((known, _, passes)) = self.last
            && known == view
        {
            return passes;
        }
        let value = self.values.value(row);
        let passes = match self.last {
            Some((_, known, passes)) if known == value => passes,
            _ => (self.accepts)(value),
        };
        self.last = Some((view, value, passes));
        passes
    }
}
