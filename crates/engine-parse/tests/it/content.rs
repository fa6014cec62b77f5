//! Every source definition has samples, and every sample gives the events that are written beside it.
//!
//! `MANGROVE_BLESS=1 cargo test -p engine-parse content` writes the expectations anew; read the difference.

use crate::kit::{catalog, parse_bytes, parser, received, sources_dir};
use base_core::{ContentFile, Lang};
use engine_event::Event;
use engine_parse::{Catalog, Limits, RecordReader};
use serde_json::{Value, json};
use std::path::Path;

fn shown(event: &Event) -> Value {
    let mut value = json!({
        "kind": &*event.kind,
        "logsource": &*event.logsource,
        "time": event.time.to_string(),
        "common": event.common,
        "fields": event.record,
    });
    let marks = serde_json::to_value(event.marks).expect("marks");
    let set: serde_json::Map<String, Value> = marks
        .as_object()
        .expect("object")
        .iter()
        .filter(|(_, v)| **v == Value::Bool(true))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if !set.is_empty() {
        value["marks"] = Value::Object(set);
    }
    value
}

/// Events of a sample. With `hinted` in its name the sender has to be known.
fn events_of(sample: &Path, id: &str) -> Vec<Event> {
    let mut parser = parser();
    let hint = sample.file_name().is_some_and(|n| n.to_string_lossy().contains(".hinted.")).then_some(id);
    let reader = RecordReader::open(sample, Limits::default()).expect("sample opens");
    reader.map(|r| parse_bytes(&mut parser, &r.expect("sample is whole").bytes, hint)).collect()
}

fn check_sample(sample: &Path, expected: &Path, id: &str, faults: &mut Vec<String>) {
    let events = events_of(sample, id);
    for event in &events {
        if &*event.kind != id {
            faults.push(format!("{}: recognised as {}: {}", sample.display(), event.kind, event.raw_text()));
        }
        if event.marks.unparsed || event.marks.no_time && event.time != received() {
            faults.push(format!("{}: marked {:?}: {}", sample.display(), event.marks, event.raw_text()));
        }
    }
    let lines: Vec<String> = events.iter().map(|e| shown(e).to_string()).collect();
    if std::env::var_os("MANGROVE_BLESS").is_some() {
        std::fs::create_dir_all(expected.parent().expect("folder")).expect("folder is made");
        std::fs::write(expected, lines.join("\n") + "\n").expect("expectation is written");
        return;
    }
    let Ok(text) = std::fs::read_to_string(expected) else {
        faults.push(format!("{}: no expectation at {}", sample.display(), expected.display()));
        return;
    };
    let wanted: Vec<&str> = text.lines().collect();
    if wanted.len() != lines.len() {
        faults.push(format!("{}: {} events, {} expected", sample.display(), lines.len(), wanted.len()));
    }
    for (number, (got, want)) in lines.iter().zip(&wanted).enumerate() {
        if got != want {
            faults.push(format!("{}: event {}\n   got {got}\n  want {want}", sample.display(), number + 1));
        }
    }
}

#[test]
fn every_sample_gives_its_expected_events() {
    let mut faults = Vec::new();
    let mut samples = 0;
    for kind in catalog().kinds() {
        let folder = sources_dir().join(&*kind.id);
        let mut found = 0;
        for entry in std::fs::read_dir(folder.join("samples")).into_iter().flatten() {
            let sample = entry.expect("entry").path();
            let stem = sample.file_stem().expect("name").to_string_lossy().replace(".hinted", "");
            check_sample(&sample, &folder.join("expected").join(format!("{stem}.jsonl")), &kind.id, &mut faults);
            found += 1;
        }
        if found == 0 {
            faults.push(format!("{}: no samples", kind.id));
        }
        samples += found;
    }
    eprintln!("{samples} samples of {} kinds of source", catalog().kinds().count());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_kind_has_names_in_both_languages() {
    for kind in catalog().kinds() {
        for lang in [Lang::Vi, Lang::En] {
            assert!(!kind.name(lang).trim().is_empty(), "{}", kind.id);
        }
    }
    assert!(catalog().kind("microsoft/sysmon").is_some());
}

#[test]
fn mistakes_are_named_by_file_and_line() {
    let good = "name = { vi = \"a\", en = \"a\" }\n[decode]\ndecoder = \"text\"\n";
    let file = |path: &str, text: &str| ContentFile { path: path.to_owned(), text: text.to_owned() };
    for (text, line, part) in [
        ("name = 1\n", Some(1), "integer"),
        ("name = { vi = \"a\", en = \"a\" }\nnonsense = 1\n[decode]\ndecoder = \"text\"\n", Some(2), "nonsense"),
        ("name = { vi = \"a\", en = \"a\" }\n[decode]\ndecoder = \"magic\"\n", Some(3), "magic"),
        (
            "name = { vi = \"a\", en = \"a\" }\n[decode]\ndecoder = \"patterns\"\n[[decode.pattern]]\nregex = '(('\n",
            Some(5),
            "pattern",
        ),
        (
            "name = { vi = \"a\", en = \"a\" }\n[decode]\ndecoder = \"text\"\n[common]\n\"no.such\" = [\"a\"]\n",
            Some(5),
            "no.such",
        ),
        (
            "name = { vi = \"a\", en = \"a\" }\n[decode]\ndecoder = \"text\"\n[time]\nzone = \"Mars/Base\"\n",
            Some(5),
            "Mars/Base",
        ),
    ] {
        let files = [file("good/one/source.toml", good), file("bad/two/source.toml", text)];
        let (catalog, errors) = Catalog::load(&files);
        assert_eq!(catalog.kinds().count(), 1, "the good definition works on");
        assert_eq!(errors.len(), 1, "{text}");
        assert_eq!((errors[0].file.as_str(), errors[0].line), ("bad/two/source.toml", line), "{}", errors[0]);
        assert!(errors[0].message.contains(part) && !errors[0].remedy.is_empty(), "{}", errors[0]);
    }
    let claims =
        "name = { vi = \"a\", en = \"a\" }\n[[recognise]]\nchannels = [\"X\"]\n[decode]\ndecoder = \"windows-event\"\n";
    let (_, errors) = Catalog::load(&[file("a/a/source.toml", claims), file("a/b/source.toml", claims)]);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].line, Some(3));
}
