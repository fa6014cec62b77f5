//! The old aggregate syntax, `selection | count() by X > 5`, turned into correlations.
//!
//! Sigma 1 wrote counting into the condition; Sigma 2 removed it (correlation specification 2.1,
//! "Expression of Relationships In The Condition of Sigma Rules"). Where the meaning is the same,
//! such a rule becomes the rule it counts and a correlation that carries its id, title and level:
//!
//! | old | new |
//! |---|---|
//! | `s \| count() by A, B > 5` | `event_count` grouped by A and B |
//! | `s \| count(F) by A > 5` | `value_count` of F: the old count of a field counted its different values |
//! | `s \| sum(F)`, `avg(F)` | `value_sum`, `value_avg` |
//! | `s \| min(F) < 5`, `max(F) > 5` | `value_percentile` of rank 0, of rank 100 |
//! | `s \| near t and u` | `temporal` over s, t and u |
//!
//! What has no equal is refused with the reason: no `timeframe` (over which time it counts was
//! left to the query), and `near … and not …` (nothing waits for what does not happen).

use crate::document::{Body, Place};
use crate::fault::{Fault, Outcome};
use crate::number::Comparison;
use crate::written::Written;
use rsigma_parser::{
    ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, SigmaRule, Timespan, WindowMode,
};
use serde_yaml_ng::Value;

/// Joins the id of an old rule and the number of the part that was made from it.
pub(crate) const PART: char = '#';

/// What stood behind the `|` of the condition.
#[derive(Debug, PartialEq)]
struct Aggregation {
    kind: CorrelationType,
    field: Option<String>,
    rank: Option<f64>,
    by: Vec<String>,
    comparison: Comparison,
    number: f64,
}

/// Whether `condition` is `selection | count() by X > 5` or `sel1 | near sel2`.
pub(crate) fn is_aggregation(condition: &str) -> bool {
    let Some((_, after)) = condition.split_once('|') else { return false };
    let word = after.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["count", "min", "max", "avg", "sum", "near"].contains(&word)
}

/// The rules and the correlation that mean the same as the old rule at `place`; `None` when it
/// is not one. The caller tells the fault with the place.
pub(crate) fn translate(place: &Place) -> Option<Outcome<Vec<Body>>> {
    let document: Value = serde_yaml_ng::from_str(&place.text).ok()?;
    let condition = document.get("detection")?.get("condition")?.as_str()?.to_owned();
    let (base, after) = condition.split_once('|').filter(|_| is_aggregation(&condition))?;
    let made = match after.trim().strip_prefix("near") {
        Some(others) => near(&document, base.trim(), others.trim()),
        None => aggregate(&document, base.trim(), after.trim()),
    };
    Some(made.map_err(|fault| {
        let message = format!(
            "the condition `{condition}` uses the old aggregate syntax, which Sigma 2 removed; {}",
            fault.message
        );
        Fault { message, ..fault }.near("condition:")
    }))
}

fn aggregate(document: &Value, base: &str, after: &str) -> Outcome<Vec<Body>> {
    let aggregation = parse(after)?;
    let rule = rule(document, base, 1)?;
    let timespan = timespan(&rule)?;
    let condition = CorrelationCondition::Threshold {
        predicates: vec![(operator(aggregation.comparison), 0)],
        field: aggregation.field.map(|f| vec![f]),
        percentile: None,
    };
    let written = Written {
        given: true,
        thresholds: vec![(aggregation.comparison, aggregation.number)],
        percentile: aggregation.rank,
    };
    let made = correlation(document, &[&rule], aggregation.kind, aggregation.by, timespan, condition)?;
    Ok(vec![Body::Rule(Box::new(rule)), Body::Correlation(Box::new(made), written)])
}

