//! The parts of the search page: picture, values, table, progress.

use super::search::{between, nothing};
use super::search_columns::{self, Shown};
use super::search_params::{INDEX, PAGE, Params};
use crate::ops::search_run::SearchRun;
use base_core::UnitId;
use base_ui::{Bar, Icon, Tone, badge, histogram, icon, section};
use base_web::Ctx;
use engine_event::{Event, Marks};
use engine_lake::query::Pivot;
use engine_lake::{Query, ValueCounts};
use maud::{Markup, html};

/// Values shown of each field; more on request.
const SHOWN_VALUES: usize = 6;
/// Values behind "more".
const MORE_VALUES: usize = 50;

/// The counts over time so far.
pub(super) fn picture(ctx: &Ctx, params: &Params, run: &SearchRun) -> Markup {
    let tr = &ctx.tr;
    let Some(survey) = run.survey() else { return html! {} };
    let bars = run.bars();
    let drawn: Vec<Bar> = bars
        .iter()
        .map(|b| {
            let n = i64::try_from(b.count).unwrap_or(i64::MAX);
            let label = format!("{} – {}", tr.time_secs(b.start), tr.time_secs(b.end));
            Bar { label, value: super::height(n), text: tr.number(n), href: Some(between(params, b.start, b.end)) }
        })
        .collect();
    let count = i64::try_from(survey.matched).unwrap_or(i64::MAX);
    let key = if run.is_counting() { "events-results-so-far" } else { "events-results-count" };
    let label = tr.ta(key, &[("n", &count)]);
    let ends = bars.first().map(|b| b.start).zip(bars.last().map(|b| b.end));
    let times = ends.map(|(a, b)| (a.as_micros().to_string(), b.as_micros().to_string()));
    let (first, last) = (ends.map(|e| tr.time(e.0)), ends.map(|e| tr.time(e.1)));
    section(
        &label,
        html! { span class="muted" { (tr.t("events-picture-hint")) } },
        html! {
            div class="drag" data-drag=(params.href(INDEX).with("range", "").with("from", "").with("until", ""))
                data-from=[times.as_ref().map(|t| &t.0)] data-until=[times.as_ref().map(|t| &t.1)] {
                (histogram(&label, &drawn, &first.unwrap_or_default(), &last.unwrap_or_default()))
            }
        },
    )
}

