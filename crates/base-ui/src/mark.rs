//! Small marks: severity, state, time.

use base_core::{Severity, Timestamp};
use base_i18n::Tr;
use maud::{Markup, html};

/// What a state means, for its colour. The word beside it says which state it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say.
    Neutral,
    /// Going on, informative.
    Info,
    /// As it should be.
    Good,
    /// Needs attention.
    Warn,
    /// Wrong.
    Bad,
}

impl Tone {
    /// CSS class.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "tone-neutral",
            Tone::Info => "tone-info",
            Tone::Good => "tone-good",
            Tone::Warn => "tone-warn",
            Tone::Bad => "tone-bad",
        }
    }
}

/// Severity as word and shape: the shape grows corners with the level, so that it also reads in print.
#[must_use]
pub fn severity(tr: &Tr, severity: Severity) -> Markup {
    let class = severity_class(severity);
    html! {
        span class={ "sev " (class) } {
            svg class="sev-shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" { (shape(severity)) }
            span { (tr.dynamic("ui-severity-", severity.as_str())) }
        }
    }
}

pub(crate) const fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "sev-critical",
        Severity::High => "sev-high",
        Severity::Medium => "sev-medium",
        Severity::Low => "sev-low",
        Severity::Informational => "sev-info",
    }
}

fn shape(severity: Severity) -> Markup {
    match severity {
        // A filled octagon, as a stop sign.
        Severity::Critical => html! { path d="M3.6 0h4.8L12 3.6v4.8L8.4 12H3.6L0 8.4V3.6z" {} },
        // A filled triangle.
        Severity::High => html! { path d="M6 .6 12 11.4H0z" {} },
        // A filled diamond.
        Severity::Medium => html! { path d="M6 0l6 6-6 6-6-6z" {} },
        // A filled circle.
        Severity::Low => html! { circle cx="6" cy="6" r="4.5" {} },
        // A ring.
        Severity::Informational => {
            html! { circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2" {} }
        }
    }
}

/// A word in a coloured frame.
#[must_use]
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (text) } }
}

/// A word with a dot before it; the dot of [`Tone::Bad`] and [`Tone::Warn`] is hollow-cored, so that it
/// differs without colour.
#[must_use]
pub fn dot(tone: Tone, text: &str) -> Markup {
    html! { span class={ "dot " (tone.class()) } { (text) } }
}

/// A time as "3 minutes ago", the exact time on hover and for machines.
#[must_use]
pub fn time(tr: &Tr, at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at.to_string()) title=(tr.time_secs(at)) { (tr.ago(at, now)) } }
}

/// A time as `22/11/2026 17:05`, the exact time on hover and for machines.
#[must_use]
pub fn time_full(tr: &Tr, at: Timestamp) -> Markup {
    html! { time datetime=(at.to_string()) title=(tr.time_secs(at)) { (tr.time(at)) } }
}
