//! The chain: how a row is sealed, and how the whole is checked.

use base_core::Result;
use base_db::{Db, DbExt, RowExt};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;

/// The hash "before the first row". Version 1 of the sealing.
pub(crate) const GENESIS: &str = "mangrove-audit-1";

/// Rows read at once while verifying, so that memory stays bounded.
const STEP: i64 = 2_000;

/// A row without its hash. Field order is part of the sealed form.
pub(crate) struct Sealed {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) account: String,
    pub(crate) account_name: String,
    pub(crate) peer: Option<String>,
    pub(crate) request: String,
    pub(crate) action: String,
    pub(crate) object_kind: String,
    pub(crate) object_id: String,
    pub(crate) unit_id: Option<String>,
    pub(crate) before_json: Option<String>,
    pub(crate) after_json: Option<String>,
    pub(crate) why: Option<String>,
}

impl Sealed {
    fn from_row(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            seq: row.int("seq")?,
            at: row.int("at")?,
            account: row.text("account")?,
            account_name: row.text("account_name")?,
            peer: row.text_opt("peer")?,
            request: row.text("request")?,
            action: row.text("action")?,
            object_kind: row.text("object_kind")?,
            object_id: row.text("object_id")?,
            unit_id: row.text_opt("unit_id")?,
            before_json: row.text_opt("before_json")?,
            after_json: row.text_opt("after_json")?,
            why: row.text_opt("why")?,
        })
    }

    /// SHA-256 over the previous hash and every field, each as presence byte, length (8 bytes,
    /// big-endian) and bytes, so that no two different rows have the same sealed form.
    pub(crate) fn hash(&self, previous: &str) -> String {
        let mut sha = Sha256::new();
        let mut put = |field: Option<&str>| match field {
            Some(text) => {
                sha.update([1]);
                sha.update((text.len() as u64).to_be_bytes());
                sha.update(text.as_bytes());
            }
            None => sha.update([0]),
        };
        put(Some(previous));
        put(Some(&self.seq.to_string()));
        put(Some(&self.at.to_string()));
        for field in [&self.account, &self.account_name] {
            put(Some(field));
        }
        put(self.peer.as_deref());
        for field in [&self.request, &self.action, &self.object_kind, &self.object_id] {
            put(Some(field));
        }
        for field in [&self.unit_id, &self.before_json, &self.after_json, &self.why] {
            put(field.as_deref());
        }
        hex::encode(sha.finalize())
    }
}

/// The trail is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many acts.
    pub acts: i64,
    /// Hash of the last one; written down elsewhere, it proves that nothing was cut off the end.
    pub head: String,
}

/// The first place where the trail does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Number of the row expected or found changed.
    pub seq: i64,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Walks the whole chain.
///
/// # Errors
/// When the database cannot be read. A broken chain is not an error but the answer `Err(Broken)`.
pub async fn verify(db: &Db) -> Result<std::result::Result<Verified, Broken>> {
    let mut previous = GENESIS.to_owned();
    let mut acts = 0_i64;
    loop {
        let rows = sqlx::query("SELECT * FROM audit_act WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(acts)
            .bind(STEP)
            .fetch_all(db.read())
            .await
            .db()?;
        if rows.is_empty() {
            return Ok(Ok(Verified { acts, head: previous }));
        }
        for row in &rows {
            let sealed = Sealed::from_row(row)?;
            let expected = acts.saturating_add(1);
            if sealed.seq != expected {
                return Ok(Err(Broken { seq: expected, reason: "a row is missing" }));
            }
            let hash = row.text("hash")?;
            if sealed.hash(&previous) != hash {
                return Ok(Err(Broken { seq: sealed.seq, reason: "the row was changed after it was written" }));
            }
            previous = hash;
            acts = expected;
        }
    }
}
