//! A pipeline file, understood or refused with line and remedy.

use super::{Change, Chosen, FieldCondition, Pipeline, Rename, RuleCondition, Step};
use crate::fault::{Fault, Outcome};
use base_core::{ContentError, ContentFile};
use regex::Regex;
use rsigma_parser::{FieldSpec, SigmaString, SigmaValue, parse_field_spec};
use serde_yaml_ng::{Mapping, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const UNDERSTOOD: &str = "field_name_mapping, field_name_prefix_mapping, field_name_prefix, field_name_suffix, drop_detection_item, add_condition, change_logsource, set_value, replace_string, value_placeholders, wildcard_placeholders and rule_failure are understood";

impl Pipeline {
    /// Reads a pipeline file.
    ///
    /// # Errors
    /// With line and remedy, when it is no YAML, or holds what is not understood.
    pub fn read(file: &ContentFile) -> Result<Pipeline, ContentError> {
        let document: Value = serde_yaml_ng::from_str(&file.text).map_err(|e| ContentError {
            file: file.path.clone(),
            line: e.location().map(|l| l.line()),
            message: format!("the pipeline cannot be read: {e}"),
            remedy: "correct the YAML: indentation, quotes, colons".to_owned(),
        })?;
        pipeline(&document, &file.path).map_err(|fault| fault.at(&file.path, &file.text, 1))
    }
}

fn pipeline(document: &Value, path: &str) -> Outcome<Pipeline> {
    let all = mapping(document, "the pipeline")?;
    only(all, &["name", "priority", "vars", "transformations", "allowed_backends"])?;
    let mut vars = BTreeMap::new();
    if let Some(given) = all.get("vars") {
        for (name, values) in mapping(given, "vars")? {
            vars.insert(text(name, "vars")?, texts(values, "vars")?);
        }
    }
    let steps = all.get("transformations").and_then(Value::as_sequence).ok_or_else(|| {
        Fault::new("the pipeline has no `transformations`", "list at least one transformation with its `type`")
    })?;
    Ok(Pipeline {
        name: all.get("name").and_then(Value::as_str).unwrap_or(path).to_owned(),
        priority: all.get("priority").and_then(Value::as_i64).unwrap_or(0),
        vars,
        steps: steps.iter().map(step).collect::<Outcome<_>>()?,
    })
}

fn step(value: &Value) -> Outcome<Step> {
    let all = mapping(value, "a transformation")?;
    let kind = text(all.get("type").unwrap_or(&Value::Null), "type")?;
    step_of(all, &kind).map_err(|f| f.near(kind))
}

fn step_of(all: &Mapping, kind: &str) -> Outcome<Step> {
    let own: &[&str] = match kind {
        "field_name_mapping" | "field_name_prefix_mapping" => &["mapping"],
        "field_name_prefix" => &["prefix"],
        "field_name_suffix" => &["suffix"],
        "drop_detection_item" => &[],
        "add_condition" => &["conditions", "negated"],
        "change_logsource" => &["category", "product", "service"],
        "set_value" => &["value"],
        "replace_string" => &["regex", "replacement"],
        "value_placeholders" | "wildcard_placeholders" => &["include", "exclude"],
        "rule_failure" => &["message"],
        other => return Err(Fault::new(format!("the transformation `{other}` is not known here"), UNDERSTOOD)),
    };
    let common = [
        "id",
        "type",
        "rule_conditions",
        "rule_cond_op",
        "rule_cond_not",
        "field_name_conditions",
        "field_name_cond_op",
        "field_name_cond_not",
    ];
    only(all, &[&common, own].concat())?;
    Ok(Step {
        id: all.get("id").map(|id| text(id, "id")).transpose()?,
        change: change(all, kind)?,
        rules: chosen(all, "rule_conditions", "rule_cond_op", "rule_cond_not", rule_condition)?,
        fields: chosen(all, "field_name_conditions", "field_name_cond_op", "field_name_cond_not", field_condition)?,
    })
}

fn change(all: &Mapping, kind: &str) -> Outcome<Change> {
    let need = |key: &str| {
        all.get(key).ok_or_else(|| Fault::new(format!("`{kind}` needs `{key}`"), format!("add `{key}:` to it")))
    };
    let list = |key: &str| all.get(key).map(|v| texts(v, key)).transpose().map(Option::unwrap_or_default);
    Ok(match kind {
        "field_name_mapping" => Change::Rename(Arc::new(Rename::Names(names(need("mapping")?)?))),
        "field_name_prefix_mapping" => Change::Rename(Arc::new(Rename::Prefixes(names(need("mapping")?)?))),
        "field_name_prefix" => {
            Change::Rename(Arc::new(Rename::Around { before: text(need("prefix")?, "prefix")?, after: String::new() }))
        }
        "field_name_suffix" => {
            Change::Rename(Arc::new(Rename::Around { before: String::new(), after: text(need("suffix")?, "suffix")? }))
        }
        "drop_detection_item" => Change::DropItem,
        "add_condition" => {
            let mut items = Vec::new();
            for (key, values) in mapping(need("conditions")?, "conditions")? {
                let spec: FieldSpec = parse_field_spec(&text(key, "conditions")?)
                    .map_err(|e| Fault::new(e.to_string(), "use a modifier of Sigma 2.1"))?;
                let values = values.as_sequence().cloned().unwrap_or_else(|| vec![values.clone()]);
                items.push((spec, values.iter().map(sigma_value).collect::<Outcome<_>>()?));
            }
            Change::AddCondition { items, negated: flag(all, "negated")? }
        }
        "change_logsource" => Change::LogSource(source(all)?),
        "set_value" => Change::SetValue(sigma_value(need("value")?)?),
        "replace_string" => Change::ReplaceText {
            find: expression(&text(need("regex")?, "regex")?)?,
            by: text(need("replacement")?, "replacement")?,
        },
        "rule_failure" => Change::Refuse(text(need("message")?, "message")?),
        _ => Change::Placeholders {
            include: list("include")?,
            exclude: list("exclude")?,
            wildcard: kind == "wildcard_placeholders",
        },
    })
}

fn chosen<C>(
    all: &Mapping,
    key: &str,
    join: &str,
    not: &str,
    read: fn(&Mapping, &str) -> Outcome<C>,
) -> Outcome<Chosen<C>> {
    let list = all.get(key).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
    let one = |value: &Value| {
        let all = mapping(value, key)?;
        let kind = text(all.get("type").unwrap_or(&Value::Null), "type")?;
        read(all, &kind).map_err(|f| f.near(kind))
    };
    let conditions = list.iter().map(one).collect::<Outcome<Vec<C>>>()?;
    let any = match all.get(join).and_then(Value::as_str) {
        None | Some("and") => false,
        Some("or") => true,
        Some(other) => return Err(Fault::new(format!("`{join}: {other}`"), "write `and` or `or`").near(join)),
    };
    Ok(Chosen { conditions, any, negated: flag(all, not)? })
}

fn rule_condition(all: &Mapping, kind: &str) -> Outcome<RuleCondition> {
    let value = |key: &str| text(all.get(key).unwrap_or(&Value::Null), key);
    match kind {
        "logsource" => {
            only(all, &["type", "category", "product", "service"])?;
            Ok(RuleCondition::LogSource(source(all)?))
        }
        "tag" => Ok(RuleCondition::Tag(value("tag")?)),
        "contains_field" => Ok(RuleCondition::ContainsField(value("field")?)),
        "processing_item_applied" => Ok(RuleCondition::Applied(value("processing_item_id")?)),
        "rule_attribute" => {
            only(all, &["type", "attribute", "value"])?;
            Ok(RuleCondition::Attribute(value("attribute")?, value("value")?))
        }
        other => Err(Fault::new(
            format!("the rule condition `{other}` is not known here"),
            "logsource, tag, contains_field, rule_attribute and processing_item_applied are understood",
        )),
    }
}

fn field_condition(all: &Mapping, kind: &str) -> Outcome<FieldCondition> {
    let plain = all.get("mode").and_then(Value::as_str).unwrap_or("plain") == "plain";
    let form = |f: &String| if plain { format!("^{}$", regex::escape(f)) } else { f.clone() };
    let fields = texts(all.get("fields").unwrap_or(&Value::Null), "fields")?;
    let fields = fields.iter().map(|f| expression(&form(f))).collect::<Outcome<Vec<Regex>>>()?;
    match kind {
        "include_fields" => Ok(FieldCondition::Include(fields)),
        "exclude_fields" => Ok(FieldCondition::Exclude(fields)),
        other => Err(Fault::new(
            format!("the field condition `{other}` is not known here"),
            "include_fields and exclude_fields are understood",
        )),
    }
}

fn names(value: &Value) -> Outcome<BTreeMap<String, Vec<String>>> {
    let each = mapping(value, "mapping")?.iter().map(|(old, new)| {
        let new = texts(new, "mapping")?;
        if new.is_empty() {
            return Err(Fault::new("a field is mapped to nothing", "give it a name, or use drop_detection_item"));
        }
        Ok((text(old, "mapping")?, new))
    });
    each.collect()
}

fn source(all: &Mapping) -> Outcome<[Option<String>; 3]> {
    let one = |key: &str| all.get(key).map(|v| text(v, key)).transpose();
    Ok([one("product")?, one("category")?, one("service")?])
}

fn sigma_value(value: &Value) -> Outcome<SigmaValue> {
    Ok(match value {
        Value::Null => SigmaValue::Null,
        Value::Bool(b) => SigmaValue::Bool(*b),
        Value::Number(n) => {
            n.as_i64().map_or_else(|| SigmaValue::Float(n.as_f64().unwrap_or(0.0)), SigmaValue::Integer)
        }
        Value::String(s) => SigmaValue::String(SigmaString::new(s)),
        _ => return Err(Fault::new("a value is neither text nor number", "write text, a number, true, false or null")),
    })
}

fn expression(text: &str) -> Outcome<Regex> {
    Regex::new(text).map_err(|e| {
        Fault::new(format!("the regular expression `{text}` cannot be used: {e}"), "correct the expression").near(text)
    })
}

fn flag(all: &Mapping, key: &str) -> Outcome<bool> {
    match all.get(key) {
        None => Ok(false),
        Some(value) => value
            .as_bool()
            .ok_or_else(|| Fault::new(format!("`{key}` is neither true nor false"), "write true or false").near(key)),
    }
}

fn mapping<'a>(value: &'a Value, what: &str) -> Outcome<&'a Mapping> {
    value
        .as_mapping()
        .ok_or_else(|| Fault::new(format!("`{what}` is no mapping"), "write names with values").near(what))
}

fn text(value: &Value, what: &str) -> Outcome<String> {
    match value {
        Value::String(s) => Ok(s.clone()),
        Value::Number(n) => Ok(n.to_string()),
        _ => Err(Fault::new(format!("`{what}` is no text"), "write it as text").near(what)),
    }
}

fn texts(value: &Value, what: &str) -> Outcome<Vec<String>> {
    match value.as_sequence() {
        Some(list) => list.iter().map(|v| text(v, what)).collect(),
        None => Ok(vec![text(value, what)?]),
    }
}

/// A name that is not known is a typing error or a newer form: both are told.
fn only(all: &Mapping, known: &[&str]) -> Outcome<()> {
    match all.keys().filter_map(Value::as_str).find(|k| !known.contains(k)) {
        Some(other) => {
            Err(Fault::new(format!("`{other}` is not known here"), "correct the name, or remove it").near(other))
        }
        None => Ok(()),
    }
}
