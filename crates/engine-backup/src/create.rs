//! Making an archive.

use crate::age::{self, Sealer};
use crate::archive::{HEAD, Head, SUMS, Sum, Sums, check_name};
use crate::error::BackupError;
use crate::keys::Recipients;
use crate::{Progress, Told};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// Bytes moved at once; after each, whoever listens may end the work.
const CHUNK: usize = 1 << 20;
/// Files are barely compressible (Parquet) or small: the fastest level.
const LEVEL: i32 = 1;

/// Where the bytes of a file come from.
#[derive(Debug)]
pub enum Bytes {
    /// An open file, of which so many bytes are taken: it may grow meanwhile.
    File(File, u64),
    /// These.
    Here(Vec<u8>),
}

/// A file for the archive.
#[derive(Debug)]
pub struct Item {
    /// Its name in the archive, parts divided by `/`.
    pub name: String,
    /// Where it lies, for messages.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Bytes,
}

impl Item {
    /// A file as long as it is now.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(name: &str, path: &Path) -> Result<Self, BackupError> {
        let fail = BackupError::io("read", path);
        let file = File::open(path).map_err(&fail)?;
        let length = file.metadata().map_err(&fail)?.len();
        Ok(Self { name: name.to_owned(), path: path.to_path_buf(), bytes: Bytes::File(file, length) })
    }

    /// A file of these bytes.
    #[must_use]
    pub fn here(name: &str, bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), path: PathBuf::from(name), bytes: Bytes::Here(bytes) }
    }
}

/// Removes the unfinished archive, whatever the reason.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

type Packed<W> = Builder<zstd::Encoder<'static, Sealer<W>>>;

/// Makes the archive `out`, readable by its owner only. The name appears when the archive is complete
/// and on the disk. Gives its length in bytes.
///
/// # Errors
/// When `out` exists, a file cannot be read, or the disk is full; nothing is left behind then.
pub fn create(
    out: &Path,
    recipients: &Recipients,
    head: &Head,
    items: impl IntoIterator<Item = Result<Item, BackupError>>,
    told: &mut Told<'_>,
) -> Result<u64, BackupError> {
    if out.symlink_metadata().is_ok() {
        return Err(BackupError::Exists { path: out.to_path_buf() });
    }
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let fail = BackupError::io("write", &part);
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(&fail)?;
    let unfinished = Unfinished(part.clone());
    let sealed = age::seal(BufWriter::with_capacity(CHUNK, file), &recipients.0).map_err(&fail)?;
    let packed = zstd::Encoder::new(sealed, LEVEL).map_err(&fail)?;
    let mut writer =
        Writer { packed: Builder::new(packed), part: part.clone(), files: Vec::new(), done: Progress::default() };
    let text = serde_json::to_vec_pretty(head).map_err(|e| fail(e.into()))?;
    writer.plain(HEAD, &text)?;
    for item in items {
        writer.item(item?, told)?;
    }
    let sums = serde_json::to_vec(&Sums { files: std::mem::take(&mut writer.files) }).map_err(|e| fail(e.into()))?;
    writer.plain(SUMS, &sums)?;
    let file = writer.packed.into_inner().and_then(zstd::Encoder::finish).and_then(Sealer::finish);
    let file = file.and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error)).map_err(&fail)?;
    file.sync_all().map_err(&fail)?;
    let length = file.metadata().map_err(&fail)?.len();
    if out.symlink_metadata().is_ok() {
        return Err(BackupError::Exists { path: out.to_path_buf() });
    }
    std::fs::rename(&part, out).map_err(BackupError::io("rename into place", out))?;
    std::mem::forget(unfinished);
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io("sync", folder))?;
    Ok(length)
}

struct Writer<W: Write> {
    packed: Packed<W>,
    part: PathBuf,
    files: Vec<Sum>,
    done: Progress,
}

impl<W: Write> Writer<W> {
    /// An entry that is no file of the backup.
    fn plain(&mut self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let mut header = header(bytes.len() as u64);
        self.packed.append_data(&mut header, name, bytes).map_err(BackupError::io("write", &self.part))
    }

    fn item(&mut self, item: Item, told: &mut Told<'_>) -> Result<(), BackupError> {
        check_name(&item.name)?;
        self.done.name.clone_from(&item.name);
        let (bytes, from): (u64, Box<dyn Read>) = match item.bytes {
            Bytes::File(file, length) => (length, Box::new(file.take(length))),
            Bytes::Here(bytes) => (bytes.len() as u64, Box::new(io::Cursor::new(bytes))),
        };
        let mut reader = Summed { from, sum: Sha256::new(), left: bytes, done: &mut self.done, told, wrong: None };
        let mut header = header(bytes);
        let written = self.packed.append_data(&mut header, &item.name, &mut reader);
        let (sum, wrong) = (std::mem::take(&mut reader.sum), reader.wrong.take());
        match (wrong, written) {
            (Some(Reading::Stopped), _) => return Err(BackupError::Stopped),
            (Some(Reading::Short), _) => return Err(BackupError::Changed { path: item.path }),
            (Some(Reading::Failed(source)), _) => return Err(BackupError::io("read", &item.path)(source)),
            (None, Err(source)) => return Err(BackupError::io("write", &self.part)(source)),
            (None, Ok(())) => {}
        }
        self.done.files += 1;
        self.files.push(Sum { name: item.name, bytes, sha256: hex::encode(sum.finalize()) });
        Ok(())
    }
}

fn header(bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o600);
    // No times and owners: what is restored belongs to who restores it.
    header.set_mtime(0);
    header
}

/// Why reading ended early. The tar writer only sees an I/O error, so it is kept beside.
enum Reading {
    Stopped,
    Short,
    Failed(io::Error),
}

/// Sums what passes, tells of it, and gives exactly the promised number of bytes.
struct Summed<'a, 't> {
    from: Box<dyn Read>,
    sum: Sha256,
    left: u64,
    done: &'a mut Progress,
    told: &'a mut Told<'t>,
    wrong: Option<Reading>,
}

impl Read for Summed<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let most = buffer.len().min(CHUNK);
        let read = match self.from.read(buffer.get_mut(..most).unwrap_or_default()) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.wrong = Some(Reading::Failed(error));
                return Err(io::Error::other("reading failed"));
            }
        };
        if read == 0 {
            self.wrong = Some(Reading::Short);
            return Err(io::Error::other("the file is shorter than it was"));
        }
        self.sum.update(buffer.get(..read).unwrap_or_default());
        self.left -= read as u64;
        self.done.bytes += read as u64;
        if !(self.told)(self.done) {
            self.wrong = Some(Reading::Stopped);
            return Err(io::Error::other("stopped"));
        }
        Ok(read)
    }
}
