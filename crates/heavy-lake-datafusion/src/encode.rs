//! Events to columns.

use crate::derive::{Shaped, Shaper};
use crate::schema::{self, KEYS};
use datafusion::arrow::array::{
    ArrayRef, BinaryViewBuilder, StringViewBuilder, TimestampMicrosecondBuilder, UInt8Builder, UInt64Builder,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use engine_event::{CommonField, Event, Marks};
use engine_lake::query::fold;
use std::sync::Arc;

/// Rows converted at once, so that a batch of large records needs no second copy of them all.
const CHUNK_ROWS: usize = 4096;

/// The events as columns in the order of a row group, in batches.
pub(crate) fn sorted_columns(mut events: Vec<&Event>) -> Result<Vec<RecordBatch>, ArrowError> {
    events.sort_unstable_by(|a, b| place(a).cmp(&place(b)));
    let mut shaper = Shaper::default();
    events.chunks(CHUNK_ROWS).map(|chunk| columns(chunk, &mut shaper)).collect()
}

/// The order of rows in a row group: host, kind, event code, time, id.
fn place(event: &Event) -> impl Ord {
    let (host, code) = (event.common.host_name.as_deref(), event.common.event_code.as_deref());
    (host, &*event.kind, code, event.time, event.id)
}

/// The events as columns, in their order.
fn columns(events: &[&Event], shaper: &mut Shaper) -> Result<RecordBatch, ArrowError> {
    let text = |value: &dyn for<'a> Fn(&'a Event) -> Option<&'a str>| -> ArrayRef {
        let mut builder = StringViewBuilder::new().with_deduplicate_strings();
        events.iter().for_each(|event| builder.append_option(value(event)));
        Arc::new(builder.finish())
    };
    let time = |value: &dyn Fn(&Event) -> i64| -> ArrayRef {
        let mut builder = TimestampMicrosecondBuilder::with_capacity(events.len()).with_timezone("UTC");
        events.iter().for_each(|event| builder.append_value(value(event)));
        Arc::new(builder.finish())
    };
    let number = |value: &dyn Fn(&Event) -> u64| -> ArrayRef {
        let mut builder = UInt64Builder::with_capacity(events.len());
        events.iter().for_each(|event| builder.append_value(value(event)));
        Arc::new(builder.finish())
    };
    let mut columns = vec![
        time(&|event| event.time.as_micros()),
        time(&|event| event.received.as_micros()),
        number(&|event| event.id.instance()),
        number(&|event| event.id.sequence()),
        text(&|event| event.unit.as_ref().map(|unit| unit.as_str())),
        text(&|event| event.source.as_ref().map(|source| source.as_str())),
        text(&|event| Some(&event.kind)),
        text(&|event| event.logsource.product.as_deref()),
        text(&|event| event.logsource.category.as_deref()),
        text(&|event| event.logsource.service.as_deref()),
    ];
    let mut marks = UInt8Builder::with_capacity(events.len());
    events.iter().for_each(|event| marks.append_value(marks_to_bits(event.marks)));
    columns.push(Arc::new(marks.finish()));
    columns.extend(CommonField::ALL.iter().map(|field| text(&|event| event.common.get(*field))));
    for (field, _) in KEYS {
        let mut builder = StringViewBuilder::new().with_deduplicate_strings();
        events.iter().for_each(|event| builder.append_option(event.common.get(field).map(fold)));
        columns.push(Arc::new(builder.finish()));
    }
    let mut shapes = StringViewBuilder::new().with_deduplicate_strings();
    let (mut json, mut raw) = (StringViewBuilder::new(), BinaryViewBuilder::new());
    for event in events {
        let Shaped { shape, fields } = shaper.shape(&event.raw, &event.record);
        shapes.append_option(shape.as_ref().map(|shape| &*shape.text));
        json.append_option(fields);
        raw.append_value(&event.raw);
    }
    columns.push(Arc::new(shapes.finish()));
    columns.push(Arc::new(json.finish()));
    columns.push(Arc::new(raw.finish()));
    RecordBatch::try_new(schema::schema(), columns)
}

fn marks_to_bits(marks: Marks) -> u8 {
    u8::from(marks.truncated)
        | u8::from(marks.unparsed) << 1
        | u8::from(marks.not_utf8) << 2
        | u8::from(marks.no_time) << 3
}

/// The marks again.
pub(crate) const fn marks_from_bits(bits: u8) -> Marks {
    Marks { truncated: bits & 1 != 0, unparsed: bits & 2 != 0, not_utf8: bits & 4 != 0, no_time: bits & 8 != 0 }
}
