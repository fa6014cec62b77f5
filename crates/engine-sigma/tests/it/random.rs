//! Random rules and events over a small alphabet, so that matches are frequent.
//!
//! Everything of the language is drawn: modifiers and their chains, wildcards and escapes, null,
//! lists, lists of maps, keywords, nested conditions, letters with unusual case, long values.

use engine_event::LogSource;
use engine_sigma::CompileOptions;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) const FIELDS: [&str; 6] = ["A", "B", "C", "d.e", "Net", "Time"];

/// What `%name%` stands for in random rules.
pub(crate) fn options() -> CompileOptions {
    let mut options = CompileOptions::default();
    options.placeholders.insert("list".into(), vec!["ab".into(), "đ*".into(), "1?".into()]);
    options.placeholders.insert("one".into(), vec!["b\\*".into()]);
    options
}

fn text_value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => letters("[abAđĐ]{0,3}"),
        3 => letters("[abA*?\\\\]{1,5}"),
        2 => letters("[ab]{1,2}[*][ab]{1,2}"),
        1 => select(vec!["ß", "ẞ", "İ", "i", "ı", "I", "ς", "Σ", "σ", "K", "k", "ſ", "ǆ", "ế", "Ế", "*ế*", "?ς"]).prop_map(str::to_owned),
        1 => select(vec!["-1", "1.0", "007", "true", "null", "%a%", "a b", " a", "a ", "a'b", "\"", "\t"]).prop_map(str::to_owned),
        1 => letters("[0-3]{1,2}"),
        1 => letters("[ab]{30,40}"),
    ]
}

/// Texts described by an expression, which is read once.
fn letters(expression: &str) -> impl Strategy<Value = String> + use<> {
    prop::string::string_regex(expression).expect("an expression")
}

/// In single quotes, as the specification recommends.
fn quoted(text: &str) -> String {
    if text.contains('\t') {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t"));
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A value as YAML.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => text_value().prop_map(|t| quoted(&t)),
        2 => (-1..13_i32).prop_map(|n| n.to_string()),
        1 => select(vec!["0.5", "1.5", "-2.25", "100000000000"]).prop_map(str::to_owned),
        1 => Just("null".to_owned()),
        1 => select(vec!["true", "false"]).prop_map(str::to_owned),
    ]
}

fn yaml_list(values: &[String]) -> String {
    format!("[{}]", values.join(", "))
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::collection::vec(text_value(), 1..4), 1 => prop::collection::vec(text_value(), 6..12)]
        .prop_map(|v| yaml_list(&v.iter().map(|t| quoted(t)).collect::<Vec<_>>()))
}

fn values() -> impl Strategy<Value = String> {
    prop::collection::vec(value(), 1..8).prop_map(|v| yaml_list(&v))
}

fn plain_texts() -> impl Strategy<Value = String> {
    prop::collection::vec(letters("[abAđ]{1,3}"), 1..3)
        .prop_map(|v| yaml_list(&v.iter().map(|t| quoted(t)).collect::<Vec<_>>()))
}

fn chosen(list: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    select(list.to_vec()).prop_map(str::to_owned)
}

type Entry = (String, String);

