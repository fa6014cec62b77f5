//! Filters: what several rules leave out.
//!
//! Filters specification 2.1. The specification's own example selects what is to be left out
//! (`condition: selection`); the reference implementation writes it as `condition: not selection`
//! and joins that with "and". Both are understood and mean the same: events that the
//! selection describes are left out.

use crate::condition::compile_detections;
use crate::document::Place;
use crate::expr::Expr;
use crate::fault::Fault;
use crate::item::Context;
use crate::rule_set::Rule;
use base_core::ContentError;
use rsigma_parser::{FilterRule, FilterRuleTarget};

/// Narrows the rules each filter names.
pub(crate) fn apply_filters(
    filters: Vec<(Box<FilterRule>, Place)>,
    rules: &mut [Rule],
    cx: &mut Context<'_>,
    errors: &mut Vec<ContentError>,
) {
    for (filter, place) in filters {
        let (mut named, expr) = match compile_detections(&filter.detection, cx) {
            Ok(compiled) => compiled,
            Err(fault) => {
                errors.push(place.error(fault));
                continue;
            }
        };
        let keep = match expr {
            Expr::Not(left_out) => Expr::Not(left_out),
            left_out => Expr::not(left_out),
        };
        for (name, _) in &mut named {
            *name = format!("{}: {name}", filter.title).into();
        }
        errors.extend(unknown_targets(&filter, rules, &place));
        for rule in rules.iter_mut().filter(|r| is_target(&filter, r)) {
            let whole = std::mem::replace(&mut rule.expr, Expr::Any(Box::default()));
            rule.expr = Expr::all(vec![whole, keep.clone()]);
            rule.named.extend(named.iter().cloned());
        }
    }
}

fn names(reference: &str, rule: &Rule) -> bool {
    *rule.meta.id == *reference || rule.meta.name.as_deref() == Some(reference) || rule.meta.title == reference
}

fn is_target(filter: &FilterRule, rule: &Rule) -> bool {
    let named = match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(list) => list.iter().any(|reference| names(reference, rule)),
    };
    let same = |filter: &Option<String>, rule: &Option<String>| filter.is_none() || filter == rule;
    named
        && filter.logsource.as_ref().is_none_or(|f| {
            let r = &rule.meta.logsource;
            same(&f.product, &r.product) && same(&f.category, &r.category) && same(&f.service, &r.service)
        })
}

fn unknown_targets(filter: &FilterRule, rules: &[Rule], place: &Place) -> Vec<ContentError> {
    let FilterRuleTarget::Specific(list) = &filter.rules else { return Vec::new() };
    let unknown = list.iter().filter(|reference| !rules.iter().any(|r| names(reference, r)));
    unknown
        .map(|reference| {
            let fault = Fault::new(
                format!("the filter names the rule `{reference}`, which is not loaded"),
                "correct the id or name, or load the rule",
            );
            place.error(fault.near(reference.clone()))
        })
        .collect()
}
