//! Beside an alert: its facts, the warnings sent for it, its history. Fetched again on news.

use crate::model::{HistoryEntry, HistoryKind};
use crate::ops::read_alert::Full;
use crate::ports::{DeskPorts, WarningRef};
use base_authz::Action;
use base_core::Result;
use base_ui::{Href, Tone, badge, card, kv, time, time_full};
use base_web::Ctx;
use maud::{Markup, html};

/// The live part beside the alert.
pub(super) async fn part(ctx: &Ctx, ports: &DeskPorts, full: &Full) -> Result<Markup> {
    let warnings = match ctx.require(Action::WarningsRead) {
        Ok(scope) => ports.warnings.of_alert(&scope, &full.alert.id).await?,
        Err(_) => Vec::new(),
    };
    Ok(html! {
        (facts(ctx, full))
        (warned(ctx, full, &warnings))
        (history(ctx, &full.history))
    })
}

fn facts(ctx: &Ctx, full: &Full) -> Markup {
    let (tr, a) = (&ctx.tr, &full.alert);
    let mut rows = vec![
        (tr.t("desk-column-state"), super::state_badge(tr, a.state)),
        (tr.t("desk-column-unit"), unit(ctx, full)),
        (
            tr.t("desk-column-entity"),
            html! { (tr.dynamic("desk-entity-", &a.entity.kind)) " " span class="mono" { (a.entity.name) } },
        ),
    ];
    if let Some(host) = a.host.as_ref().filter(|h| **h != a.entity.name) {
        rows.push((tr.t("desk-host"), html! { span class="mono" { (host) } }));
    }
    rows.push((tr.t("desk-first"), time_full(tr, a.first_seen)));
    rows.push((
        tr.t("desk-column-last"),
        html! { (time_full(tr, a.last_seen)) " (" (time(tr, a.last_seen, ctx.now)) ")" },
    ));
    rows.push((tr.t("desk-column-count"), count(ctx, full)));
    if let Some(holder) = &a.holder_name {
        rows.push((tr.t("desk-holder"), html! { (holder) }));
    }
    card(&tr.t("desk-facts"), kv(&rows))
}

fn unit(ctx: &Ctx, full: &Full) -> Markup {
    let Some(id) = &full.alert.unit else { return html! { (ctx.tr.t("desk-unit-none")) } };
    let name = ctx.web.units().name(id);
    html! { a href=(Href::new("/canh-bao").with("unit", id.as_str())) { (name) } }
}

/// The number of detections, leading to the events of its machine in its time.
fn count(ctx: &Ctx, full: &Full) -> Markup {
    let a = &full.alert;
    let n = ctx.tr.number(a.detections);
    match super::around::query(a).filter(|_| ctx.may(Action::EventsSearch)) {
        None => html! { (n) },
        Some(query) => {
            let href = Href::new("/tim-kiem")
                .with("q", query.text())
                .with("from", a.first_seen.as_micros().to_string())
                .with("until", a.last_seen.plus_secs(1).as_micros().to_string());
            html! { a href=(href) { (n) } }
        }
    }
}

fn warned(ctx: &Ctx, full: &Full, warnings: &[WarningRef]) -> Markup {
    let tr = &ctx.tr;
    card(
        &tr.t("desk-warnings"),
        html! {
            @if warnings.is_empty() {
                p class="muted" {
                    (if full.alert.unit.is_some() { tr.t("desk-warnings-none") } else { tr.t("desk-warnings-nounit") })
                }
            }
            @for w in warnings {
                div class="stack" {
                    p class="row" {
                        a href=(w.href) { (w.code) }
                        (warning_badge(ctx, w))
                    }
                    p class="small" {
                        (ctx.web.units().name(&w.unit)) " · " (time_full(tr, w.issued_at)) " · "
                        (tr.ta("desk-warning-due", &[("time", &tr.time(w.due_at))]))
                    }
                    @if let Some(answer) = &w.answer { blockquote { (answer) } }
                }
            }
        },
    )
}

fn warning_badge(ctx: &Ctx, w: &WarningRef) -> Markup {
    let tr = &ctx.tr;
    let tone = match w.state {
        "acknowledged" => Tone::Good,
        "read" => Tone::Info,
        _ => Tone::Neutral,
    };
    html! {
        (badge(tone, &tr.dynamic("desk-warning-", w.state)))
        @if w.overdue { " " (badge(Tone::Bad, &tr.t("desk-overdue"))) }
    }
}

fn history(ctx: &Ctx, lines: &[HistoryEntry]) -> Markup {
    card(&ctx.tr.t("desk-history"), html! { ol class="timeline" { @for line in lines { li { (entry(ctx, line)) } } } })
}

fn entry(ctx: &Ctx, line: &HistoryEntry) -> Markup {
    let tr = &ctx.tr;
    let who = if line.actor_name.is_empty() { tr.t("desk-program") } else { line.actor_name.clone() };
    let text = match (line.kind, line.to) {
        (HistoryKind::State, Some(to)) => {
            tr.ta("desk-history-state", &[("state", &tr.dynamic("desk-state-", to.as_str()))])
        }
        (HistoryKind::Warned, _) => tr.ta("desk-history-warned", &[("code", &line.note)]),
        (kind, _) => tr.dynamic("desk-history-", kind.as_str()),
    };
    let note = !line.note.is_empty() && line.kind != HistoryKind::Warned;
    html! {
        p { (text) }
        @if note { blockquote { (line.note) } }
        p class="small muted" { (who) " · " (time_full(tr, line.at)) }
    }
}
