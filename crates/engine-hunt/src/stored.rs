//! A hunt through events that are stored already: a lake's past, at the speed of a hunt through files.
//!
//! Whoever has the events hands them over in pieces ([`StoredEvents`]); the workers hold them against
//! the rules as they do with events of files, and the results meet in the same collector.

use crate::collect::Collector;
use crate::detect::{At, Matching};
use crate::hunt::{Control, HuntError, HuntOptions, Hunter, Looks, WAITING_BYTES};
use crate::output::Sink;
use crate::pool::{self, Job, PoolLimits};
use crate::report::Report;
use crate::skip::Skip;
use crate::worker::{Done, count_marks};
use base_core::Clock;
use engine_event::{Event, LogSource};
use engine_lake::Query;
use engine_parse::Place;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Most log sources a question names; rules of more sources are held against everything.
const MAX_SOURCES: usize = 24;

/// Gives stored events piece by piece, oldest first.
pub trait StoredEvents: Send {
    /// The next piece, of a few thousand events; `None` at the end.
    ///
    /// # Errors
    /// What cannot be read, as a skip of the report; the hunt ends there.
    fn next(&mut self) -> Option<Result<Vec<Event>, Skip>>;
}

impl Hunter {
    /// Looks through stored events, tells `sink` every detection in order, then the report. `name` is what
    /// the events are called there, `about` how many there are.
    ///
    /// # Errors
    /// When the sink cannot write. What cannot be read is a skip of the report.
    pub fn run_stored(
        &self,
        (name, about): (&str, u64),
        events: Box<dyn StoredEvents>,
        rule_skips: Vec<Skip>,
        clock: &dyn Clock,
        control: &Control,
        sink: &mut dyn Sink,
    ) -> Result<Report, HuntError> {
        let mut report = Report::new(clock.now());
        report.rules = self.rule_count() as u64;
        report.inputs = 1;
        report.bytes = about;
        for skip in rule_skips {
            report.skips.push(skip);
        }
        let (looks, options) = (self.looks(), self.options());
        let job = StoredJob {
            name: Arc::from(name),
            looks,
            options,
            control,
            events: Mutex::new(Some(events)),
            collector: Mutex::new(Collector::new(report, looks, options, control, sink)),
        };
        pool::run(&job, PoolLimits { threads: options.threads, waiting_bytes: WAITING_BYTES });
        job.collector.into_inner().unwrap_or_else(PoisonError::into_inner).finish(clock)
    }

    /// The question whose events are all that the rules could tell of, so that the rest need not be read;
    /// `None` when every event may count: with indicators, behaviours, or a rule for all sources.
    ///
    /// An event that lacks an attribute of its log source may meet any rule, so such events are in.
    #[must_use]
    pub fn worth_reading(&self) -> Option<Query> {
        let looks = self.looks();
        if looks.indicators.is_some() || !looks.behaviours.is_empty() {
            return None;
        }
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        for info in looks.pack.infos().filter(|info| !info.correlation) {
            let source = &info.logsource;
            let mut parts: Vec<String> = Vec::new();
            if let Some(product) = &source.product {
                parts.push(one_of("product", product, &[]));
            }
            if let Some(category) = &source.category {
                parts.push(one_of("category", category, &engine_sigma::parts_of_category(category)));
            }
            if let Some(service) = &source.service {
                parts.push(one_of("service", service, &engine_sigma::parts_of_service(service)));
            }
            if parts.is_empty() {
                return None;
            }
            wanted.insert(format!("({})", parts.join(" AND ")));
            if wanted.len() > MAX_SOURCES {
                return None;
            }
        }
        let text: Vec<String> = wanted.into_iter().collect();
        Query::parse(&text.join(" OR ")).ok().filter(|query| !query.is_everything())
    }
}

/// The attribute has this value, one that is part of it, or none.
fn one_of(attribute: &str, value: &str, parts: &[&str]) -> String {
    let values = std::iter::once(value).chain(parts.iter().copied());
    let conditions: Vec<String> = values.map(|v| Query::field_is(attribute, v).text().to_owned()).collect();
    format!("({} OR NOT {attribute}:*)", conditions.join(" OR "))
}

struct StoredJob<'a> {
    name: Arc<str>,
    looks: &'a Looks,
    options: &'a HuntOptions,
    control: &'a Control,
    events: Mutex<Option<Box<dyn StoredEvents>>>,
    collector: Mutex<Collector<'a>>,
}

/// Events that go to one worker.
struct Piece {
    events: Vec<Event>,
    first: u64,
    skip: Option<Skip>,
}

struct Reading {
    events: Option<Box<dyn StoredEvents>>,
    position: u64,
}

impl Job for StoredJob<'_> {
    type Reader = Reading;
    type Batch = Piece;
    type Done = Done;
    type Scratch = Matching;

    fn inputs(&self) -> usize {
        1
    }

    fn scratch(&self) -> Matching {
        Matching::new(self.looks, self.options)
    }

    fn open(&self, _: usize) -> Reading {
        Reading { events: self.events.lock().unwrap_or_else(PoisonError::into_inner).take(), position: 0 }
    }

    fn read(&self, reader: &mut Reading) -> (Piece, bool) {
        let first = reader.position;
        let piece = |events, skip| Piece { events, first, skip };
        match reader.events.as_mut().and_then(|events| events.next()) {
            None => (piece(Vec::new(), None), true),
            Some(Err(skip)) => (piece(Vec::new(), Some(skip)), true),
            Some(Ok(events)) => {
                reader.position += events.len() as u64;
                (piece(events, None), false)
            }
        }
    }

    fn work(&self, matching: &mut Matching, batch: Piece) -> Done {
        let count = batch.events.len() as u64;
        let mut done =
            Done { failed: batch.skip.is_some(), skips: batch.skip.into_iter().collect(), ..Done::default() };
        for (mut event, position) in batch.events.into_iter().zip(batch.first..) {
            let known = *event.logsource != LogSource::default();
            count_marks(&mut done.counts, &event, known);
            done.span.add((!event.marks.no_time).then_some(event.time));
            // Where an event stands is its id; its kind says more to a person than the lake's name.
            let kind = Arc::clone(&event.kind);
            let at = At { input: &kind, place: Place::Whole, position, stored: true };
            done.below += matching.look(&mut event, known, at, &mut done.seen);
        }
        self.control.read(count, count);
        done
    }

    fn defect(&self, _: usize, what: &str) -> Done {
        let reason = format!("{what} (a defect of this program)");
        Done { skips: vec![Skip::input(self.name.as_ref(), reason, "report it with the log")], ..Done::default() }
    }

    fn weight(&self, done: &Done) -> usize {
        done.weight()
    }

    fn deliver(&self, _: usize, done: Done, last: bool) {
        self.collector.lock().unwrap_or_else(PoisonError::into_inner).take(&self.name, done, last);
    }

    fn stopped(&self) -> bool {
        self.control.stopped()
    }
}
