//! Removing a second factor: one's own, somebody's who lost the phone, everybody's when their key is lost.

use super::confirm_password::confirm_password;
use super::notify::note;
use super::wanted;
use crate::model::notice::What;
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{AccountId, Error, Result};
use base_db::Tx;
use base_ui::{Href, Tone};
use base_web::notice::{Notice, To};
use serde_json::json;

/// Removes one's own app and recovery codes and ends one's other sessions. Who must have a factor is led to set up
/// another at once, so this is also how a phone is changed.
///
/// # Errors
/// `Invalid` for a wrong password, `NotFound` when there is none.
pub(crate) async fn remove_own_factor(
    identity: &Identity,
    caller: &Caller,
    session: &str,
    password: &str,
) -> Result<()> {
    let account = confirm_password(identity, caller, "password_remove", password).await?;
    let mut tx = identity.db.begin().await?;
    removed(&mut tx, &account.id).await?;
    store::session::revoke(&mut tx, &account.id, Which::AllBut(session), caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.remove_factor", "account", account.id.as_str())).await?;
    let written = note(identity, &mut tx, caller, &account.id, &What::FactorsRemoved).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(())
}

/// Removes the factor of somebody who lost it, and ends that person's sessions.
///
/// # Errors
/// `Invalid` without a reason, `NotFound`, `Forbidden`.
pub(crate) async fn remove_factor(identity: &Identity, caller: &Caller, id: &AccountId, why: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let why = why.trim();
    if why.is_empty() {
        return Err(Error::invalid("factor_why", "why-missing"));
    }
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    removed(&mut tx, &account.id).await?;
    store::session::revoke(&mut tx, &account.id, Which::All, caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.remove_factor", "account", id.as_str()).why(why)).await?;
    let href = Href::new("/tai-khoan-cua-toi");
    let told = Notice::new("factor-removed", &identity.ids.next(), To::Account(account.id.clone()), href)
        .tone(Tone::Bad)
        .word("who", caller.principal.name.as_str())
        .word("why", why);
    identity.notify(&mut tx, told).await?;
    let written = note(identity, &mut tx, caller, &account.id, &What::FactorsRemoved).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(())
}

async fn removed(tx: &mut Tx, id: &AccountId) -> Result<()> {
    if store::factor::remove(tx, id).await? {
        return Ok(());
    }
    Err(Error::not_found("the account has no second factor"))
}

/// Removes every authenticator app, inside the transaction in which the records get a new key; how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget_factors(tx: &mut Tx, caller: &Caller) -> Result<u64> {
    caller.require(Action::AccountsManage)?;
    let removed = store::factor::remove_apps(tx).await?;
    // The secrets of providers were sealed with it too; these are entered anew.
    let providers = store::provider::forget_secrets(tx).await?;
    let act = Act::new("accounts.forget_factors", "secrets", "keys/secrets.key");
    record(tx, caller, act.change(Some(json!({"factors": removed, "providers": providers})), None)).await?;
    Ok(removed)
}
