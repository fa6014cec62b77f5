//! `/quan-tri/tai-khoan/{id}`: one account: grants, lock, new password, its trail.

use super::accounts::{PAGE, state};
use super::{field_mistakes, grant_badge, one_time, role_options, unit_options};
use crate::model::account::{Account, StoredGrant};
use crate::{Identity, ops, store};
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_audit::AuditRow;
use base_authz::Action;
use base_core::{AccountId, FieldError};
use base_ui::{
    Column, Field, Href, Row, button, error_summary, field_error, kv, page_head, section, table, time, time_full,
};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Acts of the trail shown on the page.
const ACTS: i64 = 20;

type Area = Extension<Arc<Identity>>;

struct Shown {
    account: Account,
    grants: Vec<StoredGrant>,
    acts: Vec<AuditRow>,
}

async fn load(ctx: &Ctx, identity: &Identity, id: &AccountId) -> WebResult<Shown> {
    let scope = ctx.require(Action::AccountsRead)?;
    let account = store::account::get(&identity.db, id).await?;
    let grants = store::grant::held(&identity.db, id).await?;
    let acts = base_audit::of_object(&identity.db, &scope, "account", id.as_str(), ACTS).await?;
    Ok(Shown { account, grants, acts })
}

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult<Markup> {
    let shown = load(&ctx, &identity, &AccountId::new(id)).await?;
    Ok(page(&ctx, &shown, &[], &html! {}))
}

fn address(id: &AccountId, rest: Option<&str>) -> Href {
    let href = Href::new(PAGE).segment(id.as_str());
    match rest {
        Some(rest) => href.segment(rest),
        None => href,
    }
}

fn page(ctx: &Ctx, shown: &Shown, errors: &[FieldError], above: &Markup) -> Markup {
    let tr = &ctx.tr;
    let account = &shown.account;
    let manage = ctx.may(Action::AccountsManage);
    let content = html! {
        (page_head(&account.name, Some(&account.login), html! {}))
        (above)
        (error_summary(tr, errors))
        (section(&tr.t("identity-me-facts"), html! {}, facts(ctx, account)))
        (section(&tr.t("identity-roles"), html! {}, html! {
            (grants_table(ctx, account, &shown.grants, manage))
            @if manage { (grant_form(ctx, account, errors)) }
        }))
        @if manage { (section(&tr.t("identity-account-actions"), html! {}, actions(ctx, account, errors))) }
        (section(&tr.t("identity-account-trail"), html! {}, trail(ctx, &shown.acts)))
    };
    ctx.page(&account.name, content)
}

fn facts(ctx: &Ctx, account: &Account) -> Markup {
    let tr = &ctx.tr;
    let mut rows = vec![
        (tr.t("identity-state"), state(ctx, account)),
        (tr.t("identity-email"), html! { (account.email.as_deref().unwrap_or("—")) }),
        (
            tr.t("identity-last-sign-in"),
            html! { @match account.last_sign_in { Some(at) => { (time_full(tr, at)) } None => { (tr.t("identity-never")) } } },
        ),
        (tr.t("identity-password-changed"), time_full(tr, account.password_changed_at)),
        (tr.t("identity-made"), time_full(tr, account.created_at)),
    ];
    if let (Some(at), Some(why)) = (account.locked_at, &account.locked_why) {
        rows.push((tr.t("identity-locked-since"), html! { (time_full(tr, at)) " — " (why) }));
    }
    kv(&rows)
}

fn grants_table(ctx: &Ctx, account: &Account, grants: &[StoredGrant], manage: bool) -> Markup {
    let tr = &ctx.tr;
    if grants.is_empty() {
        return html! { p class="muted" { (tr.t("identity-grants-none")) } };
    }
    let columns = [
        Column::text(tr.t("identity-role")),
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
        let badge = grant_badge(tr, ctx.web.units().as_ref(), grant);
        Row::new(vec![badge, time_full(tr, grant.granted_at), html! { (grant.granted_by) }, take])
    });
    table(&tr.t("identity-roles"), &columns, None, rows.collect())
}

fn grant_form(ctx: &Ctx, account: &Account, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    html! {
        form class="filter-bar" method="post" action=(address(&account.id, Some("cap-quyen"))) {
            (ctx.csrf_field())
            (Field::select("role", &tr.t("identity-role"), role_options(tr)).error(field_error(errors, "role")).render())
            (Field::select("unit", &tr.t("identity-unit"), unit_options(tr, ctx.web.units().as_ref())).error(field_error(errors, "unit")).render())
            (button(&tr.t("identity-grant-give"), ""))
        }
    }
}

