//! Reading files with DataFusion: one physical plan of scan, sort and merge.
//!
//! The plans are so plain that they are built here directly: planning from SQL or a data frame
//! would take longer than many a search.

use crate::LakeOptions;
use crate::filter;
use crate::manifest::FileEntry;
use crate::prune::Pruning;
use crate::schema::{self, ID_HIGH, ID_LOW, RAW, TIME};
use crate::store::Store;
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::{
    CachedParquetFileReaderFactory, ParquetRowSelection, can_expr_be_pushed_down_with_schemas,
};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext};
use engine_lake::{LakeError, Order};
use futures::StreamExt;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Name of the store inside DataFusion.
const STORE_URL: &str = "mangrove://lake";
/// Below so many bytes to read, a second thread costs more than it saves.
const SPLIT_FROM_BYTES: u64 = 256 * 1024;
/// Rows handed on at once. Records can be large, so fewer than usual where they are read.
const BATCH_ROWS: usize = 1024;
const NARROW_BATCH_ROWS: usize = 8192;

/// The DataFusion session of a lake; clones are the same.
#[derive(Clone)]
pub(crate) struct Engine {
    session: SessionContext,
    url: ObjectStoreUrl,
    threads: usize,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// What is to be read.
pub(crate) struct Reading<'a> {
    pub(crate) files: Vec<Arc<FileEntry>>,
    /// All must hold.
    pub(crate) conditions: Vec<Expr>,
    pub(crate) columns: &'a [&'a str],
    /// What is known of the rows that can match.
    pub(crate) pruning: Option<&'a Pruning>,
    /// Sorted by time and id, at most so many rows (`None`: all); without it, in any order.
    pub(crate) sorted: Option<(Order, Option<usize>)>,
    /// Rows are only counted, so that nothing holds on to them: larger batches cost less. A statement
    /// in SQL may keep many batches, within little memory.
    pub(crate) counted: bool,
}

impl Engine {
    /// A session with bounded memory over the lake's store.
    pub(crate) fn new(store: &Store, options: &LakeOptions) -> Result<Self, LakeError> {
        let url = ObjectStoreUrl::parse(STORE_URL).map_err(|e| engine_error(&e))?;
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(options.memory_bytes, 1.0)
            .build_arc()
            .map_err(|e| engine_error(&e))?;
        let config = SessionConfig::new().with_target_partitions(options.threads.max(1)).with_batch_size(BATCH_ROWS);
        let session = SessionContext::new_with_config_rt(config, runtime);
        session.register_object_store(url.as_ref(), store.objects.clone());
        Ok(Self { session, url, threads: options.threads.max(1) })
    }

    /// Starts reading rows that somebody wants.
    pub(crate) fn read(&self, reading: Reading<'_>) -> Result<SendableRecordBatchStream, LakeError> {
        let plan = self.plan(reading).map_err(|e| engine_error(&e))?;
        execute_stream(plan, self.session.task_ctx()).map_err(|e| engine_error(&e))
    }

