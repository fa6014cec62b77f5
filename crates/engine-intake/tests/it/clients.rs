//! The real programs: rsyslog and syslog-ng of Debian send to us over TCP, TLS and RELP, and every
//! message arrives exactly as it was written. The configurations are taken from `docs/guides/send-logs.md`.

use crate::given::Authority;
use crate::sender::Way;
use crate::{LOOPBACK, Running, clock, start_with};
use base_testkit::Process;
use engine_intake::{Identity, Input, IntakeError, Listener, TcpOptions};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Messages of a test.
const MANY: usize = 20_000;
/// Longest silence before something counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Message `n`: of all lengths, with what needs care (Vietnamese, spaces, what looks like framing).
fn message(n: usize) -> String {
    let body = match n % 5 {
        0 => "Đăng nhập thất bại của người dùng «quản trị» ".to_owned(),
        1 => "12 <34>7 syslog 3 abc ".to_owned(),
        2 => "x".repeat(n % 1900),
        3 => "  two  spaces\tand a tab ".replace('\t', " "),
        _ => "{\"json\":\"\\u0041\",\"n\":1}".to_owned(),
    };
    format!("#{n:06}# {body}.")
}

/// One test's folder: what is sent, the programs' configurations and states.
struct Stage {
    authority: Authority,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let authority = Authority::new();
        authority.sign("sender.camau.example");
        authority.files(true, true);
        Self { authority, folder: tempfile::tempdir().expect("temp dir") }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("in.log")
    }

    /// Writes the messages to the file that the program watches.
    fn write(&self, numbers: std::ops::Range<usize>) {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).expect("opens");
        let lines: String = numbers.map(|n| message(n) + "\n").collect();
        file.write_all(lines.as_bytes()).expect("writes");
    }

    /// Binds; tries again while an aborted receiver still lets go of the port.
    async fn bind(&self, way: Way, at: SocketAddr) -> Box<dyn Input> {
        loop {
            if let Ok(input) = self.try_bind(way, at).await {
                return input;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn try_bind(&self, way: Way, at: SocketAddr) -> Result<Box<dyn Input>, IntakeError> {
        let (options, certificates) = (TcpOptions::default(), self.authority.certificates(true, true));
        Ok(match way {
            Way::Tcp => Box::new(Listener::syslog_tcp(at, clock(), options).await?),
            Way::Tls => Box::new(Listener::syslog_tls(at, clock(), options, certificates).await?),
            Way::Relp => Box::new(Listener::relp(at, clock(), options, None).await?),
            Way::RelpTls => Box::new(Listener::relp(at, clock(), options, Some(certificates)).await?),
        })
    }

    async fn start(&self, way: Way) -> Running {
        start_with(self.bind(way, LOOPBACK).await, 1_000_000, 0, false)
    }

    fn paths(&self) -> [String; 3] {
        ["ca.crt", "sender.camau.example.crt", "sender.camau.example.key"]
            .map(|name| self.authority.path(name).display().to_string())
    }

    /// rsyslog reading the file and sending each line, as the guide says.
    fn rsyslog(&self, way: Way, port: u16) -> Process {
        let block = guide(if way.is_relp() { "module(load=\"omrelp\")" } else { "global(default" });
        let plain = |unwanted: &str| {
            let lines = block.lines().filter(|l| !l.trim_start().starts_with(unwanted));
            lines.map(|l| l.replace(" tls=\"on\"", "") + "\n").collect::<String>()
        };
        let forward = match way {
            Way::Tls | Way::RelpTls => block,
            Way::Relp => plain("tls."),
            Way::Tcp => {
                plain("streamDriver").split_once("action").map(|(_, a)| format!("action{a}")).unwrap_or_default()
            }
        };
        let [ca, certificate, key] = self.paths();
        let forward = forward
            .replace("/etc/rsyslog-tls/ca.crt", &ca)
            .replace("/etc/rsyslog-tls/this-machine.crt", &certificate)
            .replace("/etc/rsyslog-tls/this-machine.key", &key)
            .replace("target=\"mangrove.example\"", "target=\"127.0.0.1\"")
            .replace("mangrove.example", "server.example")
            .replace("port=\"2515\"", &format!("port=\"{port}\""))
            .replace("port=\"6514\"", &format!("port=\"{port}\""))
            .replace("RSYSLOG_SyslogProtocol23Format", "out");
        let (work, log) = (self.folder.path().display(), self.log());
        let config = format!(
            r#"global(workDirectory="{work}")
module(load="imfile" mode="polling" pollingInterval="1")
template(name="out" type="string" string="<13>1 - host app - - - %msg%")
input(type="imfile" file="{}" tag="app")
{forward}
"#,
            log.display()
        );
        let path = self.folder.path().join("rsyslog.conf");
        std::fs::write(&path, config).expect("writes");
        let pid = self.folder.path().join("rsyslog.pid");
        Process::start(Command::new(program("rsyslogd")).arg("-n").arg("-f").arg(path).arg("-i").arg(pid))
    }

    /// syslog-ng doing the same, as the guide says; counted framing in TLS (RFC 5425), lines over TCP.
    fn syslog_ng(&self, way: Way, port: u16, binary: &Path) -> Process {
        let [ca, certificate, key] = self.paths();
        let mut block = guide("destination d_mangrove");
        if way == Way::Tcp {
            let line = "network(\"mangrove.example\" port(5514) transport(\"tcp\"))";
            assert!(guide_text().contains(line), "the guide says how");
            block = format!(
                "destination d_mangrove {{ {line}; }};\nlog {{ source(s_src); destination(d_mangrove); flags(flow-control); }};\n"
            );
        }
        let work = self.folder.path().display();
        let block = block
            .replace("/etc/syslog-ng/tls/ca.crt", &ca)
            .replace("/etc/syslog-ng/tls/this-machine.crt", &certificate)
            .replace("/etc/syslog-ng/tls/this-machine.key", &key)
            .replace("mangrove.example", "localhost")
            .replace("port(6514)", &format!("port({port})"))
            .replace("port(5514)", &format!("port({port})"))
            .replace("reliable(yes)", &format!("reliable(yes) dir(\"{work}\")"));
        let config = format!(
            r#"@version: 3.38
options {{ log-msg-size(65536); time-reopen(1); stats-freq(0); }};
source s_src {{ file("{}" flags(no-parse) follow-freq(0.2)); }};
{block}"#,
            self.log().display()
        );
        let folder = self.folder.path();
        let path = folder.join("syslog-ng.conf");
        std::fs::write(&path, config).expect("writes");
        let mut command = Command::new(binary);
        command.arg("-F").arg("--no-caps").arg("-f").arg(path);
        for (flag, file) in [("-p", "ng.pid"), ("-R", "ng.persist"), ("-c", "ng.ctl")] {
            command.arg(flag).arg(folder.join(file));
        }
        // Unpacked beside the tests, because its package and rsyslog's exclude each other.
        if let Some(root) = binary.ancestors().nth(3).filter(|_| !binary.starts_with("/usr")) {
            let (found, modules) = libraries(root);
            command.env("LD_LIBRARY_PATH", found).arg("--module-path").arg(modules);
        }
        Process::start(&mut command)
    }
}

fn guide_text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/send-logs.md");
    std::fs::read_to_string(path).expect("the guide")
}

/// The configuration in the guide that begins like this: what is tested is what people copy.
fn guide(begins: &str) -> String {
    let text = guide_text();
    let block = text.split("```\n").find(|b| b.starts_with(begins));
    block.unwrap_or_else(|| panic!("no block of the guide begins with {begins}")).to_owned()
}

/// Where a program is; those of the system's administration are not on everybody's path.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|f| f.join(name)).find(|p| p.is_file()).unwrap_or_else(|| name.into())
}

