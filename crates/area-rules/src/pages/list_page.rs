//! `/quy-tac/chi-bao/{list}`: one list: what is in force, what waits, and what to do with it.

use super::list_upload::replace_form;
use super::lists::{expiry, list_href, size, standing_badge};
use super::{LISTS, rule_href, shelf_of};
use crate::model::{ListFile, ListReport, Standing};
use crate::ops::manage_list::{self, Desk};
use crate::ops::read_lists::{self, ListView};
use crate::ports::RulesPorts;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base_authz::Action;
use base_core::{Kind, Severity};
use base_ui::{Href, Tone, actions, button, card, kv, notice, page_head, section, time_full};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};
use std::io::Read;

/// Mistakes shown on the page.
const SHOWN: usize = 200;
/// Bytes of a download at a time, and pieces that wait.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 8;

/// `GET /quy-tac/chi-bao/{list}`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let view = read_lists::one(ctx.db(), shelf_of(&ports)?, &ctx, &id).await?;
    let tr = &ctx.tr;
    let title = view.list.spec.title.clone();
    let part = html! { (facts(&ctx, &view)) (staged(&ctx, &view)) };
    let may = ctx.may(Action::IndicatorsManage);
    Ok(ctx.fragment_or(part, |part| {
        let content = html! {
            (page_head(&title, view.list.spec.source.as_deref(), html! {
                @if may && (view.list.active.is_some() || view.list.staged.is_some()) {
                    a class="button button-quiet" href=(list_href(&id).segment("tai-ve")) { (tr.t("rules-list-download")) }
                }
                a class="button button-quiet" href=(rule_href(&format!("indicator-{id}"))) { (tr.t("rules-list-rule")) }
                a class="button button-quiet" href=(LISTS) { (tr.t("rules-lists")) }
            }))
            div class="stack" data-live=(crate::TOPIC) data-live-url=(list_href(&id)) { (part) }
            @if may {
                div class="grid" {
                    (card(&tr.t("rules-list-replace"), html! {
                        p class="small muted" { (tr.t("rules-list-replace-hint")) }
                        (replace_form(&ctx, &id))
                    }))
                    (switch_card(&ctx, &view))
                }
            }
            @if let Some(file) = &view.list.active { (mistakes(&ctx, &file.report)) }
        };
        ctx.page(&title, content)
    }))
}

fn facts(ctx: &Ctx, view: &ListView) -> Markup {
    let (tr, list) = (&ctx.tr, &view.list);
    let spec = &list.spec;
    let mut rows = vec![
        (tr.t("rules-filter-state"), standing_badge(tr, list, view.standing.as_ref())),
        (tr.t("rules-column-level"), base_ui::severity(tr, spec.level.unwrap_or(Severity::High))),
        (tr.t("rules-list-size"), html! { (tr.number(size(list, view.standing.as_ref()))) }),
    ];
    if let Some(Standing::InForce(count)) = &view.standing {
        if count.expired > 0 {
            rows.push((tr.t("rules-list-expired-n"), html! { (tr.number(count.expired)) }));
        }
        rows.push((tr.t("rules-list-expiry"), html! { (expiry(tr, count, ctx.now)) }));
    }
    if let Some(days) = spec.lifetime_days {
        rows.push((tr.t("rules-list-lifetime"), html! { (tr.ta("rules-list-days", &[("n", &days)])) }));
    }
    if spec.min_confidence > 0 {
        rows.push((tr.t("rules-list-min-confidence"), html! { (spec.min_confidence) }));
    }
    if let Some(tlp) = spec.tlp {
        rows.push((tr.t("rules-list-tlp"), html! { "TLP:" (tlp.as_str().to_uppercase()) }));
    }
    rows.push((tr.t("rules-list-hits"), html! { (tr.number(view.hits.week)) " · " (tr.number(view.hits.month)) }));
    rows.push((tr.t("rules-list-allowed"), html! { (tr.number(view.hits.allowed)) }));
    if view.hits.expired > 0 {
        rows.push((tr.t("rules-list-met-expired"), html! { (tr.number(view.hits.expired)) }));
    }
    if let Some(file) = &list.active {
        rows.extend(file_rows(ctx, file));
    }
    html! {
        @if let Some(Standing::Failed(why)) = &view.standing { (notice(Tone::Bad, html! { p { (why) } })) }
        (card(&tr.t("rules-list-facts"), kv(&rows)))
    }
}

