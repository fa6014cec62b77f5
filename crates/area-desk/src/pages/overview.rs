//! The overview: what flows in, what was found, what is silent. It moves by itself: news of its
//! topics make the browser fetch the live part again.

use crate::model::Alert;
use crate::ops::read_overview::{Counts, read_overview};
use crate::ports::{DeskPorts, Pulse};
use axum::Extension;
use base_authz::Action;
use base_core::Result;
use base_ui::{
    Bar, Column, Href, Row, Tone, card, empty, hbars, page_head, section, severity_bar, sparkline, stat, stats,
};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};

/// Units shown in the picture; the rest is one click away.
const UNITS_SHOWN: usize = 12;

/// `GET /`
pub(super) async fn page(ctx: Ctx, Extension(ports): Extension<DeskPorts>) -> WebResult<Markup> {
    let known = gather(&ctx, &ports).await?;
    let tr = &ctx.tr;
    let part = live_part(&ctx, &known);
    let title = tr.t("desk-overview-title");
    Ok(ctx.fragment_or(part, |part| {
        let lead = if known.province { tr.t("desk-overview-lead") } else { tr.t("desk-overview-lead-unit") };
        let content = html! {
            (page_head(&title, Some(&lead), html! {}))
            div data-live="overview alerts sources warnings" data-live-url="/" { (part) }
        };
        ctx.page(&title, content)
    }))
}

/// What the page shows.
struct Known {
    counts: Counts,
    pulse: Pulse,
    warnings: (i64, i64),
    province: bool,
}

async fn gather(ctx: &Ctx, ports: &DeskPorts) -> Result<Known> {
    let scope = ctx.require(Action::OverviewRead)?;
    Ok(Known {
        counts: read_overview(ctx.db(), ctx).await?,
        pulse: ports.pulse.pulse(&scope, ctx.now).await?,
        warnings: ports.warnings.open(&scope, ctx.now).await?,
        province: scope.as_units().is_none(),
    })
}

fn live_part(ctx: &Ctx, known: &Known) -> Markup {
    let tr = &ctx.tr;
    html! {
        (alert_stats(ctx, known))
        div class="grid" {
            (card(&tr.t("desk-overview-severity"), severities(ctx, &known.counts)))
            (flow(ctx, &known.pulse))
            (silent(ctx, &known.pulse))
        }
        @if known.province {
            div class="split" {
                (newest(ctx, &known.counts.newest))
                (units(ctx, &known.counts))
            }
        } @else {
            (newest(ctx, &known.counts.newest))
        }
    }
}

fn alert_stats(ctx: &Ctx, known: &Known) -> Markup {
    let (tr, counts, pulse) = (&ctx.tr, &known.counts, &known.pulse);
    let (open, overdue) = known.warnings;
    let tone = |bad: bool, tone: Tone| if bad { tone } else { Tone::Neutral };
    let searches = ctx.may(Action::EventsSearch);
    let sources = ctx.may(Action::SourcesRead);
    let events = searches.then(|| Href::new("/tim-kiem").with("range", "15m"));
    let unread = searches.then(|| Href::new("/tim-kiem").with("q", "mark:unparsed").with("range", "1h"));
    let silent = sources.then(|| Href::new("/nguon").with("health", "silent"));
    let refused = sources.then(|| Href::new("/nguon/tu-choi"));
    stats(html! {
        (stat(&tr.t("desk-stat-new"), &tr.number(counts.new), Some(&Href::new("/canh-bao").with("state", "new")),
            Some(&tr.ta("desk-stat-looking", &[("n", &counts.looking)])), tone(counts.new > 0, Tone::Warn)))
        (stat(&tr.t("desk-stat-warnings"), &tr.number(open), Some(&Href::new("/canh-bao-don-vi").with("state", "open")),
            Some(&tr.ta("desk-stat-overdue", &[("n", &overdue)])), tone(overdue > 0, Tone::Bad)))
        (stat(&tr.t("desk-stat-rate"), &tr.decimal(pulse.per_second), events.as_ref(),
            Some(&tr.t("desk-stat-rate-hint")), Tone::Info))
        (stat(&tr.t("desk-stat-silent"), &tr.number(pulse.silent), silent.as_ref(),
            Some(&tr.ta("desk-stat-silent-hint", &[("n", &pulse.sources)])), tone(pulse.silent > 0, Tone::Bad)))
        @if let Some(share) = pulse.unparsed_share {
            (stat(&tr.t("desk-stat-unread"), &tr.percent(share), unread.as_ref(),
                Some(&tr.t("desk-stat-unread-hint")), tone(share > 0.05, Tone::Warn)))
        }
        @if known.province {
            (stat(&tr.t("desk-stat-refused"), &tr.number(pulse.refused), refused.as_ref(),
                Some(&lag_hint(ctx, pulse)), tone(pulse.refused > 0, Tone::Warn)))
        }
    })
}

