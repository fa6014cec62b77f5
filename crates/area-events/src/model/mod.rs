//! Types and rules of sources, counts and uploads; no SQL, no HTTP.

pub mod counts;
pub mod gap;
pub mod health;
pub mod identity;
pub mod keep;
pub mod range;
pub mod refusal;
pub mod saved_search;
pub mod silence;
pub mod source;
pub mod token;
pub mod upload;

pub use counts::{BatchCounts, Checkpoint, Totals};
pub use keep::{Required, RequiredKeep, SourceKeep};
pub use refusal::{Reason, Refusal};
pub use source::{Health, Source, SourceForm, SourceRow, Transport};
pub use upload::{Upload, UploadSkip, UploadState};
