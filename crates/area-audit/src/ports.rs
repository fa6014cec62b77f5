//! What the area needs of the program around it.

use async_trait::async_trait;
use base_audit::{Signed, Signer};
use base_core::{AccountId, Result, Timestamp};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Carries a signed checkpoint to somebody who is not the administrator of this server.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Where it goes, in words: `syslog 10.0.0.9:514`, `mail pa05@…`.
    fn place(&self) -> String;

    /// Sends it; an answer means it was taken over.
    ///
    /// # Errors
    /// With the reason, when it was not.
    async fn send(&self, checkpoint: &Signed) -> Result<()>;
}

impl fmt::Debug for dyn Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Courier({})", self.place())
    }
}

/// What the pages and jobs are handed.
#[derive(Clone, Debug)]
pub struct AuditPorts {
    /// Signs checkpoints.
    pub signer: Arc<Signer>,
    /// Where checkpoints go; none is allowed, and said on the page.
    pub couriers: Arc<[Arc<dyn Courier>]>,
    /// Who has looked lately.
    pub readings: Arc<Readings>,
}

/// One look at a page in this many seconds is an act; turning its pages is not another.
const LOOK_SECS: i64 = 15 * 60;
/// Persons and pages remembered; beyond that the memory starts anew, and a look is recorded once more.
const MOST: usize = 10_000;

/// When each person last looked at each kind of page, so that the trail does not fill with looking at it.
#[derive(Debug, Default)]
pub struct Readings(Mutex<HashMap<(AccountId, &'static str), Timestamp>>);

impl Readings {
    /// Whether this look is to be recorded.
    pub(crate) fn is_new(&self, account: &AccountId, what: &'static str, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.clear();
        }
        let key = (account.clone(), what);
        let new = seen.get(&key).is_none_or(|last| last.plus_secs(LOOK_SECS) <= now);
        if new {
            seen.insert(key, now);
        }
        new
    }
}
