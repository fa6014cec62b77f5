//! Sessions for the web glue.

use crate::model::{program, token};
use crate::{Identity, ops, store};
use async_trait::async_trait;
use base_authz::Principal;
use base_core::{AccountId, Lang, Result, Timestamp};
use base_ui::Theme;
use base_web::ports::{Session, SessionPort, Via};
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
/// Where a person goes who must set up a second factor.
pub(crate) const FACTOR_PAGE: &str = "/tai-khoan-cua-toi/xac-thuc";

/// What is written as used.
#[derive(Clone, Copy, Debug)]
enum Used {
    Session,
    Token,
}

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
        let grants = store::grant::held(&self.db, &account.id, now).await?;
        let grants = grants.into_iter().map(|g| g.grant);
        let principal = Principal::new(account.id.clone(), account.login.clone(), account.name.clone(), grants, now);
        self.note(Used::Session, &found.id, found.last_seen, now);
        // Only grants that hold ask for a second factor.
        let has_factor = found.has_factor || found.factor == ops::STRONG;
        let owes_factor = !has_factor && self.second_factor.asked_of(principal.grants().iter());
        let detour = if account.must_change { Some(PASSWORD_PAGE) } else { owes_factor.then_some(FACTOR_PAGE) };
        Ok(Some(Session {
            id: found.id,
            principal: Arc::new(principal),
            lang: account.lang,
            theme: account.theme,
            detour,
            via: Via::Cookie,
        }))
    }

    async fn resolve_token(&self, secret: &str, _peer: Option<IpAddr>, now: Timestamp) -> Result<Option<Session>> {
        if !program::well_formed(secret) {
            return Ok(None);
        }
        let Some((token, account, has_factor)) = store::program::find(&self.db, &token::hash(secret), now).await?
        else {
            return Ok(None);
        };
        let grants = store::grant::held(&self.db, &account.id, now).await?.into_iter().map(|g| g.grant);
        // The trail names person and token, so that what a program did is told apart from what the person did.
        let name = format!("{} ({})", account.name, token.name);
        let person = Principal::new(account.id.clone(), account.login.clone(), name, grants, now);
        // Who has something to do first, has it to do before programs go on in that name.
        if account.must_change || (!has_factor && self.second_factor.asked_of(person.grants().iter())) {
            return Ok(None);
        }
        self.note(Used::Token, &token.id, token.last_used.unwrap_or(Timestamp::EPOCH), now);
        Ok(Some(Session {
            id: format!("token:{}", token.id),
            principal: Arc::new(person.limited(token.limit())),
            lang: account.lang,
            theme: account.theme,
            detour: None,
            via: Via::Token,
        }))
    }

    async fn prefer(&self, account: &AccountId, lang: Option<Lang>, theme: Option<Theme>) -> Result<()> {
        let mut tx = self.db.begin().await?;
        store::account::prefer(&mut tx, account, lang, theme).await?;
        tx.commit().await
    }
}

impl Identity {
    /// Writes "last used" in the background, so that no page waits for the writer.
    fn note(&self, what: Used, id: &str, stored: Timestamp, now: Timestamp) {
        let due = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() >= MAX_SEEN {
                seen.clear();
            }
            let last = seen.get(id).copied().unwrap_or(stored).max(stored);
            let due = last.plus_secs(SEEN_EVERY_SECS) <= now;
            if due {
                seen.insert(id.to_owned(), now);
            }
            due
        };
        if !due {
            return;
        }
        let (db, id) = (self.db.clone(), id.to_owned());
        tokio::spawn(async move {
            let written = match what {
                Used::Session => store::session::seen(&db, &id, now).await,
                Used::Token => store::program::used(&db, &id, now).await,
            };
            if let Err(error) = written {
                tracing::warn!(%error, "a session or token could not be written as used");
            }
        });
    }
}