fn lag_hint(ctx: &Ctx, pulse: &Pulse) -> String {
    match pulse.lag {
        Some(lag) => ctx.tr.ta("desk-stat-lag", &[("n", &lag)]),
        None => ctx.tr.t("desk-stat-refused-hint"),
    }
}

fn severities(ctx: &Ctx, counts: &Counts) -> Markup {
    let since = counts.since.as_micros().to_string();
    let bars: Vec<_> = counts
        .by_severity
        .iter()
        .map(|(severity, n)| {
            let href = Href::new("/canh-bao").with("severity", severity.as_str()).with("from", &since);
            (*severity, *n, Some(href))
        })
        .collect();
    severity_bar(&ctx.tr, &bars)
}

fn flow(ctx: &Ctx, pulse: &Pulse) -> Markup {
    let tr = &ctx.tr;
    let total: i64 = pulse.minutes.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "a picture of counts")]
    let values: Vec<f64> = pulse.minutes.iter().map(|n| *n as f64).collect();
    let label = tr.ta("desk-flow-label", &[("n", &total)]);
    section(
        &tr.t("desk-overview-flow"),
        html! {
            @if ctx.may(Action::EventsSearch) {
                a href=(Href::new("/tim-kiem").with("range", "1h")) { (tr.t("desk-flow-search")) }
            }
        },
        html! { (sparkline(&label, &values)) p class="small muted" { (label) } },
    )
}

fn units(ctx: &Ctx, counts: &Counts) -> Markup {
    let tr = &ctx.tr;
    let since = counts.since.as_micros().to_string();
    let bars: Vec<Bar> = counts
        .by_unit
        .iter()
        .take(UNITS_SHOWN)
        .map(|(unit, n, grave)| {
            let href = Href::new("/canh-bao").with("from", &since);
            let (label, href) = match unit {
                Some(id) => (
                    ctx.web.units().unit(id).map_or_else(|| id.to_string(), |u| u.short),
                    href.with("unit", id.as_str()),
                ),
                None => (tr.t("desk-unit-none"), href.with("unit", super::list::NO_UNIT)),
            };
            let text = if *grave > 0 { format!("{} / {}", tr.number(*grave), tr.number(*n)) } else { tr.number(*n) };
            #[expect(clippy::cast_precision_loss, reason = "a picture of counts")]
            let value = *n as f64;
            Bar { label, value, text, href: Some(href) }
        })
        .collect();
    card(
        &tr.t("desk-overview-units"),
        html! {
            @if bars.is_empty() {
                p class="muted" { (tr.t("desk-overview-units-none")) }
            } @else {
                (hbars(&bars))
                p class="small muted" { (tr.t("desk-overview-units-hint")) }
            }
        },
    )
}

fn silent(ctx: &Ctx, pulse: &Pulse) -> Markup {
    let tr = &ctx.tr;
    card(
        &tr.t("desk-overview-silent"),
        html! {
            @if pulse.silent_names.is_empty() {
                p class="muted" { (if pulse.sources == 0 { tr.t("desk-silent-nosource") } else { tr.t("desk-silent-none") }) }
            } @else {
                ul { @for (name, href) in &pulse.silent_names {
                    li { @if ctx.may(Action::SourcesRead) { a href=(href) { (name) } } @else { (name) } }
                } }
                p class="small muted" { (tr.t("desk-silent-hint")) }
            }
        },
    )
}

fn newest(ctx: &Ctx, alerts: &[Alert]) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::narrow(tr.t("desk-column-severity")),
        Column::text(tr.t("desk-column-alert")),
        Column::text(tr.t("desk-column-unit")),
        Column::narrow(tr.t("desk-column-state")),
        Column::narrow(tr.t("desk-column-raised")),
    ];
    let rows = alerts.iter().map(|a| {
        Row::new(vec![
            base_ui::severity(tr, a.severity),
            super::list::title_cell(ctx, a),
            super::list::unit_cell(ctx, a.unit.as_ref()),
            super::state_badge(tr, a.state),
            base_ui::time(tr, a.raised_at, ctx.now),
        ])
    });
    section(
        &tr.t("desk-overview-newest"),
        html! { a href="/canh-bao" { (tr.t("desk-overview-all")) } },
        html! {
            @if alerts.is_empty() {
                (empty(&tr.t("desk-empty-title"), &tr.t("desk-empty-hint"), None))
            } @else {
                (base_ui::table(&tr.t("desk-overview-newest"), &columns, None, rows.collect()))
            }
        },
    )
}
