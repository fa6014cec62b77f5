//! The only place of the area with SQL.

pub(crate) mod contact;
pub(crate) mod machine;
pub(crate) mod set;
pub(crate) mod system;
pub(crate) mod unit;
