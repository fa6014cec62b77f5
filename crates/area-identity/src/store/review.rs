//! Reviews of access rights.

use crate::model::review::{Decided, Decision, Item, Review};
use base_core::{AccountId, Error, Kind, Result, Timestamp};
use base_db::{AnyRow, Db, RowExt, Sql, Tx, flag};
use std::collections::BTreeMap;

const REVIEW: &str = "SELECT r.id, r.name, r.opened_at, r.opened_by, r.due_at, r.closed_at, r.closed_by, r.digest,
    (SELECT count(*) FROM identity_review_item i WHERE i.review_id = r.id) AS listed,
    (SELECT count(*) FROM identity_review_item i WHERE i.review_id = r.id AND i.decision IS NOT NULL) AS decided,
    (SELECT count(*) FROM identity_review_item i WHERE i.review_id = r.id AND i.decision = 'taken') AS taken
    FROM identity_review r WHERE 1 = 1";

const ITEM: &str = "SELECT grant_id, account_id, login, name, role, unit, granted_at, granted_by, valid_until,
    delegated, last_seen, decision, why, decided_at, decided_by, own FROM identity_review_item WHERE review_id = ";

fn review_of(row: &AnyRow) -> Result<Review> {
    Ok(Review {
        id: row.text("id")?,
        name: row.text("name")?,
        opened_at: row.time("opened_at")?,
        opened_by: row.text("opened_by")?,
        due_at: row.time("due_at")?,
        closed_at: row.time_opt("closed_at")?,
        closed_by: row.text_opt("closed_by")?,
        digest: row.text_opt("digest")?,
        counts: (row.int("listed")?, row.int("decided")?, row.int("taken")?),
    })
}

fn item_of(row: &AnyRow) -> Result<Item> {
    let decided = match (row.text_opt("decision")?, row.time_opt("decided_at")?) {
        (Some(word), Some(at)) => Some(Decided {
            decision: Decision::parse(&word)
                .ok_or_else(|| Error::new(Kind::Bug, format!("stored decision '{word}' is unknown")))?,
            why: row.text_opt("why")?.unwrap_or_default(),
            at,
            by: row.text_opt("decided_by")?.unwrap_or_default(),
            own: row.flag("own")?,
        }),
        _ => None,
    };
    Ok(Item {
        grant: row.text("grant_id")?,
        account: AccountId::new(row.text("account_id")?),
        login: row.text("login")?,
        name: row.text("name")?,
        role: row.text("role")?,
        unit: row.text_opt("unit")?,
        granted_at: row.time("granted_at")?,
        granted_by: row.text("granted_by")?,
        valid_until: row.time_opt("valid_until")?,
        delegated: row.flag("delegated")?,
        last_seen: row.time_opt("last_seen")?,
        decided,
    })
}

/// All reviews, newest first.
pub(crate) async fn list(db: &Db) -> Result<Vec<Review>> {
    let rows = Sql::new(REVIEW).push(" ORDER BY r.opened_at DESC, r.id DESC").all(db.read()).await?;
    rows.iter().map(review_of).collect()
}

pub(crate) async fn get(db: &Db, id: &str) -> Result<Review> {
    review_of(&Sql::new(REVIEW).push(" AND r.id = ").bind(id).one(db.read()).await?)
}

/// The review that is open, seen from inside a write transaction.
pub(crate) async fn open_in(tx: &mut Tx) -> Result<Option<Review>> {
    let row = Sql::new(REVIEW).push(" AND r.closed_at IS NULL").optional_in(tx).await?;
    row.as_ref().map(review_of).transpose()
}

/// The grants of a review by name; all of them, since they are as many as people.
pub(crate) async fn items(db: &Db, review: &str) -> Result<Vec<Item>> {
    let query = Sql::new(ITEM).bind(review).push(" ORDER BY login, role, grant_id");
    query.all(db.read()).await?.iter().map(item_of).collect()
}

/// As [`items`], seen from inside a write transaction.
pub(crate) async fn items_in(tx: &mut Tx, review: &str) -> Result<Vec<Item>> {
    let query = Sql::new(ITEM).bind(review).push(" ORDER BY login, role, grant_id");
    query.all_in(tx).await?.iter().map(item_of).collect()
}

pub(crate) async fn insert(tx: &mut Tx, review: &Review) -> Result<()> {
    Sql::new("INSERT INTO identity_review (id, name, opened_at, opened_by, due_at) VALUES (")
        .bind(review.id.as_str())
        .comma(review.name.as_str())
        .comma(review.opened_at.as_micros())
        .comma(review.opened_by.as_str())
        .comma(review.due_at.as_micros())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn insert_item(tx: &mut Tx, review: &str, item: &Item) -> Result<()> {
    Sql::new(
        "INSERT INTO identity_review_item (review_id, grant_id, account_id, login, name, role, unit, granted_at,
                                           granted_by, valid_until, delegated, last_seen) VALUES (",
    )
    .bind(review)
    .comma(item.grant.as_str())
    .comma(item.account.as_str())
    .comma(item.login.as_str())
    .comma(item.name.as_str())
    .comma(item.role.as_str())
    .comma(item.unit.as_deref())
    .comma(item.granted_at.as_micros())
    .comma(item.granted_by.as_str())
    .comma(item.valid_until.map(Timestamp::as_micros))
    .comma(flag(item.delegated))
    .comma(item.last_seen.map(Timestamp::as_micros))
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

/// Writes a decision in the place of an earlier one.
pub(crate) async fn decide(tx: &mut Tx, review: &str, grant: &str, decided: &Decided) -> Result<()> {
    let query = Sql::new("UPDATE identity_review_item SET decision = ").bind(decided.decision.as_str());
    query
        .push(", why = ")
        .bind(decided.why.as_str())
        .push(", decided_at = ")
        .bind(decided.at.as_micros())
        .push(", decided_by = ")
        .bind(decided.by.as_str())
        .push(", own = ")
        .bind(flag(decided.own))
        .push(" WHERE review_id = ")
        .bind(review)
        .push(" AND grant_id = ")
        .bind(grant)
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn close(tx: &mut Tx, review: &str, by: &str, digest: &str, now: Timestamp) -> Result<()> {
    let query = Sql::new("UPDATE identity_review SET closed_at = ").bind(now.as_micros());
    let query = query.push(", closed_by = ").bind(by).push(", digest = ").bind(digest);
    query.push(" WHERE id = ").bind(review).run(tx).await?;
    Ok(())
}

/// When each account was last seen: in a browser, at a sign-in, or through a program.
pub(crate) async fn last_seen(tx: &mut Tx) -> Result<BTreeMap<AccountId, Timestamp>> {
    let rows = Sql::new(
        "SELECT account_id, CAST(max(at) AS BIGINT) AS at FROM (
           SELECT account_id, last_seen AS at FROM identity_session
           UNION ALL SELECT id, last_sign_in FROM identity_account WHERE last_sign_in IS NOT NULL
           UNION ALL SELECT account_id, last_used FROM identity_token WHERE last_used IS NOT NULL
         ) seen GROUP BY account_id",
    )
    .all_in(tx)
    .await?;
    rows.iter().map(|row| Ok((AccountId::new(row.text("account_id")?), row.time("at")?))).collect()
}
