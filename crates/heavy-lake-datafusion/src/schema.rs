//! The columns of a lake file, format version 2.
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
//! | `shape` | text | how the record's fields stand in `raw`, see [`crate::shape`]; null: all are in `fields` |
//! | `fields` | JSON text | the fields `shape` does not give, see [`crate::fields`] |
//! | `raw` | bytes | the record as received |
//!
//! Row groups are in order of time; the rows of one are sorted by host, kind, event code, time and
//! id, so that like stands beside like. Format 1 had no `shape`, and all rows in order of time: its
//! files read as files of this version whose shapes are null.

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;
use engine_event::CommonField;
use std::sync::Arc;

/// Format version of the lake's files and manifests.
pub(crate) const FORMAT: u32 = 2;
/// Oldest version that is read.
pub(crate) const OLDEST_FORMAT: u32 = 1;

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
pub(crate) const SHAPE: &str = "shape";
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

/// Most rows of a row group. Small enough that a search skips most of a file by statistics.
pub(crate) const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Raw bytes of a row group, about. They are in memory while it is sorted.
pub(crate) const ROW_GROUP_RAW_BYTES: u64 = 96 * 1024 * 1024;
/// Most rows of a page.
const PAGE_ROWS: usize = 16 * 1024;
/// Bytes of a page of raw records. Compression looks back this far, which is most of what makes
/// the lake small; one found row costs unpacking one page.
const RAW_PAGE_BYTES: usize = 4 * 1024 * 1024;
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
    columns.push(text(SHAPE, true));
    columns.push(text(FIELDS, true));
    columns.push(Field::new(RAW, DataType::BinaryView, false));
    Arc::new(Schema::new(columns))
}

fn path(name: &str) -> ColumnPath {
    ColumnPath::new(vec![name.to_owned()])
}

/// How a file of about `rows` rows is written.
pub(crate) fn writer_properties(rows: usize, zstd_level: i32) -> WriterProperties {
    let level = ZstdLevel::try_new(zstd_level).unwrap_or_default();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(None)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for name in [TIME, RECEIVED, ID_LOW] {
        properties = properties
            .set_column_dictionary_enabled(path(name), false)
            .set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    for name in [RAW, FIELDS] {
        properties = properties
            .set_column_dictionary_enabled(path(name), false)
            .set_column_data_page_size_limit(path(name), RAW_PAGE_BYTES)
            .set_column_statistics_enabled(path(name), EnabledStatistics::None);
    }
    properties = properties.set_column_statistics_enabled(path(SHAPE), EnabledStatistics::None);
    if rows >= BLOOM_FROM_ROWS {
        for (_, key) in KEYS {
            properties = properties
                .set_column_bloom_filter_enabled(path(key), true)
                .set_column_statistics_enabled(path(key), EnabledStatistics::Page);
        }
        properties = properties.set_column_statistics_enabled(path(TIME), EnabledStatistics::Page);
    }
    properties.build()
}