/// Modifiers and values that go with a field of texts.
fn for_texts() -> impl Strategy<Value = Entry> {
    let place = || chosen(&["contains", "startswith", "endswith"]);
    let suffix =
        |[all, cased]: [bool; 2]| format!("{}{}", if all { "|all" } else { "" }, if cased { "|cased" } else { "" });
    prop_oneof![
        4 => values().prop_map(|v| (String::new(), v)),
        5 => (place(), any::<[bool; 2]>(), texts()).prop_map(move |(p, s, v)| (format!("|{p}{}", suffix(s)), v)),
        1 => texts().prop_map(|v| ("|cased".to_owned(), v)),
        1 => values().prop_map(|v| ("|all".to_owned(), v)),
        2 => (chosen(&["a+b", "^a", "[đ0-9]$", "b|Đ", "a.b", "^ab?$", "(a|b){2}", "\\d", "ς", "^$"]), chosen(&["", "|i", "|m", "|s", "|i|s", "|i|m|s"]))
            .prop_map(|(v, f)| (format!("|re{f}"), quoted(&v))),
        1 => prop::collection::vec(chosen(&["a+b", "^a", "b$", "Đ"]), 2..4)
            .prop_map(|v| ("|re|all".to_owned(), yaml_list(&v.iter().map(|t| quoted(t)).collect::<Vec<_>>()))),
        1 => (chosen(&["gt", "gte", "lt", "lte"]), chosen(&["-1", "0", "1", "2", "11", "0.5", "'1'"]))
            .prop_map(|(op, n)| (format!("|{op}"), n)),
        1 => values().prop_map(|v| ("|neq".to_owned(), v)),
        1 => texts().prop_map(|v| ("|contains|neq".to_owned(), v)),
        1 => any::<bool>().prop_map(|b| ("|exists".to_owned(), b.to_string())),
        2 => (chosen(&["", "|contains", "|startswith", "|endswith", "|cased", "|neq", "|contains|cased", "|all"]), prop::collection::vec(chosen(&FIELDS), 1..3))
            .prop_map(|(m, f)| (format!("|fieldref{m}"), yaml_list(&f))),
        1 => (plain_texts(), chosen(&["|base64", "|base64|contains", "|base64offset|contains", "|wide|base64", "|utf16le|base64offset|contains", "|utf16be|base64offset|contains", "|utf16|base64", "|wide|base64offset|contains"]))
            .prop_map(|(v, m)| (m, v)),
        1 => (prop::collection::vec(chosen(&["-a", "/b", "a-b", " -a /b", "–a", "-?", "--a", "a/ -1"]), 1..3), chosen(&["|windash", "|contains|windash", "|windash|contains|all", "|windash|endswith"]))
            .prop_map(|(v, m)| (m, yaml_list(&v.iter().map(|t| quoted(t)).collect::<Vec<_>>()))),
        1 => (prop::collection::vec(chosen(&["%list%", "a%one%", "%one%%list%", "\\%list%", "50%", "%a"]), 1..3), chosen(&["|expand", "|contains|expand", "|expand|startswith"]))
            .prop_map(|(v, m)| (m, yaml_list(&v.iter().map(|t| quoted(t)).collect::<Vec<_>>()))),
    ]
}

fn for_networks() -> impl Strategy<Value = Entry> {
    let networks =
        ["10.0.0.0/8", "10.1.2.0/24", "10.1.2.3", "0.0.0.0/0", "192.168.0.0/16", "fe80::/10", "::/0", "2001:db8::/32"];
    prop_oneof![
        prop::collection::vec(chosen(&networks), 1..4)
            .prop_map(|v| ("|cidr".to_owned(), yaml_list(&v.iter().map(|t| quoted(t)).collect::<Vec<_>>()))),
        chosen(&["'10.*'", "'fe80*'", "''", "null"]).prop_map(|v| (String::new(), v)),
    ]
}

fn for_times() -> impl Strategy<Value = Entry> {
    let comparison = || chosen(&["", "|gt", "|gte", "|lt", "|lte"]);
    let part = chosen(&["minute", "hour", "day", "week", "month", "year"]);
    (part, comparison(), chosen(&["1", "2", "12", "23", "30", "31", "52", "53", "2024", "2025"]))
        .prop_map(|(p, c, n)| (format!("|{p}{c}"), n))
}

fn entry() -> impl Strategy<Value = (String, String, String)> {
    let with = |(field, (modifiers, values)): (String, Entry)| (field, modifiers, values);
    prop_oneof![
        12 => (chosen(&["A", "B", "C", "d.e"]), for_texts()).prop_map(with),
        1 => (Just("Net".to_owned()), for_networks()).prop_map(with),
        1 => (Just("Time".to_owned()), for_times()).prop_map(with),
    ]
}

