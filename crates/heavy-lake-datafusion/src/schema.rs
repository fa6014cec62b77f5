//! The columns of a lake file, format version 1.
//!
//! | column | type | what |
//! |---|---|---|
//! | `time`, `received` | timestamp, µs UTC | when it happened, when it came |
//! | `id.high`, `id.low` | 64 bits each | the event id; `low` is the journal sequence number |
//! | `unit`, `source`, `kind` | text | owner, origin, source definition |
//! | `product`, `category`, `service` | text | log source |
//! | `marks` | 8 bits | truncated 1, unparsed 2, not UTF-8 4, no time 8 |
//! | ECS names (`host.name` …) | text | common columns |
//! | `key.…` | text | folded copies of five of them, for exact look-up with bloom filters |
//! | `fields` | JSON text | the record, see [`crate::fields`] |
//! | `raw` | bytes | the record as received |
//!
//! Rows are sorted by `time`, `id.high`, `id.low`.

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::metadata::SortingColumn;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;
use engine_event::CommonField;
use std::sync::Arc;

/// Format version of the lake's files and manifests.
pub(crate) const FORMAT: u32 = 1;

pub(crate) const TIME: &str = "time";
pub(crate) const RECEIVED: &str = "received";
pub(crate) const ID_HIGH: &str = "id.high";
pub(crate) const ID_LOW: &str = "id.low";
pub(crate) const UNIT: &str = "unit";
pub(crate) const SOURCE: &str = "source";
pub(crate) const KIND: &str = "kind";
pub(crate) const PRODUCT: &str = "product";
pub(crate) const CATEGORY: &str = "category";
pub(crate) const SERVICE: &str = "service";
pub(crate) const MARKS: &str = "marks";
pub(crate) const FIELDS: &str = "fields";
pub(crate) const RAW: &str = "raw";

/// Common columns with a folded copy, and its name.
pub(crate) const KEYS: [(CommonField, &str); 5] = [
    (CommonField::HostName, "key.host"),
    (CommonField::UserName, "key.user"),
    (CommonField::SourceIp, "key.source_ip"),
    (CommonField::DestinationIp, "key.destination_ip"),
    (CommonField::FileHash, "key.file_hash"),
];

/// Rows of a row group. Small enough that a search skips most of a file by statistics.
const ROW_GROUP_ROWS: usize = 64 * 1024;
/// Bytes of a row group in memory, should rows be huge.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;
/// Below so many rows a bloom filter costs more than it saves.
const BLOOM_FROM_ROWS: usize = 4096;

/// The name of the folded copy of a common column.
pub(crate) fn key_of(field: CommonField) -> Option<&'static str> {
    KEYS.iter().find(|(common, _)| *common == field).map(|(_, key)| *key)
}

/// The schema of every file, also as it is read.
pub(crate) fn schema() -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8View, nullable);
    let mut columns = vec![
        Field::new(TIME, time(), false),
        Field::new(RECEIVED, time(), false),
        Field::new(ID_HIGH, DataType::UInt64, false),
        Field::new(ID_LOW, DataType::UInt64, false),
        text(UNIT, true),
        text(SOURCE, true),
        text(KIND, false),
        text(PRODUCT, true),
        text(CATEGORY, true),
        text(SERVICE, true),
        Field::new(MARKS, DataType::UInt8, false),
    ];
    columns.extend(CommonField::ALL.iter().map(|field| text(field.name(), true)));
    columns.extend(KEYS.iter().map(|(_, key)| text(key, true)));
    columns.push(text(FIELDS, false));
    columns.push(Field::new(RAW, DataType::BinaryView, false));
    Arc::new(Schema::new(columns))
}

fn path(name: &str) -> ColumnPath {
    ColumnPath::new(vec![name.to_owned()])
}

/// How a file of about `rows` rows is written.
pub(crate) fn writer_properties(rows: usize, zstd_level: i32) -> WriterProperties {
    let level = ZstdLevel::try_new(zstd_level).unwrap_or_default();
    let mut sorting = Vec::new();
    for name in [TIME, ID_HIGH, ID_LOW] {
        let index = schema().index_of(name).ok().and_then(|i| i32::try_from(i).ok());
        sorting.extend(index.map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false }));
    }
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_sorting_columns(Some(sorting))
        .set_column_dictionary_enabled(path(RAW), false)
        .set_column_dictionary_enabled(path(FIELDS), false)
        .set_column_statistics_enabled(path(RAW), EnabledStatistics::None)
        .set_column_statistics_enabled(path(FIELDS), EnabledStatistics::None);
    if rows >= BLOOM_FROM_ROWS {
        for (_, key) in KEYS {
            properties = properties.set_column_bloom_filter_enabled(path(key), true);
        }
        properties = properties.set_column_statistics_enabled(path(TIME), EnabledStatistics::Page);
    }
    properties.build()
}
