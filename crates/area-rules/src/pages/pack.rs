//! `/quy-tac/goi/{id}`: one pack: what differs, what it would have changed, and switching it on.

use super::packs::{nothing, state_badge};
use super::{PACKS, rule_href};
use crate::model::{Change, ChangeKind, Pack, PackState, Preview};
use crate::ops::manage_pack::{self, Desk};
use crate::ops::replay_pack::{self, REPLAY_DAYS};
use crate::ports::RulesPorts;
use axum::Extension;
use axum::extract::Path;
use axum::response::Response;
use base_authz::Action;
use base_core::Kind;
use base_ui::{
    Column, Href, Row, Tone, actions, badge, button, card, kv, meter, notice, page_head, section, stat, stats,
    time_full,
};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};
use std::sync::Arc;

/// Changed rules shown on the page.
const SHOWN: usize = 300;

fn href(id: &str) -> Href {
    Href::new(PACKS).segment(id)
}

/// `GET /quy-tac/goi/{id}`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let (pack, changes) = manage_pack::read(ctx.db(), &ports, &ctx, &id).await?;
    let tr = &ctx.tr;
    let title = tr.ta("rules-pack-title", &[("number", &pack.number)]);
    let part = would_change(&ctx, &ports, &pack);
    let content = html! {
        (page_head(&title, Some(&pack.name), html! {
            a class="button button-quiet" href=(PACKS) { (tr.t("rules-packs")) }
        }))
        (facts(&ctx, &pack))
        (differs(&ctx, &pack, &changes))
        div class="stack" data-live=(crate::TOPIC) data-live-url=(href(&id).segment("tien-do")) { (part) }
        (acts(&ctx, &pack))
        (mistakes(&ctx, &pack))
    };
    Ok(ctx.page(&title, content))
}

/// `GET …/tien-do`: what it would have changed, or how far the replay is.
pub(super) async fn progress(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let pack = manage_pack::brief(ctx.db(), &ctx, &id).await?;
    let part = would_change(&ctx, &ports, &pack);
    Ok(ctx.fragment_or(part, |part| ctx.page(&pack.name, part)))
}

fn facts(ctx: &Ctx, pack: &Pack) -> Markup {
    let tr = &ctx.tr;
    let mut rows = vec![
        (tr.t("rules-filter-state"), state_badge(tr, pack.state)),
        (tr.t("rules-pack-rules"), html! { (tr.number(pack.rules)) }),
        (tr.t("rules-pack-mistakes"), html! { (tr.number(pack.mistakes.len())) }),
        (tr.t("rules-pack-at"), html! { (time_full(tr, pack.at)) " · " (pack.by_name) }),
        (tr.t("rules-pack-digest"), html! { span class="mono small" { (pack.digest) } }),
    ];
    if let Some(at) = pack.active_at {
        rows.push((tr.t("rules-pack-active-at"), time_full(tr, at)));
    }
    card(&tr.t("rules-pack-facts"), kv(&rows))
}

