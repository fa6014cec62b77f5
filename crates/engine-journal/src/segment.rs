//! Segment files: their names, making one, and walking through one frame by frame.

use crate::error::JournalError;
use crate::frame::{self, FORMAT, FrameHeader, HEADER_BYTES, SEGMENT_HEADER_BYTES, Seal, SegmentHeader};
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is read at once when walking.
const CHUNK_BYTES: usize = 256 * 1024;
/// Offset of the first frame.
pub(crate) const FIRST_FRAME: u64 = SEGMENT_HEADER_BYTES as u64;

/// Path of the segment whose first entry has this number.
pub(crate) fn path_of(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.seg"))
}

/// The first sequence number from a segment's file name; `None` for other files.
pub(crate) fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// Makes an empty segment and makes its name durable. A file of that name can only hold
/// entries that were never acknowledged, so it is emptied.
pub(crate) fn create(dir: &Path, instance: u64, first: u64) -> Result<(File, PathBuf), JournalError> {
    let path = path_of(dir, first);
    let header = SegmentHeader { format: FORMAT, instance, first }.to_bytes();
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path).and_then(|file| {
        file.write_all_at(&header, 0)?;
        file.sync_data()?;
        Ok(file)
    });
    let file = made.map_err(|e| {
        let error = JournalError::write("make the segment", &path, header.len() as u64, e);
        // An empty file without header would be reported as damage later.
        let _ = std::fs::remove_file(&path);
        error
    })?;
    crate::meta::sync_dir(dir)?;
    Ok((file, path))
}

/// What was found at a place of a segment.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A sound frame.
    Frame { sequence: u64, payload: &'a [u8] },
    /// Bytes that are no sound frame, with a sound one (or a known length) behind them.
    Damaged(Range<u64>),
    /// No sound frame from this offset to the end of the file (an empty range: a clean end).
    End(Range<u64>),
}

enum Found {
    Frame(FrameHeader),
    Damaged(u64),
    End,
}

/// Walks through a segment with bounded memory.
#[derive(Debug)]
pub(crate) struct Walker {
    file: Arc<File>,
    seal: Seal,
    /// Offset of the next frame.
    at: u64,
    length: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl Walker {
    /// A walker from offset `at` of a file of `length` bytes.
    pub(crate) fn new(file: Arc<File>, seal: Seal, at: u64, length: u64) -> Self {
        Self { file, seal, at, length, buffer: Vec::new(), buffer_at: 0 }
    }

    /// Offset of what the next step looks at.
    pub(crate) const fn offset(&self) -> u64 {
        self.at
    }

    /// The next step. Frames are believed only with a sequence number in `numbers`;
    /// a frame at or beyond its end was never acknowledged and ends the walk.
    pub(crate) fn step(&mut self, numbers: &Range<u64>) -> io::Result<Step<'_>> {
        let from = self.at;
        match self.look(numbers)? {
            Found::End => Ok(Step::End(from..self.length)),
            Found::Damaged(to) => {
                self.at = to;
                Ok(Step::Damaged(from..to))
            }
            Found::Frame(header) => {
                self.at += header.frame_bytes() as u64;
                let payload = self.bytes(from + HEADER_BYTES as u64, header.length)?;
                Ok(Step::Frame { sequence: header.sequence, payload })
            }
        }
    }

    fn look(&mut self, numbers: &Range<u64>) -> io::Result<Found> {
        if self.at >= self.length {
            return Ok(Found::End);
        }
        let at = self.at;
        if let Some(header) = self.header(at)? {
            if header.sequence >= numbers.end {
                return Ok(Found::End);
            }
            if header.sequence >= numbers.start && self.whole(at, &header) {
                if header.fits(self.bytes(at + HEADER_BYTES as u64, header.length)?) {
                    return Ok(Found::Frame(header));
                }
                return Ok(Found::Damaged(at + header.frame_bytes() as u64));
            }
        }
        Ok(self.find_sound(at + 1, numbers)?.map_or(Found::End, Found::Damaged))
    }

    /// Offset of the first sound frame at or after `from`.
    fn find_sound(&mut self, from: u64, numbers: &Range<u64>) -> io::Result<Option<u64>> {
        let mut at = from;
        while at + HEADER_BYTES as u64 <= self.length {
            let left = usize::try_from(self.length - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
            let Some(mark) = frame::find_mark(self.bytes(at, left)?, 0) else {
                // A mark may lie across the border of two chunks.
                at += (left as u64).saturating_sub(3).max(1);
                continue;
            };
            at += mark as u64;
            if let Some(header) = self.header(at)?
                && numbers.contains(&header.sequence)
                && self.whole(at, &header)
                && header.fits(self.bytes(at + HEADER_BYTES as u64, header.length)?)
            {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(None)
    }

    fn whole(&self, at: u64, header: &FrameHeader) -> bool {
        at.saturating_add(header.frame_bytes() as u64) <= self.length
    }

    fn header(&mut self, at: u64) -> io::Result<Option<FrameHeader>> {
        if at + HEADER_BYTES as u64 > self.length {
            return Ok(None);
        }
        let seal = self.seal;
        Ok(FrameHeader::from_bytes(self.bytes(at, HEADER_BYTES)?, seal))
    }

    /// `count` bytes at offset `at`; both were checked against the file's length.
    fn bytes(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let held = self.buffer_at..self.buffer_at + self.buffer.len() as u64;
        if at < held.start || at + count as u64 > held.end {
            let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
            self.buffer.resize(count.max(CHUNK_BYTES).min(left), 0);
            self.buffer_at = at;
            if let Err(e) = self.file.read_exact_at(&mut self.buffer, at) {
                self.buffer.clear();
                return Err(e);
            }
        }
        let start = usize::try_from(at - self.buffer_at).unwrap_or(usize::MAX);
        self.buffer
            .get(start..start.saturating_add(count))
            .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the segment is shorter than it was"))
    }
}
