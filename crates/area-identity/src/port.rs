//! Sessions for the web glue.

use crate::model::token;
use crate::{Identity, store};
use async_trait::async_trait;
use base_authz::Principal;
use base_core::{AccountId, Lang, Result, Timestamp};
use base_ui::Theme;
use base_web::ports::{Session, SessionPort};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

/// A session ends after so many seconds without a request.
pub(crate) const IDLE_SECS: i64 = 2 * 3_600;
/// And after so many in any case: a working day.
pub(crate) const ABSOLUTE_SECS: i64 = 12 * 3_600;
/// A session is written as seen at most once in so many seconds.
const SEEN_EVERY_SECS: i64 = 60;
/// Sessions whose last write is remembered; beyond that the memory starts anew.
const MAX_SEEN: usize = 10_000;
/// Where a person goes who must choose a new password.
pub(crate) const PASSWORD_PAGE: &str = "/tai-khoan-cua-toi/mat-khau";

#[async_trait]
impl SessionPort for Identity {
    async fn resolve(&self, secret: &str, _peer: Option<IpAddr>, now: Timestamp) -> Result<Option<Session>> {
        if !token::well_formed(secret) {
            return Ok(None);
        }
        let Some(found) = store::session::find(&self.db, &token::hash(secret), now, IDLE_SECS).await? else {
            return Ok(None);
        };
        let account = found.account;
        let grants = store::grant::held(&self.db, &account.id).await?;
        let grants = grants.into_iter().map(|g| g.grant);
        let principal = Principal::new(account.id.clone(), account.login.clone(), account.name.clone(), grants, now);
        self.note_seen(&found.id, found.last_seen, now);
        Ok(Some(Session {
            id: found.id,
            principal: Arc::new(principal),
            lang: account.lang,
            theme: account.theme,
            detour: account.must_change.then_some(PASSWORD_PAGE),
        }))
    }

    async fn prefer(&self, account: &AccountId, lang: Option<Lang>, theme: Option<Theme>) -> Result<()> {
        let mut tx = self.db.begin().await?;
        store::account::prefer(&mut tx, account, lang, theme).await?;
        tx.commit().await
    }
}

impl Identity {
    /// Writes "last seen" in the background, so that no page waits for the writer.
    fn note_seen(&self, session: &str, stored: Timestamp, now: Timestamp) {
        let due = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() >= MAX_SEEN {
                seen.clear();
            }
            let last = seen.get(session).copied().unwrap_or(stored).max(stored);
            let due = last.plus_secs(SEEN_EVERY_SECS) <= now;
            if due {
                seen.insert(session.to_owned(), now);
            }
            due
        };
        if !due {
            return;
        }
        let (db, session) = (self.db.clone(), session.to_owned());
        tokio::spawn(async move {
            if let Err(error) = store::session::seen(&db, &session, now).await {
                tracing::warn!(%error, "session could not be written as seen");
            }
        });
    }
}
