//! Providers of sign-ins (OpenID Connect): what an administrator sets, and which account there is which here.

use base_core::{AccountId, Error, FieldError, Kind, Result, Timestamp};
use engine_signin::oidc::may_be_issuer;

/// Most providers: each is a button on the page of the sign-in.
pub(crate) const MAX_PROVIDERS: usize = 8;
/// What is asked for where nothing else is set.
pub(crate) const DEFAULT_SCOPES: &str = "openid profile email";
/// The claim that never changes and is never given to somebody else (OpenID Connect Core, section 5.7).
pub(crate) const DEFAULT_CLAIM: &str = "sub";

const MAX_NAME: usize = 60;
const MAX_CLIENT_ID: usize = 255;
const MAX_SECRET: usize = 1_024;
const MAX_CLAIM: usize = 64;
const MAX_WORDS: usize = 10;
const MAX_TEXT: usize = 500;

/// A provider as stored.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) id: String,
    /// On the button.
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// Sealed.
    pub(crate) secret: Option<String>,
    pub(crate) scopes: String,
    /// The claim that names the account.
    pub(crate) claim: String,
    /// Words of `amr` or `acr` that count as a second factor.
    pub(crate) factor_words: String,
    /// Whether who is not linked gets an account without roles.
    pub(crate) creates: bool,
    pub(crate) active: bool,
    pub(crate) changed_at: Timestamp,
}

impl Provider {
    /// The words that count as a second factor.
    pub(crate) fn words(&self) -> Vec<&str> {
        self.factor_words.split(' ').filter(|w| !w.is_empty()).collect()
    }
}

/// A provider as a form says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProviderForm {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// Empty = as it is.
    pub(crate) secret: String,
    /// There is to be none (a public client).
    pub(crate) no_secret: bool,
    pub(crate) scopes: String,
    pub(crate) claim: String,
    pub(crate) factor_words: String,
    pub(crate) creates: bool,
    pub(crate) active: bool,
}

/// Words with single blanks between.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl ProviderForm {
    /// With what most providers want.
    pub(crate) fn fresh() -> Self {
        Self { scopes: DEFAULT_SCOPES.to_owned(), claim: DEFAULT_CLAIM.to_owned(), active: true, ..Self::default() }
    }

    /// As it is stored, without the secret.
    pub(crate) fn of(provider: &Provider) -> Self {
        Self {
            name: provider.name.clone(),
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            secret: String::new(),
            no_secret: false,
            scopes: provider.scopes.clone(),
            claim: provider.claim.clone(),
            factor_words: provider.factor_words.clone(),
            creates: provider.creates,
            active: provider.active,
        }
    }

    /// The fields in the form in which they are stored.
    ///
    /// # Errors
    /// `Invalid` with every mistake.
    pub(crate) fn tidy(&self) -> Result<Self> {
        let tidy = Self {
            name: self.name.trim().to_owned(),
            issuer: self.issuer.trim().to_owned(),
            client_id: self.client_id.trim().to_owned(),
            secret: self.secret.trim().to_owned(),
            scopes: words(&self.scopes),
            claim: self.claim.trim().to_owned(),
            factor_words: words(&self.factor_words),
            ..self.clone()
        };
        let mut mistakes = Vec::new();
        let mut wrong = |field: &str, code: &str| {
            mistakes.push(FieldError { field: field.to_owned(), message: code.to_owned() });
        };
        let visible =
            |text: &str, max: usize| text.len() <= max && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if tidy.name.is_empty() || tidy.name.chars().count() > MAX_NAME {
            wrong("name", "provider-name");
        }
        if !may_be_issuer(&tidy.issuer) {
            wrong("issuer", "provider-issuer");
        }
        if tidy.client_id.is_empty() || !visible(&tidy.client_id, MAX_CLIENT_ID) {
            wrong("client_id", "provider-client");
        }
        if tidy.secret.len() > MAX_SECRET || tidy.secret.chars().any(char::is_control) {
            wrong("secret", "provider-secret");
        }
        if !visible(&tidy.scopes, MAX_TEXT) || !tidy.scopes.split(' ').any(|s| s == "openid") {
            wrong("scopes", "provider-scopes");
        }
        if tidy.claim.is_empty() || tidy.claim.contains(' ') || !visible(&tidy.claim, MAX_CLAIM) {
            wrong("claim", "provider-claim");
        }
        if !visible(&tidy.factor_words, MAX_TEXT) || tidy.factor_words.split(' ').count() > MAX_WORDS {
            wrong("factor_words", "provider-words");
        }
        match mistakes.first() {
            None => Ok(tidy),
            Some(first) => {
                let mut error = Error::new(Kind::Invalid, format!("field {}: {}", first.field, first.message));
                error.fields = mistakes;
                Err(error)
            }
        }
    }
}

/// Which account at a provider is which account here.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) provider: String,
    /// Name of the provider.
    pub(crate) provider_name: String,
    pub(crate) account: AccountId,
    /// Name of the account at the provider.
    pub(crate) subject: String,
    pub(crate) made_at: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

/// The name of an account at a provider, as an administrator types it.
pub(crate) fn typed_subject(typed: &str) -> Result<&str> {
    let subject = typed.trim();
    if subject.is_empty() || subject.len() > 255 || subject.chars().any(char::is_control) {
        return Err(Error::invalid("subject", "link-subject"));
    }
    Ok(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_at_once_and_blanks_are_not_kept() {
        let good = ProviderForm {
            name: " Cổng SSO của tỉnh ".to_owned(),
            issuer: " https://id.camau.gov.vn/realms/tinh ".to_owned(),
            client_id: "mangrove".to_owned(),
            factor_words: " mfa   otp ".to_owned(),
            ..ProviderForm::fresh()
        };
        let tidy = good.tidy().unwrap();
        assert_eq!((tidy.name.as_str(), tidy.factor_words.as_str()), ("Cổng SSO của tỉnh", "mfa otp"));
        let bad = ProviderForm {
            name: String::new(),
            issuer: "http://id.camau.gov.vn".to_owned(),
            client_id: "a\nb".to_owned(),
            scopes: "profile".to_owned(),
            claim: "a b".to_owned(),
            factor_words: "a ".repeat(11),
            secret: "x".repeat(2_000),
            ..ProviderForm::fresh()
        };
        let fields: Vec<String> = bad.tidy().unwrap_err().fields.into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["name", "issuer", "client_id", "secret", "scopes", "claim", "factor_words"]);
    }
}
