//! A search step by step: results as they are found, then counts over time and of values, so that
//! a page can show the first results at once, tell how far it is, and be stopped at any moment.

use super::search_events::lake_error;
use base_authz::{Action, Caller};
use base_core::{Result, Scope, Timestamp};
use engine_event::Event;
use engine_lake::query::FieldRef;
use engine_lake::{Bucket, Buckets, Cursor, Lake, LakeStats, Order, SearchRequest, Survey, SurveyAsk};
use std::sync::Arc;

/// Bars of the picture above the results.
pub const BARS: usize = 60;
/// Lakes of at most so many events are searched in one step.
pub const SMALL: u64 = 300_000;
/// Stored events a step of looking for results goes through at first; further ones twice as many.
const FIRST_SCAN: u64 = 200_000;
const LARGEST_SCAN: u64 = 4_000_000;
/// Stored events a step of counting goes through, about.
const COUNT_STEP: u64 = 1_000_000;
/// Most steps of counting: each day of many years must not become a step of its own.
const MAX_STEPS: usize = 400;
const DAY_MICROS: i64 = 86_400_000_000;

/// A part of the time, with about how many stored events lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    from: Timestamp,
    until: Timestamp,
    events: u64,
}

/// A search under way.
pub struct SearchRun {
    lake: Arc<dyn Lake>,
    scope: Scope,
    request: SearchRequest,
    fields: Vec<FieldRef>,
    stored: LakeStats,
    /// Results so far, in the asked order.
    pub events: Vec<Event>,
    /// Where to go on behind the results.
    pub next: Option<Cursor>,
    /// Whether results are still looked for.
    pub looking: bool,
    scan: u64,
    counting: Option<Counting>,
    counts: bool,
}

struct Counting {
    ask: SurveyAsk,
    buckets: Buckets,
    survey: Survey,
    parts: Vec<Part>,
    done: usize,
}

impl std::fmt::Debug for SearchRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchRun").field("events", &self.events.len()).finish_non_exhaustive()
    }
}

impl SearchRun {
    /// Begins; nothing is searched before the first [`SearchRun::step`]. `fields` are those whose
    /// values are counted; `counts` says whether counting is wanted at all.
    ///
    /// # Errors
    /// `Forbidden` without the right; when the lake cannot say what it holds.
    pub async fn begin(
        lake: Arc<dyn Lake>,
        caller: &Caller,
        request: SearchRequest,
        fields: Vec<FieldRef>,
        counts: bool,
    ) -> Result<Self> {
        let scope = caller.require(Action::EventsSearch)?;
        let stored = lake.stats().await.map_err(lake_error)?;
        Ok(Self {
            lake,
            scope,
            request,
            fields,
            stored,
            events: Vec::new(),
            next: None,
            looking: true,
            scan: FIRST_SCAN,
            counting: None,
            counts,
        })
    }

    /// Whether the lake is so small that all is done in a moment.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.stored.events <= SMALL
    }

    /// Does a bit more; `false` when all is done. Stopping between or within steps loses nothing
    /// of what earlier steps found.
    ///
    /// # Errors
    /// When the lake cannot answer.
    pub async fn step(&mut self) -> Result<bool> {
        if self.looking {
            self.look().await?;
            return Ok(self.looking || self.counts);
        }
        if !self.counts {
            return Ok(false);
        }
        if self.counting.is_none() {
            self.counting = self.plan().await?;
            if self.counting.is_none() {
                self.counts = false;
                return Ok(false);
            }
        }
        self.count().await
    }

    async fn look(&mut self) -> Result<()> {
        let wanted = self.request.page_size();
        let missing = wanted.saturating_sub(self.events.len());
        let request = SearchRequest {
            limit: missing.max(1),
            after: self.next.or(self.request.after),
            scan_limit: Some(self.scan),
            ..self.request.clone()
        };
        let page = self.lake.search(&self.scope, &request).await.map_err(lake_error)?;
        self.events.extend(page.events);
        self.next = page.next;
        self.scan = (self.scan * 2).min(LARGEST_SCAN);
        self.looking = self.next.is_some() && self.events.len() < wanted;
        Ok(())
    }

    async fn count(&mut self) -> Result<bool> {
        let Some(counting) = &mut self.counting else { return Ok(false) };
        let Some(part) = counting.parts.get(counting.done).copied() else { return Ok(false) };
        let request = SearchRequest { from: Some(part.from), until: Some(part.until), ..self.request.clone() };
        let found = self.lake.survey(&self.scope, &request, &counting.ask).await.map_err(lake_error)?;
        counting.survey.merge(found);
        counting.done += 1;
        let more = counting.done < counting.parts.len();
        self.counts = more;
        Ok(more)
    }

    /// Bars and parts of the time; `None` when nothing is there to be counted.
    async fn plan(&self) -> Result<Option<Counting>> {
        let Some((from, until)) = span(&*self.lake, &self.scope, &self.request).await? else { return Ok(None) };
        let Some(buckets) = Buckets::new(from, until, BARS) else { return Ok(None) };
        let ask = SurveyAsk { buckets: Some(buckets), fields: self.fields.clone(), sample: None };
        let mut parts = parts(&self.stored, from, until);
        if self.request.order == Order::Newest {
            parts.reverse();
        }
        Ok(Some(Counting { survey: Survey::new(&ask), ask, buckets, parts, done: 0 }))
    }

    /// The counts so far; `None` before counting has begun.
    #[must_use]
    pub fn survey(&self) -> Option<&Survey> {
        self.counting.as_ref().map(|counting| &counting.survey)
    }

    /// The bars so far; empty before counting has begun.
    #[must_use]
    pub fn bars(&self) -> Vec<Bucket> {
        let Some(counting) = &self.counting else { return Vec::new() };
        counting.buckets.fill(counting.survey.bars.iter().copied().enumerate())
    }

    /// Whether counting is not done yet.
    #[must_use]
    pub fn is_counting(&self) -> bool {
        self.counts
    }

    /// How much of the stored events of the asked time is counted, as a share of 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
    pub fn share(&self) -> f64 {
        let Some(counting) = &self.counting else { return 0.0 };
        let sum = |parts: &[Part]| parts.iter().map(|part| part.events.max(1)).sum::<u64>();
        let (done, _) = counting.parts.split_at(counting.done.min(counting.parts.len()));
        sum(done) as f64 / sum(&counting.parts).max(1) as f64
    }
}

