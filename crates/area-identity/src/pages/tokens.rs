//! `/tai-khoan-cua-toi/ma-truy-cap`: one's own tokens for programs.

use super::{field_mistakes, unit_options};
use crate::model::program::{MAX_TOKEN_DAYS, ProgramToken, for_tokens};
use crate::{Identity, ops, store};
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_authz::Action;
use base_core::FieldError;
use base_ui::{
    Column, Field, Row, Tone, button, code, copyable, error_summary, field_error, notice, page_head, section, table,
    time, time_full,
};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use std::sync::Arc;

pub(super) const PAGE: &str = "/tai-khoan-cua-toi/ma-truy-cap";
/// Fields of the actions begin so; their rest is the action's word.
const ACTION: &str = "action-";

type Area = Extension<Arc<Identity>>;

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area) -> WebResult<Markup> {
    page(&ctx, &identity, &ops::NewToken::default(), &[], &html! {}).await
}

/// The form has a box per action, so its fields are read as pairs.
pub(crate) async fn send(ctx: Ctx, Extension(identity): Area, Form(pairs): Form<Vec<(String, String)>>) -> WebResult {
    let mut new = ops::NewToken::default();
    for (name, value) in pairs {
        match name.as_str() {
            "name" => new.name = value,
            "unit" => new.unit = value,
            "until" => new.until = value,
            "password" => new.password = value,
            other => new.actions.extend(other.strip_prefix(ACTION).map(str::to_owned)),
        }
    }
    match ops::create_token(&identity, ctx.web.units().as_ref(), &ctx, &new).await {
        Ok(token) => {
            let above = made(&ctx, &token);
            Ok(page(&ctx, &identity, &ops::NewToken::default(), &[], &above).await?.into_response())
        }
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            let page = page(&ctx, &identity, &new, &errors, &html! {}).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn revoke(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult {
    ops::revoke_own_token(&identity, &ctx, &id).await?;
    Ok(ctx.done(PAGE, ctx.tr.t("identity-token-ended")))
}

/// The token, on the one page that ever shows it.
fn made(ctx: &Ctx, token: &str) -> Markup {
    let tr = &ctx.tr;
    notice(
        Tone::Good,
        html! {
            p { strong { (tr.t("identity-token-made")) } }
            p { (copyable(tr, token)) }
            p { (tr.t("identity-token-once")) }
            (code(&format!("curl -H \"Authorization: Bearer {}…\" …", token.chars().take(10).collect::<String>())))
        },
    )
}

async fn page(
    ctx: &Ctx,
    identity: &Identity,
    typed: &ops::NewToken,
    errors: &[FieldError],
    above: &Markup,
) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let tokens = store::program::of(&identity.db, &ctx.principal.account, ctx.now).await?;
    let title = tr.t("identity-tokens");
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-tokens-lead")), html! {}))
        (above)
        (error_summary(tr, errors))
        (section(&tr.t("identity-tokens-yours"), html! {}, list(ctx, &tokens, |token| format!("{PAGE}/{}/thu-hoi", token.id))))
        (section(&tr.t("identity-token-new"), html! {}, form(ctx, typed, errors)))
    };
    Ok(ctx.page(&title, content))
}

/// Tokens in force, each with a button that ends it; shown to their owner and to administrators.
pub(super) fn list(ctx: &Ctx, tokens: &[ProgramToken], end: impl Fn(&ProgramToken) -> String) -> Markup {
    let tr = &ctx.tr;
    if tokens.is_empty() {
        return html! { p class="muted" { (tr.t("identity-tokens-none")) } };
    }
    let columns = [
        Column::text(tr.t("identity-token-name")),
        Column::text(tr.t("identity-token-for")),
        Column::narrow(tr.t("identity-until")),
        Column::narrow(tr.t("identity-token-used")),
        Column::narrow(""),
    ];
    let rows = tokens.iter().map(|token| {
        let what: Vec<String> = token.actions.iter().map(|a| action_name(ctx, *a)).collect();
        let unit = token.unit.as_ref().map(|unit| ctx.web.units().name(unit));
        Row::new(vec![
            html! { (token.name) br; code class="small" { (token.prefix) "…" } },
            html! { span class="small" { (what.join(" · ")) } @if let Some(unit) = unit { br; span class="small muted" { (unit) } } },
            time_full(tr, token.expires_at.plus_micros(-1)),
            html! { @match token.last_used { Some(at) => { (time(tr, at, ctx.now)) } None => { span class="muted" { (tr.t("identity-never")) } } } },
            html! {
                form method="post" action=(end(token)) {
                    (ctx.csrf_field())
                    (button(&tr.t("identity-token-end"), "button-danger"))
                }
            },
        ])
    });
    table(&tr.t("identity-tokens"), &columns, None, rows.collect())
}

/// An action in the person's language; one without a text shows its word.
fn action_name(ctx: &Ctx, action: Action) -> String {
    let word = action.as_str();
    let key = word.replace('.', "-");
    let text = ctx.tr.dynamic("identity-action-", &key);
    if text == key { word.to_owned() } else { text }
}

fn form(ctx: &Ctx, typed: &ops::NewToken, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let offered: Vec<Action> = Action::ALL.iter().copied().filter(|a| for_tokens(*a) && ctx.may(*a)).collect();
    let mut units = unit_options(tr, ctx.web.units().as_ref());
    if let Some(all) = units.first_mut() {
        all.1 = tr.t("identity-token-all-units");
    }
    // Only units in which the person may do anything are of use.
    units.retain(|(code, _)| code.is_empty() || in_reach(ctx, code, &offered));
    let wrong = |name: &str| field_error(errors, name);
    let until_hint = tr.ta("identity-token-until-hint", &[("days", &MAX_TOKEN_DAYS)]);
    html! {
        form method="post" action=(PAGE) autocomplete="off" {
            (ctx.csrf_field())
            (Field::text("name", &tr.t("identity-token-name")).value(&*typed.name).hint(&tr.t("identity-token-name-hint"))
                .error(wrong("name")).required().max(60).render())
            fieldset id="f-actions" {
                legend { (tr.t("identity-token-for")) }
                @if let Some(error) = wrong("actions") { p class="field-error" { (error) } }
                div class="checks" {
                    @for action in &offered {
                        @let field = format!("{ACTION}{}", action.as_str());
                        @let chosen = if typed.actions.iter().any(|w| w == action.as_str()) { "1" } else { "" };
                        (Field::check(&field, &action_name(ctx, *action)).value(chosen).render())
                    }
                }
            }
            (Field::select("unit", &tr.t("identity-unit"), units).value(&*typed.unit).error(wrong("unit")).render())
            (Field::input("date", "until", &tr.t("identity-until")).value(&*typed.until).hint(&until_hint).error(wrong("until")).required().render())
            (Field::password("password", &tr.t("identity-password-present")).error(wrong("password")).required()
                .autocomplete("current-password").render())
            div class="form-actions" { (button(&tr.t("identity-token-make"), "button-primary")) }
        }
    }
}

fn in_reach(ctx: &Ctx, code: &str, offered: &[Action]) -> bool {
    let Some(unit) = ctx.web.units().resolve_code(code) else { return false };
    offered.iter().any(|a| ctx.principal.scope_for(*a).is_some_and(|scope| scope.contains(&unit.id)))
}
