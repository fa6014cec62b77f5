//! The outbox job: sends what is due, tries again with growing waits, reminds units.
//!
//! A mail is marked sent after the server took it. A crash in between sends it once more,
//! under the same Message-ID.

use super::smtp::{SendError, Sender};
use crate::model::outbox::MailState;
use crate::model::{HistoryKind, MailKind, OutboxMail};
use crate::ops::{Office, remind};
use crate::ports::WarnPorts;
use crate::store::{history, outbox, warnings};
use base_authz::Caller;
use base_core::{IdSource, Result, Scope, UnitId};
use base_db::Db;
use base_i18n::Tr;
use base_web::Broadcaster;
use std::sync::Arc;
use std::time::Duration;

/// How often the outbox is looked into.
const PACE: Duration = Duration::from_secs(3);
/// Every so many looks the reminders are gone through: once a minute.
const LOOKS_PER_REMINDING: u32 = 20;

/// What the job works with. `tell` is called with the unit of each warning that changed.
pub struct MailJob {
    /// The records.
    pub db: Db,
    /// New ids and the time.
    pub ids: Arc<IdSource>,
    /// Ports with the settings.
    pub ports: WarnPorts,
    /// Vietnamese texts.
    pub vi: Tr,
    /// Tells open pages of notices.
    pub news: Broadcaster,
    /// Tells the browsers.
    pub tell: Arc<dyn Fn(&UnitId) + Send + Sync>,
}

impl std::fmt::Debug for MailJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailJob").field("ports", &self.ports).finish_non_exhaustive()
    }
}

impl MailJob {
    /// Runs until dropped. May be dropped at any moment.
    pub async fn run(self) {
        let sender = self.ports.mail.as_deref().map(Sender::new);
        if let Some(Err(error)) = &sender {
            tracing::error!(error = %error, "mail settings cannot be used; warnings stay in the outbox");
        }
        let mut looks = 0_u32;
        loop {
            if let Some(sender) = &sender
                && let Err(error) = deliver_due(&self, sender).await
            {
                tracing::warn!(error = %error, "the outbox could not be worked through; trying again");
            }
            if looks.is_multiple_of(LOOKS_PER_REMINDING)
                && let Err(error) = self.remind().await
            {
                tracing::warn!(error = %error, "reminders could not be sent; trying again in a minute");
            }
            looks = looks.wrapping_add(1);
            tokio::time::sleep(PACE).await;
        }
    }

    /// Goes through the reminders that are due now.
    ///
    /// # Errors
    /// When the database or the contacts do not answer.
    pub async fn remind(&self) -> Result<usize> {
        let caller = Caller::system("warning-reminders", self.ids.now());
        let office = Office { db: &self.db, ids: &self.ids, ports: &self.ports, news: &self.news, vi: &self.vi };
        remind::remind_due(office, &caller, || {
            let tell = Arc::clone(&self.tell);
            move |w: &crate::model::Warning| tell(&w.unit)
        })
        .await
    }
}

/// Sends every mail that is due now; how many were taken by the server. Where there is no
/// usable sender, its mistake is written to each mail, so that the page shows it.
///
/// # Errors
/// When the database does not answer. A mail that cannot be sent is not an error here: it is
/// written into the outbox.
pub async fn deliver_due(job: &MailJob, sender: &std::result::Result<Sender, SendError>) -> Result<usize> {
    let scope = Scope::system("sending of warnings by mail");
    let mut sent = 0;
    for mail in outbox::due(job.db.read(), &scope, job.ids.now()).await? {
        let outcome = match sender {
            Ok(sender) => sender.send(&mail).await,
            Err(e) => Err(SendError { message: e.message.clone(), lasting: false }),
        };
        sent += usize::from(outcome.is_ok());
        note(job, &mail, outcome).await?;
    }
    Ok(sent)
}

async fn note(job: &MailJob, mail: &OutboxMail, outcome: std::result::Result<(), SendError>) -> Result<()> {
    let now = job.ids.now();
    let mut tx = job.db.begin().await?;
    match outcome {
        Ok(()) => {
            outbox::set_sent(&mut tx, &mail.id, now).await?;
            if mail.kind == MailKind::Warning {
                warnings::set_delivered(&mut tx, &mail.warning, now).await?;
            }
            let kind = HistoryKind::Delivered;
            history::add(&mut tx, &job.ids, &mail.warning, history::PROGRAM, kind, &mail.to_address).await?;
            tracing::info!(warning.id = %mail.warning, mail.id = %mail.id, "mail of a warning sent");
        }
        Err(error) => {
            let state = outbox::set_failed(&mut tx, mail, &error.message, error.lasting, now).await?;
            if state == MailState::Failed {
                let note = format!("{}: {}", mail.to_address, error.message);
                let kind = HistoryKind::MailFailed;
                history::add(&mut tx, &job.ids, &mail.warning, history::PROGRAM, kind, &note).await?;
            }
            tracing::warn!(warning.id = %mail.warning, mail.id = %mail.id, mail.attempts = mail.attempts + 1,
                error = %error, "mail of a warning not sent");
        }
    }
    let (tell, unit) = (Arc::clone(&job.tell), mail.unit.clone());
    tx.after_commit(move || tell(&unit));
    tx.commit().await
}
