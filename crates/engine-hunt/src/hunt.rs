//! A hunt from inputs to report.

use crate::collect::Collector;
use crate::input::Inputs;
use crate::output::Sink;
use crate::pool::{self, PoolLimits};
use crate::report::Report;
use crate::skip::Skip;
use crate::worker::HuntJob;
use base_core::{Clock, Lang, Severity, Timestamp};
use engine_detect::RulePack;
use engine_detect::behaviours::Behaviours;
use engine_detect::indicators::IndicatorStore;
use engine_parse::Catalog;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of results that may wait for those before them.
pub(crate) const WAITING_BYTES: usize = 32 * 1024 * 1024;

/// How to hunt.
#[derive(Clone, Debug)]
pub struct HuntOptions {
    /// Worker threads.
    pub threads: usize,
    /// Lowest level that is told; the rest is counted.
    pub level: Severity,
    /// Events before it are left out. Events without a believable time stay in.
    pub from: Option<Timestamp>,
    /// Events at or after it are left out.
    pub to: Option<Timestamp>,
    /// Language of explanations.
    pub lang: Lang,
    /// Whether detections carry the fields of their event.
    pub keep_event: bool,
}

/// Why a hunt ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum HuntError {
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Output(#[source] io::Error),
}

/// How a hunt ended, as the exit status says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read: exit status 0.
    Complete,
    /// Some input or rule was skipped, or the run was stopped: exit status 2.
    Partial,
    /// Nothing could be read: exit status 1.
    Nothing,
}

/// How far a hunt has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of input read, as stored.
    pub bytes: u64,
    /// Records read.
    pub events: u64,
    /// Detections so far.
    pub detections: u64,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    bytes: AtomicU64,
    events: AtomicU64,
    detections: AtomicU64,
}

/// Watches and stops a running hunt from another thread. Clones are the same control.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Shared>);

impl Control {
    /// Asks the hunt to end; it then reports what it has.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            bytes: self.0.bytes.load(Ordering::Relaxed),
            events: self.0.events.load(Ordering::Relaxed),
            detections: self.0.detections.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn read(&self, bytes: u64, events: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.0.events.fetch_add(events, Ordering::Relaxed);
    }

    pub(crate) fn found(&self, detections: u64) {
        self.0.detections.fetch_add(detections, Ordering::Relaxed);
    }
}

/// What every event is held against.
#[derive(Clone, Debug)]
pub(crate) struct Looks {
    /// Sigma rules.
    pub(crate) pack: Arc<RulePack>,
    /// Behaviours over time; often none.
    pub(crate) behaviours: Arc<Behaviours>,
    /// Lists of indicators.
    pub(crate) indicators: Option<Arc<IndicatorStore>>,
}

/// Hunts with one set of sources and rules.
#[derive(Debug)]
pub struct Hunter {
    catalog: Arc<Catalog>,
    looks: Looks,
    options: HuntOptions,
}

impl Hunter {
    /// A hunter.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, pack: Arc<RulePack>, options: HuntOptions) -> Self {
        Self { catalog, looks: Looks { pack, behaviours: Arc::default(), indicators: None }, options }
    }

    /// Looks for behaviours too.
    #[must_use]
    pub fn with_behaviours(mut self, behaviours: Arc<Behaviours>) -> Self {
        self.looks.behaviours = behaviours;
        self
    }

    /// Looks for indicators too, in every field of every event.
    #[must_use]
    pub fn with_indicators(mut self, indicators: Arc<IndicatorStore>) -> Self {
        self.looks.indicators = Some(indicators);
        self
    }

    pub(crate) fn looks(&self) -> &Looks {
        &self.looks
    }

    pub(crate) fn options(&self) -> &HuntOptions {
        &self.options
    }

    /// How many rules are in use: of Sigma, behaviours, and one for each list of indicators.
    #[must_use]
    pub fn rule_count(&self) -> usize {
        let lists = self.looks.indicators.as_ref().map_or(0, |store| store.indicators().lists().count());
        self.looks.pack.len() + self.looks.behaviours.len() + lists
    }

    /// Reads `inputs`, tells `sink` every detection in order, then the report.
    ///
    /// `rule_skips` are the mistakes met while rules were loaded: they belong to the report.
    ///
    /// # Errors
    /// When the sink cannot write. Whatever cannot be read is a skip of the report.
    pub fn run(
        &self,
        inputs: Inputs,
        rule_skips: Vec<Skip>,
        clock: &dyn Clock,
        control: &Control,
        sink: &mut dyn Sink,
    ) -> Result<Report, HuntError> {
        let mut report = Report::new(clock.now());
        report.rules = self.rule_count() as u64;
        report.inputs = inputs.list.len() as u64;
        report.bytes = inputs.total_bytes();
        for skip in inputs.skips.into_iter().chain(rule_skips) {
            report.skips.push(skip);
        }
        let collector = Collector::new(report, &self.looks, &self.options, control, sink);
        let job = HuntJob::new(&self.catalog, &self.looks, &self.options, &inputs.list, clock, control, collector);
        pool::run(&job, PoolLimits { threads: self.options.threads, waiting_bytes: WAITING_BYTES });
        job.into_collector().finish(clock)
    }
}
