//! `/don-vi/bien-dong`: what happened to units, and what is planned.

use super::as_of::AsOf;
use super::parts;
use super::units::PAGE;
use crate::model::{Change, ChangeKind, Event};
use crate::org::Org;
use crate::{ops, store};
use axum::extract::{Path, Query};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, Result, UnitId, fold::fold};
use base_ui::{Column, Field, Href, Page, Row, Sort, Tone, badge, button, empty, filter_bar, page_head, pager, table};
use base_web::{Csv, Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const HERE: &str = "/don-vi/bien-dong";
const ROWS: i64 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    /// Those up to this day.
    #[serde(default)]
    at: AsOf,
    #[serde(default)]
    dir: String,
    #[serde(default)]
    sort: String,
    page: Option<i64>,
}

impl Filter {
    fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("q", &self.q)
            .with("kind", &self.kind)
            .with("at", self.at.text())
            .with("sort", &self.sort)
            .with("dir", &self.dir)
    }
}

/// Those that concern a unit the person may see, newest first.
async fn load(ctx: &Ctx, org: &Org, filter: &Filter) -> Result<Vec<Event>> {
    let scope = ctx.require(Action::UnitsRead)?;
    let q = fold(filter.q.trim());
    let kind = ChangeKind::parse(&filter.kind);
    let mut events = store::event::all(&org.db).await?;
    events.retain(|e| {
        let mut units = e.change.of().into_iter().chain(e.change.to());
        units.any(|u| scope.contains(u))
            && kind.is_none_or(|k| k == e.change.kind())
            && (!filter.at.is_set() || e.at <= filter.at.moment(ctx.now))
            && (q.is_empty() || fold(&format!("{} {}", told(ctx, org, e), e.decision)).contains(&q))
    });
    if !(filter.sort == "at" && filter.dir.is_empty()) {
        events.reverse();
    }
    Ok(events)
}

/// A change in one sentence, with the names of its day.
pub(super) fn told(ctx: &Ctx, org: &Org, event: &Event) -> String {
    let (tr, timeline) = (&ctx.tr, org.timeline());
    // A moment before, so that a unit that is renamed has the name it had.
    let before = event.at.plus_micros(-1);
    let name = |unit: &UnitId, at| timeline.name_at(unit, at).map_or_else(|| unit.to_string(), ToString::to_string);
    let list = |units: Vec<&UnitId>, at| units.into_iter().map(|u| name(u, at)).collect::<Vec<_>>().join(", ");
    let of = list(event.change.of(), before);
    let to = list(event.change.to(), event.at);
    match &event.change {
        Change::Rename { name: new, .. } => tr.ta("org-told-renamed", &[("unit", &of), ("name", new)]),
        Change::Move { parent: None, .. } => tr.ta("org-told-freed", &[("unit", &of)]),
        Change::Move { .. } => tr.ta("org-told-moved", &[("unit", &of), ("parent", &to)]),
        Change::Merge { .. } => tr.ta("org-told-merged", &[("units", &of), ("into", &to)]),
        Change::Split { unit, into } if into.contains(unit) => {
            let others = list(into.iter().filter(|u| *u != unit).collect(), event.at);
            tr.ta("org-told-split-off", &[("unit", &of), ("into", &others)])
        }
        Change::Split { .. } => tr.ta("org-told-split", &[("unit", &of), ("into", &to)]),
        Change::Dissolve { successor: None, .. } => tr.ta("org-told-dissolved", &[("unit", &of)]),
        Change::Dissolve { .. } => tr.ta("org-told-ended", &[("unit", &of), ("into", &to)]),
    }
}

