//! Columns to events.

use crate::encode::marks_from_bits;
use crate::record::{Row, RowReader};
use crate::schema::{
    CATEGORY, FIELDS, ID_HIGH, ID_LOW, KIND, MARKS, PRODUCT, RAW, RECEIVED, SERVICE, SHAPE, SOURCE, TIME, UNIT,
};
use base_core::{SourceId, Timestamp, UnitId};
use datafusion::arrow::array::{Array, AsArray, BinaryViewArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{TimestampMicrosecondType, UInt8Type, UInt64Type};
use datafusion::arrow::record_batch::RecordBatch;
use engine_event::{Common, CommonField, Event, EventId, LogSource};
use engine_lake::LakeError;
use std::collections::HashMap;
use std::sync::Arc;

/// Decodes batches; keeps texts that repeat, so that they are allocated once.
#[derive(Default)]
pub(crate) struct Decoder {
    texts: HashMap<String, Arc<str>>,
    sources: HashMap<[Option<String>; 3], Arc<LogSource>>,
    rows: RowReader,
}

fn broken(what: &str) -> LakeError {
    LakeError::engine("read an event", format!("the column {what} is not as this program writes it"))
}

/// A text column, whatever form the reader chose for it.
pub(crate) fn text_column(batch: &RecordBatch, name: &str) -> Result<StringViewArray, LakeError> {
    let column = batch.column_by_name(name).ok_or_else(|| broken(name))?;
    if let Some(view) = column.as_string_view_opt() {
        return Ok(view.clone());
    }
    let view = cast(column, &datafusion::arrow::datatypes::DataType::Utf8View).map_err(|_| broken(name))?;
    view.as_string_view_opt().cloned().ok_or_else(|| broken(name))
}

pub(crate) fn raw_column(batch: &RecordBatch) -> Result<BinaryViewArray, LakeError> {
    let column = batch.column_by_name(RAW).ok_or_else(|| broken(RAW))?;
    if let Some(view) = column.as_binary_view_opt() {
        return Ok(view.clone());
    }
    let view = cast(column, &datafusion::arrow::datatypes::DataType::BinaryView).map_err(|_| broken(RAW))?;
    view.as_binary_view_opt().cloned().ok_or_else(|| broken(RAW))
}

/// The times of a batch in µs.
pub(crate) fn times(batch: &RecordBatch) -> Result<Vec<i64>, LakeError> {
    let column = batch.column_by_name(TIME).and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
    Ok(column.ok_or_else(|| broken(TIME))?.values().to_vec())
}

impl Decoder {
    /// Appends the events of a batch with all columns.
    pub(crate) fn events(&mut self, batch: &RecordBatch, out: &mut Vec<Event>) -> Result<(), LakeError> {
        let number = |name: &'static str| {
            let column = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<UInt64Type>());
            column.ok_or_else(|| broken(name))
        };
        let received = batch.column_by_name(RECEIVED).and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
        let received = received.ok_or_else(|| broken(RECEIVED))?;
        let marks = batch.column_by_name(MARKS).and_then(|c| c.as_primitive_opt::<UInt8Type>());
        let marks = marks.ok_or_else(|| broken(MARKS))?;
        let (times, high, low) = (times(batch)?, number(ID_HIGH)?, number(ID_LOW)?);
        let (unit, source, kind) = (text_column(batch, UNIT)?, text_column(batch, SOURCE)?, text_column(batch, KIND)?);
        let logsource = [PRODUCT, CATEGORY, SERVICE].map(|name| text_column(batch, name));
        let [product, category, service] = logsource;
        let logsource = [product?, category?, service?];
        let common: Vec<(CommonField, StringViewArray)> = CommonField::ALL
            .iter()
            .map(|field| Ok((*field, text_column(batch, field.name())?)))
            .collect::<Result<_, LakeError>>()?;
        let (shape, json, raw) = (text_column(batch, SHAPE)?, text_column(batch, FIELDS)?, raw_column(batch)?);
        for (row, time) in times.into_iter().enumerate() {
            let mut columns = Common::default();
            for (field, values) in &common {
                if let Some(value) = at(values, row) {
                    columns.set(*field, value);
                }
            }
            let stored = Row { raw: raw.value(row), shape: at(&shape, row), fields: at(&json, row) };
            let record = self.rows.record(stored).map_err(|_| broken(FIELDS))?;
            out.push(Event {
                id: EventId::from_journal(high.value(row), low.value(row)),
                time: Timestamp::from_micros(time),
                received: Timestamp::from_micros(received.value(row)),
                unit: at(&unit, row).map(UnitId::new),
                source: at(&source, row).map(SourceId::new),
                kind: self.text(at(&kind, row).unwrap_or_default()),
                logsource: self.logsource(logsource.each_ref().map(|column| at(column, row))),
                record,
                common: columns,
                raw: Box::from(raw.value(row)),
                marks: marks_from_bits(marks.value(row)),
            });
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let fresh: Arc<str> = Arc::from(text);
        self.texts.insert(text.to_owned(), fresh.clone());
        fresh
    }

    fn logsource(&mut self, parts: [Option<&str>; 3]) -> Arc<LogSource> {
        let [product, category, service] = parts;
        let key = parts.map(|part| part.map(str::to_owned));
        self.sources.entry(key).or_insert_with(|| Arc::new(LogSource::new(product, category, service))).clone()
    }
}

pub(crate) fn at(column: &StringViewArray, row: usize) -> Option<&str> {
    (!column.is_null(row)).then(|| column.value(row))
}

/// Every column an event is made of (not the folded copies).
pub(crate) fn event_columns() -> Vec<&'static str> {
    let own = [TIME, RECEIVED, ID_HIGH, ID_LOW, UNIT, SOURCE, KIND, PRODUCT, CATEGORY, SERVICE, MARKS];
    let common = CommonField::ALL.iter().map(|field| field.name());
    own.into_iter().chain(common).chain([SHAPE, FIELDS, RAW]).collect()
}
