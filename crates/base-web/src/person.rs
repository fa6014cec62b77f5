//! What a signed-in person brings to every page: choices kept with the account, and how much there is to read.

use crate::Ctx;
use crate::notice;
use base_authz::Principal;
use base_core::{AccountId, Error, Result};
use base_db::{AnyPool, RowExt, Sql, Tx};
use std::collections::BTreeMap;

/// Longest value of a preference, in bytes.
const MAX_VALUE: usize = 2_000;
/// Most preferences of one account: there are as many tables as there are.
const MAX_KEPT: i64 = 200;
/// Whether single keys act; `off` or absent.
pub const KEYS: &str = "keys";
/// Beginning of the names under which chosen columns are kept.
const COLUMNS: &str = "columns:";

/// Read once per request for a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    kept: BTreeMap<String, String>,
    /// Notices not read yet, counted to [`notice::COUNTED`] at most.
    pub(crate) unread: i64,
}

impl Person {
    /// Of somebody; `counts` = also how much there is to read.
    pub(crate) async fn read(pool: &AnyPool, principal: &Principal, counts: bool) -> Result<Self> {
        let account = principal.account.as_str();
        let rows = Sql::new("SELECT name, value FROM web_preference WHERE account = ").bind(account).all(pool).await?;
        let kept = rows.iter().map(|r| Ok((r.text("name")?, r.text("value")?))).collect::<Result<_>>()?;
        let unread = if counts { notice::unread(pool, principal).await? } else { 0 };
        Ok(Self { kept, unread })
    }

    /// Whether single keys act for this person (WCAG 2.2, 2.1.4: they can be turned off).
    pub(crate) fn keys(&self) -> bool {
        self.kept.get(KEYS).is_none_or(|v| v != "off")
    }
}

impl Ctx {
    /// The columns this person has chosen for the table `id`, in their order; `None` = as the table comes.
    #[must_use]
    pub fn columns(&self, id: &str) -> Option<Vec<String>> {
        let kept = self.person().kept.get(&format!("{COLUMNS}{id}"))?;
        Some(kept.split(',').filter(|c| !c.is_empty()).map(str::to_owned).collect())
    }

    /// Whether single keys act for this person.
    #[must_use]
    pub fn keys_on(&self) -> bool {
        self.person().keys()
    }
}

/// Keeps the columns chosen for a table; none = as the table comes.
///
/// # Errors
/// As [`prefer`].
pub async fn choose_columns(tx: &mut Tx, account: &AccountId, id: &str, columns: &[String]) -> Result<()> {
    let word =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !word(id) || id.len() > 40 || !columns.iter().all(|c| word(c)) {
        return Err(Error::invalid("table", "a table and its columns are named by letters, digits and dashes"));
    }
    prefer(tx, account, &format!("{COLUMNS}{id}"), &columns.join(",")).await
}

/// Keeps a choice with the account; an empty value forgets it. One's own choices say nothing of anybody else, so they
/// are no entry of the audit trail.
///
/// # Errors
/// `Invalid` for a value too long or too many of them; when the database does not answer.
pub async fn prefer(tx: &mut Tx, account: &AccountId, name: &str, value: &str) -> Result<()> {
    if value.len() > MAX_VALUE {
        return Err(Error::invalid("value", format!("a choice may have {MAX_VALUE} bytes")));
    }
    let of = |sql: Sql| sql.bind(account.as_str()).push(" AND name = ").bind(name);
    of(Sql::new("DELETE FROM web_preference WHERE account = ")).run(tx).await?;
    if value.is_empty() {
        return Ok(());
    }
    let count = Sql::new("SELECT name FROM web_preference WHERE account = ").bind(account.as_str());
    if i64::try_from(count.all_in(tx).await?.len()).unwrap_or(i64::MAX) >= MAX_KEPT {
        return Err(Error::invalid("name", format!("an account keeps {MAX_KEPT} choices")));
    }
    let insert = Sql::new("INSERT INTO web_preference (account, name, value) VALUES (").bind(account.as_str());
    insert.comma(name).comma(value).push(")").run(tx).await?;
    Ok(())
}
