//! Holds events against the indicators in force and makes detections. One per thread.

use super::allow::Allow;
use super::index::{Indicators, Place};
use super::kind::IndicatorKind;
use super::meta::Meta;
use super::scan::{ScanScratch, scan};
use super::store::{InForce, IndicatorStore};
use super::value::read;
use crate::detection::{Detection, INDICATOR, Matched, excerpt, summary_fields};
use base_core::Timestamp;
use engine_event::{CommonField, Event, Kind};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

/// Fields whose values look like indicators and are none, by a part of their name (small letters).
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// Fields that are never looked at for MD5: other 32-digit sums.
    pub not_md5: Vec<String>,
    /// Fields in which four numbers with dots are no address.
    pub not_address: Vec<String>,
    /// Fields that hold nothing but paths of files, by their whole name. They are passed over.
    pub paths: Vec<String>,
    /// Fields that come from the data of a Windows event. An event that has one of them has all its
    /// data as fields, so that its rendered message only says them again and is passed over.
    pub event_data: Vec<String>,
}

impl Default for WatchOptions {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Self {
            not_md5: owned(&["imphash", "ja3", "hassh", "guid", "session", "cookie", "authentihash", "pehash"]),
            not_address: owned(&["version", "oid"]),
            paths: owned(&["CallTrace"]),
            event_data: owned(&["UtcTime", "SubjectUserSid", "TargetUserName", "ScriptBlockText", "ContextInfo"]),
        }
    }
}

impl WatchOptions {
    fn passes_over(&self, event: &Event, field: &str) -> bool {
        let is_message =
            || field.eq_ignore_ascii_case("message") && event.logsource.product.as_deref() == Some("windows");
        self.paths.iter().any(|p| p == field)
            || (is_message() && self.event_data.iter().any(|name| event.record.get(name).is_some()))
    }
}

/// Hits of one list since they were last taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTally {
    /// Id of the list.
    pub list: String,
    /// Events with an indicator of it.
    pub events: u64,
    /// Time of the latest; of the latest that was not told when none was.
    pub last: Timestamp,
    /// Indicators of it that were found and are allowed, and so not told.
    pub allowed: u64,
    /// Indicators of it that were found and had expired when the event was received.
    pub expired: u64,
}

/// What one thread counted since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchTally {
    /// Events held against the indicators.
    pub events: u64,
    /// Indicators found that are allowed, and so not told.
    pub allowed: u64,
    /// Indicators found that had expired when the event was received.
    pub expired: u64,
    /// Per list.
    pub lists: Vec<ListTally>,
}

impl WatchTally {
    /// Adds the counts of another thread.
    pub fn add(&mut self, other: WatchTally) {
        self.events += other.events;
        self.allowed += other.allowed;
        self.expired += other.expired;
        for theirs in other.lists {
            match self.lists.iter_mut().find(|ours| ours.list == theirs.list) {
                Some(ours) => {
                    ours.events += theirs.events;
                    ours.last = ours.last.max(theirs.last);
                    ours.allowed += theirs.allowed;
                    ours.expired += theirs.expired;
                }
                None => self.lists.push(theirs),
            }
        }
    }
}

/// Watches the events of one thread.
#[derive(Debug)]
pub struct IndicatorWatch {
    store: Arc<IndicatorStore>,
    version: u64,
    in_force: InForce,
    options: WatchOptions,
    scratch: ScanScratch,
    hits: Vec<Hit>,
    /// Host and path of the request of the present event.
    request: String,
    tally: WatchTally,
    by_list: FxHashMap<u16, Counted>,
}

/// What was found of one list.
#[derive(Clone, Copy, Debug)]
struct Counted {
    events: u64,
    last: Timestamp,
    allowed: u64,
    expired: u64,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Field at this place of the record.
    Field(usize),
    /// The raw text.
    Raw,
    /// Host and path of a request, which firewalls and sensors give apart.
    Request,
}

/// An indicator in a value.
#[derive(Clone, Copy, Debug)]
struct Hit {
    origin: Origin,
    place: Place,
    span: (usize, usize),
}

/// Only for values longer than this is it worth asking whether they may be passed over.
const LONG: usize = 128;
/// Most indicators told of one event; a firewall's block list in one message need not be told whole.
const MAX_HITS: usize = 256;

impl IndicatorWatch {
    /// A watch over what `store` has in force, now and later.
    #[must_use]
    pub fn new(store: Arc<IndicatorStore>) -> Self {
        Self::with_options(store, WatchOptions::default())
    }

