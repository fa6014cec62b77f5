//! The audit trail from outside: signed by a running server, carried to a third party by syslog and mail, and checked
//! at the terminal, with and without the server's data.

use crate::program::run;
use crate::server::{Server, first_administrator, source_token};
use base_testkit::SmtpSink;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// Takes one connection and gives what came over it.
fn one_record(listener: TcpListener) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("a record of text");
        text
    })
}

fn audit(arguments: &[&str]) -> crate::program::Run {
    run(&[&["audit"], arguments].concat(), None)
}

#[test]
fn the_trail_is_signed_carried_away_and_checked_elsewhere() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    let mut server = Server::start("up", &data, &[]);
    let administrator = first_administrator(&mut server);
    source_token(&server, &administrator, "Cổng dịch vụ công");
    server.process.interrupt();
    server.process.wait();
    drop(server);

    // With acts in the trail, the next start signs at once.
    let (mail, listener) = (SmtpSink::start(), TcpListener::bind(("127.0.0.1", 0)).expect("a port"));
    let syslog = listener.local_addr().expect("its address").to_string();
    let record = one_record(listener);
    let smtp = format!("smtp://127.0.0.1:{}", mail.port());
    let more = ["--audit-syslog", &syslog, "--audit-mail", "thanhtra@tinh.example", "--smtp", &smtp];
    let server = Server::start("up", &data, &more);
    let record = record.join().expect("a record");
    assert!(record.contains(" mangrove - checkpoint - audit checkpoint "), "{record}");
    let letter = mail.wait_for("the checkpoint", |m| m.subject().contains("Bản ký số nhật ký"));
    assert!(letter.text().contains("mangrove/audit/"), "{}", letter.text());
    let of_mail = folder.path().join("mail.txt");
    std::fs::write(&of_mail, letter.text()).expect("written");
    let of_syslog = folder.path().join("syslog.txt");
    std::fs::write(&of_syslog, &record).expect("written");

    // Beside the running server, then with the export and the public key alone.
    let text = |path: &Path| path.to_str().expect("a path of ASCII").to_owned();
    let (data, of_mail, of_syslog) = (text(&data), text(&of_mail), text(&of_syslog));
    let whole = audit(&["verify", "--data", &data, "--checkpoint", &of_mail, "--checkpoint", &of_syslog]);
    assert!(whole.code == Some(0) && whole.out.starts_with("whole: "), "{} {}", whole.out, whole.err);
    let key = audit(&["key", "--data", &data]).out.trim().to_owned();
    let file = text(&folder.path().join("nhat-ky.ndjson"));
    let done = audit(&["export", "--data", &data, "--out", &file]);
    assert!(done.code == Some(0) && done.out.contains(&key), "{} {}", done.out, done.err);
    assert_eq!(audit(&["export", "--data", &data, "--out", &file]).code, Some(1), "nothing is written over");
    let elsewhere = audit(&["verify", "--export", &file, "--key", &key, "--checkpoint", &of_syslog, "--json"]);
    let said: serde_json::Value = serde_json::from_str(&elsewhere.out).expect("JSON");
    assert!(elsewhere.code == Some(0) && said["whole"] == true && said["key_from_export"] == false, "{said}");
    drop(server);

    // What was done to a copy is named.
    let lines: Vec<String> = std::fs::read_to_string(&file).expect("read").lines().map(str::to_owned).collect();
    let changed = text(&folder.path().join("changed.ndjson"));
    let mut of_somebody = lines.clone();
    of_somebody[2] = of_somebody[2].replace("\"action\":\"", "\"action\":\"x");
    std::fs::write(&changed, of_somebody.join("\n")).expect("written");
    let found = audit(&["verify", "--export", &changed, "--key", &key]);
    assert!(found.code == Some(1) && found.out.contains("entry 2 was altered"), "{}", found.out);
    let short: Vec<_> = lines[..2].to_vec();
    std::fs::write(&changed, short.join("\n")).expect("written");
    let found = audit(&["verify", "--export", &changed, "--key", &key, "--checkpoint", &of_mail]);
    assert!(found.code == Some(1) && found.out.contains("cut off before entry 2"), "{}", found.out);
    let other = base_audit::Signer::new(&[1; 32]).expect("a key").key().to_string();
    let found = audit(&["verify", "--export", &file, "--key", &other]);
    assert!(found.code == Some(1) && found.out.contains("not made by this log's key"), "{}", found.out);
    for (bad, says) in [
        (vec!["verify", "--export", &of_mail], "not an export"),
        (vec!["verify", "--export", "/nowhere"], "/nowhere"),
        (vec!["verify", "--export", &file, "--key", "x"], "name+id+key"),
        (vec!["verify", "--data", "/nowhere"], "/nowhere"),
    ] {
        let refused = audit(&bad);
        assert!(refused.code == Some(1) && refused.err.contains(says), "{bad:?}: {}", refused.err);
    }
}
