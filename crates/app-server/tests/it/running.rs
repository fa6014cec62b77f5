//! What an operator has beside the server: settings, doctor, health, figures.

use crate::program::run;
use crate::server::Server;
use base_testkit::{Http, free_port};
use serde_json::Value;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn settings_are_checked_shown_and_explained_without_a_server() {
    let dir = tempfile::tempdir().expect("folder");
    let file = dir.path().join("mangrove.toml");
    std::fs::write(&file, "prot = 1\nhost = \"here\"\nsmtp = \"smtp://u:geheim@mail\"\n").expect("written");
    let data = text(dir.path());
    let checked = run(&["config", "check", "--data", data, "--lang", "en"], None);
    assert_eq!(checked.code, Some(1));
    let place = file.display();
    for wanted in
        [format!("{place}:1:1: there is no setting prot; did you mean port?"), format!("{place}:2:8: host: “here”")]
    {
        assert!(checked.out.contains(&wanted), "{wanted} is missing in {}", checked.out);
    }
    assert!(checked.out.ends_with(&format!("{place}: 2 mistakes\n")), "{}", checked.out);
    let refused = run(&["up", "--data", data], None);
    assert!(refused.code == Some(1) && refused.err.contains(&format!("{place}:2:8")), "{}", refused.err);
    let shown = run(&["config", "show", "--data", data, "--port", "9000"], None);
    assert!(shown.out.contains("port = 9000  # --port") && !shown.out.contains("geheim"), "{}", shown.out);
    std::fs::write(&file, "metrics = \"0.0.0.0:9464\"\n").expect("written");
    let together = run(&["config", "check", "--data", data], None);
    assert!(together.out.contains("mangrove.toml:1:11") && together.out.contains("metrics-token"), "{}", together.out);
    let manual = run(&["config", "manual", "--lang", "vi"], None);
    assert!(
        manual.out.starts_with("# Các thiết lập\n") && manual.out.contains("MANGROVE_SYSLOG_UDP"),
        "{}",
        manual.out
    );
}

/// The findings of the doctor, by code.
fn doctor(arguments: &[&str]) -> (Option<i32>, Vec<(String, Value)>) {
    let told = run(&[&["doctor", "--json"], arguments].concat(), None);
    let json: Value = serde_json::from_str(&told.out).unwrap_or_else(|e| panic!("{e}: {}{}", told.out, told.err));
    let findings = json["findings"].as_array().expect("findings").iter();
    (told.code, findings.map(|f| (f["code"].as_str().expect("a code").to_owned(), f.clone())).collect())
}

