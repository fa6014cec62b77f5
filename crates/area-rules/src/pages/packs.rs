//! `/quy-tac/goi`: imported rule packs: what runs, what came in, and the form to bring one.

use super::{PACKS, in_words};
use crate::model::archive::{self, MAX_ARCHIVE_BYTES};
use crate::model::{Pack, PackState};
use crate::ops::manage_pack::{self, Desk, NewPack};
use crate::ports::RulesPorts;
use axum::Extension;
use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base_authz::Action;
use base_core::{Error, FieldError, Kind, Result};
use base_i18n::Tr;
use base_ui::{
    Column, Href, Row, Tone, actions, badge, button, card, empty, error_summary, field_error, notice, page_head,
    section, time_full,
};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};

/// Where a pack stands, as a badge.
pub(super) fn state_badge(tr: &Tr, state: PackState) -> Markup {
    let tone = match state {
        PackState::Active => Tone::Good,
        PackState::Staged => Tone::Info,
        PackState::Former | PackState::Discarded => Tone::Neutral,
    };
    badge(tone, &tr.dynamic("rules-pack-state-", state.as_str()))
}

/// `GET /quy-tac/goi`
pub(super) async fn page(ctx: Ctx, Extension(ports): Extension<RulesPorts>) -> WebResult<Markup> {
    Ok(shown(&ctx, &ports, &[]).await?)
}

async fn shown(ctx: &Ctx, ports: &RulesPorts, errors: &[FieldError]) -> Result<Markup> {
    let packs = manage_pack::list(ctx.db(), ctx).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-packs");
    let part = html! { (running(ctx, ports, &packs)) (list(ctx, &packs)) };
    Ok(ctx.fragment_or(part, |part| {
        let content = html! {
            (page_head(&title, Some(&tr.t("rules-packs-lead")), html! {
                a class="button button-quiet" href=(super::INDEX) { (tr.t("rules-back")) }
            }))
            @if ctx.may(Action::RulesInstall) { (form(ctx, errors)) }
            div class="stack" data-live=(crate::TOPIC) data-live-url=(PACKS) { (part) }
        };
        ctx.page(&title, content)
    }))
}

/// What runs now, and the way back.
fn running(ctx: &Ctx, ports: &RulesPorts, packs: &[Pack]) -> Markup {
    let tr = &ctx.tr;
    let active = packs.iter().find(|p| p.state == PackState::Active);
    let count = ports.book.active().pack.len();
    card(
        &tr.t("rules-packs-running"),
        html! {
            p {
                @match active {
                    Some(pack) => {
                        (tr.ta("rules-packs-active", &[("n", &count), ("number", &pack.number)])) " "
                        a href=(Href::new(PACKS).segment(&pack.id)) { (pack.name) }
                    }
                    None => { (tr.ta("rules-packs-shipped", &[("n", &count)])) }
                }
            }
            @if active.is_some() && ctx.may(Action::RulesInstall) {
                form method="post" action=(Href::new(PACKS).segment("hoan-tac")) {
                    (ctx.csrf_field())
                    p class="small muted" { (tr.t("rules-pack-undo-hint")) }
                    (actions(button(&tr.t("rules-pack-undo"), "button-danger")))
                }
            }
        },
    )
}

fn form(ctx: &Ctx, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let wrong = field_error(errors, "file");
    card(
        &tr.t("rules-pack-import"),
        html! {
            (error_summary(tr, errors))
            form method="post" enctype="multipart/form-data" action=(ctx.csrf_action(PACKS)) {
                div class={ "field" @if wrong.is_some() { " field-wrong" } } {
                    label for="f-file" { (tr.t("rules-pack-file")) }
                    input id="f-file" name="file" type="file" accept=".zip,.tar,.gz,.tgz,.yml,.yaml" required aria-describedby="f-file-hint";
                    p class="field-hint" id="f-file-hint" { (tr.t("rules-pack-file-hint")) }
                    @if let Some(wrong) = wrong { p class="field-error" { (wrong) } }
                }
                (actions(button(&tr.t("rules-pack-import-go"), "button-primary")))
            }
        },
    )
}

