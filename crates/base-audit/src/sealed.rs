//! A row of the trail and the hash over it.

use base_core::Result;
use base_db::RowExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use std::io::Write as _;

/// The hash "before the first row".
pub(crate) const GENESIS: &str = "mangrove-audit-1";
/// Between the fields of a row that is read as one text: the unit separator of ASCII.
pub(crate) const SEPARATOR: char = '\u{1f}';
/// Between rows that are read as one text: the record separator of ASCII.
pub(crate) const ROW_SEPARATOR: char = '\u{1e}';
/// Begins the sealed form of version 2, so that no row is valid in both.
const VERSION_2: &[u8] = b"mangrove-audit-row-2\n";
/// The version that is written.
pub(crate) const VERSION: i64 = 2;

/// A row as it is stored and exported. Text fields are as the person or program gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Number in the chain, from 1, without gaps.
    pub seq: i64,
    /// Version of the sealed form: 1 or 2.
    pub version: i64,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// Id of the account.
    pub account: String,
    /// Name of the person at that time.
    pub account_name: String,
    /// Roles held at that time, with their units: `analyst, unit_officer@SNV`. Absent in version 1.
    pub roles: Option<String>,
    /// Address the request came from.
    pub peer: Option<String>,
    /// Id of the request.
    pub request: String,
    /// What was done, `area.verb`.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: String,
    /// The unit concerned.
    pub unit_id: Option<String>,
    /// State before, JSON.
    pub before_json: Option<String>,
    /// State after, JSON.
    pub after_json: Option<String>,
    /// The reason the person gave.
    pub why: Option<String>,
    /// Hash of the row before, as this row was sealed with it. Absent in version 1.
    pub previous: Option<String>,
    /// Hash of this row: 64 hexadecimal digits.
    pub hash: String,
}

impl Entry {
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            seq: row.int("seq")?,
            version: row.int("version")?,
            at: row.int("at")?,
            account: row.text("account")?,
            account_name: row.text("account_name")?,
            roles: row.text_opt("roles")?,
            peer: row.text_opt("peer")?,
            request: row.text("request")?,
            action: row.text("action")?,
            object_kind: row.text("object_kind")?,
            object_id: row.text("object_id")?,
            unit_id: row.text_opt("unit_id")?,
            before_json: row.text_opt("before_json")?,
            after_json: row.text_opt("after_json")?,
            why: row.text_opt("why")?,
            previous: row.text_opt("previous")?,
            hash: row.text("hash")?,
        })
    }

    /// From the fields in the order of the declaration, with [`SEPARATOR`] between them and `0`, or `1` and the text,
    /// for those that may be absent. `None` when a field holds the separator itself.
    pub(crate) fn from_joined(text: &str) -> Option<Self> {
        let mut fields = text.split(SEPARATOR);
        let mut next = || fields.next();
        let own = |field: &str| field.to_owned();
        let may = |field: &str| match field.split_at_checked(1)? {
            ("1", text) => Some(Some(text.to_owned())),
            _ => Some(None),
        };
        let entry = Self {
            seq: next()?.parse().ok()?,
            version: next()?.parse().ok()?,
            at: next()?.parse().ok()?,
            account: own(next()?),
            account_name: own(next()?),
            roles: may(next()?)?,
            peer: may(next()?)?,
            request: own(next()?),
            action: own(next()?),
            object_kind: own(next()?),
            object_id: own(next()?),
            unit_id: may(next()?)?,
            before_json: may(next()?)?,
            after_json: may(next()?)?,
            why: may(next()?)?,
            previous: may(next()?)?,
            hash: own(next()?),
        };
        next().is_none().then_some(entry)
    }

    /// SHA-256 over the hash of the row before, the number and every field, each as presence byte, length
    /// (8 bytes, big-endian) and bytes, so that no two different rows have the same sealed form.
    pub(crate) fn seal(&self, previous: &str, seq: i64) -> [u8; 32] {
        let mut sha = Sha256::new();
        if self.version != 1 {
            sha.update(VERSION_2);
        }
        put(&mut sha, Some(previous));
        number(&mut sha, seq);
        number(&mut sha, self.at);
        put(&mut sha, Some(&self.account));
        put(&mut sha, Some(&self.account_name));
        if self.version != 1 {
            put(&mut sha, self.roles.as_deref());
        }
        put(&mut sha, self.peer.as_deref());
        for field in [&self.request, &self.action, &self.object_kind, &self.object_id] {
            put(&mut sha, Some(field));
        }
        for field in [&self.unit_id, &self.before_json, &self.after_json, &self.why] {
            put(&mut sha, field.as_deref());
        }
        sha.finalize().into()
    }

    /// Whether the stored hash is that of this row, had it this number and this row before it.
    pub(crate) fn fits(&self, previous: &str, seq: i64) -> bool {
        let mut stored = [0; 32];
        hex::decode_to_slice(&self.hash, &mut stored).is_ok() && stored == self.seal(previous, seq)
    }
}

fn put(sha: &mut Sha256, field: Option<&str>) {
    match field {
        Some(text) => {
            let mut head = [1; 9];
            head[1..].copy_from_slice(&(text.len() as u64).to_be_bytes());
            sha.update(head);
            sha.update(text.as_bytes());
        }
        None => sha.update([0]),
    }
}

/// A number goes in as its decimal text.
fn number(sha: &mut Sha256, value: i64) {
    let mut text = [0; 20];
    let mut left: &mut [u8] = &mut text;
    // Twenty bytes hold every number of 64 bits.
    let _ = write!(left, "{value}");
    let length = 20 - left.len();
    put(sha, text.get(..length).and_then(|t| std::str::from_utf8(t).ok()));
}
