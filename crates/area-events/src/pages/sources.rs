//! The list of sources: what sends, how much, and what is silent.

use crate::model::source::ListFilter;
use crate::model::{Health, SourceRow, Transport};
use crate::ops::read_sources::{self, Request, SortKey};
use axum::extract::Query as Address;
use axum::response::Response;
use base_authz::Action;
use base_core::UnitId;
use base_ui::{Column, Field, Href, Icon, List, Page, Row, empty, filter_bar, icon, page_head, section, time};
use base_web::{Csv, Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// Rows on a page.
const PAGE_ROWS: i64 = 50;

/// The query of the address; what cannot be understood is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    q: String,
    health: String,
    unit: String,
    transport: String,
    sort: String,
    dir: String,
    page: String,
}

impl Params {
    fn request(&self) -> Request {
        Request {
            filter: ListFilter {
                text: self.q.clone(),
                unit: Some(self.unit.trim()).filter(|u| !u.is_empty()).map(UnitId::new),
                transport: Transport::parse(&self.transport),
                id: None,
            },
            health: Health::parse(&self.health),
            sort: SortKey::parse(&self.sort).unwrap_or_default(),
            descending: self.dir == "desc",
        }
    }

    fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("q", &self.q)
            .with("health", &self.health)
            .with("unit", &self.unit)
            .with("transport", &self.transport)
            .with("sort", &self.sort)
            .with("dir", &self.dir)
    }

    fn is_filtered(&self) -> bool {
        [&self.q, &self.health, &self.unit, &self.transport].into_iter().any(|v| !v.is_empty())
    }
}

/// `GET /nguon`
pub(super) async fn page(ctx: Ctx, Address(params): Address<Params>) -> WebResult<Markup> {
    let rows = read_sources::list(ctx.db(), &ctx, &params.request()).await?;
    let part = table(&ctx, &params, &rows);
    let here = params.href("/nguon").with("page", &params.page);
    Ok(ctx.fragment_or(part, |part| {
        let tr = &ctx.tr;
        let title = tr.t("events-sources-title");
        let content = html! {
            (page_head(&title, Some(&tr.t("events-sources-lead")), actions(&ctx)))
            (filters(&ctx, &params))
            div data-live="sources overview" data-live-url=(here) { (part) }
        };
        ctx.page(&title, content)
    }))
}

fn actions(ctx: &Ctx) -> Markup {
    let tr = &ctx.tr;
    html! {
        @if ctx.may(Action::SourcesManage) {
            a class="button button-primary" href="/nguon/moi" { (icon(Icon::Plus)) (tr.t("events-source-new")) }
        }
        a class="button button-quiet" href="/nguon/dau-vao" { (tr.t("events-inputs-title")) }
        a class="button button-quiet" href="/nguon/tu-choi" { (tr.t("events-refused-title")) }
    }
}

fn filters(ctx: &Ctx, params: &Params) -> Markup {
    let tr = &ctx.tr;
    let all = || (String::new(), tr.t("events-filter-all"));
    let healths = Health::ALL.into_iter().map(|h| (h.as_str().to_owned(), tr.dynamic("events-health-", h.as_str())));
    let ways = Transport::ALL.into_iter().map(|t| (t.as_str().to_owned(), tr.dynamic("events-transport-", t.as_str())));
    let units = super::unit_options(ctx, Action::SourcesRead, all());
    filter_bar(
        tr,
        "/nguon",
        html! {
            (Field::input("search", "q", &tr.t("events-filter-name")).value(&params.q).max(200).render())
            (Field::select("health", &tr.t("events-column-health"), std::iter::once(all()).chain(healths).collect())
                .value(&params.health).submit_on_change().render())
            (Field::select("transport", &tr.t("events-column-transport"), std::iter::once(all()).chain(ways).collect())
                .value(&params.transport).submit_on_change().render())
            @if units.len() > 2 {
                (Field::select("unit", &tr.t("events-column-unit"), units).value(&params.unit).submit_on_change().render())
            }
        },
    )
}

