//! The JSON form (OTLP specification, "JSON Protobuf Encoding"): names in camel case, ids in hexadecimal,
//! 64-bit numbers as text or number, unknown members passed over.

use super::model::{Attributes, Group, Log, Scope, Value};
use super::{MAX_DEPTH, OtlpError};
use base64::Engine as _;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// Reads an `ExportLogsServiceRequest`.
///
/// # Errors
/// [`OtlpError`] when the text is not one.
pub fn from_json(text: &[u8]) -> Result<Vec<Group<'static>>, OtlpError> {
    let request: Request = serde_json::from_slice(text).map_err(|e| OtlpError::Json(e.to_string()))?;
    request.resource_logs.into_iter().map(group).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogs {
    resource: Resource,
    scope_logs: Vec<ScopeLogs>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resource {
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogs {
    scope: About,
    log_records: Vec<LogRecord>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct About {
    name: String,
    version: String,
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LogRecord {
    #[serde(deserialize_with = "number")]
    time_unix_nano: i128,
    #[serde(deserialize_with = "number")]
    observed_time_unix_nano: i128,
    #[serde(deserialize_with = "number")]
    severity_number: i128,
    severity_text: String,
    event_name: String,
    body: Option<AnyValue>,
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    flags: i128,
    trace_id: String,
    span_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyValue {
    key: String,
    value: Option<AnyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    #[serde(deserialize_with = "maybe_number")]
    int_value: Option<i128>,
    #[serde(deserialize_with = "double")]
    double_value: Option<f64>,
    array_value: Option<Array>,
    kvlist_value: Option<Pairs>,
    bytes_value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Array {
    values: Vec<AnyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pairs {
    values: Vec<KeyValue>,
}

/// A number, or text that is one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Int(i64),
    Unsigned(u64),
    Double(f64),
    Text(String),
}

fn whole(number: Option<Number>) -> Option<i128> {
    match number? {
        Number::Int(n) => Some(i128::from(n)),
        Number::Unsigned(n) => Some(i128::from(n)),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is not a whole number is cut, what is too large capped"
        )]
        Number::Double(n) => Some(n as i128),
        // Names of severities (`SEVERITY_NUMBER_INFO`) are allowed by the general mapping; the text says as much.
        Number::Text(text) => Some(text.trim().parse().unwrap_or(0)),
    }
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<i128, D::Error> {
    Ok(whole(Option::deserialize(from)?).unwrap_or(0))
}

fn maybe_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i128>, D::Error> {
    Ok(whole(Option::deserialize(from)?))
}

fn double<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    #[expect(clippy::cast_precision_loss, reason = "the type of the field is a double")]
    Ok(Option::deserialize(from)?.map(|number| match number {
        Number::Int(n) => n as f64,
        Number::Unsigned(n) => n as f64,
        Number::Double(n) => n,
        Number::Text(text) => match text.as_str() {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            other => other.parse().unwrap_or(f64::NAN),
        },
    }))
}

fn group(from: ResourceLogs) -> Result<Group<'static>, OtlpError> {
    let scopes = from.scope_logs.into_iter().map(scope).collect::<Result<_, _>>()?;
    Ok(Group { resource: attributes(from.resource.attributes, MAX_DEPTH)?, scopes })
}

fn scope(from: ScopeLogs) -> Result<Scope<'static>, OtlpError> {
    let About { name, version, attributes: about } = from.scope;
    let logs = from.log_records.into_iter().map(log).collect::<Result<_, _>>()?;
    Ok(Scope { name: name.into(), version: version.into(), attributes: attributes(about, MAX_DEPTH)?, logs })
}

fn log(from: LogRecord) -> Result<Log<'static>, OtlpError> {
    let unsigned = |n: i128| u64::try_from(n.max(0)).unwrap_or(u64::MAX);
    Ok(Log {
        time: unsigned(from.time_unix_nano),
        observed: unsigned(from.observed_time_unix_nano),
        severity: i64::try_from(from.severity_number).unwrap_or(0),
        severity_text: from.severity_text.into(),
        event_name: from.event_name.into(),
        body: from.body.map_or(Ok(Value::Empty), |body| value(body, MAX_DEPTH))?,
        attributes: attributes(from.attributes, MAX_DEPTH)?,
        flags: unsigned(from.flags),
        trace_id: from.trace_id.to_ascii_lowercase(),
        span_id: from.span_id.to_ascii_lowercase(),
    })
}

fn attributes(from: Vec<KeyValue>, depth: usize) -> Result<Attributes<'static>, OtlpError> {
    let pair = |kv: KeyValue| {
        let value = kv.value.map_or(Ok(Value::Empty), |v| value(v, depth))?;
        Ok((Cow::Owned(kv.key), value))
    };
    from.into_iter().map(pair).collect()
}

fn value(from: AnyValue, depth: usize) -> Result<Value<'static>, OtlpError> {
    let depth = depth.checked_sub(1).ok_or(OtlpError::Deep)?;
    Ok(if let Some(text) = from.string_value {
        Value::Text(text.into())
    } else if let Some(flag) = from.bool_value {
        Value::Bool(flag)
    } else if let Some(number) = from.int_value {
        Value::Int(i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX }))
    } else if let Some(number) = from.double_value {
        Value::Double(number)
    } else if let Some(list) = from.array_value {
        Value::List(list.values.into_iter().map(|v| value(v, depth)).collect::<Result<_, _>>()?)
    } else if let Some(pairs) = from.kvlist_value {
        Value::Map(attributes(pairs.values, depth)?)
    } else if let Some(bytes) = from.bytes_value {
        // Text that is no base64 is kept as the text it is.
        match base64::engine::general_purpose::STANDARD.decode(&bytes) {
            Ok(decoded) => Value::Bytes(decoded.into()),
            Err(_) => Value::Text(bytes.into()),
        }
    } else {
        Value::Empty
    })
}
