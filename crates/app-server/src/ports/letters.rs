//! For the accounts: letters by the mail server of the settings.

use anyhow::{Context, Result};
use area_identity::ports::{Letter, Letters};
use area_warn::jobs::smtp::{self, Sender};
use area_warn::ports::MailSettings;
use async_trait::async_trait;
use base_core::{Error, Kind};

/// Hands letters to the mail server at once.
#[derive(Debug)]
pub(crate) struct LettersBySmtp(Sender);

impl LettersBySmtp {
    /// Prepares the connection; it is made with the first letter.
    ///
    /// # Errors
    /// When the sender's address cannot be understood.
    pub(crate) fn new(settings: &MailSettings) -> Result<Self> {
        Ok(Self(Sender::new(settings).context("the mail settings cannot be used")?))
    }
}

#[async_trait]
impl Letters for LettersBySmtp {
    async fn send(&self, letter: &Letter) -> base_core::Result<()> {
        let letter = smtp::Letter {
            id: &letter.id,
            to_name: &letter.to_name,
            to_address: &letter.to_address,
            subject: &letter.subject,
            body: &letter.body,
            created_at: letter.at,
        };
        self.0.deliver(&letter).await.map_err(|e| Error::new(Kind::Unavailable, e.message))
    }
}
