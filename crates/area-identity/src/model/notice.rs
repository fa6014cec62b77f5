//! What a person is told about the ways to sign in to the own account, by mail and at the next sign-in: whoever has
//! done it without being that person cannot keep it secret.

use base_core::Timestamp;

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An authenticator app was set up.
    AppAdded,
    /// App, passkeys and recovery codes were removed.
    FactorsRemoved,
    /// A passkey was added; its name.
    PasskeyAdded(String),
    /// A passkey was removed; its name.
    PasskeyRemoved(String),
    /// Somebody else has set a new password.
    PasswordReset,
    /// A recovery code was used; how many are left.
    RecoveryUsed(i64),
    /// An account at a provider was linked; the provider.
    LinkAdded(String),
    /// A link was removed; the provider.
    LinkRemoved(String),
}

impl What {
    /// The stored word, also in the keys of texts.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            What::AppAdded => "app-added",
            What::FactorsRemoved => "factors-removed",
            What::PasskeyAdded(_) => "passkey-added",
            What::PasskeyRemoved(_) => "passkey-removed",
            What::PasswordReset => "password-reset",
            What::RecoveryUsed(_) => "recovery-used",
            What::LinkAdded(_) => "link-added",
            What::LinkRemoved(_) => "link-removed",
        }
    }

    /// What it is about.
    pub(crate) fn detail(&self) -> String {
        match self {
            What::AppAdded | What::FactorsRemoved | What::PasswordReset => String::new(),
            What::RecoveryUsed(left) => left.to_string(),
            What::PasskeyAdded(name) | What::PasskeyRemoved(name) | What::LinkAdded(name) | What::LinkRemoved(name) => {
                name.clone()
            }
        }
    }
}

/// A notice as stored.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) kind: String,
    pub(crate) detail: String,
    pub(crate) at: Timestamp,
    /// Who did it.
    pub(crate) by: String,
    /// From which address.
    pub(crate) peer: Option<String>,
}
