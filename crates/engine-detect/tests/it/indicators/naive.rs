//! The scanner against the obvious way: try every word of the text as everything.

use super::watch_of;
use crate::support::event;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Names in lists and texts come from few labels, so that they meet.
fn name() -> impl Strategy<Value = String> {
    let label = prop_oneof!["[ab]", "[ab]{2}", Just("x-1".to_owned())];
    (proptest::collection::vec(label, 1..4), prop_oneof![Just("com"), Just("vn"), Just("exe")])
        .prop_map(|(labels, top)| format!("{}.{top}", labels.join(".")))
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u8..4, 0_u8..3, 0_u8..3).prop_map(|(a, b, c)| format!("{a}.0.{b}.{c}")),
        (0_u16..3, 0_u16..3).prop_map(|(a, b)| format!("2001:db8::{a:x}:{b:x}")),
    ]
}

fn hash() -> impl Strategy<Value = String> {
    (0_u8..3, prop_oneof![Just(32_usize), Just(40), Just(64)]).prop_map(|(n, len)| format!("{n:x}").repeat(len))
}

fn entry() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => name(),
        2 => address(),
        1 => (1_u8..4, 16_u8..25).prop_map(|(a, len)| format!("{a}.0.0.0/{len}")),
        1 => hash(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let between = proptest::sample::select(vec![" ", ",", "=", "\"", "(", ";", "|", "ố"]);
    let piece = prop_oneof![name(), address(), hash(), "[ab.:0-9 ]{0,6}", Just("C:\\x".to_owned())];
    proptest::collection::vec((piece, between), 0..8).prop_map(|all| all.into_iter().map(|(a, b)| a + b).collect())
}

/// Every entry that the text contains, by the rules in `docs/detection/indicators.md`.
fn naive(entries: &[String], text: &str) -> BTreeSet<String> {
    let words = |fits: fn(char) -> bool| text.split(move |c| !fits(c)).filter(|w| !w.is_empty());
    let names = || {
        words(|c| c.is_ascii_alphanumeric() || ".-_".contains(c) || !c.is_ascii()).map(|w| w.trim_matches(['.', '-']))
    };
    let colons = || words(|c| c.is_ascii_alphanumeric() || c == ':');
    let addresses: Vec<IpAddr> = names().chain(colons()).filter_map(|w| w.parse().ok()).collect();
    let hashes: BTreeSet<&str> = words(|c| c.is_ascii_alphanumeric()).collect();
    let mut found = BTreeSet::new();
    for entry in entries {
        let hit = if let Some((base, length)) = entry.split_once('/') {
            let (base, length): (std::net::Ipv4Addr, u32) = (base.parse().unwrap(), length.parse().unwrap());
            addresses.iter().any(|a| match a {
                IpAddr::V4(v4) => (v4.to_bits() ^ base.to_bits()) >> (32 - length) == 0,
                IpAddr::V6(_) => false,
            })
        } else if let Ok(address) = entry.parse::<IpAddr>() {
            addresses.contains(&address)
        } else if entry.contains('.') {
            names().any(|w| w == entry || w.ends_with(&format!(".{entry}")))
        } else {
            hashes.contains(entry.as_str())
        };
        if hit {
            found.insert(entry.clone());
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]
    #[test]
    fn the_scanner_finds_what_the_obvious_way_finds(
        entries in proptest::collection::vec(entry(), 1..25),
        texts in proptest::collection::vec(text(), 1..12),
    ) {
        let mut watch = watch_of(&entries.join("\n"));
        for text in texts {
            // A path or a colon before the name means something else; the other tests hold those.
            if text.contains("C:\\x") || text.contains('\\') {
                continue;
            }
            let json = serde_json::json!({ "v": text }).to_string();
            let mut out = Vec::new();
            watch.observe(&event(1, 1_790_000_000, &json), &mut out);
            let mut found = BTreeSet::new();
            for matched in out.iter().flat_map(|d| &d.matched) {
                let (from, to) = matched.span.expect("a span");
                let part = &matched.value[from..to];
                if matched.op == "indicator-domain" {
                    prop_assert_eq!(part, &matched.pattern);
                }
                found.insert(matched.pattern.clone());
            }
            let listed: Vec<String> = entries.iter().map(|e| canonical(e)).collect();
            prop_assert_eq!(found, naive(&listed, &text), "{:?} in {:?}", entries, text);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400), n in 0_u64..5) {
        let mut watch = watch_of("a.com\n1.2.3.4\n1.0.0.0/8\n2001:db8::/32\na@b.vn\nhttp://a.com/x");
        let mut strange = event(n, 1_790_000_000, "{}");
        strange.raw = bytes.into_boxed_slice();
        strange.marks.unparsed = true;
        watch.observe(&strange, &mut Vec::new());
    }
}

/// As an entry is told: addresses in their usual form.
fn canonical(entry: &str) -> String {
    if let Some((base, length)) = entry.split_once('/') {
        let (base, length): (std::net::Ipv4Addr, u32) = (base.parse().unwrap(), length.parse().unwrap());
        return format!("{}/{length}", std::net::Ipv4Addr::from_bits(base.to_bits() & (u32::MAX << (32 - length))));
    }
    entry.parse::<IpAddr>().map_or_else(|_| entry.to_owned(), |a| a.to_string())
}
