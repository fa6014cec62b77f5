//! `/quy-tac/luat/{id}`: one rule: what it looks for, how it fares, its tests, filters and history.

use super::rule_parts::{chart, fares, filters, history, related, tests, warnings};
use super::{INDEX, flag_badges, rule_href};
use crate::model::listing::source_name;
use crate::ops::read_rules::{Full, one};
use crate::ports::RulesPorts;
use axum::Extension;
use axum::extract::Path;
use base_authz::Action;
use base_core::{FieldError, Lang, Result};
use base_i18n::Tr;
use base_ui::{
    Field, Href, Icon, actions, button, card, code, error_summary, field_error, icon, kv, page_head, section, steps,
    time_full,
};
use base_web::{Ctx, WebResult};
use engine_detect::{RuleInfo, RuleKind};
use maud::{Markup, html};

/// `GET /quy-tac/luat/{id}`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    Ok(whole(&ctx, &ports, &id, "", &[]).await?)
}

/// The page, with what a refused form to switch the rule off leaves to show.
pub(super) async fn whole(
    ctx: &Ctx,
    ports: &RulesPorts,
    id: &str,
    reason: &str,
    errors: &[FieldError],
) -> Result<Markup> {
    let full = one(ctx.db(), ports, ctx, id).await?;
    let tr = &ctx.tr;
    let info = &full.live.info;
    let live = html! { (fares(ctx, &full)) (chart(ctx, &full)) };
    if ctx.is_fragment() {
        return Ok(live);
    }
    let content = html! {
        (page_head(info.title_in(tr.lang()), None, buttons(ctx, &full)))
        p class="row" { (base_ui::severity(tr, info.level)) (flag_badges(tr, &full.live.flags)) }
        (warnings(ctx, &full))
        div class="split" {
            div class="stack" {
                (looks_for(tr, info))
                (filters(ctx, &full))
                @if info.kind != RuleKind::Indicators { (tests(tr, &full)) }
                (source(tr, info))
                (history(ctx, &full))
            }
            aside class="stack" aria-label=(tr.t("rules-side-label")) {
                (switch(ctx, &full, reason, errors))
                div class="stack" data-live=(crate::TOPIC) data-live-url=(rule_href(id)) { (live) }
                (related(tr, &full))
            }
        }
    };
    Ok(ctx.page(info.title_in(tr.lang()), content))
}

fn buttons(ctx: &Ctx, full: &Full) -> Markup {
    let (tr, id) = (&ctx.tr, &*full.live.info.id);
    html! {
        @if ctx.may(Action::RulesTune) && full.live.info.standalone {
            a class="button button-primary" href=(rule_href(id).segment("bo-loc-moi")) { (tr.t("rules-filter-new")) }
        }
        @if let Some(list) = id.strip_prefix("indicator-").filter(|_| full.live.info.kind == RuleKind::Indicators) {
            a class="button" href=(super::lists::list_href(list)) { (tr.t("rules-list-open")) }
        }
        @if ctx.may(Action::EventsSearch) {
            a class="button" href=(rule_href(id).segment("ra-lai")) { (tr.t("rules-retro")) }
        }
        a class="button" href=(rule_href(id).segment("giai-thich")) { (tr.t("rules-explain")) }
        @if ctx.may(Action::AlertsRead) {
            a class="button button-quiet" href=(Href::new("/canh-bao").with("rule", id)) { (tr.t("rules-alerts")) }
        }
        a class="button button-quiet" href=(INDEX) { (tr.t("rules-back")) }
    }
}

/// What the rule looks for, in the person's language, and folded away in the other.
fn looks_for(tr: &Tr, info: &RuleInfo) -> Markup {
    let other = if tr.lang() == Lang::Vi { Lang::En } else { Lang::Vi };
    card(
        &tr.t("rules-looks-for"),
        html! {
            (texts(tr, info, tr.lang()))
            details {
                summary { (tr.dynamic("rules-other-language-", other.tag())) }
                div lang=(other.tag()) { (texts(&tr.with_lang(other), info, other)) }
            }
            @if !info.falsepositives.is_empty() {
                h3 { (tr.t("rules-falsepositives")) }
                ul { @for text in &info.falsepositives { li { (text) } } }
            }
        },
    )
}

fn texts(tr: &Tr, info: &RuleInfo, lang: Lang) -> Markup {
    let texts = info.explain.texts(lang);
    html! {
        h3 { (tr.t("rules-what")) }
        p { (texts.what) }
        h3 { (tr.t("rules-why")) }
        p { (texts.why) }
        h3 { (tr.t("rules-do")) }
        (steps(&texts.do_now))
    }
}

fn source(tr: &Tr, info: &RuleInfo) -> Markup {
    let mut rows = vec![
        (
            tr.t("rules-column-source"),
            if source_name(info).is_empty() {
                html! { (tr.t("rules-every-source")) }
            } else {
                html! { span class="mono" { (source_name(info)) } }
            },
        ),
        (tr.t("rules-csv-id"), html! { span class="mono" { (info.id) } }),
        (tr.t("rules-csv-file"), html! { span class="mono" { (info.file) ":" (info.line) } }),
    ];
    for (name, value) in [
        (tr.t("rules-filter-status"), info.status),
        (tr.t("rules-author"), info.author.as_deref()),
        (tr.t("rules-license"), info.license.as_deref()),
    ] {
        if let Some(value) = value {
            rows.push((name, html! { (value) }));
        }
    }
    section(
        &tr.t("rules-text"),
        html! {},
        html! {
            (kv(&rows))
            @if !info.attack.is_empty() {
                h3 { (tr.t("rules-attack")) }
                ul {
                    @for a in &info.attack {
                        li { a href=(a.url) rel="noopener noreferrer" target="_blank" { (a.id) @if !a.name.is_empty() && a.name != a.id { " — " (a.name.replace('-', " ")) } " " (icon(Icon::External)) } }
                    }
                }
            }
            @if !info.source_text.is_empty() { details { summary { (tr.t("rules-yaml")) } (code(&info.source_text)) } }
        },
    )
}

/// Switching off, with a reason, and on again.
fn switch(ctx: &Ctx, full: &Full, reason: &str, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let id = &*full.live.info.id;
    let may = ctx.may(Action::RulesSwitch) && full.live.info.standalone;
    match &full.live.off {
        Some(off) => card(
            &tr.t("rules-is-off"),
            html! {
                p { (off.reason) }
                p class="small muted" { (off.by_name) " · " (time_full(tr, off.at)) }
                @if may {
                    form method="post" action=(rule_href(id).segment("bat")) {
                        (ctx.csrf_field())
                        (actions(button(&tr.t("rules-on"), "button-primary")))
                    }
                }
            },
        ),
        None if may => card(
            &tr.t("rules-off-title"),
            html! {
                (error_summary(tr, errors))
                p class="small muted" { (tr.t("rules-off-hint")) }
                form method="post" action=(rule_href(id).segment("tat")) {
                    (ctx.csrf_field())
                    (Field::area("reason", &tr.t("rules-reason"), 2).value(reason).max(1000).required()
                        .error(field_error(errors, "reason")).render())
                    (actions(button(&tr.t("rules-off"), "button-danger")))
                }
            },
        ),
        None => html! {},
    }
}
