//! Accounts, as stored and as made.

use base_authz::{Grant, GrantScope, Role};
use base_core::{AccountId, Error, FieldError, Lang, Timestamp, UnitId};
use base_ui::Theme;

/// An account, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: AccountId,
    /// Sign-in name, lower case.
    pub login: String,
    /// Name of the person.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// Must choose a new password before anything else.
    pub must_change: bool,
    /// Since when it is locked.
    pub locked_at: Option<Timestamp>,
    /// Why it is locked.
    pub locked_why: Option<String>,
    /// Chosen language.
    pub lang: Option<Lang>,
    /// Chosen theme.
    pub theme: Option<Theme>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the password was last changed.
    pub password_changed_at: Timestamp,
    /// When the person last signed in.
    pub last_sign_in: Option<Timestamp>,
}

/// A grant as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredGrant {
    pub(crate) id: String,
    pub(crate) grant: Grant,
    pub(crate) granted_at: Timestamp,
    pub(crate) granted_by: String,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Sign-in name; stored in lower case.
    pub login: String,
    /// Name of the person.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// First password.
    pub password: String,
    /// Whether it must be changed at the first sign-in.
    pub must_change: bool,
    /// What the person is trusted with.
    pub grants: Vec<Grant>,
}

/// Longest name, in characters.
const MAX_NAME: usize = 120;

/// The sign-in name in its stored form.
pub(crate) fn normal_login(login: &str) -> String {
    login.trim().to_ascii_lowercase()
}

/// 2 to 64 of `a–z 0–9 . _ - @`, beginning with a letter or digit.
fn valid_login(login: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@');
    (2..=64).contains(&login.len())
        && login.chars().all(allowed)
        && login.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Enough to catch a slip; whether mail arrives is seen when it is sent.
fn valid_email(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return false };
    let fine = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',' | ';' | '@');
    email.len() <= 254
        && !local.is_empty()
        && domain.contains('.')
        && local.chars().all(fine)
        && domain.chars().all(fine)
}

impl NewAccount {
    /// Everything wrong with it except the password, as codes of `identity-error-…`.
    pub(crate) fn mistakes(&self) -> Vec<FieldError> {
        let mut mistakes = Vec::new();
        let mut wrong = |field: &str, code: &str| {
            mistakes.push(FieldError { field: field.to_owned(), message: code.to_owned() });
        };
        if !valid_login(&normal_login(&self.login)) {
            wrong("login", "login-form");
        }
        let name = self.name.trim().chars().count();
        if name == 0 {
            wrong("name", "name-missing");
        } else if name > MAX_NAME {
            wrong("name", "name-long");
        }
        if self.email.as_deref().is_some_and(|e| !e.is_empty() && !valid_email(e)) {
            wrong("email", "email-form");
        }
        if self.grants.iter().any(|g| !grant_fits(g)) {
            wrong("role", "role-needs-unit");
        }
        mistakes
    }
}

/// Roles of a unit need one; roles of the province take none, so that an "analyst of one unit" cannot
/// be mistaken for one of the province.
pub(crate) fn grant_fits(grant: &Grant) -> bool {
    grant.role.is_of_unit() == matches!(grant.scope, GrantScope::Unit(_))
}

/// A grant from what a form said.
pub(crate) fn parse_grant(role: &str, unit: &str) -> base_core::Result<Grant> {
    let role = Role::parse(role).ok_or_else(|| Error::invalid("role", "role-unknown"))?;
    let grant = match unit.trim() {
        "" => Grant::province(role),
        unit => Grant::unit(role, UnitId::new(unit)),
    };
    if grant_fits(&grant) {
        return Ok(grant);
    }
    Err(if role.is_of_unit() {
        Error::invalid("unit", "role-needs-unit")
    } else {
        Error::invalid("unit", "role-is-of-province")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_mail_addresses() {
        for good in ["an", "cb.snv", "user@camau.gov.vn", "0ps"] {
            assert!(valid_login(good), "{good}");
        }
        for bad in ["", "a", "-ab", "có dấu", "a b", "A", "x\0y", &"a".repeat(65)] {
            assert!(!valid_login(bad), "{bad:?}");
        }
        assert!(valid_email("a@b.vn"));
        for bad in ["a", "a@b", "a b@c.vn", "a@b.vn,c@d.vn", "<a>@b.vn", "a@b@c.vn"] {
            assert!(!valid_email(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_role_of_a_unit_needs_one_and_others_take_none() {
        assert!(parse_grant("unit_officer", "SNV").is_ok() && parse_grant("analyst", "").is_ok());
        assert_eq!(parse_grant("unit_officer", "").unwrap_err().message, "role-needs-unit");
        assert_eq!(parse_grant("analyst", "SNV").unwrap_err().message, "role-is-of-province");
        assert_eq!(parse_grant("root", "").unwrap_err().message, "role-unknown");
    }
}
