//! Reading the trail, newest first.

use base_core::{Result, Scope, Timestamp};
use base_db::{Db, RowExt, Sql};

/// One act, as shown.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Number in the chain.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Id of the account.
    pub account: String,
    /// Name of the person at that time.
    pub account_name: String,
    /// Roles held at that time.
    pub roles: Option<String>,
    /// Address.
    pub peer: Option<String>,
    /// Id of the request.
    pub request: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: String,
    /// The unit concerned.
    pub unit_id: Option<String>,
    /// The reason given.
    pub why: Option<String>,
    /// State before, JSON.
    pub before_json: Option<String>,
    /// State after, JSON.
    pub after_json: Option<String>,
    /// Hash of the row.
    pub hash: String,
}

/// Which acts are wanted; empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Id of the account.
    pub account: Option<String>,
    /// Action, `area.verb`, or an area's name for all of its actions.
    pub action: Option<String>,
    /// Kind of object.
    pub object_kind: Option<String>,
    /// Object.
    pub object_id: Option<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Only rows with a smaller number: the next page.
    pub before: Option<i64>,
}

/// The newest acts that fit, within `scope`; acts that concern no unit are the province's.
///
/// # Errors
/// When the database cannot be read.
pub async fn search(db: &Db, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<AuditRow>> {
    let mut query = Sql::new(
        "SELECT seq, at, account, account_name, roles, peer, request, action, object_kind, object_id, unit_id, why,
                before_json, after_json, hash
         FROM audit_act WHERE 1 = 1",
    )
    .scope("unit_id", scope);
    if let Some(from) = filter.from {
        query = query.push(" AND at >= ").bind(from.as_micros());
    }
    if let Some(until) = filter.until {
        query = query.push(" AND at < ").bind(until.as_micros());
    }
    if let Some(before) = filter.before {
        query = query.push(" AND seq < ").bind(before);
    }
    query = match filter.action.as_deref() {
        Some(area) if !area.contains('.') => {
            // "/" is the character after "."; a range finds its place in the index, a pattern would not.
            query.push(" AND action >= ").bind(format!("{area}.")).push(" AND action < ").bind(format!("{area}/"))
        }
        Some(action) => query.push(" AND action = ").bind(action.to_owned()),
        None => query,
    };
    let texts = [
        (" AND account = ", &filter.account),
        (" AND object_kind = ", &filter.object_kind),
        (" AND object_id = ", &filter.object_id),
        (" AND unit_id = ", &filter.unit),
    ];
    for (text, value) in texts {
        if let Some(value) = value {
            query = query.push(text).bind(value.clone());
        }
    }
    query.push(" ORDER BY seq DESC").page(limit, 0).all(db.read()).await?.iter().map(read).collect()
}

/// The newest acts on one object, within `scope`.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_object(db: &Db, scope: &Scope, kind: &str, id: &str, limit: i64) -> Result<Vec<AuditRow>> {
    let filter = Filter { object_kind: Some(kind.to_owned()), object_id: Some(id.to_owned()), ..Filter::default() };
    search(db, scope, &filter, limit).await
}

/// The actions that occur, for choosing one.
///
/// # Errors
/// When the database cannot be read.
pub async fn actions(db: &Db) -> Result<Vec<String>> {
    // Steps from one action to the next through the index; reading every row would take a second per million.
    let query = Sql::new(
        "WITH RECURSIVE step (action) AS (
             SELECT min(action) FROM audit_act
             UNION ALL
             SELECT (SELECT min(a.action) FROM audit_act a WHERE a.action > step.action) FROM step
             WHERE step.action IS NOT NULL)
         SELECT action FROM step WHERE action IS NOT NULL",
    );
    query.all(db.read()).await?.iter().map(|row| row.text("action")).collect()
}

fn read(row: &sqlx::any::AnyRow) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: row.int("seq")?,
        at: row.time("at")?,
        account: row.text("account")?,
        account_name: row.text("account_name")?,
        roles: row.text_opt("roles")?,
        peer: row.text_opt("peer")?,
        request: row.text("request")?,
        action: row.text("action")?,
        object_kind: row.text("object_kind")?,
        object_id: row.text("object_id")?,
        unit_id: row.text_opt("unit_id")?,
        why: row.text_opt("why")?,
        before_json: row.text_opt("before_json")?,
        after_json: row.text_opt("after_json")?,
        hash: row.text("hash")?,
    })
}
