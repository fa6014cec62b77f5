//! Sign-ins that wait for their person to come back from a provider. In memory: they live for minutes, strangers begin
//! them, and a restart costs nobody more than a second try.

use crate::model::token;
use base_core::{AccountId, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A person may take so many seconds at the provider.
pub(crate) const WAIT_SECS: i64 = 600;
/// Most that wait at once.
const MAX_WAITS: usize = 10_000;
/// Most of one network that wait or were used within [`WAIT_SECS`].
const MAX_OF_NETWORK: usize = 60;

/// What the person goes to the provider for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To sign in, and to go on to this path.
    SignIn(String),
    /// To link the account there with the one here; in this session.
    Link(AccountId, String),
    /// An administrator looks at what the provider says; in this session.
    Try(String),
}

/// One that waits.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// Id of the provider.
    pub(crate) provider: String,
    /// Ties the token to this sign-in.
    pub(crate) nonce: String,
    /// The secret of PKCE.
    pub(crate) verifier: String,
    pub(crate) purpose: Purpose,
    /// Address range of whoever began.
    pub(crate) network: String,
    /// Hash of the cookie of the browser that began.
    pub(crate) browser: String,
}

struct Kept {
    wait: Wait,
    until: Timestamp,
    used: bool,
}

/// What was found for an answer from a provider.
pub(crate) enum Taken {
    /// The sign-in, which now is used up.
    Fresh(Wait),
    /// It was used before: somebody sends an answer twice.
    Again(Wait),
    /// None of this browser; or too long ago.
    Unknown,
}

/// All that wait, by the hash of their state.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<HashMap<String, Kept>>);

impl Waiting {
    /// Begins to wait under `state`; `false` when too many do.
    pub(crate) fn begin(&self, state: &str, wait: Wait, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_WAITS {
            all.retain(|_, kept| kept.until > now);
        }
        let neighbours = all.values().filter(|k| k.until > now && k.wait.network == wait.network).count();
        if all.len() >= MAX_WAITS || neighbours >= MAX_OF_NETWORK {
            return false;
        }
        all.insert(token::hash(state), Kept { wait, until: now.plus_secs(WAIT_SECS), used: false });
        true
    }

    /// Uses up what waits under `state` in the browser with this cookie. Another browser ends nothing: who only saw the
    /// address must not be able to stop a sign-in.
    pub(crate) fn take(&self, state: &str, browser: &str, now: Timestamp) -> Taken {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = token::hash(state);
        let Some(kept) = all.get_mut(&key) else { return Taken::Unknown };
        if kept.wait.browser != token::hash(browser) {
            return Taken::Unknown;
        }
        if kept.until <= now {
            all.remove(&key);
            return Taken::Unknown;
        }
        if kept.used {
            // Told once; a page that is loaded again and again does not fill the audit trail.
            let wait = kept.wait.clone();
            all.remove(&key);
            return Taken::Again(wait);
        }
        kept.used = true;
        Taken::Fresh(kept.wait.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_secs(1_000_000);

    fn wait(network: &str) -> Wait {
        Wait {
            provider: "p".to_owned(),
            nonce: "n".to_owned(),
            verifier: "v".to_owned(),
            purpose: Purpose::SignIn("/".to_owned()),
            network: network.to_owned(),
            browser: token::hash("cookie"),
        }
    }

    #[test]
    fn good_once_in_the_same_browser_for_ten_minutes() {
        let waiting = Waiting::default();
        assert!(waiting.begin("s", wait("a"), T0));
        assert!(matches!(waiting.take("s", "other", T0), Taken::Unknown), "another browser");
        assert!(matches!(waiting.take("t", "cookie", T0), Taken::Unknown));
        assert!(matches!(waiting.take("s", "cookie", T0), Taken::Fresh(_)));
        assert!(matches!(waiting.take("s", "cookie", T0), Taken::Again(_)));
        assert!(matches!(waiting.take("s", "cookie", T0), Taken::Unknown), "told once");
        assert!(waiting.begin("late", wait("a"), T0));
        assert!(matches!(waiting.take("late", "cookie", T0.plus_secs(WAIT_SECS)), Taken::Unknown));
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let waiting = Waiting::default();
        let begun = (0..200).filter(|n| waiting.begin(&format!("s{n}"), wait("a"), T0)).count();
        assert_eq!(begun, MAX_OF_NETWORK);
        assert!(waiting.begin("b", wait("b"), T0), "another network is not kept out");
        assert!(waiting.begin("later", wait("a"), T0.plus_secs(WAIT_SECS)));
    }
}