pub(crate) async fn show(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Query(filter): Query<Filter>,
) -> WebResult<Markup> {
    let events = load(&ctx, &org, &filter).await?;
    let tr = &ctx.tr;
    let title = tr.t("org-changes-title");
    let actions = html! {
        @if ctx.may(Action::UnitsExport) { a class="button" href=(filter.href("/don-vi/bien-dong/export.csv")) { (base_ui::icon(base_ui::Icon::Download)) (tr.t("org-export")) } }
        @if ctx.may(Action::UnitsManage) { a class="button button-primary" href="/don-vi/bien-dong/them" { (tr.t("org-change-add")) } }
    };
    let mut kinds = vec![(String::new(), tr.t("org-any-change"))];
    kinds.extend(
        ChangeKind::ALL.into_iter().map(|k| (k.as_str().to_owned(), tr.dynamic("org-change-kind-", k.as_str()))),
    );
    let here = filter.href(HERE);
    let filtered = !(filter.q.is_empty() && filter.kind.is_empty() && !filter.at.is_set());
    let content = html! {
        (page_head(&title, Some(&tr.t("org-changes-lead")), actions))
        (parts(&ctx, HERE, &filter.at))
        (filter_bar(tr, HERE, html! {
            (Field::input("search", "q", &tr.t("org-change-search")).value(&*filter.q).render())
            (Field::select("kind", &tr.t("org-change-kind"), kinds).value(&*filter.kind).submit_on_change().render())
            (filter.at.field(tr))
        }))
        (filter.at.note(tr, &here, ctx.now))
        @if events.is_empty() && filtered {
            (base_ui::card(&title, empty(&tr.t("org-none-fit"), &tr.t("org-none-fit-hint"), None)))
        } @else if events.is_empty() {
            (base_ui::card(&title, empty(&tr.t("org-changes-none"), &tr.t("org-changes-none-hint"), None)))
        } @else {
            (list(&ctx, &org, &filter, &events))
        }
    };
    Ok(ctx.page(&title, content))
}

fn list(ctx: &Ctx, org: &Org, filter: &Filter, events: &[Event]) -> Markup {
    let (tr, here) = (&ctx.tr, filter.href(HERE));
    let page = Page::new(filter.page, ROWS);
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let take = usize::try_from(page.size).unwrap_or(usize::MAX);
    let columns = [
        Column::narrow(tr.t("org-change-at")).sorted_by("at"),
        Column::narrow(tr.t("org-change-kind")),
        Column::text(tr.t("org-change-told")),
        Column::text(tr.t("org-decision")),
        Column::narrow(tr.t("org-change-by")),
    ];
    let sort = Sort { key: &filter.sort, descending: filter.dir == "desc", href: &here };
    let rows = events.iter().skip(skip).take(take).map(|e| row(ctx, org, e)).collect();
    html! {
        (table(&tr.t("org-changes-title"), &columns, Some(&sort), rows))
        (pager(tr, page, i64::try_from(events.len()).unwrap_or(i64::MAX), &here))
    }
}

fn row(ctx: &Ctx, org: &Org, event: &Event) -> Row {
    let tr = &ctx.tr;
    Row::new(vec![
        html! {
            a href=(Href::new(HERE).segment(&event.id)) { (tr.date(event.at)) }
            @if event.at > ctx.now { " " (badge(Tone::Info, &tr.t("org-planned"))) }
        },
        html! { (tr.dynamic("org-change-kind-", event.change.kind().as_str())) },
        html! { (told(ctx, org, event)) },
        decision(ctx, event),
        html! { (event.made_by) },
    ])
}

fn decision(ctx: &Ctx, event: &Event) -> Markup {
    let tr = &ctx.tr;
    html! {
        @if event.decision.is_empty() { span class="muted" { (tr.t("org-decision-none")) } } @else { (event.decision) }
        @if let Some(day) = event.decided_on { br; span class="muted small" { (tr.ta("org-decided", &[("day", &tr.date(day))])) } }
        @if let Some(note) = &event.note { br; span class="muted small" { (note) } }
    }
}

