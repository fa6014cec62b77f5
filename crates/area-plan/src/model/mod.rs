//! Types and rules of the plan's indicators; no SQL, no HTTP.

pub mod indicator;
pub mod measurement;

pub use indicator::Indicator;
pub use measurement::{Confidence, Declared, Measurement, UnitFigure};
