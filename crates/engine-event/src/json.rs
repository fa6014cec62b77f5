//! JSON objects to flat records and back.

use crate::{Field, Kind, Record};
use serde_json::Value;

/// Bounds of flattening: what exceeds them is left out and [`flatten`] says so.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Deepest nesting of objects and lists.
    pub depth: usize,
    /// Most fields of a record.
    pub fields: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, fields: 10_000 }
    }
}

/// Appends the members of `object` to `record`, nested names joined with dots.
///
/// Returns `false` when something was left out because of `limits`.
pub fn flatten(object: &serde_json::Map<String, Value>, limits: Limits, record: &mut Record) -> bool {
    let mut whole = true;
    let mut name = String::with_capacity(64);
    for (key, value) in object {
        name.clear();
        name.push_str(key);
        whole &= push_value(&mut name, value, limits.depth, limits, false, record);
    }
    whole
}

fn push_value(
    name: &mut String,
    value: &Value,
    depth: usize,
    limits: Limits,
    in_list: bool,
    record: &mut Record,
) -> bool {
    if record.len() >= limits.fields {
        return false;
    }
    let mut add = |text: &str, kind| {
        if in_list { record.push_element(name, text, kind) } else { record.push(name, text, kind) }
    };
    match value {
        Value::Null => add("", Kind::Null),
        Value::Bool(b) => add(if *b { "true" } else { "false" }, Kind::Bool),
        Value::Number(n) => add(&n.to_string(), Kind::Number),
        Value::String(s) => add(s, Kind::Text),
        Value::Object(_) | Value::Array(_) if depth == 0 => false,
        Value::Array(items) => {
            let mut whole = true;
            for item in items {
                whole &= push_value(name, item, depth - 1, limits, true, record);
            }
            whole
        }
        Value::Object(members) => {
            let base = name.len();
            let mut whole = true;
            for (key, item) in members {
                name.truncate(base);
                name.push('.');
                name.push_str(key);
                whole &= push_value(name, item, depth - 1, limits, in_list, record);
            }
            name.truncate(base);
            whole
        }
    }
}

/// The JSON value of a field: numbers and booleans as such where their text allows.
#[must_use]
pub fn value_of(field: &Field<'_>) -> Value {
    match field.kind {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(field.text == "true"),
        Kind::Number => serde_json::from_str::<serde_json::Number>(field.text)
            .map_or_else(|_| Value::from(field.text), Value::Number),
        Kind::Text => Value::from(field.text),
    }
}

/// Reads back what [`Record`]'s `Serialize` wrote: a flat object.
///
/// # Errors
/// When `text` is not a JSON object.
pub fn record_from_json(text: &str) -> Result<Record, serde_json::Error> {
    let object: serde_json::Map<String, Value> = serde_json::from_str(text)?;
    let mut record = Record::new();
    flatten(&object, Limits::default(), &mut record);
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flattens_and_writes_back() {
        let text = r#"{"a":1,"b":{"c":[true,"x"],"d":null},"e":"ố"}"#;
        let record = record_from_json(text).expect("object");
        let names: Vec<_> = record.iter().map(|f| f.name.to_owned()).collect();
        assert_eq!(names, ["a", "b.c", "b.c", "b.d", "e"]);
        let out = serde_json::to_string(&record).expect("serialises");
        assert_eq!(out, r#"{"a":1,"b.c":[true,"x"],"b.d":null,"e":"ố"}"#);
        assert_eq!(record_from_json(&out).expect("object"), record);
    }

    #[test]
    fn deep_and_wide_input_is_bounded() {
        let deep = format!("{}1{}", "{\"k\":".repeat(60), "}".repeat(60));
        let object: serde_json::Map<String, Value> = serde_json::from_str(&deep).expect("object");
        let mut record = Record::new();
        assert!(!flatten(&object, Limits::default(), &mut record));
        assert!(record.is_empty());
    }
}
