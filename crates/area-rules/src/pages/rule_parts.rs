//! Parts of a rule's page: liveness with what to do, chart, filters, tests, history.

use super::{cost_text, height, rule_href};
use crate::model::liveness::NOISY_HITS;
use crate::model::{Condition, Filter, Flag, Standing};
use crate::ops::read_rules::{FEEDBACK_DAYS, Full};
use base_authz::Action;
use base_core::Timestamp;
use base_i18n::Tr;
use base_ui::{Bar, Column, Href, Row, Tone, badge, card, empty, histogram, kv, notice, section, time, time_full};
use base_web::Ctx;
use engine_detect::RuleKind;
use engine_detect::behaviours::BehaviourStats;
use maud::{Markup, html};

/// What is the matter and what to do about it, flag by flag.
pub(super) fn warnings(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let l = &full.live;
    let young = full.since.is_none_or(|s| s > ctx.now.plus_secs(-86_400));
    let since = full.since.map_or_else(|| tr.t("rules-never"), |s| tr.time(s));
    let source = super::super::model::listing::source_name(&l.info);
    let of_list = l.info.kind == RuleKind::Indicators;
    let said = |flag: &Flag| match flag {
        Flag::Off => None,
        Flag::Dead if matches!(l.list, Some(Standing::Failed(_))) => Some(tr.t("rules-say-list-failed")),
        Flag::Dead if of_list => Some(tr.t("rules-say-dead-all")),
        Flag::Dead if young => Some(tr.ta("rules-say-dead-young", &[("source", &source), ("since", &since)])),
        Flag::Dead => Some(tr.ta("rules-say-dead", &[("source", &source)])),
        Flag::Starved => {
            let fields = l.missing.join(", ");
            Some(tr.ta("rules-say-starved", &[("n", &l.events.week), ("fields", &fields)]))
        }
        Flag::Shadowed => Some(tr.ta("rules-say-shadowed", &[("n", &l.hits.week)])),
        Flag::Noisy if l.hits.day >= NOISY_HITS => Some(tr.ta("rules-say-noisy-hits", &[("n", &l.hits.day)])),
        Flag::Noisy => Some(tr.ta(
            "rules-say-noisy-false",
            &[("false", &l.feedback.false_alarms), ("all", &(l.feedback.false_alarms + l.feedback.confirmed))],
        )),
    };
    html! {
        @for (flag, text) in l.flags.iter().filter_map(|f| Some((f, said(f)?))) {
            (notice(if matches!(flag, Flag::Dead | Flag::Starved) { Tone::Bad } else { Tone::Warn }, html! {
                p { strong { (tr.dynamic("rules-flag-", flag.as_str())) ". " } (text) }
                @if *flag == Flag::Shadowed {
                    ul { @for other in &l.hits.companions { li { a href=(rule_href(other)) { (other) } } } }
                }
                p { (tr.dynamic("rules-remedy-", flag.as_str())) }
            }))
        }
    }
}

/// The figures of liveness.
pub(super) fn fares(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let l = &full.live;
    let mut rows = vec![
        (tr.t("rules-events-seen"), html! { (tr.number(l.events.day)) " · " (tr.number(l.events.week)) }),
        (tr.t("rules-hits-seen"), html! { (tr.number(l.hits.day)) " · " (tr.number(l.hits.week)) }),
        (
            tr.t("rules-column-last"),
            l.hits.last.map_or_else(|| html! { (tr.t("rules-never")) }, |at| time(tr, at, ctx.now)),
        ),
    ];
    if let Some(rate) = l.per_million() {
        rows.push((tr.t("rules-per-million"), html! { (tr.decimal(rate)) }));
    }
    if l.hits.hidden > 0 {
        rows.push((tr.t("rules-csv-hidden"), html! { (tr.number(l.hits.hidden)) }));
    }
    if l.info.standalone {
        rows.push((tr.ta("rules-feedback", &[("days", &FEEDBACK_DAYS)]), feedback(ctx, full)));
    }
    if l.info.kind == RuleKind::Single {
        rows.push((tr.t("rules-column-cost"), html! { (cost_text(tr, l.cost)) }));
    }
    if let Some(held) = &l.memory {
        let bytes = tr.bytes(held.entries as u64 * 64);
        let said =
            tr.ta("rules-memory-value", &[("groups", &held.groups), ("entries", &held.entries), ("bytes", &bytes)]);
        let evicted = i64::try_from(held.evicted).unwrap_or(i64::MAX);
        let body = html! {
            (said)
            @if evicted > 0 { " " (badge(Tone::Warn, &tr.ta("rules-memory-evicted", &[("n", &evicted)]))) }
        };
        rows.push((tr.t("rules-memory"), body));
    }
    rows.extend(l.behaviour.iter().flat_map(|stats| behaviour(tr, stats)));
    if let Some(standing) = &l.list {
        rows.push((tr.t("rules-list-size"), list(tr, standing)));
    }
    let missing = html! {
        @if l.missing.is_empty() { (tr.t("rules-missing-none")) } @else { @for f in &l.missing { code { (f) } " " } }
    };
    if l.info.kind != RuleKind::Indicators {
        rows.push((tr.t("rules-csv-missing"), missing));
    }
    card(
        &tr.t("rules-fares"),
        html! {
            (kv(&rows))
            @if !l.sources.is_empty() {
                h3 { (tr.t("rules-sources")) }
                ul class="small" {
                    @for (source, n) in l.sources.iter().take(8) {
                        li { span class="mono" { (source_text(source)) } " · " (tr.number(*n)) }
                    }
                }
            }
        },
    )
}

