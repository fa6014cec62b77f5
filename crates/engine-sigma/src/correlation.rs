//! Correlation rules: several hits that mean more together (correlation specification 2.1).
//!
//! Here they are only compiled: references found, order settled, numbers checked. Counting
//! over time is done by whoever keeps the state (`engine-detect`).

use crate::document::{Place, correlation_meta};
use crate::fault::{Fault, Outcome};
use crate::meta::RuleMeta;
use crate::number::Comparison;
use crate::options::CompileOptions;
use crate::rule_set::{Rule, RuleIdx};
use crate::written::Written;
use base_core::ContentError;
use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, WindowMode,
};
use std::sync::Arc;

/// What is measured over the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    /// How many events.
    EventCount,
    /// How many different values of a field.
    ValueCount,
    /// How many of the rules.
    Temporal,
    /// How many of the rules, in their order.
    TemporalOrdered,
    /// Sum of a field.
    ValueSum,
    /// Mean of a field.
    ValueAvg,
    /// A percentile of a field (nearest rank); the median is that of rank 50.
    ValuePercentile,
    /// Share of the newest value among all values of a field, in percent.
    ValueShare,
}

/// What a correlation refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Referred {
    /// A rule.
    Rule(RuleIdx),
    /// An earlier correlation, by its place in [`crate::RuleSet::correlations`].
    Correlation(usize),
}

/// When a correlation of the temporal kinds holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Together {
    /// Every referred rule.
    All,
    /// A named combination, over places in [`Correlation::refers_to`].
    Each(Vec<Together>),
    /// One of these.
    OneOf(Vec<Together>),
    /// A referred rule.
    Rule(usize),
}

/// A compiled correlation rule.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// What it says about itself.
    pub meta: Arc<RuleMeta>,
    /// What is measured.
    pub kind: CorrelationKind,
    /// What it counts, in the order written.
    pub refers_to: Vec<Referred>,
    /// For each group-by entry, the field to read for each of `refers_to`.
    pub group_by: Vec<GroupBy>,
    /// Length of the window, microseconds.
    pub timespan_micros: i64,
    /// All must hold for the measured number; empty for combinations of the temporal kinds.
    pub conditions: Vec<(Comparison, f64)>,
    /// For the temporal kinds: which rules must have been seen.
    pub together: Together,
    /// Fields whose values are counted or summed.
    pub fields: Vec<String>,
    /// For [`CorrelationKind::ValuePercentile`]: 0 to 100.
    pub percentile: f64,
    /// Whether it makes detections of its own, or only feeds other correlations.
    pub standalone: bool,
}

/// A field by which events are grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupBy {
    /// Name as written: a field or an alias.
    pub name: String,
    /// The field to read, for each referred rule.
    pub fields: Vec<String>,
}

/// A correlation rule, its numbers as written, and where it stands.
pub(crate) type Source = (Box<CorrelationRule>, Written, Place);

/// Compiles correlations, each after those it refers to, and marks rules that only feed them.
pub(crate) fn compile_correlations(
    sources: Vec<Source>,
    rules: &mut [Rule],
    options: &CompileOptions,
    errors: &mut Vec<ContentError>,
) -> Vec<Correlation> {
    let mut waiting: Vec<Source> = sources
        .into_iter()
        .filter(|(c, _, p)| {
            let status = correlation_meta(c, p).status;
            !status.is_some_and(|s| options.skip_statuses.iter().any(|skip| skip == s))
        })
        .collect();
    let mut done: Vec<Correlation> = Vec::with_capacity(waiting.len());
    let mut claims: Vec<(Referred, bool)> = Vec::new();
    loop {
        let before = waiting.len();
        let pending: Vec<String> = waiting.iter().flat_map(|(c, ..)| c.id.iter().chain(&c.name).cloned()).collect();
        let mut later = Vec::new();
        for (source, written, place) in waiting {
            // Wait while a reference is to a correlation that is not compiled yet.
            let own = |r: &String| source.id.as_ref() == Some(r) || source.name.as_ref() == Some(r);
            if source.rules.iter().any(|r| pending.contains(r) && !own(r) && find(r, rules, &done).is_none()) {
                later.push((source, written, place));
                continue;
            }
            match compile(&source, &written, &place, rules, &done) {
                Ok(made) => {
                    claims.extend(made.refers_to.iter().map(|r| (*r, source.generate)));
                    done.push(made);
                }
                Err(fault) => errors.push(place.error(fault)),
            }
        }
        waiting = later;
        if waiting.is_empty() {
            break;
        }
        if waiting.len() == before {
            for (.., place) in waiting {
                let fault = Fault::new("correlations refer to each other in a circle", "break the circle");
                errors.push(place.error(fault.near("rules:")));
            }
            break;
        }
    }
    settle_standalone(&claims, rules, &mut done);
    done
}

