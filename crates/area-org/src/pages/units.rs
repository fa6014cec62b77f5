//! `/don-vi`: the units.

use super::filter::{self, Filter};
use super::{block_name, number_opt, parts};
use crate::model::{Block, DenominatorSet, UnitRow};
use crate::org::Org;
use crate::store;
use axum::Extension;
use axum::extract::Query;
use base_authz::Action;
use base_core::{Lang, Timestamp};
use base_ui::{Column, Field, Href, List, Page, Row, Sort, Tone, badge, dot, empty, filter_bar, page_head, time};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use std::sync::Arc;

pub(super) const PAGE: &str = "/don-vi";
const ROWS: i64 = 50;
/// A unit of which nothing was seen for so many seconds is marked as silent.
const SILENT_SECS: i64 = 86_400;

pub(crate) async fn show(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Query(filter): Query<Filter>,
) -> WebResult<Markup> {
    let rows = filter::units(&ctx, &org, &filter).await?;
    let sets = store::set::newest(&org.db).await?;
    let tr = &ctx.tr;
    let title = tr.t("org-units-title");
    let content = html! {
        (page_head(&title, Some(&tr.t("org-units-lead")), actions(&ctx)))
        (parts(&ctx, PAGE, &filter.at))
        (filter_bar(tr, PAGE, fields(&ctx, &filter, &sets)))
        (filter.at.note(tr, &filter.href(PAGE), ctx.now))
        @if rows.is_empty() {
            (nothing(&ctx, &filter))
        } @else {
            (list(&ctx, &filter, &rows))
            (sums(&ctx, &rows))
        }
    };
    Ok(ctx.page(&title, content))
}

fn actions(ctx: &Ctx) -> Markup {
    let tr = &ctx.tr;
    html! {
        @if ctx.may(Action::UnitsManage) { a class="button" href="/don-vi/nhap" { (base_ui::icon(base_ui::Icon::Upload)) (tr.t("org-import")) } }
        @if ctx.may(Action::UnitsManage) { a class="button button-primary" href="/don-vi/them" { (tr.t("org-unit-add")) } }
    }
}

fn fields(ctx: &Ctx, filter: &Filter, sets: &[DenominatorSet]) -> Markup {
    let tr = &ctx.tr;
    let any = |text: String| (String::new(), text);
    let mut blocks = vec![any(tr.t("org-any-block"))];
    blocks.extend(Block::ALL.into_iter().map(|b| (b.as_str().to_owned(), block_name(tr, b))));
    let states = vec![
        any(tr.t("org-state-active")),
        ("planned".to_owned(), tr.t("org-state-planned")),
        ("ended".to_owned(), tr.t("org-state-ended")),
        ("all".to_owned(), tr.t("org-state-all")),
    ];
    let mut choices = vec![any(tr.t("org-any-set"))];
    choices.extend(sets.iter().map(|s| (s.code.clone(), set_name(ctx, s).to_owned())));
    html! {
        (Field::input("search", "q", &tr.t("org-search")).value(&*filter.q).render())
        (Field::select("block", &tr.t("org-block"), blocks).value(&*filter.block).submit_on_change().render())
        (Field::select("state", &tr.t("org-state"), states).value(&*filter.state).submit_on_change().render())
        @if choices.len() > 1 { (Field::select("set", &tr.t("org-set"), choices).value(&*filter.set).submit_on_change().render()) }
        @if !filter.parent.is_empty() { input type="hidden" name="parent" value=(filter.parent); }
        (filter.at.field(tr))
    }
}

pub(super) fn set_name<'s>(ctx: &Ctx, set: &'s DenominatorSet) -> &'s str {
    match ctx.tr.lang() {
        Lang::Vi => &set.name_vi,
        Lang::En => &set.name_en,
    }
}

fn nothing(ctx: &Ctx, filter: &Filter) -> Markup {
    let tr = &ctx.tr;
    let asked = [&filter.q, &filter.block, &filter.set, &filter.parent, &filter.state];
    let filtered = filter.at.is_set() || asked.into_iter().any(|f| !f.is_empty());
    let body = if filtered {
        empty(&tr.t("org-none-fit"), &tr.t("org-none-fit-hint"), None)
    } else {
        let add = Href::new("/don-vi/them");
        let label = tr.t("org-unit-add");
        let action = ctx.may(Action::UnitsManage).then_some((label.as_str(), &add));
        empty(&tr.t("org-none"), &tr.t("org-none-hint"), action)
    };
    base_ui::card(&tr.t("org-units-title"), body)
}

