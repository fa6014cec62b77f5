//! The audit trail: who did what to what, chained by hash so that a later change shows.
//!
//! [`record`] writes within the transaction of the act, so that neither exists without the other.
//! Each row carries the hash of the row before; [`verify`] walks the chain and names the first
//! row that does not fit.

mod chain;
mod list;
mod record;

pub use chain::{Broken, Verified, verify};
pub use list::{AuditRow, list};
pub use record::{Act, record};

use base_db::Migration;

/// The tables of the trail.
pub const MIGRATIONS: &[Migration] = &[Migration {
    area: "audit",
    name: "20261122T0300_trail",
    sql: include_str!("../migrations/20261122T0300_trail.sql"),
}];
