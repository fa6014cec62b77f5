//! `mangrove backup`: everything a server keeps, in one encrypted file, made while it runs.
//!
//! `create` makes one, `verify` reads it to its end and writes nothing, `restore` writes it into a new
//! folder, `key` makes the pair of keys. Exit status: 0 when done, 1 otherwise.

mod collect;
mod pins;

use crate::cmd_up;
use crate::config::{Defaults, ServeArgs};
use anyhow::{Context, Result, bail};
use base_core::{Clock, SystemClock};
use clap::{Args, Subcommand};
use collect::Taken;
use engine_backup::{BackupError, Bytes, FORMAT, Head, Identities, Item, Progress, Recipients};
use indicatif::{ProgressBar, ProgressStyle};
pub(crate) use pins::let_go;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Version of this program, as backups name it.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// Back up a server, and bring it back
#[derive(Args, Debug)]
pub(crate) struct BackupArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a pair of keys: the file with the secret one belongs on another machine
    Key {
        /// File to write the secret key to
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Back up everything of a server, running or not, into one encrypted file
    Create(CreateArgs),
    /// Read a backup to its end and compare every file with its sum; writes nothing
    Verify {
        /// The backup
        file: PathBuf,
        #[command(flatten)]
        keys: KeyArgs,
    },
    /// Restore a backup into a new folder
    Restore {
        /// The backup
        file: PathBuf,
        /// Folder to restore to; it must not exist or be empty
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        #[command(flatten)]
        keys: KeyArgs,
    },
}

#[derive(Args, Debug)]
struct CreateArgs {
    /// File to write; nothing is overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Public key (age1…) of whoever may open the backup; may be given several times
    #[arg(long, value_name = "KEY", required_unless_present_any = ["recipients_file", "passphrase_file"])]
    recipient: Vec<String>,
    /// File with public keys, one per line
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    recipients_file: Option<PathBuf>,
    /// File with a passphrase, instead of keys
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipient", "recipients_file"])]
    passphrase_file: Option<PathBuf>,
    /// Leave out the second folder of the event lake, which has a backup of its own
    #[arg(long)]
    without_cold: bool,
    /// No progress on standard error
    #[arg(long, short = 'q')]
    quiet: bool,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Args, Debug)]
struct KeyArgs {
    /// File with the secret key
    #[arg(long, value_name = "FILE", required_unless_present = "passphrase_file")]
    key: Option<PathBuf>,
    /// File with the passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    passphrase_file: Option<PathBuf>,
    /// No progress on standard error
    #[arg(long, short = 'q')]
    quiet: bool,
}

