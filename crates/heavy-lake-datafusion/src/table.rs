//! The table `events` as people outside see it: in SQL, and in Parquet files taken out.
//!
//! Its columns are those of an [`Event`], whatever the lake's own files look like inside. Names
//! are those of the common columns with `_` for `.`, so that SQL needs no quotes.

use crate::fields;
use datafusion::arrow::array::{ArrayRef, BinaryViewBuilder, StringViewBuilder, TimestampMicrosecondBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use engine_event::{CommonField, Event};
use engine_lake::query::mark_names;
use std::sync::Arc;

/// What a column of the table is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Time,
    Received,
    Id,
    Unit,
    Source,
    Kind,
    Product,
    Category,
    Service,
    Marks,
    Common(CommonField),
    Fields,
    Raw,
}

const OWN: [(Part, &str); 10] = [
    (Part::Time, "time"),
    (Part::Received, "received"),
    (Part::Id, "id"),
    (Part::Unit, "unit"),
    (Part::Source, "source"),
    (Part::Kind, "kind"),
    (Part::Product, "product"),
    (Part::Category, "category"),
    (Part::Service, "service"),
    (Part::Marks, "marks"),
];

/// The columns in order, with their names.
pub(crate) fn parts() -> Vec<(Part, String)> {
    let own = OWN.iter().map(|(part, name)| (*part, (*name).to_owned()));
    let common = CommonField::ALL.iter().map(|field| (Part::Common(*field), field.name().replace('.', "_")));
    own.chain(common).chain([(Part::Fields, "fields".to_owned()), (Part::Raw, "raw".to_owned())]).collect()
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The schema; `raw` is text for SQL, and bytes as received in files.
pub(crate) fn schema(raw_as_text: bool) -> SchemaRef {
    let field = |(part, name): (Part, String)| {
        let (kind, nullable) = match part {
            Part::Time | Part::Received => (time_type(), false),
            Part::Raw if !raw_as_text => (DataType::BinaryView, false),
            Part::Id | Part::Kind | Part::Marks | Part::Fields | Part::Raw => (DataType::Utf8View, false),
            Part::Unit | Part::Source | Part::Product | Part::Category | Part::Service | Part::Common(_) => {
                (DataType::Utf8View, true)
            }
        };
        Field::new(name, kind, nullable)
    };
    Arc::new(Schema::new(parts().into_iter().map(field).collect::<Vec<_>>()))
}

/// The parts of events as columns of `schema`, which has just these parts.
pub(crate) fn batch(events: &[Event], parts: &[Part], schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = parts.iter().zip(schema.fields()).map(|(part, field)| column(events, *part, field.data_type()));
    let options = RecordBatchOptions::new().with_row_count(Some(events.len()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect(), &options)
}

fn column(events: &[Event], part: Part, kind: &DataType) -> ArrayRef {
    let text = |value: &dyn for<'a> Fn(&'a Event) -> Option<&'a str>| -> ArrayRef {
        let mut builder = StringViewBuilder::new();
        events.iter().for_each(|event| builder.append_option(value(event)));
        Arc::new(builder.finish())
    };
    let made = |value: &dyn Fn(&Event) -> String| -> ArrayRef {
        let mut builder = StringViewBuilder::new();
        events.iter().for_each(|event| builder.append_value(value(event)));
        Arc::new(builder.finish())
    };
    let time = |value: &dyn Fn(&Event) -> i64| -> ArrayRef {
        let mut builder = TimestampMicrosecondBuilder::with_capacity(events.len()).with_timezone("UTC");
        events.iter().for_each(|event| builder.append_value(value(event)));
        Arc::new(builder.finish())
    };
    match part {
        Part::Time => time(&|event| event.time.as_micros()),
        Part::Received => time(&|event| event.received.as_micros()),
        Part::Id => made(&|event| event.id.to_string()),
        Part::Unit => text(&|event| event.unit.as_ref().map(base_core::UnitId::as_str)),
        Part::Source => text(&|event| event.source.as_ref().map(base_core::SourceId::as_str)),
        Part::Kind => text(&|event| Some(&event.kind)),
        Part::Product => text(&|event| event.logsource.product.as_deref()),
        Part::Category => text(&|event| event.logsource.category.as_deref()),
        Part::Service => text(&|event| event.logsource.service.as_deref()),
        Part::Marks => made(&|event| mark_names(event.marks).collect::<Vec<_>>().join(" ")),
        Part::Common(field) => text(&|event| event.common.get(field)),
        Part::Fields => made(&|event| {
            let mut json = String::new();
            fields::encode(&event.record, &mut json);
            json
        }),
        Part::Raw if *kind == DataType::BinaryView => {
            let mut builder = BinaryViewBuilder::new();
            events.iter().for_each(|event| builder.append_value(&event.raw));
            Arc::new(builder.finish())
        }
        Part::Raw => made(&|event| event.raw_text().into_owned()),
    }
}