/// A referred rule stays quiet unless a correlation that refers to it says `generate: true`.
fn settle_standalone(claims: &[(Referred, bool)], rules: &mut [Rule], done: &mut [Correlation]) {
    for (referred, _) in claims {
        let generate = claims.iter().any(|(r, generate)| r == referred && *generate);
        match referred {
            Referred::Rule(n) => {
                if let Some(rule) = rules.get_mut(n.index()) {
                    rule.standalone = generate;
                }
            }
            Referred::Correlation(n) => {
                if let Some(correlation) = done.get_mut(*n) {
                    correlation.standalone = generate;
                }
            }
        }
    }
}

fn find(reference: &str, rules: &[Rule], done: &[Correlation]) -> Option<Referred> {
    let is = |meta: &RuleMeta| *meta.id == *reference || meta.name.as_deref() == Some(reference);
    let rule = (0..).zip(rules).find(|(_, r)| is(&r.meta)).map(|(n, _)| Referred::Rule(RuleIdx(n)));
    rule.or_else(|| done.iter().position(|c| is(&c.meta)).map(Referred::Correlation))
}

fn compile(
    source: &CorrelationRule,
    written: &Written,
    place: &Place,
    rules: &[Rule],
    done: &[Correlation],
) -> Outcome<Correlation> {
    let meta = Arc::new(correlation_meta(source, place));
    if let Some(other) = find(&meta.id, rules, done) {
        let file = match other {
            Referred::Rule(n) => rules.get(n.index()).map(|r| r.meta.file.clone()),
            Referred::Correlation(n) => done.get(n).map(|c| c.meta.file.clone()),
        };
        return Err(Fault::new(
            format!("the id {} is already that of {}", meta.id, file.unwrap_or_default()),
            "give each rule its own id, or remove one of the two",
        )
        .near("id:"));
    }
    if source.window != WindowMode::Sliding {
        return Err(
            Fault::new("only sliding windows are part of Sigma 2.1", "remove `window` and `gap`").near("window")
        );
    }
    if source.rules.is_empty() {
        return Err(Fault::new("the correlation refers to no rule", "list ids or names under `rules`").near("rules:"));
    }
    let mut refers_to = Vec::with_capacity(source.rules.len());
    for reference in &source.rules {
        let found = find(reference, rules, done).ok_or_else(|| {
            Fault::new(format!("the rule `{reference}` is not loaded"), "correct the id or name, or load the rule")
                .near(reference.clone())
        })?;
        refers_to.push(found);
    }
    let (kind, percentile) = kind_of(source.correlation_type, written)?;
    let (conditions, fields, together) = condition_of(source, written, kind)?;
    let fields = fields.iter().map(|f| name_for_all(f, &refers_to, rules, done)).collect::<Outcome<Vec<_>>>()?;
    let timespan =
        i64::try_from(source.timespan.seconds).ok().and_then(|s| s.checked_mul(1_000_000)).filter(|m| *m > 0);
    let timespan_micros = timespan.ok_or_else(|| {
        Fault::new("the timespan is zero or too long", "write a number and one of s, m, h, d").near("timespan")
    })?;
    Ok(Correlation {
        group_by: group_by(source, rules, done, &refers_to)?,
        percentile,
        meta,
        kind,
        refers_to,
        timespan_micros,
        conditions,
        together,
        fields,
        standalone: true,
    })
}

