//! `/quy-tac/luat/{id}/giai-thich`: why an event did or did not match, predicate by predicate.

use super::{in_words, rule_href};
use crate::ops::explain_event::{Explained, pasted as hold_pasted, stored};
use crate::ports::RulesPorts;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, FieldError, Kind};
use base_i18n::Tr;
use base_ui::{
    Column, Field, Row, Tone, actions, badge, button, card, code, error_summary, field_error, kv, page_head, section,
};
use base_web::{Ctx, WebResult};
use engine_detect::{Explanation, RuleInfo};
use engine_event::Kind as ValueKind;
use engine_sigma::Predicate;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The query of the address: a stored event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    event: String,
}

/// What the form sends: a record as a source sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    record: String,
    kind: String,
}

/// `GET …/giai-thich`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
) -> WebResult<Response> {
    if params.event.trim().is_empty() {
        return Ok(shown(&ctx, &ports, &id, &params, &Input::default(), &[], None)?.into_response());
    }
    match stored(&ports, &ctx, &id, &params.event).await {
        Ok(told) => Ok(shown(&ctx, &ports, &id, &params, &Input::default(), &[], Some(&told))?.into_response()),
        Err(error) => refused(&ctx, &ports, &id, &params, &Input::default(), error),
    }
}

/// `POST …/giai-thich`
pub(super) async fn pasted(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
    Form(input): Form<Input>,
) -> WebResult<Response> {
    let kind = Some(input.kind.trim()).filter(|k| !k.is_empty());
    let params = Params::default();
    match hold_pasted(&ports, &ctx, &id, &input.record, kind) {
        Ok(told) => Ok(shown(&ctx, &ports, &id, &params, &input, &[], Some(&told))?.into_response()),
        Err(error) => refused(&ctx, &ports, &id, &params, &input, error),
    }
}

fn refused(
    ctx: &Ctx,
    ports: &RulesPorts,
    id: &str,
    params: &Params,
    input: &Input,
    error: Error,
) -> WebResult<Response> {
    if error.kind != Kind::Invalid {
        return Err(error.into());
    }
    let errors = in_words(ctx, error.fields);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(ctx, ports, id, params, input, &errors, None)?).into_response())
}

fn shown(
    ctx: &Ctx,
    ports: &RulesPorts,
    id: &str,
    params: &Params,
    input: &Input,
    errors: &[FieldError],
    told: Option<&Explained>,
) -> WebResult<Markup> {
    let info = ports.book.find(id).ok_or_else(|| Error::not_found(format!("no rule {id}")))?;
    let tr = &ctx.tr;
    let title = tr.t("rules-explain");
    let content = html! {
        (page_head(&title, Some(info.title_in(tr.lang())), html! {
            a class="button button-quiet" href=(rule_href(id)) { (tr.t("rules-to-rule")) }
        }))
        (error_summary(tr, errors))
        @if let Some(told) = told { (outcome(tr, told)) }
        div class="grid" { (by_id(ctx, id, params, errors)) (by_text(ctx, ports, id, input, errors)) }
    };
    Ok(ctx.page(&title, content))
}

fn by_id(ctx: &Ctx, id: &str, params: &Params, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    if !ctx.may(Action::EventsSearch) {
        return html! {};
    }
    card(
        &tr.t("rules-explain-stored"),
        html! {
            form method="get" action=(rule_href(id).segment("giai-thich")) {
                (Field::text("event", &tr.t("rules-explain-event")).value(&params.event).required().max(64)
                    .hint(&tr.t("rules-explain-event-hint")).error(field_error(errors, "event")).render())
                (actions(button(&tr.t("rules-explain-go"), "")))
            }
        },
    )
}

fn by_text(ctx: &Ctx, ports: &RulesPorts, id: &str, input: &Input, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let mut kinds = vec![(String::new(), tr.t("rules-explain-kind-any"))];
    kinds.extend(ports.catalog.kinds().map(|k| (k.id.to_string(), k.name(tr.lang()).to_owned())));
    card(
        &tr.t("rules-explain-pasted"),
        html! {
            form method="post" action=(rule_href(id).segment("giai-thich")) {
                (ctx.csrf_field())
                (Field::select("kind", &tr.t("rules-explain-kind"), kinds).value(&input.kind).render())
                (Field::area("record", &tr.t("rules-explain-record"), 6).value(&input.record).required()
                    .hint(&tr.t("rules-explain-record-hint")).error(field_error(errors, "record")).render())
                (actions(button(&tr.t("rules-explain-go"), "")))
            }
        },
    )
}

