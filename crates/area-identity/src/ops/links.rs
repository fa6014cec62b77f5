//! Links between accounts here and at providers. They are made by people on purpose: never because a mail address or a
//! name is the same.

use super::confirm_password::confirm_password;
use super::notify::{Written, note};
use super::wanted;
use crate::model::notice::What;
use crate::model::provider::{Link, Provider, typed_subject};
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{AccountId, Error, Kind, Result};
use base_db::Tx;
use serde_json::json;

/// Writes a link inside a transaction of the caller, and the act.
pub(super) async fn insert(
    identity: &Identity,
    tx: &mut Tx,
    caller: &Caller,
    provider: &Provider,
    (account, subject): (&AccountId, &str),
) -> Result<Written> {
    let taken = |message: &str| Err(Error::new(Kind::Conflict, message));
    if let Some(there) = store::provider::of_subject(tx, &provider.id, subject).await? {
        return taken(match there.account == *account {
            true => "the account is linked with this one already",
            false => "this account at the provider is linked with somebody else here",
        });
    }
    if store::provider::with_provider(tx, &provider.id, account).await?.is_some() {
        return taken("the account is linked with another one at this provider; remove that link first");
    }
    let link = Link {
        id: identity.ids.next(),
        provider: provider.id.clone(),
        provider_name: provider.name.clone(),
        account: account.clone(),
        subject: subject.to_owned(),
        made_at: caller.now,
        last_used: None,
    };
    store::provider::link(tx, &link, &caller.principal.account).await?;
    let after = json!({"provider": provider.name, "subject": subject});
    record(tx, caller, Act::new("accounts.link", "account", account.as_str()).change(None, Some(after))).await?;
    note(identity, tx, caller, account, &What::LinkAdded(provider.name.clone())).await
}

/// Links somebody's account with the one of this name at a provider.
///
/// # Errors
/// `Invalid` for no name, `Conflict` when one of both is linked already, `NotFound`, `Forbidden`.
pub(crate) async fn link_account(
    identity: &Identity,
    caller: &Caller,
    id: &AccountId,
    (provider, subject): (&str, &str),
) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let subject = typed_subject(subject)?;
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    let provider = store::provider::get_in(&mut tx, provider).await?;
    let provider = provider.ok_or_else(|| Error::invalid("provider", "link-provider"))?;
    let written = insert(identity, &mut tx, caller, &provider, (&account.id, subject)).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(())
}

/// Removes somebody's link.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub(crate) async fn unlink_account(identity: &Identity, caller: &Caller, id: &AccountId, link: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    removed(identity, caller, id, link).await
}

/// Removes a link of one's own.
///
/// # Errors
/// `Invalid` for a wrong password: who could not sign in any more without the link must have another way; `NotFound`.
pub(crate) async fn unlink_own(identity: &Identity, caller: &Caller, (link, password): (&str, &str)) -> Result<()> {
    let account = confirm_password(identity, caller, "drop_password", password).await?;
    removed(identity, caller, &account.id, link).await
}

async fn removed(identity: &Identity, caller: &Caller, id: &AccountId, link: &str) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let removed = store::provider::unlink(&mut tx, id, link).await?;
    let removed = removed.ok_or_else(|| Error::not_found("there is no such link"))?;
    let before = json!({"provider": removed.provider_name, "subject": removed.subject});
    record(&mut tx, caller, Act::new("accounts.unlink", "account", id.as_str()).change(Some(before), None)).await?;
    let written = note(identity, &mut tx, caller, id, &What::LinkRemoved(removed.provider_name)).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(())
}
