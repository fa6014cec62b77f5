//! Proof that the shipped content works together: rules against their tests, and the demo stream
//! through the production parser and detector.

use super::stream::{DemoRecord, DemoStream, StreamOptions};
use super::{shipped, story::load_stories};
use base_core::{ContentFile, Lang, Timestamp};
use engine_detect::{Detection, Detector, RulePack, rule_tests};
use engine_event::{Event, EventId};
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

fn folder(name: &str, ending: &str) -> Vec<ContentFile> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content").join(name);
    let (files, errors) = base_core::content::read_dir(&dir, &[ending]).expect("the folder is there");
    assert!(errors.is_empty(), "{errors:?}");
    files
}

fn catalog() -> Arc<Catalog> {
    let (catalog, errors) = Catalog::load(&folder("sources", "source.toml"));
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(catalog)
}

fn pack() -> Arc<RulePack> {
    let mut rules = folder("rules", ".yml");
    rules.retain(|f| !f.path.ends_with(".test.yml"));
    let (pack, errors) = RulePack::load(&rules, &folder("attack", ".toml"));
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(pack)
}

/// Sends the records through parser and detector, as the server would.
fn watch(records: impl Iterator<Item = DemoRecord>, mut seen: impl FnMut(&DemoRecord, &Event, &[Detection])) {
    let mut parser = Parser::new(catalog(), ParserOptions::default());
    let mut detector = Detector::new(pack());
    let mut found = Vec::new();
    for (n, record) in (0_u64..).zip(records) {
        let raw = Raw {
            bytes: &record.bytes,
            received: record.at.plus_micros(20_000),
            hint: None,
            peer: Some(&record.host),
            transport: Transport::Syslog,
        };
        let event = parser.parse(&raw, EventId::from_journal(1, n));
        found.clear();
        detector.observe(&event, &mut found);
        seen(&record, &event, &found);
    }
}

fn stream() -> DemoStream {
    let start = Timestamp::parse_rfc3339("2026-11-23T01:30:00Z").expect("time");
    DemoStream::load(&shipped(), StreamOptions::first_start(start)).expect("loads")
}

#[test]
fn every_rule_fires_and_stays_quiet_as_its_tests_say() {
    let report = rule_tests::run(&pack(), &catalog(), &folder("rules", ".yml"));
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
    assert!(report.untested.is_empty(), "without firing and quiet cases: {:?}", report.untested);
    assert!(report.passed > 200, "only {} cases ran", report.passed);
}

#[test]
fn every_rule_explains_itself_in_both_languages_and_names_its_technique() {
    let pack = pack();
    let shown: Vec<_> = pack.infos().filter(|i| !i.title.is_empty() && !i.attack.is_empty()).collect();
    assert!(shown.len() >= 45, "{} rules", shown.len());
    for info in shown {
        for lang in [Lang::Vi, Lang::En] {
            let texts = info.explain.texts(lang);
            assert!(
                texts.what.len() > 20 && texts.why.len() > 20 && !texts.do_now.is_empty(),
                "{} {lang:?}",
                info.file
            );
        }
        // Written for the rule, not made from its title.
        assert_ne!(info.explain.vi.what, info.title, "{}", info.file);
    }
}

#[test]
fn every_record_is_read_by_the_source_it_is_written_for() {
    let mut odd = Vec::new();
    watch(stream().take(30_000), |record, event, _| {
        let drift = event.time.micros_since(record.at).abs();
        let lost = event.marks.unparsed || event.marks.no_time || event.common.host_name.is_none();
        if *event.kind != *record.kind || drift > 1_000_000 || lost {
            odd.push(format!("{} as {} {:?}: {}", record.kind, event.kind, event.marks, event.raw_text()));
        }
    });
    assert!(odd.is_empty(), "{} odd records, the first: {:?}", odd.len(), odd.first());
}

#[test]
fn rules_are_silent_on_ordinary_events_and_fire_on_every_story() {
    let mut ordinary = 0_u32;
    let mut false_alarms: BTreeMap<String, u32> = BTreeMap::new();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut gaps = BTreeSet::new();
    watch(stream().take(40_000), |record, event, found| {
        ordinary += u32::from(record.story.is_none());
        for detection in found {
            let rule = detection.rule.file.to_string();
            match &record.story {
                None => *false_alarms.entry(rule).or_default() += 1,
                Some(story) => _ = told.entry(story.to_string()).or_default().insert(rule),
            }
            for lang in [Lang::Vi, Lang::En] {
                if detection.rule.explain_for(lang, event).what.contains('…') {
                    gaps.insert(detection.rule.file.to_string());
                }
            }
        }
    });
    assert!(ordinary > 35_000);
    assert!(false_alarms.is_empty(), "{false_alarms:?}");
    assert!(gaps.is_empty(), "explanations with a gap: {gaps:?}");
    for (story, rule) in [
        ("defacement", "web/sql_injection.yml"),
        ("defacement", "web/web_shell_request.yml"),
        ("defacement", "web/portal_page_overwritten.yml"),
        ("usb-worm", "windows/autorun_inf_created.yml"),
        ("usb-worm", "windows/malware_spreading.yml"),
        ("mail-phishing", "windows/office_starts_script.yml"),
        ("mail-phishing", "mail/login_after_spray.yml"),
        ("wan-failure", "network/many_links_down.yml"),
        ("wan-failure", "network/ups_on_battery.yml"),
    ] {
        assert!(told.get(story).is_some_and(|rules| rules.contains(rule)), "{story} does not fire {rule}: {told:?}");
    }
    assert_eq!(told.len(), load_stories(&shipped()).expect("stories").len());
}

#[test]
fn the_first_alert_comes_within_ten_seconds() {
    let start = Timestamp::parse_rfc3339("2026-11-23T01:30:00Z").expect("time");
    let mut stream = DemoStream::load(&shipped(), StreamOptions::next_start(start)).expect("loads");
    let mut first = None;
    watch(stream.due(start.plus_secs(10), usize::MAX).into_iter(), |record, _, found| {
        if !found.is_empty() {
            first.get_or_insert(record.at);
        }
    });
    assert!(first.is_some(), "no alert in ten seconds");
}
