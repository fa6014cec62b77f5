//! What became of a file that is no longer at its name, or was emptied.
//!
//! Rotation comes in two kinds. *Rename and create*: the file goes on under another name, with the same
//! inode. *Copy and truncate*: its content goes on in a copy, which is known by the same beginning and the
//! same bytes before our offset. In both the rest is read from there; packed files are not opened, so what
//! was packed before it was read is told.

use super::checkpoint::Mark;
use super::listing::{Found, is_packed, is_rotated};
use super::reading::{Follower, is_copy};
use std::path::Path;

/// Where the rest of a file is.
#[derive(Debug)]
pub(crate) enum Rest {
    /// In this file of the folder, from the mark's offset.
    In(Found),
    /// Nowhere that could be found.
    Lost,
}

/// Looks for the rest of what a mark is of, by inode and then by content.
pub(crate) fn rest_of(folder: &Path, found: &[Found], name: &str, mark: &Mark) -> Rest {
    // The inode of a removed file is given to the next new one, so the content has to agree as well.
    let renamed = found.iter().find(|f| {
        let same = f.name != name && f.device == mark.device && f.inode == mark.inode;
        same && (mark.offset == 0 || is_copy(folder, f, mark))
    });
    let copied = || {
        let candidates = found.iter().filter(|f| is_rotated(&f.name, name) && !is_packed(&f.name));
        candidates.into_iter().find(|f| is_copy(folder, f, mark))
    };
    renamed.or_else(copied).map_or(Rest::Lost, |f| Rest::In(f.clone()))
}

/// A follower that reads a rest to its end, last line included.
pub(crate) fn finish(found: &Found, mark: &Mark) -> Follower {
    let mark = Mark { device: found.device, inode: found.inode, ..mark.clone() };
    Follower { last: true, ..Follower::at(found.name.clone(), mark) }
}
