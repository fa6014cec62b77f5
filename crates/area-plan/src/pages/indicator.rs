//! `/ke-hoach/{indicator}`: one indicator with its units, its history and how it is measured.

use super::shared;
use crate::model::{Declared, Indicator, Measurement, UnitFigure};
use crate::ops::read_indicators::{self, Known};
use axum::extract::{Path, Query};
use base_authz::Action;
use base_core::{Error, Result};
use base_ui::{Column, Href, Row, Sort, button, empty, page_head, section, sparkline, steps, table, time, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// How the table of units is ordered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Order {
    sort: String,
    dir: String,
}

/// The indicator of the address, or "not found".
pub(crate) fn find(word: &str) -> Result<Indicator> {
    Indicator::parse(word).ok_or_else(|| Error::not_found(format!("no indicator '{word}'")))
}

/// The page.
pub(crate) async fn handler(ctx: Ctx, Path(word): Path<String>, Query(order): Query<Order>) -> WebResult<Markup> {
    let indicator = find(&word)?;
    let known = read_indicators::read(ctx.db(), &ctx, indicator).await?;
    let title = shared::name(&ctx.tr, indicator);
    Ok(ctx.page(&title, content(&ctx, &known, &title, &order)))
}

fn content(ctx: &Ctx, known: &Known, title: &str, order: &Order) -> Markup {
    let tr = &ctx.tr;
    let about = tr.dynamic("plan-about-", known.indicator.as_str());
    html! {
        (page_head(title, Some(&about), head_actions(ctx, known)))
        div class="grid" {
            (section(&tr.t("plan-values"), html! {}, shared::values(tr, known, ctx.now)))
            (section(&tr.t("plan-how"), html! {}, how(ctx, known)))
        }
        (section(&tr.t("plan-units"), html! { a href=(shared::href(known.indicator).segment("export.csv")) { (tr.t("plan-export")) } }, units(ctx, known, order)))
        (section(&tr.t("plan-declarations"), html! {}, declarations(ctx, &known.declared)))
    }
}

fn head_actions(ctx: &Ctx, known: &Known) -> Markup {
    if !ctx.may(Action::PlanDeclare) {
        return html! {};
    }
    html! {
        form method="post" action=(shared::href(known.indicator).segment("do-lai")) {
            (ctx.csrf_field())
            (button(&ctx.tr.t("plan-measure-now"), ""))
        }
        a class="button" href=(shared::href(known.indicator).segment("cong-bo")) { (ctx.tr.t("plan-declare")) }
    }
}

fn how(ctx: &Ctx, known: &Known) -> Markup {
    let tr = &ctx.tr;
    let word = known.indicator.as_str();
    let lines = [tr.dynamic("plan-how1-", word), tr.dynamic("plan-how2-", word), tr.dynamic("plan-how3-", word)];
    #[expect(clippy::cast_precision_loss, reason = "a small picture of counts")]
    let shares: Vec<f64> = known
        .history
        .iter()
        .filter(|(_, _, whole)| *whole > 0)
        .map(|(_, part, whole)| *part as f64 / *whole as f64)
        .collect();
    html! {
        (steps(&lines))
        @if shares.len() > 1 {
            p class="muted" { (tr.ta("plan-history", &[("n", &shares.len())])) }
            (sparkline(&tr.t("plan-history-picture"), &shares))
        }
    }
}

fn units(ctx: &Ctx, known: &Known, order: &Order) -> Markup {
    let tr = &ctx.tr;
    let Some(measurement) = known.measured.as_ref().filter(|m| !m.units.is_empty()) else {
        return empty(&tr.t("plan-empty"), &tr.t("plan-empty-hint"), None);
    };
    let key = if order.sort.is_empty() { "share" } else { order.sort.as_str() };
    let descending = order.dir == "desc";
    let href = shared::href(known.indicator);
    let sort = Sort { key, descending, href: &href };
    let columns = [
        Column::text(tr.t("plan-col-unit")).sorted_by("unit"),
        Column::number(tr.dynamic("plan-col-part-", known.indicator.as_str())).sorted_by("part"),
        Column::number(tr.dynamic("plan-col-whole-", known.indicator.as_str())).sorted_by("whole"),
        Column::number(tr.t("plan-col-share")).sorted_by("share"),
        Column::number(tr.t("plan-col-unknown")).sorted_by("unknown"),
        Column::narrow(tr.t("plan-col-newest")).sorted_by("newest"),
    ];
    let rows = sorted(ctx, measurement, key, descending).into_iter().map(|u| unit_row(ctx, u)).collect();
    table(&tr.t("plan-units"), &columns, Some(&sort), rows)
}

fn sorted<'m>(ctx: &Ctx, m: &'m Measurement, key: &str, descending: bool) -> Vec<&'m UnitFigure> {
    let mut units: Vec<&UnitFigure> = m.units.iter().collect();
    let name = |u: &UnitFigure| base_core::fold::fold(&ctx.web.units().name(&u.unit));
    match key {
        "part" => units.sort_by_key(|u| u.numerator),
        "whole" => units.sort_by_key(|u| u.denominator),
        "unknown" => units.sort_by_key(|u| u.unknown),
        "newest" => units.sort_by_key(|u| u.newest_at),
        "unit" => units.sort_by_cached_key(|u| name(u)),
        // Cross-multiplied, so that shares compare exactly.
        _ => units.sort_by(|a, b| {
            (a.numerator * b.denominator).cmp(&(b.numerator * a.denominator)).then(b.denominator.cmp(&a.denominator))
        }),
    }
    if descending {
        units.reverse();
    }
    units
}

fn unit_row(ctx: &Ctx, u: &UnitFigure) -> Row {
    let tr = &ctx.tr;
    let info = ctx.web.units().unit(&u.unit);
    let name = info.as_ref().map_or_else(|| u.unit.as_str().to_owned(), |i| i.name.clone());
    let link = info.map(|i| Href::new("/don-vi").segment(i.code));
    Row::new(vec![
        html! { @match link { Some(link) => { a href=(link) { (name) } } None => { (name) } } },
        html! { (tr.number(u.numerator)) },
        html! { (tr.number(u.denominator)) },
        html! { (shared::percent(tr, crate::model::measurement::share(u.numerator, u.denominator))) },
        html! { (tr.number(u.unknown)) },
        html! { @match u.newest_at { Some(at) => { (time(tr, at, ctx.now)) } None => { "—" } } },
    ])
}

fn declarations(ctx: &Ctx, declared: &[Declared]) -> Markup {
    let tr = &ctx.tr;
    if declared.is_empty() {
        return empty(&tr.t("plan-not-declared"), &tr.t("plan-not-declared-hint"), None);
    }
    let columns = [
        Column::number(tr.t("plan-declared")),
        Column::narrow(tr.t("plan-declared-on")),
        Column::text(tr.t("plan-basis")),
        Column::text(tr.t("plan-entered-by")),
        Column::narrow(tr.t("plan-entered-at")),
    ];
    let rows = declared
        .iter()
        .map(|d| {
            Row::new(vec![
                html! { (tr.percent(d.value)) },
                html! { (day(&d.declared_on)) },
                html! { (d.basis) },
                html! { (d.by_name) },
                html! { (time_full(tr, d.at)) },
            ])
        })
        .collect();
    table(&tr.t("plan-declarations"), &columns, None, rows)
}

/// `2013-10-18` as `18/10/2013`; anything else as it is.
fn day(stored: &str) -> String {
    let mut parts = stored.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(y), Some(m), Some(d)) => format!("{d}/{m}/{y}"),
        _ => stored.to_owned(),
    }
}
