//! `/quan-tri/tai-khoan/{id}`: one account: grants, lock, new password, its trail.

use super::accounts::{PAGE, state};
use super::tokens;
use super::{account_grants, account_links, field_mistakes, invitation, one_time};
use crate::model::account::{Account, StoredGrant};
use crate::model::program::ProgramToken;
use crate::model::provider::{Link, Provider};
use crate::{Identity, ops, store};
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_audit::AuditRow;
use base_authz::Action;
use base_core::{AccountId, FieldError, Timestamp};
use base_ui::{
    Column, Field, Href, Row, Tone, badge, button, error_summary, field_error, kv, page_head, section, table, time,
    time_full,
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
    past: Vec<StoredGrant>,
    has_factor: bool,
    tokens: Vec<ProgramToken>,
    links: Vec<Link>,
    /// Providers it could be linked with.
    open: Vec<Provider>,
    /// Until when the person is invited, while not accepted.
    invited: Option<Timestamp>,
}

async fn load(ctx: &Ctx, identity: &Identity, id: &AccountId) -> WebResult<Shown> {
    let scope = ctx.require(Action::AccountsRead)?;
    let account = store::account::get(&identity.db, id).await?;
    let grants = store::grant::held(&identity.db, id, ctx.now).await?;
    let past = store::grant::past(&identity.db, id, ctx.now).await?;
    let acts = base_audit::of_object(&identity.db, &scope, "account", id.as_str(), ACTS).await?;
    let has_factor = store::factor::any(&identity.db, id).await?;
    let tokens = store::program::of(&identity.db, id, ctx.now).await?;
    let invited = store::invitation::until(&identity.db, id).await?;
    let links = store::provider::of_account(&identity.db, id).await?;
    let mut open = store::provider::list(&identity.db).await?;
    open.retain(|p| !links.iter().any(|l| l.provider == p.id));
    Ok(Shown { account, grants, past, acts, has_factor, tokens, links, open, invited })
}

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult<Markup> {
    let shown = load(&ctx, &identity, &AccountId::new(id)).await?;
    Ok(page(&ctx, &shown, &[], &html! {}))
}

pub(super) fn address(id: &AccountId, rest: Option<&str>) -> Href {
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
        (section(&tr.t("identity-me-facts"), html! {}, facts(ctx, shown)))
        (section(&tr.t("identity-roles"), html! {}, html! {
            (account_grants::present(ctx, account, &shown.grants, manage))
            @if manage { (account_grants::form(ctx, account, errors)) }
            @if !shown.past.is_empty() {
                details class="more" {
                    summary { (tr.ta("identity-grants-past", &[("n", &shown.past.len())])) }
                    (account_grants::past(ctx, &shown.past))
                }
            }
        }))
        @if manage && !shown.tokens.is_empty() {
            (section(&tr.t("identity-tokens"), html! {}, tokens::list(ctx, &shown.tokens, |token| {
                address(&account.id, Some("ma-truy-cap")).segment(&token.id).segment("thu-hoi").into()
            })))
        }
        @if manage && !(shown.links.is_empty() && shown.open.is_empty()) {
            (section(&tr.t("identity-links"), html! {}, account_links::section(ctx, &shown.account.id, (&shown.links, &shown.open), errors)))
        }
        @if manage { (section(&tr.t("identity-account-actions"), html! {}, actions(ctx, shown, errors))) }
        (section(&tr.t("identity-account-trail"), html! {}, trail(ctx, &shown.acts)))
    };
    ctx.page(&account.name, content)
}

