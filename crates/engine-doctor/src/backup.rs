//! Whether there is a backup that is young enough.

use crate::{Finding, Level};
use base_core::Timestamp;
use serde_json::Value;
use std::path::Path;

/// A backup older than this is told, in days: a week, and a day for the clock.
const OLD_DAYS: i64 = 8;
/// The file in the data folder that says how the last backup went.
pub const LAST_BACKUP: &str = "last-backup.json";

/// How the last attempt at a backup went, and when the last good one was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupFacts {
    /// When the last one that was finished was made.
    pub good_at: Option<Timestamp>,
    /// What went wrong the last time; `None` when nothing did.
    pub failed: Option<String>,
}

/// Reads what `mangrove backup create` noted in the data folder. A note that cannot be read says nothing.
#[must_use]
pub fn look_at_backup(data: &Path) -> BackupFacts {
    let text = std::fs::read_to_string(data.join(LAST_BACKUP)).unwrap_or_default();
    let noted: Value = serde_json::from_str(&text).unwrap_or_default();
    BackupFacts {
        good_at: noted.get("good_at").and_then(Value::as_i64).map(Timestamp::from_micros),
        failed: noted.get("failed").and_then(Value::as_str).map(str::to_owned),
    }
}

/// Notes how a backup went, for [`look_at_backup`]: written beside and put in place, so that it is never half there.
///
/// # Errors
/// When the file cannot be written.
pub fn note_backup(data: &Path, facts: &BackupFacts) -> std::io::Result<()> {
    let noted = serde_json::json!({ "good_at": facts.good_at.map(Timestamp::as_micros), "failed": facts.failed });
    let fresh = data.join(format!("{LAST_BACKUP}.new"));
    std::fs::write(&fresh, noted.to_string())?;
    std::fs::rename(fresh, data.join(LAST_BACKUP))
}

/// Looks at the facts at `now`.
#[must_use]
pub fn backup(facts: &BackupFacts, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(error) = &facts.failed {
        found.push(Finding::new("backup-failed", Level::Fault, error.as_str()));
    }
    found.push(match facts.good_at {
        None => Finding::new("backup-none", Level::Warning, ""),
        Some(at) if at.plus_secs(OLD_DAYS * 86_400) < now => Finding::new("backup-old", Level::Warning, at.to_string()),
        Some(at) => Finding::new("backup-young", Level::Well, at.to_string()),
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_missing_young_old_or_failed() {
        let dir = tempfile::tempdir().unwrap();
        let codes = |now| backup(&look_at_backup(dir.path()), now).iter().map(|f| f.code).collect::<Vec<_>>();
        let at = Timestamp::from_secs(1_400_000_000);
        assert_eq!(codes(at), ["backup-none"]);
        note_backup(dir.path(), &BackupFacts { good_at: Some(at), failed: None }).unwrap();
        assert_eq!(codes(at.plus_secs(86_400)), ["backup-young"]);
        assert_eq!(codes(at.plus_secs(9 * 86_400)), ["backup-old"]);
        note_backup(dir.path(), &BackupFacts { good_at: Some(at), failed: Some("disk full".into()) }).unwrap();
        assert_eq!(codes(at.plus_secs(86_400)), ["backup-failed", "backup-young"]);
    }
}
