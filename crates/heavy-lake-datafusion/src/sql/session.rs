//! The session of one question: chosen functions, bounded memory, nothing on disk.

use super::functions::{self, Rewrites};
use super::provider::EventsTable;
use datafusion::common::Result;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{FunctionRegistry, SessionStateBuilder, SessionStateDefaults};
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// Rows handed on at once.
const BATCH_ROWS: usize = 2048;

/// Functions on offer. Left out: whatever makes a text of any length (`repeat`, `lpad`, `rpad`),
/// lists and structures, and what tells about the program or its files.
pub(super) const SCALAR: &[&str] = &[
    "ascii",
    "bit_length",
    "btrim",
    "character_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "current_date",
    "date_bin",
    "date_part",
    "date_trunc",
    "ends_with",
    "greatest",
    "initcap",
    "least",
    "left",
    "levenshtein",
    "lower",
    "ltrim",
    "now",
    "nullif",
    "nvl",
    "nvl2",
    "octet_length",
    "regexp_count",
    "regexp_like",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substr_index",
    "to_char",
    "to_timestamp",
    "to_unixtime",
    "translate",
    "upper",
];

/// Aggregates on offer. Left out: those that gather all values into one.
pub(super) const AGGREGATE: &[&str] = &[
    "approx_distinct",
    "approx_median",
    "approx_percentile_cont",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "grouping",
    "max",
    "median",
    "min",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
];

/// A session with the table `events`.
pub(super) fn open(threads: usize, memory_bytes: usize, table: EventsTable) -> Result<SessionContext> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    let mut config = SessionConfig::new()
        .with_target_partitions(threads.max(1))
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(true);
    let options = config.options_mut();
    options.execution.enable_recursive_ctes = false;
    options.execution.time_zone = Some("+07:00".to_owned());
    // The plan of a question shows nothing of the files behind it.
    options.explain.show_statistics = false;
    let scalar = SessionStateDefaults::default_scalar_functions();
    let aggregate = SessionStateDefaults::default_aggregate_functions();
    let mut scalar: Vec<_> = scalar.into_iter().filter(|f| SCALAR.contains(&f.name())).collect();
    scalar.extend(functions::all());
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(scalar)
        .with_aggregate_functions(aggregate.into_iter().filter(|f| AGGREGATE.contains(&f.name())).collect())
        .build();
    state.register_function_rewrite(Arc::new(Rewrites))?;
    let session = SessionContext::new_with_state(state);
    session.register_table("events", Arc::new(table))?;
    Ok(session)
}
