//! A query with a condition more: what a click on a value asks for.

use super::{Expr, FieldRef, Meta, Query, complete_value::written};

/// What becomes of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pivot {
    /// Only events with it.
    Only,
    /// Only events without it.
    Without,
}

impl Query {
    /// The text of `query` with the condition that `field` has (or has not) exactly `value`. A
    /// query with a mistake is left out.
    #[must_use]
    pub fn pivoted(query: &str, field: &str, value: &str, pivot: Pivot) -> String {
        let condition = match FieldRef::named(field) {
            // A raw record is searched for its text.
            FieldRef::Meta(Meta::Raw) => written(value),
            _ => Self::field_is(field, value).text().to_owned(),
        };
        let condition = if pivot == Pivot::Without { format!("NOT {condition}") } else { condition };
        let query = query.trim();
        match Self::parse(query) {
            Ok(parsed) if parsed.is_everything() => condition,
            Ok(parsed) if matches!(parsed.expr(), Expr::Or(_)) => format!("({query}) AND {condition}"),
            Ok(_) if query.contains(&condition) => query.to_owned(),
            Ok(_) => format!("{query} AND {condition}"),
            Err(_) => condition,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_adds_one_condition_and_keeps_what_was_asked() {
        let pivot = |q: &str, p| Query::pivoted(q, "user.name", "a \"b\" c", p);
        assert_eq!(pivot("", Pivot::Only), "user.name:\"a \"\"b\"\" c\"");
        assert_eq!(pivot("x", Pivot::Without), "x AND NOT user.name:\"a \"\"b\"\" c\"");
        assert_eq!(pivot("x OR y", Pivot::Only), "(x OR y) AND user.name:\"a \"\"b\"\" c\"");
        assert_eq!(pivot("x (", Pivot::Only), "user.name:\"a \"\"b\"\" c\"");
        let once = pivot("x", Pivot::Only);
        assert_eq!(pivot(&once, Pivot::Only), once, "the same click twice");
        for query in [once, pivot("x OR y", Pivot::Without)] {
            assert!(Query::parse(&query).is_ok(), "{query}");
        }
    }
}
