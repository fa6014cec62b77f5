//! Wrong keys, missing ends, changed bytes, newer versions, folders in use, full disks.

use crate::{Case, head, samples, told};
use engine_backup::{BackupError, Head, Identities, Item, Recipients, create, restore, verify};
use std::path::Path;

fn restored(case: &Case, backup: &Path) -> Result<(), BackupError> {
    restore(backup, &case.keys(), &case.path("restored"), "0.1.0", &mut |_| true).map(|_| ())
}

/// Nothing half-written lies around.
fn nothing_left(case: &Case) {
    let left: Vec<String> = case.names().into_iter().filter(|n| n.contains("restor") || n.contains(".part")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_wrong_key_opens_nothing() {
    let (case, other) = (Case::new(), Case::new());
    let backup = case.make(samples());
    let error = verify(&backup, &other.keys(), &mut |_| true).expect_err("refused");
    assert!(matches!(error, BackupError::WrongKey { .. }), "{error}");
    assert!(told(&error).contains("another key"));
    let error = restore(&backup, &other.keys(), &case.path("restored"), "0.1.0", &mut |_| true).expect_err("refused");
    assert!(matches!(error, BackupError::WrongKey { .. }), "{error}");
    nothing_left(&case);
}

#[test]
fn a_backup_cut_anywhere_is_told() {
    let case = Case::new();
    let backup = case.make(samples());
    let bytes = std::fs::read(&backup).expect("read");
    let cut = case.path("cut");
    for length in [0, 1, 20, 100, 250, 300, 70_000, bytes.len() / 2, bytes.len() - 17, bytes.len() - 1] {
        std::fs::write(&cut, &bytes[..length]).expect("written");
        let error = restored(&case, &cut).expect_err("a part is no backup");
        let right = matches!(
            error,
            BackupError::CutOff { .. }
                | BackupError::NoBackup { .. }
                | BackupError::Damaged { .. }
                | BackupError::WrongKey { .. }
        );
        assert!(right, "{length}: {error}");
        if length > 1_000 {
            assert!(matches!(error, BackupError::CutOff { .. }), "{length}: {error}");
        }
        nothing_left(&case);
    }
    std::fs::write(&cut, [&bytes[..], b"more"].concat()).expect("written");
    assert!(restored(&case, &cut).is_err(), "bytes behind its end");
    nothing_left(&case);
}

#[test]
fn a_changed_byte_is_told_wherever_it_is() {
    let case = Case::new();
    let backup = case.make(samples());
    let bytes = std::fs::read(&backup).expect("read");
    let spoiled = case.path("spoiled");
    let places = (0..40).map(|n| n * (bytes.len() - 1) / 39).chain(0..230).collect::<Vec<_>>();
    for place in places {
        let mut copy = bytes.clone();
        copy[place] ^= 1;
        std::fs::write(&spoiled, &copy).expect("written");
        assert!(verify(&spoiled, &case.keys(), &mut |_| true).is_err(), "byte {place} of {}", bytes.len());
    }
    let mut copy = bytes.clone();
    copy[bytes.len() / 2] ^= 0x40;
    std::fs::write(&spoiled, &copy).expect("written");
    let error = restored(&case, &spoiled).expect_err("refused");
    assert!(matches!(error, BackupError::Damaged { .. }) && told(&error).contains("spoiled"), "{error}");
    nothing_left(&case);
}

#[test]
fn a_newer_version_and_a_folder_in_use_are_refused() {
    let case = Case::new();
    let newer = Head { program: "0.2.0".to_owned(), ..head() };
    create(&case.path("new"), &case.recipients(), &newer, samples().into_iter().map(Ok), &mut |_| true).expect("made");
    let error = restored(&case, &case.path("new")).expect_err("refused");
    assert!(told(&error).contains("made by Mangrove 0.2.0; this is 0.1.0"), "{error}");
    nothing_left(&case);
    let backup = case.make(samples());
    std::fs::create_dir(case.path("used")).expect("folder");
    std::fs::write(case.path("used/file"), "x").expect("written");
    let error = restore(&backup, &case.keys(), &case.path("used"), "0.1.0", &mut |_| true).expect_err("refused");
    assert!(matches!(error, BackupError::NotEmpty { .. }), "{error}");
    assert_eq!(std::fs::read(case.path("used/file")).expect("still there"), b"x");
    let again = create(&backup, &case.recipients(), &head(), [], &mut |_| true).expect_err("nothing is overwritten");
    assert!(matches!(again, BackupError::Exists { .. }), "{again}");
}

#[test]
fn whoever_listens_may_end_it() {
    let case = Case::new();
    let made = create(&case.path("b"), &case.recipients(), &head(), samples().into_iter().map(Ok), &mut |_| false);
    assert!(matches!(made.expect_err("stopped"), BackupError::Stopped));
    let backup = case.make(samples());
    let stopped = restore(&backup, &case.keys(), &case.path("restored"), "0.1.0", &mut |done| done.bytes < 2_000_000);
    assert!(matches!(stopped.expect_err("stopped"), BackupError::Stopped));
    nothing_left(&case);
    assert!(!case.path("b").exists());
}

#[test]
fn a_full_disk_leaves_nothing() {
    let case = Case::new();
    let backup = case.make(samples());
    // Every write to this device says that the disk is full.
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("skipped: there is no /dev/full");
        return;
    }
    std::os::unix::fs::symlink(full, case.path("out.part")).expect("a link");
    let error = create(&case.path("out"), &case.recipients(), &head(), samples().into_iter().map(Ok), &mut |_| true);
    let error = error.expect_err("full");
    assert!(matches!(error, BackupError::Full { .. }) && told(&error).contains("is full"), "{error}");
    assert!(!case.path("out").exists() && !case.path("out.part").exists());
    assert!(backup.exists());
}

#[test]
fn names_that_lead_out_are_refused_on_both_sides() {
    let case = Case::new();
    for name in ["../out", "/etc/out", "a/../../out"] {
        let items = [Ok(Item::here(name, vec![1]))];
        let error = create(&case.path("b"), &case.recipients(), &head(), items, &mut |_| true).expect_err("refused");
        assert!(matches!(error, BackupError::Name(_)), "{error}");
    }
}

#[test]
fn keys_that_are_none_are_named_without_being_repeated() {
    let case = Case::new();
    let file = case.path("keys.txt");
    std::fs::write(&file, format!("# ours\n{}\nage1nothing\n", case.public)).expect("written");
    assert!(told(&Recipients::file(&file).expect_err("refused")).contains("keys.txt:3"));
    let secret = std::fs::read_to_string(case.path("key")).expect("read");
    let line = secret.lines().last().expect("a key");
    let error = Recipients::keys([(line, "--recipient".to_owned())]).expect_err("refused");
    assert!(told(&error).contains("secret key") && !told(&error).contains(line), "{error}");
    std::fs::write(&file, "AGE-SECRET-KEY-1SLIP\n").expect("written");
    let error = Identities::file(&file).expect_err("refused");
    assert!(told(&error).contains("line 1") && !told(&error).contains("SLIP"), "{error}");
    std::fs::write(&file, "").expect("written");
    assert!(Recipients::file(&file).is_err() && Identities::file(&file).is_err());
    assert!(matches!(Identities::file(&case.path("absent")).expect_err("told"), BackupError::Io { .. }));
}