fn list(ctx: &Ctx, filter: &Filter, rows: &[UnitRow]) -> Markup {
    let tr = &ctx.tr;
    let here = filter.href(PAGE);
    let page = Page::new(filter.page, ROWS);
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let take = usize::try_from(page.size).unwrap_or(usize::MAX);
    let columns = vec![
        Column::narrow(tr.t("org-code")).sorted_by("code").named("code"),
        Column::text(tr.t("org-unit")).sorted_by("name"),
        Column::text(tr.t("org-block")).named("block"),
        Column::number(tr.t("org-machines-declared")).sorted_by("declared").named("declared"),
        Column::number(tr.t("org-machines-seen")).sorted_by("seen").named("seen"),
        Column::number(tr.t("org-licensed")).sorted_by("licensed").named("licensed"),
        Column::narrow(tr.t("org-firewall")).named("firewall"),
        Column::narrow(tr.t("org-last-seen")).sorted_by("last").named("last"),
        Column::narrow(tr.t("org-valid-from")).extra("from"),
        Column::narrow(tr.t("org-valid-to")).extra("to"),
    ];
    let sort = Sort { key: &filter.sort, descending: filter.descending(), href: &here };
    let shown = rows.iter().skip(skip).take(take).map(|r| row(ctx, filter, r)).collect();
    let (title, total) = (tr.t("org-units-title"), i64::try_from(rows.len()).unwrap_or(i64::MAX));
    let mut list =
        List::new("units", &title, columns, shown).sort(sort).page(page, total, &here).chosen(ctx.columns("units"));
    if ctx.may(Action::UnitsExport) {
        list =
            list.export("CSV", filter.href("/don-vi/export.csv")).export("Excel", filter.href("/don-vi/export.xlsx"));
    }
    list.render(tr, ctx.csrf_field(), ctx.here())
}

fn day(ctx: &Ctx, at: Option<Timestamp>) -> Markup {
    html! { @match at { Some(at) => { (ctx.tr.date(at)) } None => { span class="muted" { "—" } } } }
}

fn row(ctx: &Ctx, filter: &Filter, row: &UnitRow) -> Row {
    let (tr, unit, now) = (&ctx.tr, &row.unit, filter.at.moment(ctx.now));
    let page = Href::new(PAGE).segment(&unit.code).with("at", filter.at.text());
    let successor = unit.successor.as_ref().and_then(|id| ctx.web.units().unit(id));
    let seen = match row.last_seen {
        None => dot(Tone::Bad, &tr.t("org-never-seen")),
        Some(at) if at.plus_secs(SILENT_SECS) < ctx.now => html! { (dot(Tone::Warn, "")) " " (time(tr, at, ctx.now)) },
        Some(at) => html! { (dot(Tone::Good, "")) " " (time(tr, at, ctx.now)) },
    };
    Row::new(vec![
        html! { code { (unit.code) } },
        html! {
            a href=(page) { (unit.name) }
            @if unit.is_assumed { " " (badge(Tone::Neutral, &tr.t("org-assumed"))) }
            @if unit.valid_from.is_some_and(|t| now < t) { " " (badge(Tone::Info, &tr.t("org-planned"))) }
            @if let Some(to) = unit.valid_to {
                @if to <= now { " " (badge(Tone::Warn, &tr.t("org-ended"))) } @else { " " (badge(Tone::Info, &tr.ta("org-until", &[("day", &tr.date(to))]))) }
                @if let Some(next) = successor { span class="small muted" { " → " (next.name) } }
            }
        },
        html! { (block_name(tr, unit.block)) },
        html! { (number_opt(tr, unit.machines_declared)) },
        html! { a href=(page) { (tr.number(row.machines_seen)) } },
        html! { a href=(page.with("licence", "licensed")) { (tr.number(row.licensed)) } },
        html! { @if row.firewalls > 0 { (badge(Tone::Good, &tr.t("org-firewall-yes"))) } @else { span class="muted" { (tr.t("org-firewall-no")) } } },
        seen,
        day(ctx, unit.valid_from),
        day(ctx, unit.valid_to),
    ])
}

fn sums(ctx: &Ctx, rows: &[UnitRow]) -> Markup {
    let tr = &ctx.tr;
    let units = rows.len();
    let declared: i64 = rows.iter().filter_map(|r| r.unit.machines_declared).sum();
    let seen: i64 = rows.iter().map(|r| r.machines_seen).sum();
    let licensed: i64 = rows.iter().map(|r| r.licensed).sum();
    let firewalls = rows.iter().filter(|r| r.firewalls > 0).count();
    html! {
        p class="muted small" {
            (tr.ta("org-sums", &[("units", &units), ("declared", &declared), ("seen", &seen), ("licensed", &licensed), ("firewalls", &firewalls)]))
        }
    }
}
