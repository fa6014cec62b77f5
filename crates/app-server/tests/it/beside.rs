//! What stands beside the Sigma rules, in the running server: lists of indicators kept in the console and
//! by the command line, and behaviours whose memory outlives a crash.

use crate::program::run;
use crate::rules_live::{Sender, alerted};
use crate::server::{Server, first_administrator, post};
use base_db::RowExt;
use base_testkit::{Http, Reply, eventually};
use std::path::Path;

/// A sequence of `content/behaviours`: a log-on fails, one succeeds, an account is made.
const GUESSED: &str = "b1e1d7a6-fac4-5644-9255-b890978c8a34";
const LISTS: &str = "/quy-tac/chi-bao";

/// A name looked up by a program, as Sysmon tells it.
fn asked(host: &str, name: &str) -> String {
    format!(
        "{{\"Event\":{{\"System\":{{\"Provider\":{{\"#attributes\":{{\"Name\":\"Microsoft-Windows-Sysmon\"}}}},\"EventID\":22,\
         \"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"2026-11-22T01:00:00.000Z\"}}}},\
         \"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Computer\":\"{host}\"}},\
         \"EventData\":{{\"QueryName\":\"{name}\",\"Image\":\"C:\\\\Windows\\\\a.exe\"}}}}}}"
    )
}

