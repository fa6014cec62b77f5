//! Scope, time range and query as one DataFusion expression.

use crate::condition::condition;
use crate::manifest::FileEntry;
use crate::schema::{ID_HIGH, ID_LOW, RECEIVED, TIME, UNIT, key_of};
use crate::window::Window;
use base_core::{Scope, Timestamp};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{ident, in_list, lit};
use engine_event::EventId;
use engine_lake::query::{self, FieldRef, Meta, Test, ValueRange};
use engine_lake::{Cursor, Order};
use std::sync::Arc;

/// A time as DataFusion compares it.
fn time_literal(time: Timestamp) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(time.as_micros()), Some("UTC".into())))
}

/// All of these as one, in a tree of little depth: expressions are walked recursively.
pub(crate) fn all(parts: Vec<Expr>) -> Option<Expr> {
    balanced(parts, Expr::and)
}

fn balanced(mut parts: Vec<Expr>, join: fn(Expr, Expr) -> Expr) -> Option<Expr> {
    while parts.len() > 1 {
        let mut joined = Vec::with_capacity(parts.len().div_ceil(2));
        let mut pairs = parts.into_iter();
        while let Some(left) = pairs.next() {
            joined.push(match pairs.next() {
                Some(right) => join(left, right),
                None => left,
            });
        }
        parts = joined;
    }
    parts.pop()
}

/// What the scope may see; `None` for everything. A scope without units sees nothing and is
/// answered before any file is read.
pub(crate) fn in_scope(scope: &Scope) -> Option<Expr> {
    let units = scope.as_units()?;
    let names = units.iter().map(|unit| lit(ScalarValue::Utf8View(Some(unit.as_str().to_owned())))).collect();
    Some(in_list(ident(UNIT), names, false))
}

/// Whether the scope sees nothing at all.
pub(crate) fn sees_nothing(scope: &Scope) -> bool {
    scope.as_units().is_some_and(std::collections::BTreeSet::is_empty)
}

/// Times of a window. An end beyond the last moment of time is no condition.
pub(crate) fn in_window(window: &Window) -> Vec<Expr> {
    let mut parts = Vec::new();
    if let Ok(low) = i64::try_from(window.low) {
        parts.push(ident(TIME).gt_eq(time_literal(Timestamp::from_micros(low))));
    }
    if let Ok(high) = i64::try_from(window.high) {
        parts.push(ident(TIME).lt(time_literal(Timestamp::from_micros(high))));
    }
    parts
}

/// The same for these files: nothing, when all their events are in it.
pub(crate) fn in_window_of(window: &Window, files: &[Arc<FileEntry>]) -> Vec<Expr> {
    let inside =
        |file: &Arc<FileEntry>| window.low <= i128::from(file.min_time) && i128::from(file.max_time) < window.high;
    if files.iter().all(inside) { Vec::new() } else { in_window(window) }
}

/// Events behind the cursor.
pub(crate) fn behind(cursor: &Cursor, order: Order) -> Expr {
    let beyond = |column: &str, value: Expr| match order {
        Order::Newest => ident(column).lt(value),
        Order::Oldest => ident(column).gt(value),
    };
    let (time, high, low) = (time_literal(cursor.time), lit(cursor.id.instance()), lit(cursor.id.sequence()));
    let later_id = ident(ID_HIGH).eq(high.clone()).and(beyond(ID_LOW, low));
    let other_id = beyond(ID_HIGH, high).or(later_id);
    beyond(TIME, time.clone()).or(ident(TIME).eq(time).and(other_id))
}

/// The event with this id.
pub(crate) fn is_event(id: EventId) -> Expr {
    ident(ID_LOW).eq(lit(id.sequence())).and(ident(ID_HIGH).eq(lit(id.instance())))
}

/// Whether a query is the same for every event (`*`, `NOT *`), and then which.
pub(crate) fn constant(expr: &query::Expr) -> Option<bool> {
    match expr {
        query::Expr::All => Some(true),
        query::Expr::Not(inner) => constant(inner).map(|value| !value),
        query::Expr::And(parts) => settled(parts, false),
        query::Expr::Or(parts) => settled(parts, true),
        query::Expr::Field(..) | query::Expr::Text(_) => None,
    }
}

/// One part with the value `decisive` decides; else all parts must be constant.
fn settled(parts: &[query::Expr], decisive: bool) -> Option<bool> {
    let values: Vec<Option<bool>> = parts.iter().map(constant).collect();
    if values.contains(&Some(decisive)) {
        return Some(decisive);
    }
    values.iter().all(Option::is_some).then_some(!decisive)
}

/// Whether nobody with this scope can find anything with this query.
pub(crate) fn finds_nothing(scope: &Scope, query: &query::Query) -> bool {
    sees_nothing(scope) || constant(query.expr()) == Some(false)
}

/// Most conditions handed over one by one; what is beyond is one condition.
const MAX_PARTS: usize = 16;

/// The conditions of a query, all of which must hold; none when it asks for everything.
///
/// Each is evaluated for the rows that are left, so that costly columns are read for few rows.
pub(crate) fn matches(query: &query::Query) -> Vec<Expr> {
    let parts = match query.expr() {
        query::Expr::And(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    let (mut simple, mut rest): (Vec<Expr>, Vec<query::Expr>) = (Vec::new(), Vec::new());
    for part in parts.into_iter().filter(|part| constant(part).is_none()) {
        match compared(&part) {
            Some(comparison) if simple.len() < MAX_PARTS => simple.push(comparison),
            _ => rest.push(part),
        }
    }
    let beyond = rest.split_off(rest.len().min(MAX_PARTS));
    simple.extend(rest.into_iter().map(condition));
    if !beyond.is_empty() {
        simple.push(condition(query::Expr::And(beyond)));
    }
    simple
}

/// The condition as a plain comparison of columns, by which whole files are skipped, where
/// there is one. It may be null instead of false, so it must not stand below a `NOT`.
fn compared(expr: &query::Expr) -> Option<Expr> {
    match expr {
        query::Expr::Or(parts) if parts.len() <= MAX_PARTS => {
            let parts: Option<Vec<Expr>> = parts.iter().map(compared).collect();
            balanced(parts?, Expr::or)
        }
        query::Expr::Field(FieldRef::Common(column), Test::Is(pattern)) => {
            // The folded copy has statistics and a bloom filter.
            let (key, literal) = (key_of(*column)?, pattern.as_literal()?);
            Some(ident(key).eq(lit(ScalarValue::Utf8View(Some(literal.to_owned())))))
        }
        query::Expr::Field(FieldRef::Meta(Meta::Time), Test::Range(range)) => in_range(TIME, range),
        query::Expr::Field(FieldRef::Meta(Meta::Received), Test::Range(range)) => in_range(RECEIVED, range),
        query::Expr::Field(FieldRef::Meta(Meta::Id), Test::Is(pattern)) => {
            pattern.as_literal().and_then(|text| text.parse().ok()).map(is_event)
        }
        _ => None,
    }
}

fn in_range(column: &str, range: &ValueRange) -> Option<Expr> {
    let (low, high) = range.as_times();
    let low = low.map(|low| ident(column).gt_eq(time_literal(low)));
    let high = high.map(|high| ident(column).lt(time_literal(high)));
    balanced(low.into_iter().chain(high).collect(), Expr::and)
}
