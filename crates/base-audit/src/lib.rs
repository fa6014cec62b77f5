//! The audit trail: who did what to what, chained by hash so that a later change shows, and signed once a day.
//!
//! [`record`] writes within the transaction of the act, so that neither exists without the other. Each row
//! carries the hash of the row before; [`verify`] walks the chain and names the first row that does not fit.
//! [`sign`] vouches for the whole of it by a checkpoint that any tool for signed notes can check, so that even
//! somebody who seals the whole chain anew is found out (`docs/security/audit.md`).

mod chain;
mod checkpoint;
mod export;
mod list;
mod mask;
mod merkle;
mod note;
mod record;
mod sealed;
mod verify;

pub use chain::{Broken, Fault, Verified, Walker};
pub use checkpoint::{Signed, all as checkpoints, mark_sent, newest as newest_checkpoints, sign};
pub use export::{Checked, Exporter, Unreadable, verify_export};
pub use list::{AuditRow, Filter, actions, of_object, search};
pub use merkle::Tree;
pub use note::{Checkpoint, NoteError, Signer, Verifier};
pub use record::{Act, record, record_reading};
pub use sealed::Entry;
pub use verify::{verify, verify_signed};

use base_db::Migration;

/// The tables of the trail.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        area: "audit",
        name: "20261122T0300_trail",
        sql: include_str!("../migrations/20261122T0300_trail.sql"),
    },
    Migration {
        area: "audit",
        name: "20261123T0300_signed",
        sql: include_str!("../migrations/20261123T0300_signed.sql"),
    },
];
