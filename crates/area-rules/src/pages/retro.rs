//! `/quy-tac/luat/{id}/ra-lai` and `/quy-tac/ra-lai/{id}`: a rule held against what is stored already.

use super::rule_href;
use crate::model::{Retro, RetroState};
use crate::ops::retro_hunt::{self, Ground};
use crate::ports::RulesPorts;
use axum::extract::Path;
use axum::response::Response;
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, Timestamp};
use base_ui::{
    Bar, Column, Field, Href, Row, Tone, actions, badge, button, card, empty, hbars, kv, meter, notice, page_head,
    section, time_full,
};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Days that can be picked.
const DAYS: [i64; 5] = [1, 7, 30, 90, 365];

fn href(id: &str) -> Href {
    Href::new("/quy-tac/ra-lai").segment(id)
}

/// `GET /quy-tac/luat/{rule}/ra-lai`: the form, and earlier hunts of the rule.
pub(super) async fn of_rule(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(rule): Path<String>,
) -> WebResult<Markup> {
    let info = ports.book.find(&rule).ok_or_else(|| Error::not_found(format!("no rule {rule}")))?;
    let hunts = retro_hunt::of_rule(ctx.db(), &ctx, &rule).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-retro");
    let content = html! {
        (page_head(&title, Some(info.title_in(tr.lang())), html! {
            a class="button button-quiet" href=(rule_href(&rule)) { (tr.t("rules-retro-back")) }
        }))
        p class="lead" { (tr.t("rules-retro-lead")) }
        @if ctx.may(Action::RulesTune) && ctx.may(Action::EventsSearch) { (form(&ctx, &rule)) }
        (earlier(&ctx, &ports, &hunts))
    };
    Ok(ctx.page(&title, content))
}

fn form(ctx: &Ctx, rule: &str) -> Markup {
    let tr = &ctx.tr;
    let mut days: Vec<(String, String)> =
        DAYS.iter().map(|n| (n.to_string(), tr.ta("rules-retro-days", &[("n", n)]))).collect();
    days.push(("0".to_owned(), tr.t("rules-retro-all")));
    card(
        &tr.t("rules-retro-begin"),
        html! {
            form method="post" action=(rule_href(rule).segment("ra-lai")) class="filter-bar" {
                (ctx.csrf_field())
                (Field::select("days", &tr.t("rules-retro-range"), days).value("30").render())
                (button(&tr.t("rules-retro-go"), "button-primary"))
            }
            p class="small muted" { (tr.t("rules-retro-note")) }
        },
    )
}

fn state_badge(ctx: &Ctx, hunt: &Retro, running: bool) -> Markup {
    let (tone, word) = match hunt.state {
        RetroState::Running if running => (Tone::Info, "running"),
        RetroState::Running => (Tone::Warn, "interrupted"),
        RetroState::Done => (Tone::Good, "done"),
        RetroState::Stopped => (Tone::Warn, "stopped"),
        RetroState::Failed => (Tone::Bad, "failed"),
    };
    badge(tone, &ctx.tr.dynamic("rules-retro-state-", word))
}

fn span(ctx: &Ctx, hunt: &Retro) -> String {
    let tr = &ctx.tr;
    let from = hunt.from.map_or_else(|| tr.t("rules-retro-beginning"), |from| tr.time(from));
    format!("{from} – {}", tr.time(hunt.until))
}

fn earlier(ctx: &Ctx, ports: &RulesPorts, hunts: &[Retro]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-retro-earlier");
    if hunts.is_empty() {
        return section(&title, html! {}, empty(&tr.t("rules-retro-none"), &tr.t("rules-retro-none-hint"), None));
    }
    let columns = [
        Column::narrow(tr.t("rules-retro-at")),
        Column::text(tr.t("rules-retro-range")),
        Column::narrow(tr.t("rules-filter-state")),
        Column::number(tr.t("rules-retro-hits")),
        Column::number(tr.t("rules-retro-events")),
        Column::text(tr.t("rules-proof-by")),
    ];
    let rows = hunts.iter().map(|hunt| {
        Row::new(vec![
            html! { a href=(href(&hunt.id)) { (tr.time(hunt.at)) } },
            html! { (span(ctx, hunt)) },
            state_badge(ctx, hunt, ports.hunts.of(&hunt.id).is_some()),
            html! { (tr.number(hunt.hits)) },
            html! { (tr.number(hunt.events)) },
            html! { (hunt.by_name) },
        ])
    });
    section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect()))
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Begin {
    days: i64,
}

/// `POST /quy-tac/luat/{rule}/ra-lai`
pub(super) async fn begin(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(rule): Path<String>,
    Form(asked): Form<Begin>,
) -> WebResult<Response> {
    let from = (asked.days > 0).then(|| ctx.now.plus_secs(-asked.days.min(36_500) * 86_400));
    let news = ctx.web.news().clone();
    let ground = Ground {
        db: ctx.db().clone(),
        ports,
        clock: Arc::clone(ctx.web.clock()),
        tell: Arc::new(move || news.send(News::new(crate::TOPIC, Action::RulesRead))),
    };
    let span = (from, ctx.now.plus_micros(1));
    let id = retro_hunt::begin(&ground, ctx.web.ids(), &ctx, &rule, span).await?;
    Ok(base_web::see_other(href(&id)))
}

