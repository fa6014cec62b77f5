//! The event of an alert: its fields and its raw record, with what the rule matched marked.

use crate::model::marking::{cut, field_ranges, raw_ranges};
use crate::model::{Evidence, MatchedField};
use crate::ops::read_alert::Full;
use base_authz::Action;
use base_ui::{Column, Href, Row, Tone, empty, notice, section, tabs, time_full};
use base_web::Ctx;
use maud::{Markup, html};

/// The events of one detection listed by id; a correlation can have thousands.
const EVENTS_LISTED: usize = 20;

/// The detection numbered `shown` (from 1) of those kept.
pub(super) fn part(ctx: &Ctx, full: &Full, shown: usize) -> Markup {
    let tr = &ctx.tr;
    let shown = shown.clamp(1, full.evidence.len().max(1));
    let Some(evidence) = full.evidence.get(shown - 1) else {
        return section(
            &tr.t("desk-event"),
            html! {},
            empty(&tr.t("desk-event-none"), &tr.t("desk-event-none-hint"), None),
        );
    };
    section(
        &tr.t("desk-event"),
        html! {
            @if ctx.may(Action::EventsSearch) && !evidence.events.is_empty() {
                @if ctx.may(Action::RulesRead) { a href=(explain_href(full, evidence)) { (tr.t("desk-event-explain")) } }
                a href=(event_href(evidence)) { (tr.t("desk-event-open")) }
            }
        },
        html! {
            (choice(ctx, full, shown))
            p {
                (time_full(tr, evidence.time)) " · " span class="mono" { (evidence.kind) }
            }
            (matched(ctx, &evidence.matched))
            (fields(ctx, evidence))
            @if !evidence.raw.is_empty() {
                details open[evidence.fields.is_empty()] {
                    summary { (tr.t("desk-event-raw")) }
                    pre class="code" tabindex="0" { code { (marked(&evidence.raw, &raw_ranges(&evidence.raw, &evidence.matched))) } }
                }
            }
            @if evidence.cut { (notice(Tone::Info, html! { p { (tr.t("desk-event-cut")) } })) }
            (events(ctx, evidence))
        },
    )
}

fn event_href(evidence: &Evidence) -> Href {
    let near = evidence.time.as_micros().to_string();
    Href::new("/su-kien").segment(evidence.event.to_string()).with("near", near)
}

/// Why the rule matched this event, predicate by predicate.
fn explain_href(full: &Full, evidence: &Evidence) -> Href {
    let rule = Href::new("/quy-tac/luat").segment(&full.alert.rule);
    rule.segment("giai-thich").with("event", evidence.event.to_string())
}

/// Links to the first detections of the alert, where there are several.
fn choice(ctx: &Ctx, full: &Full, shown: usize) -> Markup {
    if full.evidence.len() < 2 {
        return html! {};
    }
    let tr = &ctx.tr;
    let items: Vec<(String, Href, bool)> = (1..=full.evidence.len())
        .map(|n| {
            let href =
                super::alert::href(&full.alert.id).with("lan", if n == 1 { String::new() } else { n.to_string() });
            (tr.ta("desk-event-nth", &[("n", &n)]), href, n == shown)
        })
        .collect();
    html! {
        (tabs(&tr.t("desk-event-choice"), &items))
        @if full.alert.detections > i64::try_from(full.evidence.len()).unwrap_or(i64::MAX) {
            p class="small muted" {
                (tr.ta("desk-event-more", &[("kept", &full.evidence.len()), ("all", &full.alert.detections)]))
            }
        }
    }
}

/// In words: which field fitted which pattern.
fn matched(ctx: &Ctx, matched: &[MatchedField]) -> Markup {
    let tr = &ctx.tr;
    if matched.is_empty() {
        return html! {};
    }
    let columns = [
        Column::narrow(tr.t("desk-matched-field")),
        Column::narrow(tr.t("desk-matched-op")),
        Column::text(tr.t("desk-matched-pattern")),
    ];
    let rows = matched.iter().map(|m| {
        Row::new(vec![
            html! { code { (m.field) } },
            html! { (tr.dynamic("desk-op-", op_word(&m.op))) },
            html! { code { (m.pattern) } },
        ])
    });
    html! {
        h3 { (tr.t("desk-matched")) }
        (base_ui::table(&tr.t("desk-matched"), &columns, None, rows.collect()))
    }
}

/// Comparisons with a word of their own.
const OPS: [&str; 13] = [
    "contains",
    "startswith",
    "endswith",
    "re",
    "cidr",
    "exists",
    "keyword",
    "group-by",
    "gte",
    "gt",
    "lte",
    "lt",
    "wildcard",
];

/// The comparison among modifiers as a rule writes them (`contains|all`, `re|i`).
fn op_word(op: &str) -> &str {
    op.split('|').find(|part| OPS.contains(part)).unwrap_or("equals")
}

fn fields(ctx: &Ctx, evidence: &Evidence) -> Markup {
    let tr = &ctx.tr;
    if evidence.fields.is_empty() {
        return html! {};
    }
    let columns = [Column::narrow(tr.t("desk-field-name")), Column::text(tr.t("desk-field-value"))];
    let is_matched = |name: &str| evidence.matched.iter().any(|m| m.field.eq_ignore_ascii_case(name));
    let rows = evidence.fields.iter().map(|(name, value)| {
        let ranges = field_ranges(name, value, &evidence.matched);
        let row = Row::new(vec![html! { code { (name) } }, html! { span class="mono" { (marked(value, &ranges)) } }]);
        if is_matched(name) { row.class("row-matched") } else { row }
    });
    html! {
        h3 { (tr.t("desk-fields")) }
        (base_ui::table(&tr.t("desk-fields"), &columns, None, rows.collect()))
    }
}

/// The text with the ranges in `mark` elements.
fn marked(text: &str, ranges: &[(usize, usize)]) -> Markup {
    html! {
        @for piece in cut(text, ranges) {
            @if piece.marked { mark { (piece.text) } } @else { (piece.text) }
        }
    }
}

/// The other events of a correlation.
fn events(ctx: &Ctx, evidence: &Evidence) -> Markup {
    let tr = &ctx.tr;
    let others: Vec<_> = evidence.events.iter().filter(|id| **id != evidence.event).collect();
    if others.is_empty() || !ctx.may(Action::EventsSearch) {
        return html! {};
    }
    html! {
        details {
            summary { (tr.ta("desk-event-others", &[("n", &others.len())])) }
            ul {
                @for id in others.iter().take(EVENTS_LISTED) {
                    li { a class="mono" href=(Href::new("/su-kien").segment(id.to_string()).with("near", evidence.time.as_micros().to_string())) { (id) } }
                }
            }
        }
    }
}
