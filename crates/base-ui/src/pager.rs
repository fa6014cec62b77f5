//! Turning pages of a list.

use crate::Href;
use crate::icon::{Icon, icon};
use base_i18n::Tr;
use maud::{Markup, html};

/// Which part of a list is shown. Pages count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The page, from 1.
    pub number: i64,
    /// Rows per page.
    pub size: i64,
}

impl Page {
    /// From what a browser sent: clamped, so that no value is an error.
    #[must_use]
    pub fn new(number: Option<i64>, size: i64) -> Self {
        Self { number: number.unwrap_or(1).clamp(1, 1_000_000), size: size.clamp(1, 1_000) }
    }

    /// Rows before the first one shown.
    #[must_use]
    pub fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// How many pages `total` rows make; at least one.
    #[must_use]
    pub fn count(self, total: i64) -> i64 {
        total.max(1).saturating_add(self.size - 1).div_euclid(self.size)
    }
}

/// Links to the pages around the present one, with what is shown of how many.
#[must_use]
pub fn pager(tr: &Tr, page: Page, total: i64, href: &Href) -> Markup {
    let last = page.count(total);
    let first_row = page.offset().saturating_add(1).min(total);
    let last_row = page.offset().saturating_add(page.size).min(total);
    let to = |n: i64| href.clone().with("page", if n == 1 { String::new() } else { n.to_string() });
    html! {
        nav class="pager" aria-label=(tr.t("ui-pager-label")) {
            span class="pager-range" {
                (tr.ta("ui-pager-range", &[("first", &first_row), ("last", &last_row), ("total", &total)]))
            }
            @if last > 1 {
                span class="pager-links" {
                    @if page.number > 1 {
                        a class="button button-quiet" rel="prev" href=(to(page.number - 1)) { (icon(Icon::Left)) (tr.t("ui-pager-previous")) }
                    }
                    @for n in around(page.number, last) {
                        @match n {
                            Some(n) => {
                                a class="pager-page" href=(to(n)) aria-current=[(n == page.number).then_some("page")] { (tr.number(n)) }
                            }
                            None => { span class="pager-gap" aria-hidden="true" { "…" } }
                        }
                    }
                    @if page.number < last {
                        a class="button button-quiet" rel="next" href=(to(page.number + 1)) { (tr.t("ui-pager-next")) (icon(Icon::Right)) }
                    }
                }
            }
        }
    }
}

/// First, last, and two on either side of the present page; `None` where some are left out.
fn around(current: i64, last: i64) -> Vec<Option<i64>> {
    let mut out = Vec::new();
    let mut previous = 0;
    let near = (current - 2).max(1)..=(current + 2).min(last);
    for n in std::iter::once(1).chain(near).chain(std::iter::once(last)) {
        if n <= previous {
            continue;
        }
        if n > previous + 1 {
            out.push(None);
        }
        out.push(Some(n));
        previous = n;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_around_the_present_one() {
        assert_eq!(around(1, 1), [Some(1)]);
        assert_eq!(around(5, 9), [Some(1), None, Some(3), Some(4), Some(5), Some(6), Some(7), None, Some(9)]);
        let page = Page::new(Some(-3), 50);
        assert_eq!((page.number, page.offset(), page.count(0), page.count(101)), (1, 0, 1, 3));
        assert!(Page::new(Some(i64::MAX), 50).offset() > 0);
    }
}
