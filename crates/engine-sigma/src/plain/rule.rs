//! A rule from a document in the plain form: the same that the full parser makes of it.
//!
//! Members that are no part of Sigma are left out, since nothing looks at them; a document with a
//! `mangrove:` block, a correlation, a filter or a part of a collection is declined.

use super::yaml::{self, Members, Node};
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, LogSource, Related, SigmaRule, SigmaString, SigmaValue,
    StringPart, parse_condition, parse_field_spec,
};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::HashMap;

/// Conditions that were parsed before: a few hundred serve thousands of rules.
#[derive(Default)]
pub(crate) struct Conditions(FxHashMap<String, ConditionExpr>);

/// Most conditions that are remembered.
const MOST_CONDITIONS: usize = 4_096;

impl Conditions {
    fn parse(&mut self, text: &str) -> Option<ConditionExpr> {
        if let Some(known) = self.0.get(text) {
            return Some(known.clone());
        }
        let parsed = parse_condition(text).ok()?;
        if self.0.len() < MOST_CONDITIONS {
            self.0.insert(text.to_owned(), parsed.clone());
        }
        Some(parsed)
    }
}

/// Members that make a document something else than one rule, or that mean more than is read here.
const DECLINED: [&str; 6] = ["action", "correlation", "filter", "sigma-version", "custom_attributes", "mangrove"];

/// Reads a document; `None` when it is not surely a rule without mistakes in the plain form.
pub(crate) fn read_rule(text: &str, conditions: &mut Conditions) -> Option<SigmaRule> {
    let mut members = yaml::read(text)?;
    if members.iter().any(|(name, _)| DECLINED.contains(&&**name)) {
        return None;
    }
    let detection = detections(map(take(&mut members, "detection")?)?, conditions)?;
    let logsource = match take(&mut members, "logsource") {
        Some(node) => logsource(map(node)?),
        None => LogSource::default(),
    };
    let related = match take(&mut members, "related") {
        Some(node) => related(node)?,
        None => Vec::new(),
    };
    Some(SigmaRule {
        title: text_of(&mut members, "title")?,
        logsource,
        detection,
        sigma_version: None,
        id: text_of(&mut members, "id"),
        name: text_of(&mut members, "name"),
        related,
        taxonomy: text_of(&mut members, "taxonomy"),
        status: word(&mut members, "status")?,
        description: text_of(&mut members, "description"),
        license: text_of(&mut members, "license"),
        author: text_of(&mut members, "author"),
        references: texts_of(&mut members, "references"),
        date: text_of(&mut members, "date"),
        modified: text_of(&mut members, "modified"),
        fields: texts_of(&mut members, "fields"),
        falsepositives: texts_of(&mut members, "falsepositives"),
        level: word(&mut members, "level")?,
        tags: texts_of(&mut members, "tags"),
        scope: texts_of(&mut members, "scope"),
        custom_attributes: HashMap::new(),
    })
}

/// The value of a member, taken out.
fn take<'a>(members: &mut Members<'a>, name: &str) -> Option<Node<'a>> {
    let (_, node) = members.iter_mut().find(|(n, _)| n == name)?;
    Some(std::mem::replace(node, Node::Null))
}

