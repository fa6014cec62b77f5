//! `mangrove audit`: check the audit trail, take it away, and know its key.
//!
//! * `verify` walks the trail of a data folder or database, or an export, and names the first entry that is not
//!   as it was written. With an export it needs neither server nor data folder, only the public key.
//! * `export` writes the whole trail.
//! * `key` prints the public key.
//!
//! All of it works beside a running server. Exit status: 0 when all is well, 1 otherwise.

use crate::rules_cli::{to_stdout, write_json};
use crate::{cmd_up, records};
use anyhow::{Context, Result, bail};
use base_audit::{Broken, Checkpoint, Exporter, Signer, Verified, Verifier, verify_export, verify_signed};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// File of the secret key in the data folder.
pub(crate) const KEY: &str = "audit.key";

/// Check the audit trail, take it away, and know its key
#[derive(Args, Clone, Debug)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Name the first entry that was altered, removed, inserted, moved or cut off
    Verify(VerifyArgs),
    /// Write the whole trail as NDJSON, for verification elsewhere
    Export(ExportArgs),
    /// Print the public key of the checkpoints
    Key(DataArgs),
}

#[derive(Args, Clone, Debug)]
struct DataArgs {
    /// Data folder of the server
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Address of the database, where records are kept in PostgreSQL
    #[arg(long, env = "MANGROVE_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
}

#[derive(Args, Clone, Debug)]
struct VerifyArgs {
    /// Data folder of the server
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR", required_unless_present = "export")]
    data: Option<PathBuf>,
    /// Address of the database, where records are kept in PostgreSQL
    #[arg(long, env = "MANGROVE_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// An export instead of a data folder
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Public key (name+id+key); without it the one of the data folder, or the one that the export says of itself
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A checkpoint that was sent away: the signed note, or the line of syslog; may be given several times
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Args, Clone, Debug)]
struct ExportArgs {
    #[command(flatten)]
    data: DataArgs,
    /// File to write; it must not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub(crate) fn run(args: &AuditArgs) -> Result<ExitCode> {
    let runtime = cmd_up::runtime()?;
    to_stdout(|out| match &args.action {
        Action::Verify(args) => runtime.block_on(verify(args, out)),
        Action::Export(args) => runtime.block_on(export(args, out)),
        Action::Key(args) => {
            writeln!(out, "{}", signer(&args.data)?.key())?;
            Ok(true)
        }
    })
}

/// The signer of a data folder; none is made, because that of the server comes with its first start.
fn signer(data: &Path) -> Result<Signer> {
    let path = data.join("keys").join(KEY);
    let bytes = std::fs::read(&path).with_context(|| {
        format!("cannot read {}; name the data folder of a server that was started once", path.display())
    })?;
    let seed = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
        anyhow::anyhow!("{} is {} bytes, not 32; restore it from a backup", path.display(), bytes.len())
    })?;
    Ok(Signer::new(&seed)?)
}

async fn verify(args: &VerifyArgs, out: &mut dyn Write) -> Result<bool> {
    let given = args.key.as_deref().map(Verifier::parse).transpose().context("--key")?;
    let (verdict, key, own_key) = match (&args.export, &args.data) {
        (Some(file), _) => {
            let checked = check_export(file, given.as_ref(), &args.checkpoint)?;
            (checked.verdict, checked.key, checked.own_key)
        }
        (None, Some(data)) => {
            let key = match given {
                Some(key) => key,
                None => signer(data)?.key().clone(),
            };
            let others = read_checkpoints(&args.checkpoint, &key)?;
            let db = records::open(data, args.database.as_deref()).await?;
            let verdict = verify_signed(&db, &key, &others).await;
            db.close().await;
            (verdict?, key, false)
        }
        (None, None) => bail!("name a data folder with --data, or an export with --export"),
    };
    if args.json {
        as_json(&verdict, &key, own_key, out)?;
    } else {
        as_text(&verdict, &key, own_key, out)?;
    }
    Ok(verdict.is_ok())
}

fn check_export(file: &Path, key: Option<&Verifier>, checkpoints: &[PathBuf]) -> Result<base_audit::Checked> {
    let open = || File::open(file).map(|f| BufReader::with_capacity(1 << 20, f));
    // Checkpoints given beside it are held against the key that is used, which the export may have to say first.
    let first = verify_export(open, key, &[]).with_context(|| format!("{} cannot be checked", file.display()))?;
    if checkpoints.is_empty() || first.verdict.is_err() {
        return Ok(first);
    }
    let others = read_checkpoints(checkpoints, &first.key)?;
    verify_export(open, key, &others).with_context(|| format!("{} cannot be checked", file.display()))
}

fn read_checkpoints(files: &[PathBuf], key: &Verifier) -> Result<Vec<Checkpoint>> {
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let note = note_of(&text).with_context(|| format!("{} holds no checkpoint", file.display()))?;
            Checkpoint::open(&note, key).with_context(|| format!("{} is not a checkpoint of this log", file.display()))
        })
        .collect()
}

/// The signed note in a file: the note itself, a mail with it, or the line that syslog has written.
pub(crate) fn note_of(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace("\\n", "\n");
    let begin = text.find("mangrove/audit/")?;
    let note = text.get(begin..)?;
    let signature = note.find("\n\n\u{2014} ")?;
    let end = note.get(signature + 2..)?.find('\n').map_or(note.len(), |n| signature + 2 + n);
    Some(format!("{}\n", note.get(..end)?.trim_end()))
}

fn as_text(
    verdict: &std::result::Result<Verified, Broken>,
    key: &Verifier,
    own_key: bool,
    out: &mut dyn Write,
) -> Result<()> {
    match verdict {
        Ok(whole) => {
            writeln!(out, "whole: {} entries, of which {} are signed by {}", whole.acts, whole.signed, key.name())?;
            writeln!(out, "last entry: {}", whole.head)?;
        }
        Err(broken) => writeln!(out, "not whole: {broken}")?,
    }
    if own_key {
        writeln!(out, "the key was taken from the export itself; compare it with the one you were given: {key}")?;
    }
    Ok(())
}

fn as_json(
    verdict: &std::result::Result<Verified, Broken>,
    key: &Verifier,
    own_key: bool,
    out: &mut dyn Write,
) -> Result<()> {
    let said = match verdict {
        Ok(whole) => json!({
            "whole": true, "entries": whole.acts, "signed": whole.signed, "head": whole.head,
            "key": key.to_string(), "key_from_export": own_key,
        }),
        Err(broken) => json!({
            "whole": false, "entry": broken.seq, "reason": broken.to_string(),
            "key": key.to_string(), "key_from_export": own_key,
        }),
    };
    write_json(out, &said)
}

async fn export(args: &ExportArgs, out: &mut dyn Write) -> Result<bool> {
    let signer = signer(&args.data.data)?;
    let db = records::open(&args.data.data, args.data.database.as_deref()).await?;
    let path = &args.out;
    let writing = || format!("cannot write {}", path.display());
    let mut file = File::options().write(true).create_new(true).open(path).with_context(writing)?;
    let mut exporter = Exporter::new(&db, signer.key());
    while let Some(piece) = exporter.next().await? {
        file.write_all(&piece).with_context(writing)?;
    }
    file.sync_all().with_context(writing)?;
    db.close().await;
    writeln!(out, "{} entries in {}", exporter.entries(), path.display())?;
    writeln!(out, "public key: {}", signer.key())?;
    Ok(true)
}
