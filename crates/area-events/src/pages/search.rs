//! `/tim-kiem`: event search: time range, query, picture over time, values, results.
//!
//! The page comes with what is found within a moment; a script goes on from there by
//! [`super::search_stream`]. Without script there are links that go on.

use super::search_help;
use super::search_params::{INDEX, PAGE, Params};
use super::search_parts::{after_rows, facets, lead, picture, progress, table};
use super::{saved, search_columns};
use crate::model::range::{Preset, field_text};
use crate::ops::search_run::SearchRun;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::extract::Query as Address;
use base_authz::Action;
use base_core::{Kind, Result, Timestamp};
use base_ui::{Field, Href, Icon, Tone, asset, empty, icon, notice, page_head, section};
use base_web::{Ctx, WebResult};
use engine_lake::SearchRequest;
use engine_lake::query::QueryError;
use maud::{Markup, html};
use std::sync::Arc;
use std::time::Duration;

/// How long the page waits for results before it comes with what is there.
const MOMENT: Duration = Duration::from_millis(200);
/// How long it waits where the person asked for all, without script.
const PATIENCE: Duration = Duration::from_secs(25);

/// `GET /tim-kiem`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(params): Address<Params>,
) -> WebResult<Markup> {
    let found = match params.request(ctx.now) {
        Err(error) => wrong_query(&ctx, &params.q, &error),
        Ok(request) => match search(&ctx, &ports, &params, request).await {
            Ok(run) => results(&ctx, &params, &run),
            Err(error) if error.kind == Kind::Invalid => too_broad(&ctx, &error.message),
            Err(error) => return Err(error.into()),
        },
    };
    let tr = &ctx.tr;
    let title = tr.t("events-search-title");
    let kept = saved::beside(&ctx, &params).await?;
    let left_out = super::left_out(&ctx, &ports, params.span(ctx.now)).await;
    let content = html! {
        (page_head(&title, Some(&tr.t("events-search-lead")), exports(&ctx, &ports, &params)))
        (form(&ctx, &params))
        div class="search-tools" { (kept) (search_help::help(&ctx)) }
        (left_out)
        (found)
        script src=(asset::path("search.js")) defer {}
    };
    Ok(ctx.page(&title, content))
}

/// Whether the person sees more than one unit.
pub(super) fn sees_units(ctx: &Ctx) -> bool {
    ctx.principal.scope_for(Action::EventsSearch).is_some_and(|s| s.as_units().is_none_or(|units| units.len() > 1))
}

async fn search(ctx: &Ctx, ports: &EventsPorts, params: &Params, request: SearchRequest) -> Result<SearchRun> {
    // Only the first page is counted: the counts of the others would be the same.
    let counts = request.after.is_none();
    let fields = params.counted(sees_units(ctx));
    let mut run = SearchRun::begin(Arc::clone(&ports.lake), ctx, request, fields, counts).await?;
    let small = run.is_small();
    let wait = if params.full == "1" || small { PATIENCE } else { MOMENT };
    let work = async {
        while run.step().await? {}
        Ok(())
    };
    // What the time did not suffice for is told on the page, with how to go on.
    match tokio::time::timeout(wait, work).await {
        Ok(Err(error)) => Err(error),
        Ok(Ok(())) | Err(_) => Ok(run),
    }
}

/// What is said of a search that would need too much memory.
pub(super) fn too_broad(ctx: &Ctx, message: &str) -> Markup {
    notice(Tone::Warn, html! { p { (ctx.tr.t("events-search-broad")) } p class="small" { (message) } })
}

fn exports(ctx: &Ctx, ports: &EventsPorts, params: &Params) -> Markup {
    let tr = &ctx.tr;
    let to = |path: &str| params.href(path);
    html! {
        @if ports.tables.is_some() {
            a class="button button-quiet" href="/tim-kiem/sql" { (tr.t("events-sql-nav")) }
        }
        @if ctx.may(Action::EventsExport) {
            details class="menu" {
                summary class="button" { (icon(Icon::Download)) " " (tr.t("events-export")) }
                ul {
                    li { a href=(to("/tim-kiem/xuat.csv")) { (tr.t("events-export-csv")) } }
                    li { a href=(to("/tim-kiem/xuat.ndjson")) { (tr.t("events-export-ndjson")) } }
                    @if ports.tables.is_some() {
                        li { a href=(to("/tim-kiem/xuat.parquet")) { (tr.t("events-export-parquet")) } }
                    }
                }
            }
        }
    }
}

