//! The archive a workbook is (ZIP; PKWARE APPNOTE 6.3): its parts by name, unpacked one at a time and bounded.
//!
//! Only what workbooks use: parts stored or deflated, read by way of the directory at the end. What an archive
//! declares about sizes is not believed; what comes out is counted.

use crate::SheetError;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::collections::HashMap;
use std::io::{Read as _, Write as _};

/// Most parts; workbooks of people have some dozens.
const MAX_PARTS: usize = 2_000;
/// Length of the record at the end, without its comment (4.3.16).
const END_LEN: usize = 22;

/// A part as the directory has it.
#[derive(Clone, Copy, Debug)]
struct Part {
    method: u16,
    packed: usize,
    at: usize,
    crc: u32,
    locked: bool,
}

/// An opened archive.
#[derive(Debug)]
pub(crate) struct Archive<'b> {
    bytes: &'b [u8],
    parts: HashMap<String, Part>,
    /// Bytes that may still be unpacked.
    left: u64,
    unpacked: u64,
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn size(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(long(bytes, at)?).ok()
}

impl<'b> Archive<'b> {
    /// Reads the directory. All parts together may unpack to `unpacked` bytes.
    pub(crate) fn open(bytes: &'b [u8], unpacked: u64) -> Result<Self, SheetError> {
        let broken = || SheetError::Damaged("its archive has no end".to_owned());
        // The comment behind the record is at most 64 KiB.
        let from = bytes.len().saturating_sub(END_LEN + usize::from(u16::MAX));
        let tail = bytes.get(from..).unwrap_or_default();
        let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06").ok_or_else(broken)? + from;
        let count = usize::from(short(bytes, end + 10).ok_or_else(broken)?);
        let mut at = size(bytes, end + 16).ok_or_else(broken)?;
        if count > MAX_PARTS {
            return Err(SheetError::OtherArchive);
        }
        let mut parts = HashMap::with_capacity(count);
        for _ in 0..count {
            let (name, part, next) = entry(bytes, at).ok_or_else(broken)?;
            parts.insert(name, part);
            at = next;
        }
        Ok(Self { bytes, parts, left: unpacked, unpacked })
    }

    /// Whether there is a part whose name ends so; names are in small letters.
    pub(crate) fn has(&self, ending: &str) -> bool {
        self.parts.keys().any(|name| name.ends_with(ending))
    }

    /// Unpacks a part; `None` when there is none of this name.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, SheetError> {
        let name = name.trim_start_matches('/').to_lowercase();
        let Some(part) = self.parts.get(&name).copied() else { return Ok(None) };
        if part.locked {
            return Err(SheetError::OldOrLocked);
        }
        let broken = || SheetError::Damaged(format!("its part {name} breaks off"));
        // The header before the part repeats its name; its lengths are its own (4.3.7).
        let head = part.at;
        if long(self.bytes, head) != Some(0x0403_4b50) {
            return Err(broken());
        }
        let name_len = usize::from(short(self.bytes, head + 26).ok_or_else(broken)?);
        let extra_len = usize::from(short(self.bytes, head + 28).ok_or_else(broken)?);
        let begin = head.checked_add(30 + name_len + extra_len).ok_or_else(broken)?;
        let end = begin.checked_add(part.packed).ok_or_else(broken)?;
        let packed = self.bytes.get(begin..end).ok_or_else(broken)?;
        let mut out = Vec::new();
        let most = self.left.saturating_add(1);
        match part.method {
            0 => packed.take(most).read_to_end(&mut out),
            8 => DeflateDecoder::new(packed).take(most).read_to_end(&mut out),
            _ => return Err(SheetError::OtherArchive),
        }
        .map_err(|_| broken())?;
        let length = u64::try_from(out.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or(SheetError::Unpacked(self.unpacked))?;
        let mut crc = Crc::new();
        crc.update(&out);
        if crc.sum() != part.crc { Err(broken()) } else { Ok(Some(out)) }
    }
}

/// An entry of the directory (4.3.12), and where the next one begins.
fn entry(bytes: &[u8], at: usize) -> Option<(String, Part, usize)> {
    if long(bytes, at)? != 0x0201_4b50 {
        return None;
    }
    let name_len = usize::from(short(bytes, at + 28)?);
    let behind = usize::from(short(bytes, at + 30)?) + usize::from(short(bytes, at + 32)?);
    let name = bytes.get(at + 46..at + 46 + name_len)?;
    let name = String::from_utf8_lossy(name).trim_start_matches('/').replace('\\', "/").to_lowercase();
    let part = Part {
        method: short(bytes, at + 10)?,
        packed: size(bytes, at + 20)?,
        at: size(bytes, at + 42)?,
        crc: long(bytes, at + 16)?,
        locked: short(bytes, at + 8)? & 1 == 1,
    };
    Some((name, part, at + 46 + name_len + behind))
}

/// Packs parts; always the same bytes for the same parts, since every part is of 1 January 2000.
pub(crate) fn pack(parts: &[(&str, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let too_long = |_| std::io::Error::other("longer than an archive of this kind can hold");
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in parts {
        let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes)?;
        let packed = encoder.finish()?;
        let mut crc = Crc::new();
        crc.update(bytes);
        let length = |b: &[u8]| u32::try_from(b.len()).map_err(too_long);
        let at = length(&out)?;
        // Version 2.0, UTF-8 names, deflated, midnight of 2000-01-01; then sum, lengths, length of the name.
        let mut common = Vec::new();
        for short in [20_u16, 0x0800, 8, 0, 0x2821] {
            common.extend_from_slice(&short.to_le_bytes());
        }
        for long in [crc.sum(), length(&packed)?, length(bytes)?] {
            common.extend_from_slice(&long.to_le_bytes());
        }
        common.extend_from_slice(&u16::try_from(name.len()).map_err(too_long)?.to_le_bytes());
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&packed);
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        // No extra field, comment, disk or attributes.
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let count = u16::try_from(parts.len()).map_err(too_long)?.to_le_bytes();
    let (begin, long) =
        (u32::try_from(out.len()).map_err(too_long)?, u32::try_from(directory.len()).map_err(too_long)?);
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count);
    out.extend_from_slice(&count);
    out.extend_from_slice(&long.to_le_bytes());
    out.extend_from_slice(&begin.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    Ok(out)
}
