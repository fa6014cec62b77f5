//! The table `events`: the lake as one person may see it.

use super::narrow::{self, Narrowed};
use crate::decode::{self, Decoder};
use crate::encode::marks_from_bits;
use crate::filter;
use crate::lake::ParquetLake;
use crate::manifest::{FileEntry, Snapshot};
use crate::prune::Pruning;
use crate::scan::{Engine, Reading};
use crate::schema::{self, CATEGORY, ID_HIGH, ID_LOW, KIND, MARKS, PRODUCT, RECEIVED, SERVICE, SOURCE, TIME, UNIT};
use crate::store::Store;
use crate::table::{self, Part};
use crate::window::Window;
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use datafusion::arrow::array::{ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{SchemaRef, UInt8Type, UInt64Type};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use engine_event::EventId;
use engine_lake::Query;
use engine_lake::query::mark_names;
use futures::StreamExt;
use std::sync::Arc;

/// The events a scope may see, of a time range.
#[derive(Debug)]
pub(super) struct EventsTable {
    engine: Engine,
    store: Arc<Store>,
    snapshot: Arc<Snapshot>,
    scope: Scope,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    schema: SchemaRef,
}

impl EventsTable {
    pub(super) fn new(lake: &ParquetLake, scope: Scope, from: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let (engine, snapshot) = (lake.engine.clone(), lake.snapshot());
        Self { engine, store: Arc::clone(&lake.store), snapshot, scope, from, until, schema: table::schema(true) }
    }

    /// What the scan reads; `None` when nothing can be in it.
    async fn reading(&self, filters: &[Expr]) -> Result<Option<Wanted>> {
        let mut narrowed = Narrowed { from: self.from, until: self.until, queries: Vec::new() };
        for expr in filters {
            narrowed.add(expr)?;
        }
        // Ends of the request and of the statement both hold: the narrower one counts.
        let from = narrowed.from.max(self.from);
        let until = match (narrowed.until, self.until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let window = Window {
            low: from.map_or(i128::from(i64::MIN), |t| t.as_micros().into()),
            high: until.map_or(i128::from(i64::MAX) + 1, |t| t.as_micros().into()),
        };
        let nothing = narrowed.queries.iter().any(|query| filter::finds_nothing(&self.scope, query));
        if nothing || filter::sees_nothing(&self.scope) || window.is_empty() {
            return Ok(None);
        }
        let mut conditions: Vec<Expr> = filter::in_scope(&self.scope).into_iter().collect();
        conditions.extend(filter::in_window(&window));
        conditions.extend(narrowed.queries.iter().flat_map(filter::matches));
        let all = narrowed.queries.into_iter().fold(Query::everything(), Query::and);
        let mut pruning = Pruning::of(&all);
        let files = pruning.look_in(&self.store, window.files(&self.snapshot.files)).await.map_err(outside)?;
        Ok((!files.is_empty()).then(|| Wanted { files, conditions, pruning: Arc::new(pruning) }))
    }
}

/// What a scan reads.
struct Wanted {
    files: Vec<Arc<FileEntry>>,
    conditions: Vec<Expr>,
    pruning: Arc<Pruning>,
}

#[async_trait]
impl TableProvider for EventsTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters.iter().map(|expr| narrow::support(expr)).collect())
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = table::parts();
        let wanted: Vec<usize> = projection.map_or_else(|| (0..all.len()).collect(), Clone::clone);
        let schema = Arc::new(self.schema.project(&wanted)?);
        let parts: Vec<Part> = wanted.iter().filter_map(|at| all.get(*at).map(|(part, _)| *part)).collect();
        let Some(Wanted { files, conditions, pruning }) = self.reading(filters).await? else {
            return Ok(Arc::new(EmptyExec::new(schema)));
        };
        let piece = |files: Vec<Arc<FileEntry>>| -> Arc<dyn PartitionStream> {
            Arc::new(Piece {
                engine: self.engine.clone(),
                snapshot: Arc::clone(&self.snapshot),
                files,
                conditions: conditions.clone(),
                pruning: Arc::clone(&pruning),
                parts: parts.clone(),
                schema: Arc::clone(&schema),
            })
        };
        let pieces = self.engine.share_out(files).into_iter().map(piece).collect();
        Ok(Arc::new(StreamingTableExec::try_new(Arc::clone(&schema), pieces, None, [], false, limit)?))
    }
}

/// The part of the files that one thread reads.
struct Piece {
    engine: Engine,
    /// Held so that its files stay.
    snapshot: Arc<Snapshot>,
    files: Vec<Arc<FileEntry>>,
    conditions: Vec<Expr>,
    pruning: Arc<Pruning>,
    parts: Vec<Part>,
    schema: SchemaRef,
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A plan that is shown must not tell of files.
        f.write_str("events")
    }
}

