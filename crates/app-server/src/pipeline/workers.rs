//! Parsing and matching of a batch on several threads, in order.

use engine_detect::{Correlator, Detection, Hit, MatchScratch, Matcher, Observation, Tally};
use engine_event::{Event, EventId, LogSource};
use engine_journal::{Batch, Entry};
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use std::sync::Arc;

/// Entries below this are handled on one thread: starting another would cost more.
const SPLIT_ABOVE: usize = 256;

/// An event with what the stateless rules say of it.
#[derive(Debug)]
pub(crate) struct Matched {
    /// Its journal number.
    pub seq: u64,
    /// The event.
    pub event: Event,
    /// Detections of rules that stand alone.
    pub detections: Vec<Detection>,
    /// What correlations want to know of it.
    pub observation: Option<Observation>,
}

/// Memory of one thread.
struct Worker {
    parser: Parser,
    scratch: MatchScratch,
    /// For events that were counted before a restart and only come again for the correlations.
    warm: MatchScratch,
    hits: Vec<Hit>,
}

/// The threads' memory, kept from batch to batch.
pub(crate) struct Workers {
    matcher: Matcher,
    workers: Vec<Worker>,
    instance: u64,
}

impl Workers {
    /// `threads` workers; `instance` is the journal's.
    #[must_use]
    pub(crate) fn new(catalog: &Arc<Catalog>, matcher: Matcher, threads: usize, instance: u64) -> Self {
        let worker = || Worker {
            parser: Parser::new(Arc::clone(catalog), ParserOptions::default()),
            scratch: MatchScratch::new(),
            warm: MatchScratch::new(),
            hits: Vec::new(),
        };
        Self { matcher, workers: (0..threads.max(1)).map(|_| worker()).collect(), instance }
    }

    /// Parses and matches every entry; the result is in journal order. Entries below `committed`
    /// are not counted in the tally. Blocks: call it off the async threads.
    #[must_use]
    pub(crate) fn run(&mut self, batch: Batch, correlator: &Correlator, committed: u64) -> Vec<Matched> {
        let (first, instance) = (batch.first, self.instance);
        let matcher = &self.matcher;
        if batch.entries.len() < SPLIT_ABOVE || self.workers.len() == 1 {
            let Some(worker) = self.workers.first_mut() else { return Vec::new() };
            return worker.run(first, batch.entries, committed, instance, matcher, correlator);
        }
        let share = batch.entries.len().div_ceil(self.workers.len());
        let mut parts = Vec::new();
        let (mut rest, mut at) = (batch.entries, first);
        while !rest.is_empty() {
            let tail = rest.split_off(share.min(rest.len()));
            let taken = rest.len() as u64;
            parts.push((at, rest));
            at += taken;
            rest = tail;
        }
        std::thread::scope(|scope| {
            let running: Vec<_> = self
                .workers
                .iter_mut()
                .zip(parts)
                .map(|(worker, (at, entries))| {
                    scope.spawn(move || worker.run(at, entries, committed, instance, matcher, correlator))
                })
                .collect();
            let mut all = Vec::new();
            for handle in running {
                match handle.join() {
                    Ok(part) => all.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        })
    }

    /// What was counted since the last call.
    #[must_use]
    pub(crate) fn take_tally(&mut self) -> Tally {
        let mut whole = Tally::default();
        for worker in &mut self.workers {
            // Grows with every distinct log source otherwise.
            let _ = worker.warm.take_tally();
            whole.add(&worker.scratch.take_tally());
        }
        whole
    }

    /// Has every field told anew when it comes again.
    pub(crate) fn forget_fields(&mut self) {
        self.workers.iter_mut().for_each(|w| w.scratch.forget_fields());
    }
}

impl Worker {
    fn run(
        &mut self,
        first: u64,
        entries: Vec<Entry>,
        committed: u64,
        instance: u64,
        matcher: &Matcher,
        correlator: &Correlator,
    ) -> Vec<Matched> {
        let mut done = Vec::with_capacity(entries.len());
        for (seq, entry) in (first..).zip(entries) {
            let raw = Raw {
                bytes: &entry.raw,
                received: entry.received,
                hint: entry.hint.as_deref(),
                peer: entry.peer.as_deref(),
                transport: transport_of(entry.transport),
            };
            let mut event = self.parser.parse(&raw, EventId::from_journal(instance, seq));
            event.unit = entry.unit;
            event.source = Some(entry.source);
            self.hits.clear();
            // A record of no known log source would meet every rule: what nobody can place is
            // counted and searchable, but holds no evidence for a rule about another source.
            if *event.logsource != LogSource::default() {
                let scratch = if seq < committed { &mut self.warm } else { &mut self.scratch };
                matcher.hits(&event, scratch, &mut self.hits);
            }
            let detections =
                self.hits.iter().filter(|h| h.standalone).filter_map(|h| matcher.detection(&event, *h)).collect();
            let observation = correlator.extract(&event, &self.hits, seq);
            done.push(Matched { seq, event, detections, observation });
        }
        done
    }
}

/// How the parser has to take a record that came in this way.
fn transport_of(code: u8) -> Transport {
    use engine_intake::Transport as Way;
    match Way::from_code(code) {
        Some(Way::SyslogUdp | Way::SyslogTcp | Way::SyslogTls | Way::Relp) => Transport::Syslog,
        Some(Way::Http) => Transport::Http,
        // The demo's lines carry their own names and times, as lines of a file do.
        Some(Way::Upload | Way::Demo | Way::File | Way::Dropped) | None => Transport::File,
    }
}
