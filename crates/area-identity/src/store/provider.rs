//! Providers of sign-ins, and who is who there.

use crate::model::account::Account;
use crate::model::provider::{Link, Provider, ProviderForm};
use crate::store::account;
use base_core::{AccountId, Result, Timestamp};
use base_db::{AnyRow, Db, RowExt, Sql, Tx, flag};

const COLUMNS: &str =
    "SELECT id, name, issuer, client_id, secret, scopes, claim, factor_words, creates, active, changed_at
    FROM identity_provider WHERE 1 = 1";

fn from_row(row: &AnyRow) -> Result<Provider> {
    Ok(Provider {
        id: row.text("id")?,
        name: row.text("name")?,
        issuer: row.text("issuer")?,
        client_id: row.text("client_id")?,
        secret: row.text_opt("secret")?,
        scopes: row.text("scopes")?,
        claim: row.text("claim")?,
        factor_words: row.text("factor_words")?,
        creates: row.flag("creates")?,
        active: row.flag("active")?,
        changed_at: row.time("changed_at")?,
    })
}

/// All, in the order of their names.
pub(crate) async fn list(db: &Db) -> Result<Vec<Provider>> {
    let rows = Sql::new(COLUMNS).push(" ORDER BY name, id").all(db.read()).await?;
    rows.iter().map(from_row).collect()
}

pub(crate) async fn get(db: &Db, id: &str) -> Result<Provider> {
    from_row(&Sql::new(COLUMNS).push(" AND id = ").bind(id).one(db.read()).await?)
}

