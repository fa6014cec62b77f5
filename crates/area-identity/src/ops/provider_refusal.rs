//! Why a sign-in at a provider leads nowhere.

use super::ask_provider::Trouble;

/// Why a sign-in at a provider leads nowhere.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No such sign-in was begun in this browser, or too long ago. Begin again.
    Gone,
    /// The answer was used before.
    Again,
    /// Too many wait at this moment.
    Full,
    /// The person, or the provider for the person, said no; its words.
    Denied(String),
    /// The provider does not help, or is not believed.
    Trouble(Trouble),
    /// Nobody here is linked with this account there; its name.
    NotLinked(String),
    /// An account should be made, but its name is missing or taken; the name.
    Name(String),
    /// The account is locked.
    Locked,
    /// It was begun in another session.
    Session,
    /// One of both accounts is linked with another one.
    Linked(String),
}

impl Refusal {
    /// The word for it, in texts and in the audit trail.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Refusal::Gone => "gone",
            Refusal::Again => "again",
            Refusal::Full => "full",
            Refusal::Denied(_) => "denied",
            Refusal::Trouble(trouble) => trouble.code(),
            Refusal::NotLinked(_) => "not-linked",
            Refusal::Name(_) => "name",
            Refusal::Locked => "locked",
            Refusal::Session => "session",
            Refusal::Linked(_) => "linked",
        }
    }

    /// What goes into the audit trail beside the word.
    pub(super) fn detail(&self) -> Option<String> {
        match self {
            Refusal::Denied(text) | Refusal::NotLinked(text) | Refusal::Name(text) | Refusal::Linked(text) => {
                Some(text.clone())
            }
            Refusal::Trouble(trouble) => Some(trouble.detail()),
            _ => None,
        }
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}
