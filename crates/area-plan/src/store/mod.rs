//! The tables of the plan. The only place of this crate with SQL.

pub(crate) mod declared;
pub(crate) mod measured;
