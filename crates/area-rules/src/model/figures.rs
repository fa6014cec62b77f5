//! What the pipeline counts of a batch.

use base_core::{Timestamp, UnitId};
use engine_detect::indicators::{ListSpec, WatchTally};
use engine_detect::{Detection, RuleKind, RulePack, Tally};
use engine_event::LogSource;
use std::collections::HashMap;
use std::sync::Arc;

/// Microseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// The hour of a time, counted from 1970 UTC.
#[must_use]
pub(crate) fn hour_of(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(HOUR)
}

/// Everything a batch brings to the figures of rules.
#[derive(Clone, Debug, Default)]
pub struct BatchFigures {
    /// Hits of rules; committed together with the detections.
    pub rules: Vec<RuleFigure>,
    /// Detections that a tuning filter hid.
    pub hidden: Vec<Hidden>,
    /// Indicators that were found and not told.
    pub untold: Vec<Untold>,
}

/// Indicators of one list that were found and not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Id of the list.
    pub list: String,
    /// Because they are allowed.
    pub allowed: u64,
    /// Because they had expired when the event was received.
    pub expired: u64,
}

/// What came of a log source. Not bound to a batch: it may be written a little later.
#[derive(Clone, Debug, Default)]
pub struct SourceFigure {
    /// Events by log source.
    pub events: HashMap<LogSource, u64>,
    /// Fields that came with a value.
    pub fields: Vec<FieldSeen>,
}

/// A field of a log source.
pub type FieldSeen = (LogSource, Box<str>);

/// Hits of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFigure {
    /// The rule.
    pub rule: Arc<str>,
    /// Events that matched; for a correlation how often it fired.
    pub hits: u64,
    /// Time of the latest.
    pub last: Timestamp,
    /// Rules of the same or a higher level that matched each of these events too.
    pub companions: Vec<Arc<str>>,
}

/// A detection that a tuning filter hid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The filter.
    pub filter: Arc<str>,
    /// The rule.
    pub rule: Arc<str>,
    /// Key of the detection.
    pub detection: String,
    /// When it happened.
    pub time: Timestamp,
    /// The unit concerned.
    pub unit: Option<UnitId>,
    /// Kind of what it is about.
    pub entity_kind: &'static str,
    /// Name of what it is about.
    pub entity_name: String,
    /// The event that made it fire.
    pub event: String,
    /// Fields worth showing.
    pub fields: Vec<(String, String)>,
}

/// What one correlation holds in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The correlation.
    pub rule: Arc<str>,
    /// Groups it counts in.
    pub groups: usize,
    /// Entries of all groups, about 64 bytes each.
    pub entries: usize,
    /// Entries given up because its budget was full, since the rules were switched on.
    pub evicted: u64,
}

impl SourceFigure {
    /// Takes in the counts of a tally.
    pub fn add(&mut self, tally: &Tally) {
        for (source, n) in tally.by_source() {
            *self.events.entry(source.clone()).or_default() += n;
        }
        self.fields.extend(tally.fields().iter().cloned());
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.fields.is_empty()
    }
}

impl BatchFigures {
    /// The hits of a tally made with `pack`, and of the correlations and behaviours that fired.
    #[must_use]
    pub fn new(pack: &RulePack, tally: &Tally, detections: &[Detection]) -> Self {
        let id = |rule| pack.info(rule).map(|i| Arc::clone(&i.id));
        let mut rules: Vec<RuleFigure> = tally
            .hits()
            .filter_map(|(rule, counted)| {
                Some(RuleFigure {
                    rule: id(rule)?,
                    hits: counted.hits,
                    last: counted.last,
                    companions: counted.companions.iter().filter_map(|c| id(*c)).collect(),
                })
            })
            .collect();
        let over_time = |d: &&Detection| matches!(d.rule.kind, RuleKind::Correlation | RuleKind::Behaviour);
        for fired in detections.iter().filter(over_time) {
            match rules.iter_mut().find(|r| r.rule == fired.rule.id) {
                Some(counted) => {
                    counted.hits += 1;
                    counted.last = counted.last.max(fired.time);
                }
                None => rules.push(RuleFigure {
                    rule: Arc::clone(&fired.rule.id),
                    hits: 1,
                    last: fired.time,
                    companions: Vec::new(),
                }),
            }
        }
        Self { rules, hidden: Vec::new(), untold: Vec::new() }
    }

    /// Adds what was found of lists of indicators.
    pub fn add_lists(&mut self, tally: &WatchTally) {
        for list in &tally.lists {
            if list.events > 0 {
                self.rules.push(RuleFigure {
                    rule: ListSpec::rule_id(&list.list).into(),
                    hits: list.events,
                    last: list.last,
                    companions: Vec::new(),
                });
            }
            if list.allowed + list.expired > 0 {
                self.untold.push(Untold { list: list.list.clone(), allowed: list.allowed, expired: list.expired });
            }
        }
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.hidden.is_empty() && self.untold.is_empty()
    }
}