fn map() -> impl Strategy<Value = String> {
    prop::collection::vec(entry(), 1..3).prop_map(|entries| {
        // Repeated keys are an error in YAML.
        let mut lines: Vec<String> = Vec::new();
        for (field, modifiers, values) in entries {
            let key = format!("{field}{modifiers}: ");
            if !lines.iter().any(|l| l.starts_with(&key)) {
                lines.push(format!("{key}{values}"));
            }
        }
        format!("{{{}}}", lines.join(", "))
    })
}

fn keywords() -> impl Strategy<Value = String> {
    let words = || {
        prop::collection::vec(
            prop_oneof![3 => text_value().prop_map(|t| quoted(&t)), 1 => (0..13_i32).prop_map(|n| n.to_string())],
            1..4,
        )
        .prop_map(|v| yaml_list(&v))
    };
    prop_oneof![
        3 => words(),
        1 => words().prop_map(|w| format!("{{'|all': {w}}}")),
        1 => words().prop_map(|w| format!("{{'|cased': {w}}}")),
        1 => texts().prop_map(|w| format!("{{'|startswith': {w}}}")),
        1 => Just("{'|re': ['^a+$', 'đ']}".to_owned()),
        1 => text_value().prop_map(|t| quoted(&t)),
    ]
}

fn detection() -> impl Strategy<Value = String> {
    let word = text_value().prop_map(|t| quoted(&t));
    prop_oneof![
        6 => map(),
        1 => prop::collection::vec(map(), 1..3).prop_map(|m| yaml_list(&m)),
        1 => (map(), word, map()).prop_map(|(a, w, b)| yaml_list(&[a, w, b])),
        1 => keywords(),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "sel_a",
        "sel_b",
        "filter",
        "_x",
        "1 of sel_*",
        "all of sel_*",
        "1 of them",
        "all of them",
        "2 of them",
        "1 of *",
        "any of filter*",
        "3 of *",
        "1 of *_*",
        "all of *e*",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} or {b} and not {c})")),
            inner.prop_map(|a| format!("not {a}")),
        ]
    })
}

fn sources() -> Vec<[Option<&'static str>; 3]> {
    vec![
        [None, None, None],
        [Some("windows"), None, None],
        [Some("windows"), Some("registry_event"), None],
        [Some("windows"), Some("registry_set"), None],
        [Some("Windows"), None, Some("security")],
        [Some("linux"), None, None],
        [Some("linux"), None, Some("auth")],
        [None, Some("webserver"), None],
    ]
}

/// A rule without an id.
pub(crate) fn rule() -> impl Strategy<Value = String> {
    let parts = (prop::array::uniform4(detection()), prop::collection::vec(condition(), 1..3), select(sources()));
    parts.prop_map(|([a, b, f, x], conditions, source)| {
        let attributes = ["product", "category", "service"].iter().zip(source);
        let source: Vec<String> = attributes.filter_map(|(k, v)| Some(format!("{k}: {}", v?))).collect();
        let condition = match conditions.as_slice() {
            [one] => one.clone(),
            several => yaml_list(&several.iter().map(|c| quoted(c)).collect::<Vec<_>>()),
        };
        format!(
            "title: T\nlogsource: {{{}}}\ndetection:\n    sel_a: {a}\n    sel_b: {b}\n    filter: {f}\n    _x: {x}\n    condition: {condition}\n",
            source.join(", ")
        )
    })
}

/// A log source of an event; more than the rules know.
pub(crate) fn source() -> impl Strategy<Value = LogSource> {
    let more = [
        [Some("linux"), None, Some("sshd")],
        [Some("macos"), None, None],
        [None, None, None],
        [Some("windows"), Some("registry_set"), Some("sysmon")],
    ];
    select([sources(), more.to_vec()].concat()).prop_map(|[p, c, s]| LogSource::new(p, c, s))
}

