//! Jobs of the area.

mod sign_daily;

pub use sign_daily::SignJob;
