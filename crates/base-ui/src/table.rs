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
    key: Option<&'static str>,
    extra: bool,
    place: usize,
}

impl Column {
    fn new(label: impl Into<String>, class: &'static str) -> Self {
        Self { label: label.into(), sort: None, class, key: None, extra: false, place: 0 }
    }

    /// Text, at the left.
    #[must_use]
    pub fn text(label: impl Into<String>) -> Self {
        Self::new(label, "")
    }

    /// A number, at the right.
    #[must_use]
    pub fn number(label: impl Into<String>) -> Self {
        Self::new(label, "num")
    }

    /// No wider than its content: badges, buttons, times.
    #[must_use]
    pub fn narrow(label: impl Into<String>) -> Self {
        Self::new(label, "narrow")
    }

    /// A person may leave it out, or take it in again: its key in the choice of columns of a [`crate::List`]. Columns
    /// without a key always stand.
    #[must_use]
    pub fn named(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// As [`Column::named`], but only for who takes it in.
    #[must_use]
    pub fn extra(mut self, key: &'static str) -> Self {
        (self.key, self.extra) = (Some(key), true);
        self
    }

    pub(crate) fn key(&self) -> Option<&'static str> {
        self.key
    }

    pub(crate) fn is_extra(&self) -> bool {
        self.extra
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn at(mut self, place: usize) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn place(&self) -> usize {
        self.place
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

impl Row {
    /// The cells at these places.
    pub(crate) fn only(self, places: &[usize]) -> Self {
        let cells = self.cells.into_iter().enumerate().filter(|(n, _)| places.contains(n)).map(|(_, cell)| cell);
        Self { cells: cells.collect(), class: self.class }
    }
}

/// The places of the columns that are seen. A choice that leaves nothing is none.
pub(crate) fn shown(columns: &[Column], chosen: Option<&[String]>) -> Vec<usize> {
    let chosen = chosen.filter(|keys| columns.iter().any(|c| c.key.is_some_and(|key| keys.iter().any(|k| k == key))));
    let seen = |column: &Column| match (column.key, chosen) {
        (None, _) => true,
        (Some(_), None) => !column.extra,
        (Some(key), Some(keys)) => keys.iter().any(|k| k == key),
    };
    columns.iter().enumerate().filter(|(_, column)| seen(column)).map(|(n, _)| n).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_sees_the_chosen_columns_and_those_that_always_stand() {
        let columns = [
            Column::text("a"),
            Column::text("b").named("b"),
            Column::text("c").named("c"),
            Column::text("d").extra("d"),
        ];
        let of = |keys: &[&str]| shown(&columns, Some(&keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>()));
        assert_eq!(shown(&columns, None), [0, 1, 2]);
        assert_eq!(of(&["d", "b"]), [0, 1, 3]);
        assert_eq!(of(&["gone"]), [0, 1, 2], "a table that has changed shows itself");
    }
}
