//! The bytes of a segment file, format version 1, little endian.
//!
//! A segment begins with a header of 32 bytes:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `MGVJRNL` and a zero |
//! | 4 | format version |
//! | 8 | instance number of the journal |
//! | 8 | sequence number of the first entry |
//! | 4 | CRC-32 of the 28 bytes before |
//!
//! Then one frame per entry: a header of 24 bytes and the payload ([`crate::entry`]):
//!
//! | bytes | what |
//! |---|---|
//! | 4 | mark `MGJE` |
//! | 4 | length of the payload |
//! | 8 | sequence number |
//! | 4 | CRC-32 of the payload |
//! | 4 | CRC-32 of the 20 bytes before |
//!
//! The frame's header has a checksum of its own, so that a damaged payload costs one entry:
//! its length can still be trusted. Behind a damaged header the mark is searched for. That
//! second checksum starts from the journal's random instance number (the *seal*): bytes that a
//! sender put into a record to look like a frame do not pass for one.

/// Bytes of a segment's header.
pub const SEGMENT_HEADER_BYTES: usize = 32;
/// Bytes of a frame's header.
pub const HEADER_BYTES: usize = 24;
/// Format version written by this program.
pub const FORMAT: u32 = 1;
/// Longest payload that is believed when reading: 64 MiB and the labels.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024 * 1024 + 8 * 1024;

const SEGMENT_MAGIC: &[u8; 8] = b"MGVJRNL\0";
const FRAME_MARK: &[u8; 4] = b"MGJE";

/// Header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Format version.
    pub format: u32,
    /// Instance number of the journal it belongs to.
    pub instance: u64,
    /// Sequence number of its first entry.
    pub first: u64,
}

impl SegmentHeader {
    /// The header as bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut out = Vec::with_capacity(SEGMENT_HEADER_BYTES);
        out.extend_from_slice(SEGMENT_MAGIC);
        out.extend_from_slice(&self.format.to_le_bytes());
        out.extend_from_slice(&self.instance.to_le_bytes());
        out.extend_from_slice(&self.first.to_le_bytes());
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        out.first_chunk().copied().unwrap_or([0; SEGMENT_HEADER_BYTES])
    }

    /// Reads a header; `None` when the bytes are too few, of something else, or damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<SEGMENT_HEADER_BYTES>()?;
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) || !body.starts_with(SEGMENT_MAGIC) {
            return None;
        }
        Some(Self { format: read_u32(body, 8)?, instance: read_u64(body, 12)?, first: read_u64(body, 20)? })
    }
}

/// What the checksums of frame headers start from; see the module text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal(u32);

impl Seal {
    /// The seal of the journal with this instance number.
    #[must_use]
    pub fn of(instance: u64) -> Self {
        Self(crc32fast::hash(&instance.to_le_bytes()))
    }

    fn sum(self, body: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new_with_initial(self.0);
        hasher.update(body);
        hasher.finalize()
    }
}

/// Header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Length of the payload in bytes.
    pub length: usize,
    /// Sequence number of the entry.
    pub sequence: u64,
    /// Checksum of the payload.
    pub payload_crc: u32,
}

impl FrameHeader {
    /// Reads a header; `None` when the bytes are too few, damaged, or of another journal.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], seal: Seal) -> Option<Self> {
        let bytes = bytes.first_chunk::<HEADER_BYTES>()?;
        if !bytes.starts_with(FRAME_MARK) {
            return None;
        }
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        if seal.sum(body) != u32::from_le_bytes(*sum) {
            return None;
        }
        let length = usize::try_from(read_u32(body, 4)?).ok()?;
        let sequence = read_u64(body, 8)?;
        (length <= MAX_PAYLOAD_BYTES).then_some(Self { length, sequence, payload_crc: read_u32(body, 16)? })
    }

    /// Bytes of the whole frame.
    #[must_use]
    pub const fn frame_bytes(&self) -> usize {
        HEADER_BYTES + self.length
    }

    /// Whether `payload` is what was written.
    #[must_use]
    pub fn fits(&self, payload: &[u8]) -> bool {
        payload.len() == self.length && crc32fast::hash(payload) == self.payload_crc
    }
}

/// Where frames of a batch begin in its buffer, so that the writer can number them.
pub(crate) struct Frames {
    /// Frames with sequence number and header checksum still open.
    pub(crate) bytes: Vec<u8>,
    /// Offset of each frame.
    pub(crate) starts: Vec<usize>,
}

/// Begins a frame; the payload is appended by the caller, then [`finish`] is called.
pub(crate) fn begin(frames: &mut Frames) -> usize {
    let at = frames.bytes.len();
    frames.starts.push(at);
    frames.bytes.extend_from_slice(FRAME_MARK);
    frames.bytes.resize(at + HEADER_BYTES, 0);
    at
}

/// Fills in length and payload checksum of the frame begun at `at`.
pub(crate) fn finish(frames: &mut Frames, at: usize) {
    let Some(frame) = frames.bytes.get_mut(at..) else { return };
    let Some((head, payload)) = frame.split_first_chunk_mut::<HEADER_BYTES>() else { return };
    // Lengths were checked against the limits, which are far below 4 GiB.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    put(head, 4, &length.to_le_bytes());
    put(head, 16, &crc32fast::hash(payload).to_le_bytes());
}

/// Gives the frame at `at` its sequence number and closes its header.
pub(crate) fn number(bytes: &mut [u8], at: usize, sequence: u64, seal: Seal) {
    let Some(head) = bytes.get_mut(at..).and_then(|b| b.first_chunk_mut::<HEADER_BYTES>()) else { return };
    put(head, 8, &sequence.to_le_bytes());
    let sum = head.first_chunk::<20>().map_or(0, |body| seal.sum(body));
    put(head, 20, &sum.to_le_bytes());
}

/// Offset of the next mark at or after `from`.
pub(crate) fn find_mark(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(FRAME_MARK.len()).position(|window| window == FRAME_MARK).map(|at| from + at)
}

fn put(head: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = head.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn read_u64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_read_back_and_every_flipped_bit_is_seen() {
        let header = SegmentHeader { format: FORMAT, instance: 7, first: 42 };
        let bytes = header.to_bytes();
        assert_eq!(SegmentHeader::from_bytes(&bytes), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::from_bytes(&bad), None, "bit {bit}");
        }
    }

    #[test]
    fn frames_read_back_and_every_flipped_bit_is_seen() {
        let mut frames = Frames { bytes: Vec::new(), starts: Vec::new() };
        let at = begin(&mut frames);
        frames.bytes.extend_from_slice(b"payload");
        finish(&mut frames, at);
        let seal = Seal::of(3);
        number(&mut frames.bytes, at, 9, seal);
        assert_eq!(FrameHeader::from_bytes(&frames.bytes, Seal::of(4)), None, "another journal's");
        let header = FrameHeader::from_bytes(&frames.bytes, seal).expect("header");
        assert_eq!((header.sequence, header.length), (9, 7));
        assert!(header.fits(&frames.bytes[HEADER_BYTES..]));
        for bit in 0..frames.bytes.len() * 8 {
            let mut bad = frames.bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let seen = FrameHeader::from_bytes(&bad, seal).is_none_or(|h| !h.fits(&bad[HEADER_BYTES..]));
            assert!(seen, "bit {bit}");
        }
    }
}
