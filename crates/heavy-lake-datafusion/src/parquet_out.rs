//! Events taken out as a Parquet file, piece by piece and in bounded memory.

use crate::table::{self, Part};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use engine_event::Event;
use engine_lake::{EventWriter, LakeError};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a row group.
const GROUP_ROWS: usize = 32 * 1024;
/// Bytes gathered before a row group is closed.
const GROUP_BYTES: usize = 16 << 20;

/// What the Parquet writer has written and nobody has taken yet.
#[derive(Clone, Debug, Default)]
struct Ready(Arc<Mutex<Vec<u8>>>);

impl Ready {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Ready {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The writer of one file.
pub(crate) struct ParquetOut {
    writer: ArrowWriter<Ready>,
    ready: Ready,
    schema: SchemaRef,
    parts: Vec<Part>,
}

fn failed(error: &dyn std::fmt::Display) -> LakeError {
    LakeError::engine("make a Parquet file", error)
}

impl ParquetOut {
    pub(crate) fn new() -> Result<Self, LakeError> {
        let (ready, schema) = (Ready::default(), table::schema(false));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(ready.clone(), Arc::clone(&schema), Some(properties));
        let parts = table::parts().into_iter().map(|(part, _)| part).collect();
        Ok(Self { writer: writer.map_err(|e| failed(&e))?, ready, schema, parts })
    }
}

impl EventWriter for ParquetOut {
    fn push(&mut self, events: &[Event]) -> Result<Vec<u8>, LakeError> {
        let batch = table::batch(events, &self.parts, &self.schema).map_err(|e| failed(&e))?;
        self.writer.write(&batch).map_err(|e| failed(&e))?;
        if self.writer.in_progress_size() > GROUP_BYTES {
            self.writer.flush().map_err(|e| failed(&e))?;
        }
        Ok(self.ready.take())
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, LakeError> {
        let Self { writer, ready, .. } = *self;
        writer.close().map_err(|e| failed(&e))?;
        Ok(ready.take())
    }
}