/// What is measured, and the rank of a percentile.
///
/// The specification's example of `value_percentile` gives no rank and compares the *share* of a
/// value among all (`field: image`, `lte: 1`: seen in less than 1 % of all processes); its hint,
/// *median is a percentile 50*, needs one. With `percentile:` it is that percentile, without it the share.
fn kind_of(kind: CorrelationType, written: &Written) -> Outcome<(CorrelationKind, f64)> {
    if written.percentile.is_some_and(|p| !(0.0..=100.0).contains(&p)) {
        return Err(
            Fault::new("the percentile is no number from 0 to 100", "write it as `percentile: 95`").near("percentile")
        );
    }
    if written.percentile.is_some() && kind != CorrelationType::ValuePercentile {
        return Err(Fault::new("`percentile` belongs to the type value_percentile", "remove it, or change the type")
            .near("percentile"));
    }
    Ok(match (kind, written.percentile) {
        (CorrelationType::EventCount, _) => (CorrelationKind::EventCount, 50.0),
        (CorrelationType::ValueCount, _) => (CorrelationKind::ValueCount, 50.0),
        (CorrelationType::Temporal, _) => (CorrelationKind::Temporal, 50.0),
        (CorrelationType::TemporalOrdered, _) => (CorrelationKind::TemporalOrdered, 50.0),
        (CorrelationType::ValueSum, _) => (CorrelationKind::ValueSum, 50.0),
        (CorrelationType::ValueAvg, _) => (CorrelationKind::ValueAvg, 50.0),
        (CorrelationType::ValueMedian, _) => (CorrelationKind::ValuePercentile, 50.0),
        (CorrelationType::ValuePercentile, Some(rank)) => (CorrelationKind::ValuePercentile, rank),
        (CorrelationType::ValuePercentile, None) => (CorrelationKind::ValueShare, 50.0),
    })
}

type Conditions = (Vec<(Comparison, f64)>, Vec<String>, Together);

fn condition_of(source: &CorrelationRule, written: &Written, kind: CorrelationKind) -> Outcome<Conditions> {
    let temporal = matches!(kind, CorrelationKind::Temporal | CorrelationKind::TemporalOrdered);
    match &source.condition {
        CorrelationCondition::Extended(expr) => {
            if kind != CorrelationKind::Temporal {
                return Err(Fault::new(
                    "a combination of rules fits only the type temporal",
                    "give a comparison such as `gte: 10`",
                )
                .near("condition:"));
            }
            Ok((Vec::new(), Vec::new(), combination(expr, &source.rules).map_err(|f| f.near("condition:"))?))
        }
        CorrelationCondition::Threshold { predicates, field, .. } => {
            let fields = field.clone().unwrap_or_default();
            check_fields(kind, &fields).map_err(|f| f.near("condition:"))?;
            // Without a condition the parser gives `gte: 1`, which for the temporal kinds means all rules.
            if temporal && !written.given && predicates.as_slice() == [(ConditionOperator::Gte, 1)] {
                return Ok((Vec::new(), fields, Together::All));
            }
            let parsed = || predicates.iter().map(|(op, n)| (comparison(*op), precise(*n))).collect();
            let conditions = if written.thresholds.is_empty() { parsed() } else { written.thresholds.clone() };
            check_shares(kind, &conditions)?;
            Ok((conditions, fields, Together::All))
        }
    }
}

fn check_fields(kind: CorrelationKind, fields: &[String]) -> Outcome<()> {
    match kind {
        CorrelationKind::EventCount | CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => Ok(()),
        _ if fields.is_empty() => {
            Err(Fault::new("the condition names no field", "add `field:` with the field whose values count"))
        }
        CorrelationKind::ValueCount | CorrelationKind::ValueShare => Ok(()),
        _ if fields.len() > 1 => {
            Err(Fault::new("sums, means and percentiles take one field", "name one field, or use value_count"))
        }
        _ => Ok(()),
    }
}

fn check_shares(kind: CorrelationKind, conditions: &[(Comparison, f64)]) -> Outcome<()> {
    match conditions.iter().find(|(_, n)| !(0.0..=100.0).contains(n)) {
        Some((_, n)) if kind == CorrelationKind::ValueShare => Err(Fault::new(
            format!("without `percentile` the condition compares a share in percent, and {n} is none"),
            "add the rank, such as `percentile: 95`, to compare that percentile of the values",
        )
        .near("condition:")),
        _ => Ok(()),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "thresholds are far below 2^53, and beyond it the nearest decimal serves"
)]
fn precise(n: u64) -> f64 {
    n as f64
}

