//! Looking at a folder: which files there are, and opening them without being led elsewhere.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 100_000;

/// A regular file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    /// When it was last written, in nanoseconds.
    pub(crate) modified: i128,
}

/// The regular files of a folder, by name. Names that are no UTF-8 are left out.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(MOST_ENTRIES) {
        let entry = entry?;
        // Gone between the listing and the look: the next look does not see it.
        let Ok(meta) = entry.path().symlink_metadata() else { continue };
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if meta.is_file() {
            found.push(Found {
                name,
                device: meta.dev(),
                inode: meta.ino(),
                size: meta.len(),
                modified: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Opens a file of a folder, unless it became a link, a pipe or a folder since it was listed.
pub(crate) fn open(folder: &Path, name: &str) -> io::Result<File> {
    // Waiting for the other end of a pipe would wait for ever.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(folder.join(name))?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("is no regular file")) }
}

/// Whether a name fits a pattern in which `*` stands for any text.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether a name is what rotation makes of another: `app.log.1`, `app.log-20261122`, `app.log.1.gz`.
pub(crate) fn is_rotated(name: &str, of: &str) -> bool {
    let behind = |of: &str| name.strip_prefix(of).is_some_and(|r| r.starts_with(['.', '-', '_']) && r.len() > 1);
    // Also `app-20261122.log`, where the ending is kept.
    let kept_ending = Path::new(of).extension().and_then(OsStr::to_str).is_some_and(|ending| {
        let stem = of.strip_suffix(ending).and_then(|s| s.strip_suffix('.')).unwrap_or(of);
        name.ends_with(ending) && behind(stem) && name != of
    });
    behind(of) || kept_ending
}

/// Whether a name says that the file is compressed.
pub(crate) fn is_packed(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
    ["gz", "bz2", "xz", "zst", "zip"].iter().any(|e| ending.eq_ignore_ascii_case(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, fits) in [
            ("*.log", "a.log", true),
            ("*.log", "a.log.1", false),
            ("*", "anything", true),
            ("u_ex*.log", "u_ex261122.log", true),
            ("u_ex*.log", "w3.log", false),
            ("app.log", "app.log", true),
            ("app.log", "app.log2", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXcYYb", false),
            ("*aa", "aa", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn rotated_names_are_known() {
        for (name, rotated) in [
            ("app.log.1", true),
            ("app.log-20261122", true),
            ("app.log.2.gz", true),
            ("app-20261122.log", true),
            ("app.log", false),
            ("application.log", false),
            ("other.log.1", false),
        ] {
            assert_eq!(is_rotated(name, "app.log"), rotated, "{name}");
        }
        assert!(is_packed("app.log.2.gz") && !is_packed("app.log.2"));
    }

    #[test]
    fn links_and_pipes_are_no_files() {
        let dir = tempfile::tempdir().expect("temp dir");
        std::fs::write(dir.path().join("b"), "x").expect("writes");
        std::fs::write(dir.path().join("a"), "x").expect("writes");
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link")).expect("links");
        std::fs::create_dir(dir.path().join("folder")).expect("makes");
        let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe")).status().expect("mkfifo");
        assert!(made.success());
        let names: Vec<_> = list(dir.path()).expect("lists").into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["a", "b"]);
        for name in ["link", "pipe", "folder"] {
            assert!(open(dir.path(), name).is_err(), "{name}");
        }
    }
}
