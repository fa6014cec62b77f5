//! Telling a person that something about signing in to the own account has changed.
//!
//! The notice is written in the transaction of the act; the letter goes out after it, and nobody waits for the mail
//! server. A letter that is not taken is logged: the notice at the next sign-in stays.

use super::wanted;
use crate::model::account::Account;
use crate::model::notice::{Notice, What};
use crate::ports::Letter;
use crate::{Identity, STRINGS, store};
use base_authz::Caller;
use base_core::{AccountId, Lang, Result};
use base_db::Tx;
use base_i18n::{Strings, ToArg, Tr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The mail server has so long to take a letter.
const MAIL_TIMEOUT: Duration = Duration::from_secs(60);

/// The texts of letters; their mistakes are found by the tests and `xtask i18n`.
static TEXTS: LazyLock<Option<Arc<Strings>>> = LazyLock::new(|| Strings::load(STRINGS).ok().map(Arc::new));

/// A notice that was written; its letter waits for the end of the transaction.
#[must_use = "the letter is only sent by `mail`"]
pub(super) struct Written {
    account: Account,
    notice: Notice,
}

/// Writes a notice inside the transaction of the act it tells of.
pub(super) async fn note(
    identity: &Identity,
    tx: &mut Tx,
    caller: &Caller,
    id: &AccountId,
    what: &What,
) -> Result<Written> {
    let account = wanted(tx, id).await?;
    let notice = Notice {
        kind: what.code().to_owned(),
        detail: what.detail(),
        at: caller.now,
        by: caller.principal.name.clone(),
        peer: caller.peer.map(|peer| peer.to_string()),
    };
    store::notice::insert(tx, &identity.ids.next(), id, &notice).await?;
    Ok(Written { account, notice })
}

impl Written {
    /// Sends the letter in the background, where there is a mail server and an address.
    pub(super) fn mail(self, identity: &Identity) {
        let (Some(letters), Some(address), Some(texts)) = (&identity.letters, &self.account.email, &*TEXTS) else {
            return;
        };
        let vi = Tr::new(Lang::Vi, Arc::clone(texts));
        let bodies: Vec<String> = match self.account.lang {
            Some(lang) => vec![self.text(identity, &vi.with_lang(lang))],
            // Which language the person reads is not known: both, the country's first.
            None => vec![self.text(identity, &vi), self.text(identity, &vi.with_lang(Lang::En))],
        };
        let tr = vi.with_lang(self.account.lang.unwrap_or(Lang::Vi));
        let letter = Letter {
            id: identity.ids.next(),
            to_name: self.account.name.clone(),
            to_address: address.clone(),
            subject: tr.t("identity-notice-subject"),
            body: format!("{}\n", bodies.join("\n\n----\n\n")),
            at: self.notice.at,
        };
        let letters = Arc::clone(letters);
        tokio::spawn(async move {
            match tokio::time::timeout(MAIL_TIMEOUT, letters.send(&letter)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a notice about an account could not be mailed"),
                Err(_) => {
                    tracing::warn!("a notice about an account could not be mailed: the mail server does not answer");
                }
            }
        });
    }

    fn text(&self, identity: &Identity, tr: &Tr) -> String {
        let what = told(tr, &self.notice);
        let (at, peer) = (tr.time(self.notice.at), self.notice.peer.as_deref().unwrap_or("—"));
        let (name, login, by) = (&self.account.name, &self.account.login, &self.notice.by);
        let console: &str = &identity.base_url;
        let values: [(&str, &dyn ToArg); 7] = [
            ("name", name),
            ("login", login),
            ("what", &what),
            ("at", &at),
            ("by", by),
            ("peer", &peer),
            ("console", &console),
        ];
        tr.ta("identity-notice-letter", &values)
    }
}

/// What has happened, in words.
pub(crate) fn told(tr: &Tr, notice: &Notice) -> String {
    let text = tr.dynamic("identity-notice-", &notice.kind);
    if notice.detail.is_empty() { text } else { format!("{text}: {}", notice.detail) }
}

/// The person has read everything.
///
/// # Errors
/// When the records do not answer.
pub(crate) async fn confirm_notices(identity: &Identity, caller: &Caller) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    store::notice::seen(&mut tx, &caller.principal.account, caller.now).await?;
    tx.commit().await
}
