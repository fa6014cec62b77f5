//! Reading zip archives (PKWARE APPNOTE 6.3.10): stored and deflated entries, as every packer of
//! rule sets writes them. Only the central directory is trusted for sizes, and only within the
//! bytes that are there; archives beyond 4 GiB or 65,534 entries (zip64) are no rule packs.

use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::borrow::Cow;
use std::io::{self, Read};

/// What is wrong with an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It ends early or contradicts itself.
    Damaged,
    /// It has more entries than a rule pack may have.
    TooLarge,
}

/// One file of an archive.
pub(super) struct Entry<'a> {
    /// Name as written.
    pub name: Cow<'a, str>,
    /// Its bytes as they come out; `None` when they are encrypted or packed in a rare way.
    pub bytes: Option<Bytes<'a>>,
}

/// The bytes of a file, unpacked while they are read; a wrong checksum ends in an error.
pub(super) struct Bytes<'a> {
    from: Unpacked<'a>,
    sum: Crc,
    expected: u32,
}

enum Unpacked<'a> {
    Stored(&'a [u8]),
    Deflated(DeflateDecoder<&'a [u8]>),
}

/// Longest comment at the end, and the record before it (APPNOTE 4.3.16).
const END_BYTES: usize = 22;
const MAX_COMMENT: usize = 65_535;

fn u16_at(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let pair = bytes.get(at..).and_then(|b| b.first_chunk::<2>()).ok_or(Fault::Damaged)?;
    Ok(usize::from(u16::from_le_bytes(*pair)))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    bytes.get(at..).and_then(|b| b.first_chunk::<4>()).map(|b| u32::from_le_bytes(*b)).ok_or(Fault::Damaged)
}

fn place_at(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    usize::try_from(u32_at(bytes, at)?).map_err(|_| Fault::Damaged)
}

/// Hands every file of the archive to `each`, until it refuses.
///
/// # Errors
/// What is wrong with the archive, or what `each` refused.
pub(super) fn each_file<E: From<Fault>>(
    archive: &[u8],
    mut each: impl FnMut(Entry<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let from = archive.len().saturating_sub(END_BYTES + MAX_COMMENT);
    let tail = archive.get(from..).unwrap_or_default();
    let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06").ok_or(Fault::Damaged)? + from;
    let count = u16_at(archive, end + 10)?;
    if count == 0xFFFF {
        return Err(Fault::TooLarge.into());
    }
    let mut at = place_at(archive, end + 16)?;
    for _ in 0..count {
        let head = archive.get(at..).filter(|h| h.starts_with(b"PK\x01\x02")).ok_or(Fault::Damaged)?;
        let (name_len, extra, comment) = (u16_at(head, 28)?, u16_at(head, 30)?, u16_at(head, 32)?);
        let name = head.get(46..46 + name_len).ok_or(Fault::Damaged)?;
        at += 46 + name_len + extra + comment;
        if name.ends_with(b"/") {
            continue;
        }
        each(Entry { name: String::from_utf8_lossy(name), bytes: bytes(archive, head)? })?;
    }
    Ok(())
}

fn bytes<'a>(archive: &'a [u8], head: &[u8]) -> Result<Option<Bytes<'a>>, Fault> {
    let (flags, method, expected) = (u16_at(head, 8)?, u16_at(head, 10)?, u32_at(head, 16)?);
    let local = archive.get(place_at(head, 42)?..).filter(|l| l.starts_with(b"PK\x03\x04")).ok_or(Fault::Damaged)?;
    let begin = 30 + u16_at(local, 26)? + u16_at(local, 28)?;
    let packed = local.get(begin..begin.saturating_add(place_at(head, 20)?)).ok_or(Fault::Damaged)?;
    let from = match method {
        // Bit 0: encrypted.
        _ if flags & 1 == 1 => return Ok(None),
        0 => Unpacked::Stored(packed),
        8 => Unpacked::Deflated(DeflateDecoder::new(packed)),
        _ => return Ok(None),
    };
    Ok(Some(Bytes { from, sum: Crc::new(), expected }))
}

impl Read for Bytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.from {
            Unpacked::Stored(rest) => rest.read(buffer)?,
            Unpacked::Deflated(decoder) => decoder.read(buffer)?,
        };
        self.sum.update(buffer.get(..n).unwrap_or_default());
        if n == 0 && !buffer.is_empty() && self.sum.sum() != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "wrong checksum"));
        }
        Ok(n)
    }
}