/// Rules added, changed and removed.
fn differs(ctx: &Ctx, pack: &Pack, changes: &[Change]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-pack-differs");
    if pack.state == PackState::Active {
        return section(&title, html! {}, nothing(&tr.t("rules-pack-runs")));
    }
    if changes.is_empty() {
        return section(&title, html! {}, nothing(&tr.t("rules-pack-same")));
    }
    let count = |kind: ChangeKind| changes.iter().filter(|c| c.kind == kind).count();
    let columns = [
        Column::narrow(tr.t("rules-pack-change")),
        Column::narrow(tr.t("rules-column-level")),
        Column::text(tr.t("rules-column-rule")),
        Column::text(tr.t("rules-csv-file")),
    ];
    let rows = changes.iter().take(SHOWN).map(|c| {
        let tone = match c.kind {
            ChangeKind::Added => Tone::Good,
            ChangeKind::Changed => Tone::Info,
            ChangeKind::Removed => Tone::Bad,
        };
        Row::new(vec![
            badge(tone, &tr.dynamic("rules-change-", c.kind.as_str())),
            base_ui::severity(tr, c.info.level),
            html! { @if c.kind == ChangeKind::Added { (c.info.title) } @else { a href=(rule_href(&c.info.id)) { (c.info.title) } } },
            html! { span class="mono small" { (c.info.file) } },
        ])
    });
    section(
        &title,
        html! {},
        html! {
            (stats(html! {
                (stat(&tr.dynamic("rules-change-", "added"), &tr.number(count(ChangeKind::Added)), None, None, Tone::Good))
                (stat(&tr.dynamic("rules-change-", "changed"), &tr.number(count(ChangeKind::Changed)), None, None, Tone::Info))
                (stat(&tr.dynamic("rules-change-", "removed"), &tr.number(count(ChangeKind::Removed)), None, None, Tone::Bad))
            }))
            @if changes.len() > SHOWN { (nothing(&tr.ta("rules-pack-shown", &[("shown", &SHOWN), ("all", &changes.len())]))) }
            (base_ui::table(&title, &columns, None, rows.collect()))
        },
    )
}

/// The replay: its progress, its outcome, or the button to begin it.
fn would_change(ctx: &Ctx, ports: &RulesPorts, pack: &Pack) -> Markup {
    let tr = &ctx.tr;
    let title = tr.ta("rules-pack-would", &[("days", &REPLAY_DAYS)]);
    let begin = |label: &str| {
        html! {
            @if ctx.may(Action::RulesInstall) && pack.state != PackState::Active {
                form method="post" action=(href(&pack.id).segment("xem-truoc")) {
                    (ctx.csrf_field())
                    (actions(button(label, "")))
                }
            }
        }
    };
    let body = if let Some(running) = ports.replays.of(&pack.id) {
        let (done, total) = running.progress();
        html! {
            p { (tr.ta("rules-pack-progress", &[("done", &tr.number(done)), ("total", &tr.number(total))])) }
            (meter(&tr.t("rules-pack-progress-label"), share(done, total), None))
            // Looked after from here too: a short replay can be over before the page hears of news.
            div hx-get=(href(&pack.id).segment("tien-do")) hx-trigger="every 2s" hx-target="closest [data-live]" hx-swap="innerHTML" {}
            @if ctx.may(Action::RulesInstall) {
                form method="post" action=(href(&pack.id).segment("dung")) {
                    (ctx.csrf_field())
                    (actions(button(&tr.t("rules-pack-stop"), "button-quiet")))
                }
            }
        }
    } else if let Some(reason) = ports.replays.failure(&pack.id) {
        html! { (notice(Tone::Bad, html! { p { (tr.t("rules-pack-failed")) " " (reason) } })) (begin(&tr.t("rules-pack-again"))) }
    } else if let Some(preview) = &pack.preview {
        html! { (outcome(ctx, preview)) (begin(&tr.t("rules-pack-again"))) }
    } else {
        html! { p class="muted" { (tr.t("rules-pack-not-yet")) } (begin(&tr.t("rules-pack-begin"))) }
    };
    section(&title, html! {}, body)
}

#[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
fn share(done: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { done as f64 / total as f64 }
}

fn outcome(ctx: &Ctx, p: &Preview) -> Markup {
    let tr = &ctx.tr;
    let said = tr.ta(
        "rules-pack-said",
        &[
            ("events", &tr.number(p.events)),
            ("from", &tr.time(p.from)),
            ("until", &tr.time(p.until)),
            ("before", &tr.number(p.before)),
            ("after", &tr.number(p.after)),
        ],
    );
    let columns = [
        Column::text(tr.t("rules-column-rule")),
        Column::number(tr.t("rules-pack-before")),
        Column::number(tr.t("rules-pack-after")),
    ];
    let rows = p.rules.iter().map(|d| {
        Row::new(vec![
            html! { (d.title) div class="small muted mono" { (d.rule) } },
            html! { (tr.number(d.before)) },
            html! { (tr.number(d.after)) },
        ])
    });
    html! {
        (notice(if p.before == p.after && p.rules.is_empty() { Tone::Good } else { Tone::Warn }, html! {
            p { (said) }
            @if p.shortened { p { (tr.t("rules-pack-shortened")) } }
        }))
        @if p.rules.is_empty() { p class="muted" { (tr.t("rules-pack-no-change")) } }
        @else { (base_ui::table(&tr.t("rules-pack-by-rule"), &columns, None, rows.collect())) }
    }
}

