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
    pub(crate) account: AccountId,
    pub(crate) account_name: String,
    /// For a delegated one the period is the overlap with the grant it was taken from.
    pub(crate) grant: Grant,
    pub(crate) granted_at: Timestamp,
    pub(crate) granted_by: String,
    pub(crate) why: Option<String>,
    pub(crate) delegated: Option<Delegated>,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) revoked_by: Option<String>,
}

/// Where a delegated grant comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delegated {
    /// The grant it was taken from.
    pub(crate) parent: String,
    /// Name of who handed it on.
    pub(crate) by: String,
    /// When that grant was taken away.
    pub(crate) parent_revoked: Option<Timestamp>,
    /// The account that handed it on is locked.
    pub(crate) suspended: bool,
}

impl StoredGrant {
    /// When it was or will be over for good: taken away, run out, or the grant it hangs on is.
    pub(crate) fn end(&self) -> Option<Timestamp> {
        let parent = self.delegated.as_ref().and_then(|d| d.parent_revoked);
        [self.grant.until, self.revoked_at, parent].into_iter().flatten().min()
    }

    /// Whether it is over for good at `now`.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.end().is_some_and(|end| end <= now)
    }
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
pub(crate) fn valid_email(email: &str) -> bool {
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

/// Longest time a role can be handed on for, in days.
pub(crate) const MAX_DELEGATION_DAYS: i64 = 90;
const DAY_SECS: i64 = 86_400;

/// First moment and first moment after, from two days as date fields send them; empty ones are open.
/// Days are those of the province (UTC+7); the last day counts in full.
///
/// # Errors
/// `Invalid` for what is no day, or an end before the beginning or past.
pub(crate) fn parse_period(
    from: &str,
    until: &str,
    now: Timestamp,
) -> base_core::Result<(Option<Timestamp>, Option<Timestamp>)> {
    let from = day(from, "from")?;
    let until = day(until, "until")?.map(|last| last.plus_secs(DAY_SECS));
    match until {
        Some(until) if until <= now => Err(Error::invalid("until", "period-past")),
        Some(until) if from.is_some_and(|from| until <= from) => Err(Error::invalid("until", "period-backwards")),
        _ => Ok((from, until)),
    }
}

/// Midnight in the province of a day as a date field sends it.
fn day(text: &str, field: &str) -> base_core::Result<Option<Timestamp>> {
    match text.trim() {
        "" => Ok(None),
        day => match Timestamp::parse_rfc3339(&format!("{day}T00:00:00+07:00")) {
            Some(at) if day.len() == 10 => Ok(Some(at)),
            _ => Err(Error::invalid(field, "day-form")),
        },
    }
}

/// Whether two grants give the same at some moment.
pub(crate) fn overlap(a: &Grant, b: &Grant) -> bool {
    let before = |first: &Grant, second: &Grant| match (first.until, second.from) {
        (Some(end), Some(begin)) => end <= begin,
        _ => false,
    };
    a.role == b.role && a.scope == b.scope && !before(a, b) && !before(b, a)
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

    #[test]
    fn periods_are_days_of_the_province() {
        let now = Timestamp::parse_rfc3339("2014-03-05T10:00:00+07:00").unwrap();
        let at = Timestamp::parse_rfc3339;
        assert_eq!(parse_period("", "", now).unwrap(), (None, None));
        let (from, until) = parse_period("2014-03-05", "2014-03-05", now).unwrap();
        assert_eq!((from, until), (at("2014-03-04T17:00:00Z"), at("2014-03-05T17:00:00Z")), "one whole day");
        let code = |from, until| parse_period(from, until, now).unwrap_err().message;
        assert_eq!(code("", "2014-03-04"), "period-past");
        assert_eq!(code("2014-05-02", "2014-05-01"), "period-backwards");
        for bad in ["5/3/2014", "2014-02-30", "2014-3-5", "20140305T000", "không"] {
            assert_eq!(code(bad, ""), "day-form", "{bad}");
        }
    }
}
