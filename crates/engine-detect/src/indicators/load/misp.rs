//! MISP events (format of MISP 2.4 and 2.5): attributes of the event and of its objects.
//!
//! Only attributes marked `to_ids` are taken, as MISP means them for detection; deleted ones are
//! left out. Of `filename|sha256` and the like the hash is taken, of `domain|ip` both.

use super::row::kind;
use super::{Loader, time};
use crate::indicators::kind::{IndicatorKind, Tlp};
use crate::indicators::meta::Remarks;
use serde::Deserialize;
use serde_json::Value;
use std::io::BufRead;

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    info: String,
    #[serde(default)]
    date: Option<String>,
    #[serde(default, rename = "Attribute")]
    attributes: Vec<Attribute>,
    #[serde(default, rename = "Object")]
    objects: Vec<Object>,
    #[serde(default, rename = "Tag")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default, rename = "Attribute")]
    attributes: Vec<Attribute>,
    #[serde(default)]
    deleted: Value,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    to_ids: Value,
    #[serde(default)]
    deleted: Value,
    #[serde(default)]
    first_seen: Option<String>,
    #[serde(default)]
    last_seen: Option<String>,
    #[serde(default)]
    timestamp: Value,
    #[serde(default, rename = "Tag")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default)]
    name: String,
}

const REMEDY: &str = "give a MISP event as its export or API writes it, with `Event` and its `Attribute` list";
/// Deepest list of events within `response` members.
const MAX_DEPTH: usize = 4;

pub(super) fn read(loader: &mut Loader<'_>, input: &mut dyn BufRead) {
    let Some(text) = loader.document(input) else { return };
    match serde_json::from_str::<Value>(&text) {
        Ok(document) => {
            if !events(loader, &text, document, MAX_DEPTH) {
                loader.mistake(None, "holds no MISP event".to_owned(), REMEDY);
            }
        }
        Err(e) => loader.mistake(Some(e.line()), format!("is no JSON: {e}"), REMEDY),
    }
}

/// Finds events where exports and the API put them; `false` when there is none.
fn events(loader: &mut Loader<'_>, text: &str, document: Value, depth: usize) -> bool {
    match document {
        _ if depth == 0 => false,
        Value::Array(all) => all.into_iter().fold(false, |any, one| events(loader, text, one, depth - 1) | any),
        Value::Object(mut members) => {
            if let Some(inner) = members.remove("response") {
                return events(loader, text, inner, depth - 1);
            }
            let inner = members.remove("Event").unwrap_or(Value::Object(members));
            let is_event =
                inner.get("Attribute").is_some() || inner.get("Object").is_some() || inner.get("info").is_some();
            if is_event {
                event(loader, text, inner);
            }
            is_event
        }
        _ => false,
    }
}

fn event(loader: &mut Loader<'_>, text: &str, document: Value) {
    let event: Event = match serde_json::from_value(document) {
        Ok(event) => event,
        Err(e) => {
            loader.mistake(None, format!("an event cannot be read: {e}"), REMEDY);
            return;
        }
    };
    let all = Remarks {
        source: Some(event.info),
        first_seen: event.date.as_deref().and_then(time),
        tlp: tlp(&event.tags),
        ..Remarks::default()
    };
    for one in &event.attributes {
        attribute(loader, text, one, &all);
    }
    for object in &event.objects {
        for one in &object.attributes {
            if yes(&object.deleted) {
                loader.report.unwanted += 1;
            } else {
                attribute(loader, text, one, &all);
            }
        }
    }
}

/// MISP writes truth as `true`, `1` or `"1"`.
fn yes(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value.as_u64() == Some(1) || matches!(value.as_str(), Some("1" | "true"))
}

fn tlp(tags: &[Tag]) -> Option<Tlp> {
    tags.iter().filter(|t| t.name.to_ascii_lowercase().starts_with("tlp:")).filter_map(|t| Tlp::parse(&t.name)).max()
}

fn attribute(loader: &mut Loader<'_>, text: &str, attribute: &Attribute, all: &Remarks) {
    if yes(&attribute.deleted) || !yes(&attribute.to_ids) {
        loader.report.unwanted += 1;
        return;
    }
    let Some(value) = attribute.value.as_str() else {
        loader.other_kind(&attribute.kind);
        return;
    };
    let changed = match &attribute.timestamp {
        Value::String(seconds) => time(seconds),
        other => other.as_i64().and_then(|n| time(&n.to_string())),
    };
    let remarks = Remarks {
        first_seen: attribute.first_seen.as_deref().and_then(time).or(all.first_seen),
        last_seen: attribute.last_seen.as_deref().and_then(time).or(changed),
        tlp: tlp(&attribute.tags).or(all.tlp),
        ..all.clone()
    };
    let parts: Vec<(&str, Option<IndicatorKind>)> = match (attribute.kind.as_str(), value.split_once('|')) {
        ("domain|ip", Some((domain, ip))) => {
            vec![(domain, Some(IndicatorKind::Domain)), (ip, Some(IndicatorKind::Address))]
        }
        ("malware-sample", Some((_, md5))) => vec![(md5, Some(IndicatorKind::Md5))],
        (name, Some((_, hash))) if name.starts_with("filename|") => {
            match name.strip_prefix("filename|").and_then(kind) {
                Some(kind) => vec![(hash, kind)],
                None => Vec::new(),
            }
        }
        (name, _) => kind(name).map(|kind| vec![(value, kind)]).unwrap_or_default(),
    };
    if parts.is_empty() {
        loader.other_kind(&attribute.kind);
    }
    let before = loader.report.mistakes.len();
    for (part, kind) in parts {
        loader.add(None, part, kind, &remarks);
    }
    loader.locate(before, text, value);
}
