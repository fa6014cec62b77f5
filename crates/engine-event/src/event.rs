//! One event with everything known of it.

use crate::{Common, LogSource, Record};
use base_core::{SourceId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Identity of an event: 128 bits, 32 hexadecimal digits.
///
/// On the server it is made from the event's place in the journal ([`EventId::from_journal`]),
/// so that a replay gives the same id; offline from the file's name and the place in it
/// ([`EventId::from_content`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u128);

impl EventId {
    /// From the journal's instance number (random, made with the journal) and the
    /// sequence number of the entry. Ids of one journal rise with the sequence.
    #[must_use]
    pub const fn from_journal(instance: u64, sequence: u64) -> Self {
        Self(((instance as u128) << 64) | sequence as u128)
    }

    /// The upper 64 bits: the journal's instance number of an id made by [`EventId::from_journal`].
    #[must_use]
    pub const fn instance(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// The journal sequence number of an id made by [`EventId::from_journal`].
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the lower 64 bits are the sequence number")]
    pub const fn sequence(self) -> u64 {
        self.0 as u64
    }

    /// From any parts that name the event, such as file name, position and bytes.
    #[must_use]
    pub fn from_content(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut first = [0_u8; 16];
        first.copy_from_slice(hasher.finalize().as_bytes().first_chunk::<16>().unwrap_or(&[0; 16]));
        Self(u128::from_be_bytes(first))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for EventId {
    type Err = std::num::ParseIntError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(s, 16).map(Self)
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What was unusual about a record. A bad record is kept, marked and counted, never dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Longer than the limit; the rest was cut.
    pub truncated: bool,
    /// No source definition could read it; only `raw` and the receipt time are known.
    pub unparsed: bool,
    /// Bytes that are not UTF-8 were replaced for the fields; `raw` has them as they were.
    pub not_utf8: bool,
    /// The time in the record was missing or beyond belief; the receipt time stands in.
    pub no_time: bool,
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Identity.
    pub id: EventId,
    /// When it happened, as the record says (else when it was received, see [`Marks::no_time`]).
    pub time: Timestamp,
    /// When Mangrove received it.
    pub received: Timestamp,
    /// The unit it belongs to; `None` offline and for sources of no unit.
    pub unit: Option<UnitId>,
    /// Where it came in (token, listener and address, upload); `None` offline.
    pub source: Option<SourceId>,
    /// Id of the source definition that read it, such as `microsoft/windows-security`; `unknown` if none did.
    pub kind: Arc<str>,
    /// Log source for detection.
    pub logsource: Arc<LogSource>,
    /// Fields with their original names, plus those of the Sigma taxonomy.
    pub record: Record,
    /// Common columns for search.
    pub common: Common,
    /// The record as received.
    pub raw: Box<[u8]>,
    /// What was unusual.
    pub marks: Marks,
}

impl Event {
    /// The raw record as text, with bytes that are not UTF-8 replaced.
    #[must_use]
    pub fn raw_text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.raw)
    }
}
