//! Searching: pages, counts over time, single events.

use crate::decode::{self, Decoder};
use crate::filter;
use crate::lake::ParquetLake;
use crate::manifest::FileEntry;
use crate::prune::Pruning;
use crate::scan::{Reading, engine_error};
use crate::schema::TIME;
use crate::window::Window;
use base_core::{Scope, Timestamp};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::Expr;
use engine_event::{Event, EventId};
use engine_lake::{Bucket, Buckets, Cursor, LakeError, Order, SearchPage, SearchRequest};
use futures::StreamExt;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Events of the first window; each further one is twice as large, because few of its events
/// can have matched.
const FIRST_WINDOW: u64 = 20_000;
const LARGEST_WINDOW: u64 = 2_000_000;

impl ParquetLake {
    /// See [`engine_lake::Lake::search`].
    pub(crate) async fn search_pages(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError> {
        let snapshot = self.snapshot();
        let mut rest = asked_times(request, &snapshot.files);
        let files = rest.files(&snapshot.files);
        let (wanted, mut page, mut decoder) = (request.page_size() + 1, SearchPage::default(), Decoder::default());
        let mut target = FIRST_WINDOW.max(wanted as u64 * 2);
        if filter::finds_nothing(scope, &request.query) {
            return Ok(page);
        }
        let mut pruning = Pruning::of(&request.query);
        while !rest.is_empty() && page.events.len() < wanted {
            let left = request.scan_limit.map_or(u64::MAX, |limit| limit.saturating_sub(page.scanned));
            if left == 0 {
                page.next = Some(boundary(&rest, request.order));
                break;
            }
            let window = match request.order {
                Order::Newest => rest.take_newest(&files, target.min(left)),
                Order::Oldest => rest.take_oldest(&files, target.min(left)),
            };
            let inside = window.files(&files);
            page.scanned = page.scanned.saturating_add(window.estimate(&inside).max(1));
            let inside = pruning.look(self, inside).await?;
            if !inside.is_empty() {
                let mut conditions = filter::in_window(&window);
                conditions.extend(request.after.map(|cursor| filter::behind(&cursor, request.order)));
                conditions.extend(filter::in_scope(scope));
                conditions.extend(filter::matches(&request.query));
                let missing = wanted - page.events.len();
                let rows = self.rows(inside, conditions, request.order, missing, Some(&pruning))?;
                collect_events(rows, &mut decoder, &mut page.events).await?;
            }
            target = (target * 2).min(LARGEST_WINDOW);
        }
        if page.events.len() >= wanted {
            page.events.truncate(wanted - 1);
            page.next = page.events.last().map(Cursor::of);
        }
        Ok(page)
    }

    /// The first `limit` events of the files that meet the conditions, in order.
    fn rows(
        &self,
        files: Vec<Arc<FileEntry>>,
        conditions: Vec<Expr>,
        order: Order,
        limit: usize,
        pruning: Option<&Pruning>,
    ) -> Result<SendableRecordBatchStream, LakeError> {
        let columns = decode::event_columns();
        self.engine.read(Reading {
            files,
            conditions,
            columns: &columns,
            pruning,
            sorted: Some((order, Some(limit))),
            counted: false,
        })
    }

    /// See [`engine_lake::Lake::histogram`].
    pub(crate) async fn count_over_time(
        &self,
        scope: &Scope,
        request: &SearchRequest,
        buckets: usize,
    ) -> Result<Vec<Bucket>, LakeError> {
        let snapshot = self.snapshot();
        let (mut from, mut until) = (request.from, request.until);
        if from.is_none() || until.is_none() {
            let Some((oldest, newest)) = self.visible_times(scope, &snapshot.files).await? else {
                return Ok(Vec::new());
            };
            from = from.or(Some(oldest));
            until = until.or(Some(newest.plus_micros(1)));
        }
        let (Some(from), Some(until)) = (from, until) else { return Ok(Vec::new()) };
        let Some(buckets) = Buckets::new(from, until, buckets) else { return Ok(Vec::new()) };
        let window = Window { low: from.as_micros().into(), high: until.as_micros().into() };
        if filter::finds_nothing(scope, &request.query) {
            return Ok(buckets.fill([]));
        }
        let mut pruning = Pruning::of(&request.query);
        let files = pruning.look(self, window.files(&snapshot.files)).await?;
        let mut conditions = filter::in_window_of(&window, &files);
        conditions.extend(filter::in_scope(scope));
        conditions.extend(filter::matches(&request.query));
        let parts = self.times(files, conditions, Some(&pruning), move |bars: &mut Vec<u64>, time| {
            bars.resize(buckets.count(), 0);
            let bar = buckets.index(Timestamp::from_micros(time)).and_then(|index| bars.get_mut(index));
            if let Some(bar) = bar {
                *bar += 1;
            }
        });
        Ok(buckets.fill(parts.await?.into_iter().flat_map(|bars| bars.into_iter().enumerate())))
    }

    /// Times of the oldest and newest event the scope may see.
    async fn visible_times(
        &self,
        scope: &Scope,
        files: &[Arc<FileEntry>],
    ) -> Result<Option<(Timestamp, Timestamp)>, LakeError> {
        if filter::sees_nothing(scope) {
            return Ok(None);
        }
        let wider = |found: &mut Option<(i64, i64)>, low: i64, high: i64| {
            *found = Some(found.map_or((low, high), |(min, max)| (min.min(low), max.max(high))));
        };
        let mut found = None;
        match filter::in_scope(scope) {
            None => files.iter().for_each(|file| wider(&mut found, file.min_time, file.max_time)),
            Some(condition) => {
                let parts =
                    self.times(files.to_vec(), vec![condition], None, move |part, time| wider(part, time, time));
                parts.await?.into_iter().flatten().for_each(|(low, high)| wider(&mut found, low, high));
            }
        }
        Ok(found.map(|(min, max)| (Timestamp::from_micros(min), Timestamp::from_micros(max))))
    }

    /// Adds up the times of all events that meet the conditions, in parts.
    async fn times<T: Default + Send + 'static>(
        &self,
        files: Vec<Arc<FileEntry>>,
        conditions: Vec<Expr>,
        pruning: Option<&Pruning>,
        add: impl Fn(&mut T, i64) + Clone + Send + 'static,
    ) -> Result<Vec<T>, LakeError> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let reading = Reading { files, conditions, columns: &[TIME], pruning, sorted: None, counted: true };
        let each = move |part: &mut T, batch: &RecordBatch| {
            decode::times(batch)?.into_iter().for_each(|time| add(part, time));
            Ok(ControlFlow::Continue(()))
        };
        self.engine.add_up(reading, each).await
    }

    /// See [`engine_lake::Lake::get`].
    pub(crate) async fn find_event(
        &self,
        scope: &Scope,
        id: &EventId,
        near: Option<Timestamp>,
    ) -> Result<Option<Event>, LakeError> {
        if filter::sees_nothing(scope) {
            return Ok(None);
        }
        let snapshot = self.snapshot();
        let may_hold = |file: &FileEntry| (file.first..=file.last).contains(&id.sequence());
        let mut files: Vec<_> = snapshot.files.iter().filter(|file| may_hold(file)).cloned().collect();
        // First where it should be, then where else it could be.
        let is_near = |file: &FileEntry| near.is_some_and(|t| (file.min_time..=file.max_time).contains(&t.as_micros()));
        let near_files: Vec<_> = files.iter().filter(|file| is_near(file)).cloned().collect();
        files.retain(|file| !is_near(file));
        for group in [near_files, files] {
            if group.is_empty() {
                continue;
            }
            let mut conditions = vec![filter::is_event(*id)];
            conditions.extend(filter::in_scope(scope));
            let mut found = Vec::new();
            let rows = self.rows(group, conditions, Order::Newest, 1, None)?;
            collect_events(rows, &mut Decoder::default(), &mut found).await?;
            if let Some(event) = found.pop() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

/// Runs the plan and appends its events.
async fn collect_events(
    mut rows: SendableRecordBatchStream,
    decoder: &mut Decoder,
    out: &mut Vec<Event>,
) -> Result<(), LakeError> {
    while let Some(batch) = rows.next().await {
        decoder.events(&batch.map_err(|e| engine_error(&e))?, out)?;
    }
    Ok(())
}

/// The times that can hold results: of the request, of the files, and beyond the cursor.
fn asked_times(request: &SearchRequest, files: &[Arc<FileEntry>]) -> Window {
    let low = files.iter().map(|file| i128::from(file.min_time)).min().unwrap_or(0);
    let high = files.iter().map(|file| i128::from(file.max_time) + 1).max().unwrap_or(0);
    let micros = |time: Timestamp| i128::from(time.as_micros());
    let mut window = Window {
        low: request.from.map_or(low, |from| low.max(micros(from))),
        high: request.until.map_or(high, |until| high.min(micros(until))),
    };
    match (request.after, request.order) {
        (Some(after), Order::Newest) => window.high = window.high.min(micros(after.time) + 1),
        (Some(after), Order::Oldest) => window.low = window.low.max(micros(after.time)),
        (None, _) => {}
    }
    window
}

/// The cursor behind which exactly the rest of the times lies.
fn boundary(rest: &Window, order: Order) -> Cursor {
    let time = |micros: i128| Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
    match order {
        Order::Newest => Cursor { time: time(rest.high), id: EventId::from_journal(0, 0) },
        Order::Oldest => Cursor { time: time(rest.low - 1), id: EventId::from_journal(u64::MAX, u64::MAX) },
    }
}
