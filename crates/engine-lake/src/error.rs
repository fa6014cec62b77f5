//! What can go wrong with a lake.

use std::path::PathBuf;

/// An error of a lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// A range was handed in that does not follow what is committed.
    #[error(
        "the lake has everything up to {committed}, but was given {start}..{end}: entries between are missing; write from {committed} on"
    )]
    Gap {
        /// Next sequence number the lake wants.
        committed: u64,
        /// Begin of the range.
        start: u64,
        /// End of the range.
        end: u64,
    },
    /// No room on the disk.
    #[error(
        "no room to write to the lake at {place} ({reason}); free some space on that disk, writing goes on from the journal"
    )]
    Full {
        /// Folder or store.
        place: String,
        /// What the operating system said.
        reason: String,
    },
    /// Another process has the folder.
    #[error("the lake folder {dir} is in use by {holder}; stop that program, or give this one another data folder")]
    Locked {
        /// The folder.
        dir: PathBuf,
        /// Who has it, as far as known.
        holder: String,
    },
    /// A file is not as it was written.
    #[error(
        "{file} is damaged or missing ({reason}); restore it from a backup, or remove it from the folder to go on without its events"
    )]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A file was written by a newer or unknown version.
    #[error("{file} has lake format {found}, this program knows {known}; use the program version that wrote it")]
    UnknownFormat {
        /// The file.
        file: String,
        /// Version in the file.
        found: u32,
        /// Version this program writes.
        known: u32,
    },
    /// The search needs more memory than it may have.
    #[error("the search needs more memory than it may have ({reason}); narrow the time range or the query")]
    TooBroad {
        /// What the engine said.
        reason: String,
    },
    /// The store or the engine below refused.
    #[error("the lake cannot {action}: {reason}; see the log and check the disk")]
    Engine {
        /// What was tried.
        action: &'static str,
        /// What was said.
        reason: String,
    },
}

impl LakeError {
    /// An error of the store or engine below.
    pub fn engine(action: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Engine { action, reason: reason.to_string() }
    }

    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}
