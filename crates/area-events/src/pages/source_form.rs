//! Declaring and changing a source, its token, switching it on and off.

use crate::model::source::{DEFAULT_SILENT_SECS, peers_text};
use crate::model::token::Token;
use crate::model::{Source, SourceForm, Transport};
use crate::ops::{manage_source, read_sources};
use crate::ports::EventsPorts;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{FieldError, Kind, Result, SourceId};
use base_ui::{Field, Tone, actions, button, card, copyable, error_summary, field_error, notice, page_head};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// The form as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    name: String,
    unit: String,
    transport: String,
    hint: String,
    peers: String,
    identities: String,
    silent_minutes: String,
    keep_least: String,
    keep_most: String,
    version: i64,
}

impl Fields {
    fn form(&self) -> SourceForm {
        SourceForm {
            name: self.name.clone(),
            unit: self.unit.clone(),
            transport: self.transport.clone(),
            hint: self.hint.clone(),
            peers: self.peers.clone(),
            identities: self.identities.clone(),
            silent_minutes: self.silent_minutes.clone(),
            keep_least: self.keep_least.clone(),
            keep_most: self.keep_most.clone(),
        }
    }

    fn of(s: &Source) -> Self {
        Self {
            name: s.name.clone(),
            unit: s.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
            transport: s.transport.as_str().to_owned(),
            hint: s.hint.clone().unwrap_or_default(),
            peers: peers_text(&s.peers),
            identities: s.identities.join("\n"),
            silent_minutes: (s.silent_after_secs / 60).to_string(),
            keep_least: s.keep.at_least_days.map(|days| days.to_string()).unwrap_or_default(),
            keep_most: s.keep.at_most_days.map(|days| days.to_string()).unwrap_or_default(),
            version: s.version,
        }
    }
}

fn tell(ctx: &Ctx) {
    ctx.web.news().send(News::new(crate::SOURCES, Action::SourcesRead));
}

/// `GET /nguon/moi`
pub(super) async fn new(ctx: Ctx, Extension(ports): Extension<EventsPorts>) -> WebResult<Markup> {
    let fields = Fields {
        transport: Transport::Http.as_str().to_owned(),
        silent_minutes: (DEFAULT_SILENT_SECS / 60).to_string(),
        ..Fields::default()
    };
    Ok(form_page(&ctx, &ports, None, &fields, &[]))
}

