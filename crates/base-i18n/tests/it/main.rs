//! Texts, numbers and times as a reader sees them.
#![allow(clippy::unwrap_used, reason = "tests")]

use base_core::{Lang, Timestamp};
use base_i18n::{Strings, Tr};
use std::sync::Arc;

const VI: &str =
    "demo-title = Cảnh báo\ndemo-count = { $n } cảnh báo của { $unit }\nrole-unit-officer = Cán bộ đơn vị\n";
const EN: &str = "demo-count = { $n ->\n    [one] one alert\n   *[other] { $n } alerts\n } of { $unit }\n";

fn tr(lang: Lang) -> Tr {
    Tr::new(lang, Arc::new(Strings::load(&[(Lang::Vi, "demo", VI), (Lang::En, "demo", EN)]).unwrap()))
}

#[test]
fn texts_take_values_plurals_and_fall_back() {
    assert_eq!(tr(Lang::Vi).ta("demo-count", &[("n", &1234), ("unit", &"Sở Nội vụ")]), "1.234 cảnh báo của Sở Nội vụ");
    assert_eq!(tr(Lang::En).ta("demo-count", &[("n", &1), ("unit", &"SNV")]), "one alert of SNV");
    assert_eq!(tr(Lang::En).ta("demo-count", &[("n", &1234), ("unit", &"SNV")]), "1,234 alerts of SNV");
    assert_eq!(tr(Lang::En).t("demo-title"), "Cảnh báo");
    assert_eq!(tr(Lang::Vi).t("demo-none"), "⟦demo-none⟧");
    assert_eq!(tr(Lang::Vi).dynamic("role-", "unit_officer"), "Cán bộ đơn vị");
    assert_eq!(tr(Lang::Vi).dynamic("role-", "other"), "other");
}

#[test]
fn mistakes_name_file_and_line() {
    let errors = Strings::load(&[(Lang::Vi, "desk", "a = x\nb c\n")]).unwrap_err();
    assert!(errors[0].to_string().starts_with("locales/vi/desk.ftl: line 2"), "{}", errors[0]);
    let twice = Strings::load(&[(Lang::Vi, "one", "a = x\n"), (Lang::Vi, "two", "a = y\n")]).unwrap_err();
    assert_eq!(twice[0].file, "locales/vi/two.ftl");
}

#[test]
fn numbers_and_times_are_local() {
    let (vi, en) = (tr(Lang::Vi), tr(Lang::En));
    let at = Timestamp::parse_rfc3339("2026-11-22T17:30:05Z").unwrap();
    assert_eq!(vi.time(at), "23/11/2026 00:30");
    assert_eq!(vi.time_secs(at), "23/11/2026 00:30:05");
    assert_eq!(vi.number(-1_234_567_i64), "−1.234.567");
    assert_eq!((vi.decimal(1234.54), en.decimal(1234.0)), ("1.234,5".to_owned(), "1,234".to_owned()));
    assert_eq!(vi.percent(0.055), "5,5\u{a0}%");
    assert_eq!((vi.bytes(1536), vi.bytes(u64::MAX)), ("1,5\u{a0}KiB".to_owned(), "16.777.216\u{a0}TiB".to_owned()));
    assert_eq!(vi.ago(at, at.plus_secs(3 * 3600)), "3 giờ trước");
    assert_eq!(en.ago(at, at.plus_secs(60)), "1 minute ago");
    assert_eq!(vi.ago(at.plus_secs(3600), at), "23/11/2026 01:30");
    assert_eq!(vi.decimal(-0.01), "0");
    assert_eq!(vi.time(Timestamp::from_secs(i64::MAX)), "—");
}
