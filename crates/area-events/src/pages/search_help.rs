//! Help for writing a query: suggestions while typing, and how the language works.

use super::search_params::{INDEX, Params};
use crate::ops::search_events;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::extract::Query as Address;
use base_ui::{Column, Href, Row};
use base_web::{Ctx, WebResult};
use engine_event::CommonField;
use maud::{Markup, html};
use serde::Deserialize;

/// Where the caret stands, in characters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Caret {
    caret: Option<usize>,
}

/// Longest text that is completed.
const MAX_TYPED: usize = 500;

/// `GET /tim-kiem/goi-y`: what could come next, as options of the list below the search box. Each
/// holds the whole query with the proposal in it, and where the caret then stands.
pub(super) async fn suggest(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(params): Address<Params>,
    Address(at): Address<Caret>,
) -> WebResult<Markup> {
    let caret = at.caret.unwrap_or_else(|| params.q.chars().count());
    if params.q.chars().count() > MAX_TYPED {
        return Ok(html! {});
    }
    let span = params.span(ctx.now);
    let proposals = search_events::propose(&*ports.lake, &ctx, &params.q, caret, span).await?;
    Ok(html! {
        @for (index, c) in proposals.iter().enumerate() {
            li id={ "suggestion-" (index) } role="option" aria-selected="false" class="mono small" data-query=(c.query) data-caret=(c.caret) { (c.label) }
        }
    })
}

/// Examples a person can follow, and the common fields.
pub(super) fn help(ctx: &Ctx) -> Markup {
    let tr = &ctx.tr;
    let examples = [
        ("mimikatz", tr.t("events-help-word")),
        ("\"failed password\"", tr.t("events-help-phrase")),
        ("user.name:administrator", tr.t("events-help-field")),
        ("host.name:*-pc-*", tr.t("events-help-wildcard")),
        ("source.ip:10.0.0.0/8", tr.t("events-help-network")),
        ("event.code:4625 AND NOT user.name:*$", tr.t("events-help-and")),
        ("http.response.status_code:[500 TO 599]", tr.t("events-help-between")),
        ("process.command_line:*", tr.t("events-help-exists")),
        ("mark:unparsed", tr.t("events-help-mark")),
    ];
    let columns = [Column::narrow(tr.t("events-help-example")), Column::text(tr.t("events-help-meaning"))];
    let rows = examples.into_iter().map(|(query, meaning)| {
        Row::new(vec![
            html! { a class="mono" href=(Href::new(INDEX).with("q", query)) { (query) } },
            html! { (meaning) },
        ])
    });
    html! {
        details class="help" {
            summary { (tr.t("events-help-title")) }
            p { (tr.t("events-help-lead")) }
            (base_ui::table(&tr.t("events-help-title"), &columns, None, rows.collect()))
            h3 { (tr.t("events-help-fields")) }
            p class="mono small" { @for field in CommonField::ALL { (field.name()) " " } }
            p class="small" { (tr.t("events-help-original")) }
            h3 { (tr.t("events-help-keys")) }
            p class="small" { (tr.t("events-help-keys-text")) }
        }
    }
}
