//! Making one data file in memory: row groups, text index, footer.

use crate::decode::{at, raw_column, text_column};
use crate::record::{Row, RowReader};
use crate::schema::{self, FIELDS, ID_HIGH, ID_LOW, KIND, RAW, SHAPE, TIME};
use crate::text_index::IndexBuilder;
use datafusion::arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::metadata::KeyValue;
use engine_event::CommonField;
use engine_lake::LakeError;
use std::ops::ControlFlow;

/// Name of the footer entry that says where the text index lies: `<begin>,<bytes>`.
const INDEX_KEY: &str = "mangrove.text_index";
/// Name of the footer entry with the format version.
const FORMAT_KEY: &str = "mangrove.format";
/// Columns whose values a search for text or for a value may meet.
const COMMON: &[CommonField] = CommonField::ALL;

/// A finished file.
#[derive(Debug)]
pub(crate) struct DataFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) index_at: u64,
    pub(crate) index_bytes: u64,
    /// BLAKE3, hexadecimal.
    pub(crate) hash: String,
}

/// Writes a file row group by row group.
pub(crate) struct FileWriter {
    writer: ArrowWriter<Vec<u8>>,
    index: Option<IndexBuilder>,
    rows: RowReader,
    written: u64,
}

fn failed(e: &dyn std::fmt::Display) -> LakeError {
    LakeError::engine("make a file", e)
}

impl FileWriter {
    /// A file of about `rows` rows. The text index takes time, so fresh files have none.
    pub(crate) fn new(rows: usize, zstd_level: i32, with_index: bool) -> Result<Self, LakeError> {
        let properties = schema::writer_properties(rows, zstd_level);
        let writer = ArrowWriter::try_new(Vec::new(), schema::schema(), Some(properties)).map_err(|e| failed(&e))?;
        let index = with_index.then(IndexBuilder::default);
        Ok(Self { writer, index, rows: RowReader::default(), written: 0 })
    }

    /// Rows written so far.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// Adds rows that are in order already.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        if self.index.is_some() {
            self.index_rows(batch)?;
        }
        self.written += batch.num_rows() as u64;
        self.writer.write(batch).map_err(|e| failed(&e))
    }

    /// Sorts these rows and makes them a row group.
    pub(crate) fn write_group(&mut self, batches: &[RecordBatch]) -> Result<(), LakeError> {
        let Some(first) = batches.first() else { return Ok(()) };
        let all = concat_batches(&first.schema(), batches).map_err(|e| failed(&e))?;
        let columns = [CommonField::HostName.name(), KIND, CommonField::EventCode.name(), TIME, ID_HIGH, ID_LOW];
        let columns: Vec<SortColumn> = columns
            .iter()
            .filter_map(|name| all.column_by_name(name))
            .map(|values| SortColumn { values: values.clone(), options: None })
            .collect();
        let order = lexsort_to_indices(&columns, None).map_err(|e| failed(&e))?;
        let sorted = take_record_batch(&all, &order).map_err(|e| failed(&e))?;
        self.write(&sorted)?;
        self.writer.flush().map_err(|e| failed(&e))
    }

    fn index_rows(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let Some(index) = &mut self.index else { return Ok(()) };
        let (raw, shape, fields) = (raw_column(batch)?, text_column(batch, SHAPE)?, text_column(batch, FIELDS)?);
        let common = COMMON.iter().map(|field| text_column(batch, field.name())).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let stored = Row { raw: raw.value(row), shape: at(&shape, row), fields: at(&fields, row) };
            index.text(stored.raw);
            // A field that is read in place, without escapes to undo, is a piece of what is indexed.
            let place = stored.raw.as_ptr_range();
            let walked = self.rows.walk(stored, |field| {
                if !place.contains(&field.text.as_ptr()) {
                    index.text(field.text.as_bytes());
                }
                ControlFlow::Continue(())
            });
            walked.map_err(|_| failed(&format!("the columns {RAW}, {SHAPE} and {FIELDS} do not fit together")))?;
            // Rows are sorted, so many values are those of the row before.
            let before = if index.begins_block() { None } else { row.checked_sub(1) };
            for column in &common {
                let value = at(column, row);
                if before.is_none_or(|before| at(column, before) != value)
                    && let Some(value) = value
                {
                    index.text(value.as_bytes());
                }
            }
            index.end_row();
        }
        Ok(())
    }

    /// The file.
    pub(crate) fn finish(mut self) -> Result<DataFile, LakeError> {
        let (mut index_at, mut index_bytes) = (0, 0);
        let note = |key: &str, value: String, writer: &mut ArrowWriter<Vec<u8>>| {
            writer.append_key_value_metadata(KeyValue { key: key.to_owned(), value: Some(value) });
        };
        note(FORMAT_KEY, schema::FORMAT.to_string(), &mut self.writer);
        if let Some(index) = self.index {
            let index = index.finish().map_err(|e| failed(&e))?;
            self.writer.flush().map_err(|e| failed(&e))?;
            index_at = self.writer.bytes_written() as u64;
            index_bytes = index.len() as u64;
            self.writer.write_all(&index).map_err(|e| failed(&e))?;
            note(INDEX_KEY, format!("{index_at},{index_bytes}"), &mut self.writer);
        }
        let bytes = self.writer.into_inner().map_err(|e| failed(&e))?;
        let hash = blake3::hash(&bytes).to_hex().to_string();
        Ok(DataFile { bytes, index_at, index_bytes, hash })
    }
}
