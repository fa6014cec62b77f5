//! `/quan-tri/dang-nhap-ngoai`: providers of sign-ins.

use super::{field_mistakes, outside};
use crate::model::provider::{Provider, ProviderForm};
use crate::ops::{Tried, Trouble};
use crate::{Identity, ops, store};
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::FieldError;
use base_ui::{
    Column, Field, Href, Row, Tone, badge, button, card, copyable, empty, error_summary, field_error, kv, notice,
    page_head, section, table, time,
};
use base_web::{Ctx, WebResult};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

pub(super) const PAGE: &str = "/quan-tri/dang-nhap-ngoai";

type Area = Extension<Arc<Identity>>;

pub(crate) async fn list(ctx: Ctx, Extension(identity): Area) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let providers = store::provider::list(&identity.db).await?;
    let title = tr.t("identity-providers");
    let add = html! { a class="button button-primary" href={ (PAGE) "/moi" } { (tr.t("identity-provider-new")) } };
    let columns = [
        Column::text(tr.t("identity-provider-name")),
        Column::text(tr.t("identity-provider-issuer")),
        Column::narrow(tr.t("identity-state")),
        Column::narrow(tr.t("identity-provider-changed")),
    ];
    let rows = providers.iter().map(|p| {
        Row::new(vec![
            html! { a href=(address(&p.id, None)) { (p.name) } },
            html! { code class="small" { (p.issuer) } },
            state(&ctx, p),
            time(tr, p.changed_at, ctx.now),
        ])
    });
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-providers-lead")), add))
        @if providers.is_empty() {
            (card(&title, empty(&tr.t("identity-providers-none"), &tr.t("identity-providers-none-hint"), None)))
        } @else {
            (table(&title, &columns, None, rows.collect()))
        }
    };
    Ok(ctx.page(&title, content))
}

fn state(ctx: &Ctx, provider: &Provider) -> Markup {
    match provider.active {
        true => badge(Tone::Good, &ctx.tr.t("identity-provider-on")),
        false => badge(Tone::Neutral, &ctx.tr.t("identity-provider-off")),
    }
}

fn address(id: &str, rest: Option<&str>) -> Href {
    let href = Href::new(PAGE).segment(id);
    match rest {
        Some(rest) => href.segment(rest),
        None => href,
    }
}

/// The form as sent; boxes that are not ticked are not sent.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sent {
    name: String,
    issuer: String,
    client_id: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    no_secret: String,
    scopes: String,
    claim: String,
    #[serde(default)]
    factor_words: String,
    #[serde(default)]
    creates: String,
    #[serde(default)]
    active: String,
}

impl From<Sent> for ProviderForm {
    fn from(sent: Sent) -> Self {
        Self {
            name: sent.name,
            issuer: sent.issuer,
            client_id: sent.client_id,
            secret: sent.secret,
            no_secret: !sent.no_secret.is_empty(),
            scopes: sent.scopes,
            claim: sent.claim,
            factor_words: sent.factor_words,
            creates: !sent.creates.is_empty(),
            active: !sent.active.is_empty(),
        }
    }
}

pub(crate) async fn new(ctx: Ctx, Extension(identity): Area) -> Markup {
    new_page(&ctx, &identity, &ProviderForm::fresh(), &[])
}

fn new_page(ctx: &Ctx, identity: &Identity, form: &ProviderForm, errors: &[FieldError]) -> Markup {
    let title = ctx.tr.t("identity-provider-new");
    let content = html! {
        (page_head(&title, Some(&ctx.tr.t("identity-provider-new-lead")), html! {}))
        (error_summary(&ctx.tr, errors))
        (redirect(ctx, identity))
        (card(&title, fields(ctx, &format!("{PAGE}/moi"), form, None, errors)))
    };
    ctx.page(&title, content)
}

