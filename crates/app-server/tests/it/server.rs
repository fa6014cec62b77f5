//! A running server: started, signed in to, killed.

use crate::program::command;
use base_testkit::{Http, Process, Reply, eventually, free_port, records};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Addresses of the databases that belong to data folders: a server that is started again finds its own.
static DATABASES: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());

/// The database of a data folder, while the tests are run on PostgreSQL.
pub(crate) fn database_of(data: &Path) -> String {
    let mut known = DATABASES.lock().expect("no test has panicked here");
    let new = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        // On a thread of its own, for a test that is inside a runtime already.
        std::thread::scope(|s| s.spawn(|| runtime.block_on(records::new_url(data.join("mangrove.db")))).join())
            .expect("a new schema")
    };
    known.entry(data.to_path_buf()).or_insert_with(new).clone()
}

/// `mangrove up` or `mangrove demo` on free ports of the loopback address.
pub(crate) struct Server {
    pub(crate) process: Process,
    /// Port of the console.
    pub(crate) port: u16,
    pub(crate) data: PathBuf,
}

impl Server {
    /// Starts over plain HTTP and waits for the first page.
    pub(crate) fn start(task: &str, data: &Path, more: &[&str]) -> Self {
        let mut server = Self::launch(task, data, &[&["--http"], more].concat());
        let port = server.port;
        eventually("the first page", || {
            assert!(server.process.is_running(), "the server ended:\n{}", server.process.output().join("\n"));
            Http::local(port).get("/").ok()
        });
        server
    }

    /// As [`Server::start`], over HTTPS with the certificate made at first start, as people run it.
    pub(crate) fn start_https(task: &str, data: &Path, more: &[&str]) -> Self {
        let server = Self::launch(task, data, &[&["--host", "127.0.0.1"], more].concat());
        eventually("the port of the console", || TcpStream::connect(("127.0.0.1", server.port)).ok());
        server
    }

    /// Starts and does not wait.
    fn launch(task: &str, data: &Path, more: &[&str]) -> Self {
        let (port, syslog) = (free_port(), free_port());
        let address = format!("127.0.0.1:{syslog}");
        let mut command = command();
        command
            .args([task, "--port", &port.to_string(), "--syslog-udp", &address, "--syslog-tcp", &address])
            .args(more)
            .arg("--data")
            .arg(data);
        if task == "up" {
            // Tests sign in as people do with a password alone; second factors have tests of their own.
            command.args(["--second-factor", "optional"]);
        }
        if task == "up" && records::on_postgres() {
            command.env("MANGROVE_DATABASE", database_of(data));
        }
        let process = Process::start(&mut command);
        Self { process, port, data: data.to_path_buf() }
    }

    /// Address of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// A client that has signed in.
    pub(crate) fn client(&self, account: &Account) -> Http {
        let mut http = Http::local(self.port);
        let reply =
            post(&mut http, "/dang-nhap", "/dang-nhap", &[("login", &account.name), ("password", &account.password)]);
        assert_eq!(reply.status, 303, "{} is signed in: {}", account.name, reply.text());
        http
    }

    /// The demo account with this name.
    pub(crate) fn account(&self, name: &str) -> Account {
        let file = self.data.join("demo-accounts.json");
        let text =
            eventually("the list of demo accounts", || std::fs::read_to_string(&file).ok().filter(|t| !t.is_empty()));
        let list: Value = serde_json::from_str(&text).expect("the list is JSON");
        let account = list["accounts"].as_array().into_iter().flatten().find(|a| a["login"] == name);
        let account = account.unwrap_or_else(|| panic!("no account {name} in {text}"));
        Account { name: name.to_owned(), password: account["password"].as_str().expect("a password").to_owned() }
    }
}

/// Makes the administrator on the page of the first start, with the code from the terminal.
pub(crate) fn first_administrator(server: &mut Server) -> Account {
    let code = server.process.wait_for("the setup code", |l| Some(l.split("setup code: ").nth(1)?.trim().to_owned()));
    let account = Account { name: "quantri".to_owned(), password: "Rung-Duoc-Ca-Mau-2026".to_owned() };
    let fields = [
        ("code", code.as_str()),
        ("name", "Quản trị"),
        ("login", &account.name),
        ("email", ""),
        ("password", &account.password),
        ("again", &account.password),
    ];
    let reply = post(&mut Http::local(server.port), "/bat-dau", "/bat-dau", &fields);
    assert_eq!(reply.status, 303, "{}", reply.text());
    account
}

/// Declares a source that sends over HTTP; its token, which the console shows once.
pub(crate) fn source_token(server: &Server, administrator: &Account, name: &str) -> String {
    source_token_of(server, administrator, name, "")
}

/// As [`source_token`], for a source of a unit.
pub(crate) fn source_token_of(server: &Server, administrator: &Account, name: &str, unit: &str) -> String {
    let mut http = server.client(administrator);
    let fields = [
        ("name", name),
        ("unit", unit),
        ("transport", "http"),
        ("hint", ""),
        ("peers", ""),
        ("silent_minutes", "60"),
        ("version", "0"),
    ];
    let reply = post(&mut http, "/nguon/moi", "/nguon/moi", &fields);
    let text = reply.text();
    let token = text.split("<code>mgv_").nth(1).and_then(|t| t.split('<').next());
    format!("mgv_{}", token.unwrap_or_else(|| panic!("no token on the page ({}): {text}", reply.status)))
}

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Sends the form of a page with its CSRF token, as a browser would.
pub(crate) fn post(http: &mut Http, page: &str, to: &str, fields: &[(&str, &str)]) -> Reply {
    let form = http.get(page).expect("the page with the form");
    let token =
        form.hidden("_csrf").unwrap_or_else(|| panic!("no CSRF token on {page} ({}): {}", form.status, form.text()));
    let mut all = vec![("_csrf", token.as_str())];
    all.extend_from_slice(fields);
    http.post_form(to, &all).expect("an answer to the form")
}
