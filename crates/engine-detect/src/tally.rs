//! How often rules were asked and answered: the ground of rule liveness.
//!
//! Counting costs one look-up per event and, for the fields, one per field of a sampled event.
//! Threads count for themselves; their tallies are merged where they are used.

use crate::matcher::Hit;
use crate::pack::RulePack;
use base_core::Timestamp;
use engine_event::{Kind, LogSource, Record};
use engine_sigma::RuleIdx;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Counts of one thread. Merge them with [`Tally::add`].
#[derive(Clone, Debug, Default)]
pub struct Tally {
    events: FxHashMap<LogSource, u64>,
    fields: Vec<(LogSource, Box<str>)>,
    matched: FxHashMap<RuleIdx, RuleTally>,
    unparsed: u64,
}

/// How often a rule matched, and what else matched the same events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTally {
    /// Events that matched.
    pub hits: u64,
    /// Time of the latest of them.
    pub last: Timestamp,
    /// Rules of the same or a higher level that are detections of their own and matched each of
    /// these events too. Empty for rules that only feed correlations.
    pub companions: Vec<RuleIdx>,
}

/// Most log sources counted apart; further ones are counted together as unknown.
const MAX_SOURCES: usize = 4_096;
/// Most field names remembered of one log source.
const MAX_FIELDS: usize = 4_096;
/// The fields of so many events of a log source are looked at one and all; later one in
/// [`LOOK_AT_ONE_IN`], so that a busy source costs little and a rare field is still met.
const LOOK_AT_ALL: u64 = 4_096;
const LOOK_AT_ONE_IN: u64 = 16;
/// Most companions remembered of a rule.
const MAX_COMPANIONS: usize = 16;

/// What a rule met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCounters {
    /// Id of the rule.
    pub rule: Arc<str>,
    /// Events of its log source.
    pub seen: u64,
    /// Events that matched.
    pub matched: u64,
    /// Time of the latest event that matched.
    pub last_matched: Option<Timestamp>,
}

/// The counting of one thread, with what it remembers from one tally to the next.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    sources: FxHashMap<LogSource, Watched>,
    tally: Tally,
}

/// A log source under watch.
#[derive(Debug, Default)]
struct Watched {
    /// Since the last tally.
    new: u64,
    /// Since the fields were last forgotten.
    total: u64,
    /// Hashes of the names that were told.
    fields: FxHashSet<u32>,
}

impl Watched {
    fn look(&mut self, source: &LogSource, record: &Record, new: &mut Vec<(LogSource, Box<str>)>) {
        self.new += 1;
        self.total += 1;
        if self.total > LOOK_AT_ALL && !self.total.is_multiple_of(LOOK_AT_ONE_IN) {
            return;
        }
        for (hash, field) in record.iter_hashed() {
            if field.kind != Kind::Null && self.fields.len() < MAX_FIELDS && self.fields.insert(hash) {
                new.push((source.clone(), field.name.into()));
            }
        }
    }
}

impl Counter {
    pub(crate) fn event(&mut self, source: &LogSource, record: &Record, unparsed: bool) {
        self.tally.unparsed += u64::from(unparsed);
        let new = &mut self.tally.fields;
        if let Some(watched) = self.sources.get_mut(source) {
            return watched.look(source, record, new);
        }
        let known = if self.sources.len() < MAX_SOURCES { source.clone() } else { LogSource::default() };
        self.sources.entry(known.clone()).or_default().look(&known, record, new);
    }

    pub(crate) fn hits(&mut self, pack: &RulePack, hits: &[Hit], time: Timestamp) {
        let level = |rule: RuleIdx| pack.info(rule).map(|i| i.level);
        for hit in hits {
            let others = || hits.iter().filter(|o| o.standalone && o.rule != hit.rule);
            match self.tally.matched.get_mut(&hit.rule) {
                Some(counted) => {
                    counted.hits += 1;
                    counted.last = counted.last.max(time);
                    counted.companions.retain(|c| others().any(|o| o.rule == *c));
                }
                None => {
                    let graver = others().filter(|o| hit.standalone && level(o.rule) >= level(hit.rule));
                    let companions = graver.map(|o| o.rule).take(MAX_COMPANIONS).collect();
                    self.tally.matched.insert(hit.rule, RuleTally { hits: 1, last: time, companions });
                }
            }
        }
    }

    /// What was counted since the last call.
    pub(crate) fn take(&mut self) -> Tally {
        let mut tally = std::mem::take(&mut self.tally);
        for (source, watched) in self.sources.iter_mut().filter(|(_, w)| w.new > 0) {
            tally.events.insert(source.clone(), std::mem::take(&mut watched.new));
        }
        tally
    }

    /// Tells every field anew when it comes again.
    pub(crate) fn forget_fields(&mut self) {
        for watched in self.sources.values_mut() {
            watched.fields.clear();
            watched.total = 0;
        }
    }
}

impl Tally {
    /// Adds the counts of another thread.
    pub fn add(&mut self, other: &Tally) {
        for (source, n) in &other.events {
            *self.events.entry(source.clone()).or_default() += n;
        }
        for (rule, theirs) in &other.matched {
            match self.matched.get_mut(rule) {
                Some(ours) => {
                    ours.hits += theirs.hits;
                    ours.last = ours.last.max(theirs.last);
                    ours.companions.retain(|c| theirs.companions.contains(c));
                }
                None => {
                    self.matched.insert(*rule, theirs.clone());
                }
            }
        }
        self.fields.extend(other.fields.iter().cloned());
        self.unparsed += other.unparsed;
    }

    /// How many events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.values().sum()
    }

    /// How many of them no source definition could read: rules see only their raw text.
    #[must_use]
    pub fn unparsed(&self) -> u64 {
        self.unparsed
    }

    /// Events by log source.
    pub fn by_source(&self) -> impl Iterator<Item = (&LogSource, u64)> {
        self.events.iter().map(|(source, n)| (source, *n))
    }

    /// Fields that came with a value in events of a log source and were not told before by the
    /// same thread. A busy source is sampled: what comes in one of many thousand events may be
    /// told late.
    #[must_use]
    pub fn fields(&self) -> &[(LogSource, Box<str>)] {
        &self.fields
    }

    /// The rules that matched, in no order.
    pub fn hits(&self) -> impl Iterator<Item = (RuleIdx, &RuleTally)> {
        self.matched.iter().map(|(rule, tally)| (*rule, tally))
    }

    /// The counts of every rule of `pack`, in the order of the pack.
    #[must_use]
    pub fn counters(&self, pack: &RulePack) -> Vec<RuleCounters> {
        let rules = (0..).zip(pack.rules().rules());
        let count = |(n, meta): (u32, &Arc<engine_sigma::RuleMeta>)| {
            let rule = RuleIdx(n);
            let seen = self.events.iter().filter(|(s, _)| pack.rules().applies(rule, s)).map(|(_, n)| n).sum();
            let matched = self.matched.get(&rule);
            RuleCounters {
                rule: meta.id.clone(),
                seen,
                matched: matched.map_or(0, |m| m.hits),
                last_matched: matched.map(|m| m.last),
            }
        };
        rules.map(count).collect()
    }
}
