//! `mangrove doctor`: looks for what commonly goes wrong, beside a running server or without one.
//!
//! Exit status: 0 when there is neither warning nor fault, 1 otherwise.

use crate::cmd_up;
use crate::config::{Config, Defaults, ServeArgs, certificate_file};
use crate::hunt::Tongue;
use anyhow::Result;
use base_core::{Clock, Lang, SystemClock, Timestamp};
use base_settings::Settings;
use clap::Args;
use engine_doctor::{
    CertificateAsk, ClockFacts, Finding, Level, Listen, MailServer, Transport, as_json, backup, certificate, clock,
    disk, limits, look_at_backup, look_at_disk, look_at_limits, mail, permissions, ports, texts,
};
use fs4::FileExt;
use heavy_lake_datafusion::{LakeOptions, LookedAtLake};
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Look for what commonly goes wrong: clock, disk, ports, certificate, mail, permissions, records, event lake
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
    /// Only what needs attention
    #[arg(long, short = 'q')]
    quiet: bool,
    /// Language of the answer
    #[arg(long, value_enum, env = "MANGROVE_LANG", default_value_t = Tongue::Vi)]
    lang: Tongue,
    #[command(flatten)]
    serve: ServeArgs,
}

/// Runs every check.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let lang: Lang = args.lang.into();
    let tr = texts(lang);
    let mut findings = Vec::new();
    let (file, settings, mistakes) = args.serve.look_up(Defaults::UP);
    for mistake in &mistakes {
        let (code, level) =
            if mistake.harmless { ("settings-ignored", Level::Notice) } else { ("settings-wrong", Level::Fault) };
        findings.push(Finding::new(code, level, mistake.text(&base_settings::texts(lang))));
    }
    if mistakes.iter().all(|mistake| mistake.harmless) {
        match Config::of(&settings, file) {
            Ok(config) => {
                findings.push(Finding::new("settings-well", Level::Well, ""));
                findings.extend(cmd_up::runtime()?.block_on(of_server(&config, &settings)));
            }
            Err(wrong) => {
                let text = wrong.text(&base_settings::texts(lang));
                findings.push(Finding::new("settings-wrong", Level::Fault, text));
            }
        }
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", as_json(&findings, &tr))?;
    } else {
        for finding in findings.iter().filter(|finding| !args.quiet || finding.level >= Level::Warning) {
            write!(out, "{}", finding.text(&tr))?;
        }
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        let (faults, warnings) = (count(Level::Fault), count(Level::Warning));
        writeln!(out, "{}", tr.ta("doctor-end", &[("faults", &faults), ("warnings", &warnings)]))?;
    }
    let well = findings.iter().all(|finding| finding.level < Level::Warning);
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything there is to say of the server of these settings.
async fn of_server(config: &Config, settings: &Settings) -> Vec<Finding> {
    let (data, now) = (&config.data, SystemClock.now());
    let runs = holder(data);
    let mut findings = vec![match runs {
        Some(pid) => Finding::new("server-runs", Level::Well, format!("{} ({pid})", data.display())),
        None => Finding::new("server-stopped", Level::Notice, data.display().to_string()),
    }];
    let files: Vec<PathBuf> = ["mangrove.db", "mangrove.db-wal", "lock", "lake/manifests"].map(|f| data.join(f)).into();
    findings.extend(clock(&ClockFacts::of_machine(now, &files)));
    findings.extend(of_machine(config, settings, now));
    findings.extend(ports(&listens(config), runs));
    findings.extend(match &config.database {
        Some(url) => vec![elsewhere(url).await],
        None => records(&data.join("mangrove.db")).await,
    });
    findings.extend(lake(&data.join("lake")).await);
    findings
}

/// What can be said beside a running server as well as without one: limits, disks, rights, certificate, mail, backup.
/// Reads files, writes one small file to time the disk, and asks the mail server for its greeting: not for a thread
/// that answers requests.
pub(crate) fn of_machine(config: &Config, settings: &Settings, now: Timestamp) -> Vec<Finding> {
    let mut findings = limits(&look_at_limits(Path::new("/")));
    findings.extend(disks(config));
    let secret = config.file.as_deref().map(|file| (file, holds_secret(settings)));
    findings.extend(permissions(&config.data, secret));
    if !config.http {
        let (file, own) = certificate_file(config);
        // Without one the server makes it at its first start.
        if !own || file.exists() {
            findings.extend(certificate(&CertificateAsk { file, name: config.name.clone(), now, own }));
        }
    }
    findings.extend(match config.smtp.as_deref().map(MailServer::parse) {
        Some(Some(server)) => mail(&server),
        Some(None) => vec![Finding::new("mail-name", Level::Fault, "smtp")],
        None => vec![Finding::new("mail-none", Level::Notice, "")],
    });
    findings.extend(backup(&look_at_backup(&config.data), now));
    findings
}

