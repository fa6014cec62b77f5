//! The query of a search's address: what is asked, over which time, shown how.

use crate::model::range::{Preset, parse_time};
use base_core::Timestamp;
use base_ui::Href;
use engine_lake::query::{FieldRef, QueryError};
use engine_lake::{Cursor, Order, Query, SearchRequest};
use serde::Deserialize;

/// Results on a page.
pub(super) const PAGE: usize = 50;
/// Where the search lives.
pub(super) const INDEX: &str = "/tim-kiem";
/// Most columns a person can pick.
const MAX_COLUMNS: usize = 20;
/// Most fields whose values a person can have counted beside the usual ones.
const MAX_EXTRA: usize = 8;

/// The query of the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    pub(super) q: String,
    pub(super) range: String,
    /// The preset the form showed: tells a changed choice from one left as it was.
    pub(super) was: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) order: String,
    pub(super) after: String,
    /// Names of the columns, separated by commas; empty for the usual ones.
    pub(super) cols: String,
    /// Further fields whose values are counted, separated by commas.
    pub(super) dem: String,
    /// Count to the end before answering: for browsers without script.
    pub(super) full: String,
}

fn names(list: &str, most: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in list.split(',').map(str::trim).filter(|n| !n.is_empty() && n.len() <= 200) {
        if !found.iter().any(|known| known.eq_ignore_ascii_case(name)) && found.len() < most {
            found.push(name.to_owned());
        }
    }
    found
}

impl Params {
    /// The preset; `None` for a span of its own. Two times win over the preset that the form
    /// showed, a preset chosen anew wins over the times that the form showed.
    pub(super) fn preset(&self) -> Option<Preset> {
        let own = !self.from.is_empty() || !self.until.is_empty();
        let chosen = Preset::parse(&self.range);
        match chosen {
            Some(_) if own && self.range == self.was => None,
            None if own => None,
            None => Some(Preset::Day),
            Some(preset) => Some(preset),
        }
    }

    pub(super) fn span(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        match self.preset() {
            None => (parse_time(&self.from), parse_time(&self.until)),
            Some(preset) => (preset.secs().map(|secs| now.plus_secs(-secs)), None),
        }
    }

    /// What is asked of the lake.
    pub(super) fn request(&self, now: Timestamp) -> Result<SearchRequest, QueryError> {
        let (from, until) = self.span(now);
        Ok(SearchRequest {
            from,
            until,
            query: Query::parse(&self.q)?,
            order: if self.is_oldest_first() { Order::Oldest } else { Order::Newest },
            limit: PAGE,
            // A link that is not complete begins again at the first page.
            after: self.after.parse::<Cursor>().ok(),
            scan_limit: None,
        })
    }

    pub(super) fn is_oldest_first(&self) -> bool {
        self.order == "oldest"
    }

    /// The columns picked; empty for the usual ones.
    pub(super) fn columns(&self) -> Vec<String> {
        names(&self.cols, MAX_COLUMNS)
    }

    /// Fields whose values are counted beside the usual ones.
    pub(super) fn extra(&self) -> Vec<String> {
        names(&self.dem, MAX_EXTRA)
    }

    /// The fields whose values are counted, usual ones first. Units only for who sees several.
    pub(super) fn counted(&self, with_units: bool) -> Vec<FieldRef> {
        const USUAL: [&str; 9] = [
            "kind",
            "unit",
            "host.name",
            "user.name",
            "source.ip",
            "destination.ip",
            "event.code",
            "event.action",
            "event.outcome",
        ];
        let usual = USUAL.into_iter().filter(|name| with_units || *name != "unit").map(FieldRef::named);
        let mut fields: Vec<FieldRef> = usual.collect();
        for name in self.extra() {
            let field = FieldRef::named(&name);
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }

    /// The same search at another address, from its first page.
    pub(super) fn href(&self, path: &str) -> Href {
        let own = self.preset().is_none();
        Href::new(path)
            .with("q", &self.q)
            .with("range", if own { "" } else { &self.range })
            .with("from", if own { &self.from } else { "" })
            .with("until", if own { &self.until } else { "" })
            .with("order", &self.order)
            .with("cols", &self.cols)
            .with("dem", &self.dem)
    }

    /// The same search with another question.
    pub(super) fn asking(&self, query: &str) -> Href {
        self.href(INDEX).with("q", query)
    }

    /// The address' query without its path, to be kept.
    pub(super) fn text(&self) -> String {
        let href = self.href("").to_string();
        href.strip_prefix('?').unwrap_or(&href).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_counts_back_and_two_times_win_only_without_one() {
        let now = Timestamp::from_secs(1_400_000_000);
        let p = |range: &str, from: &str| Params { range: range.into(), from: from.into(), ..Params::default() };
        assert_eq!(p("", "").span(now), (Some(now.plus_secs(-86_400)), None));
        assert_eq!(p("1h", "1").span(now), (Some(now.plus_secs(-3_600)), None));
        assert_eq!(p("", "1000000").span(now), (Some(Timestamp::from_secs(1)), None));
        assert_eq!(p("all", "").span(now), (None, None));
        let left = Params { was: "24h".into(), ..p("24h", "1000000") };
        assert_eq!(
            left.span(now).0,
            Some(Timestamp::from_secs(1)),
            "the times were typed, the preset was left as it was"
        );
        let anew = Params { was: String::new(), ..p("1h", "1000000") };
        assert_eq!(anew.span(now).0, Some(now.plus_secs(-3_600)), "the preset was chosen anew");
    }

    #[test]
    fn names_are_bounded_and_each_once() {
        assert_eq!(names("a, b,,A, c", 2), ["a", "b"]);
        let params = Params { dem: "kind,Logon Type".into(), ..Params::default() };
        assert_eq!(params.counted(false).len(), 9, "units are left out, one field comes in");
    }
}
