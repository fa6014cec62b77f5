//! `/thong-bao`: what has happened that this person should know.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use base_core::{Result, Timestamp};
use base_i18n::Tr;
use base_ui::{Href, Icon, Page, Tone, bell, button, empty, icon, page_head, pager, section, tabs, time};
use base_web::notice::{self, Told};
use base_web::{Ctx, News, WebResult, safe_next, see_other};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;

const PAGE: &str = "/thong-bao";
const ROWS: i64 = 30;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    /// `all` = those that have been read, too.
    show: String,
    page: Option<i64>,
}

/// `GET /thong-bao`
pub(crate) async fn show(ctx: Ctx, Query(params): Query<Params>) -> WebResult<Markup> {
    let all = params.show == "all";
    let page = Page::new(params.page, ROWS);
    let (told, total) = notice::list(ctx.db().read(), &ctx.principal, !all, (page.size, page.offset())).await?;
    let here = Href::new(PAGE).with("show", &params.show);
    let at = here.clone().with("page", params.page.filter(|n| *n > 1).map(|n| n.to_string()).unwrap_or_default());
    let part = rows(&ctx, &told, (page, total, &here, all));
    Ok(ctx.fragment_or(part, |part| {
        let tr = &ctx.tr;
        let title = tr.t("shell-notices");
        let content = html! {
            (page_head(&title, Some(&tr.ta("shell-notices-lead", &[("days", &notice::KEPT_DAYS)])), html! {}))
            (tabs(&title, &[
                (tr.t("shell-notices-unread"), Href::new(PAGE), !all),
                (tr.t("shell-notices-all"), Href::new(PAGE).with("show", "all"), all),
            ]))
            div data-live=(notice::TOPIC) data-live-url=(at) { (part) }
        };
        ctx.page(&title, content)
    }))
}

fn rows(ctx: &Ctx, told: &[Told], (page, total, here, all): (Page, i64, &Href, bool)) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("shell-notices");
    if told.is_empty() {
        let hint = tr.t("shell-notices-none-hint");
        let (label, href) = (tr.t("shell-notices-all"), Href::new(PAGE).with("show", "all"));
        let action = (!all).then_some((label.as_str(), &href));
        return section(&title, html! {}, empty(&tr.t("shell-notices-none"), &hint, action));
    }
    // What comes after this page was made stays unread.
    let newest = told.iter().map(|t| t.at.as_micros()).max().unwrap_or_default();
    let mark_all = html! {
        @if told.iter().any(|t| !t.read) && page.number == 1 {
            form method="post" action="/thong-bao/da-doc" {
                (ctx.csrf_field())
                input type="hidden" name="until" value=(newest);
                (button(&tr.t("shell-notices-mark-all"), "button-quiet"))
            }
        }
    };
    html! {
        (section(&title, mark_all, html! { ul class="notices" { @for one in told { (row(ctx, one, here)) } } }))
        (pager(tr, page, total, here))
    }
}

fn row(ctx: &Ctx, told: &Told, here: &Href) -> Markup {
    let tr = &ctx.tr;
    let to = Href::new(PAGE).segment(&told.id);
    let sign = match told.tone {
        Tone::Good => Icon::Check,
        Tone::Warn | Tone::Bad => Icon::Alert,
        Tone::Neutral | Tone::Info => Icon::Info,
    };
    html! {
        li class={ (told.tone.class()) @if !told.read { " unread" } } {
            (icon(sign))
            div class="notice-text" {
                a href=(to.clone().segment("mo")) { (text(ctx, told)) }
                div class="small muted" {
                    (time(tr, told.at, ctx.now))
                    @if !told.read { " · " (tr.t("shell-notices-is-unread")) }
                }
            }
            @if !told.read {
                form method="post" action=(to.segment("da-doc")) {
                    (ctx.csrf_field())
                    input type="hidden" name="next" value=(here);
                    button class="button-icon" aria-label=(tr.t("shell-notices-mark")) title=(tr.t("shell-notices-mark")) { (icon(Icon::Check)) }
                }
            }
        }
    }
}

/// The text of a notice in the reader's language; the unit by the name it has now.
fn text(ctx: &Ctx, told: &Told) -> String {
    let mut words = told.words.clone();
    let unit = told.unit.as_ref().map(|unit| ctx.web.units().name(unit));
    words.insert("unit".to_owned(), unit.unwrap_or_else(|| ctx.tr.t("shell-no-unit")));
    // A state is kept by its word and shown by its name.
    if let Some(state) = words.get("state").cloned() {
        words.insert("state".to_owned(), ctx.tr.dynamic("desk-state-", &state));
    }
    localized(&ctx.tr, &told.kind, words)
}

/// Words that depend on the language travel twice, as `what-vi` and `what-en`; days as microseconds, as `due-day`.
fn localized(tr: &Tr, kind: &str, mut words: BTreeMap<String, String>) -> String {
    let ending = format!("-{}", tr.lang().tag());
    let day = |value: &str| value.parse().map_or_else(|_| value.to_owned(), |at| tr.date(Timestamp::from_micros(at)));
    let own: Vec<_> = words
        .iter()
        .filter_map(|(name, value)| match (name.strip_suffix(&ending), name.strip_suffix("-day")) {
            (Some(name), _) => Some((name.to_owned(), value.clone())),
            (None, Some(name)) => Some((name.to_owned(), day(value))),
            (None, None) => None,
        })
        .collect();
    words.extend(own);
    tr.dynamic_with("web-notice-", kind, &words)
}

/// `GET /thong-bao/so`: what the bell shows, fetched anew when there is news.
pub(crate) async fn count(ctx: Ctx) -> WebResult<Markup> {
    let unread = notice::unread(ctx.db().read(), &ctx.principal).await?;
    Ok(ctx.fragment_or(bell(&ctx.tr, unread), |part| {
        let title = ctx.tr.t("shell-notices");
        ctx.page(&title, html! { (page_head(&title, None, html! {})) p { a href=(PAGE) { (part) } } })
    }))
}

/// `GET /thong-bao/{id}/mo`: goes on to what a notice is about, which counts as reading it.
pub(crate) async fn open(ctx: Ctx, Path(id): Path<String>) -> WebResult {
    let told = notice::get(ctx.db().read(), &ctx.principal, &id).await?;
    read(&ctx, &id).await?;
    Ok(see_other(safe_next(&told.href)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Mark {
    next: String,
    until: String,
}

/// `POST /thong-bao/{id}/da-doc`
pub(crate) async fn mark(ctx: Ctx, Path(id): Path<String>, Form(form): Form<Mark>) -> WebResult<Response> {
    read(&ctx, &id).await?;
    let next = if form.next.starts_with(PAGE) { safe_next(&form.next) } else { PAGE };
    Ok(see_other(next))
}

async fn read(ctx: &Ctx, id: &str) -> Result<()> {
    notice::mark(ctx.db(), &ctx.principal, id).await?;
    tell_own_pages(ctx);
    Ok(())
}

/// The other open pages of the same person.
fn tell_own_pages(ctx: &Ctx) {
    ctx.web.news().send(News::to_account(notice::TOPIC, &ctx.principal.account));
}

/// `POST /thong-bao/da-doc`
pub(crate) async fn mark_all(ctx: Ctx, Form(form): Form<Mark>) -> WebResult {
    let until = form.until.parse().map_or(ctx.now, Timestamp::from_micros).min(ctx.now);
    notice::mark_all(ctx.db(), &ctx.principal, until).await?;
    tell_own_pages(&ctx);
    Ok(ctx.done(PAGE, ctx.tr.t("shell-notices-marked")))
}