/// The process that serves the data folder.
fn holder(data: &Path) -> Option<u32> {
    let lock = File::open(data.join("lock")).ok()?;
    if FileExt::try_lock_shared(&lock).is_ok() {
        return None;
    }
    std::fs::read_to_string(data.join("lock")).ok()?.trim().parse().ok()
}

/// Whether a secret stands in the configuration file itself.
fn holds_secret(settings: &Settings) -> bool {
    let secrets = base_settings::TABLE.iter().filter(|setting| setting.secret_file.is_some());
    secrets
        .filter_map(|setting| settings.get(setting.name))
        .any(|(_, place)| matches!(place, base_settings::Place::File(..)))
}

fn disks(config: &Config) -> Vec<Finding> {
    let cold = config.lake_cold.as_ref().map(|cold| cold.dir.as_path());
    let mut findings = Vec::new();
    for (folder, is_cold) in [(Some(config.data.as_path()), false), (cold, true)] {
        // A folder that is not there yet will be on the disk of the one it is made in.
        let Some(there) = folder.and_then(|folder| folder.ancestors().find(|f| f.is_dir() || f.as_os_str().is_empty()))
        else {
            continue;
        };
        let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
        let found = match look_at_disk(there, folder == Some(there)) {
            Ok(facts) => disk(&facts),
            Err(error) => vec![Finding::new("disk-refused", Level::Fault, format!("{}: {error}", there.display()))],
        };
        // The second folder is allowed to be slow and elsewhere.
        findings.extend(found.into_iter().filter(|f| !(is_cold && ["disk-network", "disk-slow"].contains(&f.code))));
    }
    findings
}

fn listens(config: &Config) -> Vec<Listen> {
    let of = |setting: &str, address: Option<SocketAddr>, transport: Transport| {
        Some(Listen { setting: setting.to_owned(), address: address?, transport })
    };
    let tcp = Transport::Tcp;
    [
        of("port", Some(config.listen), tcp),
        of("syslog-udp", config.syslog_udp, Transport::Udp),
        of("syslog-tcp", config.syslog_tcp, tcp),
        of("syslog-tls", config.syslog_tls, tcp),
        of("relp", config.relp, tcp),
        of("relp-tls", config.relp_tls, tcp),
        of("intake-http", config.intake_http, tcp),
        of("intake-https", config.intake_https, tcp),
        of("metrics", config.metrics, tcp),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Records that are not in the data folder: whether their database answers. Its errors name no password.
async fn elsewhere(url: &str) -> Finding {
    match base_db::Db::open(url).await {
        Ok(db) => {
            db.close().await;
            Finding::new("database-answers", Level::Well, "")
        }
        Err(error) => Finding::new("database-away", Level::Fault, error.to_string()),
    }
}

async fn records(file: &Path) -> Vec<Finding> {
    if !file.is_file() {
        return Vec::new();
    }
    let place = file.display();
    match base_db::check_file(file).await {
        Ok(wrong) if wrong.is_empty() => vec![Finding::new("database-well", Level::Well, place.to_string())],
        Ok(wrong) => {
            let first = wrong.first().cloned().unwrap_or_default();
            vec![Finding::new("database-damaged", Level::Fault, format!("{place}: {first} ({})", wrong.len()))]
        }
        Err(error) if error.to_string().contains("damaged") || error.to_string().contains("not a database") => {
            vec![Finding::new("database-damaged", Level::Fault, format!("{place}: {error}"))]
        }
        Err(error) => vec![Finding::new("database-unreadable", Level::Fault, error.to_string())],
    }
}

async fn lake(dir: &Path) -> Vec<Finding> {
    if !dir.is_dir() {
        return Vec::new();
    }
    let place = dir.display();
    let looked = match LookedAtLake::open(dir, LakeOptions::default()).await {
        Ok(looked) => looked,
        Err(error) => return vec![Finding::new("lake-unreadable", Level::Fault, format!("{place}: {error}"))],
    };
    let (version, named) = looked.named();
    let missing: Vec<&str> =
        named.iter().map(|file| file.path.as_str()).filter(|path| !dir.join(path).exists()).collect();
    // What a running server merged away meanwhile is no loss: the newest version says.
    let moved_on = LookedAtLake::open(dir, LakeOptions::default()).await.is_ok_and(|again| again.named().0 != version);
    match missing.first() {
        Some(first) if !moved_on => {
            vec![Finding::new("lake-missing", Level::Fault, format!("{place}: {first} ({})", missing.len()))]
        }
        _ => vec![Finding::new("lake-well", Level::Well, format!("{place}: {}", named.len()))],
    }
}
