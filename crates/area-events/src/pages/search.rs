//! Event search: time range, query, picture over time, results, next page.

use super::search_help;
use crate::model::range::{Preset, field_text, parse_time};
use crate::ops::search_events::{self, BARS};
use crate::ports::EventsPorts;
use axum::Extension;
use axum::extract::Query as Address;
use base_authz::Action;
use base_core::{Kind, Timestamp};
use base_ui::{Bar, Column, Field, Href, Row, Tone, badge, empty, histogram, notice, page_head, section};
use base_web::{Ctx, WebResult};
use engine_event::Event;
use engine_event::Marks;
use engine_lake::query::QueryError;
use engine_lake::{Bucket, Cursor, Order, Query, SearchPage, SearchRequest};
use maud::{Markup, html};
use serde::Deserialize;

/// Results on a page.
const PAGE: usize = 50;
/// About how many stored events are looked at for one page before it is shown as it is.
const SCAN_LIMIT: u64 = 20_000_000;

/// The query of the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    pub(super) q: String,
    range: String,
    /// The preset the form showed: tells a changed choice from one left as it was.
    was: String,
    from: String,
    until: String,
    order: String,
    after: String,
}

impl Params {
    /// The preset; `None` for a span of its own. Two times win over the preset that the form
    /// showed, a preset chosen anew wins over the times that the form showed.
    fn preset(&self) -> Option<Preset> {
        let own = !self.from.is_empty() || !self.until.is_empty();
        let chosen = Preset::parse(&self.range);
        match chosen {
            Some(_) if own && self.range == self.was => None,
            None if own => None,
            None => Some(Preset::Day),
            Some(preset) => Some(preset),
        }
    }

    fn span(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        match self.preset() {
            None => (parse_time(&self.from), parse_time(&self.until)),
            Some(preset) => (preset.secs().map(|secs| now.plus_secs(-secs)), None),
        }
    }

    /// What is asked of the lake.
    pub(super) fn request(&self, now: Timestamp) -> Result<SearchRequest, QueryError> {
        let (from, until) = self.span(now);
        Ok(SearchRequest {
            from,
            until,
            query: Query::parse(&self.q)?,
            order: if self.order == "oldest" { Order::Oldest } else { Order::Newest },
            limit: PAGE,
            // A link that is not complete begins again at the first page.
            after: self.after.parse::<Cursor>().ok(),
            scan_limit: Some(SCAN_LIMIT),
        })
    }

    fn href(&self, path: &str) -> Href {
        let own = self.preset().is_none();
        Href::new(path)
            .with("q", &self.q)
            .with("range", if own { "" } else { &self.range })
            .with("from", if own { &self.from } else { "" })
            .with("until", if own { &self.until } else { "" })
            .with("order", &self.order)
    }
}

/// `GET /tim-kiem`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(params): Address<Params>,
) -> WebResult<Markup> {
    let found = match params.request(ctx.now) {
        Err(error) => wrong_query(&ctx, &params.q, &error),
        Ok(request) => match search_events::search(&*ports.lake, &ctx, &request).await {
            Ok((page, bars)) => results(&ctx, &params, &request, &page, &bars),
            Err(error) if error.kind == Kind::Invalid => notice(
                Tone::Warn,
                html! { p { (ctx.tr.t("events-search-broad")) } p class="small" { (error.message) } },
            ),
            Err(error) => return Err(error.into()),
        },
    };
    let tr = &ctx.tr;
    let title = tr.t("events-search-title");
    let content = html! {
        (page_head(&title, Some(&tr.t("events-search-lead")), exports(&ctx, &params)))
        (form(&ctx, &params))
        (search_help::help(&ctx))
        (found)
    };
    Ok(ctx.page(&title, content))
}

