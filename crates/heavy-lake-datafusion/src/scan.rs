//! The files of a search as a DataFusion table, and the session it runs in.

use crate::LakeOptions;
use crate::manifest::FileEntry;
use crate::schema;
use crate::store::Store;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use engine_lake::LakeError;
use std::sync::Arc;

/// Name of the store inside DataFusion.
const STORE_URL: &str = "mangrove://lake";
/// Rows handed on at once. Records can be large, so fewer than usual.
const BATCH_ROWS: usize = 1024;

/// The DataFusion session of a lake.
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

impl Engine {
    /// A session with bounded memory over the lake's store.
    pub(crate) fn new(store: &Store, options: &LakeOptions) -> Result<Self, LakeError> {
        let url = ObjectStoreUrl::parse(STORE_URL).map_err(|e| engine_error(&e))?;
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(options.memory_bytes, 1.0)
            .build_arc()
            .map_err(|e| engine_error(&e))?;
        let config = SessionConfig::new()
            .with_target_partitions(options.threads.max(1))
            .with_batch_size(BATCH_ROWS)
            .set_bool("datafusion.execution.parquet.pushdown_filters", true)
            .set_bool("datafusion.execution.parquet.reorder_filters", true);
        let session = SessionContext::new_with_config_rt(config, runtime);
        session.register_object_store(url.as_ref(), store.objects.clone());
        Ok(Self { session, url, threads: options.threads.max(1) })
    }

    /// The files as a table.
    pub(crate) fn table(&self, files: Vec<Arc<FileEntry>>) -> Result<DataFrame, LakeError> {
        let table = FilesTable { schema: schema::schema(), files, url: self.url.clone(), threads: self.threads };
        self.session.read_table(Arc::new(table)).map_err(|e| engine_error(&e))
    }
}

/// Says what DataFusion said, in the lake's terms.
pub(crate) fn engine_error(error: &DataFusionError) -> LakeError {
    let root = error.find_root();
    match root {
        DataFusionError::ResourcesExhausted(reason) => LakeError::TooBroad { reason: reason.clone() },
        DataFusionError::ObjectStore(inner) => match inner.as_ref() {
            datafusion::object_store::Error::NotFound { path, .. } => {
                LakeError::Damaged { file: path.clone(), reason: "it is not there".to_owned() }
            }
            other => LakeError::engine("read its files", other),
        },
        other => LakeError::engine("search", other),
    }
}

#[derive(Debug)]
struct FilesTable {
    schema: SchemaRef,
    files: Vec<Arc<FileEntry>>,
    url: ObjectStoreUrl,
    threads: usize,
}

impl FilesTable {
    /// The files in groups of about equal size, one per thread.
    fn groups(&self) -> Vec<FileGroup> {
        let mut files: Vec<&Arc<FileEntry>> = self.files.iter().collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
        let mut groups: Vec<(u64, Vec<PartitionedFile>)> = vec![(0, Vec::new()); self.threads.min(files.len()).max(1)];
        for file in files {
            if let Some((bytes, group)) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                *bytes += file.bytes;
                group.push(PartitionedFile::new(file.path.clone(), file.bytes));
            }
        }
        groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
    }
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let runtime = state.runtime_env();
        let store = runtime.object_store(&self.url)?;
        // Files never change, so what their footers say is kept from search to search.
        let reader = CachedParquetFileReaderFactory::new(store, runtime.cache_manager.get_file_metadata_cache());
        let source = ParquetSource::new(self.schema.clone())
            .with_parquet_file_reader_factory(Arc::new(reader))
            .with_pushdown_filters(true)
            .with_reorder_filters(true)
            .with_enable_page_index(true)
            .with_bloom_filter_on_read(true);
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(self.groups())
            .with_projection_indices(projection.cloned())?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
