//! "Value Modifiers": what a value of a rule stands for, and whether a value of an event is that.

use super::encoding::{base64, base64_offsets, utf16, windash};
use super::text::{Letter, describes, pattern};
use super::{Placeholders, Seen};
use engine_event::Kind;
use regex::Regex;
use serde_yaml_ng::Value;
use std::net::IpAddr;

/// What a value of a rule stands for.
pub(crate) enum Wanted {
    /// "A null value is defined with `null`": the field is absent or has no value.
    Null,
    Text(Vec<Letter>, bool),
    Number(f64, Option<i64>),
    Compare(String, f64),
    Expression(Regex),
    Network(IpAddr, u32),
    DatePart(String, String, f64),
}

/// A value on its way through the modifiers.
enum Shape {
    Letters(Vec<Letter>),
    Bytes(Vec<u8>),
}

impl Wanted {
    /// "The value modifiers are applied in the given order to the value."
    pub(crate) fn of(value: &Value, modifiers: &[&str], keyword: bool, placeholders: &Placeholders) -> Vec<Wanted> {
        if value.is_null() {
            return vec![Wanted::Null];
        }
        let has = |name: &str| modifiers.contains(&name);
        let written = written(value);
        let expanded = if has("expand") { expand(&written, placeholders) } else { vec![written] };
        if has("re") {
            let flag = |name: &'static str| if has(name) { name } else { "" };
            let flags = [flag("i"), flag("m"), flag("s")].concat();
            let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
            let each = expanded.iter().map(|e| Wanted::Expression(Regex::new(&format!("{flags}{e}")).expect("valid")));
            return each.collect();
        }
        if has("cidr") {
            return expanded.iter().map(|e| network(e)).collect();
        }
        let comparison = modifiers.iter().find(|m| ["gt", "gte", "lt", "lte"].contains(*m));
        let part = modifiers.iter().find(|m| ["minute", "hour", "day", "week", "month", "year"].contains(*m));
        if comparison.is_some() || part.is_some() {
            let comparison = comparison.map_or("eq", |c| c).to_owned();
            let number: f64 = expanded[0].trim().parse().expect("a number");
            return vec![match part {
                Some(part) => Wanted::DatePart((*part).to_owned(), comparison, number),
                None => Wanted::Compare(comparison, number),
            }];
        }
        let cased = has("cased");
        let changes: Vec<&str> =
            modifiers.iter().copied().filter(|m| !["all", "cased", "neq", "expand"].contains(m)).collect();
        if let (Value::Number(n), true, false) = (value, changes.is_empty(), keyword) {
            return vec![Wanted::Number(n.as_f64().expect("a number"), n.as_i64())];
        }
        let text = |e: &String| match value {
            Value::String(_) => pattern(e),
            _ => e.chars().map(Letter::Plain).collect(),
        };
        let mut shapes: Vec<Shape> = expanded.iter().map(|e| Shape::Letters(text(e))).collect();
        for change in &changes {
            shapes = shapes.into_iter().flat_map(|s| changed(change, s)).collect();
        }
        let placed = changes.iter().any(|c| ["contains", "startswith", "endswith"].contains(c));
        let made = shapes.into_iter().map(|shape| {
            let mut letters = letters(shape);
            if keyword && !placed {
                letters.insert(0, Letter::Many);
                letters.push(Letter::Many);
            }
            Wanted::Text(letters, cased)
        });
        made.collect()
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(n) => n.as_i64().map_or_else(|| n.as_f64().expect("a number").to_string(), |i| i.to_string()),
        Value::Bool(b) => b.to_string(),
        other => panic!("no value: {other:?}"),
    }
}

fn changed(modifier: &str, shape: Shape) -> Vec<Shape> {
    let around = |before: bool, after: bool, shape: Shape| {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        if before {
            first.push(Letter::Many);
        }
        if after {
            last.push(Letter::Many);
        }
        vec![Shape::Letters([first, letters(shape), last].concat())]
    };
    let plain = |text: &str| Shape::Letters(text.chars().map(Letter::Plain).collect());
    match modifier {
        // "Puts `*` wildcards around the values"
        "contains" => around(true, true, shape),
        "startswith" => around(false, true, shape),
        "endswith" => around(true, false, shape),
        "base64" => vec![plain(&base64(&bytes(shape)))],
        "base64offset" => base64_offsets(&bytes(shape)).iter().map(|t| plain(t)).collect(),
        "wide" | "utf16le" => vec![Shape::Bytes(utf16(&text(shape), false))],
        "utf16be" => vec![Shape::Bytes(utf16(&text(shape), true))],
        // "Prepends a byte order mark and encodes UTF16"
        "utf16" => vec![Shape::Bytes([vec![0xFF, 0xFE], utf16(&text(shape), false)].concat())],
        "windash" => windash(&letters(shape)).into_iter().map(Shape::Letters).collect(),
        other => panic!("unknown modifier {other}"),
    }
}

fn letters(shape: Shape) -> Vec<Letter> {
    match shape {
        Shape::Letters(letters) => letters,
        Shape::Bytes(bytes) => String::from_utf8(bytes).expect("text").chars().map(Letter::Plain).collect(),
    }
}

