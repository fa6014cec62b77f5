//! Correlations over event time (correlation rules specification 2.1).
//!
//! # When a correlation fires
//! Its window is sliding and trailing: for an event at time `t`, everything of the same group
//! in `(t − timespan, t]`. It fires at the event with which the condition begins to hold, and
//! while it goes on holding once per timespan, so that a lasting attack is told again but not
//! with every event. Whether it fires is decided by the events of the last two timespans alone;
//! this is what makes replay exact.
//!
//! # Groups
//! Values of `group-by` are compared without regard to case. An event that lacks one of them is
//! not counted. Events of different units are never counted together, unless the rule says
//! `mangrove: {across_units: true}`; such detections belong to no unit.
//!
//! # Order and bounds
//! Events may come late by up to one timespan; what is later than two is not counted (and
//! counted as late). Feed files in the order of event time. A time that lies in the future of
//! receipt is taken as the time of receipt. Memory is bounded; what is evicted is counted.

mod group;
mod measure;
mod observation;

pub use observation::Observation;

use crate::detection::{Detection, GROUP_BY, Matched, key};
use crate::entity::Entity;
use crate::matcher::Hit;
use crate::pack::RulePack;
use crate::rule_info::RuleInfo;
use base_core::{Timestamp, UnitId};
use engine_event::{Event, EventId};
use engine_sigma::{Correlation, Referred};
use group::{Entry, Group};
use observation::{Extractor, Feed};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Bounds of the correlator's memory. Each correlation has its own, so that a noisy one cannot
/// push out what others know; what the bounds evict is counted for each ([`Correlator::rule_stats`]).
#[derive(Clone, Copy, Debug)]
pub struct CorrelatorOptions {
    /// Most entries of one group; the oldest are evicted. Never below twice a rule's threshold.
    pub group_entries: usize,
    /// Most entries of one correlation (about 64 bytes each).
    pub rule_entries: usize,
    /// Most groups of one correlation.
    pub rule_groups: usize,
    /// Most entries of all correlations; beyond it the one that holds most gives way.
    pub entries: usize,
    /// Most groups of all correlations.
    pub groups: usize,
}

impl Default for CorrelatorOptions {
    fn default() -> Self {
        Self { group_entries: 10_000, rule_entries: 250_000, rule_groups: 50_000, entries: 1_000_000, groups: 200_000 }
    }
}

/// Counters of a correlator, or of one correlation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CorrelatorStats {
    /// Hits that were counted by a correlation.
    pub observed: u64,
    /// Correlations that fired.
    pub fired: u64,
    /// Hits that came too late to be counted.
    pub late: u64,
    /// Entries evicted because a group or the whole was full.
    pub evicted: u64,
    /// Entries in memory.
    pub entries: usize,
    /// Groups in memory.
    pub groups: usize,
}

/// Counts hits over time. One per stream of events.
#[derive(Debug)]
pub struct Correlator {
    pack: Arc<RulePack>,
    extractor: Extractor,
    options: CorrelatorOptions,
    /// By correlation.
    memories: Vec<Memory>,
    /// Latest receipt, microseconds.
    received: i64,
}

/// What one correlation remembers and counted.
#[derive(Debug, Default)]
struct Memory {
    groups: FxHashMap<u128, Group>,
    stats: CorrelatorStats,
}

/// Allowance for events that are received out of order, microseconds.
const SLACK: i64 = 10 * 60 * 1_000_000;
/// How far the clock of a sender may go ahead, microseconds.
const AHEAD: i64 = 5 * 60 * 1_000_000;
/// Event ids listed from each end of a window.
const LISTED: usize = 50;

impl Correlator {
    /// A correlator without memory.
    #[must_use]
    pub fn new(pack: Arc<RulePack>, options: CorrelatorOptions) -> Self {
        let correlations = pack.rules().correlations();
        Self {
            extractor: Extractor::new(correlations),
            memories: correlations.iter().map(|_| Memory::default()).collect(),
            pack,
            options,
            received: i64::MIN,
        }
    }

    /// What the correlations need of an event with its hits; `None` when they need nothing.
    /// It is small and can be sent to the thread of the correlator.
    #[must_use]
    pub fn extract(&self, event: &Event, hits: &[Hit], position: u64) -> Option<Observation> {
        self.extractor.extract(&self.pack, event, hits, position)
    }

