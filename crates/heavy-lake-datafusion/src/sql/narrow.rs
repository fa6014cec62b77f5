//! What of a `WHERE` the scan itself can use to read less.
//!
//! Nothing a person wrote is evaluated in the scan. What is understood here becomes a condition
//! of the search language, which cannot fail and finds at least what the SQL condition finds;
//! DataFusion evaluates the SQL condition itself on what is left. Only `matches('…')` is left
//! to the scan alone, being that language already.

use super::functions::{matches_text, scalar_text};
use crate::table::{self, Part};
use base_core::Timestamp;
use datafusion::common::{Result, ScalarValue, plan_datafusion_err};
use datafusion::logical_expr::{BinaryExpr, Expr, Like, Operator, TableProviderFilterPushDown};
use engine_lake::Query;

/// The part of a statement's condition that narrows the scan.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    /// Only events at or after this time.
    pub(super) from: Option<Timestamp>,
    /// Only events before this time.
    pub(super) until: Option<Timestamp>,
    /// All must match.
    pub(super) queries: Vec<Query>,
}

/// How the scan deals with a condition.
pub(super) fn support(expr: &Expr) -> TableProviderFilterPushDown {
    if is_matches(expr) {
        return TableProviderFilterPushDown::Exact;
    }
    let mut narrowed = Narrowed::default();
    match narrowed.add(expr) {
        Ok(true) => TableProviderFilterPushDown::Inexact,
        _ => TableProviderFilterPushDown::Unsupported,
    }
}

fn is_matches(expr: &Expr) -> bool {
    match expr {
        Expr::Not(inner) => matches_text(inner).is_some(),
        other => matches_text(other).is_some(),
    }
}

impl Narrowed {
    /// Takes in a condition; whether anything of it was understood.
    pub(super) fn add(&mut self, expr: &Expr) -> Result<bool> {
        match expr {
            Expr::Not(inner) => match matches_text(inner) {
                Some(text) => self.query(&format!("NOT ({text})"), text),
                None => Ok(false),
            },
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                let (a, b) = (self.add(left)?, self.add(right)?);
                Ok(a || b)
            }
            Expr::BinaryExpr(binary) => Ok(self.compared(binary)),
            Expr::Between(between) if !between.negated => {
                let low = self.time(&between.expr, Operator::GtEq, &between.low);
                let high = self.time(&between.expr, Operator::LtEq, &between.high);
                Ok(low || high)
            }
            Expr::Like(like) if !like.negated && like.escape_char.is_none() => Ok(self.like(like)),
            Expr::InList(list) if !list.negated => Ok(self.one_of(&list.expr, &list.list)),
            other => match matches_text(other) {
                Some(text) => self.query(text, text),
                None => Ok(false),
            },
        }
    }

    fn query(&mut self, text: &str, written: &str) -> Result<bool> {
        // The mistake is told with the place in what the person wrote.
        let checked = Query::parse(written).and_then(|_| Query::parse(text));
        self.queries.push(checked.map_err(|e| plan_datafusion_err!("matches('{written}'): {e}"))?);
        Ok(true)
    }

    fn compared(&mut self, binary: &BinaryExpr) -> bool {
        let BinaryExpr { left, op, right } = binary;
        if *op == Operator::Eq
            && let (Some(name), Expr::Literal(value, _)) = (field_of(left), right.as_ref())
            && let Some(text) = scalar_text(value)
        {
            self.queries.push(Query::field_is(name, text));
            return true;
        }
        self.time(left, *op, right)
    }

    fn one_of(&mut self, expr: &Expr, list: &[Expr]) -> bool {
        let Some(name) = field_of(expr) else { return false };
        let one = |e: &Expr| match e {
            Expr::Literal(value, _) => scalar_text(value).map(|text| Query::field_is(name, text).text().to_owned()),
            _ => None,
        };
        let values: Option<Vec<String>> = list.iter().map(one).collect();
        match values.map(|values| Query::parse(&values.join(" OR "))) {
            Some(Ok(query)) if !list.is_empty() => {
                self.queries.push(query);
                true
            }
            _ => false,
        }
    }

    /// `LIKE '%text%'` on the record as received.
    fn like(&mut self, like: &Like) -> bool {
        let (Expr::Column(column), Expr::Literal(value, _)) = (like.expr.as_ref(), like.pattern.as_ref()) else {
            return false;
        };
        let Some(pattern) = scalar_text(value) else { return false };
        let Some(inner) = pattern.strip_prefix('%').and_then(|p| p.strip_suffix('%')) else { return false };
        if column.name != "raw" || inner.is_empty() || inner.contains(['%', '_', '\\']) {
            return false;
        }
        self.queries.push(Query::field_is("raw", inner));
        true
    }

    fn time(&mut self, left: &Expr, op: Operator, right: &Expr) -> bool {
        let (Expr::Column(column), Expr::Literal(value, _)) = (left, right) else { return false };
        let Some(at) = (column.name == "time").then(|| micros(value)).flatten() else { return false };
        let (at, after) = (Timestamp::from_micros(at), Timestamp::from_micros(at.saturating_add(1)));
        let low = |known: Option<Timestamp>, new| Some(known.map_or(new, |k: Timestamp| k.max(new)));
        let high = |known: Option<Timestamp>, new| Some(known.map_or(new, |k: Timestamp| k.min(new)));
        match op {
            // A microsecond more than asked is sorted out by DataFusion.
            Operator::Gt | Operator::GtEq => self.from = low(self.from, at),
            Operator::Lt | Operator::LtEq => self.until = high(self.until, after),
            Operator::Eq => (self.from, self.until) = (low(self.from, at), high(self.until, after)),
            _ => return false,
        }
        true
    }
}

/// The name in the search language of a text column that is compared with a literal.
fn field_of(expr: &Expr) -> Option<&'static str> {
    let Expr::Column(column) = expr else { return None };
    let (part, _) = table::parts().into_iter().find(|(_, name)| *name == column.name)?;
    match part {
        Part::Common(field) => Some(field.name()),
        Part::Unit => Some("unit"),
        Part::Source => Some("source"),
        Part::Kind => Some("kind"),
        Part::Product => Some("product"),
        Part::Category => Some("category"),
        Part::Service => Some("service"),
        Part::Id => Some("event.id"),
        Part::Time | Part::Received | Part::Marks | Part::Fields | Part::Raw => None,
    }
}

fn micros(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::TimestampMicrosecond(at, _) => *at,
        ScalarValue::TimestampNanosecond(at, _) => at.map(|at| at.div_euclid(1_000)),
        ScalarValue::TimestampMillisecond(at, _) => at.and_then(|at| at.checked_mul(1_000)),
        ScalarValue::TimestampSecond(at, _) => at.and_then(|at| at.checked_mul(1_000_000)),
        _ => None,
    }
}