/// One change: what it says, which units, and taking it back.
pub(crate) async fn one(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Path(id): Path<String>) -> WebResult<Markup> {
    let events = load(&ctx, &org, &Filter::default()).await?;
    let event = events.iter().find(|e| e.id == id).ok_or_else(|| Error::not_found("there is no such change"))?;
    let tr = &ctx.tr;
    let title = tr.dynamic("org-change-kind-", event.change.kind().as_str());
    let units = |units: Vec<&UnitId>| {
        html! { @for unit in units { div { a href=(Href::new(PAGE).segment(unit.as_str()).with("at", AsOf::day_of(event.at.plus_micros(-1)).text())) { (ctx.web.units().name_at(unit, event.at.plus_micros(-1))) } } } }
    };
    let mut rows = vec![
        (
            tr.t("org-change-at"),
            html! { (tr.date(event.at)) @if event.at > ctx.now { " " (badge(Tone::Info, &tr.t("org-planned"))) } },
        ),
        (tr.t("org-change-of"), units(event.change.of())),
    ];
    if !event.change.to().is_empty() {
        let to = html! { @for unit in event.change.to() { div { a href=(Href::new(PAGE).segment(unit.as_str())) { (ctx.web.units().name_at(unit, event.at)) } } } };
        rows.push((tr.t("org-change-to"), to));
    }
    rows.push((tr.t("org-decision"), decision(&ctx, event)));
    rows.push((tr.t("org-change-by"), html! { (event.made_by) " · " (base_ui::time_full(tr, event.made_at)) }));
    let content = html! {
        (page_head(&title, Some(&told(&ctx, &org, event)), html! { a class="button button-quiet" href=(HERE) { (tr.t("org-changes-title")) } }))
        (base_ui::card(&tr.t("org-change-told"), base_ui::kv(&rows)))
        @if ctx.may(Action::UnitsManage) {
            (base_ui::card(&tr.t("org-change-cancel"), html! {
                p class="muted" { (tr.t("org-change-cancel-lead")) }
                form method="post" action=(Href::new(HERE).segment(&event.id).segment("huy")) data-confirm=(tr.t("org-change-cancel-ask")) {
                    (ctx.csrf_field())
                    (Field::text("why", &tr.t("org-why")).required().max(300).render())
                    (button(&tr.t("org-change-cancel"), "button-danger"))
                }
            }))
        }
    };
    Ok(ctx.page(&title, content))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cancel {
    #[serde(default)]
    why: String,
}

pub(crate) async fn cancel(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Path(id): Path<String>,
    Form(form): Form<Cancel>,
) -> WebResult {
    match ops::cancel_event(&org, &ctx, &id, &form.why).await {
        Ok(()) => Ok(ctx.done(Href::new(HERE), ctx.tr.t("org-change-cancelled"))),
        Err(error) => {
            let errors = super::field_mistakes(&ctx.tr, error)?;
            let text = errors.into_iter().map(|e| e.message).collect::<Vec<_>>().join(" ");
            Ok(ctx.flash(Href::new(HERE).segment(&id), Tone::Bad, text))
        }
    }
}

pub(crate) async fn export(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Query(filter): Query<Filter>) -> WebResult {
    ctx.require(Action::UnitsExport)?;
    let tr = &ctx.tr;
    let headings = [
        tr.t("org-change-at"),
        tr.t("org-change-kind"),
        tr.t("org-change-told"),
        tr.t("org-decision"),
        tr.t("org-decided-on"),
        tr.t("org-note"),
        tr.t("org-change-by"),
    ];
    let mut csv = Csv::new(&headings.each_ref().map(String::as_str));
    for event in load(&ctx, &org, &filter).await? {
        let cells = [
            tr.date(event.at),
            tr.dynamic("org-change-kind-", event.change.kind().as_str()),
            told(&ctx, &org, &event),
            event.decision.clone(),
            event.decided_on.map(|d| tr.date(d)).unwrap_or_default(),
            event.note.clone().unwrap_or_default(),
            event.made_by.clone(),
        ];
        csv.row(&cells.each_ref().map(String::as_str));
    }
    Ok(csv.attachment("bien-dong-don-vi.csv"))
}
