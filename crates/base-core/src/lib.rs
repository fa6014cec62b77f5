//! The words every layer shares: ids, time, errors, severity, language, scope.
//!
//! Nothing here knows of SQL, HTTP or files. Time and randomness come in through
//! [`Clock`] and [`IdSource`], so that tests move a clock instead of sleeping.

pub mod clock;
pub mod content;
pub mod error;
pub mod fold;
pub mod id;
pub mod lang;
pub mod scope;
pub mod severity;
pub mod time;

pub use clock::{Clock, ManualClock, SharedClock, SystemClock};
pub use content::{ContentError, ContentFile};
pub use error::{Error, FieldError, Kind, Result};
pub use id::{AccountId, AlertId, IdSource, SourceId, SystemId, UnitId, WarningId};
pub use lang::Lang;
pub use scope::Scope;
pub use severity::Severity;
pub use time::Timestamp;

// Test dependencies switch features of getrandom on, on which DataFusion stands. With the same features here,
// `cargo demo` and `cargo xtask test` compile it once, not twice (docs/decisions/0001).
use getrandom as _;