/// From when to when is counted: the asked range, its open ends at the first and last event within
/// the scope; `None` when there is none.
///
/// # Errors
/// When the lake cannot answer.
pub(crate) async fn span(
    lake: &dyn Lake,
    scope: &Scope,
    request: &SearchRequest,
) -> Result<Option<(Timestamp, Timestamp)>> {
    let end = async |order: Order| -> Result<Option<Timestamp>> {
        let SearchRequest { from, until, .. } = *request;
        let one = SearchRequest { from, until, order, limit: 1, ..SearchRequest::default() };
        let page = lake.search(scope, &one).await.map_err(lake_error)?;
        Ok(page.events.first().map(|event| event.time))
    };
    let from = match request.from {
        Some(from) => Some(from),
        None => end(Order::Oldest).await?,
    };
    let until = match request.until {
        Some(until) => Some(until),
        None => end(Order::Newest).await?.map(|newest| newest.plus_micros(1)),
    };
    Ok(from.zip(until).filter(|(from, until)| from < until))
}

/// The range in parts of about [`COUNT_STEP`] stored events, oldest first, without gap. How many
/// events a day has is known of the whole lake only, so days are cut evenly.
fn parts(stored: &LakeStats, from: Timestamp, until: Timestamp) -> Vec<Part> {
    let mut cut: Vec<Part> = Vec::new();
    let step = COUNT_STEP.max(stored.events / MAX_STEPS as u64);
    for day in &stored.days {
        let Some(start) = Timestamp::parse_rfc3339(&format!("{}T00:00:00Z", day.day)) else { continue };
        let end = start.plus_micros(DAY_MICROS);
        let (low, high) = (start.max(from), end.min(until));
        if low >= high {
            continue;
        }
        let inside = i128::from(high.as_micros()) - i128::from(low.as_micros());
        let events = u64::try_from(i128::from(day.events) * inside / i128::from(DAY_MICROS)).unwrap_or(day.events);
        let pieces = events.div_ceil(step).max(1);
        // Small days that follow each other are one part.
        if let Some(last) = cut.last_mut().filter(|last| pieces == 1 && last.events + events <= step) {
            last.until = high;
            last.events += events;
            continue;
        }
        let width = i64::try_from(inside / i128::from(pieces)).unwrap_or(DAY_MICROS).max(1);
        let mut at = low;
        for piece in 1..=pieces {
            let next = if piece == pieces { high } else { at.plus_micros(width).min(high) };
            cut.push(Part { from: at, until: next, events: events / pieces });
            at = next;
        }
    }
    close_gaps(cut, from, until)
}

/// Days the lake does not list by name may hold events too: the parts must cover all of the range.
fn close_gaps(mut parts: Vec<Part>, from: Timestamp, until: Timestamp) -> Vec<Part> {
    let mut at = from;
    for part in &mut parts {
        part.from = at;
        at = part.until;
    }
    match parts.last_mut() {
        Some(last) => last.until = until,
        None => parts.push(Part { from, until, events: 0 }),
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_lake::DayStats;

    #[test]
    fn parts_cover_the_range_without_gap_or_overlap() {
        let day = |day: &str, events| DayStats { day: day.to_owned(), events, ..DayStats::default() };
        let days = vec![day("2014-03-01", 10), day("2014-03-02", 20), day("2014-03-09", 7_300_000), day("unknown", 5)];
        let stored = LakeStats { events: 7_300_035, days, ..LakeStats::default() };
        let at = |text: &str| Timestamp::parse_rfc3339(text).expect("a time");
        for (from, until) in [
            ("2014-02-01T00:00:00Z", "2014-04-01T00:00:00Z"),
            ("2014-03-09T06:00:00Z", "2014-03-09T12:00:00Z"),
            ("2010-01-01T00:00:00Z", "2010-01-02T00:00:00Z"),
            ("2014-03-01T12:00:00Z", "2014-03-01T12:00:01Z"),
        ] {
            let (from, until) = (at(from), at(until));
            let parts = parts(&stored, from, until);
            assert_eq!((parts[0].from, parts[parts.len() - 1].until), (from, until));
            assert!(parts.windows(2).all(|w| w[0].until == w[1].from), "{parts:?}");
            assert!(parts.iter().all(|p| p.from < p.until && p.events <= COUNT_STEP), "{parts:?}");
        }
        assert_eq!(super::parts(&stored, at("2014-02-01T00:00:00Z"), at("2014-04-01T00:00:00Z")).len(), 9);
    }
}
