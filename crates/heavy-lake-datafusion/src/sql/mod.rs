//! Questions in SQL over the one table `events`, for experts.
//!
//! * The table's provider knows who asks: rows outside the scope never leave it ([`provider`]),
//!   and no expression a person wrote is evaluated before the scope's condition, so that no error
//!   message can carry a foreign value.
//! * Only one `SELECT`, or its `EXPLAIN`, is taken ([`check`]); the session has a chosen list of
//!   functions, none of which opens files, addresses or makes texts of any length ([`session`]).
//! * Memory, time and rows have limits, each told with what to narrow.

mod check;
mod functions;
mod narrow;
mod provider;
mod rows;
mod session;

use crate::lake::ParquetLake;
use crate::parquet_out::ParquetOut;
use crate::scan::engine_error;
use crate::table;
use async_trait::async_trait;
use base_core::Scope;
use datafusion::common::DataFusionError;
use engine_lake::{EventWriter, LakeError, LakeTables, SqlColumn, SqlError, SqlRequest, SqlRows};
use provider::EventsTable;

/// Questions that are worked on at once; further ones wait, within their time.
pub(crate) const QUESTIONS_AT_ONCE: usize = 2;

#[async_trait]
impl LakeTables for ParquetLake {
    async fn sql(&self, scope: &Scope, request: &SqlRequest) -> Result<SqlRows, SqlError> {
        let work = async {
            self.look_at_cold().await;
            let _turn = self.questions.acquire().await.map_err(|e| LakeError::engine("take a question", e))?;
            self.answer(scope, request).await
        };
        let late = SqlError::TooLong { seconds: request.time.as_secs() };
        tokio::time::timeout(request.time, work).await.unwrap_or(Err(late))
    }

    fn sql_columns(&self) -> Vec<SqlColumn> {
        rows::columns_of(&table::schema(true))
    }

    fn parquet(&self) -> Result<Box<dyn EventWriter>, LakeError> {
        Ok(Box::new(ParquetOut::new()?))
    }
}

impl ParquetLake {
    async fn answer(&self, scope: &Scope, request: &SqlRequest) -> Result<SqlRows, SqlError> {
        let failed = |error: DataFusionError| sql_error(&error, request);
        let table = EventsTable::new(self, scope.clone(), request.from, request.until);
        let session = session::open(self.options.threads, request.memory_bytes, table).map_err(failed)?;
        let state = session.state();
        let statement = check::statement(&state, &request.statement)?;
        let plan = state.statement_to_plan(statement).await.map_err(failed)?;
        check::plan(&plan)?;
        let frame = session.execute_logical_plan(plan).await.map_err(failed)?;
        let stream = frame.execute_stream().await.map_err(failed)?;
        rows::collect(stream, request.max_rows).await.map_err(failed)
    }
}

/// Says what DataFusion said, in words for who wrote the statement.
fn sql_error(error: &DataFusionError, request: &SqlRequest) -> SqlError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => SqlError::TooMuchMemory { limit_mb: request.memory_bytes >> 20 },
        DataFusionError::ObjectStore(_) | DataFusionError::ParquetError(_) | DataFusionError::IoError(_) => {
            SqlError::Lake(engine_error(error))
        }
        DataFusionError::External(inner) if inner.is::<LakeError>() => {
            SqlError::Lake(LakeError::engine("search", inner))
        }
        DataFusionError::SchemaError(inner, _) => SqlError::Mistake(inner.to_string()),
        DataFusionError::Plan(said) | DataFusionError::Execution(said) | DataFusionError::NotImplemented(said) => {
            SqlError::Mistake(said.clone())
        }
        DataFusionError::SQL(inner, _) => SqlError::Mistake(inner.to_string()),
        other => SqlError::Mistake(other.strip_backtrace()),
    }
}
