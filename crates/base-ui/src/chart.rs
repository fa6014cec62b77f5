//! Small pictures as SVG: no script, no style attribute, a text for those who do not see them.

use crate::Href;
use crate::mark::severity_class;
use base_core::Severity;
use base_i18n::Tr;
use maud::{Markup, html};

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// How much; never negative.
    pub value: f64,
    /// The value as read.
    pub text: String,
    /// Where it leads.
    pub href: Option<Href>,
}

/// Two decimals are enough for a picture of a few hundred units.
fn at(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.filter(|v| v.is_finite()).fold(0.0, f64::max)
}

/// A line of values over time without axes. `label` says what is seen.
#[must_use]
pub fn sparkline(label: &str, values: &[f64]) -> Markup {
    const WIDTH: f64 = 160.0;
    const HEIGHT: f64 = 36.0;
    let top = largest(values.iter().copied()).max(1e-9);
    let step = WIDTH / (values.len().saturating_sub(1).max(1) as f64);
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(i, v)| format!("{},{}", at(step * i as f64), at(HEIGHT - 2.0 - (v.max(0.0) / top) * (HEIGHT - 4.0))))
        .collect();
    let line = points.join(" ");
    html! {
        svg class="spark" viewBox="0 0 160 36" preserveAspectRatio="none" role="img" aria-label=(label) {
            @if !points.is_empty() {
                polygon class="spark-area" points={ "0,36 " (line) " 160,36" } {}
                polyline class="spark-line" points=(line) {}
            }
        }
    }
}

/// Horizontal bars, largest value = full width. Each row links to what it counts.
#[must_use]
pub fn hbars(bars: &[Bar]) -> Markup {
    let top = largest(bars.iter().map(|b| b.value)).max(1e-9);
    html! {
        ul class="hbars" {
            @for bar in bars {
                li {
                    span class="hbar-label" title=(bar.label) {
                        @match &bar.href {
                            Some(href) => { a href=(href) { (bar.label) } }
                            None => { (bar.label) }
                        }
                    }
                    svg class="hbar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                        rect class="hbar-track" width="100" height="8" {}
                        rect class="hbar-fill" width=(at((bar.value.max(0.0) / top * 100.0).min(100.0))) height="8" {}
                    }
                    span class="hbar-value" { (bar.text) }
                }
            }
        }
    }
}

/// Counts over time. Bars link to their span; `from` and `to` stand below the ends.
#[must_use]
pub fn histogram(label: &str, bars: &[Bar], from: &str, to: &str) -> Markup {
    const HEIGHT: f64 = 80.0;
    let top = largest(bars.iter().map(|b| b.value)).max(1e-9);
    let step = 1000.0 / (bars.len().max(1) as f64);
    let gap = if step > 6.0 { 2.0 } else { 0.0 };
    html! {
        figure class="histogram" {
            svg viewBox="0 0 1000 80" preserveAspectRatio="none" role="group" aria-label=(label) {
                line class="histogram-base" x1="0" y1="79.5" x2="1000" y2="79.5" {}
                @for (i, bar) in bars.iter().enumerate() {
                    @let height = bar.value.max(0.0) / top * (HEIGHT - 4.0);
                    // A bucket that holds anything stays visible.
                    @let height = if bar.value > 0.0 { height.max(1.5) } else { 0.0 };
                    @let x = at(step * i as f64);
                    @let rect = html! {
                        rect class="histogram-hit" x=(x) y="0" width=(at(step)) height="80" {}
                        rect class="histogram-bar" x=(x) y=(at(HEIGHT - height)) width=(at((step - gap).max(0.5))) height=(at(height)) {
                            title { (bar.label) ": " (bar.text) }
                        }
                    };
                    @match &bar.href {
                        Some(href) if bar.value > 0.0 => {
                            a href=(href) aria-label={ (bar.label) ": " (bar.text) } { (rect) }
                        }
                        _ => { g { (rect) } }
                    }
                }
            }
            figcaption { span { (from) } span { (to) } }
        }
    }
}

/// A share of 1 as a filled bar; `mark` draws a line at a second share (such as the declared value).
#[must_use]
pub fn meter(label: &str, share: f64, mark: Option<f64>) -> Markup {
    let to = |v: f64| at(v.clamp(0.0, 1.0) * 200.0);
    html! {
        svg class="meter" viewBox="0 0 200 10" preserveAspectRatio="none" role="img" aria-label=(label) {
            rect class="meter-track" width="200" height="10" rx="2" {}
            rect class="meter-fill" width=(to(share)) height="10" rx="2" {}
            @if let Some(mark) = mark {
                line class="meter-mark" x1=(to(mark)) x2=(to(mark)) y1="0" y2="10" {}
            }
        }
    }
}

/// Counts per severity in one bar, gravest first, with their words and numbers below.
#[must_use]
pub fn severity_bar(tr: &Tr, counts: &[(Severity, i64, Option<Href>)]) -> Markup {
    let total = counts.iter().map(|(_, n, _)| n.max(&0)).sum::<i64>().max(1) as f64;
    let mut ordered: Vec<_> = counts.iter().collect();
    ordered.sort_by_key(|(severity, ..)| std::cmp::Reverse(*severity));
    let mut x = 0.0;
    html! {
        div class="sevbar" {
            svg viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true" {
                rect class="sevbar-track" width="1000" height="14" {}
                @for (severity, n, _) in &ordered {
                    @let width = (*n).max(0) as f64 / total * 1000.0;
                    @let from = x;
                    @let () = x += width;
                    rect class={ "sevbar-part " (severity_class(*severity)) } x=(at(from)) width=(at(width)) height="14" {}
                }
            }
            ul {
                @for (severity, n, href) in &ordered {
                    li {
                        (crate::severity(tr, *severity))
                        @match href {
                            Some(href) => { a class="sevbar-count" href=(href) { (tr.number(*n)) } }
                            None => { span class="sevbar-count" { (tr.number(*n)) } }
                        }
                    }
                }
            }
        }
    }
}
