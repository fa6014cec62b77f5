//! What stands in an archive beside the files.

use crate::error::BackupError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Format of archives this version writes, and the newest it reads.
pub const FORMAT: u32 = 1;
/// Name of the first entry.
pub(crate) const HEAD: &str = "mangrove-backup.json";
/// Name of the last entry.
pub(crate) const SUMS: &str = "mangrove-backup.sums.json";
/// Longest head and longest list of sums, in bytes: two million files.
pub(crate) const HEAD_MOST: u64 = 1 << 20;
pub(crate) const SUMS_MOST: u64 = 512 << 20;
/// Most files of an archive.
pub(crate) const FILES_MOST: usize = 2_000_000;

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Format of the archive.
    pub format: u32,
    /// Version of the program that made it, such as `0.1.0`.
    pub program: String,
    /// When it was begun, µs since 1970 UTC.
    pub created: i64,
    /// What else is good to know, such as the number of events.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Its name, parts divided by `/`.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The list of sums as stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub(crate) files: Vec<Sum>,
}

/// Whether a name stays inside the folder it is restored to, and needs no quoting anywhere.
///
/// # Errors
/// The name that does not.
pub(crate) fn check_name(name: &str) -> Result<(), BackupError> {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let fits = !name.is_empty() && name.len() <= 4_096 && !name.contains(['\0', '\\', '\n']);
    // `a//b` and `a/.` pass as components but are other spellings of one name.
    let one_spelling = !name.split('/').any(|part| part.is_empty() || part == "." || part == "..");
    if plain && fits && one_spelling { Ok(()) } else { Err(BackupError::Name(name.chars().take(200).collect())) }
}

/// Three numbers of a version; what does not parse counts as zero.
fn numbers(version: &str) -> [u64; 3] {
    let mut parts = version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

impl Head {
    /// Whether this version of the program (`own`) reads what that version wrote.
    ///
    /// # Errors
    /// [`BackupError::Newer`].
    pub fn check(&self, own: &str) -> Result<(), BackupError> {
        if self.format > FORMAT || numbers(&self.program) > numbers(own) {
            return Err(BackupError::Newer { made_by: self.program.clone(), own: own.to_owned() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        for good in ["a", "lake/data/day=2026-11-22/x.parquet", "khóa/chữ.key"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/./b", "a/", "a\0b", "a\\b", &"x/".repeat(3_000)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_a_newer_program_is_refused() {
        let head =
            |program: &str, format| Head { format, program: program.to_owned(), created: 0, facts: BTreeMap::new() };
        assert!(head("0.1.0", 1).check("0.1.0").is_ok());
        assert!(head("0.9.9", 1).check("0.10.0").is_ok());
        assert!(head("0.10.0", 1).check("0.9.9").is_err());
        assert!(head("0.1.0", FORMAT + 1).check("0.1.0").is_err());
    }
}