pub(crate) async fn get_in(tx: &mut Tx, id: &str) -> Result<Option<Provider>> {
    let row = Sql::new(COLUMNS).push(" AND id = ").bind(id).optional_in(tx).await?;
    row.as_ref().map(from_row).transpose()
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: &str,
    new: &ProviderForm,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    Sql::new(
        "INSERT INTO identity_provider (id, name, issuer, client_id, secret, scopes, claim, factor_words, creates, active,
                                        made_at, changed_at) VALUES (",
    )
    .bind(id)
    .comma(new.name.as_str())
    .comma(new.issuer.as_str())
    .comma(new.client_id.as_str())
    .comma(secret)
    .comma(new.scopes.as_str())
    .comma(new.claim.as_str())
    .comma(new.factor_words.as_str())
    .comma(flag(new.creates))
    .comma(flag(new.active))
    .comma(now.as_micros())
    .comma(now.as_micros())
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

pub(crate) async fn update(
    tx: &mut Tx,
    id: &str,
    new: &ProviderForm,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let query = Sql::new("UPDATE identity_provider SET name = ").bind(new.name.as_str());
    query
        .push(", issuer = ")
        .bind(new.issuer.as_str())
        .push(", client_id = ")
        .bind(new.client_id.as_str())
        .push(", secret = ")
        .bind(secret)
        .push(", scopes = ")
        .bind(new.scopes.as_str())
        .push(", claim = ")
        .bind(new.claim.as_str())
        .push(", factor_words = ")
        .bind(new.factor_words.as_str())
        .push(", creates = ")
        .bind(flag(new.creates))
        .push(", active = ")
        .bind(flag(new.active))
        .push(", changed_at = ")
        .bind(now.as_micros())
        .push(" WHERE id = ")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// Removes a provider and its links; how many links there were.
pub(crate) async fn remove(tx: &mut Tx, id: &str) -> Result<u64> {
    let links = Sql::new("DELETE FROM identity_link WHERE provider_id = ").bind(id).run(tx).await?;
    Sql::new("DELETE FROM identity_provider WHERE id = ").bind(id).run(tx).await?;
    Ok(links)
}

/// Takes every secret away and stops its provider: the key they were sealed with is lost.
pub(crate) async fn forget_secrets(tx: &mut Tx) -> Result<u64> {
    Sql::new("UPDATE identity_provider SET secret = NULL, active = 0 WHERE secret IS NOT NULL").run(tx).await
}

/// How many accounts are linked with a provider.
pub(crate) async fn links_of(tx: &mut Tx, provider: &str) -> Result<usize> {
    let query = Sql::new("SELECT id FROM identity_link WHERE provider_id = ").bind(provider);
    Ok(query.all_in(tx).await?.len())
}

const LINKS: &str =
    "SELECT l.id, l.provider_id, p.name AS provider_name, l.account_id, l.subject, l.made_at, l.last_used
    FROM identity_link l JOIN identity_provider p ON p.id = l.provider_id WHERE 1 = 1";

fn link_from(row: &AnyRow) -> Result<Link> {
    Ok(Link {
        id: row.text("id")?,
        provider: row.text("provider_id")?,
        provider_name: row.text("provider_name")?,
        account: AccountId::new(row.text("account_id")?),
        subject: row.text("subject")?,
        made_at: row.time("made_at")?,
        last_used: row.time_opt("last_used")?,
    })
}

/// With which accounts elsewhere an account is linked.
pub(crate) async fn of_account(db: &Db, account: &AccountId) -> Result<Vec<Link>> {
    let query = Sql::new(LINKS).push(" AND l.account_id = ").bind(account.as_str());
    query.push(" ORDER BY p.name, l.id").all(db.read()).await?.iter().map(link_from).collect()
}

/// The link of an account at a provider, seen from inside a write transaction.
pub(crate) async fn of_subject(tx: &mut Tx, provider: &str, subject: &str) -> Result<Option<Link>> {
    let query = Sql::new(LINKS).push(" AND l.provider_id = ").bind(provider);
    let row = query.push(" AND l.subject = ").bind(subject).optional_in(tx).await?;
    row.as_ref().map(link_from).transpose()
}

/// The link of an account with a provider, seen from inside a write transaction.
pub(crate) async fn with_provider(tx: &mut Tx, provider: &str, account: &AccountId) -> Result<Option<Link>> {
    let query = Sql::new(LINKS).push(" AND l.provider_id = ").bind(provider);
    let row = query.push(" AND l.account_id = ").bind(account.as_str()).optional_in(tx).await?;
    row.as_ref().map(link_from).transpose()
}

/// Whose account here an account at a provider is.
pub(crate) async fn account_of(tx: &mut Tx, provider: &str, subject: &str) -> Result<Option<Account>> {
    let Some(link) = of_subject(tx, provider, subject).await? else { return Ok(None) };
    account::get_in(tx, &link.account).await
}

/// Whether anybody here is linked with an account at a provider.
pub(crate) async fn is_linked(db: &Db, provider: &str, subject: &str) -> Result<bool> {
    let query = Sql::new("SELECT count(*) FROM identity_link WHERE provider_id = ").bind(provider);
    Ok(query.push(" AND subject = ").bind(subject).count(db.read()).await? > 0)
}

pub(crate) async fn link(tx: &mut Tx, new: &Link, by: &AccountId) -> Result<()> {
    Sql::new("INSERT INTO identity_link (id, provider_id, account_id, subject, made_at, made_by) VALUES (")
        .bind(new.id.as_str())
        .comma(new.provider.as_str())
        .comma(new.account.as_str())
        .comma(new.subject.as_str())
        .comma(new.made_at.as_micros())
        .comma(by.as_str())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// Removes a link of an account; the link as it was.
pub(crate) async fn unlink(tx: &mut Tx, account: &AccountId, id: &str) -> Result<Option<Link>> {
    let query = Sql::new(LINKS).push(" AND l.account_id = ").bind(account.as_str());
    let row = query.push(" AND l.id = ").bind(id).optional_in(tx).await?;
    let found = row.as_ref().map(link_from).transpose()?;
    if found.is_some() {
        Sql::new("DELETE FROM identity_link WHERE id = ").bind(id).run(tx).await?;
    }
    Ok(found)
}

/// Writes a link as used.
pub(crate) async fn used(tx: &mut Tx, provider: &str, subject: &str, now: Timestamp) -> Result<()> {
    let query = Sql::new("UPDATE identity_link SET last_used = ").bind(now.as_micros());
    query.push(" WHERE provider_id = ").bind(provider).push(" AND subject = ").bind(subject).run(tx).await?;
    Ok(())
}