fn table(ctx: &Ctx, params: &Params, rows: &[SourceRow]) -> Markup {
    let tr = &ctx.tr;
    if rows.is_empty() {
        let (title, hint) = if params.is_filtered() {
            (tr.t("events-sources-none"), tr.t("events-sources-none-hint"))
        } else {
            (tr.t("events-sources-empty"), tr.t("events-sources-empty-hint"))
        };
        let (label, href) = if params.is_filtered() {
            (tr.t("events-search-clear"), Href::new("/nguon"))
        } else {
            (tr.t("events-source-new"), Href::new("/nguon/moi"))
        };
        let action = (params.is_filtered() || ctx.may(Action::SourcesManage)).then_some((label.as_str(), &href));
        return section(&tr.t("events-sources-title"), html! {}, empty(&title, &hint, action));
    }
    let page = Page::new(params.page.parse().ok(), PAGE_ROWS);
    let href = params.href("/nguon");
    let request = params.request();
    let sorted = base_ui::Sort { key: request.sort.as_str(), descending: request.descending, href: &href };
    let columns = vec![
        Column::narrow(tr.t("events-column-health")).sorted_by(SortKey::Health.as_str()),
        Column::text(tr.t("events-column-source")).sorted_by(SortKey::Name.as_str()),
        Column::text(tr.t("events-column-unit")).named("unit"),
        Column::narrow(tr.t("events-column-transport")).named("transport"),
        Column::narrow(tr.t("events-column-last")).sorted_by(SortKey::LastSeen.as_str()).named("last"),
        Column::number(tr.t("events-column-hour")).sorted_by(SortKey::Hour.as_str()).named("hour"),
        Column::number(tr.t("events-column-unread")).sorted_by(SortKey::Unread.as_str()).named("unread"),
    ];
    let skip = usize::try_from(page.offset()).unwrap_or(0);
    let shown = rows.iter().skip(skip).take(usize::try_from(PAGE_ROWS).unwrap_or(50));
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let (title, rows) = (tr.t("events-sources-title"), shown.map(|r| row(ctx, r)).collect());
    let here = href.clone().with("page", &params.page).to_string();
    List::new("sources", &title, columns, rows)
        .sort(sorted)
        .page(page, total, &href)
        .chosen(ctx.columns("sources"))
        .export("CSV", params.href("/nguon/xuat.csv"))
        .render(tr, ctx.csrf_field(), &here)
}

fn row(ctx: &Ctx, r: &SourceRow) -> Row {
    let tr = &ctx.tr;
    let s = &r.source;
    let events = Href::new("/tim-kiem").with("q", source_query(s.id.as_str())).with("range", "1h");
    let hour = tr.number(r.hour_events);
    Row::new(vec![
        super::health_badge(tr, r.health(ctx.now)),
        html! {
            a href=(Href::new("/nguon").segment(s.id.as_str())) { (s.name) }
            @if let Some(hint) = &s.hint { div class="small muted mono" { (hint) } }
        },
        super::unit_cell(ctx, s.unit.as_ref()),
        html! { (tr.dynamic("events-transport-", s.transport.as_str())) },
        match &r.totals {
            Some(t) => time(tr, t.last_seen, ctx.now),
            None => html! { span class="muted" { (tr.t("events-never")) } },
        },
        html! { @if ctx.may(Action::EventsSearch) && r.hour_events > 0 { a href=(events) { (hour) } } @else { (hour) } },
        html! { @match r.unparsed_share() { Some(share) => { (tr.percent(share)) } None => { span class="muted" { "—" } } } },
    ])
}

/// The query for the events of a source.
pub(super) fn source_query(id: &str) -> String {
    engine_lake::Query::field_is("source", id).text().to_owned()
}

/// `GET /nguon/xuat.csv`
pub(super) async fn export(ctx: Ctx, Address(params): Address<Params>) -> WebResult<Response> {
    let rows = read_sources::list(ctx.db(), &ctx, &params.request()).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("events-column-source"),
        &tr.t("events-column-health"),
        &tr.t("events-column-unit"),
        &tr.t("events-column-transport"),
        &tr.t("events-column-hint"),
        &tr.t("events-column-last"),
        &tr.t("events-column-hour"),
        &tr.t("events-column-all"),
        &tr.t("events-column-unread-all"),
    ]);
    for r in &rows {
        let s = &r.source;
        let (last, all, unread) = match &r.totals {
            Some(t) => (tr.time_secs(t.last_seen), t.events.to_string(), t.unparsed.to_string()),
            None => Default::default(),
        };
        csv.row(&[
            &s.name,
            &tr.dynamic("events-health-", r.health(ctx.now).as_str()),
            &s.unit.as_ref().map(|u| ctx.web.units().name(u)).unwrap_or_default(),
            &tr.dynamic("events-transport-", s.transport.as_str()),
            s.hint.as_deref().unwrap_or_default(),
            &last,
            &r.hour_events.to_string(),
            &all,
            &unread,
        ]);
    }
    Ok(csv.attachment("nguon.csv"))
}
