//! `/he-thong`: the information systems.

use super::as_of::AsOf;
use crate::model::System;
use crate::org::Org;
use crate::store;
use axum::Extension;
use axum::extract::Query;
use base_authz::Action;
use base_core::{Result, Timestamp, UnitId, fold::fold};
use base_ui::{Column, Field, Href, Row, Sort, Tone, badge, empty, filter_bar, page_head, table};
use base_web::{Csv, Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const PAGE: &str = "/he-thong";

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    level: String,
    /// The day of which the names of units are.
    #[serde(default)]
    at: AsOf,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    dir: String,
}

impl Filter {
    fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("q", &self.q)
            .with("level", &self.level)
            .with("at", self.at.text())
            .with("sort", &self.sort)
            .with("dir", &self.dir)
    }
}

async fn load(ctx: &Ctx, org: &Org, filter: &Filter) -> Result<Vec<System>> {
    let scope = ctx.require(Action::SystemsRead)?;
    let mut systems = store::system::list(&org.db, &scope).await?;
    let q = fold(filter.q.trim());
    let level: Option<i64> = filter.level.parse().ok();
    let text = |s: &System| q.is_empty() || fold(&format!("{} {}", s.code, s.name)).contains(&q);
    systems.retain(|s| text(s) && level.is_none_or(|l| s.level_2026 == Some(l)));
    match filter.sort.as_str() {
        "name" => systems.sort_by_key(|s| fold(&s.name)),
        "level" => systems.sort_by_key(|s| s.level_2026),
        // By code, as the store gives them.
        _ => {}
    }
    if filter.dir == "desc" {
        systems.reverse();
    }
    Ok(systems)
}

fn unit_name(ctx: &Ctx, id: Option<&UnitId>, at: Timestamp) -> String {
    id.map_or_else(|| "—".to_owned(), |id| ctx.web.units().name_at(id, at))
}

pub(crate) async fn show(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Query(filter): Query<Filter>,
) -> WebResult<Markup> {
    let systems = load(&ctx, &org, &filter).await?;
    let tr = &ctx.tr;
    let title = tr.t("org-systems-title");
    let file = html! { a class="button" href=(filter.href("/he-thong/export.csv")) { (base_ui::icon(base_ui::Icon::Download)) (tr.t("org-export")) } };
    let mut levels = vec![(String::new(), tr.t("org-any-level"))];
    levels.extend((1..=5_i64).map(|n| (n.to_string(), tr.ta("org-level-n", &[("n", &n)]))));
    let here = filter.href(PAGE);
    let sort = Sort { key: &filter.sort, descending: filter.dir == "desc", href: &here };
    let columns = [
        Column::narrow(tr.t("org-code")).sorted_by(""),
        Column::text(tr.t("org-system")).sorted_by("name"),
        Column::text(tr.t("org-system-kind")),
        Column::narrow(tr.t("org-level-2026")).sorted_by("level"),
        Column::narrow(tr.t("org-level-2016")),
        Column::text(tr.t("org-owner")),
        Column::text(tr.t("org-operator")),
    ];
    let content = html! {
        (page_head(&title, Some(&tr.t("org-systems-lead")), file))
        (filter_bar(tr, PAGE, html! {
            (Field::input("search", "q", &tr.t("org-search-system")).value(&*filter.q).render())
            (Field::select("level", &tr.t("org-level"), levels).value(&*filter.level).submit_on_change().render())
            (filter.at.field(tr))
        }))
        (filter.at.note(tr, &here, ctx.now))
        @if systems.is_empty() {
            (base_ui::card(&title, empty(&tr.t("org-systems-none"), &tr.t("org-systems-none-hint"), None)))
        } @else {
            (table(&title, &columns, Some(&sort), systems.iter().map(|s| row(&ctx, s, filter.at.moment(ctx.now))).collect()))
        }
    };
    Ok(ctx.page(&title, content))
}

fn row(ctx: &Ctx, system: &System, at: Timestamp) -> Row {
    let tr = &ctx.tr;
    let level = |n: Option<i64>| match n {
        Some(n) => badge(if n >= 3 { Tone::Warn } else { Tone::Neutral }, &tr.ta("org-level-n", &[("n", &n)])),
        None => html! { span class="muted" { "—" } },
    };
    let unit = |id: Option<&UnitId>| {
        let info = id.and_then(|id| ctx.web.units().unit(id));
        html! { @match info { Some(u) => { a href=(Href::new("/don-vi").segment(&u.code)) title=(unit_name(ctx, id, at)) { @if at == ctx.now { (u.short) } @else { (unit_name(ctx, id, at)) } } } None => { (unit_name(ctx, id, at)) } } }
    };
    Row::new(vec![
        html! { code { (system.code) } },
        html! {
            strong { (system.name) }
            @if let Some(host) = &system.host { br; code class="small" { (host) } }
            @if let Some(note) = &system.level_note { br; span class="muted small" { (note) } }
        },
        html! { (tr.dynamic("org-system-kind-", &system.kind)) },
        level(system.level_2026),
        level(system.level_2016),
        unit(system.owner.as_ref()),
        unit(system.operator.as_ref()),
    ])
}

pub(crate) async fn export(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Query(filter): Query<Filter>) -> WebResult {
    let tr = &ctx.tr;
    let mut csv = Csv::new(
        &[
            tr.t("org-code"),
            tr.t("org-system"),
            tr.t("org-system-kind"),
            tr.t("org-level-2026"),
            tr.t("org-level-2016"),
            tr.t("org-owner"),
            tr.t("org-operator"),
        ]
        .each_ref()
        .map(String::as_str),
    );
    let at = filter.at.moment(ctx.now);
    let level = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
    for system in load(&ctx, &org, &filter).await? {
        csv.row(
            &[
                system.code,
                system.name,
                tr.dynamic("org-system-kind-", &system.kind),
                level(system.level_2026),
                level(system.level_2016),
                unit_name(&ctx, system.owner.as_ref(), at),
                unit_name(&ctx, system.operator.as_ref(), at),
            ]
            .each_ref()
            .map(String::as_str),
        );
    }
    Ok(csv.attachment("he-thong.csv"))
}
