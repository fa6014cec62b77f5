//! The binary form. Field numbers are those of `logs.proto`, `common.proto` and `resource.proto`; fields that
//! are not known are passed over, as the language asks.

use super::model::{Attributes, Group, Log, Scope, Text, Value};
use super::wire::{Fields, Wire};
use super::{MAX_DEPTH, OtlpError};
use std::borrow::Cow;

/// Reads an `ExportLogsServiceRequest`.
///
/// # Errors
/// [`OtlpError`] when the bytes are not one.
pub fn from_protobuf(bytes: &[u8]) -> Result<Vec<Group<'_>>, OtlpError> {
    let (mut groups, mut fields) = (Vec::new(), Fields(bytes));
    while let Some(field) = fields.next()? {
        if let (1, Wire::Bytes(group)) = field {
            groups.push(resource_logs(group)?);
        }
    }
    Ok(groups)
}

fn resource_logs(bytes: &[u8]) -> Result<Group<'_>, OtlpError> {
    let (mut group, mut fields) = (Group::default(), Fields(bytes));
    while let Some(field) = fields.next()? {
        match field {
            (1, Wire::Bytes(resource)) => {
                let mut fields = Fields(resource);
                while let Some(field) = fields.next()? {
                    if let (1, Wire::Bytes(pair)) = field {
                        group.resource.push(key_value(pair, MAX_DEPTH)?);
                    }
                }
            }
            (2, Wire::Bytes(scope)) => group.scopes.push(scope_logs(scope)?),
            _ => {}
        }
    }
    Ok(group)
}

fn scope_logs(bytes: &[u8]) -> Result<Scope<'_>, OtlpError> {
    let (mut scope, mut fields) = (Scope::default(), Fields(bytes));
    while let Some(field) = fields.next()? {
        match field {
            (1, Wire::Bytes(about)) => {
                let mut fields = Fields(about);
                while let Some(field) = fields.next()? {
                    match field {
                        (1, Wire::Bytes(name)) => scope.name = text(name),
                        (2, Wire::Bytes(version)) => scope.version = text(version),
                        (3, Wire::Bytes(pair)) => scope.attributes.push(key_value(pair, MAX_DEPTH)?),
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(log)) => scope.logs.push(log_record(log)?),
            _ => {}
        }
    }
    Ok(scope)
}

fn log_record(bytes: &[u8]) -> Result<Log<'_>, OtlpError> {
    let (mut log, mut fields) = (Log::default(), Fields(bytes));
    while let Some(field) = fields.next()? {
        match field {
            (1, Wire::Fixed64(time)) => log.time = time,
            (2, Wire::Varint(severity)) => log.severity = severity.cast_signed(),
            (3, Wire::Bytes(word)) => log.severity_text = text(word),
            (5, Wire::Bytes(body)) => log.body = any_value(body, MAX_DEPTH)?,
            (6, Wire::Bytes(pair)) => log.attributes.push(key_value(pair, MAX_DEPTH)?),
            (8, Wire::Fixed32(flags)) => log.flags = u64::from(flags),
            (9, Wire::Bytes(id)) => log.trace_id = hex::encode(id),
            (10, Wire::Bytes(id)) => log.span_id = hex::encode(id),
            (11, Wire::Fixed64(time)) => log.observed = time,
            (12, Wire::Bytes(name)) => log.event_name = text(name),
            _ => {}
        }
    }
    Ok(log)
}

fn key_value(bytes: &[u8], depth: usize) -> Result<(Text<'_>, Value<'_>), OtlpError> {
    let (mut key, mut value, mut fields) = (Text::default(), Value::Empty, Fields(bytes));
    while let Some(field) = fields.next()? {
        match field {
            (1, Wire::Bytes(name)) => key = text(name),
            (2, Wire::Bytes(bytes)) => value = any_value(bytes, depth)?,
            _ => {}
        }
    }
    Ok((key, value))
}

fn any_value(bytes: &[u8], depth: usize) -> Result<Value<'_>, OtlpError> {
    let depth = depth.checked_sub(1).ok_or(OtlpError::Deep)?;
    let (mut value, mut fields) = (Value::Empty, Fields(bytes));
    while let Some(field) = fields.next()? {
        // Of a `oneof` the last that comes counts.
        match field {
            (1, Wire::Bytes(bytes)) => value = Value::Text(text(bytes)),
            (2, Wire::Varint(flag)) => value = Value::Bool(flag != 0),
            (3, Wire::Varint(number)) => value = Value::Int(number.cast_signed()),
            (4, Wire::Fixed64(bits)) => value = Value::Double(f64::from_bits(bits)),
            (5, Wire::Bytes(list)) => value = Value::List(array(list, depth)?),
            (6, Wire::Bytes(map)) => value = Value::Map(pairs(map, depth)?),
            (7, Wire::Bytes(bytes)) => value = Value::Bytes(Cow::Borrowed(bytes)),
            _ => {}
        }
    }
    Ok(value)
}

fn array(bytes: &[u8], depth: usize) -> Result<Vec<Value<'_>>, OtlpError> {
    let (mut values, mut fields) = (Vec::new(), Fields(bytes));
    while let Some(field) = fields.next()? {
        if let (1, Wire::Bytes(value)) = field {
            values.push(any_value(value, depth)?);
        }
    }
    Ok(values)
}

fn pairs(bytes: &[u8], depth: usize) -> Result<Attributes<'_>, OtlpError> {
    let (mut pairs, mut fields) = (Vec::new(), Fields(bytes));
    while let Some(field) = fields.next()? {
        if let (1, Wire::Bytes(pair)) = field {
            pairs.push(key_value(pair, depth)?);
        }
    }
    Ok(pairs)
}

/// Text that is not UTF-8 is kept with a sign for what cannot be read.
fn text(bytes: &[u8]) -> Text<'_> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::wire::{put_bytes, put_varint};
    use super::*;
    use proptest::prelude::*;

    fn nested(depth: usize) -> Vec<u8> {
        let mut value = Vec::new();
        put_varint(&mut value, 3, 7);
        for _ in 0..depth {
            let (mut list, mut outer) = (Vec::new(), Vec::new());
            put_bytes(&mut list, 1, &value);
            put_bytes(&mut outer, 5, &list);
            value = outer;
        }
        let (mut log, mut scope, mut group, mut request) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        put_bytes(&mut log, 5, &value);
        put_bytes(&mut scope, 2, &log);
        put_bytes(&mut group, 2, &scope);
        put_bytes(&mut request, 1, &group);
        request
    }

    #[test]
    fn depth_is_bounded() {
        assert!(from_protobuf(&nested(MAX_DEPTH - 1)).is_ok());
        assert_eq!(from_protobuf(&nested(MAX_DEPTH)), Err(OtlpError::Deep));
        assert_eq!(from_protobuf(&nested(20_000)), Err(OtlpError::Deep));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..60) {
            let _ = from_protobuf(&bytes);
            let whole = nested(6);
            let _ = from_protobuf(whole.get(..cut).unwrap_or(&whole));
        }
    }
}
