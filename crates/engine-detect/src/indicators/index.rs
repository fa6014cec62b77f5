//! All lists together, ready to be looked up, and the builder that makes them so.

use super::builder::Builder;
use super::filter::Filter;
use super::fingerprint::Key;
use super::kind::IndicatorKind;
use super::list::ListSpec;
use super::meta::{Meta, Metas};
use super::networks::Networks;
use super::table::Table;
use super::url::Scheme;
use super::value::Value;
use crate::rule_info::RuleInfo;
use base_core::Timestamp;
use rustc_hash::FxHashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A list within an index.
#[derive(Clone, Debug)]
pub struct ListInfo {
    /// Its description.
    pub spec: ListSpec,
    /// The rule that stands for it in detections.
    pub rule: Arc<RuleInfo>,
}

/// Number of a list in a [`Builder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListId(pub(super) u16);

/// One table per kind; networks apart.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) v4: Table,
    pub(super) v6: Table,
    pub(super) domains: Table,
    pub(super) urls: Table,
    pub(super) md5: Table,
    pub(super) sha1: Table,
    pub(super) sha256: Table,
    pub(super) mails: Table,
    pub(super) nets4: Networks<u32>,
    pub(super) nets6: Networks<u128>,
}

/// Indicators of all lists. Never changed once built: replace it as a whole
/// ([`super::IndicatorStore::replace`]).
#[derive(Debug)]
pub struct Indicators {
    pub(super) key: Key,
    pub(super) filter: Filter,
    pub(super) tables: Tables,
    pub(super) metas: Metas,
    pub(super) lists: Vec<ListInfo>,
    /// Hashes of last labels of domains and hosts, as a bit set: what ends otherwise is no name.
    pub(super) tops: Tops,
}

/// An indicator as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) kind: IndicatorKind,
    /// Whether an address or network is of IPv6.
    pub(super) six: bool,
    pub(super) at: u32,
}

/// How many indicators there are and what they take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndicatorCounts {
    /// Per kind.
    pub kinds: Vec<(IndicatorKind, usize)>,
    /// Memory of values, directories and metadata, in bytes.
    pub bytes: usize,
    /// Sources that were not kept apart because there were too many.
    pub sources_left_out: u64,
}

impl IndicatorCounts {
    /// Of all kinds.
    #[must_use]
    pub fn total(&self) -> usize {
        self.kinds.iter().map(|(_, n)| n).sum()
    }
}

/// What one list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListCount {
    /// Id of the list.
    pub list: String,
    /// Indicators of it, also those that have expired.
    pub values: usize,
    /// Of these, those that do not count any more.
    pub expired: usize,
    /// Of these, those that never expire.
    pub unending: usize,
    /// When the last of those that expire does; `None` when none expires.
    pub last_expiry: Option<Timestamp>,
}

/// Set of last labels, by 13 bits of their hash.
#[derive(Debug)]
pub(super) struct Tops(Box<[u64; 128]>);

impl Default for Tops {
    fn default() -> Self {
        Self(Box::new([0; 128]))
    }
}

impl Tops {
    fn place(hash: u64) -> (usize, u64) {
        ((hash >> 57) as usize, 1 << ((hash >> 51) & 63))
    }

    fn insert(&mut self, hash: u64) {
        let (word, bit) = Self::place(hash);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    pub(super) fn may_have(&self, hash: u64) -> bool {
        let (word, bit) = Self::place(hash);
        self.0.get(word).is_some_and(|w| w & bit != 0)
    }
}

impl Tables {
    /// The tables whose values are found by fingerprint.
    pub(super) fn exact(&self) -> [&Table; 8] {
        [&self.v4, &self.v6, &self.domains, &self.urls, &self.md5, &self.sha1, &self.sha256, &self.mails]
    }
}

impl Indicators {
    /// Without any indicator.
    #[must_use]
    pub fn empty() -> Self {
        Builder::new().build()
    }

    /// Enters every value into the filter, and the last labels of names into their set.
    pub(super) fn fill(&mut self) {
        let (key, tables) = (self.key, &self.tables);
        let mut fill = |table: &Table, print: &dyn Fn(&[u8]) -> u64| {
            (0..table.len()).for_each(|at| self.filter.insert(print(table.value(at))));
        };
        for table in [&tables.v4, &tables.v6, &tables.md5, &tables.sha1, &tables.sha256] {
            fill(table, &|v| key.fixed(v));
        }
        fill(&tables.urls, &|v| key.fixed(v.get(1..).unwrap_or_default()));
        fill(&tables.domains, &|v| key.name(v));
        fill(&tables.mails, &|v| key.text(v));
        let last = |name: &[u8]| key.top(name.rsplit(|b| *b == b'.').next().unwrap_or_default());
        let domains = (0..tables.domains.len()).map(|at| last(tables.domains.value(at)));
        let hosts = (0..tables.urls.len()).filter_map(|at| host_of(tables.urls.value(at))).map(last);
        let mails = (0..tables.mails.len()).map(|at| last(tables.mails.value(at)));
        domains.chain(hosts).chain(mails).for_each(|top| self.tops.insert(top));
    }

