//! Starting and stopping: what happens when something is in the way, and that stopping loses nothing.

use crate::program::{Run, run};
use crate::server::Server;
use base_testkit::{Http, free_port};
use std::net::{TcpListener, UdpSocket};
use std::path::Path;

/// `mangrove up` that is expected to refuse.
fn refused(data: &Path, port: u16, syslog: &str) -> Run {
    let port = port.to_string();
    let data = data.to_str().expect("UTF-8");
    let done =
        run(&["up", "--http", "--port", &port, "--syslog-udp", syslog, "--syslog-tcp", syslog, "--data", data], None);
    assert_eq!(done.code, Some(1), "{}{}", done.out, done.err);
    done
}

#[test]
fn a_second_instance_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start("up", data.path(), &[]);
    let done = refused(data.path(), free_port(), "off");
    for part in [data.path().to_str().expect("UTF-8"), &server.process.id().to_string(), "--data"] {
        assert!(done.err.contains(part), "{part} is not named: {}", done.err);
    }
    assert!(Http::local(server.port).get("/").is_ok());
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let data = tempfile::tempdir().expect("folder");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("its address").port();
    let done = refused(data.path(), port, "off");
    assert!(done.err.contains(&port.to_string()) && done.err.contains("--port"), "{}", done.err);

    let taken = UdpSocket::bind(("127.0.0.1", 0)).expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let done = refused(data.path(), free_port(), &address);
    assert!(done.err.contains(&address) && done.err.contains("--syslog-udp"), "{}", done.err);
}

#[test]
fn a_data_folder_that_is_a_file_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("taken");
    std::fs::write(&file, "not a folder").expect("written");
    let done = refused(&file, free_port(), "off");
    assert!(done.err.contains(file.to_str().expect("UTF-8")) && done.err.contains("--data"), "{}", done.err);
}

#[test]
fn plain_http_stays_on_this_machine() {
    let data = tempfile::tempdir().expect("folder");
    let done = run(&["up", "--http", "--host", "0.0.0.0", "--data", data.path().to_str().expect("UTF-8")], None);
    assert_eq!(done.code, Some(1), "{}", done.out);
    assert!(done.err.contains("loopback"), "{}", done.err);
}

#[test]
fn an_empty_program_leads_to_the_page_that_makes_the_administrator() {
    let data = tempfile::tempdir().expect("folder");
    let mut server = Server::start("up", data.path(), &[]);
    let mut visitor = Http::local(server.port);
    let mut path = "/".to_owned();
    for _ in 0..3 {
        let reply = visitor.get(&path).expect("an answer");
        let Some(next) = reply.header("location") else { break };
        path = next.to_owned();
    }
    assert_eq!(path, "/bat-dau");
    let page = visitor.get(&path).expect("the page");
    assert_eq!(page.status, 200);
    for (name, wanted) in [
        ("content-security-policy", "default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", ""),
    ] {
        let value = page.header(name).unwrap_or_else(|| panic!("no {name}"));
        assert!(value.contains(wanted), "{name}: {value}");
    }
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");

    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0), "{}", server.process.output().join("\n"));
}

#[test]
fn the_demo_goes_on_with_the_same_data_and_starts_over_when_asked() {
    let data = tempfile::tempdir().expect("folder");
    let mut first = Server::start("demo", data.path(), &[]);
    let analyst = first.account("phantich01");
    let _ = first.client(&analyst);
    first.process.interrupt();
    assert_eq!(first.process.wait().code(), Some(0), "{}", first.process.output().join("\n"));

    let mut second = Server::start("demo", data.path(), &[]);
    // The same password as before still signs in.
    let _ = second.client(&analyst);
    second.process.interrupt();
    assert_eq!(second.process.wait().code(), Some(0));

    let third = Server::start("demo", data.path(), &["--fresh"]);
    assert_ne!(third.account("phantich01").password, analyst.password);
}
