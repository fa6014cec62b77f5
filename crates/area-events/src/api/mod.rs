//! The programs' door.

pub(crate) mod intake;
pub(crate) mod search;
