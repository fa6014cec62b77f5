//! The alert list: filter, sort, page, export; it moves by itself.

use crate::model::listing::PAGE_ROWS;
use crate::model::{Alert, ListRequest, Page, Sort, SortKey, State};
use crate::ops::list_alerts;
use axum::extract::Query;
use axum::response::Response;
use base_authz::Action;
use base_core::{Error, Kind, Result, Severity, Timestamp, UnitId};
use base_ui::{Column, Field, Href, List, Row, empty, filter_bar, page_head, section};
use base_web::{Csv, Ctx, WebResult, attachment};
use engine_sheet::{Sheet, Value, XLSX, write_xlsx};
use maud::{Markup, html};
use serde::Deserialize;

/// The unit filter's word for alerts of no unit.
pub(super) const NO_UNIT: &str = "-";

/// The query of the list's address. Every value is optional, none can be wrong: what cannot be
/// understood is left out.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    q: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    dir: String,
    #[serde(default)]
    page: String,
}

impl Params {
    fn page(&self) -> base_ui::Page {
        base_ui::Page::new(self.page.parse().ok(), PAGE_ROWS)
    }

    fn sort(&self) -> Sort {
        match SortKey::parse(&self.sort) {
            Some(key) => Sort { key, descending: self.dir == "desc" },
            None => Sort::default(),
        }
    }

    fn request(&self) -> ListRequest {
        let states = match self.state.as_str() {
            "open" => vec![State::New, State::Looking],
            "closed" => vec![State::ClosedTrue, State::ClosedFalse],
            word => State::parse(word).into_iter().collect(),
        };
        let micros = |text: &str| text.parse().ok().map(Timestamp::from_micros);
        ListRequest {
            severities: self.severity.split(',').filter_map(Severity::parse).collect(),
            states,
            unit: Some(self.unit.trim()).filter(|u| !u.is_empty() && *u != NO_UNIT).map(UnitId::new),
            no_unit: self.unit == NO_UNIT,
            rule: Some(self.rule.clone()).filter(|r| !r.is_empty()),
            text: self.q.clone(),
            from: micros(&self.from),
            until: micros(&self.until),
            sort: self.sort(),
            offset: self.page().offset(),
        }
    }

    fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("q", &self.q)
            .with("severity", &self.severity)
            .with("state", &self.state)
            .with("unit", &self.unit)
            .with("rule", &self.rule)
            .with("from", &self.from)
            .with("until", &self.until)
            .with("sort", &self.sort)
            .with("dir", &self.dir)
    }

    fn is_filtered(&self) -> bool {
        [&self.q, &self.severity, &self.state, &self.unit, &self.rule, &self.from, &self.until]
            .into_iter()
            .any(|v| !v.is_empty())
    }
}

/// `GET /canh-bao`
pub(super) async fn page(ctx: Ctx, Query(params): Query<Params>) -> WebResult<Markup> {
    let found = list_alerts::list(ctx.db(), &ctx, &params.request()).await?;
    let part = rows(&ctx, &params, &found);
    if ctx.is_fragment() {
        return Ok(part);
    }
    let rules = list_alerts::rules_seen(ctx.db(), &ctx).await?;
    let tr = &ctx.tr;
    let title = tr.t("desk-list-title");
    let here = params.href("/canh-bao").with("page", &params.page);
    let content = html! {
        (page_head(&title, Some(&tr.t("desk-list-lead")), html! {}))
        (filters(&ctx, &params, &rules))
        (span(&ctx, &params))
        div data-live="alerts" data-live-url=(here) { (part) }
    };
    Ok(ctx.page(&title, content))
}

