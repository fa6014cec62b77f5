//! Packs, catalogues and events for tests.

use base_core::content::read_dir;
use base_core::{ContentFile, Timestamp, UnitId};
use engine_detect::{CompileOptions, Detection, Detector, RulePack};
use engine_event::json::record_from_json;
use engine_event::{Common, CommonField, Event, EventId, LogSource, Marks};
use engine_parse::{Catalog, Limits, Parser, ParserOptions, RecordReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn content_dir(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content").join(name)
}

pub(crate) fn read(dir: &Path, endings: &[&str]) -> Vec<ContentFile> {
    let (files, errors) = read_dir(dir, endings).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    assert!(errors.is_empty(), "{errors:?}");
    files
}

/// The source definitions of the repository.
pub(crate) fn catalog() -> Arc<Catalog> {
    let (catalog, errors) = Catalog::load(&read(&content_dir("sources"), &["source.toml"]));
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(catalog)
}

pub(crate) fn pack(text: &str) -> Arc<RulePack> {
    let (pack, errors) = RulePack::load(&[ContentFile { path: "test.yml".into(), text: text.into() }], &[]);
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(pack)
}

/// The public rules that are meant to be deployed, unpacked into `dir`.
pub(crate) fn public_pack(shared: &Path, dir: &Path) -> Arc<RulePack> {
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), dir);
    let mut files = Vec::new();
    for folder in ["rules", "rules-emerging-threats", "rules-threat-hunting"] {
        files.extend(read(&dir.join(folder), &[".yml"]));
    }
    let mut options = CompileOptions::default();
    for name in ["Administrators", "DomainControllers", "Workstations", "JumpServers", "Servers", "known_cdcs"] {
        options.placeholders.insert(name.to_owned(), vec!["\u{1}no-such-value".to_owned()]);
    }
    let (pack, errors) = RulePack::load_with(&files, &[], &options);
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(pack)
}

/// Every event of a file.
pub(crate) fn events(path: &Path, catalog: &Arc<Catalog>) -> Vec<Event> {
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    let mut reader = RecordReader::open(path, Limits::default()).unwrap_or_else(|e| panic!("{e}"));
    let mut events = Vec::new();
    while let Some(record) = reader.next() {
        let Ok(record) = record else { continue };
        let id =
            EventId::from_content(&[path.as_os_str().as_encoded_bytes(), &record.bytes, &events.len().to_le_bytes()]);
        events.push(parser.parse(&record.as_raw(Timestamp::from_secs(1_900_000_000), None), id));
    }
    events
}

/// An event of `secs` with a JSON record; common columns are given by their ECS names.
pub(crate) fn event(n: u64, secs: i64, json: &str) -> Event {
    let record = record_from_json(json).expect("a JSON object");
    let mut common = Common::default();
    for field in CommonField::ALL {
        if let Some(text) = record.text(field.name()) {
            common.set(*field, text);
        }
    }
    Event {
        id: EventId::from_journal(7, n),
        time: Timestamp::from_secs(secs),
        received: Timestamp::from_secs(secs + 1),
        unit: record.text("unit").map(UnitId::new),
        source: None,
        kind: "test/source".into(),
        logsource: Arc::new(LogSource::new(Some("windows"), None, None)),
        common,
        raw: json.as_bytes().into(),
        marks: Marks::default(),
        record,
    }
}

/// All detections of a stream.
pub(crate) fn observe(pack: &Arc<RulePack>, events: &[Event]) -> Vec<Detection> {
    let mut detector = Detector::new(Arc::clone(pack));
    let mut out = Vec::new();
    for event in events {
        detector.observe_at(event, event.id.sequence(), &mut out);
    }
    out
}
