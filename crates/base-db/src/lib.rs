//! Access to the records: two pools over one database, write transactions, migrations, a query builder.
//!
//! SQLite or PostgreSQL: the SQL of the areas is common ground (`$1` placeholders,
//! TEXT, BIGINT, DOUBLE PRECISION, `ON CONFLICT`, `RETURNING`, CTE, window functions), and every
//! suite is run on both. What differs is in `sqlite.rs` and `postgres.rs`, nowhere else.
//! Some rules follow from `sqlx::Any`, which carries it, and from the two databases:
//!
//! * truth values are `BIGINT` 0 or 1 ([`flag`] writes, [`RowExt::flag`] reads), because the driver
//!   refuses SQLite columns declared BOOLEAN;
//! * times are `BIGINT` microseconds UTC ([`base_core::Timestamp`]);
//! * bind `&str`, `String`, `i64`, `f64` or an `Option` of these, nothing else;
//! * a sum of BIGINT is cast back to BIGINT; text from outside that is bound without [`Sql`] passes
//!   [`clean`], because PostgreSQL refuses a zero character;
//! * after a refused statement a transaction is over: PostgreSQL runs nothing more in it.
//!
//! Durability: write-ahead log with `synchronous = FULL`, so that a committed transaction is on
//! disk. The journal of events is cut after such a commit, hence nothing less will do
//! (`docs/decisions/0020-records-in-sqlite.md`, `0028-two-databases-one-text.md`).

mod copy;
mod db;
mod error;
mod migrate;
mod postgres;
mod row;
mod sql;
mod sqlite;
mod tx;

pub use copy::{check_file, copy_file};
pub use db::{Db, Engine};
pub use error::DbExt;
pub use migrate::{Migration, migrate};
pub use row::{RowExt, clean, flag};
pub use sql::{Param, Sql};
pub use tx::Tx;

pub use sqlx::AnyPool;
pub use sqlx::any::AnyRow;
