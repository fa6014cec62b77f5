//! Clock, disk, permissions, limits, certificate.

use crate::codes;
use base_core::Timestamp;
use engine_doctor::{
    CertificateAsk, ClockFacts, DiskFacts, Level, LimitFacts, certificate, clock, disk, limits, look_at_disk,
    look_at_limits, permissions,
};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// 22-11-2026.
const NOW: i64 = 1_795_305_600;

fn facts() -> ClockFacts {
    let zone = Some("Asia/Ho_Chi_Minh".to_owned());
    ClockFacts { now: Timestamp::from_secs(NOW), synchronized: Some(true), zone, newest: None }
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    assert_eq!(codes(&clock(&facts())), ["clock-well"]);
    let alone = clock(&ClockFacts { synchronized: Some(false), ..facts() });
    assert_eq!(codes(&alone), ["clock-alone"]);
    let unknown = clock(&ClockFacts { synchronized: None, zone: Some("UTC".to_owned()), ..facts() });
    assert_eq!(codes(&unknown), ["clock-unknown", "clock-well", "clock-zone"]);
    assert!(unknown.iter().all(|finding| finding.level < Level::Warning));
    let unset = clock(&ClockFacts { now: Timestamp::from_secs(1_000), ..facts() });
    assert_eq!(codes(&unset), ["clock-unset"]);

    // A file that was written in what is now the future.
    let dir = tempfile::tempdir().expect("folder");
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    std::fs::write(&old, "").expect("written");
    std::fs::write(&new, "").expect("written");
    let set = |file: &Path, secs: i64| {
        let at = std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(secs).expect("a time"));
        std::fs::File::options().write(true).open(file).and_then(|f| f.set_modified(at)).expect("set");
    };
    set(&old, NOW - 1_000);
    set(&new, NOW + 100);
    let files = [old, new, dir.path().join("absent")];
    let of =
        |now: i64| ClockFacts { synchronized: Some(true), ..ClockFacts::of_machine(Timestamp::from_secs(now), &files) };
    assert!(codes(&clock(&of(NOW))).contains(&"clock-well"), "two minutes ahead may be another clock");
    let behind = clock(&of(NOW - 3_600));
    assert_eq!(behind[0].code, "clock-behind");
    assert!(behind[0].evidence.contains("new"), "{}", behind[0].evidence);
}

