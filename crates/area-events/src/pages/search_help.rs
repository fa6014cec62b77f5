//! Help for writing a query: suggestions while typing, and how the language works.

use axum::extract::Query as Address;
use base_ui::{Column, Href, Row};
use base_web::{Ctx, WebResult};
use engine_event::CommonField;
use engine_lake::query::complete;
use maud::{Markup, html};
use serde::Deserialize;

/// What is typed so far.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    q: String,
}

/// Longest text that is completed.
const MAX_TYPED: usize = 500;

/// `GET /tim-kiem/goi-y`: what could come next, as options of the search box.
pub(super) async fn suggest(_ctx: Ctx, Address(typed): Address<Typed>) -> WebResult<Markup> {
    Ok(options(&typed.q))
}

/// The options for what is typed so far; each holds the whole query.
pub(super) fn options(typed: &str) -> Markup {
    let caret = typed.chars().count();
    if caret > MAX_TYPED {
        return html! {};
    }
    html! { @for c in complete(typed, caret, &[]) { option value=(c.query) { (c.label) } } }
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
            html! { a class="mono" href=(Href::new("/tim-kiem").with("q", query)) { (query) } },
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
        }
    }
}