/// Whether rsyslog and its modules are there; says otherwise how to get them.
fn rsyslog_is_there() -> bool {
    let there = program("rsyslogd").is_file()
        && ["omrelp.so", "lmnsd_gtls.so"].iter().all(|module| {
            let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|e| e.path());
            folders.map(|f| f.join("rsyslog").join(module)).any(|p| p.is_file())
        });
    if !there {
        base_testkit::skip(
            "rsyslog or its modules not found (Debian: apt-get install rsyslog rsyslog-gnutls rsyslog-relp)",
        );
    }
    there
}

/// syslog-ng: the installed one, or the one that `cargo xtask test` unpacks into the target folder.
fn syslog_ng_is_there() -> Option<PathBuf> {
    let installed = program("syslog-ng");
    let target = std::env::current_exe().ok().and_then(|e| e.ancestors().nth(3).map(Path::to_path_buf));
    let unpacked = target.map(|t| t.join("syslog-ng/usr/sbin/syslog-ng")).unwrap_or_default();
    let found = [installed, unpacked].into_iter().find(|p| p.is_file());
    if found.is_none() {
        base_testkit::skip("syslog-ng not found (`cargo xtask test --only tools` unpacks Debian's beside rsyslog)");
    }
    found
}

/// The library path and the modules of an unpacked syslog-ng.
fn libraries(root: &Path) -> (String, PathBuf) {
    let mut folders = vec![root.join("usr/lib/syslog-ng")];
    for lib in ["usr/lib", "lib"] {
        folders.extend(std::fs::read_dir(root.join(lib)).into_iter().flatten().flatten().map(|e| e.path()));
    }
    let versions = std::fs::read_dir(root.join("usr/lib/syslog-ng")).into_iter().flatten().flatten();
    let modules = versions.map(|e| e.path()).find(|p| p.is_dir()).unwrap_or_default();
    (folders.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(":"), modules)
}

/// Counts messages by number until all were seen; checks each against what was written.
struct Tally(HashMap<usize, usize>);