fn outcome(tr: &Tr, told: &Explained) -> Markup {
    let source = &told.event.logsource;
    let parts = [source.product.as_deref(), source.category.as_deref(), source.service.as_deref()];
    let source = parts.into_iter().flatten().collect::<Vec<_>>().join("/");
    html! {
        @for (info, explanation) in &told.rules { (one(tr, told, &source, info, explanation)) }
        (fields(tr, told))
    }
}

fn one(tr: &Tr, told: &Explained, source: &str, info: &Arc<RuleInfo>, e: &Explanation) -> Markup {
    let (tone, text) = match (e.applies, e.matched) {
        (true, true) => (Tone::Good, tr.t("rules-explain-matched")),
        (true, false) => (Tone::Bad, tr.t("rules-explain-not")),
        (false, _) => (Tone::Bad, tr.t("rules-explain-other-source")),
    };
    let yes_no = |b: bool| if b { badge(Tone::Good, &tr.t("rules-yes")) } else { badge(Tone::Bad, &tr.t("rules-no")) };
    let rows = vec![
        (tr.t("rules-explain-result"), badge(tone, &text)),
        (
            tr.t("rules-explain-source-wanted"),
            html! {
                span class="mono" { (crate::model::listing::source_name(info)) } " " (yes_no(e.applies))
            },
        ),
        (tr.t("rules-explain-source-event"), html! { span class="mono" { (source) } " (" (told.event.kind) ")" }),
        (tr.t("rules-explain-condition"), html! { code { (e.conditions.join(" or ")) } " " (yes_no(e.matched)) }),
    ];
    let columns = [
        Column::narrow(tr.t("rules-explain-holds")),
        Column::narrow(tr.t("rules-explain-part")),
        Column::text(tr.t("rules-explain-asks")),
        Column::text(tr.t("rules-explain-has")),
    ];
    let predicates = e
        .predicates
        .iter()
        .map(|p| Row::new(vec![yes_no(p.matched), html! { code { (p.detection) } }, asks(p), has(tr, told, p)]));
    section(
        &info.title,
        html! {},
        html! {
            (kv(&rows))
            (base_ui::table(&tr.t("rules-explain-predicates"), &columns, None, predicates.collect()))
        },
    )
}

fn asks(p: &Predicate) -> Markup {
    const SHOWN: usize = 8;
    html! {
        code { (p.field.as_deref().unwrap_or("*")) "|" (p.op) }
        @for pattern in p.patterns.iter().take(SHOWN) { div class="mono small" { (pattern) } }
        @if p.patterns.len() > SHOWN { div class="small muted" { "+" (p.patterns.len() - SHOWN) } }
    }
}

/// What the event has in the field: the part that fitted, or all its values.
fn has(tr: &Tr, told: &Explained, p: &Predicate) -> Markup {
    if !p.seen.is_empty() {
        return html! {
            @for seen in p.seen.iter().take(4) {
                @let (from, to) = seen.span;
                div class="mono small" {
                    @match (seen.value.get(..from), seen.value.get(from..to), seen.value.get(to..)) {
                        (Some(before), Some(fits), Some(after)) => { (tail(before)) mark { (fits) } (head(after)) }
                        _ => { (head(&seen.value)) }
                    }
                }
            }
        };
    }
    let Some(field) = &p.field else { return html! { span class="muted" { (tr.t("rules-explain-nowhere")) } } };
    let values: Vec<&str> =
        told.event.record.get_all(field).filter(|f| f.kind != ValueKind::Null).map(|f| f.text).take(4).collect();
    html! {
        @if values.is_empty() { span class="muted" { (tr.t("rules-explain-absent")) } }
        @for value in values { div class="mono small" { (head(value)) } }
    }
}

const AROUND: usize = 200;

fn head(text: &str) -> String {
    let mut cut: String = text.chars().take(AROUND).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn tail(text: &str) -> String {
    let over = text.chars().count().saturating_sub(AROUND);
    if over == 0 { text.to_owned() } else { format!("…{}", text.chars().skip(over).collect::<String>()) }
}

/// All fields of the event as the rules see them, folded away.
fn fields(tr: &Tr, told: &Explained) -> Markup {
    let lines: Vec<String> =
        told.event.record.iter().take(400).map(|f| format!("{} = {}", f.name, head(f.text))).collect();
    section(
        &tr.t("rules-explain-fields"),
        html! {},
        html! { details { summary { (tr.ta("rules-explain-fields-n", &[("n", &told.event.record.len())])) } (code(&lines.join("\n"))) } },
    )
}
