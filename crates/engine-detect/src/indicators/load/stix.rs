//! STIX bundles (STIX 2.1, part 4.7 Indicator; 2.0 differs in nothing that matters here).
//!
//! Indicators whose pattern is a list of equal values become entries; everything else in a bundle
//! is passed over. Revoked indicators are left out.

use super::stix_pattern::{Part, parts};
use super::{Loader, time};
use crate::indicators::kind::Tlp;
use crate::indicators::meta::Remarks;
use serde::Deserialize;
use serde_json::Value;
use std::io::BufRead;

#[derive(Deserialize)]
struct Bundle {
    #[serde(default)]
    objects: Vec<Value>,
}

#[derive(Deserialize)]
struct Indicator {
    #[serde(default)]
    id: String,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    pattern_type: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    valid_from: Option<String>,
    #[serde(default)]
    valid_until: Option<String>,
    #[serde(default)]
    modified: Option<String>,
    #[serde(default)]
    confidence: Option<u8>,
    #[serde(default)]
    revoked: bool,
    #[serde(default)]
    object_marking_refs: Vec<String>,
}

/// The marking definitions of the protocol: version 1 (STIX 2.1 section 7.2.1.4), version 2
/// (OASIS extension definition for TLP 2.0).
const TLP_MARKINGS: &[(&str, Tlp)] = &[
    ("613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
    ("94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
    ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
    ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
    ("939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
    ("e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
];

const REMEDY: &str = "give a STIX 2.1 bundle with a list `objects`";

pub(super) fn read(loader: &mut Loader<'_>, input: &mut dyn BufRead) {
    let Some(text) = loader.document(input) else { return };
    let objects = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Array(objects)) => objects,
        Ok(document) => match serde_json::from_value::<Bundle>(document) {
            Ok(bundle) => bundle.objects,
            Err(e) => return loader.mistake(None, format!("is no bundle: {e}"), REMEDY),
        },
        Err(e) => return loader.mistake(Some(e.line()), format!("is no JSON: {e}"), REMEDY),
    };
    for object in objects {
        if object.get("type").and_then(Value::as_str) != Some("indicator") {
            continue;
        }
        match serde_json::from_value::<Indicator>(object) {
            Ok(one) => indicator(loader, &text, &one),
            Err(e) => loader.mistake(None, format!("an indicator cannot be read: {e}"), "correct the object"),
        }
    }
}

fn indicator(loader: &mut Loader<'_>, text: &str, one: &Indicator) {
    if one.revoked {
        loader.report.unwanted += 1;
        return;
    }
    // STIX 2.0 has no other kind of pattern.
    if let Some(other) = one.pattern_type.as_deref().filter(|t| *t != "stix") {
        return loader.other_kind(other);
    }
    let before = loader.report.mistakes.len();
    let remarks = Remarks {
        source: one.name.clone().or_else(|| Some(one.id.clone())),
        first_seen: one.valid_from.as_deref().and_then(time),
        last_seen: one.modified.as_deref().and_then(time),
        confidence: one.confidence,
        tlp: one.object_marking_refs.iter().filter_map(|r| marking(r)).max(),
        expires: one.valid_until.as_deref().and_then(time),
    };
    match parts(&one.pattern) {
        Ok(found) => {
            for part in found {
                match part {
                    Part::Value(value, kind) => loader.add(None, &value, kind, &remarks),
                    Part::Other(path) => loader.other_kind(&path),
                }
            }
        }
        Err((place, message)) => {
            let shown: String = one.pattern.chars().take(120).collect();
            let remedy = "patterns may join equal values with OR or IN; write anything else as a rule";
            loader.mistake(None, format!("pattern `{shown}`, character {place}: {message}"), remedy);
        }
    }
    loader.locate(before, text, &one.id);
}

fn marking(reference: &str) -> Option<Tlp> {
    let id = reference.strip_prefix("marking-definition--")?;
    TLP_MARKINGS.iter().find(|(known, _)| *known == id).map(|(_, tlp)| *tlp)
}
