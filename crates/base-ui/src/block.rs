//! Blocks of a page: heading, card, section, list of facts, empty state, notice, dialog.

use crate::icon::{Icon, icon};
use crate::{Href, Tone};
use base_i18n::Tr;
use maud::{Markup, html};

/// The heading of a page: title, one line of explanation, buttons at its right.
#[must_use]
pub fn page_head(title: &str, lead: Option<&str>, actions: Markup) -> Markup {
    html! {
        header class="page-head" {
            div class="page-head-text" {
                h1 { (title) }
                @if let Some(lead) = lead { p class="lead" { (lead) } }
            }
            @if !actions.0.is_empty() { div class="page-head-actions" { (actions) } }
        }
    }
}

/// A framed part of a page with a heading.
#[must_use]
pub fn card(title: &str, body: Markup) -> Markup {
    section(title, html! {}, body)
}

/// A framed part of a page with a heading and links or buttons at its right.
#[must_use]
pub fn section(title: &str, actions: Markup, body: Markup) -> Markup {
    html! {
        section class="card" {
            header class="card-head" {
                h2 { (title) }
                @if !actions.0.is_empty() { div class="card-actions" { (actions) } }
            }
            div class="card-body" { (body) }
        }
    }
}

/// One figure with its name; the figure links to what it counts.
#[must_use]
pub fn stat(label: &str, value: &str, href: Option<&Href>, hint: Option<&str>, tone: Tone) -> Markup {
    html! {
        div class={ "stat " (tone.class()) } {
            span class="stat-label" { (label) }
            @match href {
                Some(href) => { a class="stat-value" href=(href) { (value) } }
                None => { span class="stat-value" { (value) } }
            }
            @if let Some(hint) = hint { span class="stat-hint" { (hint) } }
        }
    }
}

/// A row of [`stat`]s.
#[must_use]
pub fn stats(inner: Markup) -> Markup {
    html! { div class="stats" { (inner) } }
}

/// Facts as a list of name and value.
#[must_use]
pub fn kv(rows: &[(String, Markup)]) -> Markup {
    html! {
        dl class="kv" {
            @for (name, value) in rows {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// What to show where nothing is: what that means and what to do next.
#[must_use]
pub fn empty(title: &str, hint: &str, action: Option<(&str, &Href)>) -> Markup {
    html! {
        div class="empty" {
            (icon(Icon::Leaf))
            p class="empty-title" { (title) }
            p class="empty-hint" { (hint) }
            @if let Some((label, href)) = action { a class="button" href=(href) { (label) } }
        }
    }
}

/// A message within a page.
#[must_use]
pub fn notice(tone: Tone, body: Markup) -> Markup {
    let sign = match tone {
        Tone::Good => Icon::Check,
        Tone::Warn | Tone::Bad => Icon::Alert,
        Tone::Neutral | Tone::Info => Icon::Info,
    };
    html! {
        div class={ "notice " (tone.class()) } role=(if tone == Tone::Bad { "alert" } else { "status" }) {
            (icon(sign)) div class="notice-body" { (body) }
        }
    }
}

/// Numbered instructions, one after another.
#[must_use]
pub fn steps(items: &[String]) -> Markup {
    html! { ol class="steps" { @for item in items { li { (item) } } } }
}

/// Text as machines wrote it; scrolls sideways rather than breaking the page.
#[must_use]
pub fn code(text: &str) -> Markup {
    html! { pre class="code" tabindex="0" { code { (text) } } }
}

/// A value with a button that copies it.
#[must_use]
pub fn copyable(tr: &Tr, value: &str) -> Markup {
    html! {
        span class="copyable" {
            code { (value) }
            button type="button" class="button-icon" data-copy=(value) aria-label=(tr.t("ui-copy")) title=(tr.t("ui-copy")) {
                (icon(Icon::Copy))
            }
        }
    }
}

/// Links to the parts of one thing; the present one is marked.
#[must_use]
pub fn tabs(label: &str, items: &[(String, Href, bool)]) -> Markup {
    html! {
        nav class="tabs" aria-label=(label) {
            @for (text, href, current) in items {
                a href=(href) aria-current=[current.then_some("page")] { (text) }
            }
        }
    }
}

/// A question asked in a dialog. Open it with a button `data-dialog="id"`; without script the
/// browser follows the button's form instead, so give that button a `formaction` or a link.
#[must_use]
pub fn dialog(tr: &Tr, id: &str, title: &str, body: Markup) -> Markup {
    html! {
        dialog id=(id) class="dialog" aria-labelledby={ (id) "-title" } {
            header class="dialog-head" {
                h2 id={ (id) "-title" } { (title) }
                button type="button" class="button-icon" data-close-dialog aria-label=(tr.t("ui-close")) { (icon(Icon::Close)) }
            }
            div class="dialog-body" { (body) }
        }
    }
}
