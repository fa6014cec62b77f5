//! Making an account.

use crate::model::account::{NewAccount, normal_login};
use crate::model::password;
use crate::store::grant::Insert as Granted;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller, Grant, GrantScope};
use base_core::{AccountId, Error, FieldError, Kind, Result};
use base_db::Tx;
use serde_json::json;

/// Makes an account with its first password and grants.
///
/// # Errors
/// `Invalid` with codes per field, `Conflict` when the sign-in name is taken, `Forbidden`.
pub async fn create_account(identity: &Identity, caller: &Caller, new: NewAccount) -> Result<AccountId> {
    caller.require(Action::AccountsManage)?;
    let hash = checked_hash(identity, &new).await?;
    let mut tx = identity.db.begin().await?;
    let id = insert(identity, &mut tx, caller, &new, &hash).await?;
    tx.commit().await?;
    Ok(id)
}

/// The account of a sign-in name, for those who make accounts in bulk.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_login(identity: &Identity, login: &str) -> Result<Option<AccountId>> {
    let found = store::account::with_password(&identity.db, &normal_login(login)).await?;
    Ok(found.map(|(account, _)| account.id))
}

/// All mistakes at once, then the hash to keep.
pub(super) async fn checked_hash(identity: &Identity, new: &NewAccount) -> Result<String> {
    let mut mistakes = new.mistakes();
    if let Some(code) = password::refusal(&new.password, &normal_login(&new.login), &new.name) {
        mistakes.push(FieldError { field: "password".to_owned(), message: code.to_owned() });
    }
    if let Some(first) = mistakes.first() {
        let mut error = Error::new(Kind::Invalid, format!("field {}: {}", first.field, first.message));
        error.fields = mistakes;
        return Err(error);
    }
    identity.hasher.hash(&new.password).await
}

pub(super) async fn insert(
    identity: &Identity,
    tx: &mut Tx,
    caller: &Caller,
    new: &NewAccount,
    hash: &str,
) -> Result<AccountId> {
    let id = AccountId::new(identity.ids.next());
    let login = normal_login(&new.login);
    let row = store::account::Insert {
        id: &id,
        login: &login,
        name: new.name.trim(),
        email: new.email.as_deref().map(str::trim).filter(|e| !e.is_empty()),
        password_hash: hash,
        must_change: new.must_change,
        now: caller.now,
    };
    store::account::insert(tx, row).await.map_err(|e| match e.kind {
        Kind::Conflict => Error::invalid("login", "login-taken").caused_by(e),
        _ => e,
    })?;
    for grant in &new.grants {
        let (grant_id, by) = (identity.ids.next(), &caller.principal.account);
        let row = Granted { id: &grant_id, account: &id, grant, by, now: caller.now, delegated: None };
        store::grant::insert(tx, row).await?;
    }
    let after = json!({"login": login, "name": new.name.trim(), "grants": new.grants.iter().map(grant_text).collect::<Vec<_>>()});
    record(tx, caller, Act::new("accounts.create", "account", id.as_str()).change(None, Some(after))).await?;
    Ok(id)
}

/// A grant for the audit trail: `analyst over the province until 2014-04-01T00:00:00Z`.
pub(super) fn grant_text(grant: &Grant) -> String {
    let mut text = match &grant.scope {
        GrantScope::Province => format!("{} over the province", grant.role.as_str()),
        GrantScope::Unit(unit) => format!("{} over unit {unit}", grant.role.as_str()),
    };
    for (word, at) in [("from", grant.from), ("until", grant.until)] {
        if let Some(at) = at {
            text.push_str(&format!(" {word} {at}"));
        }
    }
    text
}