    /// Counts an observation and appends the detections of the correlations that fire by it.
    #[expect(clippy::needless_pass_by_value, reason = "an observation is counted once")]
    pub fn observe(&mut self, observation: Observation, out: &mut Vec<Detection>) {
        self.received = self.received.max(observation.received.as_micros());
        // What fires may feed later correlations; each only feeds later ones, so this ends.
        let mut waiting: Vec<(usize, u64)> = Vec::new();
        for feed in observation.direct() {
            waiting.extend(self.count(&observation, feed, observation.position, out));
        }
        while let Some((fired, oldest)) = waiting.pop() {
            for feed in observation.chained(fired) {
                waiting.extend(self.count(&observation, feed, oldest, out));
            }
        }
        self.keep_bounds();
    }

    /// Counts one feed; when its correlation fires, gives its place and the oldest position it needed.
    fn count(
        &mut self,
        seen: &Observation,
        feed: &Feed,
        position: u64,
        out: &mut Vec<Detection>,
    ) -> Option<(usize, u64)> {
        let pack = Arc::clone(&self.pack);
        let correlation = pack.rules().correlations().get(feed.correlation)?;
        let info = pack.correlation_info(feed.correlation)?;
        let unit = seen.unit.as_ref().filter(|_| !info.across_units);
        let Memory { groups, stats } = self.memories.get_mut(feed.correlation)?;
        let group = groups.entry(group_key(&feed.group, unit)).or_default();
        let entry = Entry {
            time: seen.time.as_micros().min(seen.received.as_micros().saturating_add(AHEAD)),
            received: seen.received.as_micros(),
            position,
            event: seen.event,
            referred: feed.referred,
            value: feed.value,
        };
        let before = group.len();
        let outcome = group.observe(entry, correlation, self.options.group_entries);
        stats.observed += 1;
        stats.late += u64::from(outcome.late);
        stats.evicted += outcome.evicted;
        stats.entries = (stats.entries + group.len()).saturating_sub(before);
        let (from, to) = outcome.fired?;
        stats.fired += 1;
        let window = group.window(from, to);
        let oldest = group.oldest_position().unwrap_or(position);
        if correlation.standalone {
            out.extend(detection(seen, feed, info, correlation, unit, &window));
        }
        Some((feed.correlation, oldest))
    }

    /// The oldest position whose event is still needed; `None` when none is. Forgets groups that
    /// are too old to matter.
    pub fn oldest_needed(&mut self) -> Option<u64> {
        self.forget_expired();
        self.memories.iter().flat_map(|m| m.groups.values()).filter_map(Group::oldest_position).min()
    }

    /// Counters since the start, and what is in memory, of all correlations.
    #[must_use]
    pub fn stats(&self) -> CorrelatorStats {
        let mut sum = CorrelatorStats::default();
        for one in self.memories.iter().map(Memory::counted) {
            sum.observed += one.observed;
            sum.fired += one.fired;
            sum.late += one.late;
            sum.evicted += one.evicted;
            sum.entries += one.entries;
            sum.groups += one.groups;
        }
        sum
    }

    /// The counters of one correlation, by its place in [`engine_sigma::RuleSet::correlations`].
    #[must_use]
    pub fn rule_stats(&self, correlation: usize) -> Option<CorrelatorStats> {
        self.memories.get(correlation).map(Memory::counted)
    }

    fn forget_expired(&mut self) {
        let received = self.received;
        for (memory, correlation) in self.memories.iter_mut().zip(self.pack.rules().correlations()) {
            memory.forget_expired(received, correlation);
        }
    }

    /// Keeps each correlation within its bounds, then all of them together.
    fn keep_bounds(&mut self) {
        let (received, options) = (self.received, self.options);
        for (memory, correlation) in self.memories.iter_mut().zip(self.pack.rules().correlations()) {
            memory.keep_bounds(options.rule_entries, options.rule_groups, received, correlation);
        }
        let too_many = |memories: &[Memory]| {
            let sum = |of: fn(&Memory) -> usize| memories.iter().map(of).sum::<usize>();
            sum(|m| m.stats.entries) > options.entries || sum(|m| m.groups.len()) > options.groups
        };
        if !too_many(&self.memories) {
            return;
        }
        self.forget_expired();
        while too_many(&self.memories) {
            // About 64 bytes for an entry and twice that for a group.
            let size = |m: &&mut Memory| m.stats.entries + 2 * m.groups.len();
            if !self.memories.iter_mut().max_by_key(size).is_some_and(Memory::evict) {
                return;
            }
        }
    }
}

