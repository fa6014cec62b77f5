//! The pages of the area. Each file: handler, then what it shows.

pub(crate) mod act;
pub(crate) mod check;
pub(crate) mod export;
pub(crate) mod list;

use base_audit::AuditRow;
use base_authz::Role;
use base_core::{Timestamp, UnitId};
use base_i18n::Tr;
use base_web::Ctx;

/// The list.
pub(crate) const LIST: &str = "/quan-tri/nhat-ky";

/// The name of an action; an action without a name yet is shown as it is stored.
pub(crate) fn action_name(tr: &Tr, action: &str) -> String {
    tr.dynamic("identity-act-", &action.replace('.', "-"))
}

/// The kind of an object in words.
pub(crate) fn kind_name(tr: &Tr, kind: &str) -> String {
    tr.dynamic("audit-kind-", kind)
}

/// The roles of a row in words: `analyst, unit_officer@SNV`.
pub(crate) fn roles(ctx: &Ctx, row: &AuditRow) -> String {
    let one = |text: &str| {
        let (role, unit) = text.split_once('@').map_or((text, None), |(r, u)| (r, Some(u)));
        let name = match Role::parse(role) {
            Some(role) => ctx.tr.dynamic("identity-role-", role.as_str()),
            None => role.to_owned(),
        };
        match unit {
            Some(unit) => format!("{name} · {}", unit_name(ctx, unit)),
            None => name,
        }
    };
    row.roles
        .as_deref()
        .unwrap_or_default()
        .split(", ")
        .filter(|r| !r.is_empty())
        .map(one)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A unit's short name.
pub(crate) fn unit_name(ctx: &Ctx, id: &str) -> String {
    ctx.web.units().unit(&UnitId::new(id)).map_or_else(|| id.to_owned(), |u| u.short)
}

/// A day as a `date` field sends it, in the time of Việt Nam, `days` later.
pub(crate) fn day(text: &str, days: i64) -> Option<Timestamp> {
    let text = text.trim();
    let fits = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let begin = Timestamp::parse_rfc3339(&format!("{text}T00:00:00+07:00")).filter(|_| fits)?;
    Some(begin.plus_secs(days.saturating_mul(86_400)))
}
