//! Pipelines applied to a rule before it is compiled.

use super::{Change, Chosen, FieldCondition, Pipeline, Rename, RuleCondition, Step};
use crate::condition::ADDED;
use crate::fault::{Fault, Outcome};
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, FilterRule, LogSource, Modifier, SelectorPattern, SigmaRule,
    SigmaString, SigmaValue,
};
use std::sync::Arc;

/// The renamings that were applied to a rule, in their order: correlations need them for the
/// fields they group by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renames(Vec<(Arc<Rename>, Chosen<FieldCondition>)>);

impl Renames {
    /// The names that `field` has now.
    pub(crate) fn of(&self, field: &str) -> Vec<String> {
        let mut names = vec![field.to_owned()];
        for (rename, fields) in &self.0 {
            let new = |n: &String| rename.of(n).filter(|_| is_meant(fields, n)).unwrap_or_else(|| vec![n.clone()]);
            names = names.iter().flat_map(new).collect();
        }
        names
    }
}

fn is_meant(fields: &Chosen<FieldCondition>, name: &str) -> bool {
    fields.holds(|condition| match condition {
        FieldCondition::Include(fields) => fields.iter().any(|f| f.is_match(name)),
        FieldCondition::Exclude(fields) => !fields.iter().any(|f| f.is_match(name)),
    })
}

/// What conditions look at.
struct Subject<'a> {
    rule: Option<&'a SigmaRule>,
    applied: Vec<String>,
}

/// Adapts a rule.
pub(crate) fn adapt_rule(rule: &mut SigmaRule, pipelines: &[Pipeline]) -> Outcome<Renames> {
    if pipelines.is_empty() {
        return Ok(Renames::default());
    }
    let (mut detections, mut source) = (rule.detection.clone(), rule.logsource.clone());
    let renames = adapt(&mut detections, &mut source, Some(rule), pipelines)?;
    for name in &mut rule.fields {
        if let Some(first) = renames.of(name).into_iter().next() {
            *name = first;
        }
    }
    (rule.detection, rule.logsource) = (detections, source);
    Ok(renames)
}

/// Adapts a filter, by its own log source.
pub(crate) fn adapt_filter(filter: &mut FilterRule, pipelines: &[Pipeline]) -> Outcome<()> {
    let mut source = filter.logsource.clone().unwrap_or_default();
    adapt(&mut filter.detection, &mut source, None, pipelines)?;
    if filter.logsource.is_some() {
        filter.logsource = Some(source);
    }
    Ok(())
}

fn adapt(
    detections: &mut Detections,
    source: &mut LogSource,
    rule: Option<&SigmaRule>,
    pipelines: &[Pipeline],
) -> Outcome<Renames> {
    let mut order: Vec<&Pipeline> = pipelines.iter().collect();
    order.sort_by_key(|p| p.priority);
    let mut subject = Subject { rule, applied: Vec::new() };
    let mut renames = Renames::default();
    for pipeline in order {
        for step in &pipeline.steps {
            if step.rules.holds(|c| chooses(c, &subject, source, detections)) {
                apply(step, pipeline, detections, source, rule.is_none(), &mut renames)?;
                subject.applied.extend(step.id.clone());
            }
        }
    }
    Ok(renames)
}

fn chooses(condition: &RuleCondition, subject: &Subject<'_>, source: &LogSource, detections: &Detections) -> bool {
    let same = |wanted: &Option<String>, have: &Option<String>| wanted.is_none() || wanted == have;
    match condition {
        RuleCondition::LogSource([product, category, service]) => {
            same(product, &source.product) && same(category, &source.category) && same(service, &source.service)
        }
        RuleCondition::Tag(tag) => subject.rule.is_some_and(|r| r.tags.contains(tag)),
        RuleCondition::Applied(id) => subject.applied.contains(id),
        RuleCondition::ContainsField(field) => detections.named.values().any(|d| names_field(d, field)),
        RuleCondition::Attribute(name, value) => subject.rule.is_some_and(|r| {
            let attribute = match name.as_str() {
                "id" => r.id.clone(),
                "name" => r.name.clone(),
                "title" => Some(r.title.clone()),
                "taxonomy" => Some(r.taxonomy.clone().unwrap_or_else(|| "sigma".to_owned())),
                "author" => r.author.clone(),
                "level" => r.level.map(|l| l.as_str().to_owned()),
                _ => None,
            };
            attribute.as_ref() == Some(value)
        }),
    }
}