impl Memory {
    fn counted(&self) -> CorrelatorStats {
        CorrelatorStats { groups: self.groups.len(), ..self.stats }
    }

    fn forget_expired(&mut self, received: i64, correlation: &Correlation) {
        self.groups.retain(|_, group| {
            group.expire(received, correlation);
            !group.is_empty()
        });
        self.stats.entries = self.groups.values().map(Group::len).sum();
    }

    fn keep_bounds(&mut self, entries: usize, groups: usize, received: i64, correlation: &Correlation) {
        if self.stats.entries <= entries && self.groups.len() <= groups {
            return;
        }
        self.forget_expired(received, correlation);
        while (self.stats.entries > entries || self.groups.len() > groups) && self.evict() {}
    }

    /// Evicts the tenth of the groups that was quiet longest, never the last one; `false` when
    /// there was nothing to evict. One group alone is bounded by itself.
    fn evict(&mut self) -> bool {
        let mut latest: Vec<u64> = self.groups.values().map(Group::latest_position).collect();
        let tenth = latest.len() / 10;
        if latest.len() < 2 {
            return false;
        }
        let (_, &mut limit, _) = latest.select_nth_unstable(tenth);
        let newest = self.groups.values().map(Group::latest_position).max().unwrap_or(limit);
        let before = (self.groups.len(), self.stats.entries);
        self.groups.retain(|_, group| group.latest_position() > limit || group.latest_position() == newest);
        self.stats.entries = self.groups.values().map(Group::len).sum();
        self.stats.evicted += before.1.saturating_sub(self.stats.entries) as u64;
        self.groups.len() < before.0
    }
}

fn group_key(values: &[Box<str>], unit: Option<&UnitId>) -> u128 {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &str| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    add(unit.map_or("", UnitId::as_str));
    values.iter().for_each(|v| add(&engine_sigma::fold::fold(v)));
    let mut first = [0_u8; 16];
    first.copy_from_slice(hasher.finalize().as_bytes().first_chunk::<16>().unwrap_or(&[0; 16]));
    u128::from_le_bytes(first)
}

fn detection(
    seen: &Observation,
    feed: &Feed,
    info: &Arc<RuleInfo>,
    correlation: &Correlation,
    unit: Option<&UnitId>,
    window: &[&Entry],
) -> Option<Detection> {
    let (first, last) = (window.first()?, window.last()?);
    let grouped = correlation.group_by.iter().zip(&feed.group).map(|(by, value)| Matched {
        field: by.fields.get(feed.referred).cloned().unwrap_or_else(|| by.name.clone()),
        value: value.to_string(),
        pattern: by.name.clone(),
        op: GROUP_BY.to_owned(),
        span: Some((0, value.len())),
    });
    Some(Detection {
        rule: Arc::clone(info),
        events: listed(window),
        count: window.len() as u64,
        time: Timestamp::from_micros(last.time),
        first_time: Timestamp::from_micros(first.time),
        received: seen.received,
        unit: unit.cloned(),
        entity: feed.entity.clone(),
        matched: grouped.collect(),
        key: key(&info.id, &feed.group, unit, last.event),
        logsource: Arc::clone(&seen.logsource),
        kind: Arc::clone(&seen.kind),
        summary_fields: feed.summary_fields.clone(),
    })
}

/// The first and last events of a window, without repeats.
fn listed(window: &[&Entry]) -> Vec<EventId> {
    let tail = window.len().saturating_sub(LISTED).max(LISTED.min(window.len()));
    let ends = window.iter().take(LISTED).chain(window.iter().skip(tail));
    let mut ids: Vec<EventId> = Vec::with_capacity(2 * LISTED);
    for entry in ends {
        if ids.last() != Some(&entry.event) {
            ids.push(entry.event);
        }
    }
    ids
}

/// What a referred rule is, for the extractor.
pub(crate) fn feeds_of(correlations: &[Correlation]) -> Vec<(Referred, usize, usize)> {
    let each = correlations.iter().enumerate();
    each.flat_map(|(c, correlation)| correlation.refers_to.iter().enumerate().map(move |(n, r)| (*r, c, n))).collect()
}

/// What an event is about, for a correlation: the rule's own choice, or what it groups by.
pub(crate) fn entity_for(event: &Event, info: &RuleInfo, group: &[Box<str>]) -> Entity {
    if info.entity.is_some() {
        return Entity::of(event, info);
    }
    Entity::of_group(event, group).unwrap_or_else(|| Entity::of(event, info))
}
