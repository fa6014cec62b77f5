//! Why a provider, or somebody in its name, is not believed.

/// A reason; [`Doubt::code`] is its word in texts and in the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// A document is no JSON object of the expected form, or too long.
    #[error("{0} cannot be read")]
    Form(&'static str),
    /// The discovery document says that it is of another issuer.
    #[error("the discovery document is of the issuer {0:?}")]
    OtherIssuer(String),
    /// An address in the discovery document is missing or cannot be used.
    #[error("the discovery document has no usable {0}")]
    Endpoint(&'static str),
    /// The provider says that it does not know the way asked for.
    #[error("the provider does not offer {0}")]
    Unsupported(&'static str),
    /// The provider refused, in its own words.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The signature is of a kind that is not accepted: `none`, one with a shared secret, or an unknown one.
    #[error("the token is signed by {0:?}, which is not accepted")]
    Algorithm(String),
    /// No key of the provider is the one that the token names.
    #[error("the provider has no key {0:?}")]
    UnknownKey(String),
    /// The signature does not fit.
    #[error("the signature of the token does not fit")]
    Signature,
    /// The token is of another issuer.
    #[error("the token is of another issuer")]
    Issuer,
    /// The token is for another program, or for others too.
    #[error("the token is for another program")]
    Audience,
    /// The token was asked for by another program.
    #[error("the token was asked for by another program")]
    AuthorizedParty,
    /// The token has ended, or is older than a sign-in takes.
    #[error("the token has expired")]
    Expired,
    /// The token is from the future: one of the clocks is wrong.
    #[error("the token is not valid yet; compare the clocks of both servers")]
    NotYet,
    /// The token was made for another sign-in.
    #[error("the token belongs to another sign-in")]
    Nonce,
    /// The access token beside it is not the one it was made with.
    #[error("the token does not fit the access token beside it")]
    AccessToken,
    /// The claim that names the account is missing, empty, too long, or a mail address nobody has verified.
    #[error("the token does not name the account by {0:?}")]
    Subject(String),
}

impl Doubt {
    /// The word for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Doubt::Form(_) => "form",
            Doubt::OtherIssuer(_) => "other-issuer",
            Doubt::Endpoint(_) => "endpoint",
            Doubt::Unsupported(_) => "unsupported",
            Doubt::Refused(_) => "refused-there",
            Doubt::Algorithm(_) => "algorithm",
            Doubt::UnknownKey(_) => "unknown-key",
            Doubt::Signature => "signature",
            Doubt::Issuer => "issuer",
            Doubt::Audience => "audience",
            Doubt::AuthorizedParty => "authorized-party",
            Doubt::Expired => "expired",
            Doubt::NotYet => "not-yet",
            Doubt::Nonce => "nonce",
            Doubt::AccessToken => "access-token",
            Doubt::Subject(_) => "subject",
        }
    }
}

/// Foreign words as they may stand in messages, logs and the audit trail: one line, cut.
pub(super) fn told(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