impl Tally {
    async fn all(&mut self, running: &mut Running, numbers: std::ops::Range<usize>) {
        while self.0.len() < numbers.end {
            let next = tokio::time::timeout(PATIENCE, running.records.recv()).await;
            let Ok(Some(record)) = next else {
                panic!("{} of {} messages came; {:?}", self.0.len(), numbers.end, running.counters.troubles())
            };
            self.note(&record.bytes);
        }
    }

    fn note(&mut self, bytes: &[u8]) {
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8 as it was written");
        // What the program logs about itself.
        let Some((_, text)) = text.split_once('#') else { return };
        let n: usize = text.get(..6).and_then(|d| d.parse().ok()).unwrap_or_else(|| panic!("no number in {text:?}"));
        assert_eq!(format!("#{text}"), message(n));
        *self.0.entry(n).or_default() += 1;
    }

    fn duplicates(&self) -> usize {
        self.0.values().map(|times| times - 1).sum()
    }
}

async fn everything_arrives(stage: Stage, mut process: Process, mut running: Running, way: Way) {
    let mut tally = Tally(HashMap::new());
    tally.all(&mut running, 0..MANY).await;
    assert!(process.is_running());
    process.kill();
    let known = running.counters.sources();
    let certificate = known.iter().any(|s| {
        matches!(&s.origin, Some(engine_intake::Origin::Known(i))
            if matches!(&**i, Identity::Certificate { subject, .. } if subject == "CN=sender.camau.example"))
    });
    assert_eq!(certificate, way.is_tls(), "{known:?}");
    let (counts, left) = running.stop().await;
    left.iter().for_each(|record| tally.note(&record.bytes));
    assert_eq!(tally.duplicates(), 0, "each exactly once");
    assert_eq!((counts.framing_errors, counts.truncated, counts.dropped), (0, 0, 0), "{:?}", stage.folder);
}

macro_rules! every_message_arrives {
    ($($name:ident: $way:ident),*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if !rsyslog_is_there() {
                return;
            }
            let stage = Stage::new();
            stage.write(0..MANY);
            let running = stage.start(Way::$way).await;
            let process = stage.rsyslog(Way::$way, running.address.port());
            everything_arrives(stage, process, running, Way::$way).await;
        })*
    };
}

every_message_arrives!(rsyslog_over_tcp: Tcp, rsyslog_over_tls: Tls, rsyslog_over_relp: Relp, rsyslog_over_relp_in_tls: RelpTls);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn syslog_ng_over_tcp_and_tls() {
    let Some(binary) = syslog_ng_is_there() else { return };
    for way in [Way::Tcp, Way::Tls] {
        let stage = Stage::new();
        stage.write(0..MANY);
        let running = stage.start(way).await;
        let process = stage.syslog_ng(way, running.address.port(), &binary);
        everything_arrives(stage, process, running, way).await;
    }
}

/// The receiver ends in the middle, once in order and once as in a crash, and begins again on its port.
/// What arrived and was not acknowledged comes again; nothing is missing.
async fn nothing_is_lost_over_restarts(way: Way) {
    if !rsyslog_is_there() {
        return;
    }
    let (stage, mut tally) = (Stage::new(), Tally(HashMap::new()));
    stage.write(0..MANY / 2);
    // Leave for some batches only: the rest is under way when the receiver ends.
    let mut running = start_with(stage.bind(way, LOOPBACK).await, 20, 0, false);
    let address = running.address;
    let mut process = stage.rsyslog(way, address.port());
    for _ in 0..100 {
        let record = running.next().await;
        tally.note(&record.bytes);
    }
    running.task.abort();
    let _ = (&mut running.task).await;
    // Its connections end a moment later; what they still put away is with the sink all the same.
    while std::sync::Arc::strong_count(&running.sink) > 1 {
        tokio::task::yield_now().await;
    }
    while let Ok(record) = running.records.try_recv() {
        tally.note(&record.bytes);
    }
    let mut running = start_with(stage.bind(way, address).await, 1_000_000, 0, false);
    while tally.0.len() < MANY / 4 {
        let record = running.next().await;
        tally.note(&record.bytes);
    }
    let (_, left) = running.stop().await;
    left.iter().for_each(|record| tally.note(&record.bytes));
    stage.write(MANY / 2..MANY);
    let mut running = start_with(stage.bind(way, address).await, 1_000_000, 0, false);
    tally.all(&mut running, 0..MANY).await;
    assert!(process.is_running());
    process.kill();
    let (_, left) = running.stop().await;
    left.iter().for_each(|record| tally.note(&record.bytes));
    eprintln!("{way:?}: {MANY} messages over two restarts, none missing, {} came twice", tally.duplicates());
    // At most what one window holds can be under way at a restart.
    assert!(tally.duplicates() < 2000, "{}", tally.duplicates());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relp_loses_nothing_over_restarts_of_the_receiver() {
    nothing_is_lost_over_restarts(Way::Relp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relp_in_tls_loses_nothing_over_restarts_of_the_receiver() {
    nothing_is_lost_over_restarts(Way::RelpTls).await;
}
