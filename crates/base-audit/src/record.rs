//! Writing an act.

use crate::mask::mask;
use crate::sealed::{Entry, GENESIS, VERSION};
use base_authz::{Caller, GrantScope, Principal};
use base_core::{Result, UnitId};
use base_db::{Db, DbExt, RowExt, Tx, clean};
use serde_json::Value;

/// What was done. Build with [`Act::new`] and the setters.
#[derive(Clone, Debug, Default)]
pub struct Act {
    /// The action, `area.verb`, such as `alerts.close`.
    pub action: &'static str,
    /// Kind of the object, such as `alert`.
    pub object_kind: &'static str,
    /// Its id.
    pub object_id: String,
    /// The unit concerned.
    pub unit: Option<UnitId>,
    /// State before, without secrets.
    pub before: Option<Value>,
    /// State after, without secrets.
    pub after: Option<Value>,
    /// The reason the person gave.
    pub why: Option<String>,
}

impl Act {
    /// An act on an object.
    #[must_use]
    pub fn new(action: &'static str, object_kind: &'static str, object_id: impl Into<String>) -> Self {
        Self { action, object_kind, object_id: object_id.into(), ..Self::default() }
    }

    /// The unit concerned.
    #[must_use]
    pub fn unit(mut self, unit: Option<&UnitId>) -> Self {
        self.unit = unit.cloned();
        self
    }

    /// State before and after.
    #[must_use]
    pub fn change(mut self, before: Option<Value>, after: Option<Value>) -> Self {
        (self.before, self.after) = (before, after);
        self
    }

    /// The reason the person gave.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

/// Writes the act into the trail, within the transaction of the act itself. Values of fields that are named like
/// secrets are masked, whatever the caller handed in.
///
/// # Errors
/// When the database refuses; the caller's transaction must then not be committed.
pub async fn record(tx: &mut Tx, caller: &Caller, act: Act) -> Result<()> {
    let last = sqlx::query("SELECT seq, hash FROM audit_act ORDER BY seq DESC LIMIT 1")
        .fetch_optional(tx.conn())
        .await
        .db()?;
    let (seq, previous) = match &last {
        Some(row) => (row.int("seq")?.saturating_add(1), row.text("hash")?),
        None => (1, GENESIS.to_owned()),
    };
    let own = |text: &str| clean(text).into_owned();
    let mut entry = Entry {
        seq,
        version: VERSION,
        at: caller.now.as_micros(),
        account: own(caller.principal.account.as_str()),
        account_name: own(&caller.principal.name),
        roles: Some(roles(&caller.principal)),
        peer: caller.peer.map(|p| p.to_string()),
        request: own(&caller.request),
        action: act.action.to_owned(),
        object_kind: act.object_kind.to_owned(),
        object_id: own(&act.object_id),
        unit_id: act.unit.map(|u| own(u.as_str())),
        before_json: act.before.map(|v| mask(v).to_string()),
        after_json: act.after.map(|v| mask(v).to_string()),
        why: act.why.as_deref().map(own),
        previous: None,
        hash: String::new(),
    };
    entry.hash = hex::encode(entry.seal(&previous, seq));
    entry.previous = Some(previous);
    insert(tx, entry).await
}

/// Records that somebody has read something sensitive, in a transaction of its own.
///
/// # Errors
/// When the database refuses; what was asked for must then not be shown.
pub async fn record_reading(db: &Db, caller: &Caller, act: Act) -> Result<()> {
    let mut tx = db.begin().await?;
    record(&mut tx, caller, act).await?;
    tx.commit().await
}

/// As what a person acts: the roles with their units, in the order of the grants.
fn roles(principal: &Principal) -> String {
    let one = |grant: &base_authz::Grant| match &grant.scope {
        GrantScope::Province => grant.role.as_str().to_owned(),
        GrantScope::Unit(unit) => format!("{}@{}", grant.role.as_str(), clean(unit.as_str())),
    };
    principal.grants().iter().map(one).collect::<Vec<_>>().join(", ")
}

async fn insert(tx: &mut Tx, row: Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit_act (seq, version, at, account, account_name, roles, peer, request, action, object_kind,
                                object_id, unit_id, before_json, after_json, why, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(row.seq)
    .bind(row.version)
    .bind(row.at)
    .bind(row.account)
    .bind(row.account_name)
    .bind(row.roles)
    .bind(row.peer)
    .bind(row.request)
    .bind(row.action)
    .bind(row.object_kind)
    .bind(row.object_id)
    .bind(row.unit_id)
    .bind(row.before_json)
    .bind(row.after_json)
    .bind(row.why)
    .bind(row.previous)
    .bind(row.hash)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
