//! Bad input: each fault is told with input, place, reason and remedy; the rest goes on.

use crate::support::{CLEARED_RULE, SSH_RULE, hunt, hunt_with, hunter, options, refused};
use engine_hunt::{Outcome, Report, SkipKind};
use std::io::Write;
use std::path::Path;

fn write(dir: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(dir.join(name), bytes).expect("written");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("compresses");
    out.finish().expect("compresses")
}

fn lines(count: u32) -> String {
    (0..count).map(|n| refused(n) + "\n").collect()
}

/// Every skip must say where, why and what to do.
fn assert_told(report: &Report, input: &str) {
    let skip = report.skips.kept().iter().find(|s| s.input.contains(input));
    let skip = skip.unwrap_or_else(|| panic!("{input} is not among {:?}", report.skips.kept()));
    assert!(!skip.reason.is_empty() && !skip.remedy.is_empty(), "{skip:?}");
}

#[test]
fn a_truncated_gzip_gives_what_it_holds_and_says_the_rest_is_missing() {
    let dir = tempfile::tempdir().expect("folder");
    let whole = gzip(lines(2_000).as_bytes());
    write(dir.path(), "cut.log.gz", &whole[..whole.len() / 2]);
    write(dir.path(), "whole.log", lines(3).as_bytes());
    let (report, found) = hunt(&[dir.path()]);
    assert_told(&report, "cut.log.gz");
    assert!(found.len() > 3 && found.len() < 2_003, "{}", found.len());
    assert_eq!(found.iter().filter(|l| l.contains("whole.log")).count(), 3);
    assert_eq!(report.outcome(), Outcome::Partial);
}

#[test]
fn gzip_and_zstd_are_read_whatever_they_are_called() {
    let dir = tempfile::tempdir().expect("folder");
    write(dir.path(), "a.txt", &gzip(lines(5).as_bytes()));
    write(dir.path(), "b.bin", &zstd::encode_all(lines(7).as_bytes(), 1).expect("compresses"));
    let (report, found) = hunt(&[dir.path()]);
    assert_eq!(found.len(), 12);
    assert_eq!(report.outcome(), Outcome::Complete);
    assert_eq!(report.inputs_read, 2);
}

#[test]
fn binary_rubbish_is_skipped_and_the_rest_is_read() {
    let dir = tempfile::tempdir().expect("folder");
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let rubbish: Vec<u8> = (0..200_000)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed.to_be_bytes()[0]
        })
        .collect();
    write(dir.path(), "rubbish.evtx", &rubbish);
    write(dir.path(), "elf.log", &[b"\x7fELF\x02\x01\x01\0".as_slice(), &rubbish].concat());
    write(dir.path(), "auth.log", lines(4).as_bytes());
    let (report, found) = hunt(&[dir.path()]);
    assert_eq!(found.len(), 4);
    assert_told(&report, "rubbish.evtx");
    assert_told(&report, "elf.log");
    assert_eq!(report.outcome(), Outcome::Partial);
}

#[test]
fn invalid_utf8_does_not_hide_a_line() {
    let dir = tempfile::tempdir().expect("folder");
    let mut bytes = lines(1).into_bytes();
    bytes.extend(
        b"2026-03-01T08:00:01+07:00 h\xff\xfest sshd[1]: Failed password for \xc3\x28 from 203.0.113.9 port 1 ssh2\n",
    );
    write(dir.path(), "auth.log", &bytes);
    let (report, found) = hunt(&[dir.path()]);
    assert_eq!(found.len(), 2);
    assert_eq!(report.events.not_utf8, 1);
}

#[test]
fn a_line_of_100_mb_is_cut_told_and_passed() {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("auth.log");
    {
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("made"));
        file.write_all(lines(1).as_bytes()).expect("written");
        let block = vec![b'A'; 1024 * 1024];
        for _ in 0..100 {
            file.write_all(&block).expect("written");
        }
        file.write_all(b"\n").expect("written");
        file.write_all(lines(2).as_bytes()).expect("written");
    }
    let (report, found) = hunt(&[&path]);
    assert_eq!(found.len(), 3);
    assert_eq!(report.events.truncated, 1);
    assert_told(&report, "auth.log");
}

