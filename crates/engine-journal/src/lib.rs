//! The journal: append, checksum, group commit, then acknowledge.
//!
//! Whoever receives an event writes it here first and tells the sender "received" only
//! after [`Journal::append`] has returned: by then the bytes are on the disk (`fdatasync`).
//! Everything after that (parsing, detection, the lake) reads the journal with a
//! [`JournalReader`], so a crash at any moment repeats work but loses nothing.
//!
//! * An entry has a sequence number. Numbers rise by one and are never given twice.
//! * Appends of several callers share one write and one sync (group commit).
//! * Files are segments `NNNNNNNNNNNNNNNNNNNN.seg`, named by their first sequence number;
//!   the layout is described in [`frame`].
//! * On opening, a torn tail is cut, damage in the middle is stepped over entry by entry,
//!   and both are told in [`Recovery`]. Damaged bytes are never returned as an entry.
//! * A full disk is the typed error [`JournalError::Full`]; the journal goes on working as
//!   soon as there is room again.
//!
//! The journal knows nothing of the contents of an entry and does not ask the clock.

pub mod entry;
pub mod error;
pub mod frame;
mod journal;
mod lock;
mod meta;
mod options;
mod reader;
mod recovery;
mod segment;
mod shared;
mod writer;

pub use entry::{Entry, TAG_BYTES};
pub use error::JournalError;
pub use journal::Journal;
pub use options::JournalOptions;
pub use reader::{Batch, JournalReader};
pub use recovery::{Damage, Recovery, TornTail};
pub use shared::JournalStats;
