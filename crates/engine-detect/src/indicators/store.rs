//! The indicators in force: replaced as a whole while events go on, without waiting on either side.

use super::allow::Allow;
use super::index::{IndicatorCounts, Indicators};
use base_core::SharedClock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// What is in force at one moment.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    pub(super) indicators: Arc<Indicators>,
    pub(super) allow: Arc<Allow>,
}

/// Shared by all threads that watch for indicators.
#[derive(Debug)]
pub struct IndicatorStore {
    in_force: RwLock<InForce>,
    /// Rises with every replacement, so that threads look at the lock only then.
    version: AtomicU64,
    clock: SharedClock,
}

impl IndicatorStore {
    /// A store without indicators.
    #[must_use]
    pub fn new(clock: SharedClock) -> Arc<Self> {
        Arc::new(Self {
            in_force: RwLock::new(InForce { indicators: Arc::new(Indicators::empty()), allow: Arc::default() }),
            version: AtomicU64::new(1),
            clock,
        })
    }

    /// Puts other indicators into force. Every thread uses them from its next event on; the old
    /// ones are freed when the last thread has changed over.
    pub fn replace(&self, indicators: Arc<Indicators>) {
        self.change(|in_force| in_force.indicators = indicators);
    }

    /// Puts another list of what is allowed into force.
    pub fn replace_allow(&self, allow: Arc<Allow>) {
        self.change(|in_force| in_force.allow = allow);
    }

    fn change(&self, change: impl FnOnce(&mut InForce)) {
        // What is in force is whole at every moment, so that a thread that died holding the lock did no harm.
        let mut in_force = self.in_force.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut in_force);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// The indicators in force.
    #[must_use]
    pub fn indicators(&self) -> Arc<Indicators> {
        self.in_force().indicators
    }

    pub(super) fn in_force(&self) -> InForce {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// How many indicators there are, and how many of them do not count any more by the clock.
    #[must_use]
    pub fn counts(&self) -> (IndicatorCounts, usize) {
        let indicators = self.indicators();
        (indicators.counts(), indicators.expired(self.clock.now()))
    }

    /// Leaves out what has expired by the clock, when that is more than a tenth. Takes as long as
    /// building; call it from a thread of its own, once a day. Gives how many were left out.
    pub fn sweep(&self) -> usize {
        let indicators = self.indicators();
        let now = self.clock.now();
        let expired = indicators.expired(now);
        if expired == 0 || expired < indicators.counts().total() / 10 {
            return 0;
        }
        self.replace(Arc::new(indicators.reopened(&[], now).build()));
        expired
    }
}
