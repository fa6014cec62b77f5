//! Opening an input: compression and encoding off, format recognised.

use super::audit::Joined;
use super::evtx::Chunks;
use super::json::Values;
use super::lines::Lines;
use super::recognise::{FileFormat, recognise, wrapped_at};
use super::window::Window;
use super::xml::Events;
use super::{Limits, ReadError, RecordReader, Records};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Compression inside compression that is taken off.
const MAX_LAYERS: usize = 3;
/// How much is looked at to tell the format.
const HEAD: usize = 64 * 1024;

impl RecordReader {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened, or is of no format that is known.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let fail = |e: io::Error| ReadError {
            input: name.clone(),
            reason: format!("cannot be opened: {e}"),
            remedy: "check that the file exists and that you may read it".to_owned(),
        };
        let file = File::open(path).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if metadata.is_dir() {
            return Err(ReadError {
                input: name,
                reason: "is a folder".to_owned(),
                remedy: "give the files in it".to_owned(),
            });
        }
        let mut reader = Self::from_read(name, Box::new(file), limits)?;
        reader.size = metadata.is_file().then_some(metadata.len());
        Ok(reader)
    }

    /// Reads a stream, such as standard input or an upload.
    ///
    /// # Errors
    /// When it is of no format that is known, or cannot be read at all.
    pub fn from_read(name: impl Into<String>, source: Box<dyn Read + Send>, limits: Limits) -> Result<Self, ReadError> {
        let name = name.into();
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = Box::new(Counted { source, count: Arc::clone(&consumed) });
        let plain = decompress(counted, limits, MAX_LAYERS).map_err(|e| ReadError {
            input: name.clone(),
            reason: format!("cannot be read: {e}"),
            remedy: "check the file and copy it again from its source".to_owned(),
        })?;
        let mut window = Window::new(plain);
        window.fill_to(HEAD);
        let format = recognise(window.bytes());
        if window.bytes().is_empty()
            && let Some(fault) = window.fault()
        {
            return Err(ReadError { input: name, reason: fault.reason, remedy: fault.remedy.to_owned() });
        }
        let format = format.map_err(|no| ReadError {
            input: name.clone(),
            reason: no.reason.to_owned(),
            remedy: no.remedy.to_owned(),
        })?;
        Ok(Self {
            name,
            format,
            records: records(format, window, limits.max_record_bytes.max(1)),
            consumed,
            size: None,
        })
    }
}

fn records(format: FileFormat, mut window: Window, max: usize) -> Box<dyn Records> {
    match format {
        FileFormat::Evtx => Box::new(Chunks::new(window, max)),
        FileFormat::Json => {
            let list = wrapped_at(window.bytes());
            window.consume(list.unwrap_or(0));
            Box::new(Values::new(window, max, list.is_some()))
        }
        FileFormat::Xml => Box::new(Events::new(window, max)),
        FileFormat::Audit => Box::new(Joined::new(Lines::new(window, max), max)),
        // What is empty may still have brackets.
        FileFormat::Empty => Box::new(Values::new(window, max, false)),
        FileFormat::Ndjson | FileFormat::WebAccess | FileFormat::Text => Box::new(Lines::new(window, max)),
    }
}

/// Counts the bytes that come from the input itself.
struct Counted {
    source: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buf)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Takes off gzip, zstd and UTF-16.
fn decompress(mut source: Box<dyn Read + Send>, limits: Limits, layers: usize) -> io::Result<Box<dyn Read + Send>> {
    let mut head = [0_u8; 4];
    let mut length = 0;
    while let Some(space) = head.get_mut(length..).filter(|s| !s.is_empty()) {
        match source.read(space) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // Behind a layer: what was read so far is kept, the error comes again with the data.
            Err(e) if length == 0 => return Err(e),
            Err(_) => break,
        }
    }
    let start = head.get(..length).unwrap_or_default().to_vec();
    let chained: Box<dyn Read + Send> = Box::new(Cursor::new(start.clone()).chain(source));
    if layers > 0 && start.starts_with(&[0x1f, 0x8b, 8]) {
        let plain = flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, chained));
        return decompress(Box::new(plain), limits, layers - 1);
    }
    if layers > 0 && is_zstd(&start) {
        let mut plain = zstd::stream::read::Decoder::new(chained)?;
        plain.window_log_max(limits.zstd_window_log)?;
        return decompress(Box::new(plain), limits, layers - 1);
    }
    let utf16 = match start.as_slice() {
        [0xff, 0xfe, ..] => Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => Some(encoding_rs::UTF_16BE),
        [b'<' | b'{' | b'[', 0, ..] => Some(encoding_rs::UTF_16LE),
        _ => None,
    };
    Ok(match utf16 {
        Some(encoding) => Box::new(Utf16 {
            source: chained,
            decoder: encoding.new_decoder(),
            ready: Vec::new(),
            given: 0,
            done: false,
        }),
        None => chained,
    })
}

/// A zstd frame, or a skippable frame before one.
fn is_zstd(start: &[u8]) -> bool {
    start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || matches!(start, [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}

/// UTF-16 to UTF-8 while reading.
struct Utf16 {
    source: Box<dyn Read + Send>,
    decoder: encoding_rs::Decoder,
    ready: Vec<u8>,
    given: usize,
    done: bool,
}

impl Read for Utf16 {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.ready.len() && !self.done {
            let mut input = [0_u8; 16 * 1024];
            let count = self.source.read(&mut input)?;
            self.done = count == 0;
            self.ready.clear();
            self.given = 0;
            let input = input.get(..count).unwrap_or_default();
            let room = self.decoder.max_utf8_buffer_length(count).unwrap_or(64 * 1024);
            self.ready.resize(room, 0);
            let (_, _, written, _) = self.decoder.decode_to_utf8(input, &mut self.ready, self.done);
            self.ready.truncate(written);
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}