fn near(document: &Value, base: &str, others: &str) -> Outcome<Vec<Body>> {
    let words: Vec<&str> = others.split_whitespace().collect();
    if words.iter().any(|w| ["not", "or"].contains(w)) || others.contains(['(', ')']) {
        return Err(Fault::new(
            "`near` with `not` or `or` has no equal: a correlation waits for what happens, all of it",
            "write correlation rules (type temporal) over rules of their own",
        ));
    }
    let mut rules = Vec::new();
    for (n, part) in (1..).zip(std::iter::once(base).chain(words.into_iter().filter(|w| *w != "and"))) {
        rules.push(rule(document, part, n)?);
    }
    let Some(first) = rules.first() else { return Err(unreadable()) };
    let timespan = timespan(first)?;
    let condition = CorrelationCondition::Threshold {
        predicates: vec![(ConditionOperator::Gte, 1)],
        field: None,
        percentile: None,
    };
    let all: Vec<&SigmaRule> = rules.iter().collect();
    let made = correlation(document, &all, CorrelationType::Temporal, Vec::new(), timespan, condition)?;
    let mut bodies: Vec<Body> = rules.into_iter().map(|r| Body::Rule(Box::new(r))).collect();
    bodies.push(Body::Correlation(Box::new(made), Written::default()));
    Ok(bodies)
}

/// The rule with another condition, as part `number` of the old one.
fn rule(document: &Value, condition: &str, number: usize) -> Outcome<SigmaRule> {
    let mut document = document.clone();
    if let Some(slot) = document.get_mut("detection").and_then(|d| d.get_mut("condition")) {
        *slot = Value::from(condition);
    }
    let text = serde_yaml_ng::to_string(&document).map_err(|_| unreadable())?;
    let collection = rsigma_parser::parse_sigma_yaml(&text).map_err(|_| unreadable())?;
    let reason = collection.errors.first().and_then(|e| e.lines().last()).unwrap_or_default().trim().to_owned();
    let mut rule = collection.rules.into_iter().next().ok_or_else(|| {
        Fault::new(format!("its part `{condition}` cannot be read: {reason}"), "correct the condition before the `|`")
    })?;
    let own = rule.id.clone().or_else(|| rule.name.clone()).unwrap_or_else(|| rule.title.clone());
    rule.id = Some(format!("{own}{PART}{number}"));
    rule.name = None;
    Ok(rule)
}

fn timespan(rule: &SigmaRule) -> Outcome<Timespan> {
    let Some(text) = &rule.detection.timeframe else {
        return Err(Fault::new(
            "it has no `timeframe`, so over which time it counts is not said",
            "add `timeframe: 1h` (or what fits) below `detection:`, or write a correlation rule",
        ));
    };
    Timespan::parse(text).map_err(|_| {
        Fault::new(
            format!("its timeframe `{text}` is no span of time"),
            "write a number and one of s, m, h, d, such as `timeframe: 10m`",
        )
    })
}

/// The correlation that carries what the old rule says about itself.
fn correlation(
    document: &Value,
    rules: &[&SigmaRule],
    correlation_type: CorrelationType,
    group_by: Vec<String>,
    timespan: Timespan,
    condition: CorrelationCondition,
) -> Outcome<CorrelationRule> {
    let rule = rules.first().ok_or_else(unreadable)?;
    let text = |key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
    let rule = SigmaRule { id: text("id"), name: text("name"), ..(*rule).clone() };
    Ok(CorrelationRule {
        title: rule.title,
        sigma_version: rule.sigma_version,
        id: rule.id,
        name: rule.name,
        status: rule.status,
        description: rule.description,
        author: rule.author,
        date: rule.date,
        modified: rule.modified,
        related: rule.related,
        references: rule.references,
        taxonomy: rule.taxonomy,
        license: rule.license,
        tags: rule.tags,
        fields: rule.fields,
        falsepositives: rule.falsepositives,
        level: rule.level,
        scope: rule.scope,
        correlation_type,
        rules: rules.iter().filter_map(|r| r.id.clone()).collect(),
        group_by,
        timespan,
        window: WindowMode::Sliding,
        gap: None,
        condition,
        aliases: Vec::new(),
        generate: false,
        custom_attributes: rule.custom_attributes,
    })
}

