//! `/don-vi/tap`: the sets that percentages are of, with their versions.

use super::as_of::AsOf;
use super::units::{PAGE as UNITS, set_name};
use super::{block_name, parts};
use crate::model::{Block, DenominatorSet};
use crate::org::Org;
use crate::ports::OrgPorts;
use crate::store;
use axum::Extension;
use axum::extract::{Path, Query};
use base_authz::Action;
use base_core::{Error, Result, Timestamp, UnitId, fold::fold};
use base_ui::{Column, Field, Href, Row, Sort, Tone, badge, button, empty, filter_bar, kv, page_head, section, table};
use base_web::{Csv, Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const HERE: &str = "/don-vi/tap";

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    q: String,
    /// The version in force on this day.
    #[serde(default)]
    at: AsOf,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    dir: String,
}

impl Filter {
    fn href(&self, path: &str) -> Href {
        let href = Href::new(path).with("q", &self.q).with("at", self.at.text());
        href.with("sort", &self.sort).with("dir", &self.dir)
    }
}

/// Sets are of the province: who sees one unit only has no page of them.
pub(super) fn province(ctx: &Ctx, action: Action) -> Result<()> {
    match ctx.require(action)?.as_units() {
        None => Ok(()),
        Some(_) => Err(Error::not_found("there is no such page")),
    }
}

async fn load(ctx: &Ctx, org: &Org, filter: &Filter) -> Result<Vec<DenominatorSet>> {
    province(ctx, Action::UnitsRead)?;
    let mut sets = store::set::newest(&org.db).await?;
    if filter.at.is_set() {
        // What was made later is not of that day; the last version before its end was in force.
        let end = filter.at.end(ctx.now);
        let mut then = Vec::new();
        for set in sets {
            then.extend(store::set::versions(&org.db, &set.code).await?.into_iter().find(|v| v.made_at < end));
        }
        sets = then;
    }
    let q = fold(filter.q.trim());
    sets.retain(|s| q.is_empty() || fold(&format!("{} {} {}", s.code, s.name_vi, s.name_en)).contains(&q));
    match filter.sort.as_str() {
        "name" => sets.sort_by_key(|s| fold(set_name(ctx, s))),
        "units" => sets.sort_by_key(|s| s.units.len()),
        "made" => sets.sort_by_key(|s| s.made_at),
        // By code, as the store gives them.
        _ => {}
    }
    if filter.dir == "desc" {
        sets.reverse();
    }
    Ok(sets)
}

pub(crate) async fn show(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Extension(ports): Extension<OrgPorts>,
    Query(filter): Query<Filter>,
) -> WebResult<Markup> {
    let sets = load(&ctx, &org, &filter).await?;
    let tr = &ctx.tr;
    let title = tr.t("org-sets-title");
    let here = filter.href(HERE);
    let add = Href::new("/don-vi/tap/them");
    let actions = html! {
        @if ctx.may(Action::UnitsExport) { a class="button" href=(filter.href("/don-vi/tap/export.csv")) { (base_ui::icon(base_ui::Icon::Download)) (tr.t("org-export")) } }
        @if ctx.may(Action::UnitsManage) { a class="button button-primary" href=(add) { (tr.t("org-set-add")) } }
    };
    let columns = [
        Column::narrow(tr.t("org-code")).sorted_by("code"),
        Column::text(tr.t("org-set")).sorted_by("name"),
        Column::number(tr.t("org-set-units")).sorted_by("units"),
        Column::number(tr.t("org-set-version")),
        Column::narrow(tr.t("org-set-made")).sorted_by("made"),
        Column::text(tr.t("org-set-how")),
        Column::text(tr.t("org-set-uses")),
    ];
    let sort = Sort { key: &filter.sort, descending: filter.dir == "desc", href: &here };
    let rows = sets.iter().map(|set| {
        Row::new(vec![
            html! { code { (set.code) } },
            html! { a href=(Href::new(HERE).segment(&set.code)) { (set_name(&ctx, set)) } },
            html! { a href=(Href::new(HERE).segment(&set.code).with("v", set.version.to_string())) { (count(&ctx, set.units.len())) } },
            html! { (tr.number(set.version)) },
            html! { (tr.date(set.made_at)) },
            html! { (how(&ctx, set)) },
            uses(&ctx, &ports, &set.code),
        ])
    });
    let content = html! {
        (page_head(&title, Some(&tr.t("org-sets-lead")), actions))
        (parts(&ctx, HERE, &filter.at))
        (filter_bar(tr, HERE, html! {
            (Field::input("search", "q", &tr.t("org-search")).value(&*filter.q).render())
            (filter.at.field(tr))
        }))
        @if filter.at.is_set() { p class="muted" { (tr.t("org-sets-as-of")) } }
        @if sets.is_empty() && (filter.at.is_set() || !filter.q.is_empty()) {
            (base_ui::card(&title, empty(&tr.t("org-none-fit"), &tr.t("org-none-fit-hint"), None)))
        } @else if sets.is_empty() {
            (base_ui::card(&title, empty(&tr.t("org-sets-none"), &tr.t("org-sets-none-hint"), ctx.may(Action::UnitsManage).then_some((tr.t("org-set-add").as_str(), &add)))))
        } @else {
            (table(&title, &columns, Some(&sort), rows.collect()))
        }
    };
    Ok(ctx.page(&title, content))
}

