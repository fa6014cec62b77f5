//! The backup archive: what it is made of, and how it is made, verified and restored.
//!
//! An archive is one file: a tar with the files, compressed with zstd, encrypted with age. So a person
//! without this program opens it, too: `age -d -i key backup | zstd -d | tar x`. In the tar,
//!
//! * the first entry, `mangrove-backup.json`, is the [`Head`]: format, program, time, facts;
//! * the files follow under the names they are given;
//! * the last entry, `mangrove-backup.sums.json`, lists every file with its length and SHA-256.
//!
//! Everything streams: memory does not grow with the archive, but for the list of names. Age protects
//! every 64 KiB against change and the end against being cut off; the sums protect against this
//! program's own mistakes, and against a disk that changes bytes between reading and writing.
//!
//! What is put in, and what it means that it is consistent, is the business of who calls: this crate knows
//! neither databases nor lakes.

mod age;
mod archive;
mod create;
mod error;
mod keys;
mod read;
mod restore;

pub use archive::{FORMAT, Head, Sum};
pub use create::{Bytes, Item, create};
pub use error::BackupError;
pub use keys::{Identities, Recipients, new_key};
pub use read::{Verified, head, verify};
pub use restore::restore;

/// How far the work is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files done.
    pub files: u64,
    /// Bytes of files done.
    pub bytes: u64,
    /// The file at hand.
    pub name: String,
}

/// Hears how far the work is; `false` ends it.
pub type Told<'a> = dyn FnMut(&Progress) -> bool + 'a;