/// What a behaviour counts and remembers.
fn behaviour(tr: &Tr, stats: &BehaviourStats) -> Vec<(String, Markup)> {
    let figures = [
        ("observed", tr.number(stats.observed)),
        ("fired", tr.number(stats.fired)),
        ("entities", tr.number(stats.entities)),
        ("bytes", format!("{} / {}", tr.bytes(stats.bytes as u64), tr.bytes(stats.budget as u64))),
    ];
    let mut rows: Vec<(String, Markup)> =
        figures.into_iter().map(|(name, value)| (tr.dynamic("rules-behaviour-", name), html! { (value) })).collect();
    // What went wrong is worth a line of its own only when it did.
    let lost = [("late", stats.late), ("evicted", stats.evicted), ("saturated", stats.saturated as u64)];
    for (name, n) in lost.into_iter().filter(|(_, n)| *n > 0) {
        let hint = tr.dynamic("rules-behaviour-hint-", name);
        let value = html! { (badge(Tone::Warn, &tr.number(n))) div class="small muted" { (hint) } };
        rows.push((tr.dynamic("rules-behaviour-", name), value));
    }
    rows
}

/// What a list of indicators holds in memory.
fn list(tr: &Tr, standing: &Standing) -> Markup {
    match standing {
        Standing::Loading => html! { (tr.t("rules-list-loading")) },
        Standing::InForce(count) => html! { (tr.number(count.values - count.expired)) },
        Standing::Failed(why) => html! { (badge(Tone::Bad, &tr.t("rules-list-failed"))) div class="small" { (why) } },
    }
}

fn source_text(source: &engine_event::LogSource) -> String {
    let parts = [source.product.as_deref(), source.category.as_deref(), source.service.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// Alerts closed as real and as false, each a link to them.
fn feedback(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let f = &full.live.feedback;
    let since = ctx.now.plus_secs(-FEEDBACK_DAYS * 86_400).as_micros().to_string();
    let to = |state: &str| {
        Href::new("/canh-bao").with("rule", &*full.live.info.id).with("state", state).with("from", &since)
    };
    let linked = |state: &str, text: String| {
        html! { @if ctx.may(Action::AlertsRead) { a href=(to(state)) { (text) } } @else { (text) } }
    };
    html! {
        (linked("closed-true", tr.ta("rules-feedback-true", &[("n", &f.confirmed)]))) ", "
        (linked("closed-false", tr.ta("rules-feedback-false", &[("n", &f.false_alarms)]))) ", "
        (linked("open", tr.ta("rules-feedback-open", &[("n", &f.open)])))
    }
}

/// Hits per day.
pub(super) fn chart(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let begin = |n: usize| {
        let day = full.first_day + i64::try_from(n).unwrap_or(0);
        Timestamp::from_secs(day * 86_400 - 7 * 3_600)
    };
    let bar = |(n, (hits, hidden)): (usize, &(i64, i64))| Bar {
        label: tr.date(begin(n)),
        value: height(*hits),
        text: if *hidden > 0 {
            tr.ta("rules-chart-hidden", &[("hits", hits), ("hidden", hidden)])
        } else {
            tr.ta("rules-chart-hits", &[("hits", hits)])
        },
        href: ctx.may(Action::AlertsRead).then(|| {
            let link = Href::new("/canh-bao").with("rule", &*full.live.info.id);
            let until = begin(n + 1).as_micros().to_string();
            link.with("from", begin(n).as_micros().to_string()).with("until", until)
        }),
    };
    let bars: Vec<Bar> = full.days.iter().enumerate().map(bar).collect();
    let total: i64 = full.days.iter().map(|d| d.0).sum();
    let label = tr.ta("rules-chart-label", &[("n", &total), ("days", &full.days.len())]);
    card(
        &tr.t("rules-chart"),
        histogram(&label, &bars, &tr.date(begin(0)), &tr.date(begin(full.days.len().saturating_sub(1)))),
    )
}

/// A filter's conditions as text.
pub(super) fn conditions(conditions: &[Condition]) -> Markup {
    html! {
        @for (n, c) in conditions.iter().enumerate() {
            @if n > 0 { " ∧ " }
            code { (c.field) " = " (c.value) }
        }
    }
}

/// Where a filter stands.
pub(super) fn filter_state(tr: &Tr, filter: &Filter, now: Timestamp) -> Markup {
    if filter.holds_at(now) {
        badge(Tone::Info, &tr.t("rules-filter-holds"))
    } else if filter.ended.is_some() {
        badge(Tone::Neutral, &tr.t("rules-filter-ended"))
    } else {
        badge(Tone::Neutral, &tr.t("rules-filter-over"))
    }
}

/// The tuning filters.
pub(super) fn filters(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-filters");
    if full.filters.is_empty() {
        return section(&title, html! {}, html! { p class="muted" { (tr.t("rules-filters-none")) } });
    }
    let columns = [
        Column::narrow(tr.t("rules-filter-state")),
        Column::text(tr.t("rules-filter-hides")),
        Column::narrow(tr.t("rules-filter-until")),
        Column::number(tr.t("rules-filter-hidden")),
    ];
    let rows = full.filters.iter().map(|f| {
        Row::new(vec![
            filter_state(tr, f, ctx.now),
            html! {
                a href=(Href::new("/quy-tac/bo-loc").segment(&f.id)) { (conditions(&f.conditions)) }
                div class="small muted" { (f.reason) " · " (f.by_name) }
            },
            time_full(tr, f.until),
            html! { (tr.number(f.hidden)) },
        ])
    });
    section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect()))
}

