//! Writing records as the JSON objects that are kept.

use super::OtlpError;
use super::model::{Group, Log, Scope, Value};
use base_core::Timestamp;
use base64::Engine as _;
use bytes::Bytes;
use std::borrow::Cow;

/// Bounds of what one request is written out to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most records.
    pub max_records: usize,
    /// Longest record.
    pub max_record_bytes: usize,
    /// Bytes of all records. What records share is repeated in each, so this is not the length of the request.
    pub max_bytes: usize,
}

/// The records of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// One JSON object each.
    pub records: Vec<Bytes>,
    /// How many are not taken.
    pub rejected: usize,
    /// Why the first of them is not, with its place and what to do.
    pub first_problem: Option<String>,
}

/// Writes the records of a request, in their order.
///
/// # Errors
/// [`OtlpError`] when there are too many, or too much of them.
pub fn write(groups: &[Group<'_>], limits: &Limits) -> Result<Written, OtlpError> {
    let (mut out, mut ends, mut number) = (Vec::new(), Vec::new(), 0_usize);
    let mut written = Written::default();
    for group in groups {
        let mut resource = Vec::new();
        if !group.resource.is_empty() {
            resource.extend_from_slice(b",\"resource\":");
            write_map(&mut resource, &group.resource);
        }
        for scope in &group.scopes {
            let mut shared = resource.clone();
            write_scope(&mut shared, scope);
            for log in &scope.logs {
                number += 1;
                if number > limits.max_records {
                    return Err(OtlpError::TooMany(limits.max_records));
                }
                let begin = out.len();
                write_log(&mut out, log, &shared);
                let length = out.len() - begin;
                if length > limits.max_record_bytes {
                    out.truncate(begin);
                    written.rejected += 1;
                    written.first_problem.get_or_insert_with(|| {
                        let most = limits.max_record_bytes;
                        format!(
                            "record {number} is {length} bytes long, at most {most} are taken; cut it before sending it"
                        )
                    });
                } else {
                    ends.push(out.len());
                }
                if out.len() > limits.max_bytes {
                    return Err(OtlpError::TooLong(limits.max_bytes));
                }
            }
        }
    }
    let all = Bytes::from(out);
    let begins = std::iter::once(0).chain(ends.iter().copied());
    written.records = begins.zip(&ends).map(|(begin, end)| all.slice(begin..*end)).collect();
    Ok(written)
}

fn write_log(out: &mut Vec<u8>, log: &Log<'_>, shared: &[u8]) {
    let begin = out.len();
    out.push(b'{');
    if log.time > 0 {
        member(out, "time", |out| write_text(out, &time(log.time)));
    }
    if log.observed > 0 {
        member(out, "observed_time", |out| write_text(out, &time(log.observed)));
    }
    if log.severity != 0 {
        member(out, "severity_number", |out| out.extend_from_slice(log.severity.to_string().as_bytes()));
    }
    for (name, text) in [
        ("severity_text", &log.severity_text),
        ("event_name", &log.event_name),
        ("trace_id", &Cow::Borrowed(log.trace_id.as_str())),
        ("span_id", &Cow::Borrowed(log.span_id.as_str())),
    ] {
        if !text.is_empty() {
            member(out, name, |out| write_text(out, text));
        }
    }
    if log.flags != 0 {
        member(out, "flags", |out| out.extend_from_slice(log.flags.to_string().as_bytes()));
    }
    if log.body != Value::Empty {
        member(out, "body", |out| write_value(out, &log.body));
    }
    if !log.attributes.is_empty() {
        member(out, "attributes", |out| write_map(out, &log.attributes));
    }
    // What the records share begins with a comma, which an empty record does not want.
    let skip = usize::from(out.len() == begin + 1);
    out.extend_from_slice(shared.get(skip..).unwrap_or_default());
    out.push(b'}');
}

fn write_scope(out: &mut Vec<u8>, scope: &Scope<'_>) {
    if scope.name.is_empty() && scope.version.is_empty() && scope.attributes.is_empty() {
        return;
    }
    out.extend_from_slice(b",\"scope\":{");
    for (name, text) in [("name", &scope.name), ("version", &scope.version)] {
        if !text.is_empty() {
            member(out, name, |out| write_text(out, text));
        }
    }
    if !scope.attributes.is_empty() {
        member(out, "attributes", |out| write_map(out, &scope.attributes));
    }
    out.push(b'}');
}

/// A member of the object that is open; with a comma unless it is the first.
fn member(out: &mut Vec<u8>, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    write_text(out, name);
    out.push(b':');
    value(out);
}

fn write_map(out: &mut Vec<u8>, pairs: &[(Cow<'_, str>, Value<'_>)]) {
    out.push(b'{');
    for (n, (name, value)) in pairs.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write_text(out, name);
        out.push(b':');
        write_value(out, value);
    }
    out.push(b'}');
}

