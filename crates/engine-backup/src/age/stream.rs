//! The payload: chunks of 64 KiB, each sealed under its number, the last one marked.
//!
//! This is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its
//! Nonce-Reuse Misuse-Resistance, 2015): chunks can neither be changed, reordered, nor left out at the end.

use super::kdf;
use ring::aead::{Aad, LessSafeKey, Nonce};
use std::io::{self, Read, Write};

/// Bytes of a full chunk.
const CHUNK: usize = 64 << 10;
/// Bytes that sealing adds.
const TAG: usize = 16;

/// The number of a chunk, and whether it is the last one, as a nonce: eleven bytes and one.
fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    for (place, byte) in bytes.iter_mut().skip(3).zip(number.to_be_bytes()) {
        *place = byte;
    }
    if let Some(end) = bytes.last_mut() {
        *end = u8::from(last);
    }
    Nonce::assume_unique_for_key(bytes)
}

/// Seals what is written to it. Without [`Sealer::finish`] the end is missing.
pub(crate) struct Sealer<W: Write> {
    out: W,
    cipher: LessSafeKey,
    number: u64,
    chunk: Vec<u8>,
    failed: bool,
}

impl<W: Write> Sealer<W> {
    pub(super) fn new(out: W, key: &[u8; 32]) -> io::Result<Self> {
        Ok(Self { out, cipher: kdf::cipher(key)?, number: 0, chunk: Vec::with_capacity(CHUNK + TAG), failed: false })
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.cipher.seal_in_place_append_tag(nonce(self.number, last), Aad::empty(), &mut self.chunk);
        let written = match sealed {
            Ok(()) => self.out.write_all(&self.chunk),
            Err(_) => Err(io::Error::other("a chunk cannot be sealed")),
        };
        // Layers above write once more when they are dropped after a failure; that is refused below.
        self.failed = written.is_err();
        self.chunk.clear();
        self.number += 1;
        written
    }

    /// Seals the last chunk and gives the writer back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Err(io::Error::other("an earlier write failed"));
        }
        // A full chunk waits until more comes: only then is it known not to be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.put(false)?;
        }
        let part = bytes.get(..bytes.len().min(CHUNK - self.chunk.len())).unwrap_or_default();
        self.chunk.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Opens what a [`Sealer`] has sealed.
pub(crate) struct Opener<R: Read> {
    input: R,
    cipher: LessSafeKey,
    number: u64,
    /// The next sealed chunk, and one byte more to know whether it is the last.
    sealed: Vec<u8>,
    plain: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Opener<R> {
    pub(super) fn new(input: R, key: &[u8; 32]) -> io::Result<Self> {
        let (sealed, plain) = (Vec::with_capacity(CHUNK + TAG + 1), Vec::new());
        Ok(Self { input, cipher: kdf::cipher(key)?, number: 0, sealed, plain, at: 0, ended: false })
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let wanted = (CHUNK + TAG + 1).saturating_sub(self.sealed.len());
        self.input.by_ref().take(wanted as u64).read_to_end(&mut self.sealed)?;
        let more = if self.sealed.len() > CHUNK + TAG { self.sealed.pop() } else { None };
        let last = more.is_none();
        let opened = self.cipher.open_in_place(nonce(self.number, last), Aad::empty(), &mut self.sealed);
        let Ok(plain) = opened else {
            let (kind, text) = if last {
                (io::ErrorKind::UnexpectedEof, "its end is missing or was altered")
            } else {
                (io::ErrorKind::InvalidData, "a chunk was altered")
            };
            return Err(io::Error::new(kind, text));
        };
        if plain.is_empty() && self.number > 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its last chunk is empty"));
        }
        self.plain.clear();
        self.plain.extend_from_slice(plain);
        self.sealed.clear();
        self.sealed.extend(more);
        (self.at, self.ended) = (0, last);
        self.number += 1;
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.plain.len() {
            if self.ended || buffer.is_empty() {
                return Ok(0);
            }
            self.next_chunk()?;
        }
        let rest = self.plain.get(self.at..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}
