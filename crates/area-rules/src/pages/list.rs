//! `/quy-tac`: all rules with how they fare: search, filter, sort, page, export.

use super::{INDEX, cost_text, flag_badges, rule_href};
use crate::model::listing::{PAGE_ROWS, source_name};
use crate::model::{Flag, ListRequest, Liveness, Proof, SortKey, Suite};
use crate::ops::read_rules::{Overview, overview};
use crate::ports::RulesPorts;
use axum::Extension;
use axum::extract::Query;
use axum::response::Response;
use base_authz::Action;
use base_core::{Lang, Severity};
use base_ui::{
    Column, Field, Href, Row, Tone, empty, filter_bar, notice, page_head, pager, section, stat, stats, time,
};
use base_web::{Csv, Ctx, WebResult};
use engine_detect::RuleKind;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The query of the list's address. What cannot be understood is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    q: String,
    flag: String,
    level: String,
    source: String,
    tactic: String,
    status: String,
    sort: String,
    dir: String,
    page: String,
}

/// The word of the flag filter for rules without any.
const WELL: &str = "well";

impl Params {
    fn request(&self, lang: Lang) -> ListRequest {
        let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        ListRequest {
            lang,
            text: self.q.clone(),
            flag: Flag::parse(&self.flag),
            well: self.flag == WELL,
            level: Severity::parse(&self.level),
            source: some(&self.source),
            tactic: some(&self.tactic),
            status: some(&self.status),
            sort: SortKey::parse(&self.sort).unwrap_or_default(),
            descending: self.dir == "desc",
        }
    }

    fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("q", &self.q)
            .with("flag", &self.flag)
            .with("level", &self.level)
            .with("source", &self.source)
            .with("tactic", &self.tactic)
            .with("status", &self.status)
            .with("sort", &self.sort)
            .with("dir", &self.dir)
    }

    fn at(&self) -> base_ui::Page {
        base_ui::Page::new(self.page.parse().ok(), PAGE_ROWS)
    }
}

/// `GET /quy-tac`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Query(params): Query<Params>,
) -> WebResult<Markup> {
    let all = overview(ctx.db(), &ports, &ctx).await?;
    let found = params.request(ctx.tr.lang()).select(&all.rules);
    let part = html! { (figures(&ctx, &all)) (rows(&ctx, &params, &found)) };
    if ctx.is_fragment() {
        return Ok(part);
    }
    let tr = &ctx.tr;
    let title = tr.t("rules-title");
    let here = params.href(INDEX).with("page", &params.page);
    let content = html! {
        (page_head(&title, Some(&tr.t("rules-lead")), html! {
            a class="button button-quiet" href=(super::LISTS) { (tr.t("rules-lists")) }
            a class="button button-quiet" href=(super::PACKS) { (tr.t("rules-packs")) }
            a class="button button-quiet" href=(params.href("/quy-tac/xuat.csv")) { (tr.t("rules-export")) }
        }))
        (observed(&ctx, &all))
        @if let Some(reason) = ports.book.trouble() {
            (notice(Tone::Warn, html! { p { (tr.t("rules-memory-lost")) } p class="small mono" { (reason) } }))
        }
        (filters(&ctx, &params, &all.rules))
        div class="stack" data-live=(crate::TOPIC) data-live-url=(here) { (part) }
    };
    Ok(ctx.page(&title, content))
}

/// Since when is counted: flags of a young installation must be read with it.
fn observed(ctx: &Ctx, all: &Overview) -> Markup {
    let tr = &ctx.tr;
    match all.since {
        None => notice(Tone::Info, html! { p { (tr.t("rules-observed-never")) } }),
        Some(since) if since > ctx.now.plus_secs(-86_400) => {
            notice(Tone::Info, html! { p { (tr.ta("rules-observed-young", &[("time", &tr.time(since))])) } })
        }
        Some(_) => html! {},
    }
}

fn figures(ctx: &Ctx, all: &Overview) -> Markup {
    let tr = &ctx.tr;
    let shown = || all.rules.iter().filter(|l| l.info.standalone);
    let count = |flag: Flag| shown().filter(|l| l.flags.contains(&flag)).count();
    let one = |flag: Flag, tone: Tone| {
        let n = count(flag);
        let tone = if n == 0 { Tone::Neutral } else { tone };
        let href = Href::new(INDEX).with("flag", flag.as_str());
        stat(
            &tr.dynamic("rules-flag-", flag.as_str()),
            &tr.number(n),
            Some(&href),
            Some(&tr.dynamic("rules-flag-hint-", flag.as_str())),
            tone,
        )
    };
    stats(html! {
        (stat(&tr.t("rules-stat-all"), &tr.number(shown().count()), Some(&Href::new(INDEX)), Some(&tr.t("rules-stat-all-hint")), Tone::Info))
        (one(Flag::Dead, Tone::Bad))
        (one(Flag::Starved, Tone::Bad))
        (one(Flag::Shadowed, Tone::Warn))
        (one(Flag::Noisy, Tone::Warn))
        (one(Flag::Off, Tone::Neutral))
        @for suite in Suite::ALL { (proof(ctx, all.proofs.iter().find(|p| p.suite == suite), suite)) }
    })
}