fn names_field(detection: &Detection, field: &str) -> bool {
    match detection {
        Detection::AllOf(items) => items.iter().any(|i| i.field.name.as_deref() == Some(field)),
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter().any(|p| names_field(p, field)),
        _ => false,
    }
}

fn apply(
    step: &Step,
    pipeline: &Pipeline,
    detections: &mut Detections,
    source: &mut LogSource,
    filter: bool,
    renames: &mut Renames,
) -> Outcome<()> {
    match &step.change {
        Change::Refuse(message) => {
            return Err(Fault::new(
                format!("the pipeline `{}` refuses the rule: {message}", pipeline.name),
                "change the rule, or the pipeline",
            ));
        }
        Change::LogSource([product, category, service]) => {
            *source = LogSource {
                product: product.clone(),
                category: category.clone(),
                service: service.clone(),
                ..source.clone()
            };
            return Ok(());
        }
        // What narrows a rule would widen a filter.
        Change::AddCondition { .. } if filter => return Ok(()),
        Change::AddCondition { items, negated } => {
            add_condition(items, *negated, detections);
            return Ok(());
        }
        Change::Rename(rename) => renames.0.push((Arc::clone(rename), step.fields.clone())),
        _ => {}
    }
    let mut emptied = Vec::new();
    for (name, detection) in &mut detections.named {
        match changed(std::mem::replace(detection, Detection::AllOf(Vec::new())), step, pipeline) {
            Some(made) => *detection = made,
            None => emptied.push(name.clone()),
        }
    }
    drop_named(&emptied, pipeline, detections)
}

/// The detection after the step; `None` when nothing is left of it.
fn changed(detection: Detection, step: &Step, pipeline: &Pipeline) -> Option<Detection> {
    let each = |parts: Vec<Detection>| -> Vec<Detection> {
        parts.into_iter().filter_map(|p| changed(p, step, pipeline)).collect()
    };
    match detection {
        Detection::AllOf(items) => {
            let parts: Vec<Detection> = items.into_iter().filter_map(|i| changed_item(i, step, pipeline)).collect();
            let single = |d: &Detection| matches!(d, Detection::AllOf(items) if items.len() == 1);
            if parts.iter().all(single) {
                let items =
                    parts.into_iter().flat_map(|p| if let Detection::AllOf(items) = p { items } else { Vec::new() });
                let items: Vec<DetectionItem> = items.collect();
                return (!items.is_empty()).then_some(Detection::AllOf(items));
            }
            Some(Detection::And(parts))
        }
        Detection::AnyOf(parts) => Some(each(parts)).filter(|p| !p.is_empty()).map(Detection::AnyOf),
        Detection::And(parts) => Some(each(parts)).filter(|p| !p.is_empty()).map(Detection::And),
        other => Some(other),
    }
}

fn changed_item(mut item: DetectionItem, step: &Step, pipeline: &Pipeline) -> Option<Detection> {
    let one = |item: DetectionItem| Some(Detection::AllOf(vec![item]));
    if !is_meant(&step.fields, item.field.name.as_deref().unwrap_or_default()) {
        return one(item);
    }
    match &step.change {
        Change::DropItem => return None,
        Change::SetValue(value) => item.values = vec![value.clone()],
        Change::ReplaceText { find, by } => {
            for value in &mut item.values {
                if let SigmaValue::String(text) = value {
                    *text = SigmaString::new(&find.replace_all(&text.original, by.as_str()));
                }
            }
        }
        Change::Placeholders { include, exclude, wildcard } if item.field.has_modifier(Modifier::Expand) => {
            let meant = |name: &str| {
                (include.is_empty() || include.iter().any(|i| i == name)) && !exclude.iter().any(|e| e == name)
            };
            for (name, values) in pipeline.vars.iter().filter(|(name, _)| meant(name)) {
                let star = ["*".to_owned()];
                item.values = replaced(&item.values, name, if *wildcard { &star } else { values });
            }
        }
        Change::Rename(rename) => return Some(renamed(item, rename)),
        _ => {}
    }
    one(item)
}

