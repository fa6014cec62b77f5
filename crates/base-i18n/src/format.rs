//! Numbers, times and spans in the form readers here expect.

use base_core::{Lang, Timestamp};

/// The time zone in which the interface shows times.
pub const DISPLAY_ZONE: &str = "Asia/Ho_Chi_Minh";

/// Indochina Time has been UTC+7 without summer time since 1975; used if the zone data were absent.
const ICT_OFFSET_SECS: i32 = 7 * 3600;

fn zone() -> jiff::tz::TimeZone {
    static ZONE: std::sync::OnceLock<jiff::tz::TimeZone> = std::sync::OnceLock::new();
    ZONE.get_or_init(|| {
        jiff::tz::TimeZone::get(DISPLAY_ZONE).unwrap_or_else(|_| {
            jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(ICT_OFFSET_SECS).unwrap_or(jiff::tz::Offset::UTC))
        })
    })
    .clone()
}

pub(crate) fn time(at: Timestamp, pattern: &str) -> String {
    match at.to_jiff() {
        Some(ts) => ts.to_zoned(zone()).strftime(pattern).to_string(),
        None => "—".to_owned(),
    }
}

/// A whole number with groups of three: `1.234` in Vietnamese, `1,234` in English.
#[must_use]
pub fn format_number(value: i64, lang: Lang) -> String {
    let digits = value.unsigned_abs().to_string();
    let separator = match lang {
        Lang::Vi => '.',
        Lang::En => ',',
    };
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('−');
    }
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

/// At most `places` decimals, none that are zero at the end.
pub(crate) fn decimal(value: f64, places: usize, lang: Lang) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let text = format!("{:.*}", places, value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let fraction = fraction.trim_end_matches('0');
    let mut out = match whole.parse::<i64>() {
        Ok(whole) => format_number(whole, lang),
        // Beyond 64 bits grouping no longer helps anybody.
        Err(_) => whole.to_owned(),
    };
    if !fraction.is_empty() {
        out.push(if lang == Lang::Vi { ',' } else { '.' });
        out.push_str(fraction);
    }
    let is_zero = out.chars().all(|c| matches!(c, '0' | ',' | '.'));
    if value < 0.0 && !is_zero { format!("−{out}") } else { out }
}

pub(crate) fn fluent_number(value: f64, lang: Lang) -> String {
    decimal(value, 2, lang)
}

pub(crate) fn bytes(bytes: u64, lang: Lang) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        unit = next;
        if value < 1024.0 || next == "TiB" {
            break;
        }
        value /= 1024.0;
    }
    format!("{}\u{a0}{unit}", decimal(value, 1, lang))
}

/// Largest unit that fits: seconds per unit, Vietnamese, English singular and plural.
const SPANS: [(i64, &str, &str, &str); 4] = [
    (86_400, "ngày", "day", "days"),
    (3_600, "giờ", "hour", "hours"),
    (60, "phút", "minute", "minutes"),
    (1, "giây", "second", "seconds"),
];

fn largest(secs: i64) -> (i64, &'static str, &'static str, &'static str) {
    let found = SPANS.into_iter().find(|(unit, ..)| secs >= *unit);
    let (unit, vi, one, many) = found.unwrap_or((1, "giây", "second", "seconds"));
    (secs.div_euclid(unit), vi, one, many)
}

pub(crate) fn span_vi(secs: i64) -> String {
    let (n, word, ..) = largest(secs.max(0));
    format!("{} {word}", format_number(n, Lang::Vi))
}

pub(crate) fn span_en(secs: i64) -> String {
    let (n, _, one, many) = largest(secs.max(0));
    format!("{} {}", format_number(n, Lang::En), if n == 1 { one } else { many })
}
