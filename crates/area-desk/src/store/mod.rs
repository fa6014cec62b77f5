//! The tables of the desk. The only place of this crate with SQL.

pub(crate) mod alerts;
pub(crate) mod detections;
pub(crate) mod history;
pub(crate) mod overview;