/// The frequent values of fields so far.
pub(super) fn facets(ctx: &Ctx, params: &Params, run: &SearchRun) -> Markup {
    let tr = &ctx.tr;
    let Some(survey) = run.survey() else { return html! {} };
    let shown: Vec<&ValueCounts> = survey.fields.iter().filter(|counts| counts.present > 0).collect();
    let extra = params.extra();
    html! {
        h2 { (tr.t("events-facets")) }
        @for counts in shown {
            @let own = extra.iter().any(|name| name.eq_ignore_ascii_case(&counts.field));
            details class="facet" open {
                summary { span class="mono" { (counts.field) } }
                @let top = counts.top(MORE_VALUES);
                @let (first, more) = top.split_at(top.len().min(SHOWN_VALUES));
                (values(ctx, params, counts, first))
                @if !more.is_empty() {
                    details class="facet-more" {
                        summary { (tr.ta("events-facet-more", &[("n", &more.len())])) }
                        (values(ctx, params, counts, more))
                    }
                }
                @if counts.others > 0 || counts.distinct() > MORE_VALUES {
                    p class="small muted" { (tr.ta("events-facet-distinct", &[("n", &counts.distinct())])) }
                }
                @if own {
                    @let rest: Vec<&str> = extra.iter().filter(|n| !n.eq_ignore_ascii_case(&counts.field)).map(String::as_str).collect();
                    p class="small" { a href=(params.href(INDEX).with("dem", rest.join(","))) { (tr.t("events-facet-remove")) } }
                }
            }
        }
        p class="small" {
            a href=(params.href("/tim-kiem/truong")) hx-get=(params.href("/tim-kiem/truong")) hx-target="#fields" hx-swap="innerHTML" {
                (icon(Icon::Plus)) " " (tr.t("events-fields-more"))
            }
        }
        div id="fields" {}
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
fn values(ctx: &Ctx, params: &Params, counts: &ValueCounts, values: &[(&str, u64)]) -> Markup {
    let tr = &ctx.tr;
    let field = counts.field.as_str();
    html! {
        ul {
            @for (value, events) in values {
                @let share = *events as f64 / counts.present.max(1) as f64 * 100.0;
                @let name = if field == "unit" { ctx.web.units().name(&UnitId::new(*value)) } else { (*value).to_owned() };
                li {
                    a class="facet-value" href=(params.asking(&Query::pivoted(&params.q, field, value, Pivot::Only))) title=(name) {
                        @if name.is_empty() { span class="muted" { (tr.t("events-value-empty")) } } @else { (name) }
                    }
                    span class="facet-count" { (tr.number(i64::try_from(*events).unwrap_or(i64::MAX))) }
                    a class="facet-not" href=(params.asking(&Query::pivoted(&params.q, field, value, Pivot::Without)))
                        title=(tr.t("events-pivot-without")) aria-label={ (tr.t("events-pivot-without")) ": " (name) } { "≠" }
                    svg class="facet-bar" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true" {
                        rect width=(format!("{share:.1}")) height="2" {}
                    }
                }
            }
        }
    }
}

/// What stands beside the heading of the results: the order and the columns.
pub(super) fn lead(ctx: &Ctx, params: &Params) -> Markup {
    let tr = &ctx.tr;
    let oldest = params.is_oldest_first();
    let turned = params.href(INDEX).with("order", if oldest { "" } else { "oldest" });
    html! {
        a href=(turned) { (if oldest { tr.t("events-order-newest") } else { tr.t("events-order-oldest") }) }
        a href=(params.href("/tim-kiem/cot")) data-dialog="columns" { (tr.t("events-columns")) }
    }
}

/// The table of results with the columns picked.
pub(super) fn table(ctx: &Ctx, params: &Params, events: &[Event]) -> Markup {
    let columns = search_columns::shown(ctx, params);
    html! {
        div class="table-wrap" {
            table class="table table-events" {
                caption class="visually-hidden" { (ctx.tr.t("events-results")) }
                thead { tr { @for column in &columns { th scope="col" class=[column.class()] { (column.label) } } } }
                tbody id="rows" { (rows(ctx, params, &columns, events)) }
            }
        }
    }
}

/// Rows for these events.
pub(super) fn rows(ctx: &Ctx, params: &Params, columns: &[Shown], events: &[Event]) -> Markup {
    html! {
        @for event in events {
            tr data-row {
                @for column in columns {
                    td class=[column.class()] data-label=(column.label) { (search_columns::cell(ctx, params, column, event)) }
                }
            }
        }
    }
}

/// What follows the rows: how many there are, the next page, or that nothing was found.
pub(super) fn after_rows(ctx: &Ctx, params: &Params, run: &SearchRun) -> Markup {
    if run.events.is_empty() && !run.looking {
        return nothing(ctx, params);
    }
    pager(ctx, params, run.events.len(), run.next.map(|next| next.to_string()), run.looking)
}

/// Links to the first and the next page. A lake is read by cursor: there are no page numbers.
pub(super) fn pager(ctx: &Ctx, params: &Params, shown: usize, next: Option<String>, looking: bool) -> Markup {
    let tr = &ctx.tr;
    let first = params.href(INDEX);
    html! {
        nav class="pager" aria-label=(tr.t("events-pager-label")) {
            span class="pager-range" { (tr.ta("events-page-shown", &[("n", &shown)])) }
            span class="pager-links" {
                @if !params.after.is_empty() { a class="button button-quiet" href=(first) { (tr.t("events-page-first")) } }
                @if let Some(next) = next {
                    a class="button button-quiet" rel="next" href=(first.clone().with("after", next)) {
                        (if looking || shown < PAGE { tr.t("events-page-on") } else { tr.t("events-page-next") })
                    }
                }
            }
        }
    }
}

/// How far the search is, with the button that ends it. Without script: a link that waits for all.
pub(super) fn progress(ctx: &Ctx, params: &Params, looking: bool, share: Option<f64>) -> Markup {
    let tr = &ctx.tr;
    let unfinished = looking || share.is_some();
    let done = share.unwrap_or_default();
    html! {
        div id="progress" class="search-progress" role="status" hidden[!unfinished] {
            @if unfinished {
                span {
                    @if looking { (tr.t("events-progress-looking")) } @else { (tr.ta("events-progress-counting", &[("share", &tr.percent(done))])) }
                }
                progress max="1" value=[share.map(|s| format!("{s:.3}"))] {}
                button type="button" class="button" data-cancel hidden { (tr.t("events-progress-stop")) }
                noscript { a class="button" href=(params.href(INDEX).with("full", "1")) { (tr.t("events-progress-all")) } }
            }
        }
    }
}

/// What was unusual about a record, as badges.
pub(super) fn marks(ctx: &Ctx, marks: Marks) -> Markup {
    let names = engine_lake::query::mark_names(marks);
    html! { @for name in names { " " (badge(Tone::Warn, &ctx.tr.dynamic("events-mark-", name))) } }
}

/// One line of an event: what was done from where with what, else the beginning of the record.
pub(super) fn summary(event: &Event) -> String {
    let c = &event.common;
    let parts = [
        &c.event_code,
        &c.event_action,
        &c.event_outcome,
        &c.source_ip,
        &c.process_command_line,
        &c.process_executable,
        &c.url_original,
        &c.message,
    ];
    let mut line = String::new();
    for part in parts.into_iter().filter_map(|p| p.as_deref()) {
        // The command line begins with the program: saying it once is enough.
        if line.contains(part) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(" · ");
        }
        line.push_str(part);
    }
    if line.is_empty() {
        line = event.raw_text().into_owned();
    }
    line.chars().take(240).collect()
}
