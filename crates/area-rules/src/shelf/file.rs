//! Files of indicators in the data folder: taken in, checked, opened again.
//!
//! Whatever was handed in (plain, gzip, zstd) lies there compressed with zstd. Reading streams:
//! however long a list, only a buffer of it is in memory.

use crate::model::indicator_list::{ListReport, MAX_PLAIN_BYTES};
use base_core::Timestamp;
use engine_detect::indicators::load::{self, Format};
use engine_detect::indicators::{Builder, ListSpec};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

/// Bytes from which the format is told.
const HEAD: usize = 4_096;
/// Bytes read and written at a time.
const PIECE: usize = 64 * 1024;
/// Level of compression: lists are written once and read at every start.
const LEVEL: i32 = 3;
/// A file that no record knows is left alone so long, in seconds: its record may be on its way.
const YOUNG: i64 = 3_600;

/// A file as taken in.
#[derive(Debug)]
pub struct Stored {
    /// How it is written.
    pub format: Format,
    /// BLAKE3 of its text.
    pub digest: String,
    /// Length of its text.
    pub bytes: u64,
    /// What the reader said.
    pub report: ListReport,
    /// When it was taken in.
    pub at: Timestamp,
}

/// Why a file was not taken in.
#[derive(Debug)]
pub enum Refused {
    /// It has no content.
    Empty,
    /// It is a zip archive or something else that is no text.
    NotText,
    /// Its text is longer than is read.
    TooLong,
    /// It breaks off or is damaged.
    Damaged(String),
    /// The disk refuses.
    Disk(io::Error),
}

impl Refused {
    /// Its code among the errors of forms.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Refused::Empty => "list-empty",
            Refused::NotText => "list-not-text",
            Refused::TooLong => "list-long",
            Refused::Damaged(_) => "list-damaged",
            Refused::Disk(_) => "list-disk",
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::Empty => f.write_str("has no content; give a file of indicators"),
            Refused::NotText => {
                f.write_str("is no text; give text, CSV, JSON lines, MISP or STIX, also gzip or zstd, and unpack zip archives first")
            }
            Refused::TooLong => f.write_str("is longer than 4 GiB; leave out old indicators"),
            Refused::Damaged(why) => write!(f, "is damaged or breaks off ({why}); fetch it again"),
            Refused::Disk(why) => write!(f, "cannot be read or written ({why}); check the path, the disk and who owns it"),
        }
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput => {
                Refused::Damaged(error.to_string())
            }
            _ => Refused::Disk(error),
        }
    }
}

/// The text of a file that may be compressed.
fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
    let head = file.fill_buf()?;
    Ok(match head {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => Box::new(file),
    })
}

/// Refuses what is no text; a few bytes that are not UTF-8 are the reader's business, line by line.
fn check_head(head: &[u8]) -> Result<(), Refused> {
    match head {
        [] => Err(Refused::Empty),
        _ if head.contains(&0) || head.starts_with(b"PK\x03\x04") => Err(Refused::NotText),
        _ => Ok(()),
    }
}

/// Takes a file in and looks at it. What lay at `to` is replaced when all went well.
///
/// # Errors
/// Why not; then nothing lies at `to` that did not before.
pub(super) fn take_in(raw: &Path, to: &Path, name: &str, spec: &ListSpec, now: Timestamp) -> Result<Stored, Refused> {
    let taken = copy(raw, to).and_then(|(digest, bytes, head)| {
        let format = Format::guess(&head);
        let report = read(&mut open(to)?, name, spec, format, now);
        Ok(Stored { format, digest, bytes, report, at: now })
    });
    if taken.is_err() {
        // It may not be there at all.
        let _ = std::fs::remove_file(to);
    }
    taken
}

/// The text of a file as people have it: plain, gzip or zstd.
///
/// # Errors
/// Why it cannot be read at all.
pub fn open_any(path: &Path) -> Result<impl BufRead, Refused> {
    let mut text = BufReader::with_capacity(PIECE, unpacked(path)?.take(MAX_PLAIN_BYTES));
    check_head(text.fill_buf()?)?;
    Ok(text)
}

/// Looks at a file without keeping it.
///
/// # Errors
/// Why it cannot be read at all.
pub(super) fn look_at(
    path: &Path,
    name: &str,
    spec: &ListSpec,
    now: Timestamp,
) -> Result<(Format, ListReport), Refused> {
    let mut text = open_any(path)?;
    let format = Format::guess(text.fill_buf()?);
    let report = read(&mut text, name, spec, format, now);
    Ok((format, report))
}

/// Reads a list without keeping its values.
fn read(text: &mut dyn BufRead, name: &str, spec: &ListSpec, format: Format, now: Timestamp) -> ListReport {
    let mut builder = Builder::checking();
    match builder.list(spec.clone()) {
        Some(list) => load::read(&mut builder, list, name, format, text, now).into(),
        // An empty builder has room for a list.
        None => ListReport::default(),
    }
}