/// Now and then a long value, of which there are few, so that they come again.
fn scalar() -> impl Strategy<Value = String> {
    let long = (chosen(&["ab", "Ab", "bđ"]), select(vec![50_usize, 150, 600]))
        .prop_map(|(t, n)| format!("\"{}\"", t.repeat(n)));
    prop_oneof![60 => short(), 1 => long]
}

fn short() -> impl Strategy<Value = String> {
    let json = |t: &str| serde_json::to_string(t).expect("text");
    prop_oneof![
        6 => letters("[abABđĐ]{0,4}").prop_map(move |t| json(&t)),
        1 => chosen(&["ß", "ẞ", "ss", "İ", "i", "ı", "I", "ς", "Σ", "σ", "K", "k", "ſ", "s", "ǅ", "ế", "Ế", "aếb", "\u{65}\u{301}"]).prop_map(move |t| json(&t)),
        2 => letters("[0-3]{1,2}").prop_map(move |t| json(&t)),
        2 => (-1..13_i32).prop_map(|n| n.to_string()),
        1 => chosen(&["0.0", "1.0", "2.50", "1.5", "1e1", "-1", "0.5", "-1e300", "100000000000", "18446744073709551615"]),
        1 => chosen(&["null", "true", "false", "\"true\"", "\"*\"", "\"a\\\\b\"", "\"\\\\\"", "\" a\"", "\"a\\nb\"", "\"%list%\"", "\"1.50\"", "\"nan\""]),
        1 => chosen(&["\"x -a /b y\"", "\"–a\"", "\"a-b\"", "\"/1\"", "\"--a\""]),
        // Base64 of texts that rules look for, also as UTF-16, and shifted.
        1 => (letters("[ ab]{0,2}"), letters("[abAđ]{1,3}"), letters("[ ab]{0,2}")).prop_map(|(x, t, y)| encoded(format!("{x}{t}{y}").as_bytes())),
        1 => (letters("[ab]{0,2}"), letters("[abA]{1,3}")).prop_map(|(x, t)| encoded(&format!("{x}{t}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())),
    ]
}

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    format!("\"{}\"", base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn address() -> impl Strategy<Value = String> {
    chosen(&[
        "\"10.1.2.3\"",
        "\"10.200.0.1\"",
        "\"192.168.1.1\"",
        "\"::ffff:10.1.2.3\"",
        "\"fe80::1%eth0\"",
        "\"[2001:db8::7]\"",
        "\" 10.1.2.4 \"",
        "\"host\"",
        "\"\"",
        "\"10.1.2\"",
        "null",
        "7",
    ])
}

fn moment() -> impl Strategy<Value = String> {
    (2023..2027_u16, 1..13_u16, 1..32_u16, 0..24_u16, 0..60_u16, chosen(&["", "Z", "+07:00", ".123Z"]), any::<bool>())
        .prop_map(|(y, mo, d, h, mi, zone, t)| {
            format!("\"{y}-{mo:02}-{d:02}{}{h:02}:{mi:02}:07{zone}\"", if t { 'T' } else { ' ' })
        })
}

/// An event as JSON.
pub(crate) fn event() -> impl Strategy<Value = String> {
    let value = || prop_oneof![4 => scalar(), 1 => prop::collection::vec(scalar(), 0..4).prop_map(|v| yaml_list(&v))];
    let all = (prop::array::uniform4(value()), address(), moment(), any::<[bool; 6]>(), any::<bool>());
    all.prop_map(|([a, b, c, d], net, time, there, again)| {
        let values = [a.clone(), b, c, d, net, time];
        let entries = FIELDS.iter().zip(&values).zip(there).filter(|(_, there)| *there);
        let mut entries: Vec<String> = entries.map(|((f, v), _)| format!("\"{f}\": {v}")).collect();
        if again {
            // A field no rule asks for, which keywords still see.
            entries.push(format!("\"Other\": {a}"));
        }
        format!("{{{}}}", entries.join(", "))
    })
}
