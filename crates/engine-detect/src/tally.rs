//! How often rules were asked and answered: the ground of rule liveness.

use crate::pack::RulePack;
use base_core::Timestamp;
use engine_event::LogSource;
use engine_sigma::RuleIdx;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Counts of one thread. Merge them with [`Tally::add`].
#[derive(Clone, Debug, Default)]
pub struct Tally {
    events: FxHashMap<LogSource, u64>,
    matched: FxHashMap<RuleIdx, (u64, Timestamp)>,
    unparsed: u64,
}

/// Most log sources counted apart; further ones are counted together as unknown.
const MAX_SOURCES: usize = 4_096;

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

impl Tally {
    pub(crate) fn event(&mut self, source: &LogSource, unparsed: bool) {
        self.unparsed += u64::from(unparsed);
        if let Some(n) = self.events.get_mut(source) {
            *n += 1;
        } else if self.events.len() < MAX_SOURCES {
            self.events.insert(source.clone(), 1);
        } else {
            *self.events.entry(LogSource::default()).or_default() += 1;
        }
    }

    pub(crate) fn hit(&mut self, rule: RuleIdx, time: Timestamp) {
        let counted = self.matched.entry(rule).or_insert((0, time));
        counted.0 += 1;
        counted.1 = counted.1.max(time);
    }

    /// Adds the counts of another thread.
    pub fn add(&mut self, other: &Tally) {
        for (source, n) in &other.events {
            *self.events.entry(source.clone()).or_default() += n;
        }
        for (rule, (n, time)) in &other.matched {
            let counted = self.matched.entry(*rule).or_insert((0, *time));
            counted.0 += n;
            counted.1 = counted.1.max(*time);
        }
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
                matched: matched.map_or(0, |m| m.0),
                last_matched: matched.map(|m| m.1),
            }
        };
        rules.map(count).collect()
    }
}