    /// Whether there is no indicator at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let t = &self.tables;
        t.exact().iter().all(|t| t.is_empty()) && t.nets4.entries().is_empty() && t.nets6.entries().is_empty()
    }

    pub(super) fn has_urls(&self) -> bool {
        !self.tables.urls.is_empty()
    }

    /// The lists.
    pub fn lists(&self) -> impl Iterator<Item = &ListInfo> {
        self.lists.iter()
    }

    /// How many indicators, and their memory.
    #[must_use]
    pub fn counts(&self) -> IndicatorCounts {
        let t = &self.tables;
        let nets = t.nets4.entries().len() + t.nets6.entries().len();
        IndicatorCounts {
            kinds: vec![
                (IndicatorKind::Address, t.v4.len() + t.v6.len()),
                (IndicatorKind::Network, nets),
                (IndicatorKind::Domain, t.domains.len()),
                (IndicatorKind::Url, t.urls.len()),
                (IndicatorKind::Md5, t.md5.len()),
                (IndicatorKind::Sha1, t.sha1.len()),
                (IndicatorKind::Sha256, t.sha256.len()),
                (IndicatorKind::Mail, t.mails.len()),
            ],
            bytes: t.exact().iter().map(|t| t.bytes()).sum::<usize>()
                + t.nets4.bytes()
                + t.nets6.bytes()
                + self.filter.bytes()
                + self.metas.bytes(),
            sources_left_out: self.metas.sources_left_out(),
        }
    }

    /// What each list holds at a time, in the order of the lists. Looks at every indicator: 10
    /// million take about a tenth of a second.
    #[must_use]
    pub fn by_list(&self, now: Timestamp) -> Vec<ListCount> {
        let mut all: Vec<ListCount> =
            self.lists.iter().map(|l| ListCount { list: l.spec.id.clone(), ..ListCount::default() }).collect();
        for meta in self.numbers().filter_map(|n| self.metas.get(n)) {
            let Some(count) = all.get_mut(usize::from(meta.list)) else { continue };
            count.values += 1;
            count.expired += usize::from(!meta.counts_at(now));
            // The one that holds longest; none when any holds for good.
            match meta.expires() {
                Some(end) => count.last_expiry = count.last_expiry.max(Some(end)),
                None => count.unending += 1,
            }
        }
        all
    }

