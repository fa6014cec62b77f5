//! Which files a hunt reads: paths as given, folders walked, each once, in a fixed order.

use crate::skip::Skip;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most files one hunt takes. Beyond it the rest is reported as skipped.
pub const MAX_INPUTS: usize = 1_000_000;

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input, named `-`.
    Stdin,
}

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Name for people: the path as given, joined with the place below it.
    pub name: Arc<str>,
    /// Where its bytes come from.
    pub origin: Origin,
    /// Size in bytes as stored; 0 for standard input.
    pub size: u64,
}

/// Everything to read, and what could not even be listed.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// In the order given; within a folder by name.
    pub list: Vec<Input>,
    /// Paths that are missing, unreadable or empty.
    pub skips: Vec<Skip>,
}

impl Inputs {
    /// Lists `paths`: `-` is standard input, folders are walked, symbolic links inside them
    /// are not followed, a file named twice is read once.
    #[must_use]
    pub fn gather<P: AsRef<Path>>(paths: &[P]) -> Self {
        let mut inputs = Self::default();
        let mut seen = HashSet::new();
        for path in paths {
            let path = path.as_ref();
            if path.as_os_str() == "-" {
                if !inputs.list.iter().any(|i| i.origin == Origin::Stdin) {
                    inputs.list.push(Input { name: Arc::from("-"), origin: Origin::Stdin, size: 0 });
                }
                continue;
            }
            inputs.add_path(path, &mut seen);
        }
        inputs
    }

    /// Bytes of all files as stored.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.list.iter().fold(0, |sum, i| sum.saturating_add(i.size))
    }

    /// Leaves out a file that is not meant to be read, such as the result being written.
    pub fn leave_out(&mut self, path: &Path) {
        let Ok(own) = std::fs::canonicalize(path) else { return };
        self.list.retain(|input| match &input.origin {
            Origin::File(file) => std::fs::canonicalize(file).is_ok_and(|f| f != own),
            Origin::Stdin => true,
        });
    }

    fn add_path(&mut self, path: &Path, seen: &mut HashSet<PathBuf>) {
        let meta = match std::fs::metadata(path) {
            Ok(meta) => meta,
            Err(e) => {
                self.skips.push(unreadable(path, &e));
                return;
            }
        };
        if meta.is_dir() {
            self.walk(path, seen);
        } else if meta.is_file() || is_pipe(&meta) {
            self.add_file(path, meta.len(), seen);
        } else {
            self.skips.push(special(path));
        }
    }

    fn walk(&mut self, root: &Path, seen: &mut HashSet<PathBuf>) {
        let mut files = 0_u64;
        for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => {
                    let place = e.path().unwrap_or(root).to_path_buf();
                    let cause = e.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
                    self.skips.push(unreadable(&place, &cause));
                    continue;
                }
            };
            let kind = entry.file_type();
            if kind.is_dir() || kind.is_symlink() {
                continue;
            }
            files += 1;
            if !kind.is_file() {
                self.skips.push(special(entry.path()));
                continue;
            }
            let size = entry.metadata().map_or(0, |m| m.len());
            self.add_file(entry.path(), size, seen);
        }
        if files == 0 {
            self.skips.push(Skip::input(
                root.to_string_lossy(),
                "the folder holds no files",
                "name a folder that holds log files, or the files themselves",
            ));
        }
    }

    fn add_file(&mut self, path: &Path, size: u64, seen: &mut HashSet<PathBuf>) {
        // The canonical path only tells repeats apart; people see the path they gave.
        let same = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if !seen.insert(same) {
            return;
        }
        if self.list.len() >= MAX_INPUTS {
            self.skips.push(Skip::input(
                path.to_string_lossy(),
                format!("more than {MAX_INPUTS} files in one run"),
                "run the hunt folder by folder",
            ));
            return;
        }
        self.list.push(Input {
            name: Arc::from(path.to_string_lossy().as_ref()),
            origin: Origin::File(path.to_path_buf()),
            size,
        });
    }
}

#[cfg(unix)]
fn is_pipe(meta: &std::fs::Metadata) -> bool {
    // `<(zcat …)` of a shell is a pipe with a name: it is read like a file.
    std::os::unix::fs::FileTypeExt::is_fifo(&meta.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

fn special(path: &Path) -> Skip {
    Skip::input(path.to_string_lossy(), "neither a file nor a folder (a device or socket)", "name a file or a folder")
}

/// The skip of a path that cannot be opened or listed.
#[must_use]
pub fn unreadable(path: &Path, cause: &std::io::Error) -> Skip {
    let remedy = match cause.kind() {
        std::io::ErrorKind::NotFound => "check the spelling of the path",
        std::io::ErrorKind::PermissionDenied => "run as a user who may read it, or copy it and read the copy",
        _ => "check the disk, or copy the file elsewhere and read the copy",
    };
    Skip::input(path.to_string_lossy(), format!("cannot be read: {cause}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_each_file_once_in_order_and_names_what_is_missing() {
        let dir = tempfile::tempdir().expect("folder");
        let at = |n: &str| dir.path().join(n);
        std::fs::create_dir(at("b")).expect("made");
        for name in ["z.log", "b/y.log", "a.log"] {
            std::fs::write(at(name), "x").expect("written");
        }
        let inputs = Inputs::gather(&[dir.path().to_path_buf(), at("a.log"), at("gone"), PathBuf::from("-")]);
        let names: Vec<_> =
            inputs.list.iter().map(|i| i.name.rsplit('/').next().unwrap_or_default().to_owned()).collect();
        assert_eq!(names, ["a.log", "y.log", "z.log", "-"]);
        assert_eq!(inputs.total_bytes(), 3);
        assert_eq!(inputs.skips.len(), 1);
        assert!(inputs.skips[0].input.ends_with("gone"));
        assert!(inputs.skips[0].remedy.contains("spelling"));
    }

    #[test]
    fn an_empty_folder_is_told() {
        let dir = tempfile::tempdir().expect("folder");
        let inputs = Inputs::gather(&[dir.path()]);
        assert!(inputs.list.is_empty());
        assert!(inputs.skips[0].reason.contains("no files"));
    }
}
