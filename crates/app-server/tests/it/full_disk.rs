//! The disk fills up while events come in. The sender is told, the console goes on, and when there is
//! room again everything that was acknowledged is in the lake once and the alerts are raised.

use crate::crash::{alerts, kept, record, settle};
use crate::server::{Server, first_administrator, source_token};
use base_testkit::{Http, Reply, SmallDisk, eventually};
use std::collections::BTreeMap;

/// Records per request.
const BATCH: u64 = 200;
/// Requests after which a disk of this size must have been full.
const MOST: u64 = 2_000;

#[test]
fn what_was_acknowledged_survives_a_full_disk() {
    let Some(disk) = SmallDisk::mount(48 << 10) else {
        return base_testkit::skip("mounting a small disk is not allowed here");
    };
    let data = disk.path().join("data");
    let mut server = Server::start("up", &data, &[]);
    let administrator = first_administrator(&mut server);
    let token = source_token(&server, &administrator, "Máy thử");
    let send = |first: u64| -> Reply {
        let body: String = (first..first + BATCH).map(record).collect();
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/x-ndjson")];
        Http::local(server.port).send("POST", "/api/v1/events", &headers, body.as_bytes()).expect("an answer")
    };
    assert_eq!(send(0).status, 202);
    disk.fill();
    let mut acknowledged = vec![0];
    let mut told = None;
    for n in 1..MOST {
        let reply = send(n * BATCH);
        if reply.status == 202 {
            acknowledged.push(n);
            continue;
        }
        assert!([503, 507].contains(&reply.status), "{}: {}", reply.status, reply.text());
        told = Some(reply.text());
        break;
    }
    let told = told.expect("the disk was full");
    assert!(told.contains("full") || told.contains("đầy"), "{told}");
    let page = Http::local(server.port).send("GET", "/dang-nhap", &[], &[]).expect("an answer");
    assert_eq!(page.status, 200, "the console goes on");

    disk.free();
    let again = MOST;
    eventually("events are taken again", || (send(again * BATCH).status == 202).then_some(()));
    acknowledged.push(again);
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0), "{}", server.process.output().join("\n"));
    settle(&data, &administrator);

    let wanted: BTreeMap<u64, u64> =
        acknowledged.iter().flat_map(|n| n * BATCH..(n + 1) * BATCH).map(|number| (number, 1)).collect();
    let there = kept(&data);
    let lost: Vec<_> = wanted.keys().filter(|n| !there.contains_key(n)).collect();
    assert!(lost.is_empty(), "{} acknowledged events are lost, such as {:?}", lost.len(), lost.first());
    assert!(there.values().all(|times| *times == 1), "an event is kept twice");
    // The last batch came after the disk was full: its alerts show that records are written again.
    let raised = alerts(&data);
    assert!(raised.keys().any(|n| *n >= again * BATCH), "no alert after the disk was full: {}", raised.len());
}