    /// The metadata of every indicator.
    fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        let t = &self.tables;
        let exact = t.exact().into_iter().flat_map(|t| (0..t.len()).map(|at| t.meta(at)));
        let nets = t.nets4.entries().iter().map(|n| n.meta).chain(t.nets6.entries().iter().map(|n| n.meta));
        exact.chain(nets)
    }

    /// How many do not count any more at a time; [`Indicators::reopened`] leaves them out.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> usize {
        self.numbers().filter(|n| self.metas.get(*n).is_some_and(|m| !m.counts_at(now))).count()
    }

    /// A builder with what is here except the lists named in `without` and what has expired:
    /// to replace one list, reopen without it, load it anew and build.
    #[must_use]
    pub fn reopened(&self, without: &[&str], now: Timestamp) -> Builder {
        let mut builder = Builder::going_on(self.lists.clone());
        // What was said of values that are gone goes with them.
        let mut numbers: FxHashMap<u32, u32> = FxHashMap::default();
        let gone: Vec<bool> = self.lists.iter().map(|l| without.contains(&l.spec.id.as_str())).collect();
        for (value, number) in self.every() {
            let Some(meta) = self.metas.get(number) else { continue };
            if !meta.counts_at(now) || gone.get(usize::from(meta.list)).copied().unwrap_or(true) {
                continue;
            }
            let number = *numbers.entry(number).or_insert_with(|| builder.adopt(meta, self.metas.source(meta)));
            // It fitted before.
            let _fitted = builder.push(&value, number);
        }
        builder
    }

    fn every(&self) -> impl Iterator<Item = (Value, u32)> + '_ {
        let t = &self.tables;
        let exact = [
            (IndicatorKind::Address, false, t.v4.len()),
            (IndicatorKind::Address, true, t.v6.len()),
            (IndicatorKind::Network, false, t.nets4.entries().len()),
            (IndicatorKind::Network, true, t.nets6.entries().len()),
            (IndicatorKind::Domain, false, t.domains.len()),
            (IndicatorKind::Url, false, t.urls.len()),
            (IndicatorKind::Md5, false, t.md5.len()),
            (IndicatorKind::Sha1, false, t.sha1.len()),
            (IndicatorKind::Sha256, false, t.sha256.len()),
            (IndicatorKind::Mail, false, t.mails.len()),
        ];
        let places = exact.into_iter().flat_map(|(kind, six, count)| {
            (0..u32::try_from(count).unwrap_or(u32::MAX)).map(move |at| Place { kind, six, at })
        });
        places.filter_map(|place| self.stored(place))
    }

    /// The value and the number of the metadata of an indicator.
    fn stored(&self, place: Place) -> Option<(Value, u32)> {
        let at = place.at as usize;
        let table = self.table(place);
        let bytes = table.map_or(&[][..], |t| t.value(at));
        let text = || String::from_utf8(bytes.to_vec()).ok();
        let value = match (place.kind, place.six) {
            (IndicatorKind::Address, false) => Value::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
            (IndicatorKind::Address, true) => Value::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
            (IndicatorKind::Network, false) => {
                let n = self.tables.nets4.entries().get(at)?;
                return Some((Value::Net4(Ipv4Addr::from_bits(n.start), n.length), n.meta));
            }
            (IndicatorKind::Network, true) => {
                let n = self.tables.nets6.entries().get(at)?;
                return Some((Value::Net6(Ipv6Addr::from_bits(n.start), n.length), n.meta));
            }
            (IndicatorKind::Domain, _) => Value::Domain(text()?),
            (IndicatorKind::Url, _) => Value::Url(bytes.to_vec()),
            (IndicatorKind::Md5, _) => Value::Md5(bytes.try_into().ok()?),
            (IndicatorKind::Sha1, _) => Value::Sha1(bytes.try_into().ok()?),
            (IndicatorKind::Sha256, _) => Value::Sha256(bytes.try_into().ok()?),
            (IndicatorKind::Mail, _) => Value::Mail(text()?),
        };
        Some((value, table?.meta(at)))
    }

    fn table(&self, place: Place) -> Option<&Table> {
        let t = &self.tables;
        match place.kind {
            IndicatorKind::Address if place.six => Some(&t.v6),
            IndicatorKind::Address => Some(&t.v4),
            IndicatorKind::Network => None,
            IndicatorKind::Domain => Some(&t.domains),
            IndicatorKind::Url => Some(&t.urls),
            IndicatorKind::Md5 => Some(&t.md5),
            IndicatorKind::Sha1 => Some(&t.sha1),
            IndicatorKind::Sha256 => Some(&t.sha256),
            IndicatorKind::Mail => Some(&t.mails),
        }
    }

    /// An indicator as written, and what is known of it.
    pub(super) fn describe(&self, place: Place) -> Option<(String, Meta)> {
        let (value, meta) = self.stored(place)?;
        let written = match value {
            Value::V4(v4) => v4.to_string(),
            Value::V6(v6) => v6.to_string(),
            Value::Net4(start, length) => format!("{start}/{length}"),
            Value::Net6(start, length) => format!("{start}/{length}"),
            Value::Domain(text) | Value::Mail(text) => text,
            Value::Url(stored) => {
                let (scheme, rest) = stored.split_first()?;
                format!("{}{}", Scheme::prefix(*scheme), String::from_utf8_lossy(rest))
            }
            Value::Md5(hash) => hex::encode(hash),
            Value::Sha1(hash) => hex::encode(hash),
            Value::Sha256(hash) => hex::encode(hash),
        };
        Some((written, self.metas.get(meta)?))
    }

    pub(super) fn meta(&self, place: Place) -> Option<Meta> {
        let at = place.at as usize;
        let number = match (place.kind, place.six) {
            (IndicatorKind::Network, false) => self.tables.nets4.entries().get(at)?.meta,
            (IndicatorKind::Network, true) => self.tables.nets6.entries().get(at)?.meta,
            _ => self.table(place)?.meta(at),
        };
        self.metas.get(number)
    }

    /// Calls `found` with every indicator that is this address or a network around it.
    pub(super) fn address(&self, address: IpAddr, may: bool, found: &mut dyn FnMut(Place)) {
        let mut tell = |kind, six, at: usize| {
            found(Place { kind, six, at: u32::try_from(at).unwrap_or(u32::MAX) });
        };
        match address {
            IpAddr::V4(v4) => {
                let octets = v4.octets();
                if may {
                    self.tables.v4.find(
                        self.key.fixed(&octets),
                        |v| v == octets,
                        |at| {
                            tell(IndicatorKind::Address, false, at);
                        },
                    );
                }
                self.tables.nets4.places(v4.to_bits()).for_each(|at| tell(IndicatorKind::Network, false, at));
            }
            IpAddr::V6(v6) => {
                let octets = v6.octets();
                if may {
                    self.tables.v6.find(
                        self.key.fixed(&octets),
                        |v| v == octets,
                        |at| {
                            tell(IndicatorKind::Address, true, at);
                        },
                    );
                }
                self.tables.nets6.places(v6.to_bits()).for_each(|at| tell(IndicatorKind::Network, true, at));
            }
        }
    }
}

/// The host of a stored URL, if it is a name.
fn host_of(stored: &[u8]) -> Option<&[u8]> {
    let rest = stored.get(1..)?;
    let end = rest.iter().position(|b| matches!(b, b'/' | b':' | b'?'))?;
    rest.get(..end).filter(|host| !host.last().is_some_and(u8::is_ascii_digit))
}
