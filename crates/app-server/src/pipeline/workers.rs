//! Parsing and matching of a batch on several threads, in order.

use engine_detect::behaviours::{self, BehaviourScratch, Behaviours};
use engine_detect::indicators::{IndicatorStore, IndicatorWatch, WatchTally};
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
    /// Detections of rules that stand alone, and of lists of indicators.
    pub detections: Vec<Detection>,
    /// What correlations want to know of it.
    pub observation: Option<Observation>,
    /// What behaviours want to know of it.
    pub behaviour: Option<behaviours::Observation>,
}

/// Numbers below which an event was dealt with before a restart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    /// Its detections and counts are committed.
    pub committed: u64,
    /// Behaviours remember it.
    pub remembered: u64,
}

/// Memory of one thread.
struct Worker {
    parser: Parser,
    scratch: MatchScratch,
    /// For events that were counted before a restart and only come again for the correlations.
    warm: MatchScratch,
    hits: Vec<Hit>,
    watch: IndicatorWatch,
    behaviours: BehaviourScratch,
}

/// What every event is held against, shared by the threads.
pub(crate) struct Looks {
    /// Sigma rules.
    pub matcher: Matcher,
    /// Behaviours over time.
    pub behaviours: Arc<Behaviours>,
    /// Lists of indicators.
    pub indicators: Arc<IndicatorStore>,
}

/// The threads' memory, kept from batch to batch.
pub(crate) struct Workers {
    looks: Looks,
    workers: Vec<Worker>,
    instance: u64,
}

impl Workers {
    /// `threads` workers; `instance` is the journal's.
    #[must_use]
    pub(crate) fn new(catalog: &Arc<Catalog>, looks: Looks, threads: usize, instance: u64) -> Self {
        let worker = || Worker {
            parser: Parser::new(Arc::clone(catalog), ParserOptions::default()),
            scratch: MatchScratch::new(),
            warm: MatchScratch::new(),
            hits: Vec::new(),
            watch: IndicatorWatch::new(Arc::clone(&looks.indicators)),
            behaviours: BehaviourScratch::default(),
        };
        Self { workers: (0..threads.max(1)).map(|_| worker()).collect(), looks, instance }
    }

    /// Parses and matches every entry; the result is in journal order. Entries that are committed
    /// are not counted in the tallies. Blocks: call it off the async threads.
    #[must_use]
    pub(crate) fn run(&mut self, batch: Batch, correlator: &Correlator, before: Done) -> Vec<Matched> {
        let (first, instance) = (batch.first, self.instance);
        let looks = &self.looks;
        if batch.entries.len() < SPLIT_ABOVE || self.workers.len() == 1 {
            let Some(worker) = self.workers.first_mut() else { return Vec::new() };
            return worker.run(first, batch.entries, before, instance, looks, correlator);
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
                    scope.spawn(move || worker.run(at, entries, before, instance, looks, correlator))
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

    /// What was found of lists of indicators since the last call.
    #[must_use]
    pub(crate) fn take_watch_tally(&mut self) -> WatchTally {
        let mut whole = WatchTally::default();
        self.workers.iter_mut().for_each(|w| whole.add(w.watch.take_tally()));
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
        before: Done,
        instance: u64,
        looks: &Looks,
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
            let (fresh, matcher) = (seq >= before.committed, &looks.matcher);
            let mut behaviour = None;
            // A record of no known log source would meet every rule: what nobody can place is
            // counted and searchable, but holds no evidence for a rule about another source.
            if *event.logsource != LogSource::default() {
                let scratch = if fresh { &mut self.scratch } else { &mut self.warm };
                matcher.hits(&event, scratch, &mut self.hits);
                if seq >= before.remembered {
                    behaviour = looks.behaviours.extract(&event, &mut self.behaviours);
                }
            }
            let standalone = self.hits.iter().filter(|h| h.standalone);
            let mut detections: Vec<Detection> = standalone.filter_map(|h| matcher.detection(&event, *h)).collect();
            if fresh {
                // Whatever nobody can read may hold an address or a name all the same.
                self.watch.observe(&event, &mut detections);
            }
            let observation = correlator.extract(&event, &self.hits, seq);
            done.push(Matched { seq, event, detections, observation, behaviour });
        }
        done
    }
}

/// How the parser has to take a record that came in this way.
fn transport_of(code: u8) -> Transport {
    use engine_intake::Transport as Way;
    match Way::from_code(code) {
        Some(Way::SyslogUdp | Way::SyslogTcp | Way::SyslogTls | Way::Relp) => Transport::Syslog,
        Some(Way::Http | Way::Bulk | Way::OtlpHttp | Way::OtlpGrpc) => Transport::Http,
        // The demo's lines carry their own names and times, as lines of a file do.
        Some(Way::Upload | Way::Demo | Way::File | Way::Dropped) | None => Transport::File,
    }
}
