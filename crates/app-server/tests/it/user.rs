//! Accounts at the terminal, beside a running server and without one.

use crate::program::{Run, command, run};
use crate::server::{Server, database_of, first_administrator, post};
use base_testkit::{Http, eventually, records};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// `mangrove user …` on a data folder and, while the tests run on PostgreSQL, its database.
fn user(data: &Path, arguments: &[&str], input: Option<&[u8]>) -> Run {
    let folder = data.to_str().expect("UTF-8");
    let database = records::on_postgres().then(|| database_of(data));
    let named = database.as_deref().map_or(vec![], |url| vec!["--database", url]);
    run(&[&["user"], arguments, &["--data", folder], &named].concat(), input)
}

fn done(data: &Path, arguments: &[&str]) -> String {
    let told = user(data, arguments, None);
    assert_eq!(told.code, Some(0), "{arguments:?}: {}{}", told.out, told.err);
    told.out
}

/// Whether the password opens a session.
fn opens(server: &Server, login: &str, password: &str) -> bool {
    let fields = [("login", login), ("password", password)];
    post(&mut Http::local(server.port), "/dang-nhap", "/dang-nhap", &fields).status == 303
}

#[test]
fn whoever_has_the_terminal_gets_people_in_again() {
    let dir = tempfile::tempdir().expect("folder");
    let data = dir.path();
    let mut server = Server::start("up", data, &[]);
    let administrator = first_administrator(&mut server);
    let mut http = server.client(&administrator);
    assert!(done(data, &["list"]).contains("quantri"));

    // Beside the running server: a new password works at once, the old one and the sessions no more.
    let told = done(data, &["reset-password", "quantri"]);
    let password = told.split("One-time password: ").nth(1).expect("a password").trim().to_owned();
    assert!(!opens(&server, "quantri", &administrator.password));
    assert!(opens(&server, "quantri", &password));
    assert_ne!(http.get("/quan-tri/tai-khoan").expect("an answer").status, 200, "the session has ended");

    let made = done(data, &["create", "dubi", "--full-name", "Dự bị", "--role", "administrator"]);
    let password = made.split("One-time password: ").nth(1).expect("a password").trim();
    assert!(opens(&server, "dubi", password));
    done(data, &["revoke", "quantri", "administrator"]);
    let last = user(data, &["revoke", "dubi", "administrator"], None);
    assert!(last.code == Some(1) && last.err.contains("last administrator"), "{}", last.err);
    done(data, &["grant", "quantri", "administrator"]);
    assert!(done(data, &["end-sessions", "dubi"]).contains("1 sessions of dubi are ended"));
    done(data, &["unlock", "dubi"]);
    for (arguments, says) in [
        (["reset-password", "ai-do"].as_slice(), "there is no account 'ai-do'"),
        (&["grant", "dubi", "vua"], "There is no such role. (administrator, "),
        (&["grant", "dubi", "unit_officer"], "This role needs a unit."),
        (&["grant", "dubi", "unit_officer", "--unit", "KHONG-CO"], "There is no such unit."),
        (&["create", "dubi", "--full-name", "A", "--role", "analyst"], "This sign-in name is taken."),
        (&["create", "x", "--full-name", "A", "--role", "analyst"], "login: A sign-in name has"),
        (&["remove-factor", "dubi", "--why", "thử"], "no second factor"),
        (&["revoke", "dubi", "analyst"], "does not hold this role"),
    ] {
        let refused = user(data, arguments, None);
        assert!(refused.code == Some(1) && refused.err.contains(says), "{arguments:?}: {}", refused.err);
    }

    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    let listed: Value = serde_json::from_str(&done(data, &["list", "--json"])).expect("JSON, without a server too");
    let dubi = listed["accounts"].as_array().and_then(|all| all.iter().find(|a| a["login"] == "dubi"));
    assert_eq!(dubi.expect("is listed")["roles"], serde_json::json!(["administrator"]));
    assert_eq!(dubi.expect("is listed")["must_change_password"], true);
    trail_names_the_terminal(data);
}

