//! `/quy-tac/chi-bao`: lists of indicators: what is in force, a value tried, and the form to hand one in.

use super::list_upload::form;
use super::{LISTS, shelf_of};
use crate::model::{IndicatorList, Standing};
use crate::ops::read_lists::{self, ListView};
use crate::ports::RulesPorts;
use crate::shelf::Shelf;
use crate::store::lists::OwnAllow;
use axum::Extension;
use axum::extract::Query;
use axum::response::Response;
use base_authz::Action;
use base_core::{FieldError, Result, Severity, Timestamp};
use base_i18n::Tr;
use base_ui::{Column, Field, Href, Row, Tone, badge, card, empty, notice, page_head, section, time, time_full};
use base_web::{Csv, Ctx, WebResult};
use engine_detect::indicators::{ListCount, Probe, Verdict};
use maud::{Markup, html};
use serde::Deserialize;

/// The query of the address: a value to be tried.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    value: String,
}

/// Address of a list's page.
pub(super) fn list_href(id: &str) -> Href {
    Href::new(LISTS).segment(id)
}

/// `GET /quy-tac/chi-bao`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Query(params): Query<Params>,
) -> WebResult<Markup> {
    Ok(shown(&ctx, shelf_of(&ports)?, &params, &[], None).await?)
}

/// The page; `refused` is what is wrong with a form, and why in the reader's words.
pub(super) async fn shown(
    ctx: &Ctx,
    shelf: &Shelf,
    params: &Params,
    errors: &[FieldError],
    why: Option<&str>,
) -> Result<Markup> {
    let (lists, own) = read_lists::all(ctx.db(), shelf, ctx).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-lists");
    let part = table(ctx, &lists);
    if ctx.is_fragment() {
        return Ok(part);
    }
    let content = html! {
        (page_head(&title, Some(&tr.t("rules-lists-lead")), html! {
            a class="button button-quiet" href="/quy-tac/chi-bao/xuat.csv" { (tr.t("rules-export")) }
            a class="button button-quiet" href=(super::INDEX) { (tr.t("rules-back")) }
        }))
        div class="stack" data-live=(crate::TOPIC) data-live-url=(LISTS) { (part) }
        div class="grid" {
            (probe_card(ctx, shelf, &params.value)?)
            (allow_card(ctx, shelf, own.as_ref()))
        }
        @if ctx.may(Action::IndicatorsManage) { (form(ctx, &lists, errors, why)) }
    };
    Ok(ctx.page(&title, content))
}

/// How far a list is on its way, as a badge.
pub(super) fn standing_badge(tr: &Tr, list: &IndicatorList, standing: Option<&Standing>) -> Markup {
    match (list.is_on, &list.active, standing) {
        (false, ..) => badge(Tone::Neutral, &tr.t("rules-list-off")),
        (true, None, _) if list.staged.is_some() => badge(Tone::Info, &tr.t("rules-list-staged")),
        (true, None, _) => badge(Tone::Neutral, &tr.t("rules-list-no-file")),
        (true, Some(_), Some(Standing::InForce(count))) if count.values > 0 && count.expired == count.values => {
            badge(Tone::Warn, &tr.t("rules-list-expired"))
        }
        (true, Some(_), Some(Standing::InForce(_))) => badge(Tone::Good, &tr.t("rules-list-in-force")),
        (true, Some(_), Some(Standing::Failed(_))) => badge(Tone::Bad, &tr.t("rules-list-failed")),
        (true, Some(_), Some(Standing::Loading) | None) => badge(Tone::Info, &tr.t("rules-list-loading")),
    }
}

/// What a list holds in memory, or what its file holds as long as it is not there.
pub(super) fn size(list: &IndicatorList, standing: Option<&Standing>) -> i64 {
    match standing {
        Some(Standing::InForce(count)) => i64::try_from(count.values - count.expired).unwrap_or(i64::MAX),
        _ => list.active.as_ref().or(list.staged.as_ref()).map_or(0, |f| f.report.added),
    }
}