fn list(ctx: &Ctx, packs: &[Pack]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-packs-list");
    if packs.is_empty() {
        return section(&title, html! {}, empty(&tr.t("rules-packs-none"), &tr.t("rules-packs-none-hint"), None));
    }
    let columns = [
        Column::number(tr.t("rules-pack-number")),
        Column::text(tr.t("rules-pack-name")),
        Column::narrow(tr.t("rules-filter-state")),
        Column::number(tr.t("rules-pack-rules")),
        Column::number(tr.t("rules-pack-mistakes")),
        Column::narrow(tr.t("rules-pack-at")),
    ];
    let rows = packs.iter().map(|p| {
        Row::new(vec![
            html! { (p.number) },
            html! {
                a href=(Href::new(PACKS).segment(&p.id)) { (p.name) }
                div class="small muted" { (p.by_name) }
            },
            state_badge(tr, p.state),
            html! { (tr.number(p.rules)) },
            html! { (tr.number(p.mistakes.len())) },
            time_full(tr, p.at),
        ])
    });
    section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect()))
}

/// `POST /quy-tac/goi`: takes a pack in.
pub(super) async fn import(ctx: Ctx, Extension(ports): Extension<RulesPorts>, form: Multipart) -> WebResult<Response> {
    ctx.require(Action::RulesInstall)?;
    let done = match uploaded(form).await {
        Ok(new) => manage_pack::stage(ctx.db(), ctx.web.ids(), &ports.shipped, &ctx, new).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(pack) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            let text = ctx.tr.ta("rules-pack-imported", &[("number", &pack.number), ("n", &pack.rules)]);
            Ok(ctx.done(Href::new(PACKS).segment(&pack.id), text))
        }
        Err(error) if error.kind == Kind::Invalid => {
            let errors = in_words(&ctx, error.fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(&ctx, &ports, &errors).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn uploaded(mut form: Multipart) -> Result<NewPack> {
    let broken = |_| Error::invalid("file", "pack-damaged");
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        let name = part.file_name().unwrap_or_default().to_owned();
        if part.name() != Some("file") || name.is_empty() {
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            if bytes.len() + piece.len() > MAX_ARCHIVE_BYTES {
                return Err(Error::invalid("file", "pack-large"));
            }
            bytes.extend_from_slice(&piece);
        }
        let read_name = name.clone();
        let read = move || archive::read(&read_name, &bytes);
        let read = tokio::task::spawn_blocking(read).await.map_err(Error::bug)?;
        let (files, errors) = read.map_err(|refused| Error::invalid("file", refused.code()))?;
        return Ok(NewPack { name, files, errors });
    }
    Err(Error::invalid("file", "pack-missing"))
}

/// `POST /quy-tac/goi/hoan-tac`: takes the pack that runs back.
pub(super) async fn undo(ctx: Ctx, Extension(ports): Extension<RulesPorts>) -> WebResult<Response> {
    let desk = Desk { db: ctx.db(), book: &ports.book, shipped: &ports.shipped, caller: &ctx };
    match manage_pack::undo(desk).await {
        Ok(number) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            let text = match number {
                Some(number) => ctx.tr.ta("rules-pack-undone", &[("number", &number)]),
                None => ctx.tr.t("rules-pack-undone-shipped"),
            };
            Ok(ctx.done(PACKS, text))
        }
        Err(error) if error.kind == Kind::Conflict => Ok(ctx.flash(PACKS, Tone::Warn, ctx.tr.t("rules-pack-late"))),
        Err(error) => Err(error.into()),
    }
}

/// A note that nothing differs.
pub(super) fn nothing(text: &str) -> Markup {
    notice(Tone::Info, html! { p { (text) } })
}
