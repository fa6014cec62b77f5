//! `/quan-tri/suc-khoe`: how the program itself fares, and what to do about it.

use crate::ports::{Amount, Check, Figures, Health, Level, ShellPorts};
use axum::Extension;
use base_authz::Action;
use base_i18n::Tr;
use base_ui::{Tone, badge, dot, kv, notice, page_head, section, time};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};

/// Topic of the news that checks were made.
pub(crate) const TOPIC: &str = "health";
const PAGE: &str = "/quan-tri/suc-khoe";

/// `GET /quan-tri/suc-khoe`
pub(crate) async fn show(ctx: Ctx, Extension(ports): Extension<ShellPorts>) -> WebResult<Markup> {
    ctx.require(Action::HealthRead)?;
    let health = ports.health.health(&ctx.tr).await;
    let part = view(&ctx, &health);
    Ok(ctx.fragment_or(part, |part| {
        let title = ctx.tr.t("shell-health");
        let content = html! {
            (page_head(&title, Some(&ctx.tr.t("shell-health-lead")), html! {}))
            div data-live=(TOPIC) data-live-url=(PAGE) { (part) }
        };
        ctx.page(&title, content)
    }))
}

const fn tone(level: Level) -> Tone {
    match level {
        Level::Well => Tone::Good,
        Level::Note => Tone::Neutral,
        Level::Warning => Tone::Warn,
        Level::Fault => Tone::Bad,
    }
}

fn level_name(tr: &Tr, level: Level) -> String {
    match level {
        Level::Well => tr.t("shell-level-well"),
        Level::Note => tr.t("shell-level-note"),
        Level::Warning => tr.t("shell-level-warning"),
        Level::Fault => tr.t("shell-level-fault"),
    }
}

fn view(ctx: &Ctx, health: &Health) -> Markup {
    let tr = &ctx.tr;
    let mut checks: Vec<&Check> = health.checks.iter().collect();
    // Gravest first; a stable sort keeps what belongs together together.
    checks.sort_by_key(|check| std::cmp::Reverse(check.level));
    let bad = checks.iter().filter(|c| c.level >= Level::Warning).count();
    let silent = health.figures.iter().any(|f| !f.answers);
    html! {
        @if health.looked_at.is_none() {
            (notice(Tone::Info, html! { p { (tr.t("shell-health-first")) } }))
        } @else if bad == 0 && !silent {
            (notice(Tone::Good, html! { p { (tr.t("shell-health-well")) } }))
        } @else {
            (notice(if silent || checks.iter().any(|c| c.level == Level::Fault) { Tone::Bad } else { Tone::Warn },
                html! { p { (tr.ta("shell-health-bad", &[("n", &bad)])) } }))
        }
        div class="grid" { @for part in &health.figures { (figures(ctx, part)) } (program(ctx, health)) }
        (section(&tr.t("shell-health-checks"), looked(ctx, health), html! {
            ul class="checks-list" { @for check in checks { (one(tr, check)) } }
        }))
    }
}

fn looked(ctx: &Ctx, health: &Health) -> Markup {
    html! { @if let Some(at) = health.looked_at { span class="muted" { (ctx.tr.t("shell-health-looked")) " " (time(&ctx.tr, at, ctx.now)) } } }
}

fn one(tr: &Tr, check: &Check) -> Markup {
    html! {
        li {
            (badge(tone(check.level), &level_name(tr, check.level)))
            div class="notice-text" {
                strong { (check.what) }
                @if !check.evidence.is_empty() { div class="small mono" { (check.evidence) } }
                @if !check.why.is_empty() { p class="small muted" { (check.why) } }
                @if !check.remedy.is_empty() { p class="small" { strong { (tr.t("shell-health-remedy")) } " " (check.remedy) } }
            }
        }
    }
}

fn amount(ctx: &Ctx, amount: Amount) -> Markup {
    let tr = &ctx.tr;
    html! {
        @match amount {
            Amount::Count(n) => { (tr.number(n)) }
            Amount::Bytes(n) => { (tr.bytes(n)) }
            Amount::Share(share) => { (tr.percent(share)) }
            Amount::Time(at) => { (time(tr, at, ctx.now)) }
            Amount::Unknown => { span class="muted" { "—" } }
        }
    }
}

fn figures(ctx: &Ctx, part: &Figures) -> Markup {
    let tr = &ctx.tr;
    let state = match part.answers {
        true => dot(Tone::Good, &tr.t("shell-part-answers")),
        false => dot(Tone::Bad, &tr.t("shell-part-silent")),
    };
    let rows: Vec<_> =
        part.values.iter().map(|(name, value)| (tr.dynamic("shell-figure-", name), amount(ctx, *value))).collect();
    section(&tr.dynamic("shell-part-", part.part), state, kv(&rows))
}

fn program(ctx: &Ctx, health: &Health) -> Markup {
    let tr = &ctx.tr;
    let rows = [
        (tr.t("shell-figure-version"), html! { (health.version) }),
        (tr.t("shell-figure-since"), time(tr, health.since, ctx.now)),
        (tr.t("shell-figure-now"), base_ui::time_full(tr, ctx.now)),
    ];
    section(&tr.t("shell-part-program"), dot(Tone::Good, &tr.t("shell-part-answers")), kv(&rows))
}
