//! What the area needs of others, wired in `app-server`.

use async_trait::async_trait;
use base_core::{Result, Timestamp};
use std::fmt;

/// A letter to one person.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its id.
    pub id: String,
    /// Name of the person.
    pub to_name: String,
    /// Address of the person.
    pub to_address: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// When it was written.
    pub at: Timestamp,
}

/// Sends letters at once. They hold secrets (links), so they are not kept in an outbox.
#[async_trait]
pub trait Letters: Send + Sync {
    /// Hands a letter to the mail server.
    ///
    /// # Errors
    /// `Unavailable` with what the server said.
    async fn send(&self, letter: &Letter) -> Result<()>;
}

impl fmt::Debug for dyn Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letters")
    }
}