fn text(shape: Shape) -> String {
    let plain = |letter: &Letter| match letter {
        Letter::Plain(c) => *c,
        wildcard => panic!("{wildcard:?} cannot be encoded"),
    };
    letters(shape).iter().map(plain).collect()
}

fn bytes(shape: Shape) -> Vec<u8> {
    match shape {
        Shape::Bytes(bytes) => bytes,
        letters => text(letters).into_bytes(),
    }
}

/// "Placeholders": `%name%` is replaced with each of its values, "a plain percent character can be
/// used by escaping it with a backslash".
fn expand(written: &str, placeholders: &Placeholders) -> Vec<String> {
    for (at, _) in written.match_indices('%') {
        if written[..at].ends_with('\\') {
            continue;
        }
        for (name, values) in placeholders {
            if let Some(rest) = written[at..].strip_prefix(&format!("%{name}%")) {
                let before = written[..at].replace("\\%", "%");
                let tails = expand(rest, placeholders);
                let each = values.iter().flat_map(|v| tails.iter().map(move |t| (v, t)));
                return each.map(|(v, t)| format!("{before}{v}{t}")).collect();
            }
        }
    }
    vec![written.replace("\\%", "%")]
}

/// "Supports both IPv4 and IPv6 notations"; an address alone is a network of one.
fn network(written: &str) -> Wanted {
    let (address, length) = written.split_once('/').unwrap_or((written, ""));
    let address: IpAddr = address.parse().expect("an address");
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Wanted::Network(address, length.parse().unwrap_or(whole))
}

/// Whether a value of an event, which is not null, is what is wanted.
pub(crate) fn fits(wanted: &Wanted, value: &Seen<'_>) -> bool {
    match wanted {
        Wanted::Null => false,
        Wanted::Text(pattern, cased) => describes(pattern, &value.letters, *cased),
        Wanted::Number(number, whole) => is_number(*number, *whole, value),
        Wanted::Compare(comparison, number) => {
            decimal(value.text).is_some_and(|have| compares(comparison, have, *number))
        }
        Wanted::Expression(expression) => expression.is_match(value.text),
        Wanted::Network(network, length) => in_network(value.text, *network, *length),
        Wanted::DatePart(part, comparison, number) => {
            date_part(part, value.text).is_some_and(|have| compares(comparison, f64::from(have), *number))
        }
    }
}

/// A number of the event is the same number; a text is the same when it is written plainly.
fn is_number(number: f64, whole: Option<i64>, value: &Seen<'_>) -> bool {
    match (value.kind, whole) {
        (Kind::Number, _) => decimal(value.text) == Some(number),
        (_, Some(whole)) => value.text == whole.to_string(),
        (_, None) => {
            let number_like = value.text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            number_like && decimal(value.text) == Some(number)
        }
    }
}

fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let number_like = text.starts_with(|c: char| c.is_ascii_digit() || ['-', '+', '.'].contains(&c));
    text.parse().ok().filter(|n: &f64| number_like && n.is_finite())
}

fn compares(comparison: &str, have: f64, wanted: f64) -> bool {
    match comparison {
        "gt" => have > wanted,
        "gte" => have >= wanted,
        "lt" => have < wanted,
        "lte" => have <= wanted,
        _ => have == wanted,
    }
}

fn in_network(text: &str, network: IpAddr, length: u32) -> bool {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let text = text.split('%').next().expect("a part");
    let Ok(address) = text.parse::<IpAddr>() else { return false };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)) << 96,
        IpAddr::V6(v6) => u128::from(v6),
    };
    let address = address.to_canonical();
    let differ = bits(address) ^ bits(network);
    address.is_ipv4() == network.is_ipv4() && (length == 0 || differ >> (128 - length) == 0)
}

/// "It extracts a numeric value from a date … not designed to handle timezone or format conversions."
fn date_part(part: &str, text: &str) -> Option<u16> {
    let (date, time) = text.trim().split_once(['T', 't', ' ']).unwrap_or((text.trim(), "00:00:00"));
    let numbers: Vec<u16> = date.split('-').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = numbers[..] else { return None };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let last = *days.get(usize::from(month).checked_sub(1)?)?;
    if day == 0 || day > last {
        return None;
    }
    let clock: Vec<u16> =
        time.split(['Z', '+', '-', ' ', '.']).next()?.split(':').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    Some(match part {
        "minute" => *clock.get(1)?,
        "hour" => *clock.first()?,
        "day" => day,
        "month" => month,
        "year" => year,
        _ => week(year, days[..usize::from(month) - 1].iter().sum::<u16>() + day),
    })
}

/// ISO 8601: the week of a day is that of its Thursday, counted from the start of the Thursday's year.
fn week(year: u16, day_of_year: u16) -> u16 {
    let (y, n) = (i32::from(year), i32::from(day_of_year));
    let days_before = |y: i32| 365 * (y - 1) + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400;
    // The first of January of the year 1 was a Monday.
    let weekday = (days_before(y) + n - 1) % 7;
    let thursday = days_before(y) + n + 3 - weekday;
    let thursdays_year = (y - 1..=y + 1).rev().find(|y| days_before(*y) < thursday).expect("one of them");
    u16::try_from((thursday - days_before(thursdays_year) - 1) / 7 + 1).expect("a week")
}
