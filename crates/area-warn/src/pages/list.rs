//! `/canh-bao-don-vi`: warnings of the person's units; for an officer the unit's inbox.

use super::{LIST, href, state_badge, unit_cell};
use crate::model::warning::PAGE_ROWS;
use crate::model::{ListRequest, Page, Sort, SortKey, State, Warning};
use crate::ops::read_warning::{self, Counts};
use axum::extract::Query;
use axum::response::Response;
use base_authz::Action;
use base_core::UnitId;
use base_ui::{
    Column, Field, Href, Row, Tone, empty, filter_bar, notice, page_head, pager, section, stat, stats, time_full,
};
use base_web::{Csv, Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// The query of the address; what cannot be understood is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    q: String,
    state: String,
    unit: String,
    sort: String,
    dir: String,
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

    fn request(&self, ctx: &Ctx) -> ListRequest {
        let states = match self.state.as_str() {
            "open" => vec![State::Sent, State::Delivered, State::Read],
            word => State::parse(word).into_iter().collect(),
        };
        ListRequest {
            states,
            overdue_at: (self.state == "overdue").then_some(ctx.now),
            unit: Some(self.unit.trim()).filter(|u| !u.is_empty()).map(UnitId::new),
            alert: None,
            text: self.q.clone(),
            sort: self.sort(),
            offset: self.page().offset(),
        }
    }

    fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("q", &self.q)
            .with("state", &self.state)
            .with("unit", &self.unit)
            .with("sort", &self.sort)
            .with("dir", &self.dir)
    }

    fn is_filtered(&self) -> bool {
        [&self.q, &self.state, &self.unit].into_iter().any(|v| !v.is_empty())
    }
}

/// The page.
pub(super) async fn page(ctx: Ctx, Query(params): Query<Params>) -> WebResult<Markup> {
    let found = read_warning::list(ctx.db(), &ctx, &params.request(&ctx)).await?;
    let counts = read_warning::counts(ctx.db(), &ctx).await?;
    let part = html! { (figures(&ctx, counts)) (rows(&ctx, &params, &found)) };
    let here = params.href(LIST).with("page", &params.page);
    Ok(ctx.fragment_or(part, |part| {
        let tr = &ctx.tr;
        let title = tr.t("warn-title");
        let lead = if ctx.may(Action::WarningsSend) { tr.t("warn-lead") } else { tr.t("warn-lead-unit") };
        let content = html! {
            (page_head(&title, Some(&lead), html! {
                @if ctx.may(Action::WarningsSend) { a class="button button-primary" href="/canh-bao-don-vi/moi" { (tr.t("warn-new")) } }
                a class="button button-quiet" href=(params.href("/canh-bao-don-vi/xuat.csv")) { (tr.t("warn-export")) }
            }))
            (filters(&ctx, &params))
            div data-live=(crate::TOPIC) data-live-url=(here) { (part) }
        };
        ctx.page(&title, content)
    }))
}

fn figures(ctx: &Ctx, counts: Counts) -> Markup {
    let tr = &ctx.tr;
    let to = |state: &str| Href::new(LIST).with("state", state);
    html! {
        (stats(html! {
            (stat(&tr.t("warn-count-open"), &tr.number(counts.open), Some(&to("open")), None, Tone::Info))
            (stat(&tr.t("warn-count-overdue"), &tr.number(counts.overdue), Some(&to("overdue")), None,
                if counts.overdue > 0 { Tone::Bad } else { Tone::Good }))
            @if ctx.may(Action::WarningsSend) {
                (stat(&tr.t("warn-count-waiting"), &tr.number(counts.mails_waiting), None, None, Tone::Neutral))
            }
        }))
        @if counts.mails_failed > 0 {
            (notice(Tone::Warn, html! { p { (tr.ta("warn-mails-failed", &[("n", &counts.mails_failed)])) } }))
        }
    }
}

