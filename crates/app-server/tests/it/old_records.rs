//! Records of every version that was released are brought forward, whole.
//!
//! `tests/fixtures/db` has them as SQL text, as SQLite's dump writes it. A release adds a file: run its
//! `mangrove demo`, stop it, and dump `mangrove.db` (for example with `iterdump` of Python's sqlite3).

use crate::server::{Server, post};
use base_db::{Db, RowExt, Sql};
use base_testkit::Http;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The administrator of the stored demonstration.
const LOGIN: &str = "quantri";
const PASSWORD: &str = "g54p-hh3q-s3n8-3uhc";

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/db");
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("listed").map(|item| item.expect("an item").path()).collect();
    all.sort();
    all
}

/// Makes the database of a fixture, with the library that everybody has.
fn restore(fixture: &Path, to: &Path) {
    const LOAD: &str = "import sqlite3,sys\nc=sqlite3.connect(sys.argv[2])\n\
        c.executescript(open(sys.argv[1],encoding='utf-8').read())\nc.close()";
    let status = Command::new("python3").args(["-c", LOAD]).arg(fixture).arg(to).status().expect("python3 starts");
    assert!(status.success(), "{} cannot be restored", fixture.display());
}

/// What a person would miss: rows of tables that only grow.
fn counted(file: &Path) -> Vec<i64> {
    let queries = [
        "SELECT COUNT(*) AS n FROM identity_account",
        "SELECT COUNT(*) AS n FROM org_unit",
        "SELECT COUNT(*) AS n FROM org_contact",
        "SELECT COUNT(*) AS n FROM desk_alert",
        "SELECT COUNT(*) AS n FROM desk_detection",
        "SELECT COUNT(*) AS n FROM events_source",
        "SELECT COUNT(*) AS n FROM plan_declared",
    ];
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let db = Db::open_file(file).await.expect("the records open");
        let mut counts = Vec::new();
        for query in queries {
            let rows = Sql::new(query).all(db.read()).await.expect("counted");
            counts.push(rows[0].int("n").expect("a number"));
        }
        db.close().await;
        counts
    })
}

#[test]
fn records_of_every_released_version_are_brought_forward() {
    if base_testkit::records::on_postgres() {
        return; // The stored records are SQLite's.
    }
    let all = fixtures();
    assert!(!all.is_empty(), "there are fixtures");
    for fixture in all {
        let dir = tempfile::tempdir().expect("folder");
        let records = dir.path().join("mangrove.db");
        restore(&fixture, &records);
        let before = counted(&records);
        assert!(before.iter().all(|count| *count > 0), "{before:?}");
        for round in ["brought forward", "started again"] {
            let mut server = Server::start("up", dir.path(), &[]);
            let mut http = Http::local(server.port);
            let fields = [("login", LOGIN), ("password", PASSWORD)];
            let reply = post(&mut http, "/dang-nhap", "/dang-nhap", &fields);
            assert_eq!(reply.status, 303, "{}: {round}: {}", fixture.display(), reply.text());
            server.process.interrupt();
            assert_eq!(server.process.wait().code(), Some(0), "{}", server.process.output().join("\n"));
        }
        let after = counted(&records);
        let kept = before.iter().zip(&after).all(|(before, after)| after >= before);
        assert!(kept, "{}: {before:?} became {after:?}", fixture.display());
    }
}
