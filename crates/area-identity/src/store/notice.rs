//! What people are told at their next sign-in.

use crate::model::notice::Notice;
use base_core::{AccountId, Result, Timestamp};
use base_db::{Db, RowExt, Sql, Tx};

/// Notices that have been seen are kept for so many days; the audit trail keeps the acts for ever.
const KEPT_DAYS: i64 = 365;

pub(crate) async fn insert(tx: &mut Tx, id: &str, account: &AccountId, notice: &Notice) -> Result<()> {
    Sql::new("INSERT INTO identity_notice (id, account_id, kind, detail, at, by_name, peer) VALUES (")
        .bind(id)
        .comma(account.as_str())
        .comma(notice.kind.as_str())
        .comma(notice.detail.as_str())
        .comma(notice.at.as_micros())
        .comma(notice.by.as_str())
        .comma(notice.peer.as_deref())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// What a person has not yet confirmed, newest first.
pub(crate) async fn unseen(db: &Db, account: &AccountId) -> Result<Vec<Notice>> {
    let query =
        Sql::new("SELECT kind, detail, at, by_name, peer FROM identity_notice WHERE seen_at IS NULL AND account_id = ");
    let rows = query.bind(account.as_str()).push(" ORDER BY at DESC, id DESC LIMIT 50").all(db.read()).await?;
    let notice = |row: &base_db::AnyRow| {
        Ok(Notice {
            kind: row.text("kind")?,
            detail: row.text("detail")?,
            at: row.time("at")?,
            by: row.text("by_name")?,
            peer: row.text_opt("peer")?,
        })
    };
    rows.iter().map(notice).collect()
}

/// Whether there is anything to tell, seen from inside a write transaction.
pub(crate) async fn any_in(tx: &mut Tx, account: &AccountId) -> Result<bool> {
    let query = Sql::new("SELECT id FROM identity_notice WHERE seen_at IS NULL AND account_id = ");
    Ok(query.bind(account.as_str()).push(" LIMIT 1").optional_in(tx).await?.is_some())
}

/// Marks everything as seen, and forgets what was seen long ago.
pub(crate) async fn seen(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<()> {
    let query = Sql::new("UPDATE identity_notice SET seen_at = ").bind(now.as_micros());
    query.push(" WHERE seen_at IS NULL AND account_id = ").bind(account.as_str()).run(tx).await?;
    let old = now.plus_secs(-KEPT_DAYS * 86_400).as_micros();
    Sql::new("DELETE FROM identity_notice WHERE seen_at < ").bind(old).run(tx).await?;
    Ok(())
}
