//! An answer as text, bounded.

use datafusion::arrow::array::Array;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use engine_lake::{SqlColumn, SqlKind, SqlRows};
use futures::StreamExt;

/// Most bytes of all values together.
const MAX_BYTES: usize = 32 << 20;

/// The columns of a schema.
pub(super) fn columns_of(schema: &SchemaRef) -> Vec<SqlColumn> {
    let kind = |data: &DataType| match data {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => SqlKind::Time,
        DataType::Boolean => SqlKind::Bool,
        other if other.is_numeric() => SqlKind::Number,
        _ => SqlKind::Text,
    };
    let column =
        |f: &datafusion::arrow::datatypes::FieldRef| SqlColumn { name: f.name().clone(), kind: kind(f.data_type()) };
    schema.fields().iter().map(column).collect()
}

/// The first `most` rows.
pub(super) async fn collect(mut stream: SendableRecordBatchStream, most: usize) -> Result<SqlRows> {
    let mut answer = SqlRows { columns: columns_of(&stream.schema()), ..SqlRows::default() };
    let options = FormatOptions::default();
    let mut bytes = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        let formatters = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            if answer.rows.len() >= most || bytes > MAX_BYTES {
                answer.more = true;
                return Ok(answer);
            }
            let cells = batch.columns().iter().zip(&formatters);
            let cells: Vec<Option<String>> =
                cells.map(|(c, text)| (!c.is_null(row)).then(|| text.value(row).to_string())).collect();
            bytes += cells.iter().flatten().map(String::len).sum::<usize>() + cells.len() * size_of::<Option<String>>();
            answer.rows.push(cells);
        }
    }
    Ok(answer)
}