/// The trail says that it was the terminal and as whom, and holds together.
fn trail_names_the_terminal(data: &Path) {
    let file = data.join("trail.ndjson");
    let mut arguments = vec!["audit", "export", "--data", data.to_str().expect("UTF-8"), "--out"];
    arguments.push(file.to_str().expect("UTF-8"));
    let database = records::on_postgres().then(|| database_of(data));
    arguments.extend(database.as_deref().map_or(vec![], |url| vec!["--database", url]));
    let exported = run(&arguments, None);
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    let written = std::fs::read_to_string(&file).expect("the trail");
    let id = std::process::Command::new("id").arg("-un").output().expect("id");
    let me = String::from_utf8_lossy(&id.stdout).trim().to_owned();
    assert!(written.contains("system:terminal"), "{written}");
    assert!(written.contains(&format!("Mangrove (terminal: {me}")), "{written}");
    arguments.splice(1..2, ["verify"]);
    arguments.retain(|a| *a != "--out" && !a.ends_with("trail.ndjson"));
    assert_eq!(run(&arguments, None).code, Some(0));
}

#[test]
fn a_password_of_ones_own_comes_by_standard_input_and_is_judged() {
    let dir = tempfile::tempdir().expect("folder");
    let data = dir.path();
    let mut server = Server::start("up", data, &[]);
    first_administrator(&mut server);
    let mine = ["reset-password", "quantri", "--ask-password"];
    let set = user(data, &mine, Some("tràm chim bảy bông sen\n".as_bytes()));
    assert_eq!(set.code, Some(0), "{}", set.err);
    assert!(!set.out.contains("tràm") && set.out.contains("must be changed"), "{}", set.out);
    assert!(opens(&server, "quantri", "tràm chim bảy bông sen"));
    for (input, says) in [
        ("ngắn\n", "password: Too short"),
        ("matkhau2026!\n", "password: This is one of the passwords tried first"),
        ("\n", "no password came"),
        ("", "no password came"),
    ] {
        let refused = user(data, &mine, Some(input.as_bytes()));
        assert!(refused.code == Some(1) && refused.err.contains(says), "{input:?}: {}", refused.err);
    }
    assert!(opens(&server, "quantri", "tràm chim bảy bông sen"), "what was refused changed nothing");
    let given = user(data, &["reset-password", "quantri", "--password", "x"], None);
    assert_eq!(given.code, Some(1), "a password is never an argument");
}

#[test]
fn a_person_at_a_terminal_types_the_password_twice() {
    let dir = tempfile::tempdir().expect("folder");
    let data = dir.path();
    let mut server = Server::start("up", data, &[]);
    first_administrator(&mut server);
    let mut inner = command();
    inner.args(["user", "reset-password", "quantri", "--ask-password", "--data"]).arg(data);
    let database = records::on_postgres().then(|| database_of(data));
    inner.args(database.iter().flat_map(|url| ["--database", url]));
    let words: Vec<String> = std::iter::once(inner.get_program())
        .chain(inner.get_args())
        .map(|w| format!("'{}'", w.to_str().expect("UTF-8")))
        .collect();
    // script(1) gives the program a terminal of its own.
    let mut child = std::process::Command::new("script")
        .args(["-qec", &words.join(" "), "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script starts");
    let mut keyboard = child.stdin.take().expect("a pipe");
    // What is typed before the terminal stops showing it is thrown away, so the line is typed until both were read.
    eventually("the end of the dialogue", || {
        let _ = keyboard.write_all("trời nước bao la\n".as_bytes());
        child.try_wait().expect("a state")
    });
    let output = child.wait_with_output().expect("ends");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("New password: "), "{shown}");
    assert!(opens(&server, "quantri", "trời nước bao la"), "{shown}");
}

#[test]
fn without_records_it_says_which_folder_has_none() {
    let dir = tempfile::tempdir().expect("folder");
    let empty = dir.path().join("khong-co");
    let told = run(&["user", "list", "--data", empty.to_str().expect("UTF-8")], None);
    assert!(told.code == Some(1) && told.err.contains("khong-co holds no data of Mangrove"), "{}", told.err);
    assert!(!empty.exists(), "nothing was made");
}
