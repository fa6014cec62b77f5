//! The events of one group, and whether the condition begins to hold.

use super::SLACK;
use super::measure::holds;
use engine_event::EventId;
use engine_sigma::{Correlation, CorrelationKind};
use std::collections::VecDeque;

/// One counted event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// When it happened, microseconds.
    pub(super) time: i64,
    /// When it was received, microseconds.
    pub(super) received: i64,
    /// Oldest position of the stream that this entry stands on.
    pub(super) position: u64,
    pub(super) event: EventId,
    /// Which of the correlation's references it is a hit of.
    pub(super) referred: usize,
    /// Value to count or sum.
    pub(super) value: u64,
}

/// Entries in the order of time, at most two timespans of them.
#[derive(Debug, Default)]
pub(super) struct Group {
    entries: VecDeque<Entry>,
    latest: u64,
    /// No entry was received before (maybe all later), microseconds; tells when to look for expired ones.
    received_from: i64,
}

/// What came of an entry.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// First and last place of the window that fired.
    pub(super) fired: Option<(usize, usize)>,
    pub(super) late: bool,
    pub(super) evicted: u64,
}

impl Group {
    /// Counts `entry` and tells whether the correlation fires by it.
    pub(super) fn observe(&mut self, entry: Entry, correlation: &Correlation, limit: usize) -> Outcome {
        let span = correlation.timespan_micros;
        let mut outcome = Outcome::default();
        self.expire(entry.received, correlation);
        self.latest = self.latest.max(entry.position);
        let newest = self.entries.back().map_or(entry.time, |last| last.time.max(entry.time));
        let horizon = newest.saturating_sub(span.saturating_mul(2));
        if entry.time <= horizon {
            outcome.late = true;
            return outcome;
        }
        while self.entries.front().is_some_and(|first| first.time <= horizon) {
            self.entries.pop_front();
        }
        let at = self
            .entries
            .partition_point(|e| (e.time, e.position, e.referred) <= (entry.time, entry.position, entry.referred));
        if self.is_repeat(at, &entry, correlation.kind) {
            return outcome;
        }
        self.received_from =
            if self.entries.is_empty() { entry.received } else { self.received_from.min(entry.received) };
        self.entries.insert(at, entry);
        outcome.fired = self.fires(at, correlation);
        let limit = limit.max(enough(correlation));
        while self.entries.len() > limit {
            self.entries.pop_front();
            outcome.evicted += 1;
            outcome.fired = outcome.fired.map(|(from, to)| (from.saturating_sub(1), to.saturating_sub(1)));
        }
        outcome
    }

    /// An event counts once, even when it matches several of the rules, unless the rules are told apart.
    fn is_repeat(&self, at: usize, entry: &Entry, kind: CorrelationKind) -> bool {
        let same = |e: &&Entry| e.time == entry.time && e.event == entry.event;
        let apart = matches!(kind, CorrelationKind::Temporal | CorrelationKind::TemporalOrdered);
        let before = self.entries.range(..at).rev().take_while(|e| e.time == entry.time);
        before.filter(same).any(|e| !apart || e.referred == entry.referred)
    }

    /// The window with which the condition begins to hold by the entry at `at`.
    fn fires(&self, at: usize, correlation: &Correlation) -> Option<(usize, usize)> {
        let span = correlation.timespan_micros;
        let entry = self.entries.get(at)?;
        if let Some(from) = self.holding(at, None, correlation) {
            let earlier = at.checked_sub(1).and_then(|n| self.entries.get(n).map(|e| (n, e)));
            let lasting = earlier.is_some_and(|(n, e)| {
                // While it lasts, once per timespan (counted from the epoch, so that it depends on nothing else).
                self.holding(n, None, correlation).is_some() && e.time.div_euclid(span) == entry.time.div_euclid(span)
            });
            if !lasting {
                return Some((from, at));
            }
        }
        // A late entry may complete the windows of entries after it.
        let until = entry.time.saturating_add(span);
        let after = (at + 1..self.entries.len()).take_while(|n| self.entries.get(*n).is_some_and(|e| e.time < until));
        after
            .filter(|n| self.holding(*n, Some(at), correlation).is_none())
            .find_map(|n| self.holding(n, None, correlation).map(|from| (from, n)))
    }

    /// Where the window that ends at `end` begins, if the condition holds in it (without the entry at `left_out`).
    fn holding(&self, end: usize, left_out: Option<usize>, correlation: &Correlation) -> Option<usize> {
        let time = self.entries.get(end)?.time;
        let start = time.saturating_sub(correlation.timespan_micros);
        let from = self.entries.partition_point(|e| e.time <= start);
        holds(correlation, &self.entries, from, end, left_out).then_some(from)
    }

    /// The entries from `from` to `to`.
    pub(super) fn window(&self, from: usize, to: usize) -> Vec<&Entry> {
        self.entries.range(from..(to + 1).min(self.entries.len())).collect()
    }

    /// Forgets entries received so long ago that nothing in time can follow them.
    pub(super) fn expire(&mut self, received: i64, correlation: &Correlation) {
        let limit = received.saturating_sub(correlation.timespan_micros.saturating_mul(2).saturating_add(SLACK));
        if self.received_from < limit && !self.entries.is_empty() {
            self.entries.retain(|e| e.received >= limit);
            self.received_from = self.entries.iter().map(|e| e.received).min().unwrap_or(limit);
        }
    }

    pub(super) fn oldest_position(&self) -> Option<u64> {
        self.entries.iter().map(|e| e.position).min()
    }

    pub(super) fn latest_position(&self) -> u64 {
        self.latest
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Entries a group must hold so that two full windows can be told from one another.
fn enough(correlation: &Correlation) -> usize {
    let most = correlation.conditions.iter().map(|(_, n)| *n).fold(0.0, f64::max).clamp(0.0, 100_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 … 100 000")]
    let most = most.ceil() as usize;
    most.saturating_mul(2).saturating_add(16)
}
