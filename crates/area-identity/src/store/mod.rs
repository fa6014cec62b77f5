//! The only place of the area with SQL.

pub(crate) mod account;
pub(crate) mod grant;
pub(crate) mod session;
