//! Messages of many vendors against the expectations that come with them: which source they are
//! recognised as, and whether the columns hold the expected values. The rates are printed.

use crate::kit::parse;
use base_testkit::shared_dir;
use engine_event::{CommonField, Event};
use serde_json::Value;
use std::collections::BTreeMap;

fn cases(name: &str) -> Option<Vec<Value>> {
    let path = shared_dir()?.join("data/logs/vendor-syslog").join(name);
    let text = std::fs::read_to_string(path).expect("file");
    Some(text.lines().map(|l| serde_json::from_str(l).expect("json")).collect())
}

/// Our source for a source type of the collection; `None` when we have none.
fn ours(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "cisco:asa" | "cisco:ftd" | "cisco:pix" | "cisco:fwsm" => "cisco/asa",
        "cisco:ios" => "cisco/ios",
        "cp_log" => "checkpoint/gateway",
        "pfsense:filterlog" => "netgate/pfsense",
        "ubnt:fw" => "linux/kernel",
        t if t.starts_with("pan:") => "paloalto/panos",
        // Management alone, and with structured data.
        "juniper:structured" => "juniper/junos",
        t if t.starts_with("juniper:") => "juniper/srx",
        t if t.starts_with("fgt_") || t.starts_with("fortigate_") => "fortinet/fortigate",
        t if t.ends_with(":cef") || t == "cef" => "generic/cef",
        _ => return None,
    })
}

#[test]
fn messages_are_recognised() {
    let Some(cases) = cases("sc4s-messages.jsonl") else { return };
    // By source: recognised, asked, of those read in full.
    let mut rates: BTreeMap<&str, (u32, u32, u32)> = BTreeMap::new();
    let (mut others, mut wrong) = (BTreeMap::<String, u32>::new(), Vec::new());
    for case in &cases {
        let message = case["message"].as_str().expect("text");
        let expected = case["expected_sourcetype"].as_str().unwrap_or("-");
        let event = parse(message);
        assert!(!event.raw.is_empty() && !event.kind.is_empty(), "{message}");
        let Some(ours) = ours(expected) else {
            *others.entry(event.kind.to_string()).or_default() += 1;
            continue;
        };
        let rate = rates.entry(ours).or_default();
        rate.1 += 1;
        if *ours == *event.kind {
            rate.0 += 1;
            rate.2 += u32::from(!event.marks.unparsed);
        } else {
            wrong.push(format!("{expected} as {}: {message}", event.kind));
        }
    }
    for (source, (recognised, asked, read)) in &rates {
        eprintln!("{source}: {recognised} of {asked} recognised, {read} read");
    }
    eprintln!("of vendors without a source of their own: {others:?}");
    eprintln!("wrong:\n{}", wrong.join("\n"));
    let (recognised, asked) = rates.values().fold((0, 0), |(r, a), rate| (r + rate.0, a + rate.1));
    assert!(asked > 60 && wrong.len() <= 2, "{recognised} of {asked}");
}

/// Families of patterns and the source that should take their messages.
const FAMILIES: [(&str, &str); 9] = [
    ("CISCOFW", "cisco/asa"),
    ("CISCO_TAGGED_SYSLOG", "cisco/"),
    ("RT_FLOW", "juniper/srx"),
    ("HAPROXY", "haproxy/haproxy"),
    ("SQUID3", "squid/access"),
    ("HTTPD_COMBINEDLOG", "web/access"),
    ("HTTPD_ERRORLOG", "apache/error"),
    ("SHOREWALL", "linux/kernel"),
    ("SFW2", "linux/kernel"),
];

/// Columns and the names the expectations give them.
const COLUMNS: [(CommonField, &[&str]); 8] = [
    (CommonField::SourceIp, &["/source/ip", "/source/address"]),
    (CommonField::SourcePort, &["/source/port"]),
    (CommonField::DestinationIp, &["/destination/ip"]),
    (CommonField::DestinationPort, &["/destination/port"]),
    (CommonField::UserName, &["/user/name", "/source/user/name"]),
    (CommonField::UrlOriginal, &["/url/original"]),
    (CommonField::HttpMethod, &["/http/request/method"]),
    (CommonField::HttpStatus, &["/http/response/status_code"]),
];

/// Whether a column holds an expected value; `None` when nothing is expected of it.
fn agrees(event: &Event, field: CommonField, names: &[&str], expected: &Value) -> Option<bool> {
    let value = names.iter().find_map(|name| expected.pointer(name))?;
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let is_address = |text: &str| text.parse::<std::net::IpAddr>();
    let (is, should) = (event.common.get(field).unwrap_or_default(), value.as_str());
    if field == CommonField::SourceIp && is_address(should).is_err() {
        return None;
    }
    Some(is == should || is_address(is).is_ok_and(|ip| is_address(should) == Ok(ip)))
}

#[test]
fn columns_hold_what_is_expected() {
    let Some(cases) = cases("grok-ecs-cases.jsonl") else { return };
    let mut rates: BTreeMap<&str, (u32, u32, u32, u32)> = BTreeMap::new();
    let mut faults = Vec::new();
    for case in &cases {
        let (pattern, message) = (case["pattern"].as_str().expect("text"), case["message"].as_str().expect("text"));
        let Some((family, source)) = FAMILIES.iter().find(|(family, _)| pattern.starts_with(family)) else { continue };
        // Pieces of a message without what tells where they are from: the sender is known in practice.
        let bare = *family == "CISCOFW" && !message.contains('%');
        let message = if bare { with_head(pattern, message) } else { message.to_owned() };
        let event = parse(&message);
        let rate = rates.entry(family).or_default();
        rate.1 += 1;
        rate.0 += u32::from(event.kind.starts_with(source));
        if !event.kind.starts_with(source) {
            faults.push(format!("{pattern} as {}: {message}", event.kind));
        }
        for (field, names) in COLUMNS {
            let Some(agrees) = agrees(&event, field, names, &case["expected_ecs"]) else { continue };
            rate.3 += 1;
            rate.2 += u32::from(agrees);
            if !agrees {
                let is = event.common.get(field);
                faults.push(format!("{pattern}: {} is {is:?}: {message}", field.name()));
            }
        }
    }
    for (family, (recognised, asked, agreed, values)) in &rates {
        eprintln!("{family}: {recognised} of {asked} recognised, {agreed} of {values} values as expected");
    }
    eprintln!("differences:\n{}", faults.join("\n"));
    let (agreed, values) = rates.values().fold((0, 0), |(a, v), rate| (a + rate.2, v + rate.3));
    assert!(values > 120 && agreed * 100 >= values * 90, "{agreed} of {values}");
}

/// The head of an ASA message, which some cases leave out.
fn with_head(pattern: &str, message: &str) -> String {
    let number = pattern.trim_start_matches("CISCOFW").get(..6).unwrap_or("000000");
    let text = message.split_once(&format!("{number}: ")).map_or(message, |(_, text)| text);
    let number = if message.contains("302021: ") { "302021" } else { number };
    let text = text.split_once("302021: ").map_or(text, |(_, text)| text);
    format!("%ASA-4-{number}: {text}")
}
