//! Every suite that uses records, a second time: on a PostgreSQL server that is started for it.
//!
//! The server is Debian's, in a folder and on a port of its own, and gone afterwards. It keeps nothing
//! safe (`fsync` off): what is tested is the SQL, not the disk.

use super::cargo_test::Counter;
use super::{Options, Totals};
use crate::repo::{Repo, cargo_program};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The package with the server.
pub(super) const PACKAGE: &str = "postgresql-15";
const BIN: &str = "/usr/lib/postgresql/15/bin";
/// As `base_testkit::records` reads it.
const VARIABLE: &str = "MANGROVE_TEST_POSTGRES";
const USER: &str = "mangrove";
const PASSWORD: &str = "of-tests-only";

/// Crates whose suites use records, by the beginning of their names.
const CRATES: [&str; 4] = ["area-", "base-db", "base-audit", "base-secret"];
/// The suites of the whole program that are run again: from an event to a warning.
const PROGRAM: (&str, &[&str]) = ("app-server", &["server::", "story::"]);

/// Whether Debian's server is installed.
pub(super) fn is_there() -> bool {
    Path::new(BIN).join("postgres").is_file()
}

/// Starts the server and runs the suites.
pub(super) fn run(repo: &Repo, options: &Options) -> Result<Totals> {
    let suites = suites(repo)?;
    let server = Server::start()?;
    let mut totals = Totals::default();
    for suite in suites {
        let words: Vec<&str> = match (options.filter(), suite.package == PROGRAM.0) {
            ([], true) => PROGRAM.1.to_vec(),
            (words, _) => words.iter().map(String::as_str).collect(),
        };
        totals.add(suite.run(&server.url, &words)?);
    }
    Ok(totals)
}

/// A test program and where its package lies.
struct Suite {
    package: String,
    folder: PathBuf,
    program: PathBuf,
}

/// A line of `cargo test --no-run --message-format=json`.
#[derive(Deserialize)]
struct Built {
    manifest_path: Option<PathBuf>,
    executable: Option<PathBuf>,
}

/// Builds with the selection of the ordinary tests, so that nothing is compiled anew.
fn suites(repo: &Repo) -> Result<Vec<Suite>> {
    let out = Command::new(cargo_program())
        .args(["test", "--profile", "fast", "--locked", "--workspace", "--exclude", "xtask"])
        .args(["--no-run", "--message-format", "json"])
        .current_dir(&repo.root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo test cannot be started")?;
    if !out.status.success() {
        bail!("the tests do not build, see above");
    }
    let lines = out.stdout.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let mut suites = Vec::new();
    for line in lines {
        let built: Built = serde_json::from_slice(line).context("a line of cargo is not JSON")?;
        let (Some(manifest), Some(program)) = (built.manifest_path, built.executable) else { continue };
        let Some(folder) = manifest.parent() else { continue };
        let package = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let is_test = program.file_name().is_some_and(|n| n.to_string_lossy().contains('-'));
        let wanted = CRATES.iter().any(|c| package.starts_with(c)) || package == PROGRAM.0;
        if is_test && wanted {
            suites.push(Suite { package, folder: folder.to_path_buf(), program });
        }
    }
    suites.sort_by(|a, b| (&a.package, &a.program).cmp(&(&b.package, &b.program)));
    if suites.is_empty() {
        bail!("no suite was found; the names of the crates have changed");
    }
    Ok(suites)
}

impl Suite {
    fn run(&self, url: &str, words: &[&str]) -> Result<Totals> {
        let out = Command::new(&self.program)
            .arg("--show-output")
            .args(words)
            .current_dir(&self.folder)
            .env(VARIABLE, url)
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let mut counter = Counter::default();
        for line in String::from_utf8_lossy(&out.stdout).lines() {
            if counter.line(line) {
                println!("{}: {line}", self.package);
            }
        }
        let totals = counter.totals();
        if !out.status.success() && totals.failed == 0 {
            bail!("the suite of {} ended without a result ({})", self.package, out.status);
        }
        Ok(totals)
    }
}

/// A running server; stopped and removed when dropped.
struct Server {
    folder: PathBuf,
    url: String,
}

impl Server {
    fn start() -> Result<Self> {
        if !is_there() {
            bail!("{BIN}/postgres is not there; install {PACKAGE}");
        }
        let folder = std::env::temp_dir().join(format!("mangrove-postgres-{}", std::process::id()));
        let port = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?.local_addr()?.port();
        let url = format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/records");
        let server = Self { folder, url };
        let (folder, data) = (server.folder.display().to_string(), server.data());
        std::fs::create_dir_all(&server.folder).with_context(|| format!("{folder} cannot be made"))?;
        let password = server.folder.join("password");
        std::fs::write(&password, PASSWORD).with_context(|| format!("{folder} cannot be written"))?;
        if is_root() {
            quiet(Command::new("chown").args(["-R", "postgres:postgres", &folder]))?;
        }
        let password = format!("--pwfile={}", password.display());
        let rules = ["--auth=scram-sha-256", "--locale=C", "--encoding=UTF8", "--no-sync", "-U", USER];
        quiet(own("initdb").args(["-D", &data]).args(rules).arg(password))?;
        let settings = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off \
             -c full_page_writes=off -c max_connections=400"
        );
        let log = format!("{folder}/log");
        quiet(own("pg_ctl").args(["-D", &data, "-w", "-t", "60", "-l", &log, "-o", &settings, "start"]))?;
        // "records" as Mangrove wants a database, "latin" as it refuses one.
        for (name, encoding) in [("records", "UTF8"), ("latin", "LATIN1")] {
            let made =
                ["-h", "127.0.0.1", "-p", &port.to_string(), "-U", USER, "-T", "template0", "-E", encoding, name]
                    .map(str::to_owned);
            quiet(own("createdb").args(made).env("PGPASSWORD", PASSWORD))?;
        }
        Ok(server)
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to be done about a failure here; the folder is in the system's folder for such things.
        let _ = quiet(own("pg_ctl").args(["-D", &self.data(), "-m", "immediate", "stop"]));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A program of the server; it refuses to run as root, so root hands it to the user of the package.
fn own(program: &str) -> Command {
    let path = format!("{BIN}/{program}");
    let mut command = Command::new(if is_root() { "runuser" } else { &path });
    if is_root() {
        command.args(["-u", "postgres", "--", &path]);
    }
    // The caller's folder may be closed to that user.
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    super::tools::is_root()
}

/// Runs to the end; what it said is shown when it fails.
fn quiet(command: &mut Command) -> Result<()> {
    // Not a pipe: the server started by pg_ctl would keep it open.
    let said = tempfile()?;
    let status = command
        .stdin(Stdio::null())
        .stdout(said.1.try_clone()?)
        .stderr(said.1)
        .status()
        .with_context(|| format!("{command:?} cannot be started"))?;
    let text = std::fs::read_to_string(&said.0).unwrap_or_default();
    let _ = std::fs::remove_file(&said.0);
    if !status.success() {
        bail!("{command:?} failed: {text}");
    }
    Ok(())
}

fn tempfile() -> Result<(PathBuf, std::fs::File)> {
    let path = std::env::temp_dir().join(format!("mangrove-postgres-said-{}", std::process::id()));
    let file = std::fs::File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok((path, file))
}
