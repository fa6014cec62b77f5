//! `/tim-nhanh`: the quick search, as a page and as the list of the dialog.

use axum::extract::Query;
use base_ui::{Field, button, card, empty, icon, notice, page_head, section};
use base_web::find::{Found, FoundGroup, Words};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    q: String,
}

/// `GET /tim-nhanh`
pub(crate) async fn show(ctx: Ctx, Query(params): Query<Params>) -> WebResult<Markup> {
    let words = Words::of(&params.q);
    let (groups, cut) = ctx.find(&words).await;
    if ctx.is_fragment() {
        return Ok(options(&groups));
    }
    let tr = &ctx.tr;
    let title = tr.t("shell-find");
    let content = html! {
        (page_head(&title, Some(&tr.t("shell-find-lead")), html! {}))
        form class="filter-bar" method="get" action="/tim-nhanh" role="search" {
            (Field::input("search", "q", &tr.t("shell-find-words")).value(&*params.q).max(100).focus().render())
            (button(&title, "button-primary"))
        }
        @if cut { (notice(base_ui::Tone::Warn, html! { p { (tr.t("shell-find-cut")) } })) }
        @if words.is_empty() {
        } @else if groups.is_empty() {
            (card(&title, empty(&tr.t("shell-find-none"), &tr.t("shell-find-none-hint"), None)))
        } @else {
            @for group in &groups {
                (section(&group.label, html! {}, html! {
                    ul class="plain-list" { @for found in &group.found { li { (entry(group, found, None)) } } }
                }))
            }
        }
    };
    Ok(ctx.page(&title, content))
}

/// The list of the dialog: options of its listbox, in groups.
fn options(groups: &[FoundGroup]) -> Markup {
    html! {
        @for (n, group) in groups.iter().enumerate() {
            div role="group" aria-label=(group.label) {
                div class="palette-title" aria-hidden="true" { (group.label) }
                @for (m, found) in group.found.iter().enumerate() { (entry(group, found, Some((n, m)))) }
            }
        }
    }
}

/// A thing found, as a link; within the dialog (`at` = group and place) as an option of the list.
fn entry(group: &FoundGroup, found: &Found, at: Option<(usize, usize)>) -> Markup {
    let id = at.map(|(n, m)| format!("palette-{n}-{m}"));
    html! {
        a class="palette-item" href=(found.href) id=[id] role=[at.map(|_| "option")] tabindex=[at.map(|_| "-1")] aria-selected=[at.map(|_| "false")] {
            (icon(group.icon))
            span class="palette-text" {
                span class="palette-name" { (found.title) }
                @if !found.hint.is_empty() { span class="palette-hint" { (found.hint) } }
            }
        }
    }
}
