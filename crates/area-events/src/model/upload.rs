//! Files handed in through the console, and what became of them.

use base_core::{SourceId, Timestamp, UnitId};

/// Largest file taken, in bytes. Longer logs are cut into several files, or sent by the API.
pub const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Most skipped places told per file; all are counted.
pub const MAX_SKIPS_TOLD: i64 = 200;

/// Where an upload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// The file is being read into the journal.
    Running,
    /// Everything readable is in the journal.
    Done,
    /// Nothing could be read, or the journal refused; see the message.
    Failed,
}

impl UploadState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            UploadState::Running => "running",
            UploadState::Done => "done",
            UploadState::Failed => "failed",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "done" => UploadState::Done,
            "failed" => UploadState::Failed,
            _ => UploadState::Running,
        }
    }
}

/// An upload as stored.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Identity; also the name of its file in the spool folder.
    pub id: String,
    /// The source its events belong to.
    pub source: SourceId,
    /// The unit.
    pub unit: Option<UnitId>,
    /// Name of the file as the person had it.
    pub file_name: String,
    /// Its length.
    pub bytes: i64,
    /// What it was recognised as.
    pub format: Option<String>,
    /// Where it stands.
    pub state: UploadState,
    /// Records that are in the journal.
    pub records: i64,
    /// Places that were skipped.
    pub skipped: i64,
    /// Records estimated lost in them.
    pub lost: i64,
    /// Why it failed.
    pub message: Option<String>,
    /// Who handed it in.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
    /// When it was done with.
    pub finished_at: Option<Timestamp>,
}

/// A place in a file that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadSkip {
    /// The input: the file, or one within a compressed one.
    pub input: String,
    /// Line, byte or record.
    pub place: String,
    /// What was wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
    /// Records estimated lost.
    pub lost: i64,
}
