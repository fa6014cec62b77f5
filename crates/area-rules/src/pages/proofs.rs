//! `/quy-tac/dien-lai`: the replay proof: which share of known attack samples the rules detect.

use super::INDEX;
use crate::model::{Proof, Suite};
use crate::ops::prove;
use crate::ports::RulesPorts;
use axum::Extension;
use axum::response::Response;
use base_authz::Action;
use base_ui::{Column, Row, Tone, button, empty, meter, notice, page_head, section, time_full};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};

/// `GET /quy-tac/dien-lai`
pub(super) async fn page(ctx: Ctx) -> WebResult<Markup> {
    let proofs = prove::history(ctx.db(), &ctx).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-proof");
    let content = html! {
        (page_head(&title, Some(&tr.ta("rules-proof-lead", &[("days", &prove::EVERY_DAYS)])), html! {
            @if ctx.may(Action::RulesTune) {
                form method="post" action="/quy-tac/dien-lai" { (ctx.csrf_field()) (button(&tr.t("rules-proof-now"), "")) }
            }
            a class="button button-quiet" href=(INDEX) { (tr.t("rules-back")) }
        }))
        @for suite in Suite::ALL { (of_suite(&ctx, suite, &proofs)) }
    };
    Ok(ctx.page(&title, content))
}

fn of_suite(ctx: &Ctx, suite: Suite, proofs: &[Proof]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.dynamic("rules-suite-", suite.as_str());
    let mine: Vec<&Proof> = proofs.iter().filter(|p| p.suite == suite).collect();
    let Some(newest) = mine.first() else {
        let hint = tr.dynamic("rules-suite-none-", suite.as_str());
        return section(&title, html! {}, empty(&tr.t("rules-proof-none"), &hint, None));
    };
    let columns = [
        Column::narrow(tr.t("rules-proof-at")),
        Column::number(tr.t("rules-proof-share")),
        Column::number(tr.t("rules-proof-detected")),
        Column::number(tr.t("rules-proof-total")),
        Column::number(tr.t("rules-stat-all")),
        Column::text(tr.t("rules-proof-by")),
    ];
    let rows = mine.iter().map(|p| {
        Row::new(vec![
            time_full(tr, p.at),
            html! { (p.share().map_or_else(|| "—".to_owned(), |s| tr.percent(s))) },
            html! { (tr.number(p.detected)) },
            html! { (tr.number(p.total)) },
            html! { (tr.number(p.rules)) },
            html! { (p.by_name) },
        ])
    });
    section(
        &title,
        html! {},
        html! {
            @if let Some(share) = newest.share() { (meter(&tr.percent(share), share, None)) }
            @if !newest.missed.is_empty() {
                (notice(Tone::Warn, html! {
                    p { (tr.ta("rules-proof-missed", &[("n", &(newest.total - newest.detected))])) }
                    details {
                        summary { (tr.t("rules-proof-missed-list")) }
                        ul { @for name in &newest.missed { li class="mono small" { (name) } } }
                    }
                }))
            }
            (base_ui::table(&title, &columns, None, rows.collect()))
        },
    )
}

/// `POST /quy-tac/dien-lai`: replays now.
pub(super) async fn replay(ctx: Ctx, Extension(ports): Extension<RulesPorts>) -> WebResult<Response> {
    prove::prove(ctx.db(), ctx.web.ids(), &ports, &ctx).await?;
    ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
    Ok(ctx.done("/quy-tac/dien-lai", ctx.tr.t("rules-proof-done")))
}
