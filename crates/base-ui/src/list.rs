//! A list of things as every page shows it: how many, columns to choose, files to take along, table, pages.

use crate::icon::{Icon, icon};
use crate::table::shown;
use crate::{Column, Href, Page, Row, Sort, pager, table};
use base_i18n::Tr;
use maud::{Markup, html};

/// A list in the making. Its filters stand above it ([`crate::filter_bar`]), its state in the address.
#[derive(Debug)]
pub struct List<'a> {
    id: &'static str,
    caption: &'a str,
    columns: Vec<Column>,
    rows: Vec<Row>,
    sort: Option<Sort<'a>>,
    page: Option<(Page, i64, &'a Href)>,
    chosen: Option<Vec<String>>,
    exports: Vec<(String, Href)>,
}

impl<'a> List<'a> {
    /// A list under an id of its own, by which a person's choice of columns is kept. `caption` names it.
    #[must_use]
    pub fn new(id: &'static str, caption: &'a str, columns: Vec<Column>, rows: Vec<Row>) -> Self {
        Self { id, caption, columns, rows, sort: None, page: None, chosen: None, exports: Vec::new() }
    }

    /// By what it is sorted.
    #[must_use]
    pub fn sort(mut self, sort: Sort<'a>) -> Self {
        self.sort = Some(sort);
        self
    }

    /// Which page of how many rows is shown; `href` is the address without the page.
    #[must_use]
    pub fn page(mut self, page: Page, total: i64, href: &'a Href) -> Self {
        self.page = Some((page, total, href));
        self
    }

    /// The keys of the columns this person wants to see; `None` = as the table comes.
    #[must_use]
    pub fn chosen(mut self, chosen: Option<Vec<String>>) -> Self {
        self.chosen = chosen;
        self
    }

    /// Offers what the filters leave as a file.
    #[must_use]
    pub fn export(mut self, label: impl Into<String>, href: Href) -> Self {
        self.exports.push((label.into(), href));
        self
    }

    /// The list. `csrf` is the hidden field of forms, `here` the present address, to come back to.
    #[must_use]
    pub fn render(mut self, tr: &Tr, csrf: Markup, here: &str) -> Markup {
        let pages = self.page.map(|(page, total, href)| pager(tr, page, total, href));
        let menu = self.menu(tr, csrf, here);
        let seen = shown(&self.columns, self.chosen.as_deref());
        let keep = |column: &Column| seen.contains(&column.place());
        let rows = std::mem::take(&mut self.rows);
        let rows = rows.into_iter().map(|row| row.only(&seen)).collect();
        let columns: Vec<Column> = numbered(std::mem::take(&mut self.columns)).into_iter().filter(keep).collect();
        html! {
            div class="list" {
                @if menu.is_some() || !self.exports.is_empty() {
                    div class="list-tools" {
                        @if let Some((_, total, _)) = self.page { span class="muted" { (tr.ta("ui-list-total", &[("n", &total)])) } }
                        span class="list-actions" {
                            @for (label, href) in &self.exports { a class="button button-quiet" href=(href) { (icon(Icon::Download)) (label) } }
                            @if let Some(menu) = menu { (menu) }
                        }
                    }
                }
                (table(self.caption, &columns, self.sort.as_ref(), rows))
                @if let Some(pages) = pages { (pages) }
            }
        }
    }

    /// The menu of columns; `None` where there is nothing to choose.
    fn menu(&self, tr: &Tr, csrf: Markup, here: &str) -> Option<Markup> {
        let named = || self.columns.iter().filter_map(|c| c.key().map(|key| (c, key)));
        if named().count() < 2 {
            return None;
        }
        let on = |column: &Column, key: &str| match &self.chosen {
            Some(chosen) => chosen.iter().any(|c| c == key),
            None => !column.is_extra(),
        };
        Some(html! {
            details class="menu" {
                summary class="button button-quiet" { (icon(Icon::Columns)) (tr.t("ui-list-columns")) }
                form class="menu-form" method="post" action="/tuy-chon/cot" {
                    (csrf)
                    input type="hidden" name="table" value=(self.id);
                    input type="hidden" name="next" value=(here);
                    @for (column, key) in named() {
                        label class="check" { input type="checkbox" name="c" value=(key) checked[on(column, key)]; (column.label()) }
                    }
                    div class="form-actions" {
                        button class="button button-primary" { (tr.t("ui-list-columns-keep")) }
                        button class="button button-quiet" name="reset" value="1" { (tr.t("ui-list-columns-reset")) }
                    }
                }
            }
        })
    }
}

/// Columns that know their place, so that those left out can be told from those that stay.
fn numbered(columns: Vec<Column>) -> Vec<Column> {
    columns.into_iter().enumerate().map(|(n, column)| column.at(n)).collect()
}
