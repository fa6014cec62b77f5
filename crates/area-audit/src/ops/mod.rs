//! What can be done with the trail.

pub(crate) mod read_trail;
