//! What the area keeps in memory: the throttle, the hashers, the setup code.

use crate::model::documents::Documents;
use crate::model::factor::SecondFactor;
use crate::model::password::Hasher;
use crate::model::throttle::Throttle;
use crate::model::token;
use crate::model::waiting::Waiting;
use crate::ports::Letters;
use crate::store;
use base_core::{IdSource, Result, Timestamp};
use base_db::{Db, Tx};
use base_fetch::Fetcher;
use base_secret::Vault;
use base_web::Broadcaster;
use base_web::notice::{self, Notice};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Groups of four characters in the setup code: 80 bits.
const SETUP_GROUPS: usize = 4;

/// What the area is handed.
#[derive(Debug)]
pub struct IdentityParts {
    /// The records.
    pub db: Db,
    /// New ids.
    pub ids: Arc<IdSource>,
    /// Seals the secrets of authenticator apps.
    pub vault: Vault,
    /// Whether people with much power must have a second factor.
    pub second_factor: SecondFactor,
    /// Sends invitations; `None` without a mail server.
    pub letters: Option<Arc<dyn Letters>>,
    /// Address of the console, without a slash at its end.
    pub base_url: Arc<str>,
    /// Asks providers of sign-ins.
    pub fetcher: Fetcher,
}

/// The area's state: hand it to [`crate::area`] and, as `SessionPort`, to the web glue.
pub struct Identity {
    pub(crate) db: Db,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) throttle: Throttle,
    pub(crate) hasher: Hasher,
    /// Seals the secrets of authenticator apps.
    pub(crate) vault: Vault,
    pub(crate) second_factor: SecondFactor,
    /// Sends invitations; `None` without a mail server.
    pub(crate) letters: Option<Arc<dyn Letters>>,
    /// Address of the console, as it stands in links.
    pub(crate) base_url: Arc<str>,
    /// Tells open pages of notices, once it is there.
    news: OnceLock<Broadcaster>,
    /// Asks providers of sign-ins.
    pub(crate) fetcher: Fetcher,
    /// What they said.
    pub(crate) documents: Documents,
    /// Sign-ins that wait for their person to come back from one.
    pub(crate) waiting: Waiting,
    setup_code: Mutex<Option<String>>,
    /// When each session was last written as seen, so that this happens once a minute, not per request.
    pub(crate) seen: Mutex<HashMap<String, Timestamp>>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// The area's state over its parts.
    #[must_use]
    pub fn new(parts: IdentityParts) -> Arc<Self> {
        let IdentityParts { db, ids, vault, second_factor, letters, base_url, fetcher } = parts;
        Arc::new(Self {
            db,
            ids,
            throttle: Throttle::default(),
            hasher: Hasher::default(),
            vault,
            second_factor,
            letters,
            base_url,
            news: OnceLock::new(),
            fetcher,
            documents: Documents::default(),
            waiting: Waiting::default(),
            setup_code: Mutex::new(None),
            seen: Mutex::new(HashMap::new()),
        })
    }

    /// From now on open pages hear of notices at once, not with the next page.
    pub fn tell_through(&self, news: Broadcaster) {
        // The first one stays: there is one console.
        let _ = self.news.set(news);
    }

    /// Writes a notice in the transaction of what happened.
    pub(crate) async fn notify(&self, tx: &mut Tx, told: Notice) -> Result<()> {
        let nobody = Broadcaster::default();
        notice::tell(tx, &self.ids, self.news.get().unwrap_or(&nobody), told).await?;
        Ok(())
    }

    /// The one-time code for making the first account at `/bat-dau`, to be printed in the terminal;
    /// `None` when accounts exist. The same until the program ends or the account is made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn setup_code(&self) -> Result<Option<String>> {
        if store::account::any(&self.db).await? {
            return Ok(None);
        }
        let mut code = self.setup_code.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(code.get_or_insert_with(|| token::readable(SETUP_GROUPS)).clone()))
    }

    pub(crate) fn setup_code_fits(&self, typed: &str) -> bool {
        let code = self.setup_code.lock().unwrap_or_else(PoisonError::into_inner);
        code.as_deref().is_some_and(|wanted| token::same_code(typed, wanted))
    }

    pub(crate) fn forget_setup_code(&self) {
        *self.setup_code.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
