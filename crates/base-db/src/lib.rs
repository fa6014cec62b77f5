//! Access to the records: two pools over one database, write transactions, migrations, a query builder.
//!
//! SQLite today, PostgreSQL later: the SQL of the areas is common ground (`$1` placeholders,
//! TEXT, BIGINT, DOUBLE PRECISION, `ON CONFLICT`, `RETURNING`, CTE, window functions).
//! Three rules follow from `sqlx::Any`, which carries it:
//!
//! * truth values are `BIGINT` 0 or 1 ([`flag`] writes, [`RowExt::flag`] reads), because the driver
//!   refuses SQLite columns declared BOOLEAN;
//! * times are `BIGINT` microseconds UTC ([`base_core::Timestamp`]);
//! * bind `&str`, `String`, `i64`, `f64`, `Vec<u8>` or an `Option` of these, nothing else.
//!
//! Durability: write-ahead log with `synchronous = FULL`, so that a committed transaction is on
//! disk. The journal of events is cut after such a commit, hence nothing less will do
//! (`docs/decisions/0020-records-in-sqlite.md`).

mod db;
mod error;
mod migrate;
mod row;
mod sql;
mod tx;

pub use db::Db;
pub use error::DbExt;
pub use migrate::{Migration, migrate};
pub use row::{RowExt, flag};
pub use sql::Sql;
pub use tx::Tx;

pub use sqlx::AnyPool;
pub use sqlx::any::AnyRow;
