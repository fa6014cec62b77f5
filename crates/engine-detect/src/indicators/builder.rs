//! Takes indicators and makes an index of them.

use super::filter::Filter;
use super::fingerprint::Key;
use super::index::{Indicators, ListId, ListInfo, Tables, Tops};
use super::list::ListSpec;
use super::meta::{Meta, Metas, Remarks};
use super::networks::{Network, Networks};
use super::table::{Pile, Table};
use super::value::{Refusal, Value};
use base_core::Timestamp;

/// Takes indicators and makes an index of them.
#[derive(Debug)]
pub struct Builder {
    /// Whether values are kept; otherwise they are only counted.
    keeps: bool,
    counted: usize,
    lists: Vec<ListInfo>,
    metas: Metas,
    v4: Pile,
    v6: Pile,
    domains: Pile,
    urls: Pile,
    md5: Pile,
    sha1: Pile,
    sha256: Pile,
    mails: Pile,
    nets4: Vec<Network<u32>>,
    nets6: Vec<Network<u128>>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            keeps: true,
            counted: 0,
            lists: Vec::new(),
            metas: Metas::default(),
            v4: Pile::new(Some(4)),
            v6: Pile::new(Some(16)),
            domains: Pile::new(None),
            urls: Pile::new(None),
            md5: Pile::new(Some(16)),
            sha1: Pile::new(Some(20)),
            sha256: Pile::new(Some(32)),
            mails: Pile::new(None),
            nets4: Vec::new(),
            nets6: Vec::new(),
        }
    }
}

/// What is said of a list or an index that has no more room.
const FULL: Refusal = Refusal {
    reason: "does not fit any more: values of this kind take 4 GiB",
    remedy: "leave out old indicators or those of little confidence",
};

impl Builder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder that keeps no value: for a look at a list that takes no memory, however long it is.
    #[must_use]
    pub fn checking() -> Self {
        Self { keeps: false, ..Self::default() }
    }

    /// A builder with lists and no values.
    pub(super) fn going_on(lists: Vec<ListInfo>) -> Self {
        Self { lists, ..Self::default() }
    }

    /// The number of metadata from elsewhere.
    pub(super) fn adopt(&mut self, meta: Meta, source: Option<&str>) -> u32 {
        self.metas.adopt(meta, source)
    }

    /// Adds a list, or gives the list of this id its new description; `None` beyond 65 535 lists.
    /// Values are added by [`super::load::read`].
    pub fn list(&mut self, spec: ListSpec) -> Option<ListId> {
        let info = ListInfo { rule: spec.rule(), spec };
        let known = self.lists.iter().position(|l| !l.spec.id.is_empty() && l.spec.id == info.spec.id);
        let at = known.unwrap_or(self.lists.len());
        let id = u16::try_from(at).ok().filter(|n| *n < u16::MAX)?;
        match self.lists.get_mut(at) {
            Some(list) => *list = info,
            None => self.lists.push(info),
        }
        Some(ListId(id))
    }

    /// The description of a list.
    #[must_use]
    pub fn spec(&self, list: ListId) -> Option<&ListSpec> {
        self.lists.get(usize::from(list.0)).map(|l| &l.spec)
    }

    /// Adds a value. Remarks that are missing are those of the list; `loaded` is when.
    /// `Ok(false)` when the list does not want indicators of so little confidence.
    pub(super) fn add(
        &mut self,
        list: ListId,
        value: &Value,
        remarks: &Remarks,
        loaded: Timestamp,
    ) -> Result<bool, Refusal> {
        let spec = self.lists.get(usize::from(list.0)).map(|l| &l.spec);
        let mut remarks = remarks.clone();
        if let Some(spec) = spec {
            remarks.confidence = remarks.confidence.or(spec.confidence);
            remarks.tlp = remarks.tlp.or(spec.tlp);
            if remarks.expires.is_none()
                && let Some(days) = spec.lifetime_days
            {
                remarks.expires = Some(remarks.last_seen.unwrap_or(loaded).plus_secs(i64::from(days) * 86_400));
            }
            if remarks.confidence.is_some_and(|c| c < spec.min_confidence) {
                return Ok(false);
            }
        }
        if !self.keeps {
            self.counted += 1;
            return Ok(true);
        }
        let meta = self.metas.number(list.0, &remarks);
        if self.push(value, meta) { Ok(true) } else { Err(FULL) }
    }

    /// Adds a value with metadata of its own numbering; `false` when there is no room.
    pub(super) fn push(&mut self, value: &Value, meta: u32) -> bool {
        match value {
            Value::V4(v4) => self.v4.push(&v4.octets(), meta),
            Value::V6(v6) => self.v6.push(&v6.octets(), meta),
            Value::Net4(start, length) => {
                self.nets4.push(Network { start: start.to_bits(), length: *length, meta });
                true
            }
            Value::Net6(start, length) => {
                self.nets6.push(Network { start: start.to_bits(), length: *length, meta });
                true
            }
            Value::Domain(name) => self.domains.push(name.as_bytes(), meta),
            Value::Url(url) => self.urls.push(url, meta),
            Value::Md5(hash) => self.md5.push(hash, meta),
            Value::Sha1(hash) => self.sha1.push(hash, meta),
            Value::Sha256(hash) => self.sha256.push(hash, meta),
            Value::Mail(mail) => self.mails.push(mail.as_bytes(), meta),
        }
    }

    /// How many values were added, repeats included.
    #[must_use]
    pub fn len(&self) -> usize {
        let piles = [&self.v4, &self.v6, &self.domains, &self.urls, &self.md5, &self.sha1, &self.sha256, &self.mails];
        piles.iter().map(|p| p.len()).sum::<usize>() + self.nets4.len() + self.nets6.len() + self.counted
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Orders everything. Values given twice by one list become one. Takes about a second per
    /// million and, for the largest kind, as much memory again while it works.
    #[must_use]
    pub fn build(self) -> Indicators {
        let key = Key::new(self.seed());
        let mut metas = self.metas;
        let merge = &mut |a, b| metas.merge(a, b);
        let fixed = |v: &[u8]| key.fixed(v);
        let url = |v: &[u8]| key.fixed(v.get(1..).unwrap_or_default());
        let tables = Tables {
            v4: Table::build(self.v4, fixed, merge),
            v6: Table::build(self.v6, fixed, merge),
            domains: Table::build(self.domains, |v| key.name(v), merge),
            urls: Table::build(self.urls, url, merge),
            md5: Table::build(self.md5, fixed, merge),
            sha1: Table::build(self.sha1, fixed, merge),
            sha256: Table::build(self.sha256, fixed, merge),
            mails: Table::build(self.mails, |v| key.text(v), merge),
            nets4: Networks::build(self.nets4, merge),
            nets6: Networks::build(self.nets6, merge),
        };
        metas.close();
        let mut made = Indicators {
            key,
            filter: Filter::with_room(tables.exact().iter().map(|t| t.len()).sum()),
            tables,
            metas,
            lists: self.lists,
            tops: Tops::default(),
        };
        made.fill();
        made
    }

    /// A key that depends on what is listed.
    fn seed(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        for pile in [&self.v4, &self.domains, &self.urls, &self.md5, &self.sha1, &self.sha256, &self.mails] {
            hasher.update(pile.sample());
        }
        hasher.update(&self.len().to_le_bytes());
        hasher.finalize().as_bytes().first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b))
    }
}