fn file_rows(ctx: &Ctx, file: &ListFile) -> Vec<(String, Markup)> {
    let tr = &ctx.tr;
    let bytes = tr.bytes(u64::try_from(file.bytes).unwrap_or(0));
    vec![
        (
            tr.t("rules-list-file"),
            html! { (file.name) " · " (tr.dynamic("rules-format-", file.format.as_str())) " · " (bytes) },
        ),
        (tr.t("rules-list-at"), html! { (time_full(tr, file.at)) " · " (file.by_name) }),
        (tr.t("rules-pack-digest"), html! { span class="mono small" { (file.digest) } }),
    ]
}

/// The file that waits: what the reader said, and what to do with it.
fn staged(ctx: &Ctx, view: &ListView) -> Markup {
    let Some(file) = &view.list.staged else { return html! {} };
    let tr = &ctx.tr;
    let report = &file.report;
    let mut rows = vec![
        (tr.t("rules-list-added"), html! { (tr.number(report.added)) }),
        (tr.t("rules-list-wrong"), html! { (tr.number(report.wrong())) }),
    ];
    if report.unwanted > 0 {
        rows.push((tr.t("rules-list-unwanted"), html! { (tr.number(report.unwanted)) }));
    }
    if !report.other_kinds.is_empty() {
        let kinds = report.other_kinds.iter().map(|(kind, n)| format!("{kind}: {n}")).collect::<Vec<_>>();
        rows.push((tr.t("rules-list-other-kinds"), html! { (kinds.join(", ")) }));
    }
    rows.extend(file_rows(ctx, file));
    let href = list_href(&view.list.spec.id);
    let waits = card(
        &tr.t("rules-list-waits"),
        html! {
            (notice(if report.wrong() > 0 { Tone::Warn } else { Tone::Info }, html! { p { (tr.t("rules-list-waits-lead")) } }))
            (kv(&rows))
            @if ctx.may(Action::IndicatorsManage) {
                div class="row" {
                    form method="post" action=(href.segment("dua-vao")) {
                        (ctx.csrf_field())
                        (button(&tr.t("rules-list-activate"), "button-primary"))
                    }
                    form method="post" action=(href_of(view).segment("bo")) {
                        (ctx.csrf_field())
                        (button(&tr.t("rules-list-discard"), "button-danger"))
                    }
                }
            }
        },
    );
    html! { (waits) (mistakes(ctx, report)) }
}

fn href_of(view: &ListView) -> Href {
    list_href(&view.list.spec.id)
}

fn mistakes(ctx: &Ctx, report: &ListReport) -> Markup {
    if report.mistakes.is_empty() {
        return html! {};
    }
    let tr = &ctx.tr;
    let shown = report.mistakes.len().min(SHOWN);
    section(
        &tr.t("rules-list-mistakes"),
        html! {},
        html! {
            p class="muted" { (tr.ta("rules-list-mistakes-hint", &[("shown", &shown), ("all", &tr.number(report.wrong()))])) }
            ul { @for text in report.mistakes.iter().take(SHOWN) { li class="mono small" { (text) } } }
        },
    )
}

/// Off and on, and the way to remove it.
fn switch_card(ctx: &Ctx, view: &ListView) -> Markup {
    let tr = &ctx.tr;
    let (to, label, hint) = if view.list.is_on {
        ("tat", tr.t("rules-list-switch-off"), tr.t("rules-list-switch-off-hint"))
    } else {
        ("bat", tr.t("rules-list-switch-on"), tr.t("rules-list-switch-on-hint"))
    };
    card(
        &tr.t("rules-list-switch"),
        html! {
            p class="small muted" { (hint) }
            form method="post" action=(href_of(view).segment(to)) {
                (ctx.csrf_field())
                (actions(button(&label, "")))
            }
            @if view.list.active.is_some() || view.list.staged.is_some() || !view.list.shipped {
                p class="small muted" { (tr.t("rules-list-remove-hint")) }
                p { a class="button button-danger" href=(href_of(view).segment("xoa")) { (tr.t("rules-list-remove")) } }
            }
        },
    )
}

