//! Tables `rules_pack` and `rules_pack_file`: imported packs.

use crate::model::{Pack, PackState, Preview};
use base_core::{ContentFile, Error, Kind, Result, Timestamp};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str =
    "SELECT id, number, name, digest, state, rules, mistakes, preview, by_name, at, active_at, former FROM rules_pack";

fn read(row: &AnyRow) -> Result<Pack> {
    let preview = row.text_opt("preview")?;
    Ok(Pack {
        id: row.text("id")?,
        number: row.int("number")?,
        name: row.text("name")?,
        digest: row.text("digest")?,
        state: PackState::parse(&row.text("state")?)
            .ok_or_else(|| Error::new(Kind::Bug, "a pack has a state that this version does not know"))?,
        rules: row.int("rules")?,
        mistakes: serde_json::from_str(&row.text("mistakes")?).map_err(Error::bug)?,
        preview: preview.map(|p| serde_json::from_str(&p).map_err(Error::bug)).transpose()?,
        by_name: row.text("by_name")?,
        at: row.time("at")?,
        active_at: row.time_opt("active_at")?,
        former: row.text_opt("former")?,
    })
}

/// Packs, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn all(pool: &AnyPool) -> Result<Vec<Pack>> {
    Sql::new(COLUMNS).push(" ORDER BY number DESC LIMIT 200").all(pool).await?.iter().map(read).collect()
}

/// One pack.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(pool: &AnyPool, id: &str) -> Result<Option<Pack>> {
    let row = Sql::new(COLUMNS).push(" WHERE id = ").bind(id.to_owned()).optional(pool).await?;
    row.as_ref().map(read).transpose()
}

/// One pack, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get_in(tx: &mut Tx, id: &str) -> Result<Option<Pack>> {
    let row = Sql::new(COLUMNS).push(" WHERE id = ").bind(id.to_owned()).optional_in(tx).await?;
    row.as_ref().map(read).transpose()
}

/// The pack that runs, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn active_in(tx: &mut Tx) -> Result<Option<Pack>> {
    let row = Sql::new(COLUMNS).push(" WHERE state = 'active'").optional_in(tx).await?;
    row.as_ref().map(read).transpose()
}

/// The pack that runs.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn active(pool: &AnyPool) -> Result<Option<Pack>> {
    let row = Sql::new(COLUMNS).push(" WHERE state = 'active'").optional(pool).await?;
    row.as_ref().map(read).transpose()
}

/// Number for the next pack.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn next_number(tx: &mut Tx) -> Result<i64> {
    let row = Sql::new("SELECT COALESCE(MAX(number), 0) + 1 AS n FROM rules_pack").optional_in(tx).await?;
    row.map_or(Ok(1), |r| r.int("n"))
}

/// Writes a new pack with its files.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, pack: &Pack, account: &str, files: &[ContentFile]) -> Result<()> {
    let mistakes = serde_json::to_string(&pack.mistakes).map_err(Error::bug)?;
    Sql::new(
        "INSERT INTO rules_pack (id, number, name, digest, state, rules, mistakes, by_account, by_name, at) VALUES (",
    )
    .bind(pack.id.clone())
    .comma(pack.number)
    .comma(pack.name.clone())
    .comma(pack.digest.clone())
    .comma(pack.state.as_str())
    .comma(pack.rules)
    .comma(mistakes)
    .comma(account.to_owned())
    .comma(pack.by_name.clone())
    .comma(pack.at.as_micros())
    .push(")")
    .run(tx)
    .await?;
    for file in files {
        Sql::new("INSERT INTO rules_pack_file (pack, path, text) VALUES (")
            .bind(pack.id.clone())
            .comma(file.path.clone())
            .comma(file.text.clone())
            .push(")")
            .run(tx)
            .await?;
    }
    Ok(())
}

/// The files of a pack, sorted by path.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn files(pool: &AnyPool, id: &str) -> Result<Vec<ContentFile>> {
    let rows = Sql::new("SELECT path, text FROM rules_pack_file WHERE pack = ")
        .bind(id.to_owned())
        .push(" ORDER BY path")
        .all(pool)
        .await?;
    rows.iter().map(|r| Ok(ContentFile { path: r.text("path")?, text: r.text("text")? })).collect()
}

/// Sets where a pack stands.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_state(tx: &mut Tx, id: &str, state: PackState) -> Result<()> {
    Sql::new("UPDATE rules_pack SET state = ")
        .bind(state.as_str())
        .push(" WHERE id = ")
        .bind(id.to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// Marks a pack as the one that runs, in the place of `former`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_active(tx: &mut Tx, id: &str, former: Option<&str>, at: Timestamp) -> Result<()> {
    Sql::new("UPDATE rules_pack SET state = 'active', active_at = ")
        .bind(at.as_micros())
        .push(", former = ")
        .bind(former.map(str::to_owned))
        .push(" WHERE id = ")
        .bind(id.to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// Keeps what a pack would have changed.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_preview(tx: &mut Tx, id: &str, preview: &Preview) -> Result<()> {
    let text = serde_json::to_string(preview).map_err(Error::bug)?;
    Sql::new("UPDATE rules_pack SET preview = ").bind(text).push(" WHERE id = ").bind(id.to_owned()).run(tx).await?;
    Ok(())
}
