//! Setting up providers of sign-ins, changing, trying and removing them.

use super::ask_provider::{SECRET, Trouble, fresh_keys, metadata};
use crate::model::provider::{MAX_PROVIDERS, Provider, ProviderForm};
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result};
use base_db::Tx;
use engine_signin::oidc::{ClientAuth, Metadata};
use serde_json::{Value, json};

/// For the audit trail; of the secret only whether there is one.
fn told(form: &ProviderForm, secret: bool) -> Value {
    json!({
        "name": form.name, "issuer": form.issuer, "client_id": form.client_id, "confidential": secret,
        "scopes": form.scopes, "claim": form.claim, "factor_words": form.factor_words,
        "creates": form.creates, "active": form.active,
    })
}

/// Sets a provider up; its id.
///
/// # Errors
/// `Invalid` per field, `Conflict` when there are too many, `Forbidden`.
pub(crate) async fn create_provider(identity: &Identity, caller: &Caller, form: &ProviderForm) -> Result<String> {
    caller.require(Action::AccountsManage)?;
    let form = form.tidy()?;
    if store::provider::list(&identity.db).await?.len() >= MAX_PROVIDERS {
        return Err(Error::new(
            Kind::Conflict,
            format!("there are {MAX_PROVIDERS} providers already; remove one first"),
        ));
    }
    let id = identity.ids.next();
    let secret = sealed(identity, &id, &form)?;
    let mut tx = identity.db.begin().await?;
    store::provider::insert(&mut tx, &id, &form, secret.as_deref(), caller.now).await?;
    let act = Act::new("providers.create", "provider", &*id);
    record(&mut tx, caller, act.change(None, Some(told(&form, secret.is_some())))).await?;
    tx.commit().await?;
    Ok(id)
}

fn sealed(identity: &Identity, id: &str, form: &ProviderForm) -> Result<Option<String>> {
    match form.secret.as_str() {
        "" => Ok(None),
        secret => identity.vault.seal(SECRET, id, secret.as_bytes()).map(Some),
    }
}

/// Changes a provider; an empty secret stays as it is.
///
/// # Errors
/// `Invalid` per field, also for another issuer or claim while accounts are linked: names of accounts mean something
/// else there; `NotFound`, `Forbidden`.
pub(crate) async fn change_provider(identity: &Identity, caller: &Caller, id: &str, form: &ProviderForm) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let form = form.tidy()?;
    let mut tx = identity.db.begin().await?;
    let before = wanted(&mut tx, id).await?;
    let linked = store::provider::links_of(&mut tx, id).await? > 0;
    if linked && before.issuer != form.issuer {
        return Err(Error::invalid("issuer", "provider-linked"));
    }
    if linked && before.claim != form.claim {
        return Err(Error::invalid("claim", "provider-linked"));
    }
    let secret = match sealed(identity, id, &form)? {
        _ if form.no_secret => None,
        Some(new) => Some(new),
        // A secret is for whom it was given: it must not be sent to another address because only that was changed.
        None if before.issuer != form.issuer => None,
        None => before.secret.clone(),
    };
    store::provider::update(&mut tx, id, &form, secret.as_deref(), caller.now).await?;
    let (was, is) = (told(&ProviderForm::of(&before), before.secret.is_some()), told(&form, secret.is_some()));
    record(&mut tx, caller, Act::new("providers.change", "provider", id).change(Some(was), Some(is))).await?;
    tx.commit().await?;
    identity.documents.forget(&before.issuer);
    Ok(())
}

/// Removes a provider with its links; people then sign in by password.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub(crate) async fn remove_provider(identity: &Identity, caller: &Caller, id: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let mut tx = identity.db.begin().await?;
    let before = wanted(&mut tx, id).await?;
    let links = store::provider::remove(&mut tx, id).await?;
    let was = json!({"name": before.name, "issuer": before.issuer, "links": links});
    record(&mut tx, caller, Act::new("providers.remove", "provider", id).change(Some(was), None)).await?;
    tx.commit().await?;
    identity.documents.forget(&before.issuer);
    Ok(())
}

async fn wanted(tx: &mut Tx, id: &str) -> Result<Provider> {
    store::provider::get_in(tx, id).await?.ok_or_else(|| Error::not_found("there is no such provider"))
}

/// What a provider says of itself when asked now.
pub(crate) struct Tried {
    pub(crate) metadata: Metadata,
    /// Keys for signatures.
    pub(crate) keys: usize,
    /// Whether the secret, or its absence, is what the provider wants.
    pub(crate) secret_fits: bool,
}

/// Asks a provider for its documents, past what is remembered.
///
/// # Errors
/// `NotFound`, `Forbidden`; what is wrong with the provider is the inner `Err`.
pub(crate) async fn try_provider(identity: &Identity, caller: &Caller, id: &str) -> Result<Result<Tried, Trouble>> {
    caller.require(Action::AccountsManage)?;
    let provider = store::provider::get(&identity.db, id).await?;
    identity.documents.forget(&provider.issuer);
    let said = async {
        let metadata = metadata(identity, &provider.issuer, caller.now).await?;
        let keys = fresh_keys(identity, &metadata, caller.now).await?.len();
        let secret_fits = (metadata.client_auth == ClientAuth::Public) || provider.secret.is_some();
        Ok::<Tried, Trouble>(Tried { metadata, keys, secret_fits })
    };
    let said = said.await;
    let mut tx = identity.db.begin().await?;
    let outcome = said.as_ref().map_or_else(Trouble::code, |_| "ok");
    let act = Act::new("providers.try", "provider", id).change(None, Some(json!({"outcome": outcome})));
    record(&mut tx, caller, act).await?;
    tx.commit().await?;
    Ok(said)
}
