//! The power goes away at random moments while events come in. Afterwards every acknowledged event is in
//! the lake exactly once, and every alert is there once.

use crate::server::{Account, Server, first_administrator, source_token};
use base_core::Scope;
use base_db::RowExt;
use base_testkit::{Http, eventually};
use engine_lake::{Lake, Order, Query, SearchRequest};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often the program is killed.
const KILLS: u64 = 6;
/// Records per request.
const BATCH: u64 = 25;
/// Every so many records one that raises an alert of a rule, and half-way between one that raises an alert
/// of a list of indicators, each on a machine of its own.
const ALERT_EVERY: u64 = 10;
const SENDERS: usize = 3;

/// What the senders know.
#[derive(Default)]
struct Ledger {
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    stop: AtomicBool,
}

#[test]
fn every_acknowledged_event_is_kept_once_and_every_alert_is_raised_once() {
    let data = tempfile::tempdir().expect("folder");
    let ledger = Arc::new(Ledger::default());
    let (administrator, token) = prepare(data.path());
    for kill in 0..KILLS {
        let mut server = Server::start("up", data.path(), &[]);
        let before = acknowledged(&ledger);
        let senders: Vec<_> = (0..SENDERS).map(|_| send(server.port, &token, &ledger)).collect();
        eventually("acknowledgements after the restart", || (acknowledged(&ledger) > before + 4 * BATCH).then_some(()));
        // Somewhere between two writes, never at the same place.
        std::thread::sleep(Duration::from_millis(rand::random_range(0..400)));
        server.process.kill();
        ledger.stop.store(true, Ordering::SeqCst);
        for sender in senders {
            sender.join().expect("a sender ends");
        }
        ledger.stop.store(false, Ordering::SeqCst);
        println!("kill {kill}: {} acknowledged of {} sent", acknowledged(&ledger), ledger.next.load(Ordering::SeqCst));
    }
    settle(data.path(), &administrator);
    let acknowledged = ledger.acknowledged.lock().expect("the ledger").clone();
    let kept = kept(data.path());
    let lost: Vec<_> = acknowledged.iter().filter(|n| !kept.contains_key(n)).collect();
    assert!(lost.is_empty(), "{} acknowledged events are lost, such as {:?}", lost.len(), lost.first());
    let twice: Vec<_> = kept.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{} events are kept more than once, such as {:?}", twice.len(), twice.first());
    let wanted: BTreeMap<u64, i64> = kept.keys().filter(|n| *n % (ALERT_EVERY / 2) == 0).map(|n| (*n, 1)).collect();
    assert_eq!(alerts(data.path()), wanted, "one alert of one detection per machine");
}

/// First start: an administrator and a source with its token.
fn prepare(data: &Path) -> (Account, String) {
    let mut server = Server::start("up", data, &[]);
    let administrator = first_administrator(&mut server);
    let token = source_token(&server, &administrator, "Máy thử");
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    let list = data.join("feed.txt");
    std::fs::write(&list, "crash-feed.example\n").expect("written");
    let (list, data) = (list.to_str().expect("UTF-8"), data.to_str().expect("UTF-8"));
    let done = crate::program::run(&["indicators", "import", list, "--title", "Feed", "--data", data], None);
    assert_eq!(done.code, Some(0), "{}", done.err);
    (administrator, token)
}

/// Sends batch after batch until the server is gone; what was answered with 202 counts as acknowledged.
fn send(port: u16, token: &str, ledger: &Arc<Ledger>) -> std::thread::JoinHandle<()> {
    let (ledger, authorization) = (Arc::clone(ledger), format!("Bearer {token}"));
    std::thread::spawn(move || {
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/x-ndjson")];
        while !ledger.stop.load(Ordering::SeqCst) {
            let first = ledger.next.fetch_add(BATCH, Ordering::SeqCst);
            let body: String = (first..first + BATCH).map(record).collect();
            match Http::local(port).send("POST", "/api/v1/events", &headers, body.as_bytes()) {
                Ok(reply) if reply.status == 202 => {
                    ledger.acknowledged.lock().expect("the ledger").extend(first..first + BATCH);
                }
                // Nothing of it was taken.
                Ok(reply) if [429, 503].contains(&reply.status) => {}
                Ok(reply) => panic!("{}: {}", reply.status, reply.text()),
                // Killed while answering: not acknowledged, so it may be kept or not.
                Err(_) => return,
            }
        }
    })
}