/// Switching on and throwing away.
fn acts(ctx: &Ctx, pack: &Pack) -> Markup {
    let tr = &ctx.tr;
    let can = matches!(pack.state, PackState::Staged | PackState::Former) && ctx.may(Action::RulesInstall);
    if !can {
        return html! {};
    }
    card(
        &tr.t("rules-pack-decide"),
        html! {
            p class="lead" { (tr.t("rules-pack-decide-lead")) }
            div class="row" {
                form method="post" action=(href(&pack.id).segment("ap-dung")) {
                    (ctx.csrf_field())
                    (button(&tr.t("rules-pack-activate"), "button-primary"))
                }
                @if pack.state == PackState::Staged {
                    form method="post" action=(href(&pack.id).segment("bo")) {
                        (ctx.csrf_field())
                        (button(&tr.t("rules-pack-discard"), "button-danger"))
                    }
                }
            }
        },
    )
}

fn mistakes(ctx: &Ctx, pack: &Pack) -> Markup {
    if pack.mistakes.is_empty() {
        return html! {};
    }
    let tr = &ctx.tr;
    section(
        &tr.t("rules-pack-mistakes"),
        html! {},
        html! {
            p class="muted" { (tr.t("rules-pack-mistakes-hint")) }
            ul { @for text in pack.mistakes.iter().take(100) { li class="mono small" { (text) } } }
        },
    )
}

/// `POST …/xem-truoc`: begins the replay.
pub(super) async fn preview(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let news = ctx.web.news().clone();
    let tell = Arc::new(move || news.send(News::new(crate::TOPIC, Action::RulesRead)));
    match replay_pack::begin(ctx.db(), &ports, &ctx, ctx.web.clock().clone(), &id, tell).await {
        Ok(()) => Ok(ctx.done(href(&id), ctx.tr.t("rules-pack-begun"))),
        Err(error) if error.kind == Kind::Conflict => Ok(ctx.flash(href(&id), Tone::Warn, ctx.tr.t("rules-pack-busy"))),
        Err(error) => Err(error.into()),
    }
}

/// `POST …/dung`: stops the replay.
pub(super) async fn stop(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    replay_pack::stop(&ports, &ctx, &id)?;
    Ok(ctx.done(href(&id), ctx.tr.t("rules-pack-stopped")))
}

/// `POST …/ap-dung`: switches the pack on.
pub(super) async fn activate(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let desk = Desk { db: ctx.db(), book: &ports.book, shipped: &ports.shipped, caller: &ctx };
    match manage_pack::activate(desk, &id).await {
        Ok(()) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            Ok(ctx.done(href(&id), ctx.tr.t("rules-pack-activated")))
        }
        Err(error) if error.kind == Kind::Conflict => Ok(ctx.flash(href(&id), Tone::Warn, ctx.tr.t("rules-pack-late"))),
        Err(error) => Err(error.into()),
    }
}

/// `POST …/bo`: throws a pack away that never ran.
pub(super) async fn discard(ctx: Ctx, Path(id): Path<String>) -> WebResult<Response> {
    match manage_pack::discard(ctx.db(), &ctx, &id).await {
        Ok(()) => Ok(ctx.done(PACKS, ctx.tr.t("rules-pack-discarded"))),
        Err(error) if error.kind == Kind::Conflict => Ok(ctx.flash(href(&id), Tone::Warn, ctx.tr.t("rules-pack-late"))),
        Err(error) => Err(error.into()),
    }
}
