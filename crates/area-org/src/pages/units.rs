//! `/don-vi`: the units.

use super::filter::{self, Filter};
use super::{block_name, number_opt};
use crate::model::{Block, DenominatorSet, UnitRow};
use crate::org::Org;
use crate::store;
use axum::Extension;
use axum::extract::Query;
use base_authz::Action;
use base_core::Lang;
use base_ui::{
    Column, Field, Href, Page, Row, Sort, Tone, badge, dot, empty, filter_bar, page_head, pager, section, table, time,
};
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
        (page_head(&title, Some(&tr.t("org-units-lead")), actions(&ctx, &filter)))
        (filter_bar(tr, PAGE, fields(&ctx, &filter, &sets)))
        @if rows.is_empty() {
            (nothing(&ctx, &filter))
        } @else {
            (list(&ctx, &filter, &rows))
            (sums(&ctx, &rows))
        }
        @if !sets.is_empty() && ctx.principal.home_unit().is_none() { (sets_card(&ctx, &sets)) }
    };
    Ok(ctx.page(&title, content))
}

fn actions(ctx: &Ctx, filter: &Filter) -> Markup {
    let tr = &ctx.tr;
    html! {
        @if ctx.may(Action::UnitsExport) { a class="button" href=(filter.href("/don-vi/export.csv")) { (base_ui::icon(base_ui::Icon::Download)) (tr.t("org-export")) } }
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
    }
}

fn set_name<'s>(ctx: &Ctx, set: &'s DenominatorSet) -> &'s str {
    match ctx.tr.lang() {
        Lang::Vi => &set.name_vi,
        Lang::En => &set.name_en,
    }
}

fn nothing(ctx: &Ctx, filter: &Filter) -> Markup {
    let tr = &ctx.tr;
    let filtered = !(filter.q.is_empty() && filter.block.is_empty() && filter.set.is_empty());
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
    let columns = [
        Column::narrow(tr.t("org-code")).sorted_by("code"),
        Column::text(tr.t("org-unit")).sorted_by("name"),
        Column::text(tr.t("org-block")),
        Column::number(tr.t("org-machines-declared")).sorted_by("declared"),
        Column::number(tr.t("org-machines-seen")).sorted_by("seen"),
        Column::number(tr.t("org-licensed")).sorted_by("licensed"),
        Column::narrow(tr.t("org-firewall")),
        Column::narrow(tr.t("org-last-seen")).sorted_by("last"),
    ];
    let sort = Sort { key: &filter.sort, descending: filter.descending(), href: &here };
    let shown = rows.iter().skip(skip).take(take).map(|r| row(ctx, r)).collect();
    html! {
        (table(&tr.t("org-units-title"), &columns, Some(&sort), shown))
        (pager(tr, page, i64::try_from(rows.len()).unwrap_or(i64::MAX), &here))
    }
}

fn row(ctx: &Ctx, row: &UnitRow) -> Row {
    let tr = &ctx.tr;
    let unit = &row.unit;
    let page = Href::new(PAGE).segment(&unit.code);
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
            @if !unit.active_at(ctx.now) { " " (badge(Tone::Warn, &tr.t("org-ended"))) }
        },
        html! { (block_name(tr, unit.block)) },
        html! { (number_opt(tr, unit.machines_declared)) },
        html! { a href=(page) { (tr.number(row.machines_seen)) } },
        html! { a href=(page.with("licence", "licensed")) { (tr.number(row.licensed)) } },
        html! { @if row.firewalls > 0 { (badge(Tone::Good, &tr.t("org-firewall-yes"))) } @else { span class="muted" { (tr.t("org-firewall-no")) } } },
        seen,
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

/// What percentages of the plan are percentages of.
fn sets_card(ctx: &Ctx, sets: &[DenominatorSet]) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::text(tr.t("org-set")),
        Column::number(tr.t("org-set-units")),
        Column::number(tr.t("org-set-version")),
        Column::narrow(tr.t("org-set-made")),
        Column::text(tr.t("org-note")),
    ];
    let rows = sets.iter().map(|set| {
        Row::new(vec![
            html! { (set_name(ctx, set)) },
            html! { a href=(Href::new(PAGE).with("set", &set.code).with("state", "all")) { (tr.number(i64::try_from(set.units.len()).unwrap_or(0))) } },
            html! { (tr.number(set.version)) },
            html! { (tr.date(set.made_at)) },
            html! { span class="small" { (set.note.as_deref().unwrap_or("")) } },
        ])
    });
    section(
        &tr.t("org-sets-title"),
        html! {},
        html! {
            (table(&tr.t("org-sets-title"), &columns, None, rows.collect()))
            p class="muted small" { (tr.t("org-sets-lead")) }
        },
    )
}
