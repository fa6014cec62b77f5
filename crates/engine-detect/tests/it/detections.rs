//! Detections of single events: what they carry and how they explain themselves.

use crate::support::{event, observe, pack};
use base_core::{ContentFile, Lang, Severity};
use engine_detect::{EntityKind, RulePack};
use std::sync::Arc;

const RULE: &str = r#"title: Encoded command
id: 11111111-1111-4111-8111-111111111111
description: PowerShell was given a {hidden} command.
tags: [attack.execution, attack.t1059.001]
logsource:
    product: windows
detection:
    selection:
        Image|endswith: '\powershell.exe'
        CommandLine|contains: ['-enc', '-ec ']
    filter:
        User: SYSTEM
    condition: selection and not filter
fields: [CommandLine, User]
level: high
"#;

const EVENT: &str = r#"{"Image": "C:\\Windows\\PowerShell.exe", "CommandLine": "powershell -ENC AAAA", "User": "lan",
    "host.name": "pc-7", "user.name": "lan", "source.ip": "10.0.0.7", "unit": "stttt"}"#;

#[test]
fn a_detection_carries_what_an_alert_needs() {
    let pack = pack(RULE);
    let found = observe(&pack, &[event(1, 1_000, EVENT)]);
    assert_eq!(found.len(), 1);
    let d = &found[0];
    assert_eq!((d.rule.level, d.count), (Severity::High, 1));
    assert_eq!((d.entity.kind, d.entity.name.as_str()), (EntityKind::Host, "pc-7"));
    assert_eq!(d.unit.as_ref().map(|u| u.as_str()), Some("stttt"));
    let marked: Vec<_> = d.matched.iter().map(|m| (m.field.as_str(), m.span.map(|(a, b)| &m.value[a..b]))).collect();
    assert_eq!(marked, [("Image", Some("\\PowerShell.exe")), ("CommandLine", Some("-ENC"))]);
    assert_eq!(d.summary_fields[0], ("CommandLine".to_owned(), "powershell -ENC AAAA".to_owned()));
    assert_eq!(
        d.rule.techniques().next().map(|t| t.url.as_str()),
        Some("https://attack.mitre.org/techniques/T1059/001/")
    );
    assert_eq!(d.key.len(), 32);
    let again = observe(&pack, &[event(1, 1_000, EVENT)]);
    assert_eq!(again[0].key, d.key, "the key is the same after a replay");
    assert_ne!(observe(&pack, &[event(2, 1_000, EVENT)])[0].key, d.key);
}

#[test]
fn texts_come_from_the_rule_or_from_its_tactic() {
    let own = format!(
        "{RULE}mangrove:\n  vi: {{what: '{{User}} trên {{host.name}}', why: vì, do: ['Hỏi {{Nobody}}']}}\n  en: {{what: w, why: y, do: [d]}}\n"
    );
    let found = observe(&pack(&own), &[event(1, 1_000, EVENT)]);
    let texts = found[0].rule.explain_for(Lang::Vi, &event(1, 1_000, EVENT));
    assert_eq!((texts.what.as_str(), texts.do_now[0].as_str()), ("lan trên pc-7", "Hỏi …"));

    let tactics = ContentFile {
        path: "tactics.toml".into(),
        text: "[execution]\nid = \"TA0002\"\nvi = {name = \"Thực thi\", why = \"vì {x}\", do = [\"làm\"]}\nen = {name = \"Execution\", why = \"because\", do = [\"act\"]}\n".into(),
    };
    let (made, errors) = RulePack::load(&[ContentFile { path: "r.yml".into(), text: RULE.into() }], &[tactics]);
    assert!(errors.is_empty(), "{errors:?}");
    let info = Arc::clone(made.infos().next().expect("a rule"));
    let en = info.explain_for(Lang::En, &event(1, 1_000, EVENT));
    assert_eq!(en.what, "Encoded command: PowerShell was given a {hidden} command.");
    assert_eq!((en.why.as_str(), en.do_now.len()), ("because", 1));
    let vi = info.explain_for(Lang::Vi, &event(1, 1_000, EVENT));
    assert!(vi.what.contains("Encoded command") && vi.what.contains("pc-7"), "{}", vi.what);
    assert_eq!(vi.why, "vì {x}");
}

#[test]
fn mistakes_in_the_block_are_told_and_replaced() {
    let text = format!("{RULE}mangrove:\n  vi: {{wat: x}}\n");
    let (pack, errors) = RulePack::load(&[ContentFile { path: "r.yml".into(), text }], &[]);
    assert_eq!(pack.len(), 1);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].line, Some(16), "{errors:?}");
}

#[test]
fn entities_by_kind_of_source() {
    let web = RULE.replace("product: windows", "category: webserver");
    let mut e = event(1, 1_000, EVENT);
    e.logsource = Arc::new(engine_event::LogSource::new(None, Some("webserver"), None));
    let found = observe(&pack(&web), std::slice::from_ref(&e));
    assert_eq!((found[0].entity.kind, found[0].entity.name.as_str()), (EntityKind::Ip, "10.0.0.7"));
    let named = format!("{web}mangrove:\n  entity: User\n");
    let found = observe(&pack(&named), &[e]);
    assert_eq!((found[0].entity.kind, found[0].entity.name.as_str()), (EntityKind::User, "lan"));
}

#[test]
fn rules_know_how_often_they_were_asked() {
    let pack = pack(RULE);
    let mut detector = engine_detect::Detector::new(Arc::clone(&pack));
    let mut out = Vec::new();
    detector.observe(&event(1, 1_000, EVENT), &mut out);
    detector.observe(&event(2, 1_001, r#"{"Image": "x"}"#), &mut out);
    let mut other = event(3, 1_002, "{}");
    other.logsource = Arc::new(engine_event::LogSource::new(Some("linux"), None, None));
    detector.observe(&other, &mut out);
    let counters = detector.take_tally().counters(&pack);
    assert_eq!((counters[0].seen, counters[0].matched), (2, 1));
    assert_eq!(counters[0].last_matched.map(|t| t.as_secs()), Some(1_000));
}

#[test]
fn placeholders_have_their_values_beside_the_rules() {
    let file = |path: &str, text: &str| ContentFile { path: path.into(), text: text.into() };
    let rule = RULE.replace("User: SYSTEM", "User|expand: '%Administrators%'");
    let files = [
        file("a/rule.yml", &rule),
        file("a/placeholders.yml", "Administrators: ['adm_*', root]\n"),
        file("a/rule.test.yml", "fires: []\n"),
    ];
    let (made, errors) = RulePack::load(&files, &[]);
    assert!(errors.is_empty() && made.len() == 1, "{errors:?}");
    let made = Arc::new(made);
    assert_eq!(observe(&made, &[event(1, 1, EVENT)]).len(), 1);
    assert!(observe(&made, &[event(1, 1, &EVENT.replace("\"User\": \"lan\"", "\"User\": \"ADM_lan\""))]).is_empty());
    let (_, errors) =
        RulePack::load(&[file("a/rule.yml", &rule), file("placeholders.yml", "Administrators: root\n")], &[]);
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.iter().all(|e| e.line.is_some()), "{errors:?}");
}
