//! What correlations need of an event: little enough to keep and to send.

use super::{entity_for, feeds_of};
use crate::detection::summary_fields;
use crate::entity::Entity;
use crate::lookup::lookup;
use crate::matcher::Hit;
use crate::pack::RulePack;
use base_core::{Timestamp, UnitId};
use engine_event::{Event, EventId, LogSource};
use engine_sigma::{Correlation, CorrelationKind, Referred, RuleIdx, fold::fold};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;
use std::sync::Arc;

/// An event as the correlations see it.
#[derive(Clone, Debug)]
pub struct Observation {
    pub(super) time: Timestamp,
    pub(super) received: Timestamp,
    pub(super) position: u64,
    pub(super) event: EventId,
    pub(super) unit: Option<UnitId>,
    pub(super) logsource: Arc<LogSource>,
    pub(super) kind: Arc<str>,
    feeds: Vec<Feed>,
}

/// One place where an event counts.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) correlation: usize,
    /// Which of the correlation's references.
    pub(super) referred: usize,
    /// The earlier correlation that must fire first; `None` for a rule's hit.
    after: Option<usize>,
    pub(super) group: Vec<Box<str>>,
    /// Value to count or sum: bits of a hash or of a decimal.
    pub(super) value: u64,
    pub(super) entity: Entity,
    pub(super) summary_fields: Vec<(String, String)>,
}

impl Observation {
    /// When the event happened; sort by it before observing when the stream is not in order.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }

    pub(super) fn direct(&self) -> impl Iterator<Item = &Feed> {
        self.feeds.iter().filter(|f| f.after.is_none())
    }

    pub(super) fn chained(&self, after: usize) -> impl Iterator<Item = &Feed> {
        self.feeds.iter().filter(move |f| f.after == Some(after))
    }
}

/// Knows which rules feed which correlations.
#[derive(Debug)]
pub(super) struct Extractor {
    /// By rule: correlation and place among its references.
    by_rule: FxHashMap<RuleIdx, Vec<(usize, usize)>>,
    /// By correlation: later correlations that refer to it.
    by_correlation: Vec<Vec<(usize, usize)>>,
}

impl Extractor {
    pub(super) fn new(correlations: &[Correlation]) -> Self {
        let mut by_rule: FxHashMap<RuleIdx, Vec<(usize, usize)>> = FxHashMap::default();
        let mut by_correlation = vec![Vec::new(); correlations.len()];
        for (referred, correlation, place) in feeds_of(correlations) {
            match referred {
                Referred::Rule(rule) => by_rule.entry(rule).or_default().push((correlation, place)),
                Referred::Correlation(earlier) => {
                    if let Some(list) = by_correlation.get_mut(earlier) {
                        list.push((correlation, place));
                    }
                }
            }
        }
        Self { by_rule, by_correlation }
    }

    pub(super) fn extract(&self, pack: &RulePack, event: &Event, hits: &[Hit], position: u64) -> Option<Observation> {
        if self.by_rule.is_empty() || !hits.iter().any(|h| self.by_rule.contains_key(&h.rule)) {
            return None;
        }
        let mut feeds: Vec<Feed> = Vec::new();
        let mut reached: Vec<usize> = Vec::new();
        for hit in hits {
            for (correlation, place) in self.by_rule.get(&hit.rule).into_iter().flatten() {
                if let Some(feed) = feed(pack, event, *correlation, *place, None) {
                    feeds.push(feed);
                    reached.push(*correlation);
                }
            }
        }
        // Correlations only refer to earlier ones, so each is followed once.
        let mut done: Vec<usize> = Vec::new();
        while let Some(earlier) = reached.pop() {
            if done.contains(&earlier) {
                continue;
            }
            done.push(earlier);
            for (correlation, place) in self.by_correlation.get(earlier).into_iter().flatten() {
                if let Some(feed) = feed(pack, event, *correlation, *place, Some(earlier)) {
                    feeds.push(feed);
                    reached.push(*correlation);
                }
            }
        }
        (!feeds.is_empty()).then(|| Observation {
            time: event.time,
            received: event.received,
            position,
            event: event.id,
            unit: event.unit.clone(),
            logsource: Arc::clone(&event.logsource),
            kind: Arc::clone(&event.kind),
            feeds,
        })
    }
}

/// `None` when the event lacks a field to group by, or a value to count.
fn feed(pack: &RulePack, event: &Event, at: usize, place: usize, after: Option<usize>) -> Option<Feed> {
    let correlation = pack.rules().correlations().get(at)?;
    let info = pack.correlation_info(at)?;
    let mut group = Vec::with_capacity(correlation.group_by.len());
    for by in &correlation.group_by {
        group.push(Box::from(lookup(event, by.fields.get(place)?)?));
    }
    Some(Feed {
        value: value(event, correlation)?,
        entity: entity_for(event, info, &group),
        summary_fields: summary_fields(event, info),
        correlation: at,
        referred: place,
        after,
        group,
    })
}

fn value(event: &Event, correlation: &Correlation) -> Option<u64> {
    match correlation.kind {
        CorrelationKind::EventCount | CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => Some(0),
        CorrelationKind::ValueCount | CorrelationKind::ValueShare => {
            let mut hasher = FxHasher::default();
            for field in &correlation.fields {
                hasher.write(fold(lookup(event, field)?).as_bytes());
                hasher.write_u8(0xFF);
            }
            Some(hasher.finish())
        }
        CorrelationKind::ValueSum | CorrelationKind::ValueAvg | CorrelationKind::ValuePercentile => {
            let text = lookup(event, correlation.fields.first()?)?;
            text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(f64::to_bits)
        }
    }
}