    /// With other fields left out.
    #[must_use]
    pub fn with_options(store: Arc<IndicatorStore>, options: WatchOptions) -> Self {
        Self {
            version: store.version(),
            in_force: store.in_force(),
            store,
            options,
            scratch: ScanScratch::new(),
            hits: Vec::new(),
            request: String::new(),
            tally: WatchTally::default(),
            by_list: FxHashMap::default(),
        }
    }

    /// Appends the detections of an event, one per list that has an indicator in it.
    ///
    /// Whether an indicator has expired is decided by when the event was received, so that a
    /// replay gives the same detections.
    pub fn observe(&mut self, event: &Event, out: &mut Vec<Detection>) {
        let version = self.store.version();
        if version != self.version {
            self.flush_lists();
            self.in_force = self.store.in_force();
            self.version = version;
            self.scratch.absent.clear();
        }
        self.tally.events += 1;
        if self.in_force.indicators.is_empty() {
            return;
        }
        self.find(event);
        if !self.hits.is_empty() {
            self.tell(event, out);
        }
    }

    /// What was counted since the last call.
    pub fn take_tally(&mut self) -> WatchTally {
        self.flush_lists();
        std::mem::take(&mut self.tally)
    }

    fn find(&mut self, event: &Event) {
        self.hits.clear();
        let (index, hits, options) = (&*self.in_force.indicators, &mut self.hits, &self.options);
        for (n, field) in event.record.iter().enumerate() {
            if matches!(field.kind, Kind::Null | Kind::Bool | Kind::Number) {
                continue;
            }
            if field.text.len() > LONG && options.passes_over(event, field.name) {
                continue;
            }
            scan(field.text.as_bytes(), index, &mut self.scratch, &mut |place, span| {
                if hits.len() < MAX_HITS {
                    hits.push(Hit { origin: Origin::Field(n), place, span });
                }
            });
        }
        if put_together(event, &mut self.request) && index.has_urls() {
            scan(self.request.as_bytes(), index, &mut self.scratch, &mut |place, span| {
                // The host alone was found in its own field.
                if place.kind == IndicatorKind::Url && hits.len() < MAX_HITS {
                    hits.push(Hit { origin: Origin::Request, place, span });
                }
            });
        }
        if event.marks.unparsed {
            let raw = event.raw_text();
            scan(raw.as_bytes(), index, &mut self.scratch, &mut |place, span| {
                if hits.len() < MAX_HITS {
                    hits.push(Hit { origin: Origin::Raw, place, span });
                }
            });
        }
    }

    /// Makes detections of what was found, as far as it is to be told.
    fn tell(&mut self, event: &Event, out: &mut Vec<Detection>) {
        let index = Arc::clone(&self.in_force.indicators);
        let mut lists: Vec<(u16, Vec<Told>)> = Vec::new();
        for hit in std::mem::take(&mut self.hits) {
            let Some(told) = self.judge(event, &index, hit) else { continue };
            let list = told.meta.list;
            match lists.iter_mut().find(|(l, _)| *l == list) {
                Some((_, all)) => all.push(told),
                None => lists.push((list, vec![told])),
            }
        }
        for (list, told) in lists {
            let counted = self.counted(list, event.time);
            counted.events += 1;
            counted.last = counted.last.max(event.time);
            out.extend(detection(event, &index, list, told));
        }
    }

    /// `None` when the hit is not to be told: expired, allowed, or in a field where it means something else.
    fn judge(&mut self, event: &Event, index: &Indicators, hit: Hit) -> Option<Told> {
        let field = match hit.origin {
            Origin::Field(n) => event.record.at(n),
            Origin::Raw | Origin::Request => None,
        };
        let (name, value) = match (field, hit.origin) {
            (Some(field), _) => (field.name, Cow::Borrowed(field.text)),
            (None, Origin::Request) => (CommonField::UrlOriginal.name(), Cow::Owned(self.request.clone())),
            (None, _) => ("", event.raw_text()),
        };
        let list = index.meta(hit.place)?.list;
        if !index.meta(hit.place)?.counts_at(event.received) {
            self.tally.expired += 1;
            self.counted(list, event.time).expired += 1;
            return None;
        }
        let excluded = match hit.place.kind {
            IndicatorKind::Md5 => self.options.not_md5.as_slice(),
            IndicatorKind::Address | IndicatorKind::Network => self.options.not_address.as_slice(),
            _ => &[],
        };
        let lower = name.to_ascii_lowercase();
        if excluded.iter().any(|part| lower.contains(part.as_str())) {
            return None;
        }
        let (written, meta) = index.describe(hit.place)?;
        value.get(hit.span.0..hit.span.1)?;
        if hidden_by(&self.in_force.allow, hit.place.kind, (&value, hit.span), &written).is_some() {
            self.tally.allowed += 1;
            self.counted(list, event.time).allowed += 1;
            return None;
        }
        let (value, span) = excerpt(value.into_owned(), hit.span);
        Some(Told { field: name.to_owned(), value, span, written, kind: hit.place.kind, meta })
    }