#[test]
fn a_disk_that_is_full_slow_or_elsewhere_is_told() {
    let fine = DiskFacts {
        place: "/d".to_owned(),
        free: 50 << 30,
        total: 100 << 30,
        free_names: 90,
        names: 100,
        ..DiskFacts::default()
    };
    assert_eq!(codes(&disk(&fine)), ["disk-well"]);
    let of = |change: fn(&mut DiskFacts)| {
        let mut facts = fine.clone();
        change(&mut facts);
        codes(&disk(&facts))
    };
    assert_eq!(of(|f| f.free = 2 << 30), ["disk-full"]);
    assert_eq!(of(|f| f.free = 9 << 30), ["disk-low"]);
    assert_eq!(of(|f| (f.free, f.total) = (11 << 30, 1 << 42)), ["disk-well"], "a small part of a large disk is room");
    assert_eq!(of(|f| f.free_names = 4), ["disk-names"]);
    assert_eq!(of(|f| (f.free_names, f.names) = (0, 0)), ["disk-well"], "some file systems have no such limit");
    assert_eq!(of(|f| f.kind = 0x6969), ["disk-network"]);
    assert_eq!(of(|f| f.kind = 0x0102_1994), ["disk-memory"]);
    assert_eq!(of(|f| f.read_only = true), ["disk-read-only"]);
    assert_eq!(of(|f| f.sync = Some(Duration::from_millis(80))), ["disk-slow"]);
    assert_eq!(of(|f| f.sync = Some(Duration::from_millis(8))), ["disk-well"]);

    let dir = tempfile::tempdir().expect("folder");
    let found = look_at_disk(dir.path(), true).expect("looked at");
    assert!(found.total > found.free && found.sync.is_some() && found.refused.is_none(), "{found:?}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 0, "nothing is left behind");
    assert!(look_at_disk(&dir.path().join("absent"), true).is_err());
    // No folder at all, for whoever may write everywhere too.
    let no_folder = Path::new("/proc/self");
    let refused = look_at_disk(no_folder, true).expect("looked at");
    assert_eq!(codes(&disk(&DiskFacts { free: 50 << 30, total: 100 << 30, ..refused })), ["disk-refused"]);
}

#[test]
fn open_folders_and_keys_are_told() {
    let dir = tempfile::tempdir().expect("folder");
    let data = dir.path().join("data");
    assert_eq!(codes(&permissions(&data, None)), ["data-absent"]);
    std::fs::create_dir_all(data.join("keys")).expect("folders");
    let set = |path: &Path, mode: u32| std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
    let key = data.join("keys/session.key");
    std::fs::write(&key, [7; 32]).expect("written");
    set(&data, 0o700);
    set(&key, 0o600);
    assert_eq!(codes(&permissions(&data, None)), ["data-well"]);
    set(&data, 0o755);
    set(&key, 0o640);
    assert_eq!(codes(&permissions(&data, None)), ["data-open", "key-open"]);
    set(&data, 0o700);
    set(&key, 0o600);
    std::fs::write(&key, [7; 5]).expect("written");
    assert_eq!(codes(&permissions(&data, None)), ["key-short"]);
    std::fs::write(&key, [7; 32]).expect("written");
    let config = dir.path().join("mangrove.toml");
    std::fs::write(&config, "").expect("written");
    set(&config, 0o644);
    assert_eq!(codes(&permissions(&data, Some((&config, true)))), ["config-open"]);
    assert_eq!(codes(&permissions(&data, Some((&config, false)))), ["data-well"]);
    set(&config, 0o640);
    assert_eq!(codes(&permissions(&data, Some((&config, true)))), ["data-well"]);
}

#[test]
fn too_little_of_everything_is_told() {
    let all = limits(&LimitFacts { files: Some(1_024), memory: Some(1 << 30), free: Some(100 << 20) });
    assert_eq!(codes(&all), ["limit-files", "limit-memory", "limit-free-memory"]);
    assert_eq!(codes(&limits(&LimitFacts { files: None, memory: Some(8 << 30), free: Some(4 << 30) })), ["limit-well"]);

    // A control group with less than the machine.
    let root = tempfile::tempdir().expect("folder");
    let write = |name: &str, text: &str| {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("proc/meminfo", "MemTotal:       16384000 kB\nMemFree: 1 kB\nMemAvailable:    8192000 kB\n");
    write("proc/self/cgroup", "0::/system.slice/mangrove.service\n");
    write("sys/fs/cgroup/system.slice/mangrove.service/memory.max", "1073741824\n");
    let found = look_at_limits(root.path());
    assert_eq!((found.memory, found.free), (Some(1 << 30), Some(8_192_000 * 1_024)));
    write("sys/fs/cgroup/system.slice/mangrove.service/memory.max", "max\n");
    assert_eq!(look_at_limits(root.path()).memory, Some(16_384_000 * 1_024));
    assert!(look_at_limits(Path::new("/")).memory.is_some());
}

/// A certificate for names, in force between days from now.
fn made(dir: &Path, names: &[&str], from: i64, until: i64) -> PathBuf {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).expect("names");
    let day = |days: i64| {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        epoch + Duration::from_secs(u64::try_from(NOW + days * 86_400).expect("a time"))
    };
    (params.not_before, params.not_after) = (day(from), day(until));
    let pair = rcgen::KeyPair::generate().expect("a key");
    let path = dir.join("console.crt");
    std::fs::write(&path, params.self_signed(&pair).expect("signed").pem()).expect("written");
    path
}

#[test]
fn a_certificate_that_browsers_refuse_is_told() {
    let dir = tempfile::tempdir().expect("folder");
    let look = |file: PathBuf, name: &str, own: bool| {
        let now = Timestamp::from_secs(NOW);
        certificate(&CertificateAsk { file, name: name.to_owned(), now, own })
    };
    let names = ["mangrove.example", "*.tinh.example", "10.0.0.5", "::1"];
    let good = made(dir.path(), &names, -1, 300);
    for name in ["mangrove.example", "MANGROVE.example", "a.tinh.example", "10.0.0.5", "::1"] {
        assert_eq!(codes(&look(good.clone(), name, false)), ["certificate-well"], "{name}");
    }
    for name in ["other.example", "a.b.tinh.example", "tinh.example", "10.0.0.6"] {
        let found = look(good.clone(), name, false);
        assert_eq!(codes(&found), ["certificate-name"], "{name}");
        assert!(found[0].evidence.contains("mangrove.example"), "{}", found[0].evidence);
    }
    assert_eq!(codes(&look(good, "10.0.0.5", true)), ["certificate-own"]);
    assert_eq!(codes(&look(made(dir.path(), &names, -400, -1), "10.0.0.5", false)), ["certificate-ended"]);
    assert_eq!(codes(&look(made(dir.path(), &names, 2, 300), "10.0.0.5", false)), ["certificate-early"]);
    assert_eq!(codes(&look(made(dir.path(), &names, -2, 20), "10.0.0.5", false)), ["certificate-ends"]);
    let file = dir.path().join("rubbish");
    assert_eq!(codes(&look(file.clone(), "x", false)), ["certificate-unreadable"]);
    for rubbish in ["", "rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&file, rubbish).expect("written");
        assert_eq!(codes(&look(file.clone(), "x", false)), ["certificate-unreadable"], "{rubbish}");
    }
}
