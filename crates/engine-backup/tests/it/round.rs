//! What goes in comes out.

use crate::{Case, head, samples, tree};
use engine_backup::{Bytes, Identities, Item, Progress, Recipients, create, restore, verify};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

#[test]
fn everything_comes_back_readable_by_its_owner_only() {
    let case = Case::new();
    let backup = case.make(samples());
    assert_eq!(std::fs::metadata(&backup).expect("there").permissions().mode() & 0o777, 0o600);
    let mut last = Progress::default();
    let verified = verify(&backup, &case.keys(), &mut |done| {
        last = done.clone();
        true
    });
    let verified = verified.expect("whole");
    assert_eq!((verified.head, verified.files.len(), last.bytes), (head(), 4, 12_000_034));
    let target = case.path("restored");
    std::fs::create_dir(&target).expect("an empty folder will do");
    restore(&backup, &case.keys(), &target, "0.1.0", &mut |_| true).expect("restored");
    let found = tree(&target);
    assert_eq!(found.len(), 4);
    assert_eq!(found["keys/session.key"], [7; 32]);
    assert_eq!(found["mangrove.db"].len(), 12_000_000);
    for part in ["", "keys", "keys/session.key", "lake/data/day=2026-11-22"] {
        let mode = std::fs::metadata(target.join(part)).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{part} is open to others");
    }
    assert_eq!(case.names(), ["backup", "key", "restored"]);
    // What shall stay secret does not stand in the file.
    let bytes = std::fs::read(&backup).expect("read");
    assert!(!bytes.windows(11).any(|w| w == b"session.key" || w == b"mangrove.db"));
}

#[test]
fn a_passphrase_opens_what_it_closed() {
    let case = Case::new();
    let (file, out) = (case.path("words"), case.path("backup"));
    std::fs::write(&file, "bảy cây đước ven sông\n").expect("written");
    let recipients = Recipients::passphrase_file(&file).expect("long enough");
    let items = [Ok(Item::here("a", b"content".to_vec()))];
    create(&out, &recipients, &head(), items, &mut |_| true).expect("made");
    let keys = Identities::passphrase_file(&file).expect("read");
    assert_eq!(verify(&out, &keys, &mut |_| true).expect("whole").files[0].bytes, 7);
    let other = verify(&out, &case.keys(), &mut |_| true).expect_err("a key does not open it");
    assert!(other.to_string().contains("was encrypted with a passphrase"), "{other}");
    std::fs::write(&file, "bảy cây đước ven biển\n").expect("written");
    let wrong = verify(&out, &Identities::passphrase_file(&file).expect("read"), &mut |_| true);
    assert!(wrong.expect_err("refused").to_string().contains("another key"));
    std::fs::write(&file, "short\n").expect("written");
    assert!(Recipients::passphrase_file(&file).expect_err("refused").to_string().contains("12 characters"));
}

#[test]
fn of_a_growing_file_the_beginning_is_taken() {
    let case = Case::new();
    let path = case.path("segment");
    std::fs::write(&path, vec![1; 5_000_000]).expect("written");
    let item = Item::open("journal/1.seg", &path).expect("opened");
    std::fs::OpenOptions::new().append(true).open(&path).expect("open").write_all(&[2; 100]).expect("grows");
    let backup = case.make(vec![item]);
    let target = case.path("restored");
    restore(&backup, &case.keys(), &target, "0.1.0", &mut |_| true).expect("restored");
    assert_eq!(tree(&target)["journal/1.seg"], vec![1; 5_000_000]);

    let item = Item::open("journal/1.seg", &path).expect("opened");
    assert!(matches!(item.bytes, Bytes::File(_, 5_000_100)));
    std::fs::OpenOptions::new().write(true).open(&path).expect("open").set_len(10).expect("cut");
    let cut = create(&case.path("two"), &case.recipients(), &head(), [Ok(item)], &mut |_| true);
    assert!(cut.expect_err("told").to_string().contains("changed while it was read"));
    assert!(!case.names().iter().any(|name| name.starts_with("two")), "{:?}", case.names());
}

/// A person without this program gets at everything with age, zstd and tar.
#[test]
fn other_programs_open_it() {
    let found = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !(found("age") && found("zstd") && found("tar")) {
        assert!(std::env::var_os("CI").is_none(), "age, zstd and tar are needed (apt-get install age zstd tar)");
        println!("skipped: age, zstd or tar is not installed");
        return;
    }
    let case = Case::new();
    let backup = case.make(samples());
    std::fs::create_dir(case.path("out")).expect("folder");
    let script = "age -d -i \"$1\" \"$2\" | zstd -d | tar -x -C \"$3\"";
    let status = Command::new("sh")
        .args(["-c", script, "sh"])
        .args([case.path("key"), backup, case.path("out")])
        .stdin(Stdio::null())
        .status()
        .expect("runs");
    assert!(status.success());
    let found = tree(&case.path("out"));
    assert_eq!(found["keys/session.key"], [7; 32]);
    assert!(found.contains_key("mangrove-backup.json") && found.contains_key("mangrove-backup.sums.json"));
    // And the other way round: a key of age-keygen is taken.
    let made = Command::new("age-keygen").arg("-o").arg(case.path("theirs")).output().expect("runs");
    assert!(made.status.success() && Identities::file(&case.path("theirs")).is_ok());
}
