//! Pieces both plan pages show: texts of an indicator, confidence, values side by side.

use super::INDEX;
use crate::model::{Confidence, Indicator};
use crate::ops::read_indicators::Known;
use base_core::{Lang, Timestamp};
use base_i18n::Tr;
use base_ui::{Href, Tone, badge, kv, meter, stat, stats, time};
use maud::{Markup, html};

/// Address of an indicator's page.
pub(crate) fn href(indicator: Indicator) -> Href {
    Href::new(INDEX).segment(indicator.as_str())
}

/// Its name.
pub(crate) fn name(tr: &Tr, indicator: Indicator) -> String {
    tr.dynamic("plan-name-", indicator.as_str())
}

/// A percentage, or a dash for what is not known.
pub(crate) fn percent(tr: &Tr, share: Option<f64>) -> String {
    share.map_or_else(|| "—".to_owned(), |s| tr.percent(s))
}

fn confidence_badge(tr: &Tr, confidence: Confidence) -> Markup {
    let tone = match confidence {
        Confidence::High => Tone::Good,
        Confidence::Medium => Tone::Info,
        Confidence::Low => Tone::Warn,
        Confidence::None => Tone::Neutral,
    };
    badge(tone, &tr.dynamic("plan-confidence-", confidence.as_str()))
}

/// Declared and measured value side by side, with what they count and how fresh it is.
pub(crate) fn values(tr: &Tr, known: &Known, now: Timestamp) -> Markup {
    let declared = known.declared.first();
    let measured = known.measured.as_ref();
    let share = measured.and_then(crate::model::Measurement::share);
    let counted = measured.map_or_else(
        || tr.t("plan-not-measured"),
        |m| tr.ta("plan-count", &[("part", &tr.number(m.numerator())), ("whole", &tr.number(m.denominator()))]),
    );
    html! {
        (stats(html! {
            (stat(&tr.t("plan-declared"), &percent(tr, declared.map(|d| d.value)), None,
                Some(&declared.map_or_else(|| tr.t("plan-not-declared"), |d| d.basis.clone())), Tone::Neutral))
            (stat(&tr.t("plan-measured"), &percent(tr, share), Some(&href(known.indicator)), Some(&counted), Tone::Info))
        }))
        @if let Some(share) = share {
            (meter(&tr.ta("plan-meter", &[("share", &tr.percent(share))]), share, declared.map(|d| d.value)))
        }
        (facts(tr, known, now))
    }
}

fn facts(tr: &Tr, known: &Known, now: Timestamp) -> Markup {
    let Some(m) = &known.measured else { return html! {} };
    let set = if tr.lang() == Lang::Vi { &m.set_vi } else { &m.set_en };
    let fresh = m.newest_at().map_or_else(|| html! { (tr.t("plan-never")) }, |at| time(tr, at, now));
    let mut rows = vec![
        (tr.t("plan-denominator"), html! { (set) " " span class="muted" { "(" (m.set_version) ")" } }),
        (tr.t("plan-freshness"), html! { (fresh) }),
        (tr.t("plan-confidence"), confidence_badge(tr, m.confidence(known.indicator, now))),
    ];
    if m.unknown() > 0 {
        let text = tr.ta(
            "plan-unknown-range",
            &[
                ("n", &tr.number(m.unknown())),
                ("low", &percent(tr, m.share())),
                ("high", &percent(tr, m.share_at_most())),
            ],
        );
        rows.push((tr.t("plan-unknown"), html! { (text) }));
    }
    kv(&rows)
}
