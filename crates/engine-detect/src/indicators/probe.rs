//! What the lists say of a value that a person types in: which would match, and what hides it.

use super::allow::Allow;
use super::index::Place;
use super::kind::{IndicatorKind, Tlp};
use super::scan::{ScanScratch, scan};
use super::store::IndicatorStore;
use super::value::{Value, Width, read_with, refang};
use super::watch::hidden_by;
use base_core::Timestamp;
use std::net::IpAddr;

/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// What the lists say of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// Every indicator in it, listed list by list.
    pub listed: Vec<Listed>,
    /// The entry that allows the text as a whole, whether it is listed or not.
    pub allowed_by: Option<String>,
}

/// An indicator of a list that fits a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Id of the list.
    pub list: String,
    /// Its title.
    pub title: String,
    /// The indicator as listed.
    pub indicator: String,
    /// What it is.
    pub kind: IndicatorKind,
    /// The part of the text that it fits.
    pub seen: String,
    /// Where it is from, when the list says so.
    pub source: Option<String>,
    /// Confidence, 0 to 100.
    pub confidence: Option<u8>,
    /// How far it may be passed on.
    pub tlp: Tlp,
    /// First and last sighting, to the day.
    pub sightings: (Option<Timestamp>, Option<Timestamp>),
    /// From when on it does not count; `None` for never.
    pub expires: Option<Timestamp>,
    /// What an event with it would do.
    pub verdict: Verdict,
}

/// What an event with an indicator would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Raise an alert.
    Told,
    /// Nothing: the indicator has expired.
    Expired,
    /// Nothing: this entry of what is allowed hides it.
    Allowed(String),
}

impl IndicatorStore {
    /// Holds a text against what is in force at `now`, as if it stood in an event. Ways of writing
    /// that keep people from clicking (`hxxp`, `[.]`) are undone.
    #[must_use]
    pub fn probe(&self, text: &str, now: Timestamp) -> Probe {
        let in_force = self.in_force();
        let (index, allow) = (&*in_force.indicators, &*in_force.allow);
        let plain = refang(text.get(..text.floor_char_boundary(MAX_TEXT.min(text.len()))).unwrap_or_default());
        let value = plain.trim();
        let mut found: Vec<(Place, (usize, usize))> = Vec::new();
        scan(value.as_bytes(), index, &mut ScanScratch::new(), &mut |place, span| {
            if !found.iter().any(|(known, _)| *known == place) {
                found.push((place, span));
            }
        });
        let mut listed: Vec<Listed> = Vec::new();
        for (place, span) in found {
            let Some((indicator, meta)) = index.describe(place) else { continue };
            let Some(list) = index.lists.get(usize::from(meta.list)) else { continue };
            let verdict = match hidden_by(allow, place.kind, (value, span), &indicator) {
                _ if !meta.counts_at(now) => Verdict::Expired,
                Some(entry) => Verdict::Allowed(allow.written(entry)),
                None => Verdict::Told,
            };
            listed.push(Listed {
                list: list.spec.id.clone(),
                title: list.spec.title.clone(),
                indicator,
                kind: place.kind,
                seen: value.get(span.0..span.1).unwrap_or_default().to_owned(),
                source: index.metas.source(meta).map(str::to_owned).or_else(|| list.spec.source.clone()),
                confidence: meta.confidence(),
                tlp: meta.tlp(),
                sightings: (meta.first_seen(), meta.last_seen()),
                expires: meta.expires(),
                verdict,
            });
        }
        listed.sort_by(|a, b| (&a.list, &a.indicator).cmp(&(&b.list, &b.indicator)));
        Probe { listed, allowed_by: allowed(allow, value) }
    }
}

/// The entry that allows a value by itself.
fn allowed(allow: &Allow, text: &str) -> Option<String> {
    let entry = match read_with(text, Width::Any).ok()? {
        Value::V4(v4) => allow.address(IpAddr::V4(v4)),
        Value::V6(v6) => allow.address(IpAddr::V6(v6).to_canonical()),
        Value::Net4(start, _) => allow.address(IpAddr::V4(start)),
        Value::Net6(start, _) => allow.address(IpAddr::V6(start)),
        Value::Domain(name) => allow.name(&name, ""),
        other => allow.value(&other),
    };
    entry.map(|place| allow.written(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::load::{Format, read};
    use crate::indicators::{Builder, ListSpec};
    use base_core::{ContentFile, ManualClock};
    use std::sync::Arc;

    #[test]
    fn a_value_is_told_hidden_or_expired_with_the_reason() {
        let now = Timestamp::from_secs(1_790_000_000);
        let store = IndicatorStore::new(ManualClock::at(now));
        let mut builder = Builder::new();
        let spec = ListSpec { id: "own".into(), title: "Own".into(), ..ListSpec::default() };
        let list = builder.list(spec).expect("room");
        let text = "value,expires\nevil.example,\ngoogle.com,\nold.example,2020-01-01\n203.0.113.7,\n";
        let report = read(&mut builder, list, "x", Format::Csv, &mut text.as_bytes(), now);
        assert_eq!((report.added, report.mistakes.len()), (4, 0), "{report:?}");
        store.replace(Arc::new(builder.build()));
        let allow = "google.com\n203.0.113.0/24\n";
        store.replace_allow(Arc::new(Allow::load(&[ContentFile { path: "a".into(), text: allow.into() }]).0));
        let verdict = |text: &str| store.probe(text, now).listed.first().map(|l| l.verdict.clone());
        assert_eq!(verdict("hxxps://www[.]evil[.]example/x"), Some(Verdict::Told));
        assert_eq!(verdict("old.example"), Some(Verdict::Expired));
        assert_eq!(verdict("www.google.com"), Some(Verdict::Allowed("google.com".into())));
        assert_eq!(verdict("203.0.113.7"), Some(Verdict::Allowed("203.0.113.0/24".into())));
        let free = store.probe("203.0.113.9", now);
        assert_eq!((free.listed.len(), free.allowed_by.as_deref()), (0, Some("203.0.113.0/24")));
        assert_eq!(store.probe("nothing", now), Probe::default());
    }
}
