//! One file that is appended to: reading lines from where the last reading ended.

use super::checkpoint::Mark;
use super::lines::{Limits, cut};
use super::listing::{self, Found};
use bytes::Bytes;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// Bytes of the beginning that a file is told apart by.
const HEAD_BYTES: usize = 1024;
/// Bytes before the offset that say whether another file is a copy.
const TAIL_BYTES: usize = 256;

/// A file that is followed.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) name: String,
    pub(crate) mark: Mark,
    /// Open while there is something to read: a file that is renamed or removed can be read to its end.
    pub(crate) file: Option<File>,
    /// Size and time of the last look.
    pub(crate) seen: (u64, i128),
    /// Looks since something was new.
    pub(crate) quiet: u32,
    /// It is no longer where new lines are written: its last line needs no line feed.
    pub(crate) last: bool,
}

/// Lines of a file, and the mark that holds once the sink has them.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) records: Vec<(Bytes, bool)>,
    pub(crate) mark: Mark,
}

fn sum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().chars().take(32).collect()
}

/// Bytes of a file from an offset, as many as there are.
fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|r| !r.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

impl Follower {
    /// From the beginning of a file just found.
    pub(crate) fn fresh(found: &Found) -> Self {
        let mark = Mark { device: found.device, inode: found.inode, ..Mark::default() };
        Self::at(found.name.clone(), mark)
    }

    /// From a mark.
    pub(crate) const fn at(name: String, mark: Mark) -> Self {
        Self { name, mark, file: None, seen: (0, 0), quiet: 0, last: false }
    }

    /// Whether this is the file at a name.
    pub(crate) const fn is(&self, found: &Found) -> bool {
        self.mark.device == found.device && self.mark.inode == found.inode
    }

    /// The open file; opened by its name when it is not, and it must still be the same one.
    pub(crate) fn open(&mut self, folder: &Path) -> io::Result<&File> {
        if self.file.is_none() {
            let file = listing::open(folder, &self.name)?;
            let meta = file.metadata()?;
            if (meta.dev(), meta.ino()) != (self.mark.device, self.mark.inode) {
                return Err(io::Error::other("became another file since the last look"));
            }
            self.file = Some(file);
        }
        self.file.as_ref().ok_or_else(|| io::Error::other("is not open"))
    }

    /// Whether what was read is still there: not so after a truncation, even if the file has grown again.
    pub(crate) fn is_continued(&mut self, folder: &Path, size: u64) -> io::Result<bool> {
        if size < self.mark.offset {
            return Ok(false);
        }
        let (offset, head_bytes) = (self.mark.offset, length(self.mark.head_bytes));
        let file = self.open(folder)?;
        let head = read_at(file, 0, head_bytes)?;
        let before = read_at(file, offset.saturating_sub(TAIL_BYTES as u64), length(offset.min(TAIL_BYTES as u64)))?;
        Ok(sum(&head) == self.mark.head || head_bytes == 0 && (offset == 0 || sum(&before) == self.mark.tail))
    }

    /// The next whole lines; `None` at the end.
    pub(crate) fn lines(&mut self, folder: &Path, limits: Limits) -> io::Result<Option<Lines>> {
        let (mark, last) = (self.mark.clone(), self.last);
        let want = limits.window();
        let file = self.open(folder)?;
        let bytes = Bytes::from(read_at(file, mark.offset, want)?);
        if bytes.is_empty() {
            return Ok(None);
        }
        let whole = bytes.len() < want && last;
        let piece = cut(&bytes, mark.skipping, whole, limits);
        if piece.used == 0 {
            return Ok(None);
        }
        let mut next = Mark { offset: mark.offset + piece.used as u64, skipping: piece.skipping, ..mark };
        let from = next.offset.saturating_sub(TAIL_BYTES as u64);
        next.tail = sum(&read_at(file, from, length(next.offset - from))?);
        if length(next.head_bytes) < HEAD_BYTES && next.head_bytes < next.offset {
            let head = read_at(file, 0, HEAD_BYTES.min(length(next.offset)))?;
            (next.head_bytes, next.head) = (head.len() as u64, sum(&head));
        }
        Ok(Some(Lines { records: piece.lines, mark: next }))
    }
}

/// Whether a file begins as the marked one did and has the same bytes before the offset: a copy of it.
pub(crate) fn is_copy(folder: &Path, found: &Found, mark: &Mark) -> bool {
    let compare = || -> io::Result<bool> {
        let file = listing::open(folder, &found.name)?;
        let head = read_at(&file, 0, length(mark.head_bytes))?;
        let from = mark.offset.saturating_sub(TAIL_BYTES as u64);
        let tail = read_at(&file, from, length(mark.offset - from))?;
        Ok(sum(&head) == mark.head && sum(&tail) == mark.tail)
    };
    mark.offset > 0 && found.size >= mark.offset && compare().unwrap_or(false)
}
