//! Tokens for programs: making one with a part of one's own rights, and ending one.

use super::confirm_password::confirm_password;
use super::wanted;
use crate::model::account::parse_period;
use crate::model::program::{self, MAX_TOKEN_DAYS, MAX_TOKENS, ProgramToken};
use crate::model::token;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{AccountId, Error, Kind, Result};
use base_web::ports::UnitDirectory;
use serde_json::json;

/// A token as a form says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewToken {
    pub(crate) name: String,
    /// Words of actions.
    pub(crate) actions: Vec<String>,
    /// Code of the one unit it is for; empty = all of the person's.
    pub(crate) unit: String,
    /// Last day.
    pub(crate) until: String,
    pub(crate) password: String,
}

const MAX_NAME: usize = 60;

/// Makes a token for less than one may oneself, and gives it: the only time it is seen.
///
/// # Errors
/// `Invalid` per field, `Conflict` when one has too many.
pub(crate) async fn create_token(
    identity: &Identity,
    units: &dyn UnitDirectory,
    caller: &Caller,
    new: &NewToken,
) -> Result<String> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::invalid("name", "token-name"));
    }
    let unit = match new.unit.trim() {
        "" => None,
        code => Some(units.resolve_code(code).ok_or_else(|| Error::invalid("unit", "unit-unknown"))?.id),
    };
    let mut actions = std::collections::BTreeSet::new();
    for word in &new.actions {
        let action = Action::parse(word).filter(|a| program::for_tokens(*a));
        let action = action.ok_or_else(|| Error::invalid("actions", "token-action"))?;
        let scope = caller.principal.scope_for(action).ok_or_else(|| Error::invalid("actions", "token-not-yours"))?;
        if unit.as_ref().is_some_and(|unit| !scope.contains(unit)) {
            return Err(Error::invalid("unit", "token-unit-not-yours"));
        }
        actions.insert(action);
    }
    if actions.is_empty() {
        return Err(Error::invalid("actions", "token-no-action"));
    }
    let (_, until) = parse_period("", &new.until, caller.now)?;
    let until = until.ok_or_else(|| Error::invalid("until", "token-end-missing"))?;
    if until > caller.now.plus_secs((MAX_TOKEN_DAYS + 1) * 86_400) {
        return Err(Error::invalid("until", "token-long"));
    }
    let account = confirm_password(identity, caller, "password", &new.password).await?;
    if store::program::of(&identity.db, &account.id, caller.now).await?.len() >= MAX_TOKENS {
        return Err(Error::new(
            Kind::Conflict,
            format!("you have {MAX_TOKENS} tokens already; end one you do not need"),
        ));
    }
    let secret = program::fresh();
    let row = ProgramToken {
        id: identity.ids.next(),
        account: account.id.clone(),
        name: name.to_owned(),
        prefix: program::shown(&secret),
        actions,
        unit,
        created_at: caller.now,
        expires_at: until,
        last_used: None,
    };
    let words: Vec<&str> = row.actions.iter().map(|a| a.as_str()).collect();
    let after = json!({"name": name, "begins": row.prefix, "actions": words, "until": until.to_string()});
    let mut tx = identity.db.begin().await?;
    store::program::insert(&mut tx, &row, &token::hash(&secret)).await?;
    let act = Act::new("accounts.create_token", "account", account.id.as_str()).unit(row.unit.as_ref());
    record(&mut tx, caller, act.change(None, Some(after))).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Ends a token of one's own.
///
/// # Errors
/// `NotFound` when one has no such token.
pub(crate) async fn revoke_own_token(identity: &Identity, caller: &Caller, id: &str) -> Result<()> {
    end(identity, caller, &caller.principal.account, id).await
}

/// Ends a token of anybody.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub(crate) async fn revoke_token(identity: &Identity, caller: &Caller, account: &AccountId, id: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    end(identity, caller, account, id).await
}

async fn end(identity: &Identity, caller: &Caller, account: &AccountId, id: &str) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    wanted(&mut tx, account).await?;
    let by = &caller.principal.account;
    let Some(name) = store::program::revoke(&mut tx, account, id, by, caller.now).await? else {
        return Err(Error::not_found("there is no such token"));
    };
    let act = Act::new("accounts.revoke_token", "account", account.as_str());
    record(&mut tx, caller, act.change(Some(json!({"name": name})), None)).await?;
    tx.commit().await
}
