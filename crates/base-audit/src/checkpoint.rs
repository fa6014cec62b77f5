//! Signed checkpoints: how far the trail had come, vouched for by a key.

use crate::chain::{Broken, Verified};
use crate::note::{Checkpoint, Signer};
use crate::verify::verify_signed;
use base_core::{Result, Timestamp};
use base_db::{Db, RowExt, Sql};

/// A checkpoint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// How many rows it covers.
    pub size: i64,
    /// When it was signed.
    pub at: Timestamp,
    /// The signed note.
    pub note: String,
    /// When it reached a third party.
    pub sent_at: Option<Timestamp>,
    /// Whom.
    pub sent_to: Option<String>,
}

/// Checks the whole trail and signs it; nothing is signed over a broken trail. `None` when nothing was added since
/// the last checkpoint.
///
/// # Errors
/// When the database cannot be read or written. A broken trail is the answer `Err(Broken)`.
pub async fn sign(db: &Db, signer: &Signer, now: Timestamp) -> Result<std::result::Result<Option<Signed>, Broken>> {
    let Verified { acts, root, signed, .. } = match verify_signed(db, signer.key(), &[]).await? {
        Ok(verified) => verified,
        Err(broken) => return Ok(Err(broken)),
    };
    if acts == signed {
        return Ok(Ok(None));
    }
    let note = signer.sign(&Checkpoint { size: acts, root }.text(signer.key().name()));
    let mut tx = db.begin().await?;
    Sql::new("INSERT INTO audit_checkpoint (size, at, root, note) VALUES (")
        .bind(acts)
        .comma(now.as_micros())
        .comma(hex::encode(root))
        .comma(note.as_str())
        .push(") ON CONFLICT (size) DO NOTHING")
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Ok(Some(Signed { size: acts, at: now, note, sent_at: None, sent_to: None })))
}

/// Remembers that a checkpoint reached a third party.
///
/// # Errors
/// When the database cannot be written.
pub async fn mark_sent(db: &Db, size: i64, to: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let query = Sql::new("UPDATE audit_checkpoint SET sent_at = ").bind(now.as_micros()).push(", sent_to = ");
    query.bind(to).push(" WHERE size = ").bind(size).run(&mut tx).await?;
    tx.commit().await
}

/// Every checkpoint, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(db: &Db) -> Result<Vec<Signed>> {
    let rows = Sql::new("SELECT size, at, note, sent_at, sent_to FROM audit_checkpoint ORDER BY size");
    rows.all(db.read()).await?.iter().map(read).collect()
}

/// The newest checkpoints, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn newest(db: &Db, most: i64) -> Result<Vec<Signed>> {
    let rows = Sql::new("SELECT size, at, note, sent_at, sent_to FROM audit_checkpoint ORDER BY size DESC");
    rows.page(most, 0).all(db.read()).await?.iter().map(read).collect()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Signed> {
    Ok(Signed {
        size: row.int("size")?,
        at: row.time("at")?,
        note: row.text("note")?,
        sent_at: row.time_opt("sent_at")?,
        sent_to: row.text_opt("sent_to")?,
    })
}