/// `POST /nguon/moi`: shows the token, once.
pub(super) async fn declare(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Form(fields): Form<Fields>,
) -> WebResult<Response> {
    let made = manage_source::declare(ctx.db(), ctx.web.ids(), &ports.book, &*ports.law, &ctx, &fields.form()).await;
    match made {
        Ok((id, token)) => {
            tell(&ctx);
            Ok(match token {
                Some(token) => token_page(&ctx, &ports, &id, &fields.name, &token),
                None => ctx.done(super::source::href(&id), ctx.tr.t("events-done-declared")),
            })
        }
        Err(error) if error.kind == Kind::Invalid => {
            let page = form_page(&ctx, &ports, None, &fields, &super::in_words(&ctx, error.fields));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /nguon/{id}/sua`
pub(super) async fn edit(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let source = read_sources::one(ctx.db(), &ctx, &SourceId::new(id)).await?.row.source;
    Ok(form_page(&ctx, &ports, Some(&source.id), &Fields::of(&source), &[]))
}

/// `POST /nguon/{id}/sua`
pub(super) async fn change(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> WebResult<Response> {
    let id = SourceId::new(id);
    match manage_source::change(ctx.db(), &ports.book, &*ports.law, &ctx, &id, fields.version, &fields.form()).await {
        Ok(()) => {
            tell(&ctx);
            Ok(ctx.done(super::source::href(&id), ctx.tr.t("events-done-changed")))
        }
        Err(error) if error.kind == Kind::Invalid => {
            let page = form_page(&ctx, &ports, Some(&id), &fields, &super::in_words(&ctx, error.fields));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /nguon/{id}/khoa-moi`: shows the token, once.
pub(super) async fn new_token(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let id = SourceId::new(id);
    let token = manage_source::new_token(ctx.db(), &ports.book, &ctx, &id).await?;
    let name = read_sources::one(ctx.db(), &ctx, &id).await?.row.source.name;
    Ok(token_page(&ctx, &ports, &id, &name, &token))
}

/// `POST /nguon/{id}/bat`
pub(super) async fn switch_on(ctx: Ctx, Extension(ports): Extension<EventsPorts>, Path(id): Path<String>) -> WebResult {
    Ok(switch(&ctx, &ports, id, true).await?)
}

/// `POST /nguon/{id}/tat`
pub(super) async fn switch_off(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Path(id): Path<String>,
) -> WebResult {
    Ok(switch(&ctx, &ports, id, false).await?)
}

async fn switch(ctx: &Ctx, ports: &EventsPorts, id: String, enabled: bool) -> Result<Response> {
    let id = SourceId::new(id);
    manage_source::switch(ctx.db(), &ports.book, ctx, &id, enabled).await?;
    tell(ctx);
    let text = if enabled { ctx.tr.t("events-done-on") } else { ctx.tr.t("events-done-off") };
    Ok(ctx.done(super::source::href(&id), text))
}

/// The token, shown once; no cache may keep this page.
fn token_page(ctx: &Ctx, ports: &EventsPorts, id: &SourceId, name: &str, token: &Token) -> Response {
    let tr = &ctx.tr;
    let title = tr.t("events-token-title");
    let content = html! {
        (page_head(&title, Some(name), html! {}))
        (notice(Tone::Warn, html! { p { (tr.t("events-token-once")) } }))
        (card(&tr.t("events-column-token"), html! { p { (copyable(tr, token.reveal())) } }))
        (card(&tr.t("events-send-title"), super::source::http_example(ctx, ports)))
        p { a class="button button-primary" href=(super::source::href(id)) { (tr.t("events-token-kept")) } }
    };
    let mut response = ctx.page(&title, content).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn form_page(ctx: &Ctx, ports: &EventsPorts, id: Option<&SourceId>, f: &Fields, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let (title, action, back) = match id {
        Some(id) => (tr.t("events-source-edit-title"), super::source::href(id).segment("sua"), super::source::href(id)),
        None => (tr.t("events-source-new"), base_ui::Href::new("/nguon/moi"), base_ui::Href::new("/nguon")),
    };
    let ways = Transport::ALL.into_iter().map(|t| (t.as_str().to_owned(), tr.dynamic("events-transport-", t.as_str())));
    let units = super::unit_options(ctx, Action::SourcesManage, (String::new(), tr.t("events-unit-none")));
    let lang = tr.lang();
    let kinds = std::iter::once((String::new(), tr.t("events-hint-none")))
        .chain(ports.kinds.iter().map(|k| (k.id.clone(), format!("{} ({})", k.name(lang), k.id))))
        .collect();
    let wrong = |name: &str| field_error(errors, name);
    let content = html! {
        (page_head(&title, None, html! {}))
        (error_summary(tr, errors))
        (card(&title, html! {
            form method="post" action=(action) {
                (ctx.csrf_field())
                input type="hidden" name="version" value=(f.version);
                (Field::text("name", &tr.t("events-field-source")).value(&f.name).required().max(120)
                    .hint(&tr.t("events-field-source-hint")).error(wrong("name")).render())
                (Field::select("unit", &tr.t("events-column-unit"), units).value(&f.unit)
                    .hint(&tr.t("events-field-unit-hint")).render())
                (Field::select("transport", &tr.t("events-column-transport"), ways.collect()).value(&f.transport)
                    .error(wrong("transport")).render())
                (Field::area("peers", &tr.t("events-column-peers"), 2).value(&f.peers)
                    .hint(&tr.t("events-field-peers-hint")).error(wrong("peers")).render())
                (Field::area("identities", &tr.t("events-column-identities"), 2).value(&f.identities)
                    .hint(&tr.t("events-field-identities-hint")).error(wrong("identities")).render())
                (Field::select("hint", &tr.t("events-column-hint"), kinds).value(&f.hint)
                    .hint(&tr.t("events-field-hint-hint")).render())
                (Field::input("number", "silent_minutes", &tr.t("events-field-silent")).value(&f.silent_minutes)
                    .hint(&tr.t("events-field-silent-hint")).error(wrong("silent_minutes")).render())
                (Field::input("number", "keep_least", &tr.t("events-field-keep-least")).value(&f.keep_least)
                    .hint(&tr.t("events-field-keep-least-hint")).error(wrong("keep_least")).render())
                (Field::input("number", "keep_most", &tr.t("events-field-keep-most")).value(&f.keep_most)
                    .hint(&tr.t("events-field-keep-most-hint")).error(wrong("keep_most")).render())
                (actions(html! {
                    (button(&tr.t("events-save"), "button-primary"))
                    a class="button button-quiet" href=(back) { (tr.t("events-cancel")) }
                }))
            }
        }))
    };
    ctx.page(&title, content)
}
