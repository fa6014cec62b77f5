//! The pages of the area. Each file: handlers, then what they show.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod first_start;
pub(crate) mod me;
pub(crate) mod my_password;
pub(crate) mod new_account;
pub(crate) mod sign_in;

use base_authz::{GrantScope, Role};
use base_core::{Error, FieldError, Kind};
use base_i18n::Tr;
use base_ui::{Tone, badge};
use base_web::ports::UnitDirectory;
use base_web::{WebError, WebResult};
use maud::{Markup, html};

use crate::model::account::StoredGrant;

/// The fields at fault with their reasons in the person's language; other errors go on.
fn field_mistakes(tr: &Tr, error: Error) -> WebResult<Vec<FieldError>> {
    if error.kind != Kind::Invalid || error.fields.is_empty() {
        return Err(WebError(error));
    }
    let told = |e: FieldError| FieldError { message: tr.dynamic("identity-error-", &e.message), ..e };
    Ok(error.fields.into_iter().map(told).collect())
}

/// A role and what it is over, as a badge.
fn grant_badge(tr: &Tr, units: &dyn UnitDirectory, grant: &StoredGrant) -> Markup {
    let role = tr.dynamic("identity-role-", grant.grant.role.as_str());
    match &grant.grant.scope {
        GrantScope::Province => badge(Tone::Info, &role),
        GrantScope::Unit(unit) => {
            let text = format!("{role} · {}", units.unit(unit).map_or_else(|| unit.to_string(), |u| u.short));
            badge(Tone::Neutral, &text)
        }
    }
}

/// Roles a person can be given, with their names; services have tokens, not accounts.
fn role_options(tr: &Tr) -> Vec<(String, String)> {
    Role::ALL
        .into_iter()
        .filter(|r| *r != Role::Service)
        .map(|r| (r.as_str().to_owned(), tr.dynamic("identity-role-", r.as_str())))
        .collect()
}

/// Units by code, beginning with "none".
fn unit_options(tr: &Tr, units: &dyn UnitDirectory) -> Vec<(String, String)> {
    let none = (String::new(), tr.t("identity-unit-none"));
    let active = units.all().iter().filter(|u| u.active).map(|u| (u.code.clone(), u.name.clone())).collect::<Vec<_>>();
    std::iter::once(none).chain(active).collect()
}

/// A one-time password, shown once.
fn one_time(tr: &Tr, login: &str, password: &str) -> Markup {
    base_ui::notice(
        Tone::Good,
        html! {
            p { strong { (tr.ta("identity-one-time-title", &[("login", &login)])) } }
            p { (base_ui::copyable(tr, password)) }
            p { (tr.t("identity-one-time-hint")) }
        },
    )
}
