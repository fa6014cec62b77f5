//! The key that secrets in the records are sealed with, and what to do when it is not the right one.

use crate::data_dir::DataDir;
use anyhow::{Result, bail};
use base_db::Db;
use base_secret::{Vault, key_of_records, use_key};

/// Name of the key in the folder of keys. Belongs into every backup, apart from the database.
pub(crate) const SECRETS_KEY: &str = "secrets.key";

/// The vault of these records.
pub(crate) struct Opened {
    /// Seals and opens.
    pub vault: Vault,
    /// The records belong to another key, which was given up: what it sealed has to be removed.
    pub renewed: bool,
}

/// Opens the key file, makes it at the first start, and refuses one the records do not belong to, unless `renew`
/// says that theirs is lost.
///
/// # Errors
/// When the key is missing or foreign; the message names file, fingerprints and both ways out.
pub(crate) async fn open(data: &DataDir, db: &Db, renew: bool) -> Result<Opened> {
    let wanted = key_of_records(db).await?;
    let kept = data.kept_secret(SECRETS_KEY)?.map(Vault::new);
    let path = DataDir::key_path(data.root(), SECRETS_KEY);
    let remedy = "restore it from the backup of the keys; if it is lost for good, start once with --new-secrets-key, \
                  after which people set up their authenticator apps anew";
    match (wanted, kept) {
        (Some(wanted), Some(vault)) if vault.key_id() == wanted => Ok(Opened { vault, renewed: false }),
        (Some(wanted), None) if !renew => {
            bail!("{} is missing, but the records hold secrets sealed with the key {wanted}; {remedy}", path.display())
        }
        (Some(wanted), Some(vault)) if !renew => {
            let found = vault.key_id();
            bail!("{} is the key {found}, but the records belong to the key {wanted}; {remedy}", path.display())
        }
        (wanted, Some(vault)) => Ok(Opened { vault, renewed: wanted.is_some() }),
        (wanted, None) => Ok(Opened { vault: Vault::new(data.new_secret(SECRETS_KEY)?), renewed: wanted.is_some() }),
    }
}

/// Writes down that the records belong to this key; after a lost one, removes what only that could open.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn adopt(db: &Db, opened: &Opened, now: base_core::Timestamp) -> Result<()> {
    if !opened.renewed && key_of_records(db).await?.is_some() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    if opened.renewed {
        let caller = base_authz::Caller::system("new-secrets-key", now);
        let removed = area_identity::ops::forget_factors(&mut tx, &caller).await?;
        tracing::warn!(removed, "the records have a new secrets key; people set up their authenticator apps anew");
    }
    use_key(&mut tx, &opened.vault, now).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::Timestamp;

    #[tokio::test]
    async fn a_lost_or_foreign_key_stops_the_start_and_says_how_to_go_on() {
        let dir = tempfile::tempdir().expect("folder");
        let data = DataDir::open(dir.path()).expect("opens");
        let db = Db::open_file(&dir.path().join("mangrove.db")).await.expect("database");
        let now = Timestamp::from_secs(1);
        base_db::migrate(&db, &crate::wire::migrations(), now).await.expect("tables");
        let first = open(&data, &db, false).await.expect("made");
        adopt(&db, &first, now).await.expect("adopted");
        let sealed = first.vault.seal("identity.totp", "a", b"x").expect("seals");
        let again = open(&data, &db, false).await.expect("the same");
        assert_eq!(again.vault.open("identity.totp", "a", &sealed).expect("opens"), b"x");

        let path = DataDir::key_path(data.root(), SECRETS_KEY);
        std::fs::remove_file(&path).expect("removes");
        let told = open(&data, &db, false).await.err().expect("refused").to_string();
        assert!(told.contains("is missing") && told.contains(first.vault.key_id()), "{told}");
        assert!(told.contains("--new-secrets-key") && !path.exists(), "nothing was made in its place: {told}");
        data.new_secret(SECRETS_KEY).expect("another");
        let told = open(&data, &db, false).await.err().expect("refused").to_string();
        assert!(told.contains("belong to the key") && told.contains("backup"), "{told}");

        let renewed = open(&data, &db, true).await.expect("given up");
        assert!(renewed.renewed);
        adopt(&db, &renewed, Timestamp::from_secs(2)).await.expect("adopted");
        assert!(!open(&data, &db, false).await.expect("opens").renewed);
    }
}
