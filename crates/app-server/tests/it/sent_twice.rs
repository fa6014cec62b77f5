//! The official client of Elasticsearch sends documents under ids of their own; the server is killed while it does,
//! and the client sends everything again. Each document is kept once.

use crate::crash::{kept, record, settle};
use crate::server::{Server, first_administrator, source_token};
use base_testkit::Process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Documents sent, and how often the server is killed.
const MANY: u64 = 4_000;
const KILLS: u64 = 3;

/// The interpreter with the package: `cargo xtask test` makes it beside the program under test.
fn python() -> Option<PathBuf> {
    let target = std::env::current_exe().ok().and_then(|e| e.ancestors().nth(3).map(Path::to_path_buf));
    target.map(|t| t.join("python-senders/bin/python")).filter(|p| p.is_file())
}

#[test]
fn what_a_client_sends_again_after_a_kill_is_kept_once() {
    let Some(python) = python() else {
        return base_testkit::skip("the clients from PyPI not found (`cargo xtask test --only tools` installs them)");
    };
    let folder = tempfile::tempdir().expect("folder");
    let (data, documents) = (folder.path().join("data"), folder.path().join("documents"));
    std::fs::write(&documents, (0..MANY).map(record).collect::<String>()).expect("written");
    let mut server = Server::start("up", &data, &[]);
    let administrator = first_administrator(&mut server);
    let token = source_token(&server, &administrator, "Máy thử");
    let client = |server: &Server| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/create_with_ids.py");
        let url = format!("http://127.0.0.1:{}/elastic", server.port);
        let mut command = Command::new(&python);
        command.arg(script).args([&url, &token]).arg(&documents).env("NO_PROXY", "*").env("no_proxy", "*");
        Process::start(&mut command)
    };
    for kill in 1..=KILLS {
        let mut sending = client(&server);
        // Everything from before comes first, again; somewhere in what is new the server is killed.
        let until = MANY * kill / (KILLS + 1) + rand::random_range(0..500);
        sending.wait_for("progress", |l| l.strip_prefix("at ")?.parse::<u64>().ok().filter(|n| *n >= until));
        server.process.kill();
        let _ = sending.wait();
        server = Server::start("up", &data, &[]);
    }
    let mut sending = client(&server);
    let told = sending.wait_for("the end", |l| l.starts_with("stored ").then(|| l.to_owned()));
    assert_eq!(sending.wait().code(), Some(0));
    let numbers: Vec<u64> = told.split(' ').filter_map(|w| w.parse().ok()).collect();
    assert!(matches!(numbers[..], [stored, again, 0] if again >= MANY / 2 && stored + again == MANY), "{told}");
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0), "{}", server.process.output().join("\n"));
    settle(&data, &administrator);
    let kept = kept(&data);
    assert_eq!(kept.len() as u64, MANY);
    let twice: Vec<_> = kept.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{} documents are kept more than once, such as {:?}", twice.len(), twice.first());
}
