//! The disk fills up while events come in. The sender is told, the console goes on, and when there is
//! room again everything that was acknowledged is in the lake once and the alerts are raised.

use crate::crash::{alerts, kept, record, settle};
use crate::server::{Account, Server, first_administrator, source_token};
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
    let gap = eventually("the gap is kept", || gap_of(&server, &administrator));
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0), "{}", server.process.output().join("\n"));
    settle(&data, &administrator);
    let restarted = Server::start("up", &data, &[]);
    assert_eq!(gap_of(&restarted, &administrator), Some(gap), "the gap is remembered");
    drop(restarted);

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

/// The one gap on the page of the inputs, in the words of the table, once it has ended.
fn gap_of(server: &Server, administrator: &Account) -> Option<String> {
    let page = server.client(administrator).get("/nguon/dau-vao").expect("the page").text();
    if page.contains("Chưa lần nào phải từ chối") {
        return None;
    }
    let table = page.split_once("Khoảng trống do đĩa đầy")?.1.split("</table>").next()?;
    let cells: Vec<&str> = table.split("<td").skip(1).collect();
    assert_eq!(cells.len(), 4, "one gap: {table}");
    let requests = cells[2].split('>').nth(1).and_then(|t| t.split('<').next()).unwrap_or_default();
    assert!(requests.parse::<u64>().is_ok_and(|n| n > 0), "requests were sent back: {table}");
    (!table.contains("vẫn đang đầy")).then(|| table.to_owned())
}
