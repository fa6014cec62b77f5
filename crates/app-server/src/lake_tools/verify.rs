//! `mangrove lake verify`

use super::DataArgs;
use crate::lake_cli::look;
use crate::rules_cli::write_json;
use anyhow::{Context, Result};
use clap::Args;
use heavy_lake_datafusion::{Finding, Verified, Wrong};
use serde_json::json;
use std::io::Write;

#[derive(Args, Clone, Debug)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Public key of the seals, hexadecimal; without it the one of the data folder
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &VerifyArgs, out: &mut dyn Write) -> Result<bool> {
    let mut verified = check(args).await?;
    if !verified.findings.is_empty() {
        // A server that runs may have replaced files while they were read: only what is found twice is wrong.
        let again = check(args).await?;
        verified.findings.retain(|finding| again.findings.contains(finding));
    }
    if args.json {
        let findings: Vec<_> =
            verified.findings.iter().map(|f| json!({ "file": f.path, "wrong": word(f), "text": said(f) })).collect();
        write_json(
            out,
            &json!({
                "files": verified.files, "events": verified.events, "bytes": verified.bytes, "sealed": verified.sealed,
                "out_of_reach": verified.out_of_reach,
                "head": verified.head.as_ref().map(|(number, hash)| json!({ "number": number, "hash": hash })),
                "findings": findings,
            }),
        )?;
    } else {
        verified.findings.iter().try_for_each(|finding| writeln!(out, "{}: {}", finding.path, said(finding)))?;
        summary(&verified, out)?;
    }
    // What could not be read is not verified.
    Ok(verified.findings.is_empty() && verified.out_of_reach == 0)
}

async fn check(args: &VerifyArgs) -> Result<Verified> {
    let lake = look(&args.data.data).await?;
    let key = args.key.clone().or_else(|| lake.seal_key());
    lake.verify(key.as_deref()).await.context("the lake cannot be checked")
}

fn word(finding: &Finding) -> &'static str {
    match finding.what {
        Wrong::Altered => "altered",
        Wrong::Removed => "removed",
        Wrong::Added => "added",
        Wrong::NotAsSealed => "not-as-sealed",
        Wrong::BadSeal(_) => "bad-seal",
    }
}

fn said(finding: &Finding) -> String {
    match &finding.what {
        Wrong::Altered => "altered: its bytes are not those that were written; restore it from a backup".to_owned(),
        Wrong::Removed => "removed: it belongs to the lake and is not there; restore it from a backup".to_owned(),
        Wrong::Added => {
            "added: it does not belong to the lake (an interrupted write leaves such a file, too)".to_owned()
        }
        Wrong::NotAsSealed => "altered: the signed list of its day has it with another hash".to_owned(),
        Wrong::BadSeal(reason) => format!("the signed list cannot be trusted: {reason}"),
    }
}

fn summary(verified: &Verified, out: &mut dyn Write) -> Result<()> {
    writeln!(
        out,
        "{} files with {} events read, {} of them sealed, {} without a hash (older format), {} findings",
        verified.files,
        verified.events,
        verified.sealed,
        verified.without_hash,
        verified.findings.len()
    )?;
    if verified.out_of_reach > 0 {
        let files = verified.out_of_reach;
        writeln!(
            out,
            "{files} files of the cold folder could not be read: nothing is known of them; see `mangrove lake stats`"
        )?;
    }
    match &verified.head {
        Some((number, hash)) => writeln!(out, "newest list of seals: number {number}, {hash}; note it elsewhere")?,
        None => writeln!(out, "nothing is sealed yet; the server seals once a day")?,
    }
    Ok(())
}