impl KeyArgs {
    fn read(&self) -> Result<Identities> {
        match (&self.key, &self.passphrase_file) {
            (Some(file), _) => Ok(Identities::file(file)?),
            (None, Some(file)) => Ok(Identities::passphrase_file(file)?),
            (None, None) => bail!("give --key or --passphrase-file"),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When it cannot be done; nothing half-written is left then.
pub(crate) fn run(args: &BackupArgs) -> Result<ExitCode> {
    let runtime = cmd_up::runtime()?;
    let stop = Arc::new(AtomicBool::new(false));
    let pressed = Arc::clone(&stop);
    // Ctrl-C ends the work in order: what was half-written goes.
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            pressed.store(true, Ordering::Relaxed);
        }
    });
    match &args.action {
        Action::Key { out } => key(out)?,
        Action::Create(args) => {
            let done = runtime.block_on(create(args, &stop));
            note(args, done.as_ref().err());
            done?;
        }
        Action::Verify { file, keys } => {
            let meter = Meter::new(std::fs::metadata(file).map_or(0, |found| found.len()), keys.quiet, &stop);
            let verified = engine_backup::verify(file, &keys.read()?, &mut meter.told())?;
            meter.end();
            say(&format!(
                "{} is whole: {}",
                file.display(),
                summary(&verified.head, verified.files.len(), verified.bytes)
            ))?;
        }
        Action::Restore { file, to, keys } => {
            let meter = Meter::new(std::fs::metadata(file).map_or(0, |found| found.len()), keys.quiet, &stop);
            let verified = engine_backup::restore(file, &keys.read()?, to, OWN, &mut meter.told())?;
            meter.end();
            say(&format!(
                "{} is restored: {}",
                to.display(),
                summary(&verified.head, verified.files.len(), verified.bytes)
            ))?;
            if to.join("settings").is_dir() {
                say(&format!(
                    "The settings of the old server are in {}; look through them before using them.",
                    to.join("settings").display()
                ))?;
            }
            if to.join("lake/cold").is_dir() {
                say(&format!(
                    "The second folder of the event lake is {}; move it to its disk before setting lake-cold.",
                    to.join("lake/cold").display()
                ))?;
            }
            say(&format!("Start it with: mangrove up --data {}", to.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn key(out: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let (text, public) = engine_backup::new_key()?;
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let mut file = opened.with_context(|| format!("cannot write {}; nothing is overwritten", out.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    say(&format!(
        "The secret key is in {}. Without it no backup can be restored: keep it away from this machine, and twice.",
        out.display()
    ))?;
    say(&format!("Public key, for --recipient: {public}"))
}

/// Leaves a word in the data folder on how it went, for `mangrove doctor` and the page of the system's health. A folder
/// that cannot be written is no reason to call a good backup a failure.
fn note(args: &CreateArgs, error: Option<&anyhow::Error>) {
    let Ok(config) = args.serve.resolve(Defaults::UP) else { return };
    if !config.data.is_dir() {
        return;
    }
    let before = engine_doctor::look_at_backup(&config.data);
    let facts = engine_doctor::BackupFacts {
        good_at: if error.is_none() { Some(SystemClock.now()) } else { before.good_at },
        failed: error.map(|error| format!("{error:#}")),
    };
    if let Err(error) = engine_doctor::note_backup(&config.data, &facts) {
        tracing::warn!(%error, "how the backup went could not be noted in the data folder");
    }
}

async fn create(args: &CreateArgs, stop: &AtomicBool) -> Result<()> {
    let config = args.serve.resolve(Defaults::UP)?;
    // Keys before the work: a slip in them is told at once.
    let recipients = match (&args.passphrase_file, &args.recipients_file) {
        (Some(file), _) => Recipients::passphrase_file(file)?,
        (None, Some(file)) => Recipients::file(file)?,
        (None, None) => Recipients::keys(args.recipient.iter().map(|key| (key.as_str(), "--recipient".to_owned())))?,
    };
    if args.out.symlink_metadata().is_ok() {
        return Err(BackupError::Exists { path: args.out.clone() }.into());
    }
    let created = SystemClock.now().as_micros();
    let collected = collect::collect(&config, !args.without_cold).await?;
    for notice in &collected.notices {
        writeln!(std::io::stderr().lock(), "{notice}")?;
    }
    let head = Head { format: FORMAT, program: OWN.to_owned(), created, facts: collected.facts.clone() };
    let meter = Meter::new(collected.bytes(), args.quiet, stop);
    let items = collected.files.iter().filter_map(item);
    let length = engine_backup::create(&args.out, &recipients, &head, items, &mut meter.told())?;
    meter.end();
    let bytes = meter.bytes();
    say(&format!("{} ({length} bytes): {}", args.out.display(), summary(&head, collected.files.len(), bytes)))?;
    say("Keep the secret key away from this machine: whoever has both has everything.")
}

/// A file as the archive takes it; `None` when it went and is not missed.
fn item(taken: &Taken) -> Option<Result<Item, BackupError>> {
    let mut item = match Item::open(&taken.name, &taken.path) {
        Err(BackupError::Io { source, .. }) if taken.may_go && source.kind() == ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(error)),
        Ok(item) => item,
    };
    if let (Some(upto), Bytes::File(_, length)) = (taken.upto, &mut item.bytes) {
        *length = upto.min(*length);
    }
    Some(Ok(item))
}

/// One line about a backup.
fn summary(head: &Head, files: usize, bytes: u64) -> String {
    let facts: String = head.facts.iter().map(|(name, value)| format!(", {name} {value}")).collect();
    let at = base_core::Timestamp::from_micros(head.created);
    format!("Mangrove {}, taken {at}, {files} files, {bytes} bytes{facts}", head.program)
}

fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("standard output cannot be written")
}

/// Shows how far the work is, and hears Ctrl-C.
struct Meter<'a> {
    bar: ProgressBar,
    stop: &'a AtomicBool,
    bytes: std::cell::Cell<u64>,
}

impl<'a> Meter<'a> {
    fn new(total: u64, quiet: bool, stop: &'a AtomicBool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let bar = if shown { ProgressBar::new(total) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, stop, bytes: std::cell::Cell::new(0) }
    }

    fn told(&self) -> impl FnMut(&Progress) -> bool + '_ {
        move |done| {
            self.bar.set_position(done.bytes);
            if !self.bar.is_hidden() && self.bar.message() != done.name {
                self.bar.set_message(done.name.clone());
            }
            self.bytes.set(done.bytes);
            !self.stop.load(Ordering::Relaxed)
        }
    }

    fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
