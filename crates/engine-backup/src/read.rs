//! Reading an archive to its end, with every check there is.

use crate::age::{self, OpenError, Opener};
use crate::archive::{FILES_MOST, HEAD, HEAD_MOST, Head, SUMS, SUMS_MOST, Sum, Sums, check_name};
use crate::error::BackupError;
use crate::keys::Identities;
use crate::{Progress, Told};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;
use tar::EntryType;

/// Bytes moved at once.
const CHUNK: usize = 1 << 20;
/// Largest window of the compression, as a power of two: 128 MiB, more than any level of ours uses.
const WINDOW_MOST: u32 = 27;

/// What an archive holds, everything read and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it says of itself.
    pub head: Head,
    /// Its files with their sums, as they were read.
    pub files: Vec<Sum>,
    /// Their bytes.
    pub bytes: u64,
}

/// Takes the files of an archive.
pub(crate) trait Sink {
    /// Hears what the archive says of itself, before the first file.
    fn begin(&mut self, head: &Head) -> Result<(), BackupError>;
    /// A new file begins.
    fn open(&mut self, name: &str) -> Result<(), BackupError>;
    /// Its next bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError>;
    /// It is complete.
    fn close(&mut self) -> Result<(), BackupError>;
}

/// Keeps nothing.
struct Nothing;

impl Sink for Nothing {
    fn begin(&mut self, _: &Head) -> Result<(), BackupError> {
        Ok(())
    }
    fn open(&mut self, _: &str) -> Result<(), BackupError> {
        Ok(())
    }
    fn write(&mut self, _: &[u8]) -> Result<(), BackupError> {
        Ok(())
    }
    fn close(&mut self) -> Result<(), BackupError> {
        Ok(())
    }
}

/// Reads the whole archive and compares every file with its sum; writes nothing.
///
/// # Errors
/// When the keys do not open it, or it is cut off, damaged, or no backup.
pub fn verify(path: &Path, keys: &Identities, told: &mut Told<'_>) -> Result<Verified, BackupError> {
    walk(path, keys, &mut Nothing, told)
}

/// What an archive says of itself; the rest is not read.
///
/// # Errors
/// As [`verify`], for its beginning.
pub fn head(path: &Path, keys: &Identities) -> Result<Head, BackupError> {
    let mut opened = Opened::new(path, keys)?;
    let mut entries = opened.archive.entries().map_err(|e| opened.place.wrong(&e))?;
    let first = entries.next().ok_or_else(|| opened.place.damaged("it has no entry"))?;
    read_head(first.map_err(|e| opened.place.wrong(&e))?, &opened.place)
}

/// How much of the file was read, for messages.
struct Counted<R>(R, Rc<Cell<u64>>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.set(self.1.get() + read as u64);
        Ok(read)
    }
}

/// Where in which file reading stands.
struct ReadPlace {
    path: std::path::PathBuf,
    at: Rc<Cell<u64>>,
    length: u64,
}

impl ReadPlace {
    fn damaged(&self, reason: &str) -> BackupError {
        BackupError::Damaged { path: self.path.clone(), at: self.at.get(), reason: reason.to_owned() }
    }

    /// What a failed read means. Below are only the layers of the archive, so a failure that does not
    /// come from the disk is damage, or a missing end.
    fn wrong(&self, error: &io::Error) -> BackupError {
        if error.raw_os_error().is_some() {
            return BackupError::io("read", &self.path)(io::Error::new(error.kind(), error.to_string()));
        }
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return BackupError::CutOff { path: self.path.clone(), at: self.length };
        }
        self.damaged(&error.to_string())
    }
}

type Layers = zstd::Decoder<'static, BufReader<Opener<BufReader<Counted<File>>>>>;

struct Opened {
    archive: tar::Archive<Layers>,
    place: ReadPlace,
}

impl Opened {
    fn new(path: &Path, keys: &Identities) -> Result<Self, BackupError> {
        let fail = BackupError::io("read", path);
        let file = File::open(path).map_err(&fail)?;
        let length = file.metadata().map_err(&fail)?.len();
        let place = ReadPlace { path: path.to_path_buf(), at: Rc::default(), length };
        let counted = BufReader::with_capacity(CHUNK, Counted(file, Rc::clone(&place.at)));
        let opened = age::open(counted, &keys.all).map_err(|error| match error {
            OpenError::NoAge => BackupError::NoBackup {
                path: path.to_path_buf(),
                reason: "it does not begin as a file that age has encrypted".to_owned(),
            },
            OpenError::OtherKind(with_passphrase) => {
                let with = if with_passphrase { "a passphrase" } else { "a key" };
                BackupError::OtherKind { path: path.to_path_buf(), with }
            }
            OpenError::NoKey => BackupError::WrongKey { path: path.to_path_buf() },
            OpenError::Altered => place.damaged("its head was altered"),
            OpenError::Io(error) => place.wrong(&error),
        })?;
        let mut layers = zstd::Decoder::new(opened).map_err(|e| place.wrong(&e))?;
        layers.window_log_max(WINDOW_MOST).map_err(|e| place.wrong(&e))?;
        Ok(Self { archive: tar::Archive::new(layers), place })
    }
}

