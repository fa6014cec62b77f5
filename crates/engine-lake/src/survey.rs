//! What matching events have in common: counts over time and the frequent values of fields, in
//! one pass over the events.

use crate::query::{FieldRef, Meta, mark_names};
use crate::{Buckets, Lake, LakeError, Order, SearchRequest};
use base_core::Scope;
use engine_event::{Event, Kind};
use std::collections::HashMap;

/// Most fields of one survey.
pub const MAX_SURVEY_FIELDS: usize = 24;
/// Most distinct values that are told apart per field; events with further ones count as others.
pub const MAX_SURVEY_VALUES: usize = 10_000;
/// Longest value that is counted by itself, in bytes; events with longer ones count as others.
pub const MAX_SURVEY_VALUE: usize = 512;
/// Events fetched at once by the plain way.
const PAGE: usize = 2_000;

/// What is to be counted.
#[derive(Clone, Debug, Default)]
pub struct SurveyAsk {
    /// Bars to fill; `None` for no counts over time.
    pub buckets: Option<Buckets>,
    /// Fields whose values are counted; at most [`MAX_SURVEY_FIELDS`], further ones are left out.
    pub fields: Vec<FieldRef>,
    /// Stop after about so many matching events. `None`: count all.
    pub sample: Option<u64>,
}

impl SurveyAsk {
    /// The fields that are counted.
    pub fn counted(&self) -> impl Iterator<Item = &FieldRef> {
        self.fields.iter().take(MAX_SURVEY_FIELDS)
    }
}

/// How often values occur in one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueCounts {
    /// Name of the field as it was asked.
    pub field: String,
    /// Matching events that have the field.
    pub present: u64,
    /// Events whose value is not told apart: too long, or one too many.
    pub others: u64,
    values: HashMap<Box<str>, u64>,
}

impl ValueCounts {
    /// None counted yet.
    #[must_use]
    pub fn of(field: &FieldRef) -> Self {
        Self { field: field.name().to_owned(), ..Self::default() }
    }

    /// Counts `events` events with this value.
    pub fn add(&mut self, value: &str, events: u64) {
        if let Some(count) = self.values.get_mut(value) {
            *count += events;
        } else if value.len() <= MAX_SURVEY_VALUE && self.values.len() < MAX_SURVEY_VALUES {
            self.values.insert(Box::from(value), events);
        } else {
            self.others += events;
        }
    }

    /// The most frequent values, each with its events; equal counts in order of the value.
    #[must_use]
    pub fn top(&self, most: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self.values.iter().map(|(value, n)| (value.as_ref(), *n)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all.truncate(most);
        all
    }

    /// How many values are told apart.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.present += other.present;
        self.others += other.others;
        for (value, events) in other.values {
            self.add(&value, events);
        }
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Matching events.
    pub matched: u64,
    /// Whether [`SurveyAsk::sample`] ended the count early.
    pub sampled: bool,
    /// Events per bar of [`SurveyAsk::buckets`].
    pub bars: Vec<u64>,
    /// In the order of [`SurveyAsk::fields`].
    pub fields: Vec<ValueCounts>,
}

impl Survey {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(ask: &SurveyAsk) -> Self {
        Self {
            bars: vec![0; ask.buckets.map_or(0, |buckets| buckets.count())],
            fields: ask.counted().map(ValueCounts::of).collect(),
            ..Self::default()
        }
    }

    /// Counts an event.
    pub fn add(&mut self, ask: &SurveyAsk, event: &Event) {
        self.matched += 1;
        self.add_time(ask, event.time);
        for (counts, field) in self.fields.iter_mut().zip(ask.counted()) {
            let values = field.values_of(event);
            counts.present += u64::from(!values.is_empty());
            values.into_iter().for_each(|value| counts.add(value, 1));
        }
    }

    /// Counts a time into its bar.
    pub fn add_time(&mut self, ask: &SurveyAsk, time: base_core::Timestamp) {
        let index = ask.buckets.and_then(|buckets| buckets.index(time));
        if let Some(bar) = index.and_then(|index| self.bars.get_mut(index)) {
            *bar += 1;
        }
    }

    /// Whether the sample is complete.
    #[must_use]
    pub fn is_enough(&self, ask: &SurveyAsk) -> bool {
        ask.sample.is_some_and(|sample| self.matched >= sample)
    }

    /// Adds what was counted of another part of the time.
    pub fn merge(&mut self, other: Self) {
        self.matched += other.matched;
        self.sampled |= other.sampled;
        for (bar, more) in self.bars.iter_mut().zip(other.bars) {
            *bar += more;
        }
        for (counts, more) in self.fields.iter_mut().zip(other.fields) {
            counts.merge(more);
        }
    }
}

impl FieldRef {
    /// The distinct values an event has in this field. Times, ids and raw records are no values
    /// to count: they are nearly all different.
    #[must_use]
    pub fn values_of<'a>(&self, event: &'a Event) -> Vec<&'a str> {
        let one = |value: Option<&'a str>| value.into_iter().collect();
        let text = |value: &'a Option<std::sync::Arc<str>>| one(value.as_deref());
        match self {
            Self::Common(field) => one(event.common.get(*field)),
            Self::Meta(Meta::Unit) => one(event.unit.as_ref().map(base_core::UnitId::as_str)),
            Self::Meta(Meta::Source) => one(event.source.as_ref().map(base_core::SourceId::as_str)),
            Self::Meta(Meta::Kind) => one(Some(&event.kind)),
            Self::Meta(Meta::Product) => text(&event.logsource.product),
            Self::Meta(Meta::Category) => text(&event.logsource.category),
            Self::Meta(Meta::Service) => text(&event.logsource.service),
            Self::Meta(Meta::Mark) => mark_names(event.marks).collect(),
            Self::Meta(Meta::Time | Meta::Received | Meta::Id | Meta::Raw) => Vec::new(),
            Self::Record(name) => {
                let named = event.record.iter().filter(|f| f.kind != Kind::Null && f.name.eq_ignore_ascii_case(name));
                let mut values: Vec<&str> = Vec::new();
                for field in named {
                    if !values.contains(&field.text) {
                        values.push(field.text);
                    }
                }
                values
            }
        }
    }
}

/// Counts by fetching the events: what every lake can do.
///
/// # Errors
/// As [`Lake::search`].
pub async fn survey_by_search<L: Lake + ?Sized>(
    lake: &L,
    scope: &Scope,
    request: &SearchRequest,
    ask: &SurveyAsk,
) -> Result<Survey, LakeError> {
    let mut survey = Survey::new(ask);
    let mut request =
        SearchRequest { limit: PAGE, order: Order::Newest, after: None, scan_limit: None, ..request.clone() };
    loop {
        let page = lake.search(scope, &request).await?;
        for event in &page.events {
            if survey.is_enough(ask) {
                survey.sampled = true;
                return Ok(survey);
            }
            survey.add(ask, event);
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(survey),
        }
    }
}