fn write_value(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Empty => out.extend_from_slice(b"null"),
        Value::Text(text) => write_text(out, text),
        Value::Bool(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Value::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Double(number) => match serde_json::Number::from_f64(*number) {
            Some(number) => out.extend_from_slice(number.to_string().as_bytes()),
            None => write_text(out, &number.to_string()),
        },
        Value::Bytes(bytes) => write_text(out, &base64::engine::general_purpose::STANDARD.encode(bytes)),
        Value::List(values) => {
            out.push(b'[');
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write_value(out, value);
            }
            out.push(b']');
        }
        Value::Map(pairs) => write_map(out, pairs),
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing text into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// RFC 3339 in UTC with nanoseconds; a time beyond the calendar's end as the number it is.
fn time(nanos: u64) -> String {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let at = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_secs(s).to_jiff());
    match at {
        Some(at) => format!("{}.{rest:09}Z", at.to_string().trim_end_matches('Z')),
        None => nanos.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{from_json, from_protobuf, wire};
    use super::*;

    const LIMITS: Limits = Limits { max_records: 100, max_record_bytes: 4096, max_bytes: 100_000 };

    /// The example of the specification's repository, shortened, with what is easily got wrong.
    const REQUEST: &str = r#"{"resourceLogs":[{"resource":{"attributes":[
        {"key":"service.name","value":{"stringValue":"cong-dich-vu"}},{"key":"host.name","value":{"stringValue":"web01"}}]},
        "scopeLogs":[{"scope":{"name":"app","version":"1"},"logRecords":[
          {"timeUnixNano":"1544712660300000004","observedTimeUnixNano":1544712660300000000,"severityNumber":10,
           "severityText":"Information","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
           "flags":1,"body":{"stringValue":"Đăng nhập \"sai\""},"unknown":7,
           "attributes":[{"key":"b","value":{"boolValue":true}},{"key":"i","value":{"intValue":"-10"}},
             {"key":"d","value":{"doubleValue":637.704}},{"key":"nan","value":{"doubleValue":"NaN"}},
             {"key":"l","value":{"arrayValue":{"values":[{"stringValue":"x"},{}]}}},
             {"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"bytesValue":"aGk="}}]}}},{"key":"none"}]},
          {}]}]}]}"#;

    #[test]
    fn a_record_is_written_with_everything_that_came_with_it() {
        let groups = from_json(REQUEST.as_bytes()).expect("reads");
        let written = write(&groups, &LIMITS).expect("writes");
        assert_eq!((written.records.len(), written.rejected), (2, 0));
        assert_eq!(
            String::from_utf8_lossy(&written.records[0]),
            r#"{"time":"2018-12-13T14:51:00.300000004Z","observed_time":"2018-12-13T14:51:00.300000000Z","severity_number":10,"severity_text":"Information","trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","flags":1,"body":"Đăng nhập \"sai\"","attributes":{"b":true,"i":-10,"d":637.704,"nan":"NaN","l":["x",null],"m":{"k":"aGk="},"none":null},"resource":{"service.name":"cong-dich-vu","host.name":"web01"},"scope":{"name":"app","version":"1"}}"#
        );
        assert_eq!(
            String::from_utf8_lossy(&written.records[1]),
            r#"{"resource":{"service.name":"cong-dich-vu","host.name":"web01"},"scope":{"name":"app","version":"1"}}"#
        );
    }

    fn message(parts: &[(u64, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        parts.iter().for_each(|(field, bytes)| wire::put_bytes(&mut out, *field, bytes));
        out
    }

    #[test]
    fn both_forms_end_in_the_same_record() {
        let text = |s: &str| message(&[(1, s.as_bytes())]);
        let pair = |k: &str, v: &[u8]| message(&[(1, k.as_bytes()), (2, v)]);
        let mut log = vec![1 << 3 | 1];
        log.extend(1_544_712_660_300_000_004_u64.to_le_bytes());
        wire::put_varint(&mut log, 2, 10);
        log.extend(message(&[(3, b"Information"), (5, &text("hi"))]));
        let mut minus = Vec::new();
        wire::put_varint(&mut minus, 3, (-10_i64).cast_unsigned());
        log.extend(message(&[(6, &pair("i", &minus)), (9, &[0x5b; 16]), (10, &[0xee; 8])]));
        let scope = message(&[(1, &message(&[(1, b"app")])), (2, &log)]);
        let resource = message(&[(1, &pair("host.name", &text("web01")))]);
        let request = message(&[(1, &message(&[(1, &resource), (2, &scope), (3, b"schema")]))]);
        let json = format!(
            r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"host.name","value":{{"stringValue":"web01"}}}}]}},
            "scopeLogs":[{{"scope":{{"name":"app"}},"logRecords":[{{"timeUnixNano":1544712660300000004,"severityNumber":10,
            "severityText":"Information","body":{{"stringValue":"hi"}},"attributes":[{{"key":"i","value":{{"intValue":-10}}}}],
            "traceId":"{}","spanId":"{}"}}]}}]}}]}}"#,
            "5b".repeat(16),
            "ee".repeat(8)
        );
        let (one, other) = (from_protobuf(&request).expect("reads"), from_json(json.as_bytes()).expect("reads"));
        assert_eq!(write(&one, &LIMITS), write(&other, &LIMITS));
        assert_eq!(one.len(), 1);
    }

    #[test]
    fn what_is_repeated_is_bounded_and_what_is_too_long_is_told() {
        let log = |body: usize| Log { body: Value::Text("x".repeat(body).into()), ..Log::default() };
        let group = |resource: usize, logs: Vec<Log<'static>>| Group {
            resource: vec![("r".into(), Value::Text("y".repeat(resource).into()))],
            scopes: vec![Scope { logs, ..Scope::default() }],
        };
        let written = write(&[group(1, vec![log(10), log(5000), log(10)])], &LIMITS).expect("writes");
        assert_eq!((written.records.len(), written.rejected), (2, 1));
        assert!(written.first_problem.is_some_and(|p| p.starts_with("record 2 is 50")));
        assert_eq!(write(&[group(3000, vec![log(1); 90])], &LIMITS), Err(OtlpError::TooLong(100_000)));
        assert_eq!(write(&[group(0, vec![log(1); 101])], &LIMITS), Err(OtlpError::TooMany(100)));
        assert_eq!(time(u64::MAX), "2554-07-21T23:34:33.709551615Z");
    }
}