/// `count(Field) by A, B >= 5`
fn parse(text: &str) -> Outcome<Aggregation> {
    let (function, rest) = text.split_once('(').ok_or_else(unreadable)?;
    let (field, rest) = rest.split_once(')').ok_or_else(unreadable)?;
    let at = rest.find(['<', '>', '=', '!']).ok_or_else(unreadable)?;
    let (by, comparison) = rest.split_at(at);
    let by = by.trim();
    let by = if by.is_empty() { "" } else { by.strip_prefix("by ").ok_or_else(unreadable)? };
    let digits = comparison.find(|c: char| !['<', '>', '=', '!'].contains(&c)).ok_or_else(unreadable)?;
    let (operator, number) = comparison.split_at(digits);
    let comparison = match operator {
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        "=" | "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        _ => return Err(unreadable()),
    };
    let number = number.trim().parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(unreadable)?;
    let field = Some(field.trim().to_owned()).filter(|f| !f.is_empty());
    let (kind, rank) = match (function.trim(), &field) {
        ("count", None) => (CorrelationType::EventCount, None),
        ("count", Some(_)) => (CorrelationType::ValueCount, None),
        ("sum", Some(_)) => (CorrelationType::ValueSum, None),
        ("avg", Some(_)) => (CorrelationType::ValueAvg, None),
        ("min", Some(_)) => (CorrelationType::ValuePercentile, Some(0.0)),
        ("max", Some(_)) => (CorrelationType::ValuePercentile, Some(100.0)),
        _ => return Err(unreadable()),
    };
    let by = by.split(',').map(|f| f.trim().to_owned()).filter(|f| !f.is_empty()).collect();
    Ok(Aggregation { kind, field, rank, by, comparison, number })
}

fn operator(comparison: Comparison) -> ConditionOperator {
    match comparison {
        Comparison::Less => ConditionOperator::Lt,
        Comparison::LessOrEqual => ConditionOperator::Lte,
        Comparison::Greater => ConditionOperator::Gt,
        Comparison::GreaterOrEqual => ConditionOperator::Gte,
        Comparison::Equal => ConditionOperator::Eq,
        Comparison::NotEqual => ConditionOperator::Neq,
    }
}

fn unreadable() -> Fault {
    Fault::new(
        "what it counts cannot be read",
        "write it as `selection | count(Field) by Other > 5`, or as a correlation rule",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregations_are_told_from_pipes() {
        assert!(is_aggregation("selection | count() by User > 5"));
        assert!(is_aggregation("sel1 |near sel2"));
        assert!(!is_aggregation("selection and not filter"));
    }

    #[test]
    fn every_function_and_comparison() {
        let made = parse("count(User) by Host, Source >= 3").expect("readable");
        assert_eq!((made.kind, made.field.as_deref()), (CorrelationType::ValueCount, Some("User")));
        assert_eq!(
            (made.by, made.comparison, made.number),
            (vec!["Host".into(), "Source".into()], Comparison::GreaterOrEqual, 3.0)
        );
        for (text, kind, rank) in [
            ("count() > 1", CorrelationType::EventCount, None),
            ("sum(n) < 1.5", CorrelationType::ValueSum, None),
            ("avg(n) == 1", CorrelationType::ValueAvg, None),
            ("min(n) != 1", CorrelationType::ValuePercentile, Some(0.0)),
            ("max(n) <= 1", CorrelationType::ValuePercentile, Some(100.0)),
        ] {
            let made = parse(text).expect(text);
            assert_eq!((made.kind, made.rank), (kind, rank), "{text}");
        }
        for text in
            ["count()", "count > 5", "count( > 5", "sum() > 5", "count() of A > 5", "count() > many", "count() ~ 5"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
