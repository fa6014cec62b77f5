//! One journal entry and its bytes.
//!
//! Payload, format version 1, little endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | receipt time, i64 µs since 1970 UTC |
//! | 1 | transport, as the intake numbers it (0–127); +128 when a tag follows |
//! | 16 | tag, where there is one |
//! | 2 + n | source id (length, UTF-8) |
//! | 2 + n | unit id; length 65535 = none |
//! | 2 + n | hint of the source kind; length 65535 = none |
//! | 2 + n | peer; length 65535 = none |
//! | rest | the raw record |

use crate::error::JournalError;
use base_core::{SourceId, Timestamp, UnitId};

/// Longest source id, unit id, hint or peer, in bytes.
pub const MAX_LABEL_BYTES: usize = 1024;
/// Length that stands for an absent label.
const NONE: u16 = u16::MAX;
/// Bytes of a tag.
pub const TAG_BYTES: usize = 16;
/// Beside the transport's number: a tag follows.
const TAGGED: u8 = 0x80;
/// Bytes of a payload without tag, labels and raw record.
const FIXED_BYTES: usize = 8 + 1 + 4 * 2;

/// One received record as it is kept before anything is read into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it came in.
    pub source: SourceId,
    /// Unit it belongs to, if the source names one.
    pub unit: Option<UnitId>,
    /// When it was received.
    pub received: Timestamp,
    /// Id of the source kind, if the sender is known to send just one.
    pub hint: Option<String>,
    /// Address or name of the sender.
    pub peer: Option<String>,
    /// Number of the transport (`engine_intake::Transport`), below 128.
    pub transport: u8,
    /// By what the intake knows the record again when it is sent twice.
    pub tag: Option<[u8; TAG_BYTES]>,
    /// The record as received.
    pub raw: Vec<u8>,
}

impl Entry {
    /// About how many bytes the entry takes in a segment.
    #[must_use]
    pub fn stored_bytes(&self) -> usize {
        let labels = self.source.as_str().len()
            + self.unit.as_ref().map_or(0, |u| u.as_str().len())
            + self.hint.as_ref().map_or(0, String::len)
            + self.peer.as_ref().map_or(0, String::len);
        let tag = self.tag.map_or(0, |tag| tag.len());
        crate::frame::HEADER_BYTES + FIXED_BYTES + tag + labels + self.raw.len()
    }

    /// Checks every length against its limit; `index` is told in the error.
    pub(crate) fn check(&self, index: usize, max_raw: usize) -> Result<(), JournalError> {
        let labels = [
            ("source id", self.source.as_str().len()),
            ("unit id", self.unit.as_ref().map_or(0, |u| u.as_str().len())),
            ("hint", self.hint.as_ref().map_or(0, String::len)),
            ("peer", self.peer.as_ref().map_or(0, String::len)),
        ];
        for (field, bytes) in labels {
            if bytes > MAX_LABEL_BYTES {
                return Err(JournalError::TooLarge { index, field, bytes, limit: MAX_LABEL_BYTES });
            }
        }
        if self.raw.len() > max_raw {
            return Err(JournalError::TooLarge { index, field: "raw record", bytes: self.raw.len(), limit: max_raw });
        }
        Ok(())
    }

    /// Appends the payload. The lengths were checked by [`Entry::check`].
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.received.as_micros().to_le_bytes());
        out.push(self.transport & !TAGGED | if self.tag.is_some() { TAGGED } else { 0 });
        out.extend_from_slice(self.tag.as_ref().map_or(&[][..], |tag| tag));
        put_label(out, Some(self.source.as_str()));
        put_label(out, self.unit.as_ref().map(UnitId::as_str));
        put_label(out, self.hint.as_deref());
        put_label(out, self.peer.as_deref());
        out.extend_from_slice(&self.raw);
    }

    /// Reads a payload; `None` when it is not one (which the checksum makes all but impossible).
    pub(crate) fn decode(payload: &[u8]) -> Option<Self> {
        let mut rest = payload;
        let received = i64::from_le_bytes(*take_array::<8>(&mut rest)?);
        let [transport] = *take_array::<1>(&mut rest)?;
        let tag = if transport & TAGGED == 0 { None } else { Some(*take_array::<TAG_BYTES>(&mut rest)?) };
        let source = take_label(&mut rest)??;
        let unit = take_label(&mut rest)?;
        let hint = take_label(&mut rest)?;
        let peer = take_label(&mut rest)?;
        Some(Self {
            source: SourceId::new(source),
            unit: unit.map(UnitId::new),
            received: Timestamp::from_micros(received),
            hint: hint.map(str::to_owned),
            peer: peer.map(str::to_owned),
            transport: transport & !TAGGED,
            tag,
            raw: rest.to_vec(),
        })
    }
}

fn put_label(out: &mut Vec<u8>, label: Option<&str>) {
    let length = label.map_or(NONE, |l| u16::try_from(l.len()).unwrap_or(0));
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(label.unwrap_or_default().as_bytes());
}

fn take_array<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(head)
}

#[expect(clippy::option_option, reason = "outer: malformed, inner: absent")]
fn take_label<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a str>> {
    let length = u16::from_le_bytes(*take_array::<2>(rest)?);
    if length == NONE {
        return Some(None);
    }
    let (head, tail) = rest.split_at_checked(usize::from(length))?;
    *rest = tail;
    std::str::from_utf8(head).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_entry_reads_back(source in ".{0,40}", unit in proptest::option::of(".{0,40}"),
            hint in proptest::option::of("[a-z/-]{0,40}"), peer in proptest::option::of(".{0,40}"),
            received: i64, transport in 0_u8..128, tag: Option<[u8; TAG_BYTES]>, raw: Vec<u8>) {
            let entry = Entry { source: SourceId::new(source), unit: unit.map(UnitId::new),
                received: Timestamp::from_micros(received), hint, peer, transport, tag, raw };
            let mut bytes = Vec::new();
            entry.encode(&mut bytes);
            prop_assert_eq!(Entry::decode(&bytes), Some(entry));
        }

        #[test]
        fn any_bytes_are_refused_or_read_without_panic(bytes: Vec<u8>) {
            let _ = Entry::decode(&bytes);
        }
    }
}
