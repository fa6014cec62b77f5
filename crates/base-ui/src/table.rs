//! Tables that sort by links, and become a list of cards on a narrow screen.

use crate::Href;
use crate::icon::{Icon, icon};
use maud::{Markup, html};

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    sort: Option<&'static str>,
    class: &'static str,
}

impl Column {
    /// Text, at the left.
    #[must_use]
    pub fn text(label: impl Into<String>) -> Self {
        Self { label: label.into(), sort: None, class: "" }
    }

    /// A number, at the right.
    #[must_use]
    pub fn number(label: impl Into<String>) -> Self {
        Self { label: label.into(), sort: None, class: "num" }
    }

    /// No wider than its content: badges, buttons, times.
    #[must_use]
    pub fn narrow(label: impl Into<String>) -> Self {
        Self { label: label.into(), sort: None, class: "narrow" }
    }

    /// Sorts by this key when its heading is followed.
    #[must_use]
    pub fn sorted_by(mut self, key: &'static str) -> Self {
        self.sort = Some(key);
        self
    }
}

/// A row: one cell per column, and where the row leads.
#[derive(Debug)]
pub struct Row {
    cells: Vec<Markup>,
    class: &'static str,
}

impl Row {
    /// A row of cells. Put the link to the thing into its first or main cell.
    #[must_use]
    pub fn new(cells: Vec<Markup>) -> Self {
        Self { cells, class: "" }
    }

    /// A class for the whole row, such as `row-new` or a severity.
    #[must_use]
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }
}

/// By what a table is sorted at present, and the address that sorting changes
/// (its query values `sort` and `dir`).
#[derive(Clone, Debug)]
pub struct Sort<'a> {
    /// Key of the column.
    pub key: &'a str,
    /// Largest first.
    pub descending: bool,
    /// The present address.
    pub href: &'a Href,
}

/// The table. `caption` names it for screen readers.
#[must_use]
pub fn table(caption: &str, columns: &[Column], sort: Option<&Sort<'_>>, rows: Vec<Row>) -> Markup {
    html! {
        div class="table-wrap" {
            table class="table" {
                caption class="visually-hidden" { (caption) }
                thead { tr { @for column in columns { (heading(column, sort)) } } }
                tbody {
                    @for row in rows {
                        tr class=[(!row.class.is_empty()).then_some(row.class)] data-row {
                            @for (column, cell) in columns.iter().zip(row.cells) {
                                td class=[(!column.class.is_empty()).then_some(column.class)] data-label=(column.label) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn heading(column: &Column, sort: Option<&Sort<'_>>) -> Markup {
    let class = (!column.class.is_empty()).then_some(column.class);
    if column.label.is_empty() {
        // A column of buttons: a heading without text would be read out as an empty one.
        return html! { td class=[class] {} };
    }
    let (Some(key), Some(sort)) = (column.sort, sort) else {
        return html! { th scope="col" class=[class] { (column.label) } };
    };
    let current = sort.key == key;
    // Following the heading of the present column turns the order round.
    let descend = current && !sort.descending;
    let href = sort.href.clone().with("sort", key).with("dir", if descend { "desc" } else { "" }).with("page", "");
    let order = current.then_some(if sort.descending { "descending" } else { "ascending" });
    html! {
        th scope="col" class=[class] aria-sort=[order] {
            a class="sort" href=(href) {
                (column.label)
                @if current { (icon(if sort.descending { Icon::Down } else { Icon::Up })) }
            }
        }
    }
}