/// `GET /quy-tac/ra-lai/{id}`: how far it is, or what it found.
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let hunt = retro_hunt::one(ctx.db(), &ctx, &id).await?;
    let tr = &ctx.tr;
    let part = standing(&ctx, &ports, &hunt);
    if ctx.is_fragment() {
        return Ok(part);
    }
    let title = tr.t("rules-retro");
    let content = html! {
        (page_head(&title, Some(&hunt.title), html! {
            a class="button button-quiet" href=(rule_href(&hunt.rule).segment("ra-lai")) { (tr.t("rules-retro-again")) }
            a class="button button-quiet" href=(rule_href(&hunt.rule)) { (tr.t("rules-retro-back")) }
        }))
        div class="stack" data-live=(crate::TOPIC) data-live-url=(href(&id)) { (part) }
    };
    Ok(ctx.page(&title, content))
}

#[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
fn standing(ctx: &Ctx, ports: &RulesPorts, hunt: &Retro) -> Markup {
    let tr = &ctx.tr;
    let running = ports.hunts.of(&hunt.id);
    let mut rows = vec![
        (tr.t("rules-filter-state"), state_badge(ctx, hunt, running.is_some())),
        (tr.t("rules-retro-range"), html! { (span(ctx, hunt)) }),
        (tr.t("rules-retro-at"), html! { (time_full(tr, hunt.at)) " · " (hunt.by_name) }),
    ];
    if hunt.state != RetroState::Running {
        rows.push((tr.t("rules-retro-events"), html! { (tr.number(hunt.events)) }));
        rows.push((tr.t("rules-retro-hits"), html! { strong { (tr.number(hunt.hits)) } }));
    }
    let number = |n: u64| tr.number(i64::try_from(n).unwrap_or(i64::MAX));
    let body = html! {
        (kv(&rows))
        @if let Some(running) = running {
            @let (done, total, hits) = running.progress();
            p { (tr.ta("rules-retro-progress", &[("done", &number(done)), ("total", &number(total)), ("hits", &number(hits))])) }
            (meter(&tr.t("rules-retro-state-running"), done as f64 / total.max(1) as f64, None))
            @if ctx.may(Action::RulesTune) {
                form method="post" action=(href(&hunt.id).segment("dung")) {
                    (ctx.csrf_field())
                    (actions(button(&tr.t("rules-retro-stop"), "")))
                }
            }
        }
        @if let Some(message) = &hunt.message { (notice(Tone::Bad, html! { p { (message) } })) }
    };
    html! {
        (card(&tr.t("rules-retro-hunt"), body))
        @if hunt.state != RetroState::Running { (found(ctx, hunt)) }
    }
}

/// Where an event, or the search around a hit, is seen.
fn event_href(hit: &crate::model::RetroHit) -> Option<Href> {
    let id = hit.event.as_deref()?;
    Some(Href::new("/su-kien").segment(id).with_opt("near", hit.time.map(|t| t.to_string())))
}

fn found(ctx: &Ctx, hunt: &Retro) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-retro-found");
    if hunt.found.hits.is_empty() {
        return section(&title, html! {}, empty(&tr.t("rules-retro-nothing"), &tr.t("rules-retro-nothing-hint"), None));
    }
    let columns = [
        Column::narrow(tr.t("rules-retro-time")),
        Column::text(tr.t("rules-retro-host")),
        Column::text(tr.t("rules-retro-user")),
        Column::text(tr.t("rules-retro-matched")),
    ];
    let dash = || html! { span class="muted" { "—" } };
    let text =
        |value: &Option<String>| value.as_deref().map_or_else(dash, |v| html! { span class="mono small" { (v) } });
    let rows = hunt.found.hits.iter().map(|hit| {
        let time = hit.time.map_or_else(|| "—".to_owned(), |t| tr.time_secs(Timestamp::from_micros(t)));
        let link = event_href(hit).filter(|_| ctx.may(Action::EventsSearch));
        Row::new(vec![
            match link {
                Some(link) => html! { a class="nowrap" href=(link) { (time) } },
                None => html! { (time) },
            },
            text(&hit.host),
            text(&hit.user),
            html! {
                @if let Some((field, value)) = &hit.matched { span class="mono small" { (field) ": " (value) } }
                @if hit.events > 1 { " " span class="small muted" { (tr.ta("rules-retro-stands-for", &[("n", &tr.number(i64::try_from(hit.events).unwrap_or(i64::MAX)))])) } }
            },
        ])
    });
    let bars: Vec<Bar> = hunt
        .found
        .hosts
        .iter()
        .take(15)
        .map(|(host, n)| {
            let n = i64::try_from(*n).unwrap_or(i64::MAX);
            let query = engine_lake::Query::field_is("host.name", host);
            let href = Href::new("/tim-kiem")
                .with("q", query.text())
                .with_opt("from", hunt.from.map(|t| t.as_micros().to_string()))
                .with("until", hunt.until.as_micros().to_string());
            Bar { label: host.clone(), value: super::height(n), text: tr.number(n), href: Some(href) }
        })
        .collect();
    html! {
        @if !bars.is_empty() { (section(&tr.t("rules-retro-hosts"), html! {}, hbars(&bars))) }
        (section(&title, html! {}, html! {
            @if usize::try_from(hunt.hits).unwrap_or(usize::MAX) > hunt.found.hits.len() {
                (notice(Tone::Info, html! { p { (tr.ta("rules-retro-shown", &[("shown", &hunt.found.hits.len()), ("all", &hunt.hits)])) } }))
            }
            (base_ui::table(&title, &columns, None, rows.collect()))
        }))
    }
}

/// `POST /quy-tac/ra-lai/{id}/dung`
pub(super) async fn stop(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    retro_hunt::stop(ctx.db(), &ports, &ctx, &id).await?;
    Ok(base_web::see_other(href(&id)))
}