fn exports(ctx: &Ctx, params: &Params) -> Markup {
    html! {
        @if ctx.may(Action::EventsExport) {
            a class="button button-quiet" href=(params.href("/tim-kiem/xuat.csv")) { (ctx.tr.t("events-export-csv")) }
            a class="button button-quiet" href=(params.href("/tim-kiem/xuat.ndjson")) { (ctx.tr.t("events-export-ndjson")) }
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
        form class="filter-bar" method="get" action="/tim-kiem" role="search" {
            div class="field field-query" {
                label for="f-q" { (tr.t("events-search-query")) }
                input id="f-q" name="q" type="search" value=(params.q) maxlength="2000" autocomplete="off" spellcheck="false"
                    data-search list="suggestions" placeholder=(tr.t("events-search-example"))
                    hx-get="/tim-kiem/goi-y" hx-trigger="input changed delay:250ms" hx-target="#suggestions" hx-swap="innerHTML";
                datalist id="suggestions" { (search_help::options(&params.q)) }
            }
            input type="hidden" name="was" value=(chosen);
            (Field::select("range", &tr.t("events-search-range"), presets).value(chosen).render())
            (Field::input("datetime-local", "from", &tr.t("events-search-from")).value(text(from)).render())
            (Field::input("datetime-local", "until", &tr.t("events-search-until")).value(text(until)).render())
            button type="submit" class="button button-primary" { (tr.t("events-search-go")) }
            a class="button button-quiet" href="/tim-kiem" { (tr.t("events-search-clear")) }
        }
    }
}

/// The query with the place of the mistake marked, and what to write instead.
fn wrong_query(ctx: &Ctx, text: &str, error: &QueryError) -> Markup {
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

fn results(ctx: &Ctx, params: &Params, request: &SearchRequest, page: &SearchPage, bars: &[Bucket]) -> Markup {
    let tr = &ctx.tr;
    let total: u64 = bars.iter().map(|b| b.count).sum();
    if page.events.is_empty() && page.next.is_none() {
        let wider = params.href("/tim-kiem").with("from", "").with("until", "").with("range", "all");
        let label = tr.t("events-none-wider");
        let hint = if params.q.is_empty() { tr.t("events-none-hint-time") } else { tr.t("events-none-hint") };
        return section(&tr.t("events-results"), html! {}, empty(&tr.t("events-none"), &hint, Some((&label, &wider))));
    }
    html! {
        @if !bars.is_empty() { (picture(ctx, params, bars, total)) }
        div class="split split-event" {
            div class="stack" {
                (table(ctx, params, page))
                (turn(ctx, params, request, page))
            }
            aside id="event" class="stack" aria-label=(tr.t("events-event-aside")) aria-live="polite" {
                p class="muted small event-pick" { (tr.t("events-event-pick")) }
            }
        }
    }
}

fn picture(ctx: &Ctx, params: &Params, bars: &[Bucket], total: u64) -> Markup {
    let tr = &ctx.tr;
    let count = i64::try_from(total).unwrap_or(i64::MAX);
    let drawn: Vec<Bar> = bars
        .iter()
        .take(BARS + 1)
        .map(|b| {
            let n = i64::try_from(b.count).unwrap_or(i64::MAX);
            let href = params
                .href("/tim-kiem")
                .with("range", "")
                .with("from", b.start.as_micros().to_string())
                .with("until", b.end.as_micros().to_string());
            let label = format!("{} – {}", tr.time_secs(b.start), tr.time_secs(b.end));
            Bar { label, value: super::height(n), text: tr.number(n), href: Some(href) }
        })
        .collect();
    let (first, last) = (bars.first().map(|b| tr.time(b.start)), bars.last().map(|b| tr.time(b.end)));
    let label = tr.ta("events-results-count", &[("n", &count)]);
    section(
        &label,
        html! { span class="muted" { (tr.t("events-picture-hint")) } },
        histogram(&label, &drawn, &first.unwrap_or_default(), &last.unwrap_or_default()),
    )
}

fn table(ctx: &Ctx, params: &Params, page: &SearchPage) -> Markup {
    let tr = &ctx.tr;
    let oldest = params.order == "oldest";
    let turned = params.href("/tim-kiem").with("order", if oldest { "" } else { "oldest" });
    let columns = [
        Column::narrow(tr.t("events-column-time")),
        Column::text(tr.t("events-column-host")),
        Column::text(tr.t("events-column-user")),
        Column::narrow(tr.t("events-column-kind")),
        Column::text(tr.t("events-column-what")),
    ];
    let rows = page.events.iter().map(|e| {
        let href = super::event::href(e);
        let dash = || html! { span class="muted" { "—" } };
        let cell = |v: &Option<Box<str>>| v.as_deref().map_or_else(dash, |v| html! { span class="mono small" { (v) } });
        Row::new(vec![
            html! {
                a class="nowrap" href=(href) hx-get=(href) hx-target="#event" hx-swap="innerHTML show:none" {
                    (tr.time_secs(e.time))
                }
            },
            e.common
                .host_name
                .as_deref()
                .map_or_else(dash, |h| html! { span class="mono small one-line" title=(h) { (h) } }),
            cell(&e.common.user_name),
            html! { span class="mono small" { (e.kind) } },
            html! { span class="mono small" { (summary(e)) } (marks(ctx, e.marks)) },
        ])
    });
    section(
        &tr.t("events-results"),
        html! { a href=(turned) { (if oldest { tr.t("events-order-newest") } else { tr.t("events-order-oldest") }) } },
        base_ui::table(&tr.t("events-results"), &columns, None, rows.collect()),
    )
}

/// Links to the first and the next page. A lake is read by cursor: there are no page numbers.
fn turn(ctx: &Ctx, params: &Params, request: &SearchRequest, page: &SearchPage) -> Markup {
    let tr = &ctx.tr;
    let first = params.href("/tim-kiem");
    html! {
        nav class="pager" aria-label=(tr.t("events-pager-label")) {
            span class="pager-range" { (tr.ta("events-page-shown", &[("n", &page.events.len())])) }
            span class="pager-links" {
                @if request.after.is_some() { a class="button button-quiet" href=(first) { (tr.t("events-page-first")) } }
                @if let Some(next) = page.next {
                    a class="button button-quiet" rel="next" href=(first.clone().with("after", next.to_string())) {
                        (if page.events.len() < PAGE { tr.t("events-page-on") } else { tr.t("events-page-next") })
                    }
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_counts_back_and_two_times_win_only_without_one() {
        let now = Timestamp::from_secs(1_400_000_000);
        let p = |range: &str, from: &str| Params { range: range.into(), from: from.into(), ..Params::default() };
        assert_eq!(p("", "").span(now), (Some(now.plus_secs(-86_400)), None));
        assert_eq!(p("1h", "1").span(now), (Some(now.plus_secs(-3_600)), None));
        assert_eq!(p("", "1000000").span(now), (Some(Timestamp::from_secs(1)), None));
        assert_eq!(p("all", "").span(now), (None, None));
        let left = Params { was: "24h".into(), ..p("24h", "1000000") };
        assert_eq!(
            left.span(now).0,
            Some(Timestamp::from_secs(1)),
            "the times were typed, the preset was left as it was"
        );
        let anew = Params { was: String::new(), ..p("1h", "1000000") };
        assert_eq!(anew.span(now).0, Some(now.plus_secs(-3_600)), "the preset was chosen anew");
    }
}
