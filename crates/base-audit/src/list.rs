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
    /// Name of the person at that time.
    pub account_name: String,
    /// Address.
    pub peer: Option<String>,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: String,
    /// The reason given.
    pub why: Option<String>,
    /// State after, JSON.
    pub after_json: Option<String>,
}

/// A page of the trail within `scope`; acts that concern no unit are the province's.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(
    db: &Db,
    scope: &Scope,
    object: Option<(&str, &str)>,
    limit: i64,
    offset: i64,
) -> Result<Vec<AuditRow>> {
    let mut query = Sql::new(
        "SELECT seq, at, account_name, peer, action, object_kind, object_id, why, after_json
         FROM audit_act WHERE 1 = 1",
    )
    .scope("unit_id", scope);
    if let Some((kind, id)) = object {
        query = query.push(" AND object_kind = ").bind(kind).push(" AND object_id = ").bind(id);
    }
    let rows = query.push(" ORDER BY seq DESC").page(limit, offset).all(db.read()).await?;
    rows.iter()
        .map(|row| {
            Ok(AuditRow {
                seq: row.int("seq")?,
                at: row.time("at")?,
                account_name: row.text("account_name")?,
                peer: row.text_opt("peer")?,
                action: row.text("action")?,
                object_kind: row.text("object_kind")?,
                object_id: row.text("object_id")?,
                why: row.text_opt("why")?,
                after_json: row.text_opt("after_json")?,
            })
        })
        .collect()
}
