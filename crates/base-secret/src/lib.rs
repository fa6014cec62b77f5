//! Secrets at rest: values the program must read again (not only compare), sealed under the key of the
//! installation before they reach the database.
//!
//! The key is 32 random bytes in `<data>/keys/secrets.key`, outside the database, so that a copy of the database
//! alone opens nothing. [`Vault`] seals and opens; [`key_of_records`] and [`use_key`] remember which key the
//! records belong to, so that a lost or foreign key is told at the start and not at somebody's sign-in.
//!
//! What only has to be compared (passwords, tokens, recovery codes) is hashed and does not belong here.

mod register;
mod vault;

pub use register::{key_of_records, use_key};
pub use vault::{KEY_BYTES, Vault};

use base_db::Migration;

/// The table that names the key.
pub const MIGRATIONS: &[Migration] = &[Migration {
    area: "secret",
    name: "20261123T0310_secret_key",
    sql: include_str!("../migrations/20261123T0310_secret_key.sql"),
}];