pub(crate) async fn create(ctx: Ctx, Extension(identity): Area, Form(sent): Form<Sent>) -> WebResult {
    let form = ProviderForm::from(sent);
    match ops::create_provider(&identity, &ctx, &form).await {
        Ok(id) => Ok(ctx.done(address(&id, None), ctx.tr.t("identity-provider-made"))),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, new_page(&ctx, &identity, &form, &errors)).into_response())
        }
    }
}

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult<Markup> {
    let provider = store::provider::get(&identity.db, &id).await?;
    Ok(page(&ctx, &identity, &provider, &ProviderForm::of(&provider), &[], &html! {}))
}

pub(crate) async fn change(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> WebResult {
    let form = ProviderForm::from(sent);
    match ops::change_provider(&identity, &ctx, &id, &form).await {
        Ok(()) => Ok(ctx.done(address(&id, None), ctx.tr.t("identity-provider-saved"))),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            let provider = store::provider::get(&identity.db, &id).await?;
            let page = page(&ctx, &identity, &provider, &form, &errors, &html! {});
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn remove(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult {
    ops::remove_provider(&identity, &ctx, &id).await?;
    Ok(ctx.done(PAGE, ctx.tr.t("identity-provider-removed")))
}

/// Asks the provider for its documents and shows what came.
pub(crate) async fn ask(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult<Markup> {
    let said = ops::try_provider(&identity, &ctx, &id).await?;
    let provider = store::provider::get(&identity.db, &id).await?;
    let above = match &said {
        Ok(tried) => found(&ctx, tried),
        Err(trouble) => wrong(&ctx, trouble),
    };
    Ok(page(&ctx, &identity, &provider, &ProviderForm::of(&provider), &[], &above))
}

/// Leads an administrator to the provider, to see what it says of the own account there.
pub(crate) async fn try_sign_in(
    ctx: Ctx,
    Extension(identity): Area,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> WebResult {
    let cookie = outside::return_cookie(&headers, ctx.web.secure());
    match ops::begin_try(&identity, &ctx, &ctx.session.id, &id, cookie.as_deref()).await? {
        Ok(begun) => Ok(outside::go(&begun, ctx.web.secure())),
        Err(refusal) => {
            let provider = store::provider::get(&identity.db, &id).await?;
            let above = notice(Tone::Bad, html! { p { (outside::why_not(&ctx, &refusal)) } });
            let page = page(&ctx, &identity, &provider, &ProviderForm::of(&provider), &[], &above);
            Ok((StatusCode::SERVICE_UNAVAILABLE, page).into_response())
        }
    }
}

fn found(ctx: &Ctx, tried: &Tried) -> Markup {
    let tr = &ctx.tr;
    let metadata = &tried.metadata;
    let kinds: Vec<&str> = metadata.algorithms.iter().map(|a| a.as_str()).collect();
    let good = tried.keys > 0 && tried.secret_fits;
    let tone = if good { Tone::Good } else { Tone::Warn };
    notice(
        tone,
        html! {
            p { strong { @if good { (tr.t("identity-provider-answers")) } @else { (tr.t("identity-provider-lacks")) } } }
            @if !tried.secret_fits { p { (tr.t("identity-provider-wants-secret")) } }
            @if tried.keys == 0 { p { (tr.t("identity-provider-no-keys")) } }
            (kv(&[
                (tr.t("identity-provider-at-sign-in"), html! { code { (metadata.authorization_endpoint) } }),
                (tr.t("identity-provider-at-tokens"), html! { code { (metadata.token_endpoint) } }),
                (tr.t("identity-provider-signatures"), html! { (kinds.join(", ")) " · " (tr.ta("identity-provider-keys", &[("n", &tried.keys)])) }),
            ]))
        },
    )
}

fn wrong(ctx: &Ctx, trouble: &Trouble) -> Markup {
    notice(
        Tone::Bad,
        html! {
            p { strong { (ctx.tr.dynamic("identity-outside-", trouble.code())) } }
            p class="small" { (trouble.detail()) }
        },
    )
}

/// What has to be entered at the provider.
fn redirect(ctx: &Ctx, identity: &Identity) -> Markup {
    let tr = &ctx.tr;
    notice(
        Tone::Info,
        html! {
            p { (tr.t("identity-provider-redirect")) }
            p { (copyable(tr, &ops::redirect_uri(identity))) }
        },
    )
}

fn page(
    ctx: &Ctx,
    identity: &Identity,
    provider: &Provider,
    form: &ProviderForm,
    errors: &[FieldError],
    above: &Markup,
) -> Markup {
    let tr = &ctx.tr;
    let content = html! {
        (page_head(&provider.name, Some(&provider.issuer), state(ctx, provider)))
        (above)
        (error_summary(tr, errors))
        (section(&tr.t("identity-provider-try"), html! {}, html! {
            p { (tr.t("identity-provider-try-hint")) }
            div class="row" {
                form method="post" action=(address(&provider.id, Some("thu"))) {
                    (ctx.csrf_field())
                    (button(&tr.t("identity-provider-ask"), ""))
                }
                a class="button" href=(address(&provider.id, Some("thu-dang-nhap"))) { (tr.t("identity-provider-try-sign-in")) }
            }
        }))
        (section(&tr.t("identity-provider-settings"), html! {}, html! {
            (redirect(ctx, identity))
            (fields(ctx, &address(&provider.id, None).to_string(), form, Some(provider), errors))
        }))
        (section(&tr.t("identity-provider-remove"), html! {}, html! {
            form class="row" method="post" action=(address(&provider.id, Some("xoa"))) data-confirm=(tr.t("identity-provider-remove-ask")) {
                (ctx.csrf_field())
                (button(&tr.t("identity-provider-remove"), "button-danger"))
                span class="muted small" { (tr.t("identity-provider-remove-hint")) }
            }
        }))
    };
    ctx.page(&provider.name, content)
}

fn fields(ctx: &Ctx, to: &str, form: &ProviderForm, kept: Option<&Provider>, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let wrong = |name: &str| field_error(errors, name);
    let has_secret = kept.is_some_and(|p| p.secret.is_some());
    let secret_hint =
        if has_secret { tr.t("identity-provider-secret-kept") } else { tr.t("identity-provider-secret-hint") };
    let ticked = |on: bool| if on { "1" } else { "" };
    html! {
        form method="post" action=(to) autocomplete="off" {
            (ctx.csrf_field())
            (Field::text("name", &tr.t("identity-provider-name")).value(&*form.name).hint(&tr.t("identity-provider-name-hint"))
                .error(wrong("name")).required().max(60).render())
            (Field::input("url", "issuer", &tr.t("identity-provider-issuer")).value(&*form.issuer).hint(&tr.t("identity-provider-issuer-hint"))
                .error(wrong("issuer")).placeholder("https://").required().render())
            (Field::text("client_id", &tr.t("identity-provider-client")).value(&*form.client_id).error(wrong("client_id")).required().max(255).render())
            (Field::password("secret", &tr.t("identity-provider-secret")).hint(&secret_hint).error(wrong("secret"))
                .autocomplete("new-password").render())
            @if has_secret { (Field::check("no_secret", &tr.t("identity-provider-no-secret")).value(ticked(form.no_secret)).render()) }
            (Field::text("scopes", &tr.t("identity-provider-scopes")).value(&*form.scopes).error(wrong("scopes")).required().max(500).render())
            (Field::text("claim", &tr.t("identity-provider-claim")).value(&*form.claim).hint(&tr.t("identity-provider-claim-hint"))
                .error(wrong("claim")).required().max(64).render())
            (Field::text("factor_words", &tr.t("identity-provider-words")).value(&*form.factor_words)
                .hint(&tr.t("identity-provider-words-hint")).error(wrong("factor_words")).max(500).render())
            (Field::check("creates", &tr.t("identity-provider-creates")).value(ticked(form.creates)).hint(&tr.t("identity-provider-creates-hint")).render())
            (Field::check("active", &tr.t("identity-provider-active")).value(ticked(form.active)).render())
            div class="form-actions" { (button(&tr.t("identity-provider-save"), "button-primary")) }
        }
    }
}
