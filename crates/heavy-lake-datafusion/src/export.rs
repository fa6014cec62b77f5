//! Events as one plain Parquet file for other tools: all fields in `fields`, none by shape.

use crate::encode;
use crate::schema;
use datafusion::parquet::arrow::ArrowWriter;
use engine_event::Event;
use engine_lake::LakeError;
use std::io::Write;

const ZSTD_LEVEL: i32 = 3;

/// Writes events to a Parquet file in the order they come.
pub struct ParquetExport<W: Write + Send> {
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> std::fmt::Debug for ParquetExport<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetExport").finish_non_exhaustive()
    }
}

fn failed(e: &dyn std::fmt::Display) -> LakeError {
    LakeError::engine("write the exported file", e)
}

impl<W: Write + Send> ParquetExport<W> {
    /// Into `out`.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub fn new(out: W) -> Result<Self, LakeError> {
        let properties = schema::writer_properties(0, ZSTD_LEVEL);
        let writer = ArrowWriter::try_new(out, schema::schema(), Some(properties)).map_err(|e| failed(&e))?;
        Ok(Self { writer })
    }

    /// Adds events.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, events: &[Event]) -> Result<(), LakeError> {
        for batch in encode::plain_columns(events) {
            self.writer.write(&batch.map_err(|e| failed(&e))?).map_err(|e| failed(&e))?;
        }
        Ok(())
    }

    /// Ends the file and gives `out` back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<W, LakeError> {
        self.writer.into_inner().map_err(|e| failed(&e))
    }
}
