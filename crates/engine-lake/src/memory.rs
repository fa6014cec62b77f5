//! The lake in memory: the plainest reading of the contract.

use crate::{Bucket, Buckets, Cursor, DayStats, Lake, LakeError, LakeStats, Order, SearchPage, SearchRequest};
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::{Event, EventId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Keeps all events in memory, without bound: for tests and small tools.
#[derive(Debug, Default)]
pub struct MemoryLake {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    committed: u64,
    events: BTreeMap<Cursor, Event>,
}

impl MemoryLake {
    /// An empty lake.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn selected<'a>(&'a self, scope: &'a Scope, request: &'a SearchRequest) -> impl Iterator<Item = &'a Event> {
        self.events.values().filter(move |event| request.selects(scope, event))
    }

    fn page<'a>(
        &self,
        scope: &Scope,
        request: &SearchRequest,
        ordered: impl Iterator<Item = (&'a Cursor, &'a Event)>,
    ) -> SearchPage {
        let mut page = SearchPage::default();
        let mut last = None;
        for (&place, event) in ordered.filter(|(place, _)| request.is_behind(**place)) {
            let used_up = request.scan_limit.is_some_and(|limit| page.scanned >= limit);
            if used_up || page.events.len() >= request.page_size() {
                page.next = last;
                break;
            }
            page.scanned += 1;
            last = Some(place);
            if request.selects(scope, event) {
                page.events.push(event.clone());
            }
        }
        page
    }
}

#[async_trait]
impl Lake for MemoryLake {
    async fn write(&self, range: Range<u64>, events: &[Event]) -> Result<(), LakeError> {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let committed = kept.committed;
        if range.start > committed {
            return Err(LakeError::Gap { committed, start: range.start, end: range.end });
        }
        if range.end <= committed {
            return Ok(());
        }
        let fresh = events.iter().filter(|e| range.start == committed || e.id.sequence() >= committed);
        for event in fresh {
            kept.events.insert(Cursor::of(event), event.clone());
        }
        kept.committed = range.end;
        Ok(())
    }

    async fn committed(&self) -> Result<u64, LakeError> {
        Ok(self.kept().committed)
    }

    async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError> {
        let kept = self.kept();
        Ok(match request.order {
            Order::Newest => kept.page(scope, request, kept.events.iter().rev()),
            Order::Oldest => kept.page(scope, request, kept.events.iter()),
        })
    }

    async fn histogram(
        &self,
        scope: &Scope,
        request: &SearchRequest,
        buckets: usize,
    ) -> Result<Vec<Bucket>, LakeError> {
        let kept = self.kept();
        let visible = || kept.events.values().filter(|e| scope.contains_opt(e.unit.as_ref())).map(|e| e.time);
        let from = request.from.or_else(|| visible().min());
        let until = request.until.or_else(|| visible().max().map(|newest| newest.plus_micros(1)));
        let (Some(from), Some(until)) = (from, until) else { return Ok(Vec::new()) };
        let Some(buckets) = Buckets::new(from, until, buckets) else { return Ok(Vec::new()) };
        let counts = kept.selected(scope, request).filter_map(|e| buckets.index(e.time)).map(|index| (index, 1));
        Ok(buckets.fill(counts))
    }

    async fn get(&self, scope: &Scope, id: &EventId, _near: Option<Timestamp>) -> Result<Option<Event>, LakeError> {
        let found = self.kept().events.values().find(|event| event.id == *id).cloned();
        Ok(found.filter(|event| scope.contains_opt(event.unit.as_ref())))
    }

    async fn stats(&self) -> Result<LakeStats, LakeError> {
        let kept = self.kept();
        let mut days: BTreeMap<String, DayStats> = BTreeMap::new();
        for event in kept.events.values() {
            let day = event.time.utc_day();
            let entry = days.entry(day.clone()).or_insert(DayStats { day, ..DayStats::default() });
            entry.events += 1;
            entry.stored_bytes += event.raw.len() as u64;
        }
        let raw_bytes = kept.events.values().map(|e| e.raw.len() as u64).sum();
        Ok(LakeStats {
            committed: kept.committed,
            events: kept.events.len() as u64,
            stored_bytes: raw_bytes,
            raw_bytes,
            files: 0,
            oldest: kept.events.keys().next().map(|c| c.time),
            newest: kept.events.keys().next_back().map(|c| c.time),
            days: days.into_values().collect(),
            ..LakeStats::default()
        })
    }
}
