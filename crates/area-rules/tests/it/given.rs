//! What the tests of the rules begin with.

use area_rules::book::{Active, RuleBook};
use area_rules::model::Feedback;
use area_rules::ports::{FeedbackPort, RulesPorts, Shipped};
use async_trait::async_trait;
use base_authz::Role;
use base_core::{ContentFile, Result, Scope, Timestamp, UnitId};
use base_testkit::console::{BEGIN, Console, Ground, person, quick_search};
use engine_detect::{Detection, Detector, RulePack};
use engine_event::{Event, EventId};
use engine_lake::{Lake, MemoryLake};
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use std::collections::HashMap;
use std::sync::Arc;

/// Two rules over programs started, and one over a source that never comes.
pub(crate) const RULES: &str = "\
title: Program from a temp folder
id: temp
status: test
level: medium
logsource: {product: windows, category: process_creation}
tags: [attack.execution, attack.t1204.002]
detection:
    s: {Image|contains: '\\Temp\\'}
    condition: s
mangrove:
    vi: {what: 'Chương trình {Image} chạy từ thư mục tạm.', why: 'Mã độc hay chạy từ đó.', do: ['Cô lập máy.']}
    en: {what: 'Program {Image} runs from a temp folder.', why: 'Malware does.', do: ['Isolate.']}
---
title: Tool m.exe
id: tool
status: test
level: high
logsource: {product: windows, category: process_creation}
detection:
    s: {Image|endswith: '\\m.exe'}
    condition: s
---
title: Needs the original name
id: original
level: low
logsource: {product: windows, category: process_creation}
detection:
    s: {OriginalFileName: x.exe}
    condition: s
---
title: Login over SSH
id: ssh
level: low
logsource: {product: linux, service: sshd}
detection:
    s: {message|contains: Accepted}
    condition: s
";

/// A case that must be detected, and one that must not.
pub(crate) const TESTS: &str = r#"
fires:
  - name: from Temp
    source: test/process
    events: ['{"what":"start","Image":"C:\\Temp\\a.exe","Computer":"pc-1"}']
quiet:
  - name: from elsewhere
    source: test/process
    events: ['{"what":"start","Image":"C:\\Windows\\a.exe","Computer":"pc-1"}']
"#;

const SOURCE: &str = r#"
name = { vi = "Chương trình", en = "Programs" }

[[recognise]]
json = { present = ["what", "Image"] }

[source]
product = "windows"
category = "process_creation"

[common]
"host.name" = ["Computer"]
"process.executable" = ["Image"]

[decode]
decoder = "json"
"#;

pub(crate) fn file(path: &str, text: &str) -> ContentFile {
    ContentFile { path: path.to_owned(), text: text.to_owned() }
}

pub(crate) fn catalog() -> Arc<Catalog> {
    let (catalog, errors) = Catalog::load(&[file("sources/test/process/source.toml", SOURCE)]);
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(catalog)
}

/// A program started at `secs` after the begin.
pub(crate) fn event(n: u64, image: &str, host: &str, unit: Option<&str>, secs: i64) -> Event {
    let record = serde_json::json!({"what": "start", "Image": image, "Computer": host}).to_string();
    let received = BEGIN.plus_secs(secs);
    let raw =
        Raw { bytes: record.as_bytes(), received, hint: Some("test/process"), peer: None, transport: Transport::Http };
    let mut event = Parser::new(catalog(), ParserOptions::default()).parse(&raw, EventId::from_journal(7, n));
    assert_eq!(event.logsource.product.as_deref(), Some("windows"), "{event:?}");
    event.unit = unit.map(UnitId::new);
    event.time = received;
    event
}

/// The detections of events, with what was counted on the way.
pub(crate) fn detect(pack: &Arc<RulePack>, events: &[Event]) -> (Vec<Detection>, engine_detect::Tally) {
    let mut detector = Detector::new(Arc::clone(pack));
    let mut found = Vec::new();
    for event in events {
        detector.observe(event, &mut found);
    }
    (found, detector.take_tally())
}

struct Verdicts;

#[async_trait]
impl FeedbackPort for Verdicts {
    async fn of_rules(&self, _: &Scope, _: Timestamp) -> Result<HashMap<String, Feedback>> {
        let wrong = Feedback { alerts: 9, open: 1, confirmed: 1, false_alarms: 7 };
        Ok([("temp".to_owned(), wrong)].into())
    }
}

/// The ports over a lake in memory.
pub(crate) fn ports() -> RulesPorts {
    let files: Arc<[ContentFile]> =
        Arc::from([file("rules/windows/temp.yml", RULES), file("rules/windows/temp.test.yml", TESTS)]);
    let (pack, errors) = RulePack::load(&files, &[]);
    assert!(errors.is_empty(), "{errors:?}");
    let pack = Arc::new(pack);
    let lake: Arc<dyn Lake> = Arc::new(MemoryLake::new());
    RulesPorts {
        book: RuleBook::new(Active { pack: Arc::clone(&pack), files: Arc::clone(&files), imported: None }),
        shipped: Arc::new(Shipped { files, tactics: Arc::from([]), pack }),
        lake,
        catalog: catalog(),
        feedback: Arc::new(Verdicts),
        replays: Arc::default(),
        hunts: Arc::default(),
        samples: None,
    }
}

/// A console with the people who deal with rules.
pub(crate) async fn console(ports: RulesPorts) -> Console {
    let people = [
        person("lanh", Role::SecurityLead, None),
        person("phuong", Role::Analyst, None),
        person("quan", Role::Administrator, None),
        person("tam", Role::Auditor, None),
        person("hoa", Role::UnitOfficer, Some("SYT")),
        person("don", Role::Analyst, Some("SYT")),
    ];
    Console::start(Ground::new().await, vec![area_rules::area(ports), quick_search()], &people).await
}