fn acknowledged(ledger: &Ledger) -> u64 {
    u64::try_from(ledger.acknowledged.lock().expect("the ledger").len()).expect("a number")
}

/// A Windows event; its machine's name carries the number.
pub(crate) fn record(number: u64) -> String {
    // 1102: the security log was cleared, which a rule knows. 4634: somebody logged off, which none does.
    let code = if number.is_multiple_of(ALERT_EVERY) { 1102 } else { 4634 };
    // Half-way between them one that names what a list of indicators has.
    let name = if number % ALERT_EVERY == ALERT_EVERY / 2 { "crash-feed.example" } else { "vanthu01" };
    let minute = number % 60;
    format!(
        "{{\"Event\":{{\"System\":{{\"Provider\":{{\"#attributes\":{{\"Name\":\"Microsoft-Windows-Eventlog\"}}}},\
         \"EventID\":{code},\"Level\":0,\"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"2026-11-22T01:{minute:02}:00.000Z\"}}}},\
         \"EventRecordID\":{number},\"Channel\":\"Security\",\"Computer\":\"pc-{number}.thu.example\"}},\
         \"UserData\":{{\"LogFileCleared\":{{\"SubjectUserName\":\"{name}\"}}}}}}}}\n"
    )
}

/// Starts until everything in the journal has reached the lake; a clean stop writes what is waiting.
pub(crate) fn settle(data: &Path, administrator: &Account) {
    for _ in 0..30 {
        let mut server = Server::start("up", data, &[]);
        let _ = server.client(administrator);
        server.process.interrupt();
        assert_eq!(server.process.wait().code(), Some(0), "{}", server.process.output().join("\n"));
        let committed = block_on(async { open_lake(data).await.committed().await.expect("the lake answers") });
        let options = engine_journal::JournalOptions { at_least: committed, ..Default::default() };
        let (journal, _) = engine_journal::Journal::open(&data.join("journal"), options).expect("the journal opens");
        let end = journal.end();
        journal.shutdown();
        if committed == end {
            return;
        }
    }
    panic!("the lake never catches up with the journal");
}

async fn open_lake(data: &Path) -> heavy_lake_datafusion::ParquetLake {
    let options = heavy_lake_datafusion::LakeOptions::default();
    heavy_lake_datafusion::ParquetLake::open(&data.join("lake"), options).await.expect("the lake opens").0
}

fn number_of(host: &str) -> Option<u64> {
    host.strip_prefix("pc-")?.split('.').next()?.parse().ok()
}

/// How often each number is in the lake.
pub(crate) fn kept(data: &Path) -> BTreeMap<u64, u64> {
    let mut found = BTreeMap::new();
    block_on(async {
        let lake = open_lake(data).await;
        let mut request = SearchRequest {
            order: Order::Oldest,
            limit: 5_000,
            query: Query::everything(),
            ..SearchRequest::default()
        };
        loop {
            let page = lake.search(&Scope::province(), &request).await.expect("a page");
            for event in &page.events {
                let raw = event.raw_text();
                let host = raw.split("\"Computer\":\"").nth(1).and_then(|t| t.split('"').next()).unwrap_or_default();
                *found.entry(number_of(host).expect("a numbered machine")).or_default() += 1;
            }
            let Some(next) = page.next else { break };
            request.after = Some(next);
        }
    });
    found
}

/// Detections per machine, summed over its alerts; more than one alert of a machine shows as a sum above one.
pub(crate) fn alerts(data: &Path) -> BTreeMap<u64, i64> {
    let mut found = BTreeMap::new();
    block_on(async {
        let db = base_db::Db::open_file(&data.join("mangrove.db")).await.expect("the records open");
        let alerts = base_db::Sql::new("SELECT entity_name, detections FROM desk_alert");
        for row in alerts.all(db.read()).await.expect("the alerts") {
            let host: String = row.text("entity_name").expect("a name");
            *found.entry(number_of(&host).expect("a numbered machine")).or_default() +=
                row.int("detections").expect("a count");
        }
    });
    found
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(future)
}
