//! What is remembered of providers: their discovery documents and keys, for an hour.

use base_core::Timestamp;
use engine_signin::oidc::{Keys, Metadata};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Documents are asked for again after so many seconds.
const HOLDS: i64 = 3_600;
/// For a key that is not known the keys are asked for again, but only so often: unknown names of keys must not make the
/// program ask without end.
const KEYS_AGAIN: i64 = 30;

#[derive(Clone)]
struct Kept<T> {
    value: T,
    at: Timestamp,
}

impl<T: Clone> Kept<T> {
    fn younger(&self, secs: i64, now: Timestamp) -> Option<T> {
        // A clock that was set back makes everything old.
        (self.at <= now && now < self.at.plus_secs(secs)).then(|| self.value.clone())
    }
}

/// By issuer, so that a provider whose settings change is asked anew.
#[derive(Default)]
pub(crate) struct Documents {
    metadata: Mutex<HashMap<String, Kept<Metadata>>>,
    keys: Mutex<HashMap<String, Kept<Keys>>>,
}

impl Documents {
    pub(crate) fn metadata(&self, issuer: &str, now: Timestamp) -> Option<Metadata> {
        self.metadata.lock().unwrap_or_else(PoisonError::into_inner).get(issuer)?.younger(HOLDS, now)
    }

    pub(crate) fn keep_metadata(&self, issuer: &str, value: Metadata, now: Timestamp) {
        let mut all = self.metadata.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(issuer.to_owned(), Kept { value, at: now });
    }

    pub(crate) fn keys(&self, issuer: &str, now: Timestamp) -> Option<Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(issuer)?.younger(HOLDS, now)
    }

    pub(crate) fn keep_keys(&self, issuer: &str, value: Keys, now: Timestamp) {
        let mut all = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(issuer.to_owned(), Kept { value, at: now });
    }

    /// Whether keys may be asked for again because one is not known.
    pub(crate) fn may_ask_again(&self, issuer: &str, now: Timestamp) -> bool {
        let all = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(issuer).is_none_or(|kept| kept.younger(KEYS_AGAIN, now).is_none())
    }

    /// Forgets what a provider said.
    pub(crate) fn forget(&self, issuer: &str) {
        self.metadata.lock().unwrap_or_else(PoisonError::into_inner).remove(issuer);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(issuer);
    }
}
