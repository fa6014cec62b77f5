//! What warnings need from elsewhere. `app-server` implements these over the desk and the
//! organisation; this crate knows neither.

use async_trait::async_trait;
use base_core::{AlertId, Result, Scope, Severity, Timestamp, UnitId, WarningId};
use base_db::Tx;
use std::sync::Arc;

/// What a warning says of an alert; the texts are Vietnamese and filled in.
#[derive(Clone, Debug)]
pub struct AlertBrief {
    /// The alert.
    pub id: AlertId,
    /// Its title as the rule gives it.
    pub title: String,
    /// A title in Vietnamese: the first sentence of what happened, or the rule's title.
    pub title_vi: String,
    /// How grave.
    pub severity: Severity,
    /// The unit concerned.
    pub unit: Option<UnitId>,
    /// `host`, `user`, `ip` …
    pub entity_kind: String,
    /// Its name.
    pub entity_name: String,
    /// What happened.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do now.
    pub do_now: Vec<String>,
    /// Time of the first event.
    pub first_seen: Timestamp,
}

/// The alerts of the desk.
#[async_trait]
pub trait AlertSource: Send + Sync {
    /// The alert within the scope; `None` when there is none there.
    ///
    /// # Errors
    /// When the desk does not answer.
    async fn alert(&self, scope: &Scope, id: &AlertId) -> Result<Option<AlertBrief>>;

    /// Writes into the alert's history that its unit was warned, in the warning's transaction.
    ///
    /// # Errors
    /// When the desk does not answer.
    async fn warned(&self, tx: &mut Tx, scope: &Scope, id: &AlertId, by: Actor<'_>, code: &str) -> Result<()>;

    /// Writes into the alert's history that the unit acknowledged, in the same transaction.
    ///
    /// # Errors
    /// When the desk does not answer.
    async fn answered(&self, tx: &mut Tx, id: &AlertId, by: Actor<'_>, code: &str, note: &str) -> Result<()>;
}

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Account.
    pub account: &'a str,
    /// Name as shown.
    pub name: &'a str,
}

/// A person to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Mail address.
    pub mail: String,
}

/// The contacts of units.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// Whom to write to at `unit`; empty when none is known.
    ///
    /// # Errors
    /// When the organisation does not answer.
    async fn of(&self, unit: &UnitId) -> Result<Vec<Contact>>;
}

/// Everything this area is handed at the start.
#[derive(Clone)]
pub struct WarnPorts {
    /// The alerts of the desk.
    pub alerts: Arc<dyn AlertSource>,
    /// The contacts of units.
    pub contacts: Arc<dyn Contacts>,
    /// Address under which people reach the console, without a slash at the end; for links in mails.
    pub base_url: Arc<str>,
    /// How mail is sent; `None` leaves mail waiting in the outbox, and the pages say so.
    pub mail: Option<Arc<MailSettings>>,
}

impl std::fmt::Debug for WarnPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WarnPorts").field("base_url", &self.base_url).field("mail", &self.mail).finish_non_exhaustive()
    }
}

impl WarnPorts {
    /// Address of a warning's page.
    #[must_use]
    pub fn link(&self, id: &WarningId) -> String {
        format!("{}/canh-bao-don-vi/{id}", self.base_url)
    }
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all: only for a server on the same machine.
    None,
    /// In the clear first, then `STARTTLS`, which is required (RFC 3207).
    #[default]
    StartTls,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// How mail is sent.
#[derive(Clone)]
pub struct MailSettings {
    /// Host name of the mail server.
    pub host: String,
    /// Its port: 25, 465 or 587.
    pub port: u16,
    /// Protection.
    pub tls: MailTls,
    /// Sender, as an address or `Name <address>`.
    pub from: String,
    /// Account and password, where the server asks for them.
    pub credentials: Option<(String, String)>,
    /// Certificate of the authority that signed the server's, PEM, where it is the province's own.
    pub authority_pem: Option<Vec<u8>>,
}

impl std::fmt::Debug for MailSettings {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
