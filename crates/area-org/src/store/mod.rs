//! The only place of the area with SQL.

pub(crate) mod contact;
pub(crate) mod event;
pub(crate) mod import;
pub(crate) mod machine;
pub(crate) mod people;
pub(crate) mod set;
pub(crate) mod system;
pub(crate) mod unit;