fn read_head(entry: tar::Entry<'_, Layers>, place: &ReadPlace) -> Result<Head, BackupError> {
    let name = entry.path().map_err(|e| place.wrong(&e))?.to_string_lossy().into_owned();
    if name != HEAD {
        return Err(place.damaged(&format!("it begins with {name}, not with {HEAD}")));
    }
    serde_json::from_slice(&small(entry, HEAD_MOST, place)?).map_err(|e| place.damaged(&format!("{HEAD}: {e}")))
}

/// A small entry as a whole.
fn small(mut entry: tar::Entry<'_, Layers>, most: u64, place: &ReadPlace) -> Result<Vec<u8>, BackupError> {
    if entry.size() > most {
        return Err(place.damaged("an entry is longer than it may be"));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|e| place.wrong(&e))?;
    Ok(bytes)
}

/// Reads all entries into `sink` and compares the sums at the end.
pub(crate) fn walk(
    path: &Path,
    keys: &Identities,
    sink: &mut dyn Sink,
    told: &mut Told<'_>,
) -> Result<Verified, BackupError> {
    let Opened { mut archive, place } = Opened::new(path, keys)?;
    let (mut head, mut sums, mut files, mut done) = (None, None, Vec::new(), Progress::default());
    for entry in archive.entries().map_err(|e| place.wrong(&e))? {
        let entry = entry.map_err(|e| place.wrong(&e))?;
        if head.is_none() {
            let read = read_head(entry, &place)?;
            sink.begin(&read)?;
            head = Some(read);
            continue;
        }
        if sums.is_some() {
            return Err(place.damaged(&format!("something stands behind {SUMS}")));
        }
        let name =
            String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| place.damaged("a name is not UTF-8"))?;
        if name == SUMS {
            let read: Sums = serde_json::from_slice(&small(entry, SUMS_MOST, &place)?)
                .map_err(|e| place.damaged(&format!("{SUMS}: {e}")))?;
            sums = Some(read);
            continue;
        }
        if entry.header().entry_type() != EntryType::Regular || check_name(&name).is_err() || files.len() >= FILES_MOST
        {
            return Err(place.damaged(&format!("{name} cannot be a file of a backup")));
        }
        files.push(one_file(entry, name, &place, sink, &mut done, told)?);
    }
    // What is behind the tar's end belongs to the seals of the layers: only there is it known that
    // nothing was cut off.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|e| place.wrong(&e))?;
    let head = head.ok_or_else(|| place.damaged("it has no entry"))?;
    let sums = sums.ok_or_else(|| place.damaged(&format!("{SUMS} is missing")))?;
    compare(&files, &sums.files, &place)?;
    Ok(Verified { head, files, bytes: done.bytes })
}

fn one_file(
    mut entry: tar::Entry<'_, Layers>,
    name: String,
    place: &ReadPlace,
    sink: &mut dyn Sink,
    done: &mut Progress,
    told: &mut Told<'_>,
) -> Result<Sum, BackupError> {
    sink.open(&name)?;
    done.name.clone_from(&name);
    let (mut sum, mut bytes, mut buffer) =
        (Sha256::new(), 0_u64, vec![0; CHUNK.min(usize::try_from(entry.size()).unwrap_or(CHUNK).max(1))]);
    loop {
        let read = match entry.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(place.wrong(&error)),
        };
        let part = buffer.get(..read).unwrap_or_default();
        sum.update(part);
        sink.write(part)?;
        bytes += read as u64;
        done.bytes += read as u64;
        if !told(done) {
            return Err(BackupError::Stopped);
        }
    }
    if bytes != entry.size() {
        return Err(place.damaged(&format!("{name} is shorter than it should be")));
    }
    sink.close()?;
    done.files += 1;
    Ok(Sum { name, bytes, sha256: hex::encode(sum.finalize()) })
}

/// The first difference between what was read and what should have been.
fn compare(read: &[Sum], wanted: &[Sum], place: &ReadPlace) -> Result<(), BackupError> {
    if let Some((read, _)) = read.iter().zip(wanted).find(|(read, wanted)| read != wanted) {
        return Err(place.damaged(&format!("{} is not what was put in", read.name)));
    }
    if read.len() != wanted.len() {
        return Err(place.damaged(&format!("it has {} files, not {}", read.len(), wanted.len())));
    }
    Ok(())
}
