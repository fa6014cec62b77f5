//! Filters: what several rules leave out.
//!
//! Filters specification 2.1. The specification's own example selects what is to be left out
//! (`condition: selection`); the reference implementation writes it as `condition: not selection`
//! and joins that with "and". Both are understood and mean the same: events that the
//! selection describes are left out.

use crate::condition::compile_detections;
use crate::correlation::Source;
use crate::document::Place;
use crate::expr::Expr;
use crate::fault::Fault;
use crate::item::Context;
use crate::legacy::PART;
use crate::pipeline::adapt_filter;
use crate::rule_set::Rule;
use base_core::ContentError;
use rsigma_parser::{FilterRule, FilterRuleTarget};

/// Narrows the rules each filter names.
pub(crate) fn apply_filters(
    filters: Vec<(Box<FilterRule>, Place)>,
    rules: &mut [Rule],
    correlations: &[Source],
    cx: &mut Context<'_>,
    errors: &mut Vec<ContentError>,
) {
    for (mut filter, place) in filters {
        let adapted = adapt_filter(&mut filter, &cx.options.pipelines);
        let (mut named, expr) = match adapted.and_then(|()| compile_detections(&filter.detection, cx)) {
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
        errors.extend(unknown_targets(&filter, rules, correlations, &place));
        for rule in rules.iter_mut().filter(|r| is_target(&filter, r)) {
            let whole = std::mem::replace(&mut rule.expr, Expr::Any(Box::default()));
            rule.expr = Expr::all(vec![whole, keep.clone()]);
            rule.named.extend(named.iter().cloned());
        }
    }
}

/// Whether `reference` names the rule: by id, name or title, or by the id of the old rule that it is a part of.
fn names(reference: &str, rule: &Rule) -> bool {
    let meta = &rule.meta;
    let is_part = meta.id.strip_prefix(reference).is_some_and(|rest| rest.starts_with(PART));
    *meta.id == *reference || meta.name.as_deref() == Some(reference) || meta.title == reference || is_part
}

fn is_target(filter: &FilterRule, rule: &Rule) -> bool {
    let named = match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(list) => list.iter().any(|reference| names(reference, rule)),
    };
    named && same_source(filter, rule)
}

fn same_source(filter: &FilterRule, rule: &Rule) -> bool {
    let same = |filter: &Option<String>, rule: &Option<String>| filter.is_none() || filter == rule;
    filter.logsource.as_ref().is_none_or(|f| {
        let r = &rule.meta.logsource;
        same(&f.product, &r.product) && same(&f.category, &r.category) && same(&f.service, &r.service)
    })
}

/// Rules a filter names but cannot narrow: told, because a filter that quietly does nothing is not noticed.
fn unknown_targets(filter: &FilterRule, rules: &[Rule], correlations: &[Source], place: &Place) -> Vec<ContentError> {
    let FilterRuleTarget::Specific(list) = &filter.rules else { return Vec::new() };
    let told = |reference: &String| {
        let mut found = rules.iter().filter(|r| names(reference, r)).peekable();
        let fault = if found.peek().is_some() {
            if found.any(|r| same_source(filter, r)) {
                return None;
            }
            Fault::new(
                format!("the filter names the rule `{reference}`, whose log source is another"),
                "give the filter the log source of the rule, or remove the rule from its list",
            )
        } else if correlations.iter().any(|(c, ..)| [&c.id, &c.name].into_iter().flatten().any(|n| n == reference)) {
            Fault::new(
                format!("the filter names `{reference}`, which is a correlation"),
                "name the rules that the correlation refers to",
            )
        } else {
            Fault::new(
                format!("the filter names the rule `{reference}`, which is not loaded"),
                "correct the id or name, or load the rule",
            )
        };
        Some(place.error(fault.near(reference.clone())))
    };
    list.iter().filter_map(told).collect()
}
