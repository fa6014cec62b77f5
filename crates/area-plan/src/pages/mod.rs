//! Pages of the plan.

pub(crate) mod declare;
pub(crate) mod export;
pub(crate) mod index;
pub(crate) mod indicator;
pub(crate) mod measure_now;
mod shared;

/// Where the pages live.
pub(crate) const INDEX: &str = "/ke-hoach";