/// Until when the indicators of a list count.
pub(super) fn expiry(tr: &Tr, count: &ListCount, now: Timestamp) -> String {
    match count.last_expiry {
        None => tr.t("rules-list-never-ends"),
        Some(end) if count.unending > 0 => tr.ta("rules-list-partly-ends", &[("date", &tr.date(end))]),
        Some(end) if end <= now => tr.ta("rules-list-ended", &[("date", &tr.date(end))]),
        Some(end) => tr.ta("rules-list-ends", &[("date", &tr.date(end))]),
    }
}

fn table(ctx: &Ctx, lists: &[ListView]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-lists-all");
    if lists.is_empty() {
        return section(&title, html! {}, empty(&tr.t("rules-lists-none"), &tr.t("rules-lists-none-hint"), None));
    }
    let columns = [
        Column::narrow(tr.t("rules-filter-state")),
        Column::text(tr.t("rules-list-name")),
        Column::narrow(tr.t("rules-column-level")),
        Column::number(tr.t("rules-list-size")),
        Column::text(tr.t("rules-list-age")),
        Column::number(tr.t("rules-list-week")),
        Column::number(tr.t("rules-list-month")),
        Column::number(tr.t("rules-list-allowed")),
    ];
    let rows = lists.iter().map(|view| row(ctx, view)).collect();
    let nothing = lists.iter().all(|l| l.list.active.is_none());
    html! {
        @if nothing { (notice(Tone::Info, html! { p { (tr.t("rules-lists-nothing")) } })) }
        (section(&title, html! {}, base_ui::table(&title, &columns, None, rows)))
    }
}

fn row(ctx: &Ctx, view: &ListView) -> Row {
    let (tr, list) = (&ctx.tr, &view.list);
    let alerts = Href::new(super::INDEX).segment("luat").segment(format!("indicator-{}", list.spec.id));
    let hits = |n: i64| {
        html! { @if n > 0 { a href=(alerts) { (tr.number(n)) } } @else { (tr.number(n)) } }
    };
    Row::new(vec![
        html! {
            (standing_badge(tr, list, view.standing.as_ref()))
            @if list.active.is_some() && list.staged.is_some() { div class="small" { (badge(Tone::Info, &tr.t("rules-list-new-file"))) } }
        },
        html! {
            a href=(list_href(&list.spec.id)) { (list.spec.title) }
            @if let Some(source) = &list.spec.source { div class="small muted" { (source) } }
        },
        base_ui::severity(tr, list.spec.level.unwrap_or(Severity::High)),
        html! { (tr.number(size(list, view.standing.as_ref()))) },
        html! {
            @match &list.active {
                Some(file) => {
                    (time(tr, file.at, ctx.now))
                    @if let Some(Standing::InForce(count)) = &view.standing {
                        div class="small muted" { (expiry(tr, count, ctx.now)) }
                    }
                }
                None => { span class="muted" { "—" } }
            }
        },
        hits(view.hits.week),
        hits(view.hits.month),
        html! { (tr.number(view.hits.allowed)) },
    ])
}

/// A value held against what is in force.
fn probe_card(ctx: &Ctx, shelf: &Shelf, value: &str) -> Result<Markup> {
    let tr = &ctx.tr;
    let told = match value.trim() {
        "" => None,
        value => Some(read_lists::probe(shelf, ctx, value)?),
    };
    Ok(card(
        &tr.t("rules-probe"),
        html! {
            form method="get" action=(LISTS) {
                (Field::text("value", &tr.t("rules-probe-value")).value(value).required().max(2_000)
                    .placeholder("evil.example").hint(&tr.t("rules-probe-hint")).render())
                (base_ui::actions(base_ui::button(&tr.t("rules-probe-go"), "")))
            }
            @if let Some(probe) = told { div class="stack" role="status" { (outcome(tr, &probe)) } }
        },
    ))
}