fn map(node: Node<'_>) -> Option<Members<'_>> {
    match node {
        Node::Map(members) => Some(members),
        _ => None,
    }
}

/// A member that is text; other kinds are passed over, as the full parser does.
fn text_of(members: &mut Members<'_>, name: &str) -> Option<String> {
    match take(members, name)? {
        Node::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}

/// A member that is text or a list of texts.
fn texts_of(members: &mut Members<'_>, name: &str) -> Vec<String> {
    match take(members, name) {
        Some(Node::Text(text)) => vec![text.into_owned()],
        Some(Node::List(items)) => {
            let text = |node| if let Node::Text(text) = node { Some(text.into_owned()) } else { None };
            items.into_iter().filter_map(text).collect()
        }
        _ => Vec::new(),
    }
}

/// A member that is one of some words; declined when it is another one.
fn word<T: std::str::FromStr>(members: &mut Members<'_>, name: &str) -> Option<Option<T>> {
    match take(members, name) {
        Some(Node::Text(text)) => text.parse().ok().map(Some),
        _ => Some(None),
    }
}

fn logsource(mut members: Members<'_>) -> LogSource {
    let mut source = LogSource {
        category: text_of(&mut members, "category"),
        product: text_of(&mut members, "product"),
        service: text_of(&mut members, "service"),
        definition: text_of(&mut members, "definition"),
        custom: HashMap::new(),
    };
    let known = ["category", "product", "service", "definition", ""];
    for (name, node) in members {
        if let (false, Node::Text(text)) = (known.contains(&&*name), node) {
            source.custom.insert(name.into_owned(), text.into_owned());
        }
    }
    source
}

fn related(node: Node<'_>) -> Option<Vec<Related>> {
    let Node::List(items) = node else { return None };
    let one = |node| {
        let mut members = map(node)?;
        let relation_type = word(&mut members, "type")??;
        Some(Related { id: text_of(&mut members, "id")?, relation_type })
    };
    items.into_iter().map(one).collect()
}

fn detections(mut members: Members<'_>, conditions: &mut Conditions) -> Option<Detections> {
    let texts = match take(&mut members, "condition")? {
        Node::Text(text) => vec![text.into_owned()],
        Node::List(items) => {
            let text = |node| if let Node::Text(text) = node { Some(text.into_owned()) } else { None };
            items.into_iter().map(text).collect::<Option<_>>()?
        }
        _ => return None,
    };
    let mut named = HashMap::with_capacity(members.len());
    for (name, node) in members {
        match &*name {
            "condition" => {}
            "timeframe" => return None,
            _ => drop(named.insert(name.into_owned(), detection(node)?)),
        }
    }
    let parsed = texts.iter().map(|text| conditions.parse(text)).collect::<Option<_>>()?;
    Some(Detections { named, conditions: parsed, condition_strings: texts, timeframe: None })
}

fn detection(node: Node<'_>) -> Option<Detection> {
    match node {
        Node::Map(members) => {
            let items = members.into_iter().map(|(name, node)| item(&name, node));
            items.collect::<Option<_>>().map(Detection::AllOf)
        }
        Node::List(items) if items.iter().any(|i| matches!(i, Node::Map(_) | Node::List(_))) => {
            items.into_iter().map(detection).collect::<Option<_>>().map(Detection::AnyOf)
        }
        Node::List(items) => {
            items.into_iter().map(|node| value(node, false)).collect::<Option<_>>().map(Detection::Keywords)
        }
        single => Some(Detection::Keywords(vec![value(single, false)?])),
    }
}

fn item(name: &str, node: Node<'_>) -> Option<DetectionItem> {
    // Brackets are marked by the full parser.
    if name.contains(['[', ']']) {
        return None;
    }
    let field = parse_field_spec(name).ok()?;
    let raw = field.has_modifier(rsigma_parser::Modifier::Re);
    let values = match node {
        Node::List(items) => items.into_iter().map(|node| value(node, raw)).collect::<Option<_>>()?,
        single => vec![value(single, raw)?],
    };
    Some(DetectionItem { field, values })
}

fn value(node: Node<'_>, raw: bool) -> Option<SigmaValue> {
    Some(match node {
        Node::Null => SigmaValue::Null,
        Node::Bool(b) => SigmaValue::Bool(b),
        Node::Int(n) => SigmaValue::Integer(n),
        Node::Text(text) => SigmaValue::String(string(text, raw)),
        // The full parser makes text of these.
        Node::List(_) | Node::Map(_) => return None,
    })
}

fn string(text: Cow<'_, str>, raw: bool) -> SigmaString {
    if !raw && text.contains(['*', '?', '\\']) {
        return SigmaString::new(&text);
    }
    let original = text.into_owned();
    let parts = if original.is_empty() { Vec::new() } else { vec![StringPart::Plain(original.clone())] };
    SigmaString { parts, original }
}