/// Hands a file in; the answer.
fn upload(http: &mut Http, fields: &[(&str, &str)], name: &str, content: &[u8]) -> Reply {
    const EDGE: &str = "----mangrove-lists";
    let text = http.get(LISTS).expect("the page").text();
    let mut actions = text.split("action=\"").filter_map(|t| t.split('"').next());
    let action = actions.find(|a| a.starts_with("/quy-tac/chi-bao?")).expect("an upload form").replace("&amp;", "&");
    let mut body = Vec::new();
    for (field, value) in fields {
        let part = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{EDGE}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={EDGE}");
    http.send("POST", &action, &[("content-type", &kind)], &body).expect("an answer")
}

fn act(http: &mut Http, page: &str, to: &str, fields: &[(&str, &str)]) {
    let reply = post(http, page, to, fields);
    assert_eq!(reply.status, 303, "{to}: {}", reply.text());
}

/// Waits until a value does what it should.
fn does(http: &mut Http, value: &str, says: &str) {
    eventually(&format!("{value}: {says}"), || {
        let page = http.get(&format!("{LISTS}?value={value}")).expect("the page").text();
        page.contains(says).then_some(())
    });
}

fn seen(http: &mut Http, host: &str) {
    eventually(&format!("an alert about {host}"), || alerted(http).contains(host).then_some(()));
}

#[test]
fn a_list_is_handed_in_reported_put_into_force_allowed_replaced_and_removed() {
    let data = tempfile::tempdir().expect("folder");
    let mut server = Server::start("up", data.path(), &[]);
    let administrator = first_administrator(&mut server);
    let sender = Sender::new(&server, &administrator);
    let mut http = server.client(&administrator);

    let feed = "value,expires\nevil-feed.example,\nold-feed.example,2020-01-01\nshared-cdn.example,\nnot-a-value,\n";
    let fields = [("list", ""), ("title", "Danh sách thử"), ("level", "critical"), ("source", "Đội thử")];
    let made = upload(&mut http, &fields, "feed.csv", feed.as_bytes());
    assert_eq!(made.status, 303, "{}", made.text());
    let page = made.header("location").expect("a page").to_owned();
    let report = http.get(&page).expect("the page").text();
    assert!(report.contains("feed.csv:5: `not-a-value`") && report.contains("chờ đưa vào sử dụng"), "{report}");
    does(&mut http, "evil-feed.example", "Không danh sách nào");
    sender.send(&[asked("pc-early", "evil-feed.example")]);

    act(&mut http, &page, &format!("{page}/dua-vao"), &[]);
    does(&mut http, "evil-feed.example", "Sẽ phát cảnh báo");
    does(&mut http, "old-feed.example", "đã hết hạn");
    sender.send(&[asked("pc-old", "old-feed.example"), asked("pc-1", "www.evil-feed.example")]);
    seen(&mut http, "pc-1");
    alert_marks_the_name(&mut http);

    let allow = format!("{LISTS}/cho-phep");
    let wrong = post(&mut http, &allow, &allow, &[("text", "shared-cdn.example\n???\n")]);
    assert!(wrong.status == 422 && wrong.text().contains("allow:2:"), "{}", wrong.text());
    act(&mut http, &allow, &allow, &[("text", "shared-cdn.example # ai cũng dùng\n")]);
    does(&mut http, "x.shared-cdn.example", "được phép theo mục");
    sender.send(&[asked("pc-cdn", "x.shared-cdn.example"), asked("pc-2", "evil-feed.example")]);
    seen(&mut http, "pc-2");
    let all = alerted(&mut http);
    assert!(["pc-early", "pc-old", "pc-cdn"].iter().all(|host| !all.contains(*host)), "{all:?}");
    let list = http.get(&page).expect("the page").text();
    assert!(list.contains("2 · 2"), "two events met the list: {list}");

    by_command(&server, &page, &mut http);
    // A new start has the list, and what is allowed, before it looks at the first event.
    server.process.kill();
    let mut server = Server::start("up", data.path(), &[]);
    let mut http = server.client(&administrator);
    does(&mut http, "new-feed.example", "Sẽ phát cảnh báo");
    does(&mut http, "evil-feed.example", "Không danh sách nào");
    act(&mut http, &page, &format!("{page}/tat"), &[]);
    does(&mut http, "new-feed.example", "Không danh sách nào");
    act(&mut http, &page, &format!("{page}/bat"), &[]);
    does(&mut http, "new-feed.example", "Sẽ phát cảnh báo");
    let rule = http.get("/quy-tac/luat/indicator-danh-sach-thu").expect("the page").text();
    assert!(rule.contains("Danh sách chỉ báo") || rule.contains("Mở danh sách"), "{rule}");
    let file = http.get(&format!("{page}/tai-ve")).expect("the file");
    assert_eq!((file.status, file.text().trim()), (200, "new-feed.example"));
    bad_files(&mut http);
    act(&mut http, &format!("{page}/xoa"), &format!("{page}/xoa"), &[]);
    does(&mut http, "new-feed.example", "Không danh sách nào");
    assert_eq!(http.get(&page).expect("an answer").status, 404);
    assert!(http.get("/quan-tri/nhat-ky").expect("the trail").text().contains("Xóa danh sách chỉ báo"));
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
}

/// The alert explains itself and shows where in the event the indicator stands.
fn alert_marks_the_name(http: &mut Http) {
    let list = http.get("/canh-bao").expect("the list").text();
    let links = list.split("href=\"/canh-bao/").skip(1).filter_map(|t| t.split(['"', '?', '/']).next());
    let id = links.into_iter().find(|id| id.len() == 26).expect("an alert").to_owned();
    let page = http.get(&format!("/canh-bao/{id}")).expect("the alert").text();
    for part in ["<mark>evil-feed.example</mark>", "Danh sách thử", "T1071", "Chặn evil-feed.example trên tường lửa"]
    {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

/// The command line replaces the list while the server runs, and the server takes it over.
fn by_command(server: &Server, page: &str, http: &mut Http) {
    let file = server.data.join("new.txt");
    std::fs::write(&file, "new-feed.example\n").expect("written");
    let (file, data) = (file.to_str().expect("UTF-8"), server.data.to_str().expect("UTF-8"));
    let id = page.rsplit('/').next().expect("an id");
    let done = run(&["indicators", "import", file, "--list", id, "--data", data], None);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    assert!(done.out.contains("1 indicators") && done.out.contains("in force"), "{}", done.out);
    does(http, "new-feed.example", "Sẽ phát cảnh báo");
    let done = run(&["indicators", "test", "hxxp://a[.]new-feed[.]example/x", "--data", data], None);
    assert!(done.out.contains("raises an alert") && done.out.contains("Danh sách thử"), "{}{}", done.out, done.err);
    let done = run(&["indicators", "list", "--data", data], None);
    assert!(done.out.contains("danh-sach-thu") && done.out.contains("in force"), "{}", done.out);
    let done = run(&["indicators", "import", file, "--list", "none", "--data", data], None);
    assert!(done.code == Some(1) && done.err.contains("no list none"), "{}", done.err);
}

/// What cannot be a list says why.
fn bad_files(http: &mut Http) {
    let new = [("list", ""), ("title", "Hỏng")];
    for (name, content, says) in [
        ("a.zip", b"PK\x03\x04abc".as_slice(), "giải nén tệp zip"),
        ("b.txt", b"", "Tệp rỗng"),
        ("c.txt", b"nothing here\n", "c.txt:1: `nothing`"),
        ("d.json", b"{\"type\": \"bundle\", \"objects\": [", "d.json"),
        ("e.txt.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01", "Tệp hỏng"),
    ] {
        let reply = upload(http, &new, name, content);
        assert_eq!(reply.status, 422, "{name}: {}", reply.text());
        assert!(reply.text().contains(says), "{name}: {says} is missing in {}", reply.text());
    }
    let reply = upload(http, &[("list", ""), ("title", "")], "x.txt", b"a.example\n");
    assert!(reply.status == 422 && reply.text().contains("Cần đặt tên"), "{}", reply.text());
}

/// A security event of Windows.
fn security(code: u32, minute: u32, data: &str) -> String {
    format!(
        "{{\"Event\":{{\"System\":{{\"Provider\":{{\"#attributes\":{{\"Name\":\"Microsoft-Windows-Security-Auditing\"}}}},\
         \"EventID\":{code},\"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"2026-11-22T01:{minute:02}:00.000Z\"}}}},\
         \"Channel\":\"Security\",\"Computer\":\"pc-guessed\"}},\"EventData\":{{\"TargetUserName\":\"vanthu01\"{data}}}}}}}"
    )
}

/// How often the behaviour was detected, over all its alerts.
fn detected(data: &Path) -> i64 {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let db = base_db::Db::open_file(&data.join("mangrove.db")).await.expect("the records open");
        let rows = base_db::Sql::new("SELECT detections FROM desk_alert WHERE rule = ").bind(GUESSED);
        let rows = rows.all(db.read()).await.expect("the alerts");
        rows.iter().map(|r| r.int("detections").expect("a count")).sum()
    })
}

#[test]
fn a_behaviour_goes_on_after_a_crash_in_its_middle_and_fires_once() {
    let data = tempfile::tempdir().expect("folder");
    let mut server = Server::start("up", data.path(), &[]);
    let administrator = first_administrator(&mut server);
    let sender = Sender::new(&server, &administrator);
    sender.send(&[security(4625, 1, ",\"LogonType\":3")]);
    handled(&server, 1);
    sender.send(&[security(4624, 2, ",\"LogonType\":3")]);
    handled(&server, 2);
    // Its memory of the first two is partly in the records, partly only in the journal.
    server.process.kill();

    let mut server = Server::start("up", data.path(), &[]);
    let sender = sender.to(&server);
    sender.send(&[security(4720, 3, "")]);
    eventually("the behaviour's alert", || {
        let page = server.client(&administrator).get(&format!("/canh-bao?rule={GUESSED}")).expect("the list").text();
        page.contains("pc-guessed").then_some(())
    });
    let rule = server.client(&administrator).get(&format!("/quy-tac/luat/{GUESSED}")).expect("the page").text();
    assert!(rule.contains("Hành vi") || rule.contains("Sự kiện đã xét") || rule.contains("behaviour:"), "{rule}");
    server.process.kill();
    let mut server = Server::start("up", data.path(), &[]);
    let _ = server.client(&administrator);
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    assert_eq!(detected(data.path()), 1, "once, although its events were read again twice");

    // A memory that is damaged is told, and the server starts all the same.
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let db = base_db::Db::open_file(&data.path().join("mangrove.db")).await.expect("the records open");
        let mut tx = db.begin().await.expect("a transaction");
        let touched = base_db::Sql::new("UPDATE rules_memory SET text = 'AAAA'").run(&mut tx).await.expect("written");
        assert!(touched > 0, "something was stored");
        tx.commit().await.expect("committed");
    });
    let mut server = Server::start("up", data.path(), &[]);
    eventually("the page says that behaviours learn anew", || {
        let page = server.client(&administrator).get("/quy-tac").expect("the page").text();
        page.contains("chúng học lại từ đầu").then_some(())
    });
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    assert_eq!(detected(data.path()), 1);
}

/// Waits until the pipeline has dealt with so many events: then they are counted with their source.
fn handled(server: &Server, events: i64) {
    eventually("the events are dealt with", || {
        let db = server.data.join("mangrove.db");
        let counted: i64 = tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
            let db = base_db::Db::open_file(&db).await.expect("the records open");
            let rows = base_db::Sql::new("SELECT events FROM events_source_total").all(db.read()).await.expect("read");
            rows.iter().map(|r| r.int("events").expect("a count")).sum()
        });
        (counted >= events).then_some(())
    });
}
