//! `/tai-khoan-cua-toi/uy-quyen`: handing one's own roles on, and taking them back.

use super::{field_mistakes, grant_badge, period};
use crate::model::account::{MAX_DELEGATION_DAYS, StoredGrant};
use crate::{Identity, ops, store};
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_authz::GrantScope;
use base_core::FieldError;
use base_ui::{Column, Field, Row, button, error_summary, field_error, page_head, section, table};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

pub(super) const PAGE: &str = "/tai-khoan-cua-toi/uy-quyen";

type Area = Extension<Arc<Identity>>;

/// What was typed, kept when it is refused.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Typed {
    grant: String,
    to: String,
    #[serde(default)]
    from: String,
    until: String,
    why: String,
}

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area) -> WebResult<Markup> {
    page(&ctx, &identity, &Typed::default(), &[]).await
}

pub(crate) async fn send(ctx: Ctx, Extension(identity): Area, Form(typed): Form<Typed>) -> WebResult {
    let wish = ops::Delegation {
        grant: typed.grant.clone(),
        to: typed.to.clone(),
        from: typed.from.clone(),
        until: typed.until.clone(),
        why: typed.why.clone(),
    };
    match ops::delegate(&identity, &ctx, &wish).await {
        Ok(()) => Ok(ctx.done(PAGE, ctx.tr.t("identity-delegation-done"))),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &identity, &typed, &errors).await?).into_response())
        }
    }
}

pub(crate) async fn end(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult {
    ops::end_delegation(&identity, &ctx, &id).await?;
    Ok(ctx.done(PAGE, ctx.tr.t("identity-delegation-ended")))
}

async fn page(ctx: &Ctx, identity: &Identity, typed: &Typed, errors: &[FieldError]) -> WebResult<Markup> {
    let (tr, me) = (&ctx.tr, &ctx.principal.account);
    let given = store::grant::handed_on(&identity.db, me, ctx.now).await?;
    let mut own = store::grant::held(&identity.db, me, ctx.now).await?;
    own.retain(|g| g.delegated.is_none() && g.grant.holds_at(ctx.now));
    let title = tr.t("identity-delegations-title");
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-delegations-lead")), html! {}))
        (error_summary(tr, errors))
        (section(&tr.t("identity-delegations-given"), html! {}, given_table(ctx, &given)))
        (section(&tr.t("identity-delegation-new"), html! {}, html! {
            @if own.is_empty() { p class="muted" { (tr.t("identity-delegations-nothing")) } }
            @else { (form(ctx, &own, typed, errors)) }
        }))
    };
    Ok(ctx.page(&title, content))
}

fn given_table(ctx: &Ctx, given: &[StoredGrant]) -> Markup {
    let tr = &ctx.tr;
    if given.is_empty() {
        return html! { p class="muted" { (tr.t("identity-delegations-none")) } };
    }
    let columns = [
        Column::text(tr.t("identity-role")),
        Column::text(tr.t("identity-delegation-to")),
        Column::text(tr.t("identity-period")),
        Column::text(tr.t("identity-delegation-why")),
        Column::narrow(""),
    ];
    let rows = given.iter().map(|grant| {
        let end = html! {
            form method="post" action={ (PAGE) "/" (grant.id) "/ket-thuc" } {
                (ctx.csrf_field())
                (button(&tr.t("identity-delegation-end"), "button-danger"))
            }
        };
        Row::new(vec![
            grant_badge(tr, ctx.web.units().as_ref(), grant),
            html! { (grant.account_name) },
            period(tr, grant, ctx.now),
            html! { (grant.why.as_deref().unwrap_or("")) },
            end,
        ])
    });
    table(&tr.t("identity-delegations-given"), &columns, None, rows.collect())
}

fn form(ctx: &Ctx, own: &[StoredGrant], typed: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let name = |grant: &StoredGrant| {
        let role = tr.dynamic("identity-role-", grant.grant.role.as_str());
        match &grant.grant.scope {
            GrantScope::Province => role,
            GrantScope::Unit(unit) => format!("{role} · {}", ctx.web.units().name(unit)),
        }
    };
    let roles = own.iter().map(|grant| (grant.id.clone(), name(grant))).collect();
    let wrong = |field: &str| field_error(errors, field);
    let until_hint = tr.ta("identity-delegation-until-hint", &[("days", &MAX_DELEGATION_DAYS)]);
    html! {
        form method="post" action=(PAGE) {
            (ctx.csrf_field())
            (Field::select("grant", &tr.t("identity-role"), roles).value(&*typed.grant).error(wrong("grant")).required().render())
            (Field::text("to", &tr.t("identity-delegation-to")).value(&*typed.to).hint(&tr.t("identity-delegation-to-hint"))
                .error(wrong("to")).required().autocomplete("off").max(64).render())
            (Field::input("date", "from", &tr.t("identity-from")).value(&*typed.from).hint(&tr.t("identity-delegation-from-hint"))
                .error(wrong("from")).render())
            (Field::input("date", "until", &tr.t("identity-until")).value(&*typed.until).hint(&until_hint)
                .error(wrong("until")).required().render())
            (Field::text("why", &tr.t("identity-delegation-why")).value(&*typed.why).error(wrong("why")).required().max(300).render())
            div class="form-actions" { (button(&tr.t("identity-delegation-send"), "button-primary")) }
        }
    }
}
