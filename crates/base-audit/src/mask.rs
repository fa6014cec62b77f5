//! Keeps secrets out of the trail, which many may read and nobody can change.

use serde_json::Value;

/// What stands in place of a secret.
const MASKED: &str = "•••";

/// Endings of names whose values are secrets, in lower case.
const SECRET: [&str; 9] =
    ["password", "passphrase", "secret", "token", "private_key", "recovery_code", "cookie", "authorization", "otp"];

/// The same value with the texts and numbers of fields named like secrets replaced. Whether one was set stays visible:
/// `null`, `true` and `false` are kept.
pub(crate) fn mask(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let lower = name.to_lowercase().replace('-', "_");
                    let secret = SECRET.iter().any(|s| lower.ends_with(s) || lower.trim_end_matches('s').ends_with(s));
                    let value = if secret { hide(value) } else { mask(value) };
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(mask).collect()),
        other => other,
    }
}

fn hide(value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value,
        Value::String(_) | Value::Number(_) => Value::String(MASKED.to_owned()),
        Value::Array(items) => Value::Array(items.into_iter().map(hide).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, hide(value))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_at_any_depth_and_the_rest_stays() {
        let value = json!({"name": "An", "smtp-Password": "x", "tokens": ["a", 1], "set": {"secret": {"k": "v"}, "token": null, "must_change_password": true}});
        let wanted = json!({"name": "An", "smtp-Password": "•••", "tokens": ["•••", "•••"], "set": {"secret": {"k": "•••"}, "token": null, "must_change_password": true}});
        assert_eq!(mask(value), wanted);
    }
}
