//! What the server tells by itself, by streams and by mail: each hears of what is theirs, and nothing else.

use crate::canary::plant;
use crate::lake_given::CANARY;
use crate::server::{Server, post};
use base_testkit::{Http, SmtpSink, eventually};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Every topic there is, and one that is none.
const TOPICS: &str = "alerts,overview,warnings,plan,sources,uploads,rules,accounts,replays,hunts,notices,*";

/// Listens as a signed-in person; what was heard.
fn listen(server: &Server, http: &Http) -> Arc<Mutex<String>> {
    let (heard, port, cookies) = (Arc::new(Mutex::new(String::new())), server.port, http.cookies());
    let keep = Arc::clone(&heard);
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a bound");
        let ask = format!(
            "GET /truc-tiep?topics={TOPICS} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: {cookies}\r\n\
             accept: text/event-stream\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).expect("asked");
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            keep.lock().expect("not poisoned").push_str(&format!("{line}\n"));
        }
    });
    eventually("the stream to begin", || heard.lock().expect("not poisoned").starts_with("HTTP/1.1 200").then_some(()));
    heard
}

fn heard(of: &Arc<Mutex<String>>) -> String {
    of.lock().expect("not poisoned").clone()
}

/// Topics named in the events of a stream.
fn topics(of: &Arc<Mutex<String>>) -> String {
    heard(of).lines().filter_map(|line| line.strip_prefix("data:").map(str::to_owned)).collect()
}

#[test]
fn nobody_is_told_of_another_unit_by_stream_or_mail() {
    let data = tempfile::tempdir().expect("folder");
    let mail = SmtpSink::start();
    let server =
        Server::start("demo", data.path(), &["--quiet", "--smtp", &format!("smtp://127.0.0.1:{}", mail.port())]);
    let [lead, officer, head] = ["truongattt", "cntt.nhien", "thutruong.nhien"].map(|name| server.account(name));
    let mut desk = server.client(&lead);
    let of_desk = listen(&server, &desk);
    let strangers = [&officer, &head].map(|person| listen(&server, &server.client(person)));

    plant(&server);
    let letter = mail.wait_for("the warning of the unit", |m| m.text().contains(CANARY));
    assert!(letter.to.iter().all(|to| to.ends_with("@stc.example")), "{:?}", letter.to);
    eventually("news of the warning at the desk", || topics(&of_desk).contains("warnings").then_some(()));
    eventually("news of the alert at the desk", || topics(&of_desk).contains("alerts").then_some(()));

    // Something of their own, after everything else: once it is heard, what was before has been heard.
    let warning = [
        ("alert", ""),
        ("unit", "NHIEN"),
        ("severity", "high"),
        ("subject", "Của đơn vị mình"),
        ("body", "Nội dung"),
        ("hours", "24"),
    ];
    let sent = post(&mut desk, "/canh-bao-don-vi/moi", "/canh-bao-don-vi/moi", &warning);
    assert!(sent.status < 400, "{}", sent.text());
    for stranger in &strangers {
        eventually("news of their own unit", || topics(stranger).contains("warnings").then_some(()));
        let told = heard(stranger);
        assert!(!told.contains(CANARY) && !told.contains("STC"), "{told}");
        assert!(!topics(stranger).contains("alerts"), "no alert of theirs was raised: {told}");
    }
    mail.wait_for("the warning of their unit", |m| m.to.iter().any(|to| to.ends_with("@nhien.example")));
    for letter in mail.messages() {
        let own = letter.to.iter().all(|to| to.ends_with("@stc.example"));
        assert!(own || !letter.text().contains(CANARY), "{:?} was told of another unit: {}", letter.to, letter.text());
    }
}
