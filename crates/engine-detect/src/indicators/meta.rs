//! What is known of an indicator beside its value, packed and shared.
//!
//! Feeds give the same few combinations to millions of values, so a value holds the number of
//! a combination. Times of sightings are kept to the day and expiry to the hour (rounded up).

use super::kind::Tlp;
use base_core::Timestamp;
use rustc_hash::FxHashMap;

/// What a list says of one indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Where it is from: name of the report or family, address of a reference.
    pub source: Option<String>,
    /// First sighting.
    pub first_seen: Option<Timestamp>,
    /// Last sighting.
    pub last_seen: Option<Timestamp>,
    /// Confidence, 0 to 100.
    pub confidence: Option<u8>,
    /// How far it may be passed on.
    pub tlp: Option<Tlp>,
    /// From when on it does not count any more.
    pub expires: Option<Timestamp>,
}

/// Sixteen bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Meta {
    /// Hours since 1970 from which on it does not count; nought for never.
    pub(super) expires: u32,
    /// Number of the source; nought for that of the list.
    pub(super) source: u32,
    pub(super) list: u16,
    /// Days since 1970, nought for unknown.
    first: u16,
    last: u16,
    /// 255 for unknown.
    confidence: u8,
    tlp: Tlp,
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const NO_CONFIDENCE: u8 = 255;
/// Most sources kept apart; further ones count as that of their list.
const MAX_SOURCES: usize = 1_000_000;
/// Longest source, in characters.
const MAX_SOURCE_CHARS: usize = 200;

impl Meta {
    fn new(list: u16, source: u32, remarks: &Remarks) -> Self {
        let day = |t: Option<Timestamp>| t.and_then(|t| u16::try_from(t.as_secs().div_euclid(DAY)).ok()).unwrap_or(0);
        let hours = |t: Timestamp| t.as_micros().saturating_add(HOUR * 1_000_000 - 1).div_euclid(HOUR * 1_000_000);
        // What expired before 1970 has expired; what expires beyond belief never does.
        let expires = remarks.expires.map(|t| hours(t).max(1)).and_then(|h| u32::try_from(h).ok()).unwrap_or(0);
        Self {
            expires,
            source,
            list,
            first: day(remarks.first_seen),
            last: day(remarks.last_seen),
            confidence: remarks.confidence.map_or(NO_CONFIDENCE, |c| c.min(100)),
            tlp: remarks.tlp.unwrap_or_default(),
        }
    }

    pub(super) fn first_seen(self) -> Option<Timestamp> {
        (self.first > 0).then(|| Timestamp::from_secs(i64::from(self.first) * DAY))
    }

    pub(super) fn last_seen(self) -> Option<Timestamp> {
        (self.last > 0).then(|| Timestamp::from_secs(i64::from(self.last) * DAY))
    }

    pub(super) fn expires(self) -> Option<Timestamp> {
        (self.expires > 0).then(|| Timestamp::from_secs(i64::from(self.expires) * HOUR))
    }

    pub(super) fn confidence(self) -> Option<u8> {
        (self.confidence != NO_CONFIDENCE).then_some(self.confidence)
    }

    pub(super) const fn tlp(self) -> Tlp {
        self.tlp
    }

    /// Whether it counts at a time.
    pub(super) fn counts_at(self, now: Timestamp) -> bool {
        self.expires().is_none_or(|end| now < end)
    }

    /// Of two remarks of the same list on the same value: seen from the earlier first to the later
    /// last time, the higher confidence, the later expiry, the stricter protocol.
    fn joined(self, other: Meta) -> Meta {
        let first =
            if self.first == 0 || other.first == 0 { self.first.max(other.first) } else { self.first.min(other.first) };
        let known = |c: u8| if c == NO_CONFIDENCE { None } else { Some(c) };
        Meta {
            expires: if self.expires == 0 || other.expires == 0 { 0 } else { self.expires.max(other.expires) },
            source: if self.source == 0 { other.source } else { self.source },
            list: self.list,
            first,
            last: self.last.max(other.last),
            confidence: known(self.confidence).max(known(other.confidence)).unwrap_or(NO_CONFIDENCE),
            tlp: self.tlp.max(other.tlp),
        }
    }
}

