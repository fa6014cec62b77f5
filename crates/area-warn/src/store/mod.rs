//! The tables of warnings. The only place of this crate with SQL.

pub(crate) mod history;
pub(crate) mod outbox;
pub(crate) mod warnings;
