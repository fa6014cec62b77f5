//! Table `rules_memory`: what behaviours remember, as one text in parts.

use base_core::{Error, Kind, Result, Timestamp};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// Longest part, in bytes.
const PART: usize = 1 << 20;

/// A text with the place in a journal that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) instance: u64,
    pub(crate) next: u64,
    pub(crate) text: String,
}

/// Keeps `kept` in the place of what was kept.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn put(tx: &mut Tx, kept: &Kept, now: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM rules_memory").run(tx).await?;
    for (part, piece) in (0_i64..).zip(kept.text.as_bytes().chunks(PART)) {
        // Base64 is ASCII, so no piece cuts a character.
        let piece = std::str::from_utf8(piece).map_err(Error::bug)?;
        Sql::new("INSERT INTO rules_memory (part, instance, next, at, text) VALUES (")
            .bind(part)
            .comma(kept.instance.to_string())
            .comma(i64::try_from(kept.next).map_err(Error::bug)?)
            .comma(now.as_micros())
            .comma(piece.to_owned())
            .push(")")
            .run(tx)
            .await?;
    }
    Ok(())
}

/// What was kept; `None` when nothing was.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(pool: &AnyPool) -> Result<Option<Kept>> {
    let rows = Sql::new("SELECT instance, next, text FROM rules_memory ORDER BY part").all(pool).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let wrong = || Error::new(Kind::Bug, "the place of the memory of behaviours is no number");
    let instance = first.text("instance")?.parse().map_err(|_| wrong())?;
    let next = u64::try_from(first.int("next")?).map_err(|_| wrong())?;
    let mut text = String::new();
    for row in &rows {
        text.push_str(&row.text("text")?);
    }
    Ok(Some(Kept { instance, next, text }))
}
