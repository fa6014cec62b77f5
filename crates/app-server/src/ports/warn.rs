//! For the warnings: the desk's alerts, the units' contacts, the mail settings.

use anyhow::{Context, Result, bail};
use area_desk::ops::{note_warning, read_alert};
use area_warn::ports::{Actor, AlertBrief, AlertSource, Contact, Contacts, MailSettings, MailTls};
use async_trait::async_trait;
use base_core::{AlertId, IdSource, Kind, Lang, Scope, UnitId};
use base_db::{Db, Tx};
use std::sync::Arc;

/// The alerts of the desk.
pub(crate) struct AlertsOfDesk {
    /// The records.
    pub db: Db,
    /// New ids.
    pub ids: Arc<IdSource>,
}

#[async_trait]
impl AlertSource for AlertsOfDesk {
    async fn alert(&self, scope: &Scope, id: &AlertId) -> base_core::Result<Option<AlertBrief>> {
        let alert = match read_alert::within(&self.db, scope, id).await {
            Ok(alert) => alert,
            Err(error) if error.kind == Kind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let text = alert.explanation(Lang::Vi);
        Ok(Some(AlertBrief {
            title_vi: alert.headline(Lang::Vi),
            what: text.what.clone(),
            why: text.why.clone(),
            do_now: text.do_now.clone(),
            id: alert.id,
            title: alert.title,
            severity: alert.severity,
            unit: alert.unit,
            entity_kind: alert.entity.kind,
            entity_name: alert.entity.name,
            first_seen: alert.first_seen,
        }))
    }

    async fn warned(
        &self,
        tx: &mut Tx,
        scope: &Scope,
        id: &AlertId,
        by: Actor<'_>,
        code: &str,
    ) -> base_core::Result<()> {
        let by = note_warning::Actor { account: by.account, name: by.name };
        note_warning::warned(tx, &self.ids, scope, id, by, code).await
    }

    async fn answered(
        &self,
        tx: &mut Tx,
        id: &AlertId,
        by: Actor<'_>,
        code: &str,
        note: &str,
    ) -> base_core::Result<()> {
        let by = note_warning::Actor { account: by.account, name: by.name };
        note_warning::answered(tx, &self.ids, id, by, code, note).await
    }
}

/// The contacts the organisation keeps of its units.
pub(crate) struct ContactsOfUnits {
    /// Units and contacts.
    pub org: Arc<area_org::Org>,
}

#[async_trait]
impl Contacts for ContactsOfUnits {
    async fn of(&self, unit: &UnitId) -> base_core::Result<Vec<Contact>> {
        let scope = Scope::system("recipients of a warning");
        let found = area_org::ops::contacts(&self.org, &scope, unit).await?;
        Ok(found.into_iter().filter_map(|c| c.mail.map(|mail| Contact { name: c.name, mail })).collect())
    }
}

/// Mail settings from an address: `smtp://host:25` (in the clear, for a server on this machine or
/// behind the same switch), `smtp+starttls://user:password@host:587`, `smtps://host:465`.
///
/// # Errors
/// When the address is not understood; the password is never repeated.
pub(crate) fn mail_settings(url: &str, from: &str) -> Result<MailSettings> {
    let (scheme, rest) = url.split_once("://").context("--smtp must look like smtp://host:25")?;
    let (tls, usual_port) = match scheme {
        "smtp" => (MailTls::None, 25),
        "smtp+starttls" => (MailTls::StartTls, 587),
        "smtps" => (MailTls::Implicit, 465),
        other => bail!("--smtp knows smtp://, smtp+starttls:// and smtps://, not {other}://"),
    };
    let rest = rest.trim_end_matches('/');
    let (credentials, address) = match rest.rsplit_once('@') {
        Some((login, address)) => {
            let (user, password) = login.split_once(':').context("--smtp: write user:password before the @")?;
            (Some((decoded(user), decoded(password))), address)
        }
        None => (None, rest),
    };
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().with_context(|| format!("--smtp: {port} is not a port"))?),
        None => (address, usual_port),
    };
    if host.is_empty() {
        bail!("--smtp names no host; write e.g. smtp://mail.example:25");
    }
    Ok(MailSettings { host: host.to_owned(), port, tls, from: from.to_owned(), credentials, authority_pem: None })
}

/// Percent-decoded, so that a password may hold any character.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let pair = tail.get(..2).and_then(|p| std::str::from_utf8(p).ok()).and_then(|p| u8::from_str_radix(p, 16).ok());
        match (first, pair) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_read() {
        let s = mail_settings("smtps://canh%40bao:p%3Aw%25@mail.example", "a@example").expect("reads");
        assert_eq!((s.host.as_str(), s.port, s.tls), ("mail.example", 465, MailTls::Implicit));
        assert_eq!(s.credentials, Some(("canh@bao".to_owned(), "p:w%".to_owned())));
        let s = mail_settings("smtp://127.0.0.1:2525/", "a@example").expect("reads");
        assert_eq!((s.host.as_str(), s.port, s.tls), ("127.0.0.1", 2525, MailTls::None));
        for wrong in ["mail.example", "ftp://x", "smtp://:25", "smtp://x:port", "smtp://secret@x"] {
            let message = mail_settings(wrong, "a@example").expect_err("refused").to_string();
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
