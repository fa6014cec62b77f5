//! A server is backed up under load, dies, and comes back elsewhere with every event and every alert.

use crate::crash::{alerts, kept, record, settle};
use crate::program::run;
use crate::server::{Server, first_administrator, source_token};
use base_testkit::{Http, eventually};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Records per request.
const BATCH: u64 = 25;
const SENDERS: usize = 2;

#[derive(Default)]
struct Sent {
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    stop: AtomicBool,
}

impl Sent {
    fn acknowledged(&self) -> BTreeSet<u64> {
        self.acknowledged.lock().expect("the numbers").clone()
    }
}

/// Sends until told to stop, or until the server is gone.
fn send(port: u16, token: &str, sent: &Arc<Sent>) -> std::thread::JoinHandle<()> {
    let (sent, authorization) = (Arc::clone(sent), format!("Bearer {token}"));
    std::thread::spawn(move || {
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/x-ndjson")];
        while !sent.stop.load(Ordering::SeqCst) {
            let first = sent.next.fetch_add(BATCH, Ordering::SeqCst);
            let body: String = (first..first + BATCH).map(record).collect();
            match Http::local(port).send("POST", "/api/v1/events", &headers, body.as_bytes()) {
                Ok(reply) if reply.status == 202 => {
                    sent.acknowledged.lock().expect("the numbers").extend(first..first + BATCH);
                }
                Ok(reply) if [429, 503].contains(&reply.status) => {}
                Ok(reply) => panic!("{}: {}", reply.status, reply.text()),
                Err(_) => return,
            }
        }
    })
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Makes a pair of keys; the public one.
fn key(path: &Path) -> String {
    let made = run(&["backup", "key", "--out", text(path)], None);
    assert_eq!(made.code, Some(0), "{}", made.err);
    made.out.split("--recipient: ").nth(1).expect("a public key").trim().to_owned()
}

#[test]
fn a_backup_under_load_brings_everything_back_elsewhere() {
    if base_testkit::records::on_postgres() {
        return; // Records in PostgreSQL are refused: they have tools of their own.
    }
    let dir = tempfile::tempdir().expect("folder");
    let [data, secret, other, backup, restored] =
        ["data", "key", "other", "b.age", "restored"].map(|n| dir.path().join(n));
    let (public, sent) = (key(&secret), Arc::new(Sent::default()));
    key(&other);
    let mut server = Server::start("up", &data, &[]);
    let administrator = first_administrator(&mut server);
    let token = source_token(&server, &administrator, "Máy thử");
    let senders: Vec<_> = (0..SENDERS).map(|_| send(server.port, &token, &sent)).collect();
    // Enough for several writes of the lake and of the records.
    eventually("events before the backup", || (sent.acknowledged().len() > 2_000).then_some(()));

    let before = sent.acknowledged();
    let create = ["backup", "create", "--data", text(&data), "--out", text(&backup), "--recipient", &public];
    let made = run(&create, None);
    assert_eq!(made.code, Some(0), "{}{}", made.out, made.err);
    assert!(made.out.contains("lake-events") && !made.out.contains("AGE-SECRET"), "{}", made.out);
    let again = run(&create, None);
    assert!(again.code == Some(1) && again.err.contains("exists already"), "{}", again.err);
    assert!(sent.acknowledged().len() > before.len(), "events came in while the backup was made");
    let staging: Vec<_> = ["", "lake", "journal"].map(|part| data.join(part).join("backup-staging")).into();
    assert!(staging.iter().all(|folder| !folder.exists()), "what the backup held is let go");

    server.process.kill();
    sent.stop.store(true, Ordering::SeqCst);
    for sender in senders {
        sender.join().expect("a sender ends");
    }

    let refused = run(&["backup", "verify", text(&backup), "--key", text(&other)], None);
    assert!(refused.code == Some(1) && refused.err.contains("another key"), "{}", refused.err);
    let whole = run(&["backup", "verify", text(&backup), "--key", text(&secret)], None);
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    let done = run(&["backup", "restore", text(&backup), "--to", text(&restored), "--key", text(&secret)], None);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let twice = run(&["backup", "restore", text(&backup), "--to", text(&restored), "--key", text(&secret)], None);
    assert!(twice.code == Some(1) && twice.err.contains("not empty"), "{}", twice.err);

    // The restored server signs people in as before, works off its journal, and has everything once.
    settle(&restored, &administrator);
    let found = kept(&restored);
    let lost: Vec<_> = before.iter().filter(|number| !found.contains_key(number)).collect();
    assert!(
        lost.is_empty(),
        "{} events acknowledged before the backup are lost, such as {:?}",
        lost.len(),
        lost.first()
    );
    assert!(found.values().all(|times| *times == 1), "an event is kept more than once");
    let wanted: BTreeMap<u64, i64> = found.keys().filter(|n| *n % 10 == 0).map(|n| (*n, 1)).collect();
    assert_eq!(alerts(&restored), wanted, "one alert per machine that cleared its log");
    let verified = run(&["lake", "verify", "--data", text(&restored)], None);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}

#[test]
fn a_stopped_server_is_backed_up_with_settings_and_a_passphrase() {
    if base_testkit::records::on_postgres() {
        return; // Records in PostgreSQL are refused: they have tools of their own.
    }
    let dir = tempfile::tempdir().expect("folder");
    let [data, words, backup, restored] = ["data", "words", "b.age", "restored"].map(|name| dir.path().join(name));
    let config = dir.path().join("server.toml");
    let mut server = Server::start("up", &data, &[]);
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    std::fs::write(&config, format!("data = \"{}\"\nname = \"cu.example\"\n", text(&data))).expect("written");
    std::fs::write(&words, "mười hai cây đước\n").expect("written");
    let create =
        ["backup", "create", "--config", text(&config), "--out", text(&backup), "--passphrase-file", text(&words)];
    let made = run(&create, None);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let restore = ["backup", "restore", text(&backup), "--to", text(&restored), "--passphrase-file", text(&words)];
    let done = run(&restore, None);
    assert!(done.code == Some(0) && done.out.contains("settings of the old server"), "{}{}", done.out, done.err);
    let settings = std::fs::read_to_string(restored.join("settings/server.toml")).expect("the settings");
    assert!(settings.contains("cu.example"));
    let session = |data: &Path| std::fs::read(data.join("keys/session.key")).expect("a key");
    assert_eq!(session(&data), session(&restored));
    assert!(!restored.join("cache").exists() && !restored.join("lake/lake.lock").exists());

    for (arguments, says) in [
        (
            vec![
                "backup",
                "create",
                "--data",
                text(dir.path()),
                "--out",
                "/nowhere/x",
                "--passphrase-file",
                text(&words),
            ],
            "no data folder of Mangrove",
        ),
        (
            vec!["backup", "create", "--data", text(&data), "--out", "/nowhere/x", "--recipient", "age1slip"],
            "no public key of age",
        ),
        (
            vec!["backup", "create", "--data", text(&data), "--out", "/nowhere/x", "--passphrase-file", text(&words)],
            "/nowhere/x.part",
        ),
        (vec!["backup", "verify", text(&config), "--passphrase-file", text(&words)], "is no backup"),
    ] {
        let refused = run(&arguments, None);
        assert!(refused.code == Some(1) && refused.err.contains(says), "{arguments:?}: {}", refused.err);
    }
}
