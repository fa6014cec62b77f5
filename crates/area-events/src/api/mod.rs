//! The programs' door.

pub(crate) mod search;
pub(crate) mod take_events;