#[test]
fn the_doctor_finds_a_running_server_well_and_a_damaged_one_not() {
    if base_testkit::records::on_postgres() {
        return; // The file of the records is damaged here.
    }
    let dir = tempfile::tempdir().expect("folder");
    let mut server = Server::start("up", dir.path(), &[]);
    let port = server.port.to_string();
    let arguments =
        ["--data", text(dir.path()), "--http", "--port", &port, "--syslog-udp", "off", "--syslog-tcp", "off"];
    let (_, findings) = doctor(&arguments);
    let codes: Vec<&str> = findings.iter().map(|(code, _)| code.as_str()).collect();
    for wanted in ["settings-well", "server-runs", "port-own", "data-well", "database-well", "lake-well", "mail-none"] {
        assert!(codes.contains(&wanted), "{wanted} is missing in {codes:?}");
    }
    // The disk is the machine's, and may be full.
    let faults = findings.iter().filter(|(code, finding)| finding["level"] == "fault" && !code.starts_with("disk-"));
    assert_eq!(faults.count(), 0, "{findings:?}");

    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    let taken = std::net::TcpListener::bind(("127.0.0.1", server.port)).expect("the port is free again");
    let records = std::fs::File::options().write(true).open(dir.path().join("mangrove.db")).expect("opened");
    // The pages behind the first: trees of tables and indexes.
    records.write_all_at(&[0xa5; 40_000], 8_192).expect("written");
    std::fs::set_permissions(dir.path().join("keys/session.key"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .expect("set");
    let (code, findings) = doctor(&arguments);
    assert_eq!(code, Some(1));
    let fault = |code: &str| findings.iter().any(|(found, f)| found == code && f["level"] == "fault");
    assert!(fault("database-damaged") && fault("port-taken") && fault("key-open"), "{findings:?}");
    assert!(findings.iter().any(|(code, _)| code == "server-stopped"));
    drop(taken);
    let told = run(&[&["doctor", "--quiet"], arguments.as_slice()].concat(), None);
    assert!(told.out.contains("✗ Cơ sở dữ liệu bị hỏng") && told.out.contains("Cần làm: Dừng máy chủ"), "{}", told.out);
    let (code, findings) = doctor(&["--data", text(dir.path()), "--port", "0"]);
    assert!(code == Some(1) && findings[0].0 == "settings-wrong", "{findings:?}");
}

#[test]
fn health_and_figures_are_there_for_who_may_ask() {
    let (dir, port) = (tempfile::tempdir().expect("folder"), free_port());
    let (at, token) = (format!("127.0.0.1:{port}"), "mot-ma-that-dai-2026");
    let mut server =
        Server::start("up", dir.path(), &["--metrics", &at, "--metrics-token", token, "--log-format", "json"]);
    for (port, path, says) in
        [(server.port, "/healthz", "ok\n"), (server.port, "/readyz", "ready\n"), (port, "/readyz", "ready\n")]
    {
        let reply = Http::local(port).get(path).expect("an answer");
        assert_eq!((reply.status, reply.text().as_str()), (200, says), "{path}");
    }
    assert_eq!(Http::local(server.port).get("/metrics").expect("an answer").status, 404, "not on the console's port");
    let ask =
        |bearer: &str| Http::local(port).send("GET", "/metrics", &[("authorization", bearer)], b"").expect("an answer");
    for wrong in ["", "Bearer x", "Basic mot-ma-that-dai-2026"] {
        assert_eq!(ask(wrong).status, 401, "{wrong}");
    }
    let _ = Http::local(server.port).get("/dang-nhap");
    let page = ask(&format!("Bearer {token}"));
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    let figures = page.text();
    for wanted in [
        "mangrove_ready 1\n",
        "mangrove_http_requests_total{route=\"/dang-nhap\",method=\"GET\",status=\"303\"} ",
        "mangrove_input_records_total{input=\"syslog over UDP\"",
        "mangrove_pipeline_lag_events 0\n",
        "mangrove_lake_events ",
        "mangrove_database_bytes ",
        "process_resident_memory_bytes ",
    ] {
        assert!(figures.contains(wanted), "{wanted} is missing in {figures}");
    }
    as_prometheus_reads_it(&figures);
    let lines = server.process.output();
    let logged: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(logged.iter().all(|line| line["level"].is_string() && line["timestamp"].is_string()), "{lines:?}");
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
}

/// The reader of the client library takes the page, and names follow the conventions.
fn as_prometheus_reads_it(figures: &str) {
    const READ: &str = "import sys\nfrom prometheus_client.parser import text_string_to_metric_families as read\n\
        families = list(read(sys.stdin.read()))\nassert len(families) > 15, len(families)\n\
        for family in families:\n    assert family.documentation and family.type != 'unknown', family\n\
        \x20   assert family.name.startswith(('mangrove_', 'process_')), family\n\
        \x20   assert len({(s.name, str(s.labels)) for s in family.samples}) == len(family.samples), family\n";
    let target = std::env::current_exe().ok().and_then(|exe| Some(exe.ancestors().nth(3)?.to_path_buf()));
    let Some(python) = target.map(|t| t.join("python-senders/bin/python")).filter(|python| python.is_file()) else {
        base_testkit::skip("the clients from PyPI are not installed; cargo xtask test --only tools does it");
        return;
    };
    let mut child = Command::new(python)
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    child.stdin.take().expect("a pipe").write_all(figures.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("python ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_unit_of_systemd_is_right_and_lets_the_server_do_little() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return base_testkit::skip("systemd-analyze not found (Debian: apt-get install systemd)");
    }
    let unit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/systemd/mangrove.service");
    let (dir, told) = (tempfile::tempdir().expect("folder"), std::fs::read_to_string(unit).expect("the unit"));
    // The program is where these tests have it; a unit whose program is missing is refused.
    let copy = dir.path().join("mangrove.service");
    std::fs::write(&copy, told.replace("/usr/bin/mangrove", crate::program::MANGROVE)).expect("written");
    let analyze = |arguments: &[&str]| {
        let output = Command::new("systemd-analyze").args(arguments).arg(&copy).output().expect("runs");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
        String::from_utf8_lossy(&said).into_owned()
    };
    // Only what concerns our unit: the machine's own units may have faults of theirs.
    assert!(!analyze(&["verify", "--man=no"]).contains("mangrove.service:"));
    // Twenty of a hundred: “OK” begins at fifty.
    analyze(&["security", "--offline=true", "--threshold=20", "--no-pager"]);
}