fn facts(ctx: &Ctx, shown: &Shown) -> Markup {
    let (tr, account) = (&ctx.tr, &shown.account);
    let factor = match shown.has_factor {
        true => badge(Tone::Good, &tr.t("identity-factor-on")),
        false => badge(Tone::Neutral, &tr.t("identity-factor-off")),
    };
    let mut rows = vec![
        (tr.t("identity-state"), state(ctx, account)),
        (tr.t("identity-factor"), factor),
        (tr.t("identity-email"), html! { (account.email.as_deref().unwrap_or("—")) }),
        (
            tr.t("identity-last-sign-in"),
            html! { @match account.last_sign_in { Some(at) => { (time_full(tr, at)) } None => { (tr.t("identity-never")) } } },
        ),
        (tr.t("identity-password-changed"), time_full(tr, account.password_changed_at)),
        (tr.t("identity-made"), time_full(tr, account.created_at)),
    ];
    if let Some(until) = shown.invited {
        let (tone, text) = if until > ctx.now {
            (Tone::Info, tr.t("identity-invite-waiting"))
        } else {
            (Tone::Warn, tr.t("identity-invite-ran-out"))
        };
        rows.push((tr.t("identity-invitation"), html! { (badge(tone, &text)) " " (time_full(tr, until)) }));
    }
    if let (Some(at), Some(why)) = (account.locked_at, &account.locked_why) {
        rows.push((tr.t("identity-locked-since"), html! { (time_full(tr, at)) " — " (why) }));
    }
    kv(&rows)
}

fn actions(ctx: &Ctx, shown: &Shown, errors: &[FieldError]) -> Markup {
    let (tr, account) = (&ctx.tr, &shown.account);
    html! {
        div class="stack" {
            @if shown.invited.is_some() {
                form class="row" method="post" action=(address(&account.id, Some("moi-lai"))) {
                    (ctx.csrf_field())
                    (button(&tr.t("identity-invite-again"), ""))
                    span class="muted small" { (tr.t("identity-invite-again-hint")) }
                }
            }
            form class="row" method="post" action=(address(&account.id, Some("dat-lai-mat-khau"))) data-confirm=(tr.t("identity-reset-ask")) {
                (ctx.csrf_field())
                (button(&tr.t("identity-reset"), ""))
                span class="muted small" { (tr.t("identity-reset-hint")) }
            }
            @if shown.has_factor {
                form method="post" action=(address(&account.id, Some("go-xac-thuc"))) data-confirm=(tr.t("identity-factor-remove-ask")) {
                    (ctx.csrf_field())
                    (Field::text("factor_why", &tr.t("identity-factor-remove-why")).hint(&tr.t("identity-factor-remove-hint"))
                        .error(field_error(errors, "factor_why")).required().max(300).render())
                    (button(&tr.t("identity-factor-remove"), "button-danger"))
                }
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
pub(super) async fn after(
    ctx: &Ctx,
    identity: &Identity,
    id: &AccountId,
    done: base_core::Result<()>,
    text: String,
) -> WebResult {
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

pub(crate) async fn revoke_token(
    ctx: Ctx,
    Extension(identity): Area,
    Path((id, token)): Path<(String, String)>,
) -> WebResult {
    let id = AccountId::new(id);
    ops::revoke_token(&identity, &ctx, &id, &token).await?;
    Ok(ctx.done(address(&id, None), ctx.tr.t("identity-token-ended")))
}

#[derive(Debug, Deserialize)]
pub(crate) struct FactorWhy {
    factor_why: String,
}

pub(crate) async fn remove_factor(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Form(form): Form<FactorWhy>,
) -> WebResult {
    let id = AccountId::new(id);
    let done = ops::remove_factor(&identity, &ctx, &id, &form.factor_why).await;
    after(&ctx, &identity, &id, done, ctx.tr.t("identity-factor-removed")).await
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

pub(crate) async fn invite_again(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult<Markup> {
    let id = AccountId::new(id);
    let invited = ops::invite_again(&identity, &ctx, &ctx.tr, &id).await?;
    let shown = load(&ctx, &identity, &id).await?;
    let above = invitation(&ctx.tr, &shown.account.login, &invited);
    Ok(page(&ctx, &shown, &[], &above))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Give {
    role: String,
    unit: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

pub(crate) async fn grant(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Form(form): Form<Give>,
) -> WebResult {
    let id = AccountId::new(id);
    let wish = ops::Wish { role: form.role, unit: form.unit, from: form.from, until: form.until };
    let done = ops::add_grant(&identity, ctx.web.units().as_ref(), &ctx, &id, &wish).await;
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