#[test]
fn deep_json_is_survived() {
    let dir = tempfile::tempdir().expect("folder");
    let deep = format!("{}1{}\n", "{\"k\":".repeat(100_000), "}".repeat(100_000));
    let arrays = format!("{{\"a\":{}1{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let event = r##"{"Event":{"System":{"EventID":1102,"Channel":"Security","Computer":"PC-9","TimeCreated":{"#attributes":{"SystemTime":"2026-03-01T01:00:00Z"}}}}}"##;
    write(dir.path(), "deep.ndjson", format!("{event}\n{deep}{arrays}{event}\n").as_bytes());
    let (report, found) = hunt(&[dir.path()]);
    assert_eq!(found.len(), 2, "{:?}", report.skips.kept());
    assert_eq!(report.by_host.iter().map(|(h, _)| h.to_owned()).collect::<Vec<_>>(), ["PC-9"]);
}

#[test]
fn wrong_dates_are_marked_and_still_searched() {
    let dir = tempfile::tempdir().expect("folder");
    let event = |time: &str| {
        format!(
            r#"{{"EventID":1102,"Channel":"Security","Computer":"PC-9","Provider_Name":"x","SystemTime":"{time}"}}"#
        ) + "\n"
    };
    let text: String = ["9999-99-99T00:00:00Z", "", "0001-01-01T00:00:00Z", "hôm qua"].into_iter().map(event).collect();
    write(dir.path(), "dates.ndjson", text.as_bytes());
    let mut narrow = options(1);
    narrow.from = Some(base_core::Timestamp::from_secs(1));
    narrow.to = Some(base_core::Timestamp::from_secs(2));
    let (hunter, skips) = hunter(&[CLEARED_RULE], narrow);
    let (report, found) = hunt_with(&hunter, skips, &[dir.path()]);
    assert_eq!(found.len(), 4, "an event without a believable time is never left out");
    assert_eq!(report.events.no_time, 4);
    assert!(report.timeline.span().is_none());
}

#[test]
fn times_outside_the_range_are_counted_and_left_out() {
    let dir = tempfile::tempdir().expect("folder");
    write(dir.path(), "auth.log", lines(60).as_bytes());
    let mut narrow = options(2);
    narrow.from = base_core::Timestamp::parse_rfc3339("2026-03-01T08:00:10+07:00");
    narrow.to = base_core::Timestamp::parse_rfc3339("2026-03-01T08:00:20+07:00");
    let (hunter, skips) = hunter(&[SSH_RULE], narrow);
    let (report, found) = hunt_with(&hunter, skips, &[dir.path()]);
    assert_eq!((found.len(), report.events.outside_range), (10, 50));
}

#[test]
fn a_rule_with_a_yaml_error_is_told_and_the_others_work() {
    let dir = tempfile::tempdir().expect("folder");
    write(dir.path(), "auth.log", lines(2).as_bytes());
    let broken = "title: broken\nlogsource:\n    product: linux\ndetection:\n    a: [1, 2\n    condition: a\n";
    let (hunter, skips) = hunter(&[broken, SSH_RULE], options(1));
    assert_eq!((hunter.rule_count(), skips.len()), (1, 1));
    let (report, found) = hunt_with(&hunter, skips, &[dir.path()]);
    assert_eq!(found.len(), 2);
    let skip = &report.skips.kept()[0];
    assert_eq!(skip.kind, SkipKind::Rule);
    assert_eq!(skip.input, "rule-0.yml");
    assert!(skip.place.starts_with("line "), "{skip:?}");
    assert_eq!(report.outcome(), Outcome::Partial);
}

#[test]
fn missing_and_unreadable_paths_do_not_stop_the_others() {
    let dir = tempfile::tempdir().expect("folder");
    write(dir.path(), "auth.log", lines(2).as_bytes());
    write(dir.path(), "secret.log", lines(2).as_bytes());
    let secret = dir.path().join("secret.log");
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o000)).expect("set");
    // Root reads everything: then the file counts as read.
    let locked = std::fs::File::open(&secret).is_err();
    let (report, found) = hunt(&[dir.path().join("gone"), dir.path().to_path_buf()]);
    assert_told(&report, "gone");
    assert_eq!(found.len(), if locked { 2 } else { 4 });
    if locked {
        assert_told(&report, "secret.log");
    }
    assert_eq!(report.outcome(), Outcome::Partial);
}

#[test]
fn exit_status_says_how_it_went() {
    let dir = tempfile::tempdir().expect("folder");
    let (report, _) = hunt(&[dir.path()]);
    assert_eq!(report.outcome(), Outcome::Nothing, "an empty folder");
    write(dir.path(), "rubbish", &[0, 1, 2, 3, 255, 254, 0, 9, 0, 0, 0, 1]);
    let (report, _) = hunt(&[dir.path()]);
    assert_eq!(report.outcome(), Outcome::Nothing, "only rubbish: {:?}", report.skips.kept());
    write(dir.path(), "auth.log", lines(1).as_bytes());
    let (report, _) = hunt(&[dir.path()]);
    assert_eq!(report.outcome(), Outcome::Partial, "a log among rubbish");
    let (report, _) = hunt(&[dir.path().join("auth.log")]);
    assert_eq!(report.outcome(), Outcome::Complete, "a log alone: {:?}", report.skips.kept());
}

#[test]
fn an_empty_file_is_read_and_holds_nothing() {
    let dir = tempfile::tempdir().expect("folder");
    write(dir.path(), "empty.log", b"");
    let (report, found) = hunt(&[dir.path()]);
    assert!(found.is_empty());
    assert_eq!(report.outcome(), Outcome::Complete, "{:?}", report.skips.kept());
}