impl PartitionStream for Piece {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (parts, schema, snapshot) = (self.parts.clone(), Arc::clone(&self.schema), Arc::clone(&self.snapshot));
        let direct: Option<Vec<Vec<&'static str>>> = parts.iter().map(|part| stored(*part)).collect();
        let mut columns: Vec<&'static str> = match &direct {
            Some(columns) => columns.iter().flatten().copied().collect(),
            None => decode::event_columns(),
        };
        columns.sort_unstable();
        columns.dedup();
        if columns.is_empty() {
            // COUNT(*) needs rows and no column.
            columns.push(TIME);
        }
        let (files, conditions) = (self.files.clone(), self.conditions.clone());
        let read = self.engine.read(Reading {
            files,
            conditions,
            columns: &columns,
            pruning: Some(&self.pruning),
            sorted: None,
            counted: false,
        });
        let mut decoder = Decoder::default();
        let mut convert = {
            let (parts, schema) = (parts, Arc::clone(&schema));
            move |batch: &RecordBatch| -> Result<RecordBatch> {
                if direct.is_some() {
                    return columns_of(batch, &parts, &schema);
                }
                let mut events = Vec::with_capacity(batch.num_rows());
                decoder.events(batch, &mut events).map_err(outside)?;
                Ok(table::batch(&events, &parts, &schema)?)
            }
        };
        let stream = match read {
            Ok(stream) => stream
                .map(move |batch| {
                    let _held = &snapshot;
                    batch.and_then(|batch| convert(&batch))
                })
                .boxed(),
            Err(error) => futures::stream::iter([Err(outside(error))]).boxed(),
        };
        Box::pin(RecordBatchStreamAdapter::new(schema, stream))
    }
}

fn outside(error: engine_lake::LakeError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The stored columns a part can be made of without the whole event; `None` when it cannot.
fn stored(part: Part) -> Option<Vec<&'static str>> {
    let columns = match part {
        Part::Time => vec![TIME],
        Part::Received => vec![RECEIVED],
        Part::Id => vec![ID_HIGH, ID_LOW],
        Part::Unit => vec![UNIT],
        Part::Source => vec![SOURCE],
        Part::Kind => vec![KIND],
        Part::Product => vec![PRODUCT],
        Part::Category => vec![CATEGORY],
        Part::Service => vec![SERVICE],
        Part::Marks => vec![MARKS],
        Part::Common(field) => vec![field.name()],
        Part::Fields | Part::Raw => return None,
    };
    columns.iter().all(|name| schema::schema().index_of(name).is_ok()).then_some(columns)
}

fn columns_of(batch: &RecordBatch, parts: &[Part], schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = parts.iter().zip(schema.fields()).map(|(part, field)| {
        let names = stored(*part).unwrap_or_default();
        let column = |name: &str| {
            let missing = || DataFusionError::Internal(format!("the column {name} was not read"));
            batch.column_by_name(name).cloned().ok_or_else(missing)
        };
        match (part, names.as_slice()) {
            (Part::Id, [high, low]) => ids(&column(high)?, &column(low)?),
            (Part::Marks, [bits]) => marks(&column(bits)?),
            (_, [name]) => Ok(cast(&column(name)?, field.data_type())?),
            _ => Err(DataFusionError::Internal("a part of no column".to_owned())),
        }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_>>()?, &options)?)
}

fn ids(high: &ArrayRef, low: &ArrayRef) -> Result<ArrayRef> {
    let wrong = || DataFusionError::Internal("an id is not of numbers".to_owned());
    let high = high.as_primitive_opt::<UInt64Type>().ok_or_else(wrong)?;
    let low = low.as_primitive_opt::<UInt64Type>().ok_or_else(wrong)?;
    let mut out = StringViewBuilder::with_capacity(high.len());
    for (high, low) in high.values().iter().zip(low.values()) {
        out.append_value(EventId::from_journal(*high, *low).to_string());
    }
    Ok(Arc::new(out.finish()))
}

fn marks(bits: &ArrayRef) -> Result<ArrayRef> {
    let wrong = || DataFusionError::Internal("marks are not bits".to_owned());
    let bits = bits.as_primitive_opt::<UInt8Type>().ok_or_else(wrong)?;
    let mut out = StringViewBuilder::with_capacity(bits.len());
    for bits in bits.values() {
        out.append_value(mark_names(marks_from_bits(*bits)).collect::<Vec<_>>().join(" "));
    }
    Ok(Arc::new(out.finish()))
}