fn count(ctx: &Ctx, n: usize) -> String {
    ctx.tr.number(i64::try_from(n).unwrap_or(i64::MAX))
}

/// By hand, or by which rule.
fn how(ctx: &Ctx, set: &DenominatorSet) -> String {
    let tr = &ctx.tr;
    match &set.rule {
        None => tr.t("org-set-by-hand"),
        Some(rule) => {
            let blocks = rule.blocks.iter().filter_map(|b| Block::parse(b)).map(|b| block_name(tr, b));
            let blocks = blocks.collect::<Vec<_>>().join(", ");
            tr.ta("org-set-by-rule", &[("blocks", &blocks), ("day", &tr.date(rule.as_of))])
        }
    }
}

fn uses(ctx: &Ctx, ports: &OrgPorts, code: &str) -> Markup {
    let uses = ports.neighbours.uses(code, &ctx.tr);
    html! {
        @if uses.is_empty() { span class="muted" { (ctx.tr.t("org-set-unused")) } }
        @for used in uses { div { a href=(used.href) { (used.name) } } }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The version shown; the newest when absent.
    v: Option<i64>,
    /// The version it is compared with.
    with: Option<i64>,
}

/// One set: a version, compared with another one, and all of them.
pub(crate) async fn one(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Extension(ports): Extension<OrgPorts>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> WebResult<Markup> {
    province(&ctx, Action::UnitsRead)?;
    let versions = store::set::versions(&org.db, &code).await?;
    let missing = || Error::not_found("there is no such set or version");
    let set = match asked.v {
        Some(v) => versions.iter().find(|s| s.version == v),
        None => versions.first(),
    }
    .ok_or_else(missing)?;
    // Against the one before, unless another one is asked for.
    let with = asked.with.unwrap_or(set.version.saturating_sub(1));
    let other = versions.iter().find(|s| s.version == with && s.version != set.version);
    let tr = &ctx.tr;
    let actions = html! {
        @if ctx.may(Action::UnitsExport) { a class="button" href=(Href::new(HERE).segment(&code).segment("export.csv").with("v", set.version.to_string())) { (base_ui::icon(base_ui::Icon::Download)) (tr.t("org-export")) } }
        @if ctx.may(Action::UnitsManage) { a class="button button-primary" href=(Href::new(HERE).segment(&code).segment("moi")) { (tr.t("org-set-new-version")) } }
    };
    let facts = [
        (tr.t("org-code"), html! { code { (set.code) } }),
        (
            tr.t("org-set-version"),
            html! { (tr.number(set.version)) @if Some(set.version) != versions.first().map(|s| s.version) { " " (badge(Tone::Warn, &tr.t("org-set-old"))) } },
        ),
        (tr.t("org-set-units"), html! { (count(&ctx, set.units.len())) }),
        (tr.t("org-set-made"), html! { (tr.date(set.made_at)) @if let Some(by) = &set.made_by { " · " (by) } }),
        (tr.t("org-set-how"), html! { (how(&ctx, set)) }),
        (tr.t("org-set-uses"), uses(&ctx, &ports, &set.code)),
        (tr.t("org-note"), html! { (set.note.as_deref().unwrap_or("—")) }),
    ];
    let name = set_name(&ctx, set).to_owned();
    let content = html! {
        (page_head(&name, Some(&tr.t("org-sets-lead")), actions))
        div class="split" {
            div { (base_ui::card(&tr.t("org-set"), kv(&facts))) }
            div { (compared(&ctx, &org, set, other, &versions)) }
        }
        (members(&ctx, &org, set))
    };
    Ok(ctx.page(&name, content))
}

/// What came and what went between two versions, and the choice of both.
fn compared(
    ctx: &Ctx,
    org: &Org,
    set: &DenominatorSet,
    other: Option<&DenominatorSet>,
    versions: &[DenominatorSet],
) -> Markup {
    let tr = &ctx.tr;
    let options = || {
        versions
            .iter()
            .map(|s| {
                (s.version.to_string(), tr.ta("org-set-version-of", &[("n", &s.version), ("day", &tr.date(s.made_at))]))
            })
            .collect()
    };
    let body = html! {
        @if versions.len() > 1 {
            form method="get" action=(Href::new(HERE).segment(&set.code)) class="fields" {
                (Field::select("v", &tr.t("org-set-version"), options()).value(set.version.to_string()).submit_on_change().render())
                (Field::select("with", &tr.t("org-set-with"), options()).value(other.map(|o| o.version.to_string()).unwrap_or_default()).submit_on_change().render())
                (button(&tr.t("org-set-compare"), ""))
            }
        }
        @match other {
            None => { p class="muted" { (tr.t("org-set-first")) } }
            Some(other) => { (difference(ctx, org, set, other)) }
        }
    };
    section(&tr.t("org-set-versions"), html! {}, body)
}

fn difference(ctx: &Ctx, org: &Org, set: &DenominatorSet, other: &DenominatorSet) -> Markup {
    let tr = &ctx.tr;
    let (new, old) = if set.version > other.version { (set, other) } else { (other, set) };
    let of = |s: &DenominatorSet| s.units.iter().cloned().collect::<BTreeSet<UnitId>>();
    let (came, went): (Vec<_>, Vec<_>) =
        (of(new).difference(&of(old)).cloned().collect(), of(old).difference(&of(new)).cloned().collect());
    let list = |units: &[UnitId], at: Timestamp| {
        html! { ul { @for unit in units { li { a href=(Href::new(UNITS).segment(unit.as_str()).with("at", AsOf::day_of(at).text())) { (name(org, unit, at)) } } } } }
    };
    html! {
        p { (tr.ta("org-set-between", &[("old", &old.version), ("new", &new.version), ("came", &came.len()), ("went", &went.len())])) }
        @if !came.is_empty() { h3 { (tr.t("org-set-came")) } (list(&came, new.day())) }
        @if !went.is_empty() { h3 { (tr.t("org-set-went")) } (list(&went, old.day())) }
    }
}

fn name(org: &Org, unit: &UnitId, at: Timestamp) -> String {
    org.timeline().name_at(unit, at).map_or_else(|| unit.to_string(), ToString::to_string)
}

fn members(ctx: &Ctx, org: &Org, set: &DenominatorSet) -> Markup {
    let (tr, timeline) = (&ctx.tr, org.timeline());
    let columns = [
        Column::narrow(tr.t("org-code")),
        Column::text(tr.t("org-unit")),
        Column::text(tr.t("org-block")),
        Column::text(tr.t("org-state")),
    ];
    let rows = set.units.iter().filter_map(|u| timeline.life(u)).map(|life| {
        let ended = life.to.filter(|t| *t <= ctx.now);
        Row::new(vec![
            html! { code { (life.code) } },
            html! { a href=(Href::new(UNITS).segment(&life.code).with("at", AsOf::day_of(set.day()).text())) { (name(org, &life.id, set.day())) } },
            html! { (block_name(tr, life.block)) },
            html! { @match ended { Some(at) => { (badge(Tone::Warn, &tr.ta("org-until", &[("day", &tr.date(at))]))) } None => { (tr.t("org-active")) } } },
        ])
    });
    let title = tr.ta("org-set-members", &[("day", &tr.date(set.day()))]);
    section(&title, html! {}, table(&title, &columns, None, rows.collect()))
}

pub(crate) async fn export(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Query(filter): Query<Filter>) -> WebResult {
    province(&ctx, Action::UnitsExport)?;
    let tr = &ctx.tr;
    let headings = [
        tr.t("org-code"),
        tr.t("org-set"),
        tr.t("org-set-units"),
        tr.t("org-set-version"),
        tr.t("org-set-made"),
        tr.t("org-set-how"),
        tr.t("org-note"),
    ];
    let mut csv = Csv::new(&headings.each_ref().map(String::as_str));
    for set in load(&ctx, &org, &filter).await? {
        let cells = [
            set.code.clone(),
            set_name(&ctx, &set).to_owned(),
            set.units.len().to_string(),
            set.version.to_string(),
            tr.date(set.made_at),
            how(&ctx, &set),
            set.note.clone().unwrap_or_default(),
        ];
        csv.row(&cells.each_ref().map(String::as_str));
    }
    Ok(csv.attachment("tap-don-vi.csv"))
}

/// The units of one version as a file.
pub(crate) async fn export_one(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> WebResult {
    province(&ctx, Action::UnitsExport)?;
    let versions = store::set::versions(&org.db, &code).await?;
    let wanted = |s: &&DenominatorSet| asked.v.is_none_or(|v| s.version == v);
    let set = versions.iter().find(wanted).ok_or_else(|| Error::not_found("there is no such set or version"))?;
    let (tr, timeline) = (&ctx.tr, org.timeline());
    let mut csv = Csv::new(&[&tr.t("org-code"), &tr.t("org-unit"), &tr.t("org-block")]);
    for life in set.units.iter().filter_map(|u| timeline.life(u)) {
        csv.row(&[&life.code, &name(&org, &life.id, set.day()), &block_name(tr, life.block)]);
    }
    Ok(csv.attachment(&format!("tap-{}-v{}.csv", set.code, set.version)))
}
