//! Decoders and log sources: bytes in, events out.
//!
//! * [`Catalog`]: the compiled source definitions of `content/sources`.
//! * [`Parser`]: one record to one [`engine_event::Event`]; never fails, marks what it could not read.
//! * [`files`]: whole files and streams, recognised by content, to single records.
//!
//! Everything here treats input as hostile: size, depth, number of fields and time are bounded.

pub mod catalog;
pub mod decode;
pub mod files;
pub mod parser;
mod reading;
pub mod time;

pub use catalog::{Catalog, SourceKind};
pub use files::{FileFormat, Limits, Place, RawRecord, ReadError, RecordReader, Skipped};
pub use parser::{Parser, ParserOptions, Raw, Transport};
