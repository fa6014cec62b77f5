//! Scope, time range and query as one DataFusion expression.

use crate::leaf::Leaf;
use crate::schema::{
    CATEGORY, FIELDS, ID_HIGH, ID_LOW, KIND, MARKS, PRODUCT, RAW, RECEIVED, SERVICE, SOURCE, TIME, UNIT, key_of,
};
use crate::window::Window;
use base_core::{Scope, Timestamp};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{ident, in_list, lit, not};
use engine_event::{CommonField, EventId};
use engine_lake::query::{self, FieldRef, Meta, Test, ValueRange};
use engine_lake::{Cursor, Order};

/// A time as DataFusion compares it.
fn time_literal(time: Timestamp) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(time.as_micros()), Some("UTC".into())))
}

/// All of these, as a tree of little depth: plans are walked recursively.
pub(crate) fn all(parts: Vec<Expr>) -> Expr {
    balanced(parts, Expr::and).unwrap_or_else(|| lit(true))
}

fn any(parts: Vec<Expr>) -> Expr {
    balanced(parts, Expr::or).unwrap_or_else(|| lit(false))
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

/// What the scope may see; `None` for everything.
pub(crate) fn in_scope(scope: &Scope) -> Option<Expr> {
    let units = scope.as_units()?;
    if units.is_empty() {
        return Some(lit(false));
    }
    let names = units.iter().map(|unit| lit(ScalarValue::Utf8View(Some(unit.as_str().to_owned())))).collect();
    Some(in_list(ident(UNIT), names, false))
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

/// A query. `None` when it asks for everything.
pub(crate) fn matches(query: &query::Query) -> Option<Expr> {
    (!query.is_everything()).then(|| translate(query.expr(), true))
}

/// `plain` is false below a `NOT`: there a comparison with a null column must be false, not
/// null, so only conditions that are never null are used.
fn translate(expr: &query::Expr, plain: bool) -> Expr {
    match expr {
        query::Expr::All => lit(true),
        query::Expr::And(parts) => all(parts.iter().map(|part| translate(part, plain)).collect()),
        query::Expr::Or(parts) => any(parts.iter().map(|part| translate(part, plain)).collect()),
        query::Expr::Not(inner) => not(translate(inner, false)),
        query::Expr::Text(pattern) => {
            let columns = vec![ident(RAW), ident(FIELDS), ident(CommonField::HostName.name())];
            Leaf::Text(pattern.clone()).over(columns)
        }
        query::Expr::Field(field, test) => match field {
            FieldRef::Common(column) => common(*column, test, plain),
            FieldRef::Record(name) => Leaf::Record(name.clone(), test.clone()).over(vec![ident(FIELDS)]),
            FieldRef::Meta(meta) => meta_passes(*meta, test),
        },
    }
}

fn common(column: CommonField, test: &Test, plain: bool) -> Expr {
    if let (true, Test::Is(pattern), Some(key)) = (plain, test, key_of(column))
        && let Some(literal) = pattern.as_literal()
    {
        // The folded copy has statistics and a bloom filter: files without the value are not read.
        return ident(key).eq(lit(ScalarValue::Utf8View(Some(literal.to_owned()))));
    }
    Leaf::Value(test.clone()).over(vec![ident(column.name())])
}

fn meta_passes(meta: Meta, test: &Test) -> Expr {
    let value = |column: &str| Leaf::Value(test.clone()).over(vec![ident(column)]);
    match (meta, test) {
        (Meta::Time, Test::Range(range)) => in_range(TIME, range),
        (Meta::Received, Test::Range(range)) => in_range(RECEIVED, range),
        (Meta::Unit, _) => value(UNIT),
        (Meta::Source, _) => value(SOURCE),
        (Meta::Kind, _) => value(KIND),
        (Meta::Product, _) => value(PRODUCT),
        (Meta::Category, _) => value(CATEGORY),
        (Meta::Service, _) => value(SERVICE),
        (Meta::Mark, _) => Leaf::Mark(test.clone()).over(vec![ident(MARKS)]),
        (Meta::Raw, Test::Is(pattern)) => Leaf::Raw(pattern.clone()).over(vec![ident(RAW)]),
        (Meta::Id, Test::Is(pattern)) => match pattern.as_literal().and_then(|text| text.parse().ok()) {
            Some(id) => is_event(id),
            None => Leaf::Id(test.clone()).over(vec![ident(ID_HIGH), ident(ID_LOW)]),
        },
        // The parser lets nothing else through; see `engine_lake::query`.
        (Meta::Time | Meta::Received | Meta::Raw | Meta::Id, _) => lit(false),
    }
}

fn in_range(column: &str, range: &ValueRange) -> Expr {
    let (low, high) = range.as_times();
    let low = low.map(|low| ident(column).gt_eq(time_literal(low)));
    let high = high.map(|high| ident(column).lt(time_literal(high)));
    all(low.into_iter().chain(high).collect())
}