    fn counted(&mut self, list: u16, time: Timestamp) -> &mut Counted {
        self.by_list.entry(list).or_insert(Counted { events: 0, last: time, allowed: 0, expired: 0 })
    }

    fn flush_lists(&mut self) {
        let lists = &self.in_force.indicators.lists;
        let told = self.by_list.drain().filter_map(|(list, counted)| {
            let Counted { events, last, allowed, expired } = counted;
            lists.get(usize::from(list)).map(|l| ListTally { list: l.spec.id.clone(), events, last, allowed, expired })
        });
        self.tally.add(WatchTally { lists: told.collect(), ..WatchTally::default() });
        self.tally.lists.sort_by(|a, b| a.list.cmp(&b.list));
    }
}

/// The entry that allows an indicator found at `span` of `value`, of which `written` is listed.
pub(super) fn hidden_by(
    allow: &Allow,
    kind: IndicatorKind,
    (value, span): (&str, (usize, usize)),
    written: &str,
) -> Option<Place> {
    if allow.is_empty() {
        return None;
    }
    let seen = value.get(span.0..span.1)?;
    match kind {
        IndicatorKind::Address | IndicatorKind::Network => allow.address(seen.parse::<IpAddr>().ok()?.to_canonical()),
        IndicatorKind::Domain => {
            // The whole name, of which the listed part is the end.
            let head = value.get(..span.0).unwrap_or_default();
            let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
            let begin = head.trim_end_matches(part).len();
            let name = value.get(begin..span.1).unwrap_or(seen).trim_start_matches(['.', '-']);
            allow.name(name, written)
        }
        _ => allow.value(&read(seen).ok()?),
    }
}

/// Writes the URL of a request whose host and path are apart; `false` when they are not.
fn put_together(event: &Event, out: &mut String) -> bool {
    out.clear();
    let (host, path) = (event.common.destination_domain.as_deref(), event.common.url_original.as_deref());
    let (Some(host), Some(path)) = (host, path.filter(|p| p.starts_with('/'))) else { return false };
    out.push_str(host);
    out.push_str(path);
    true
}

/// A hit that is told.
struct Told {
    field: String,
    value: String,
    span: (usize, usize),
    written: String,
    kind: IndicatorKind,
    meta: Meta,
}

/// The detection of one list.
fn detection(event: &Event, index: &Indicators, list: u16, told: Vec<Told>) -> Option<Detection> {
    let rule = &index.lists.get(usize::from(list))?.rule;
    let first = told.first()?;
    let mut summary = remarks(index, first);
    summary.extend(summary_fields(event, rule));
    let mut listed: Vec<Box<str>> = told.iter().map(|t| t.written.as_str().into()).collect();
    listed.sort_unstable();
    listed.dedup();
    let matched = told.into_iter().map(|t| Matched {
        field: t.field,
        value: t.value,
        pattern: t.written,
        op: format!("{INDICATOR}{}", t.kind.as_str()),
        span: Some(t.span),
    });
    Some(Detection::of_event(rule, event, &listed, matched.collect(), summary))
}

/// What is known of an indicator, for lists and for the placeholders of texts.
fn remarks(index: &Indicators, told: &Told) -> Vec<(String, String)> {
    let meta = told.meta;
    let list = index.lists.get(usize::from(meta.list));
    let source = index.metas.source(meta).map(str::to_owned);
    let source = source.or_else(|| list.and_then(|l| l.spec.source.clone().or_else(|| Some(l.spec.title.clone()))));
    let day = |t: Option<Timestamp>| t.map(Timestamp::utc_day);
    let all = [
        ("indicator", Some(told.written.clone())),
        ("indicator.kind", Some(told.kind.as_str().to_owned())),
        ("indicator.source", source),
        ("indicator.confidence", meta.confidence().map(|c| c.to_string())),
        ("indicator.tlp", Some(meta.tlp().as_str().to_owned())),
        ("indicator.first_seen", day(meta.first_seen())),
        ("indicator.last_seen", day(meta.last_seen())),
    ];
    all.into_iter().filter_map(|(name, value)| value.map(|v| (name.to_owned(), v))).collect()
}
