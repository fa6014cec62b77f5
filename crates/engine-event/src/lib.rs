//! The event: what a decoder makes of one log record, and what detection and the lake read.
//!
//! * [`Record`]: the fields, flat and in order, in one reusable buffer.
//! * [`LogSource`]: product, category and service in the sense of the Sigma taxonomy.
//! * [`Common`]: the few columns with ECS names that search knows by type.
//! * [`Event`]: all of it with times, owner, origin and the raw bytes.
//!
//! Original field names are kept: detection sees the names of the Sigma taxonomy
//! (`CommandLine`, `TargetUserName`), search adds [`Common`].

pub mod common;
pub mod event;
pub mod json;
pub mod logsource;
pub mod record;

pub use common::{Common, CommonField};
pub use event::{Event, EventId, Marks};
pub use logsource::LogSource;
pub use record::{Field, Kind, Record};