/// `GET …/xoa`: asks before a list is removed.
pub(super) async fn ask(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    ctx.require(Action::IndicatorsManage)?;
    let view = read_lists::one(ctx.db(), shelf_of(&ports)?, &ctx, &id).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-list-remove");
    let n = tr.number(size(&view.list, view.standing.as_ref()));
    let said = tr.ta("rules-list-remove-ask", &[("title", &view.list.spec.title), ("n", &n)]);
    let content = html! {
        (page_head(&title, Some(&view.list.spec.title), html! {}))
        (card(&title, html! {
            p { (said) }
            p class="muted" { (tr.t("rules-list-remove-after")) }
            form method="post" action=(href_of(&view).segment("xoa")) {
                (ctx.csrf_field())
                (actions(html! {
                    (button(&tr.t("rules-list-remove"), "button-danger"))
                    a class="button button-quiet" href=(href_of(&view)) { (tr.t("rules-cancel")) }
                }))
            }
        }))
    };
    Ok(ctx.page(&title, content))
}

/// What a button does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Activate,
    Discard,
    On,
    Off,
    Remove,
}

async fn act(ctx: &Ctx, ports: &RulesPorts, id: &str, deed: Deed, said: String) -> WebResult<Response> {
    let desk = Desk { db: ctx.db(), ids: ctx.web.ids(), shelf: shelf_of(ports)?, caller: ctx };
    let done = match deed {
        Deed::Activate => manage_list::activate(desk, id).await,
        Deed::Discard => manage_list::discard(desk, id).await,
        Deed::On => manage_list::switch(desk, id, true).await,
        Deed::Off => manage_list::switch(desk, id, false).await,
        Deed::Remove => manage_list::remove(desk, id).await,
    };
    match done {
        Ok(()) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            // The list may be gone with what was thrown away.
            let stays = !matches!(deed, Deed::Remove | Deed::Discard);
            Ok(ctx.done(if stays { list_href(id) } else { Href::new(LISTS) }, said))
        }
        Err(error) if error.kind == Kind::Conflict => {
            Ok(ctx.flash(list_href(id), Tone::Warn, ctx.tr.t("rules-list-late")))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST …/dua-vao`: puts the file that waits into force.
pub(super) async fn activate(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let said = ctx.tr.t("rules-list-activated");
    act(&ctx, &ports, &id, Deed::Activate, said).await
}

/// `POST …/bo`: throws the file that waits away.
pub(super) async fn discard(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let said = ctx.tr.t("rules-list-discarded");
    act(&ctx, &ports, &id, Deed::Discard, said).await
}

/// `POST …/tat`: switches the list off.
pub(super) async fn off(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let said = ctx.tr.t("rules-list-off-done");
    act(&ctx, &ports, &id, Deed::Off, said).await
}

/// `POST …/bat`: switches the list on.
pub(super) async fn on(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let said = ctx.tr.t("rules-list-on-done");
    act(&ctx, &ports, &id, Deed::On, said).await
}

/// `POST …/xoa`: removes the list.
pub(super) async fn remove(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let said = ctx.tr.t("rules-list-removed");
    act(&ctx, &ports, &id, Deed::Remove, said).await
}

/// `GET …/tai-ve`: the file as it was handed in, unpacked.
pub(super) async fn download(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let (name, mut text) = read_lists::text(ctx.db(), shelf_of(&ports)?, &ctx, &id).await?;
    let (send, receive) = tokio::sync::mpsc::channel::<std::io::Result<Bytes>>(WAITING);
    // Reading blocks; a browser that goes away closes the channel and ends it.
    tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; PIECE];
        loop {
            let read = text.read(&mut piece).map(|n| Bytes::copy_from_slice(piece.get(..n).unwrap_or_default()));
            // An error is told to the browser by breaking off, an end is not.
            let (ended, failed) = (read.as_ref().is_ok_and(Bytes::is_empty), read.is_err());
            if ended || send.blocking_send(read).is_err() || failed {
                return;
            }
        }
    });
    let pieces = futures::stream::unfold(receive, |mut receive| async move { Some((receive.recv().await?, receive)) });
    // Only letters that need no quoting: the rest of the world's names end in `_`.
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' }).collect();
    let plain = plain.trim_end_matches(".gz").trim_end_matches(".zst").to_owned();
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"")),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
