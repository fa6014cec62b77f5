//! The single conditions of a query as functions DataFusion evaluates inside the scan.
//!
//! They call the same code as the memory lake ([`engine_lake::query::Test`]), so both give the
//! same answers. Each is true or false, never null, so that `NOT` means what it says.

use crate::encode::marks_from_bits;
use crate::fields;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, UInt8Type, UInt64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use engine_event::{EventId, Kind};
use engine_lake::query::{Pattern, Test, fold, mark_names};
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A condition and the columns it looks at.
#[derive(Debug)]
pub(crate) enum Leaf {
    /// A text column passes the test.
    Value(Test),
    /// A field of the record (column `fields`) passes the test.
    Record(String, Test),
    /// The text is in `raw`, in a value of `fields`, or in `host.name`.
    Text(Pattern),
    /// The text is in `raw`.
    Raw(Pattern),
    /// The name of a mark passes the test.
    Mark(Test),
    /// The id (`id.high`, `id.low`) passes the test.
    Id(Test),
}

impl Leaf {
    /// As an expression over its columns.
    pub(crate) fn over(self, columns: Vec<Expr>) -> Expr {
        let key = format!("{self:?}");
        let function = Function { key, leaf: self, signature: Signature::any(columns.len(), Volatility::Immutable) };
        ScalarUDF::from(function).call(columns)
    }
}

#[derive(Debug)]
struct Function {
    /// Tells conditions apart: the plan may merge equal ones.
    key: String,
    leaf: Leaf,
    signature: Signature,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &'static str {
        match self.leaf {
            Leaf::Value(_) => "value_passes",
            Leaf::Record(..) => "field_passes",
            Leaf::Text(_) => "text_found",
            Leaf::Raw(_) => "raw_found",
            Leaf::Mark(_) => "mark_passes",
            Leaf::Id(_) => "id_passes",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let answer = match (&self.leaf, columns.as_slice()) {
            (Leaf::Value(test), [values]) => value_passes(test, &text(values)?),
            (Leaf::Record(name, test), [json]) => field_passes(name, test, &text(json)?)?,
            (Leaf::Text(pattern), [raw, json, host]) => text_found(pattern, &bytes(raw)?, &text(json)?, &text(host)?)?,
            (Leaf::Raw(pattern), [raw]) => {
                let raw = bytes(raw)?;
                (0..raw.len()).map(|row| in_raw(pattern, raw.value(row))).collect()
            }
            (Leaf::Mark(test), [marks]) => {
                let marks = marks.as_primitive_opt::<UInt8Type>().ok_or_else(wrong_column)?;
                let passes = |bits: u8| mark_names(marks_from_bits(bits)).any(|name| test.accepts(name));
                marks.values().iter().map(|bits| Some(passes(*bits))).collect()
            }
            (Leaf::Id(test), [high, low]) => {
                let high = high.as_primitive_opt::<UInt64Type>().ok_or_else(wrong_column)?;
                let low = low.as_primitive_opt::<UInt64Type>().ok_or_else(wrong_column)?;
                let ids = high.values().iter().zip(low.values());
                ids.map(|(high, low)| Some(test.accepts(&EventId::from_journal(*high, *low).to_string()))).collect()
            }
            _ => return Err(wrong_column()),
        };
        let answer: BooleanArray = answer;
        // One answer for columns that are all constants, else one per row.
        Ok(ColumnarValue::Array(Arc::new(answer)))
    }
}

fn wrong_column() -> DataFusionError {
    DataFusionError::Internal("a query condition met a column of another type".to_owned())
}

fn text(column: &ArrayRef) -> Result<StringViewArray> {
    if let Some(view) = column.as_string_view_opt() {
        return Ok(view.clone());
    }
    cast(column, &DataType::Utf8View)?.as_string_view_opt().cloned().ok_or_else(wrong_column)
}

fn bytes(column: &ArrayRef) -> Result<BinaryViewArray> {
    if let Some(view) = column.as_binary_view_opt() {
        return Ok(view.clone());
    }
    cast(column, &DataType::BinaryView)?.as_binary_view_opt().cloned().ok_or_else(wrong_column)
}

fn value_passes(test: &Test, values: &StringViewArray) -> BooleanArray {
    // Neighbouring rows often hold the same value.
    let mut last: Option<(&str, bool)> = None;
    (0..values.len())
        .map(|row| {
            if values.is_null(row) {
                return Some(false);
            }
            let value = values.value(row);
            let passes = match last {
                Some((known, passes)) if known == value => passes,
                _ => test.accepts(value),
            };
            last = Some((value, passes));
            Some(passes)
        })
        .collect()
}

fn field_passes(name: &str, test: &Test, json: &StringViewArray) -> Result<BooleanArray> {
    let row_passes = |row: usize| {
        fields::walk(json.value(row), |field| {
            let hit = field.kind != Kind::Null && field.name.eq_ignore_ascii_case(name) && test.accepts(field.text);
            if hit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    };
    (0..json.len()).map(|row| row_passes(row).map(Some).map_err(|_| malformed())).collect()
}

fn malformed() -> DataFusionError {
    DataFusionError::Execution("the column fields is not as this program writes it".to_owned())
}

fn in_raw(pattern: &Pattern, raw: &[u8]) -> Option<bool> {
    Some(pattern.found_in(&String::from_utf8_lossy(raw)))
}

fn text_found(
    pattern: &Pattern,
    raw: &BinaryViewArray,
    json: &StringViewArray,
    host: &StringViewArray,
) -> Result<BooleanArray> {
    // A value holds the pattern's longest plain piece only if the JSON text holds it as JSON
    // writes it. That is quick to see, and rules out nearly every row.
    let mut piece = String::new();
    fields::push_escaped(pattern.longest_piece(), &mut piece);
    let piece = Pattern::literal(&piece);
    let row_found = |row: usize| {
        if in_raw(pattern, raw.value(row)) == Some(true) || (!host.is_null(row) && pattern.found_in(host.value(row))) {
            return Ok(Some(true));
        }
        let json = json.value(row);
        if !piece.found_in_folded(&fold(json)) {
            return Ok(Some(false));
        }
        let found = fields::walk(json, |field| {
            if pattern.found_in(field.text) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found.map(Some).map_err(|_| malformed())
    };
    (0..raw.len()).map(row_found).collect()
}