fn filters(ctx: &Ctx, params: &Params, rules: &[(String, String)]) -> Markup {
    let tr = &ctx.tr;
    let all = || (String::new(), tr.t("desk-filter-all"));
    let severities = std::iter::once(all())
        .chain(Severity::ALL.into_iter().rev().map(|s| (s.as_str().into(), tr.dynamic("ui-severity-", s.as_str()))))
        .collect();
    let states = std::iter::once(all())
        .chain([("open".to_owned(), tr.t("desk-filter-open")), ("closed".to_owned(), tr.t("desk-filter-closed"))])
        .chain(State::ALL.into_iter().map(|s| (s.as_str().into(), tr.dynamic("desk-state-", s.as_str()))))
        .collect();
    let rules = std::iter::once(all()).chain(rules.iter().cloned()).collect();
    let units = unit_options(ctx);
    filter_bar(
        tr,
        "/canh-bao",
        html! {
            (Field::input("search", "q", &tr.t("desk-filter-text")).value(&params.q)
                .placeholder(&tr.t("desk-filter-text-example")).max(200).render())
            (Field::select("severity", &tr.t("desk-column-severity"), severities).value(&params.severity).submit_on_change().render())
            (Field::select("state", &tr.t("desk-column-state"), states).value(&params.state).submit_on_change().render())
            @if units.len() > 2 {
                (Field::select("unit", &tr.t("desk-column-unit"), units).value(&params.unit).submit_on_change().render())
            }
            (Field::select("rule", &tr.t("desk-filter-rule"), rules).value(&params.rule).submit_on_change().render())
            @for (name, value) in [("from", &params.from), ("until", &params.until), ("sort", &params.sort), ("dir", &params.dir)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        },
    )
}

/// The units the person may see, after "all" and, for the province, "no unit".
fn unit_options(ctx: &Ctx) -> Vec<(String, String)> {
    let Some(scope) = ctx.principal.scope_for(Action::AlertsRead) else { return Vec::new() };
    let mut options = vec![(String::new(), ctx.tr.t("desk-filter-all"))];
    if scope.contains_opt(None) {
        options.push((NO_UNIT.to_owned(), ctx.tr.t("desk-unit-none")));
    }
    let units = ctx.web.units().all();
    options.extend(units.iter().filter(|u| scope.contains(&u.id)).map(|u| (u.id.as_str().to_owned(), u.name.clone())));
    options
}

/// Says which time span a link has set, since no field of the form shows it.
fn span(ctx: &Ctx, params: &Params) -> Markup {
    let request = params.request();
    let tr = &ctx.tr;
    if request.from.is_none() && request.until.is_none() {
        return html! {};
    }
    let clear = params.href("/canh-bao").with("from", "").with("until", "");
    html! {
        p class="row" {
            @if let Some(from) = request.from { span { (tr.ta("desk-span-from", &[("time", &tr.time(from))])) } }
            @if let Some(until) = request.until { span { (tr.ta("desk-span-until", &[("time", &tr.time(until))])) } }
            a href=(clear) { (tr.t("desk-span-clear")) }
        }
    }
}

fn rows(ctx: &Ctx, params: &Params, found: &Page<Alert>) -> Markup {
    let tr = &ctx.tr;
    if found.rows.is_empty() {
        let (title, hint, clear) = if params.is_filtered() {
            (tr.t("desk-none-title"), tr.t("desk-none-hint"), Some(Href::new("/canh-bao")))
        } else {
            (tr.t("desk-empty-title"), tr.t("desk-empty-hint"), None)
        };
        let label = tr.t("desk-none-clear");
        return section(
            &tr.t("desk-list-title"),
            html! {},
            empty(&title, &hint, clear.as_ref().map(|h| (label.as_str(), h))),
        );
    }
    let sort = params.sort();
    let href = params.href("/canh-bao");
    let sorted = base_ui::Sort { key: sort.key.as_str(), descending: sort.descending, href: &href };
    let columns = vec![
        Column::narrow(tr.t("desk-column-severity")).sorted_by(SortKey::Severity.as_str()),
        Column::text(tr.t("desk-column-alert")).sorted_by(SortKey::Title.as_str()),
        Column::text(tr.t("desk-column-entity")).sorted_by(SortKey::Entity.as_str()).named("entity"),
        Column::text(tr.t("desk-column-unit")).named("unit"),
        Column::narrow(tr.t("desk-column-state")).named("state"),
        Column::number(tr.t("desk-column-count")).sorted_by(SortKey::Count.as_str()).named("count"),
        Column::narrow(tr.t("desk-column-last")).sorted_by(SortKey::LastSeen.as_str()).named("last"),
        Column::narrow(tr.t("desk-column-raised")).sorted_by(SortKey::Raised.as_str()).named("raised"),
        Column::text(tr.t("desk-csv-holder")).extra("holder"),
        Column::narrow(tr.t("desk-csv-first")).extra("first"),
    ];
    let rows = found.rows.iter().map(|a| {
        Row::new(vec![
            base_ui::severity(tr, a.severity),
            title_cell(ctx, a),
            html! { span class="mono" { (a.entity.name) } },
            unit_cell(ctx, a.unit.as_ref()),
            super::state_badge(tr, a.state),
            html! { (tr.number(a.detections)) },
            base_ui::time(tr, a.last_seen, ctx.now),
            base_ui::time(tr, a.raised_at, ctx.now),
            html! { (a.holder_name.as_deref().unwrap_or("—")) },
            base_ui::time_full(tr, a.first_seen),
        ])
    });
    let title = tr.t("desk-list-title");
    // The part is fetched anew by the script; the form in it comes back to the whole page.
    let here = params.href("/canh-bao").with("page", &params.page).to_string();
    List::new("alerts", &title, columns, rows.collect())
        .sort(sorted)
        .page(params.page(), found.total, &href)
        .chosen(ctx.columns("alerts"))
        .export("CSV", params.href("/canh-bao/xuat.csv"))
        .export("Excel", params.href("/canh-bao/xuat.xlsx"))
        .render(tr, ctx.csrf_field(), &here)
}

/// The alert's headline as a link, with the rule, or what happened, below.
pub(super) fn title_cell(ctx: &Ctx, alert: &Alert) -> Markup {
    let lang = ctx.tr.lang();
    let headline = alert.headline(lang);
    let below = if headline == alert.title { &alert.explanation(lang).what } else { &alert.title };
    html! {
        a href=(super::alert::href(&alert.id)) { (headline) }
        @if !below.is_empty() && *below != headline { div class="small muted" { (shorten(below, 160)) } }
    }
}

/// The unit's short name with the full one for who hovers; a dash for none.
pub(super) fn unit_cell(ctx: &Ctx, unit: Option<&UnitId>) -> Markup {
    match unit.map(|id| (id, ctx.web.units().unit(id))) {
        Some((_, Some(unit))) => html! { span title=(unit.name) { (unit.short) } },
        Some((id, None)) => html! { (id) },
        None => html! { span class="muted" { "—" } },
    }
}

fn shorten(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let cut: String = text.chars().take(chars).collect();
    format!("{}…", cut.trim_end())
}

/// `GET /canh-bao/xuat.csv`: the rows the filters leave, as a file for a spreadsheet.
pub(super) async fn export(ctx: Ctx, Query(params): Query<Params>) -> WebResult<Response> {
    let sheet = sheet(&ctx, &params).await?;
    let headings: Vec<&str> = sheet.columns.iter().map(|(heading, _)| heading.as_str()).collect();
    let mut csv = Csv::new(&headings);
    for row in sheet.texts() {
        csv.row(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    Ok(csv.attachment("canh-bao.csv"))
}

/// `GET /canh-bao/xuat.xlsx`: the same as a workbook.
pub(super) async fn workbook(ctx: Ctx, Query(params): Query<Params>) -> WebResult<Response> {
    let bytes = write_xlsx(&[sheet(&ctx, &params).await?]).map_err(|message| Error::new(Kind::Bug, message))?;
    Ok(attachment("canh-bao.xlsx", XLSX, bytes))
}

async fn sheet(ctx: &Ctx, params: &Params) -> Result<Sheet> {
    let alerts = list_alerts::export(ctx.db(), ctx, &params.request()).await?;
    let tr = &ctx.tr;
    let columns = [
        (tr.t("desk-csv-id"), 28),
        (tr.t("desk-column-severity"), 14),
        (tr.t("desk-column-alert"), 50),
        (tr.t("desk-csv-what"), 60),
        (tr.t("desk-column-entity"), 24),
        (tr.t("desk-column-unit"), 30),
        (tr.t("desk-column-state"), 18),
        (tr.t("desk-column-count"), 10),
        (tr.t("desk-csv-first"), 20),
        (tr.t("desk-column-last"), 20),
        (tr.t("desk-column-raised"), 20),
        (tr.t("desk-csv-holder"), 24),
    ];
    let row = |a: &Alert| {
        let unit = a.unit.as_ref().map(|u| ctx.web.units().name(u)).unwrap_or_default();
        let text = |text: String| Value::Text(text);
        vec![
            text(a.id.to_string()),
            text(tr.dynamic("ui-severity-", a.severity.as_str())),
            text(a.headline(tr.lang())),
            text(a.explanation(tr.lang()).what.clone()),
            text(a.entity.name.clone()),
            text(unit),
            text(tr.dynamic("desk-state-", a.state.as_str())),
            Value::Number(a.detections),
            text(tr.time_secs(a.first_seen)),
            text(tr.time_secs(a.last_seen)),
            text(tr.time_secs(a.raised_at)),
            text(a.holder_name.clone().unwrap_or_default()),
        ]
    };
    Ok(Sheet { name: tr.t("desk-list-title"), columns: columns.into(), rows: alerts.iter().map(row).collect() })
}
