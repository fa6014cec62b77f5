//! The rules that run now, shared between the console and the pipeline.
//!
//! The pipeline asks for [`RuleBook::tuning`] with every batch and for [`RuleBook::active`] when
//! it starts; [`RuleBook::changed`] tells it that another pack was switched on. So a change takes
//! effect without a restart of the program.

use crate::model::{Costs, Holding, Tuning};
use crate::shelf::Shelf;
use base_core::ContentFile;
use engine_detect::behaviours::{BehaviourStats, Behaviours};
use engine_detect::{RuleInfo, RulePack};
use engine_event::{Event, LogSource};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::watch;

/// The rules that run, with what they were made of.
#[derive(Debug)]
pub struct Active {
    /// The compiled rules.
    pub pack: Arc<RulePack>,
    /// Rule files and their tests.
    pub files: Arc<[ContentFile]>,
    /// The imported pack among them; `None` when only the rules that ship with the program run.
    pub imported: Option<String>,
}

/// What runs beside the Sigma rules. It stays as it is until the next start, but for the lists.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Behaviours, compiled.
    pub behaviours: Arc<Behaviours>,
    /// Their files and tests.
    pub files: Arc<[ContentFile]>,
    /// Lists of indicators.
    pub lists: Option<Arc<Shelf>>,
}

/// The rules that run and what is kept of them in memory.
#[derive(Debug)]
pub struct RuleBook {
    active: RwLock<Arc<Active>>,
    beside: Beside,
    behaviours: RwLock<Arc<[BehaviourStats]>>,
    trouble: RwLock<Option<Arc<str>>>,
    tuning: RwLock<Arc<Tuning>>,
    costs: RwLock<Arc<Costs>>,
    holdings: RwLock<Arc<[Holding]>>,
    samples: Mutex<FxHashMap<LogSource, Samples>>,
    changed: watch::Sender<u64>,
}

/// Recent events of one log source, for measuring what a rule costs.
#[derive(Debug, Default)]
struct Samples {
    events: Vec<Event>,
    next: usize,
}

/// Events kept per log source.
const SAMPLES: usize = 32;
/// Log sources of which events are kept.
const SAMPLED_SOURCES: usize = 128;
/// Largest event kept, in bytes of its raw record.
const SAMPLE_BYTES: usize = 16 * 1024;
/// Events looked at of one batch.
const PER_BATCH: usize = 8;

impl RuleBook {
    /// A book of these rules, nothing tuned and nothing beside them.
    #[must_use]
    pub fn new(active: Active) -> Arc<Self> {
        Self::with(active, Beside::default())
    }

    /// A book of these rules and what runs beside them, nothing tuned.
    #[must_use]
    pub fn with(active: Active, beside: Beside) -> Arc<Self> {
        Arc::new(Self {
            active: RwLock::new(Arc::new(active)),
            beside,
            behaviours: RwLock::new(Arc::from([])),
            trouble: RwLock::default(),
            tuning: RwLock::default(),
            costs: RwLock::default(),
            holdings: RwLock::new(Arc::from([])),
            samples: Mutex::default(),
            changed: watch::Sender::new(0),
        })
    }

    /// The rules that run.
    #[must_use]
    pub fn active(&self) -> Arc<Active> {
        read(&self.active)
    }

    /// What runs beside them.
    #[must_use]
    pub fn beside(&self) -> &Beside {
        &self.beside
    }

    /// Whatever makes detections under this id: a rule, a correlation, a behaviour, a list.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<RuleInfo>> {
        let of_rules = self.active().pack.find(id).cloned();
        let of_behaviours = || self.beside.behaviours.find(id).cloned();
        let of_lists = || self.beside.lists.as_ref().and_then(|l| l.find(id));
        of_rules.or_else(of_behaviours).or_else(of_lists)
    }

    /// Counters of behaviours, as the pipeline last told.
    #[must_use]
    pub fn behaviour_stats(&self) -> Arc<[BehaviourStats]> {
        read(&self.behaviours)
    }

    /// Keeps the counters of behaviours.
    pub fn set_behaviour_stats(&self, stats: Vec<BehaviourStats>) {
        *self.behaviours.write().unwrap_or_else(PoisonError::into_inner) = stats.into();
    }

    /// Why behaviours had to learn anew at this start; `None` when they went on where they were.
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<str>> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes why behaviours have to learn anew.
    pub fn set_trouble(&self, reason: &str) {
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = Some(reason.into());
    }

    /// Switches to other rules and tells who waits on [`RuleBook::changed`].
    pub fn switch_to(&self, active: Active) {
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(active);
        self.changed.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Wakes when other rules were switched on; the value counts the times.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// What is hidden of the detections at present.
    #[must_use]
    pub fn tuning(&self) -> Arc<Tuning> {
        read(&self.tuning)
    }

    /// Sets what is hidden, from the next batch on.
    pub fn set_tuning(&self, tuning: Tuning) {
        *self.tuning.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tuning);
    }

    /// What the rules cost, as last measured.
    #[must_use]
    pub fn costs(&self) -> Arc<Costs> {
        read(&self.costs)
    }

    /// Keeps a measurement of what the rules cost.
    pub fn set_costs(&self, costs: Costs) {
        *self.costs.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(costs);
    }

    /// What correlations hold in memory, as the pipeline last told.
    #[must_use]
    pub fn holdings(&self) -> Arc<[Holding]> {
        read(&self.holdings)
    }

    /// Keeps what correlations hold in memory.
    pub fn set_holdings(&self, holdings: Vec<Holding>) {
        *self.holdings.write().unwrap_or_else(PoisonError::into_inner) = holdings.into();
    }

    /// Keeps a few events of a batch for measuring. Never waits: while somebody measures, the
    /// batch is passed over.
    pub fn offer(&self, events: &[&Event]) {
        let Ok(mut samples) = self.samples.try_lock() else { return };
        let step = events.len().div_ceil(PER_BATCH).max(1);
        for event in events.iter().step_by(step).filter(|e| e.raw.len() <= SAMPLE_BYTES) {
            if samples.len() >= SAMPLED_SOURCES && !samples.contains_key(&*event.logsource) {
                continue;
            }
            let kept = samples.entry((*event.logsource).clone()).or_default();
            match kept.events.get_mut(kept.next) {
                Some(old) => *old = (*event).clone(),
                None => kept.events.push((*event).clone()),
            }
            kept.next = (kept.next + 1) % SAMPLES;
        }
    }

    /// The events kept for measuring.
    #[must_use]
    pub fn samples(&self) -> Vec<Event> {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.values().flat_map(|s| s.events.iter().cloned()).collect()
    }
}

fn read<T: ?Sized>(lock: &RwLock<Arc<T>>) -> Arc<T> {
    Arc::clone(&lock.read().unwrap_or_else(PoisonError::into_inner))
}