fn form(ctx: &Ctx, params: &Params) -> Markup {
    let tr = &ctx.tr;
    let mut presets: Vec<_> =
        Preset::ALL.into_iter().map(|p| (p.as_str().to_owned(), tr.dynamic("events-range-", p.as_str()))).collect();
    presets.push((String::new(), tr.t("events-range-own")));
    let chosen = params.preset().map_or("", Preset::as_str);
    let (from, until) = if chosen.is_empty() { params.span(ctx.now) } else { (None, None) };
    let text = |at: Option<Timestamp>| at.map(field_text).unwrap_or_default();
    html! {
        form id="search-form" class="filter-bar" method="get" action=(INDEX) role="search" {
            div class="field field-query" {
                label for="f-q" { (tr.t("events-search-query")) }
                div class="query-box" {
                    input id="f-q" name="q" type="search" value=(params.q) maxlength="2000" autocomplete="off" spellcheck="false"
                        data-search data-complete="/tim-kiem/goi-y" placeholder=(tr.t("events-search-example"));
                    ul id="suggestions" class="suggestions" role="listbox" aria-label=(tr.t("events-suggestions")) hidden {}
                }
            }
            input type="hidden" name="was" value=(chosen);
            input type="hidden" name="order" value=(params.order);
            input type="hidden" name="cols" value=(params.cols);
            input type="hidden" name="dem" value=(params.dem);
            (Field::select("range", &tr.t("events-search-range"), presets).value(chosen).render())
            (Field::input("datetime-local", "from", &tr.t("events-search-from")).value(text(from)).render())
            (Field::input("datetime-local", "until", &tr.t("events-search-until")).value(text(until)).render())
            button type="submit" class="button button-primary" { (tr.t("events-search-go")) }
            a class="button button-quiet" href=(INDEX) { (tr.t("events-search-clear")) }
        }
    }
}

/// The query with the place of the mistake marked, and what to write instead.
pub(super) fn wrong_query(ctx: &Ctx, text: &str, error: &QueryError) -> Markup {
    let tr = &ctx.tr;
    let before: String = text.chars().take(error.position).collect();
    let rest: String = text.chars().skip(error.position).collect();
    let mut at = rest.chars();
    let marked = at.next().map_or_else(|| "⌃".to_owned(), |c| c.to_string());
    html! {
        div role="alert" {
            (notice(Tone::Bad, html! {
                p { strong { (tr.ta("events-query-wrong", &[("position", &(error.position + 1))])) } }
                pre class="code" { code { (before) mark { (marked) } (at.as_str()) } }
                p { (tr.dynamic("events-query-fault-", error.fault.key())) }
                @if !error.fault.subject().is_empty() { p class="mono" { (error.fault.subject()) } }
            }))
        }
    }
}

/// Nothing was found: what to try next.
pub(super) fn nothing(ctx: &Ctx, params: &Params) -> Markup {
    let tr = &ctx.tr;
    let wider = params.href(INDEX).with("from", "").with("until", "").with("range", "all");
    let label = tr.t("events-none-wider");
    let hint = if params.q.is_empty() { tr.t("events-none-hint-time") } else { tr.t("events-none-hint") };
    empty(&tr.t("events-none"), &hint, Some((&label, &wider)))
}

fn results(ctx: &Ctx, params: &Params, run: &SearchRun) -> Markup {
    let tr = &ctx.tr;
    let unfinished = run.looking || run.is_counting();
    if run.events.is_empty() && !unfinished {
        return section(&tr.t("events-results"), html! {}, nothing(ctx, params));
    }
    let first_page = params.after.is_empty();
    // Where the script goes on; it counts anew, results go on behind those shown.
    let stream = unfinished.then(|| {
        let next = run.next.map(|next| next.to_string()).unwrap_or_default();
        let have = if run.looking { run.events.len() } else { PAGE };
        let counting = if run.is_counting() { "1" } else { "" };
        params.href("/tim-kiem/dong").with("after", &next).with("have", have.to_string()).with("dem-lai", counting)
    });
    html! {
        div id="results" data-stream=[stream.map(|href| href.to_string())] {
            (progress(ctx, params, run.looking, run.is_counting().then(|| run.share())))
            @if first_page { div id="picture" { (picture(ctx, params, run)) } }
            div class={ "search-grid" @if !first_page { " search-grid-wide" } } {
                @if first_page {
                    aside id="facets" class="facets" aria-label=(tr.t("events-facets")) { (facets(ctx, params, run)) }
                }
                div class="split split-event" {
                    div class="stack" {
                        (section(&tr.t("events-results"), lead(ctx, params), table(ctx, params, &run.events)))
                        div id="after-rows" { (after_rows(ctx, params, run)) }
                    }
                    aside id="event" class="stack" aria-label=(tr.t("events-event-aside")) aria-live="polite" tabindex="-1" {
                        p class="muted small event-pick" { (tr.t("events-event-pick")) }
                    }
                }
            }
        }
        (search_columns::dialog(ctx, params))
    }
}

/// The address of a search for a time of its own.
pub(super) fn between(params: &Params, from: Timestamp, until: Timestamp) -> Href {
    params
        .href(INDEX)
        .with("range", "")
        .with("from", from.as_micros().to_string())
        .with("until", until.as_micros().to_string())
}