fn comparison(op: ConditionOperator) -> Comparison {
    match op {
        ConditionOperator::Lt => Comparison::Less,
        ConditionOperator::Lte => Comparison::LessOrEqual,
        ConditionOperator::Gt => Comparison::Greater,
        ConditionOperator::Gte => Comparison::GreaterOrEqual,
        ConditionOperator::Eq => Comparison::Equal,
        ConditionOperator::Neq => Comparison::NotEqual,
    }
}

fn combination(expr: &ConditionExpr, rules: &[String]) -> Outcome<Together> {
    let each = |parts: &[ConditionExpr]| parts.iter().map(|p| combination(p, rules)).collect::<Outcome<Vec<_>>>();
    match expr {
        ConditionExpr::And(parts) => each(parts).map(Together::Each),
        ConditionExpr::Or(parts) => each(parts).map(Together::OneOf),
        ConditionExpr::Identifier(name) => rules.iter().position(|r| r == name).map(Together::Rule).ok_or_else(|| {
            Fault::new(format!("the condition names `{name}`, which is not under rules"), "list it under `rules`")
        }),
        ConditionExpr::Not(_) => Err(Fault::new(
            "a correlation cannot wait for something that does not happen",
            "remove `not` from its condition",
        )),
        ConditionExpr::Selector { .. } => {
            Err(Fault::new("`of` cannot be used over rules", "name the rules with and / or"))
        }
    }
}

/// An alias gives another field for each rule; without one the name is the field.
fn group_by(
    source: &CorrelationRule,
    rules: &[Rule],
    done: &[Correlation],
    refers_to: &[Referred],
) -> Outcome<Vec<GroupBy>> {
    let field_for = |name: &String, n: usize, referred: &Referred| {
        let alias = source.aliases.iter().find(|a| a.alias == *name)?;
        let meta = match referred {
            Referred::Rule(r) => rules.get(r.index()).map(|r| &*r.meta),
            Referred::Correlation(c) => done.get(*c).map(|c| &*c.meta),
        };
        let keys = source
            .rules
            .get(n)
            .into_iter()
            .map(String::as_str)
            .chain(meta.into_iter().flat_map(|m| [Some(&*m.id), m.name.as_deref()].into_iter().flatten()));
        keys.into_iter().find_map(|key| alias.mapping.get(key)).cloned()
    };
    let one = |name: &String| {
        let field = |(n, r): (usize, &Referred)| {
            name_now(&field_for(name, n, r).unwrap_or_else(|| name.clone()), *r, rules, done)
        };
        Ok(GroupBy { name: name.clone(), fields: refers_to.iter().enumerate().map(field).collect::<Outcome<_>>()? })
    };
    source.group_by.iter().map(one).collect()
}

/// The name that pipelines gave to `field` of the events of what is referred to.
fn name_now(field: &str, referred: Referred, rules: &[Rule], done: &[Correlation]) -> Outcome<String> {
    let rule = match referred {
        Referred::Rule(n) => rules.get(n.index()),
        // The events of a chained correlation are those of its rules.
        Referred::Correlation(n) => match done.get(n).and_then(|c| c.refers_to.first()) {
            Some(first) => return name_now(field, *first, rules, done),
            None => None,
        },
    };
    let names = rule.map_or_else(|| vec![field.to_owned()], |r| r.renames.of(field));
    match names.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Fault::new(
            format!("a pipeline gives the field `{field}` several names, of which a correlation can take only one"),
            "map the field to one name for this log source",
        )
        .near(field)),
    }
}

/// The name of a counted field, which must be the same for all that is referred to.
fn name_for_all(field: &str, refers_to: &[Referred], rules: &[Rule], done: &[Correlation]) -> Outcome<String> {
    let names = refers_to.iter().map(|r| name_now(field, *r, rules, done)).collect::<Outcome<Vec<_>>>()?;
    match names.split_first() {
        Some((first, others)) if others.iter().all(|o| o == first) => Ok(first.clone()),
        _ => Err(Fault::new(
            format!("pipelines give the field `{field}` different names for the rules referred to"),
            "count over rules whose log sources name the field alike",
        )
        .near(field)),
    }
}