fn filters(ctx: &Ctx, params: &Params) -> Markup {
    let tr = &ctx.tr;
    let all = || (String::new(), tr.t("warn-filter-all"));
    let states = std::iter::once(all())
        .chain([("open".to_owned(), tr.t("warn-filter-open")), ("overdue".to_owned(), tr.t("warn-overdue"))])
        .chain(State::ALL.into_iter().map(|s| (s.as_str().to_owned(), tr.dynamic("warn-state-", s.as_str()))))
        .collect();
    let units = super::issue::unit_options(ctx, Action::WarningsRead);
    let several = units.len() > 1;
    let units = std::iter::once(all()).chain(units).collect();
    filter_bar(
        tr,
        LIST,
        html! {
            (Field::input("search", "q", &tr.t("warn-filter-text")).value(&params.q).max(200).render())
            (Field::select("state", &tr.t("warn-col-state"), states).value(&params.state).submit_on_change().render())
            @if several {
                (Field::select("unit", &tr.t("warn-col-unit"), units).value(&params.unit).submit_on_change().render())
            }
        },
    )
}

fn rows(ctx: &Ctx, params: &Params, found: &Page<Warning>) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("warn-title");
    if found.rows.is_empty() {
        let (head, hint) = if params.is_filtered() {
            (tr.t("warn-none"), tr.t("warn-none-hint"))
        } else if ctx.may(Action::WarningsSend) {
            (tr.t("warn-empty"), tr.t("warn-empty-hint"))
        } else {
            (tr.t("warn-empty"), tr.t("warn-empty-hint-unit"))
        };
        let (label, to) = (tr.t("ui-filter-clear"), Href::new(LIST));
        let action = params.is_filtered().then_some((label.as_str(), &to));
        return section(&title, html! {}, empty(&head, &hint, action));
    }
    let sort = params.sort();
    let here = params.href(LIST);
    let sorted = base_ui::Sort { key: sort.key.as_str(), descending: sort.descending, href: &here };
    let columns = [
        Column::narrow(tr.t("warn-col-code")),
        Column::text(tr.t("warn-col-subject")),
        Column::narrow(tr.t("warn-col-severity")).sorted_by(SortKey::Severity.as_str()),
        Column::text(tr.t("warn-col-unit")),
        Column::narrow(tr.t("warn-col-state")).sorted_by(SortKey::State.as_str()),
        Column::narrow(tr.t("warn-col-issued")).sorted_by(SortKey::Issued.as_str()),
        Column::narrow(tr.t("warn-col-due")).sorted_by(SortKey::Due.as_str()),
    ];
    let rows = found.rows.iter().map(|w| {
        Row::new(vec![
            html! { span class="mono" { (w.code) } },
            html! { a href=(href(&w.id)) { (w.subject) } },
            base_ui::severity(tr, w.severity),
            unit_cell(ctx, w),
            state_badge(tr, w, ctx.now),
            base_ui::time(tr, w.issued_at, ctx.now),
            time_full(tr, w.due_at),
        ])
    });
    html! {
        (base_ui::table(&title, &columns, Some(&sorted), rows.collect()))
        (pager(tr, params.page(), found.total, &here))
    }
}

/// `/canh-bao-don-vi/xuat.csv`: the rows the filters leave.
pub(super) async fn export(ctx: Ctx, Query(params): Query<Params>) -> WebResult<Response> {
    let warnings = read_warning::export(ctx.db(), &ctx, &params.request(&ctx)).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("warn-col-code"),
        &tr.t("warn-col-subject"),
        &tr.t("warn-col-severity"),
        &tr.t("warn-col-unit"),
        &tr.t("warn-col-state"),
        &tr.t("warn-col-issued"),
        &tr.t("warn-col-due"),
        &tr.t("warn-acknowledged-at"),
        &tr.t("warn-acknowledged-by"),
        &tr.t("warn-note"),
    ]);
    for w in &warnings {
        csv.row(&[
            &format!("{}/{}", w.code, w.year),
            &w.subject,
            &tr.dynamic("ui-severity-", w.severity.as_str()),
            &ctx.web.units().name(&w.unit),
            &tr.dynamic("warn-state-", w.state.as_str()),
            &tr.time(w.issued_at),
            &tr.time(w.due_at),
            &w.ack_at.map(|t| tr.time(t)).unwrap_or_default(),
            w.ack_name.as_deref().unwrap_or_default(),
            w.ack_note.as_deref().unwrap_or_default(),
        ]);
    }
    Ok(csv.attachment("canh-bao-don-vi.csv"))
}
