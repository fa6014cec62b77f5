//! The tables of the events area. The only place of this crate with SQL.

pub(crate) mod counts;
pub(crate) mod gaps;
pub(crate) mod health;
pub(crate) mod refusals;
pub(crate) mod saved;
pub(crate) mod silence;
pub(crate) mod sources;
pub(crate) mod uploads;