/// Every combination once.
#[derive(Clone, Debug, Default)]
pub(super) struct Metas {
    all: Vec<Meta>,
    sources: Vec<Box<str>>,
    known: FxHashMap<Meta, u32>,
    known_sources: FxHashMap<Box<str>, u32>,
    sources_left_out: u64,
}

impl Metas {
    /// The number of a combination.
    pub(super) fn number(&mut self, list: u16, remarks: &Remarks) -> u32 {
        let source = remarks.source.as_deref().map_or(0, |s| self.source_number(s));
        self.number_of(Meta::new(list, source, remarks))
    }

    fn number_of(&mut self, meta: Meta) -> u32 {
        if let Some(number) = self.known.get(&meta) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(meta);
        self.known.insert(meta, number);
        number
    }

    fn source_number(&mut self, source: &str) -> u32 {
        let source = source.trim();
        let source = source.char_indices().nth(MAX_SOURCE_CHARS).map_or(source, |(at, _)| source.split_at(at).0);
        if source.is_empty() {
            return 0;
        }
        if let Some(number) = self.known_sources.get(source) {
            return *number;
        }
        if self.sources.len() >= MAX_SOURCES {
            self.sources_left_out += 1;
            return 0;
        }
        self.sources.push(source.into());
        let number = u32::try_from(self.sources.len()).unwrap_or(0);
        self.known_sources.insert(source.into(), number);
        number
    }

    /// Makes one of two that are of the same list.
    pub(super) fn merge(&mut self, one: u32, other: u32) -> Option<u32> {
        let (a, b) = (self.get(one)?, self.get(other)?);
        (a.list == b.list).then(|| self.number_of(a.joined(b)))
    }

    /// Forgets what only building needs.
    pub(super) fn close(&mut self) {
        self.known = FxHashMap::default();
        self.known_sources = FxHashMap::default();
        self.all.shrink_to_fit();
        self.sources.shrink_to_fit();
    }

    /// The number of a combination from elsewhere, with the name of its source.
    pub(super) fn adopt(&mut self, meta: Meta, source: Option<&str>) -> u32 {
        let source = source.map_or(0, |s| self.source_number(s));
        self.number_of(Meta { source, ..meta })
    }

    pub(super) fn get(&self, number: u32) -> Option<Meta> {
        self.all.get(number as usize).copied()
    }

    pub(super) fn source(&self, meta: Meta) -> Option<&str> {
        let at = (meta.source as usize).checked_sub(1)?;
        self.sources.get(at).map(|s| &**s)
    }

    pub(super) fn sources_left_out(&self) -> u64 {
        self.sources_left_out
    }

    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<Meta>()
            + self.sources.iter().map(|s| s.len() + size_of::<Box<str>>()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_shared_and_joined() {
        let mut metas = Metas::default();
        let at = |secs| Some(Timestamp::from_secs(secs));
        let remarks = |last, confidence| Remarks {
            source: Some("report".into()),
            first_seen: at(10 * DAY),
            last_seen: at(last),
            confidence,
            tlp: Some(Tlp::Green),
            expires: at(100 * DAY + 1),
        };
        let a = metas.number(3, &remarks(11 * DAY, None));
        assert_eq!(a, metas.number(3, &remarks(11 * DAY + 5, None)), "the same day");
        let b = metas.number(3, &remarks(20 * DAY, Some(70)));
        let both = metas.merge(a, b).and_then(|n| metas.get(n)).expect("one list");
        assert_eq!(both.last_seen(), at(20 * DAY));
        assert_eq!((both.confidence(), both.tlp()), (Some(70), Tlp::Green));
        assert_eq!(metas.source(both), Some("report"));
        assert_eq!(both.expires(), at(100 * DAY + HOUR), "rounded up");
        assert!(both.counts_at(Timestamp::from_secs(100 * DAY + HOUR - 1)));
        assert!(!both.counts_at(Timestamp::from_secs(100 * DAY + HOUR)));
        let other_list = metas.number(4, &Remarks::default());
        assert_eq!(metas.merge(a, other_list), None);
    }
}
