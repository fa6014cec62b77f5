//! The programs' door.

pub(crate) mod take_events;