/// Each text with `%name%` becomes one text per value.
fn replaced(texts: &[SigmaValue], name: &str, values: &[String]) -> Vec<SigmaValue> {
    let mark = format!("%{name}%");
    let each = |value: &SigmaValue| match value {
        SigmaValue::String(text) if text.original.contains(&mark) => {
            values.iter().map(|v| SigmaValue::String(SigmaString::new(&text.original.replace(&mark, v)))).collect()
        }
        other => vec![other.clone()],
    };
    texts.iter().flat_map(each).collect()
}

/// A field of several new names matches when one of them does.
fn renamed(mut item: DetectionItem, rename: &Rename) -> Detection {
    if item.field.has_modifier(Modifier::FieldRef) {
        let each = |value: &SigmaValue| match value {
            SigmaValue::String(other) => {
                let names = rename.of(&other.original).unwrap_or_else(|| vec![other.original.clone()]);
                names.iter().map(|n| SigmaValue::from_raw_string(n)).collect()
            }
            other => vec![other.clone()],
        };
        item.values = item.values.iter().flat_map(each).collect();
    }
    let names = item.field.name.as_deref().and_then(|n| rename.of(n)).unwrap_or_default();
    let with = |name: &String| {
        let mut item = item.clone();
        item.field.name = Some(name.clone());
        Detection::AllOf(vec![item])
    };
    match names.as_slice() {
        [] => Detection::AllOf(vec![item]),
        [one] => with(one),
        several => Detection::AnyOf(several.iter().map(with).collect()),
    }
}

/// Adds a detection that no pattern of the rule finds, and joins it with every condition.
fn add_condition(items: &[(rsigma_parser::FieldSpec, Vec<SigmaValue>)], negated: bool, detections: &mut Detections) {
    let item = |(field, values): &(rsigma_parser::FieldSpec, Vec<SigmaValue>)| DetectionItem {
        field: field.clone(),
        values: values.clone(),
    };
    let name = format!("{ADDED}condition {}", detections.named.len());
    detections.named.insert(name.clone(), Detection::AllOf(items.iter().map(item).collect()));
    let added = ConditionExpr::Identifier(name.clone());
    let added = if negated { ConditionExpr::Not(Box::new(added)) } else { added };
    for condition in &mut detections.conditions {
        *condition = ConditionExpr::And(vec![added.clone(), condition.clone()]);
    }
    for text in &mut detections.condition_strings {
        *text = format!("{}{name} and ({text})", if negated { "not " } else { "" });
    }
}

/// Removes detections of which nothing is left, and what conditions say of them.
fn drop_named(emptied: &[String], pipeline: &Pipeline, detections: &mut Detections) -> Outcome<()> {
    if emptied.is_empty() {
        return Ok(());
    }
    detections.named.retain(|name, _| !emptied.contains(name));
    let left: Vec<&String> = detections.named.keys().collect();
    let conditions: Vec<ConditionExpr> = detections.conditions.iter().filter_map(|c| pruned(c, &left)).collect();
    if conditions.is_empty() {
        return Err(Fault::new(
            format!("the pipeline `{}` leaves nothing of the rule", pipeline.name),
            "limit drop_detection_item by field_name_conditions, or refuse the rule by rule_failure",
        ));
    }
    detections.conditions = conditions;
    Ok(())
}

fn pruned(condition: &ConditionExpr, left: &[&String]) -> Option<ConditionExpr> {
    let each =
        |parts: &[ConditionExpr]| -> Vec<ConditionExpr> { parts.iter().filter_map(|p| pruned(p, left)).collect() };
    match condition {
        ConditionExpr::And(parts) => Some(each(parts)).filter(|p| !p.is_empty()).map(ConditionExpr::And),
        ConditionExpr::Or(parts) => Some(each(parts)).filter(|p| !p.is_empty()).map(ConditionExpr::Or),
        ConditionExpr::Not(part) => pruned(part, left).map(|p| ConditionExpr::Not(Box::new(p))),
        ConditionExpr::Identifier(name) => left.contains(&name).then(|| condition.clone()),
        ConditionExpr::Selector { pattern, .. } => {
            let finds = |name: &&&String| match pattern {
                SelectorPattern::Them => !name.starts_with('_'),
                SelectorPattern::Pattern(p) => crate::condition::name_matches(p, name),
            };
            left.iter().find(finds).map(|_| condition.clone())
        }
    }
}