    /// Reads what is only counted: each thread adds up its part, without handing rows to another.
    /// Gives the sums of the parts. A part ends early when `add` breaks off.
    pub(crate) async fn add_up<T: Default + Send + 'static>(
        &self,
        reading: Reading<'_>,
        add: impl Fn(&mut T, &RecordBatch) -> Result<ControlFlow<()>, LakeError> + Clone + Send + 'static,
    ) -> Result<Vec<T>, LakeError> {
        let plan = self.plan(reading).map_err(|e| engine_error(&e))?;
        // Parts that are still read end with the set, when the one who asked goes away.
        let mut parts = JoinSet::new();
        for part in 0..plan.output_partitioning().partition_count() {
            let mut rows = plan.execute(part, self.session.task_ctx()).map_err(|e| engine_error(&e))?;
            let add = add.clone();
            parts.spawn(async move {
                let mut sum = T::default();
                while let Some(batch) = rows.next().await {
                    if add(&mut sum, &batch.map_err(|e| engine_error(&e))?)?.is_break() {
                        break;
                    }
                }
                Ok(sum)
            });
        }
        let mut sums = Vec::with_capacity(parts.len());
        while let Some(part) = parts.join_next().await {
            sums.push(part.map_err(|e| LakeError::engine("count", e))??);
        }
        Ok(sums)
    }

    fn plan(&self, reading: Reading<'_>) -> Result<Arc<dyn ExecutionPlan>> {
        let Reading { files, conditions, columns, pruning, sorted, counted } = reading;
        let schema = schema::schema();
        let runtime = self.session.runtime_env();
        let store = runtime.object_store(&self.url)?;
        // Files never change, so what their footers say is kept from search to search.
        let reader = CachedParquetFileReaderFactory::new(store, runtime.cache_manager.get_file_metadata_cache());
        let mut source = ParquetSource::new(schema.clone())
            .with_parquet_file_reader_factory(Arc::new(reader))
            .with_pushdown_filters(true)
            .with_reorder_filters(true)
            .with_enable_page_index(true)
            .with_bloom_filter_on_read(true);
        let reads_raw = columns.contains(&RAW)
            || conditions.iter().any(|condition| condition.column_refs().iter().any(|column| column.name == RAW));
        if let Some(condition) = filter::all(conditions) {
            let named = DFSchema::try_from(schema.as_ref().clone())?;
            let condition = self.session.create_physical_expr(condition, &named)?;
            // The scan silently leaves out a condition it cannot evaluate: that must not happen.
            if !can_expr_be_pushed_down_with_schemas(&condition, &schema) {
                return Err(DataFusionError::Internal("a condition cannot be evaluated inside the scan".to_owned()));
            }
            source = source.with_predicate(condition);
        }
        let projection = columns.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(self.groups(files, pruning))
            .with_projection_indices(Some(projection))?
            .with_batch_size(Some(if counted && !reads_raw { NARROW_BATCH_ROWS } else { BATCH_ROWS }))
            .build();
        let scan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(config);
        let Some((order, limit)) = sorted else { return Ok(scan) };
        let options = SortOptions { descending: order == Order::Newest, nulls_first: false };
        let keys = [TIME, ID_HIGH, ID_LOW].map(|name| Ok(PhysicalSortExpr::new(col(name, &scan.schema())?, options)));
        let keys = keys.into_iter().collect::<Result<Vec<_>>>()?;
        let ordering =
            LexOrdering::new(keys).ok_or_else(|| DataFusionError::Internal("an order without columns".to_owned()))?;
        let sort = SortExec::new(ordering.clone(), scan).with_preserve_partitioning(true).with_fetch(limit);
        Ok(Arc::new(SortPreservingMergeExec::new(ordering, Arc::new(sort)).with_fetch(limit)))
    }

    /// The files in groups of about equal size, one per thread.
    pub(crate) fn share_out(&self, mut files: Vec<Arc<FileEntry>>) -> Vec<Vec<Arc<FileEntry>>> {
        files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
        let mut groups: Vec<(u64, Vec<_>)> = vec![(0, Vec::new()); self.threads.min(files.len()).max(1)];
        for file in files {
            if let Some((bytes, group)) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                *bytes += file.bytes;
                group.push(file);
            }
        }
        groups.into_iter().map(|(_, files)| files).collect()
    }

    /// What each thread reads: about equal shares of the bytes that can hold something. A file may
    /// lie in several shares, each of which reads the row groups that begin in its range of bytes.
    fn groups(&self, files: Vec<Arc<FileEntry>>, pruning: Option<&Pruning>) -> Vec<FileGroup> {
        let whole: Vec<Whole> = files.into_iter().map(|file| Whole::of(file, pruning)).collect();
        let all: u64 = whole.iter().map(|file| file.weight).sum();
        let threads = if all < SPLIT_FROM_BYTES { 1 } else { self.threads as u64 };
        let share = all.div_ceil(threads).max(1);
        let mut groups = vec![Vec::new()];
        let mut room = share;
        for file in whole {
            let (mut from, mut left) = (0, file.weight);
            while left > room {
                // The bytes of the file that belong to the rest of this share.
                let part = u128::from(file.entry.bytes) * u128::from(room) / u128::from(file.weight.max(1));
                let until = from + u64::try_from(part).unwrap_or(u64::MAX);
                if let Some(group) = groups.last_mut()
                    && until > from
                {
                    group.push(file.part(from..until));
                }
                groups.push(Vec::new());
                (from, left, room) = (until, left - room, share);
            }
            if let Some(group) = groups.last_mut() {
                group.push(file.part(from..file.entry.bytes));
            }
            room -= left;
        }
        groups.into_iter().filter(|group| !group.is_empty()).map(FileGroup::new).collect()
    }
}

/// A file and how much of it there is to read.
struct Whole {
    entry: Arc<FileEntry>,
    selection: Option<ParquetRowSelection>,
    /// Bytes of rows that can hold something, about.
    weight: u64,
}

impl Whole {
    fn of(entry: Arc<FileEntry>, pruning: Option<&Pruning>) -> Self {
        let rows = pruning.and_then(|pruning| pruning.rows(&entry));
        let weight = rows.map_or(entry.bytes, |rows| rows.share_of(entry.bytes));
        Self { selection: rows.map(|rows| rows.selection()), weight, entry }
    }

    fn part(&self, range: std::ops::Range<u64>) -> PartitionedFile {
        let mut part = PartitionedFile::new(self.entry.path.clone(), self.entry.bytes);
        if range != (0..self.entry.bytes)
            && let (Ok(start), Ok(end)) = (range.start.try_into(), range.end.try_into())
        {
            part = part.with_range(start, end);
        }
        match &self.selection {
            Some(selection) => part.with_extension(selection.clone()),
            None => part,
        }
    }
}

/// Says what DataFusion said, in the lake's terms.
pub(crate) fn engine_error(error: &DataFusionError) -> LakeError {
    if let Some(file) = missing_file(error) {
        return LakeError::Damaged { file, reason: "it is not there".to_owned() };
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(reason) => LakeError::TooBroad { reason: reason.clone() },
        DataFusionError::ObjectStore(other) => LakeError::engine("read its files", other),
        other => LakeError::engine("search", other),
    }
}

/// The file that is not there, if that is what went wrong. The Parquet reader gives the store's
/// error as text when it cannot fetch a footer.
fn missing_file(error: &DataFusionError) -> Option<String> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(datafusion::object_store::Error::NotFound { path, .. }) = current.downcast_ref() {
            return Some(path.clone());
        }
        cause = current.source();
    }
    let text = error.to_string();
    let (_, rest) = text.split_once("Object at location ")?;
    rest.split_once(" not found:").map(|(path, _)| path.to_owned())
}