fn outcome(tr: &Tr, probe: &Probe) -> Markup {
    if probe.listed.is_empty() {
        return notice(
            Tone::Info,
            html! {
                p { (tr.t("rules-probe-none")) }
                @if let Some(entry) = &probe.allowed_by { p { (tr.t("rules-probe-allowed")) " " code { (entry) } } }
            },
        );
    }
    html! {
        @for l in &probe.listed {
            @let (tone, said) = match &l.verdict {
                Verdict::Told => (Tone::Bad, tr.t("rules-probe-told")),
                Verdict::Expired => (Tone::Neutral, tr.t("rules-probe-expired")),
                Verdict::Allowed(_) => (Tone::Good, tr.t("rules-probe-hidden")),
            };
            (notice(tone, html! {
                p { strong { (said) } @if let Verdict::Allowed(entry) = &l.verdict { " " code { (entry) } } }
                p {
                    code { (l.indicator) } " · " (tr.dynamic("rules-kind-", l.kind.as_str())) " · "
                    a href=(list_href(&l.list)) { (l.title) }
                }
                p class="small muted" {
                    @if let Some(source) = &l.source { (source) " · " }
                    @if let Some(n) = l.confidence { (tr.ta("rules-probe-confidence", &[("n", &u32::from(n))])) " · " }
                    @if let Some(at) = l.sightings.1 { (tr.ta("rules-probe-seen", &[("date", &tr.date(at))])) " · " }
                    "TLP:" (l.tlp.as_str().to_uppercase())
                    @if let Some(end) = l.expires { " · " (tr.ta("rules-list-ends", &[("date", &tr.date(end))])) }
                }
            }))
        }
    }
}

/// What is allowed, and the way to change it.
fn allow_card(ctx: &Ctx, shelf: &Shelf, own: Option<&OwnAllow>) -> Markup {
    let tr = &ctx.tr;
    let count =
        |text: &str| text.lines().filter(|l| !l.split('#').next().unwrap_or_default().trim().is_empty()).count();
    let shipped: usize = shelf.shipped_allow().iter().map(|f| count(&f.text)).sum();
    card(
        &tr.t("rules-allow"),
        html! {
            p { (tr.t("rules-allow-lead")) }
            p { (tr.ta("rules-allow-shipped", &[("n", &shipped)])) }
            @match own {
                Some(own) => {
                    p { (tr.ta("rules-allow-own", &[("n", &count(&own.text))])) }
                    p class="small muted" { (own.by_name) " · " (time_full(tr, own.at)) }
                }
                None => { p class="muted" { (tr.t("rules-allow-own-none")) } }
            }
            p { a class="button" href="/quy-tac/chi-bao/cho-phep" { (tr.t("rules-allow-open")) } }
        },
    )
}

/// `GET /quy-tac/chi-bao/xuat.csv`
pub(super) async fn export(ctx: Ctx, Extension(ports): Extension<RulesPorts>) -> WebResult<Response> {
    let (lists, _) = read_lists::all(ctx.db(), shelf_of(&ports)?, &ctx).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("rules-list-id"),
        &tr.t("rules-list-name"),
        &tr.t("rules-column-level"),
        &tr.t("rules-list-source"),
        &tr.t("rules-list-size"),
        &tr.t("rules-list-age"),
        &tr.t("rules-list-week"),
        &tr.t("rules-list-month"),
        &tr.t("rules-list-allowed"),
    ]);
    for ListView { list, standing, hits } in &lists {
        let level = list.spec.level.unwrap_or(Severity::High);
        csv.row(&[
            &list.spec.id,
            &list.spec.title,
            &tr.dynamic("ui-severity-", level.as_str()),
            list.spec.source.as_deref().unwrap_or_default(),
            &size(list, standing.as_ref()).to_string(),
            &list.active.as_ref().map(|f| tr.time_secs(f.at)).unwrap_or_default(),
            &hits.week.to_string(),
            &hits.month.to_string(),
            &hits.allowed.to_string(),
        ]);
    }
    Ok(csv.attachment("chi-bao.csv"))
}
