//! The part of `/quan-tri/tai-khoan/{id}` about roles: those that hold, the past ones, and the form for another.

use super::account::address;
use super::{grant_badge, period, role_options, unit_options};
use crate::model::account::{Account, StoredGrant};
use base_core::FieldError;
use base_i18n::Tr;
use base_ui::{Column, Field, Row, button, field_error, table, time_full};
use base_web::Ctx;
use maud::{Markup, html};

/// Roles that hold or will.
pub(super) fn present(ctx: &Ctx, account: &Account, grants: &[StoredGrant], manage: bool) -> Markup {
    let tr = &ctx.tr;
    if grants.is_empty() {
        return html! { p class="muted" { (tr.t("identity-grants-none")) } };
    }
    let columns = [
        Column::text(tr.t("identity-role")),
        Column::text(tr.t("identity-period")),
        Column::narrow(tr.t("identity-granted-at")),
        Column::text(tr.t("identity-granted-by")),
        Column::narrow(""),
    ];
    let rows = grants.iter().map(|grant| {
        let take = html! {
            @if manage {
                form method="post" action=(address(&account.id, Some("thu-quyen"))) {
                    (ctx.csrf_field())
                    input type="hidden" name="grant" value=(grant.id);
                    (button(&tr.t("identity-grant-take"), "button-danger"))
                }
            }
        };
        Row::new(vec![
            grant_badge(tr, ctx.web.units().as_ref(), grant),
            period(tr, grant, ctx.now),
            time_full(tr, grant.granted_at),
            giver(tr, grant),
            take,
        ])
    });
    table(&tr.t("identity-roles"), &columns, None, rows.collect())
}

/// Who gave a grant, and for a delegated one why.
fn giver(tr: &Tr, grant: &StoredGrant) -> Markup {
    html! {
        (grant.granted_by)
        @if grant.delegated.is_some() { br; span class="small muted" { (tr.t("identity-delegated")) } }
        @if let Some(why) = &grant.why { br; span class="small" { (why) } }
    }
}

/// Roles that are over, and how they ended.
pub(super) fn past(ctx: &Ctx, past: &[StoredGrant]) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::text(tr.t("identity-role")),
        Column::narrow(tr.t("identity-granted-at")),
        Column::text(tr.t("identity-granted-by")),
        Column::narrow(tr.t("identity-grant-ended")),
        Column::text(tr.t("identity-grant-how")),
    ];
    let rows = past.iter().map(|grant| {
        let how = match (&grant.revoked_by, grant.revoked_at) {
            (Some(by), _) => tr.ta("identity-grant-taken-by", &[("name", by)]),
            (None, Some(_)) => tr.t("identity-grant-taken-state"),
            (None, None) if grant.delegated.as_ref().is_some_and(|d| d.parent_revoked == grant.end()) => {
                tr.t("identity-grant-parent-over")
            }
            (None, None) => tr.t("identity-grant-ran-out"),
        };
        let end = grant.end().map(|at| time_full(tr, at));
        let badge = grant_badge(tr, ctx.web.units().as_ref(), grant);
        Row::new(vec![
            badge,
            time_full(tr, grant.granted_at),
            giver(tr, grant),
            html! { @if let Some(end) = end { (end) } },
            html! { (how) },
        ])
    });
    table(&tr.t("identity-roles"), &columns, None, rows.collect())
}

/// The form that gives a role.
pub(super) fn form(ctx: &Ctx, account: &Account, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    html! {
        form class="filter-bar" method="post" action=(address(&account.id, Some("cap-quyen"))) {
            (ctx.csrf_field())
            (Field::select("role", &tr.t("identity-role"), role_options(tr)).error(field_error(errors, "role")).render())
            (Field::select("unit", &tr.t("identity-unit"), unit_options(tr, ctx.web.units().as_ref())).error(field_error(errors, "unit")).render())
            (Field::input("date", "from", &tr.t("identity-from")).error(field_error(errors, "from")).render())
            (Field::input("date", "until", &tr.t("identity-until")).error(field_error(errors, "until")).render())
            (button(&tr.t("identity-grant-give"), ""))
        }
    }
}