/// The tests beside the rule and how they come out now.
pub(super) fn tests(tr: &Tr, full: &Full) -> Markup {
    let title = tr.t("rules-tests");
    let body = match &full.tests {
        None => empty(&tr.t("rules-tests-none"), &tr.t("rules-tests-none-hint"), None),
        Some((file, Err(message))) => notice(Tone::Bad, html! { p { (message) } p class="mono small" { (file) } }),
        Some((file, Ok(cases))) => {
            let columns = [
                Column::narrow(tr.t("rules-test-result")),
                Column::text(tr.t("rules-test-case")),
                Column::narrow(tr.t("rules-test-expected")),
            ];
            let rows = cases.iter().map(|c| {
                let (tone, text) = if c.passed() {
                    (Tone::Good, tr.t("rules-test-passed"))
                } else {
                    (Tone::Bad, tr.t("rules-test-failed"))
                };
                Row::new(vec![
                    badge(tone, &text),
                    html! { (c.name) @if !c.passed() { div class="small muted" { (c.seen) } } },
                    html! { @if c.expected { (tr.t("rules-test-fires")) } @else { (tr.t("rules-test-quiet")) } },
                ])
            });
            html! {
                p class="small muted mono" { (file) }
                (base_ui::table(&title, &columns, None, rows.collect()))
            }
        }
    };
    section(&title, html! {}, body)
}

/// What people did with the rule.
pub(super) fn history(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-history");
    if full.history.is_empty() {
        return section(&title, html! {}, html! { p class="muted" { (tr.t("rules-history-none")) } });
    }
    section(
        &title,
        html! {},
        html! {
            ul class="timeline" {
                @for act in &full.history {
                    li {
                        p { strong { (act.account_name) } " · " (act_text(tr, &act.action, act.after_json.as_deref())) }
                        @if let Some(why) = &act.why { @if !why.is_empty() { blockquote { (why) } } }
                        p class="small muted" { (time_full(tr, act.at)) }
                    }
                }
            }
        },
    )
}

fn act_text(tr: &Tr, action: &str, after: Option<&str>) -> String {
    let says = |part: &str| after.is_some_and(|a| a.contains(part));
    match action {
        "rules.switch" if says("\"on\":true") => tr.t("rules-act-on"),
        "rules.switch" => tr.t("rules-act-off"),
        "rules.tune" if says("\"ended\":true") => tr.t("rules-act-filter-end"),
        "rules.tune" => tr.t("rules-act-filter"),
        other => other.to_owned(),
    }
}

/// Rules it counts and correlations that count it.
pub(super) fn related(tr: &Tr, full: &Full) -> Markup {
    if full.related.is_empty() {
        return html! {};
    }
    let title = if full.live.info.correlation { tr.t("rules-related-counts") } else { tr.t("rules-related-counted") };
    card(&title, html! { ul { @for (id, name) in &full.related { li { a href=(rule_href(id)) { (name) } } } } })
}