/// Compresses the text of `raw` to `to`: its digest, its length and how it begins.
fn copy(raw: &Path, to: &Path) -> Result<(String, u64, Vec<u8>), Refused> {
    let mut text = unpacked(raw)?;
    let mut piece = vec![0; PIECE];
    let (mut head, mut bytes, mut hasher) = (Vec::new(), 0_u64, blake3::Hasher::new());
    let mut out: Option<zstd::Encoder<'static, File>> = None;
    loop {
        let read = match text.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            // What a decoder says of broken data has many kinds.
            Err(e) => return Err(Refused::Damaged(e.to_string())),
        };
        let part = piece.get(..read).unwrap_or_default();
        let encoder = match &mut out {
            Some(encoder) => encoder,
            None => {
                check_head(part)?;
                out.insert(zstd::Encoder::new(File::create(to)?, LEVEL)?)
            }
        };
        bytes += read as u64;
        if bytes > MAX_PLAIN_BYTES {
            return Err(Refused::TooLong);
        }
        head.extend(part.iter().take(HEAD.saturating_sub(head.len())));
        hasher.update(part);
        encoder.write_all(part)?;
    }
    let Some(out) = out else { return Err(Refused::Empty) };
    out.finish()?.sync_all()?;
    Ok((hasher.finalize().to_hex().to_string(), bytes, head))
}

/// The text of a stored file.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> io::Result<BufReader<Box<dyn Read + Send>>> {
    let text: Box<dyn Read + Send> = Box::new(zstd::Decoder::new(File::open(path)?)?);
    Ok(BufReader::with_capacity(PIECE, text))
}

/// Whether a stored file is whole and what its record says.
pub(super) fn check(path: &Path, digest: &str) -> Result<(), String> {
    let told = |e: &io::Error| unreadable(path, e);
    let mut text = open(path).map_err(|e| told(&e))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&mut text).map_err(|e| told(&e))?;
    if hasher.finalize().to_hex().as_str() == digest {
        return Ok(());
    }
    Err(format!(
        "{} is not what was handed in; hand the list in again, or restore the file from a backup",
        path.display()
    ))
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be read ({error}); hand the list in again, or restore the file from a backup", path.display())
}

/// Removes files of `folder` that are not among `known` and are no longer young.
pub(super) fn remove_unknown(folder: &Path, known: &HashSet<String>, now: Timestamp) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let modified = entry.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let age = now.as_secs() - i64::try_from(modified.as_secs()).unwrap_or(i64::MAX);
        if age > YOUNG && !known.contains(&*entry.file_name().to_string_lossy()) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(content: &[u8]) -> (Result<Stored, Refused>, bool) {
        let dir = tempfile::tempdir().expect("folder");
        let (raw, to) = (dir.path().join("raw"), dir.path().join("to"));
        std::fs::write(&raw, content).expect("written");
        let spec = ListSpec { id: "x".into(), title: "X".into(), ..ListSpec::default() };
        let taken = take_in(&raw, &to, "feed.txt", &spec, Timestamp::from_secs(1_790_000_000));
        if let Ok(stored) = &taken {
            check(&to, &stored.digest).expect("whole");
            assert!(check(&to, "0").is_err());
            let looked = look_at(&raw, "feed.txt", &spec, stored.at).expect("looked at");
            assert_eq!(looked, (stored.format, stored.report.clone()));
        }
        let there = to.exists();
        (taken, there)
    }

    #[test]
    fn plain_and_packed_lists_are_taken_in_and_mistakes_told_by_line() {
        let text = b"evil.example\nnot a value\n203.0.113.9\n".as_slice();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text).expect("packed");
        for content in [text.to_vec(), gzip.finish().expect("packed"), zstd::encode_all(text, 1).expect("packed")] {
            let stored = taken(&content).0.expect("taken in");
            assert_eq!((stored.format, stored.bytes, stored.report.added), (Format::Text, text.len() as u64, 2));
            assert!(stored.report.mistakes[0].starts_with("feed.txt:2: `not` "), "{:?}", stored.report.mistakes);
        }
    }

    #[test]
    fn what_cannot_be_a_list_is_refused_and_leaves_nothing() {
        let code = |content: &[u8]| {
            let (taken, there) = taken(content);
            assert!(!there);
            taken.err().map(|r| r.code())
        };
        assert_eq!(code(b""), Some("list-empty"));
        assert_eq!(code(b"PK\x03\x04rest"), Some("list-not-text"));
        assert_eq!(code(b"MZ\0\0"), Some("list-not-text"));
        assert_eq!(code(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]), Some("list-damaged"));
    }
}