fn actions(ctx: &Ctx, account: &Account, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    html! {
        div class="stack" {
            form class="row" method="post" action=(address(&account.id, Some("dat-lai-mat-khau"))) data-confirm=(tr.t("identity-reset-ask")) {
                (ctx.csrf_field())
                (button(&tr.t("identity-reset"), ""))
                span class="muted small" { (tr.t("identity-reset-hint")) }
            }
            @if account.locked_at.is_some() {
                form method="post" action=(address(&account.id, Some("mo-khoa"))) {
                    (ctx.csrf_field())
                    (button(&tr.t("identity-unlock"), ""))
                }
            } @else if account.id != ctx.principal.account {
                form method="post" action=(address(&account.id, Some("khoa"))) {
                    (ctx.csrf_field())
                    (Field::text("why", &tr.t("identity-lock-why")).error(field_error(errors, "why")).required().max(300).render())
                    (button(&tr.t("identity-lock"), "button-danger"))
                }
            }
        }
    }
}

fn trail(ctx: &Ctx, acts: &[AuditRow]) -> Markup {
    let tr = &ctx.tr;
    if acts.is_empty() {
        return html! { p class="muted" { (tr.t("identity-trail-none")) } };
    }
    let columns = [
        Column::narrow(tr.t("identity-audit-at")),
        Column::text(tr.t("identity-audit-who")),
        Column::text(tr.t("identity-audit-action")),
        Column::text(tr.t("identity-audit-detail")),
    ];
    let rows = acts.iter().map(|act| {
        let detail = act.why.as_deref().or(act.after_json.as_deref()).unwrap_or("");
        Row::new(vec![
            time(tr, act.at, ctx.now),
            html! { (act.account_name) },
            html! { (tr.dynamic("identity-act-", &act.action.replace('.', "-"))) },
            html! { span class="small" { (detail) } },
        ])
    });
    table(&tr.t("identity-account-trail"), &columns, None, rows.collect())
}

/// Goes back to the account, or shows it again with the field that is wrong.
async fn after(ctx: &Ctx, identity: &Identity, id: &AccountId, done: base_core::Result<()>, text: String) -> WebResult {
    match done {
        Ok(()) => Ok(ctx.done(address(id, None), text)),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            let shown = load(ctx, identity, id).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(ctx, &shown, &errors, &html! {})).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Why {
    why: String,
}

pub(crate) async fn lock(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Form(form): Form<Why>,
) -> WebResult {
    let id = AccountId::new(id);
    let done = ops::lock_account(&identity, &ctx, &id, &form.why).await;
    after(&ctx, &identity, &id, done, ctx.tr.t("identity-locked-done")).await
}

pub(crate) async fn unlock(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult {
    let id = AccountId::new(id);
    let done = ops::unlock_account(&identity, &ctx, &id).await;
    after(&ctx, &identity, &id, done, ctx.tr.t("identity-unlocked-done")).await
}

pub(crate) async fn reset(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult<Markup> {
    let id = AccountId::new(id);
    let password = ops::reset_password(&identity, &ctx, &id).await?;
    let shown = load(&ctx, &identity, &id).await?;
    let above = one_time(&ctx.tr, &shown.account.login, &password);
    Ok(page(&ctx, &shown, &[], &above))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Give {
    role: String,
    unit: String,
}

pub(crate) async fn grant(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Form(form): Form<Give>,
) -> WebResult {
    let id = AccountId::new(id);
    let done = ops::add_grant(&identity, ctx.web.units().as_ref(), &ctx, &id, &form.role, &form.unit).await;
    after(&ctx, &identity, &id, done, ctx.tr.t("identity-grant-given")).await
}

#[derive(Debug, Deserialize)]
pub(crate) struct Take {
    grant: String,
}

pub(crate) async fn revoke_grant(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Form(form): Form<Take>,
) -> WebResult {
    let id = AccountId::new(id);
    let done = ops::remove_grant(&identity, &ctx, &id, &form.grant).await;
    after(&ctx, &identity, &id, done, ctx.tr.t("identity-grant-taken")).await
}