/// The share of attack samples detected, with the day it was measured.
fn proof(ctx: &Ctx, proof: Option<&Proof>, suite: Suite) -> Markup {
    let tr = &ctx.tr;
    let href = Href::new("/quy-tac/dien-lai");
    let name = tr.dynamic("rules-suite-", suite.as_str());
    match proof.and_then(|p| Some((p, p.share()?))) {
        Some((proof, share)) => {
            let hint = tr.ta(
                "rules-proof-hint",
                &[("detected", &proof.detected), ("total", &proof.total), ("date", &tr.date(proof.at))],
            );
            let tone = if proof.detected == proof.total { Tone::Good } else { Tone::Warn };
            stat(&name, &tr.percent(share), Some(&href), Some(&hint), tone)
        }
        None if suite == Suite::RuleTests => {
            stat(&name, "—", Some(&href), Some(&tr.t("rules-proof-none")), Tone::Neutral)
        }
        None => html! {},
    }
}

fn filters(ctx: &Ctx, params: &Params, rules: &[Liveness]) -> Markup {
    let tr = &ctx.tr;
    let all = || (String::new(), tr.t("rules-filter-all"));
    let flags = std::iter::once(all())
        .chain(Flag::ALL.into_iter().map(|f| (f.as_str().to_owned(), tr.dynamic("rules-flag-", f.as_str()))))
        .chain([(WELL.to_owned(), tr.t("rules-alive"))]);
    let levels = std::iter::once(all())
        .chain(Severity::ALL.into_iter().rev().map(|s| (s.as_str().into(), tr.dynamic("ui-severity-", s.as_str()))));
    let shown = || rules.iter().filter(|l| l.info.standalone);
    let sources: BTreeSet<String> = shown().map(|l| source_name(&l.info)).collect();
    let tactics: BTreeMap<String, String> =
        shown().flat_map(|l| l.info.tactics()).map(|t| (t.id.clone(), t.name.replace('-', " "))).collect();
    let statuses: BTreeSet<&str> = shown().filter_map(|l| l.info.status).collect();
    let same = |values: Vec<String>| values.into_iter().map(|v| (v.clone(), v));
    let sources = std::iter::once(all()).chain(same(sources.into_iter().filter(|s| !s.is_empty()).collect()));
    let tactics =
        std::iter::once(all()).chain(tactics.into_iter().map(|(id, name)| (id.clone(), format!("{id} {name}"))));
    let statuses = std::iter::once(all()).chain(same(statuses.into_iter().map(str::to_owned).collect()));
    filter_bar(
        tr,
        INDEX,
        html! {
            (Field::input("search", "q", &tr.t("rules-filter-text")).value(&params.q).placeholder(&tr.t("rules-filter-text-example")).max(200).render())
            (Field::select("flag", &tr.t("rules-column-flags"), flags.collect()).value(&params.flag).submit_on_change().render())
            (Field::select("level", &tr.t("rules-column-level"), levels.collect()).value(&params.level).submit_on_change().render())
            (Field::select("source", &tr.t("rules-column-source"), sources.collect()).value(&params.source).submit_on_change().render())
            (Field::select("tactic", &tr.t("rules-filter-tactic"), tactics.collect()).value(&params.tactic).submit_on_change().render())
            (Field::select("status", &tr.t("rules-filter-status"), statuses.collect()).value(&params.status).submit_on_change().render())
            @for (name, value) in [("sort", &params.sort), ("dir", &params.dir)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        },
    )
}

fn rows(ctx: &Ctx, params: &Params, found: &[&Liveness]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-list");
    if found.is_empty() {
        let clear = Href::new(INDEX);
        let label = tr.t("rules-none-clear");
        let nothing = empty(&tr.t("rules-none"), &tr.t("rules-none-hint"), Some((&label, &clear)));
        return section(&title, html! {}, nothing);
    }
    let at = params.at();
    let request = params.request(tr.lang());
    let href = params.href(INDEX);
    let sort = base_ui::Sort { key: request.sort.as_str(), descending: request.descending, href: &href };
    let columns = [
        Column::narrow(tr.t("rules-column-level")).sorted_by(SortKey::Level.as_str()),
        Column::text(tr.t("rules-column-rule")).sorted_by(SortKey::Title.as_str()),
        Column::narrow(tr.t("rules-column-flags")).sorted_by(SortKey::Flag.as_str()),
        Column::number(tr.t("rules-column-events")).sorted_by(SortKey::Events.as_str()),
        Column::number(tr.t("rules-column-hits")).sorted_by(SortKey::Hits.as_str()),
        Column::narrow(tr.t("rules-column-last")).sorted_by(SortKey::Last.as_str()),
        Column::number(tr.t("rules-column-false")).sorted_by(SortKey::False.as_str()),
        Column::number(tr.t("rules-column-cost")).sorted_by(SortKey::Cost.as_str()),
    ];
    let first = usize::try_from(at.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(PAGE_ROWS).unwrap_or(50);
    let rows = found.iter().skip(first).take(size).map(|l| row(ctx, l));
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    html! {
        (base_ui::table(&title, &columns, Some(&sort), rows.collect()))
        (pager(tr, at, total, &href))
    }
}

fn row(ctx: &Ctx, l: &Liveness) -> Row {
    let tr = &ctx.tr;
    let feedback = &l.feedback;
    Row::new(vec![
        base_ui::severity(tr, l.info.level),
        html! {
            a href=(rule_href(&l.info.id)) { (l.info.title_in(tr.lang())) }
            @let what = what(l, tr.lang());
            @if !what.is_empty() { div class="small muted" { (what) } }
            @let source = source_name(&l.info);
            @if matches!(l.info.kind, RuleKind::Behaviour | RuleKind::Indicators) {
                div class="small muted" { (tr.dynamic("rules-made-by-", l.info.kind.as_str())) }
            }
            @if !source.is_empty() { div class="small muted mono" { (source) } }
        },
        html! {
            (flag_badges(tr, &l.flags))
            @if l.filters > 0 { div class="small muted" { (tr.ta("rules-filters-n", &[("n", &l.filters)])) } }
        },
        html! { (tr.number(l.events.week)) },
        html! { (tr.number(l.hits.week)) },
        match l.hits.last {
            Some(at) => time(tr, at, ctx.now),
            None => html! { span class="muted" { (tr.t("rules-never")) } },
        },
        html! {
            @match feedback.false_percent() {
                Some(_) => { (feedback.false_alarms) "/" (feedback.false_alarms + feedback.confirmed) }
                None => { span class="muted" { "—" } }
            }
        },
        html! { (cost_text(tr, l.cost)) },
    ])
}

/// What the rule tells, cut to a line. Nothing where its title says so in the language and the text would
/// have gaps, because it speaks of an event.
fn what(l: &Liveness, lang: Lang) -> String {
    let texts = l.info.explain.texts(lang);
    let titled = lang == Lang::En || l.info.title_vi.is_some();
    if titled && texts.what.contains('{') {
        return String::new();
    }
    let filled = texts.filled(&|_| None);
    let mut text: String = filled.what.chars().take(140).collect();
    if filled.what.chars().count() > 140 {
        text.push('…');
    }
    text
}

/// `GET /quy-tac/xuat.csv`: the rules the filters leave.
pub(super) async fn export(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Query(params): Query<Params>,
) -> WebResult<Response> {
    ctx.require(Action::RulesRead)?;
    let all = overview(ctx.db(), &ports, &ctx).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("rules-csv-id"),
        &tr.t("rules-column-rule"),
        &tr.t("rules-column-level"),
        &tr.t("rules-filter-status"),
        &tr.t("rules-column-flags"),
        &tr.t("rules-column-source"),
        &tr.t("rules-csv-events-day"),
        &tr.t("rules-column-events"),
        &tr.t("rules-csv-missing"),
        &tr.t("rules-csv-hits-day"),
        &tr.t("rules-column-hits"),
        &tr.t("rules-csv-hidden"),
        &tr.t("rules-column-last"),
        &tr.t("rules-csv-true"),
        &tr.t("rules-csv-false"),
        &tr.t("rules-csv-cost"),
        &tr.t("rules-csv-file"),
    ]);
    for l in params.request(tr.lang()).select(&all.rules) {
        let flags: Vec<String> = l.flags.iter().map(|f| tr.dynamic("rules-flag-", f.as_str())).collect();
        csv.row(&[
            &l.info.id,
            l.info.title_in(tr.lang()),
            &tr.dynamic("ui-severity-", l.info.level.as_str()),
            l.info.status.unwrap_or_default(),
            &flags.join("; "),
            &source_name(&l.info),
            &l.events.day.to_string(),
            &l.events.week.to_string(),
            &l.missing.join(" "),
            &l.hits.day.to_string(),
            &l.hits.week.to_string(),
            &l.hits.hidden.to_string(),
            &l.hits.last.map(|t| tr.time_secs(t)).unwrap_or_default(),
            &l.feedback.confirmed.to_string(),
            &l.feedback.false_alarms.to_string(),
            &l.cost.map(|c| format!("{c:.0}")).unwrap_or_default(),
            &l.info.file,
        ]);
    }
    Ok(csv.attachment("quy-tac.csv"))
}
