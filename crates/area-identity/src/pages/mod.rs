//! The pages of the area. Each file: handlers, then what they show.

pub(crate) mod account;
mod account_grants;
pub(crate) mod account_links;
pub(crate) mod accounts;
pub(crate) mod delegations;
pub(crate) mod factor;
pub(crate) mod find;
pub(crate) mod first_start;
pub(crate) mod invitation;
pub(crate) mod links;
pub(crate) mod me;
pub(crate) mod my_password;
pub(crate) mod new_account;
pub(crate) mod notices;
pub(crate) mod outside;
pub(crate) mod passkeys;
pub(crate) mod providers;
mod qr;
pub(crate) mod reviews;
pub(crate) mod second_step;
pub(crate) mod sign_in;
pub(crate) mod tokens;

use base_authz::{GrantScope, Role};
use base_core::{Error, FieldError, Kind, Timestamp};
use base_i18n::Tr;
use base_ui::{Tone, badge};
use base_web::ports::UnitDirectory;
use base_web::{WebError, WebResult};
use maud::{Markup, html};

use crate::model::account::StoredGrant;
use crate::ops::{INVITATION_DAYS, Invited};

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

/// From when until when a grant holds, as days; the last day is the one that still counts.
fn period(tr: &Tr, grant: &StoredGrant, now: Timestamp) -> Markup {
    let from = grant.grant.from.filter(|from| *from > now).map(|at| tr.date(at));
    let until = grant.grant.until.map(|at| tr.date(at.plus_micros(-1)));
    html! {
        @match (from, until) {
            (None, None) => span class="muted" { (tr.t("identity-period-open")) },
            (Some(from), None) => (tr.ta("identity-period-from", &[("from", &from)])),
            (None, Some(until)) => (tr.ta("identity-period-until", &[("until", &until)])),
            (Some(from), Some(until)) => (tr.ta("identity-period-both", &[("from", &from), ("until", &until)])),
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

/// What became of an invitation; a link that could not be mailed is shown once.
fn invitation(tr: &Tr, login: &str, invited: &Invited) -> Markup {
    match invited {
        Invited::Mailed => base_ui::notice(
            Tone::Good,
            html! { p { (tr.ta("identity-invite-mailed", &[("days", &INVITATION_DAYS)])) } },
        ),
        Invited::Link(link, why) => base_ui::notice(
            Tone::Warn,
            html! {
                p { strong { (tr.ta("identity-invite-link", &[("login", &login)])) } }
                @if let Some(why) = why { p class="small" { (tr.ta("identity-invite-failed", &[("why", why)])) } }
                p { (base_ui::copyable(tr, link)) }
                p { (tr.ta("identity-invite-link-hint", &[("days", &INVITATION_DAYS)])) }
            },
        ),
    }
}
