//! `mangrove hunt` over the shared EVTX sets with all SigmaHQ rules, on one and two threads.

use super::{Bench, measure, shared};
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How often the EVTX sets are taken, so that reading them outweighs loading the rules.
const COPIES: usize = 8;

/// Measures and prints.
pub(super) fn run(repo: &Repo, bench: &Bench) -> Result<()> {
    let shared = shared(repo)?;
    let rules = unpacked(&shared.join("data/sigma/sigmahq-rules.tar.zst"), &bench.work.join("sigmahq"))?;
    let mut logs = Vec::new();
    let mut records = 0.0;
    for set in ["evtx-attack-samples", "evtx-parser-samples"] {
        let folder = shared.join("data/evtx");
        logs.push(unpacked(&folder.join(format!("{set}.tar.zst")), &bench.work.join(set))?);
        records += count(&folder.join(format!("{set}-records.tsv")))?;
    }
    let small = bench.work.join("one-line.log");
    std::fs::write(
        &small,
        "Nov 22 08:00:01 web01 sshd[411]: Accepted publickey for an from 192.0.2.9 port 4711 ssh2\n",
    )?;
    let load = measure::median(bench.runs, &[0, 2], || command(bench, &rules, std::slice::from_ref(&small), 1))?;
    println!("\n| hunt, SigmaHQ | threads | records | wall s | net records/s | peak MiB | × one thread |");
    println!("|---|---|---|---|---|---|---|");
    println!("| load rules, one line | 1 | 1 | {:.2} | | {:.0} | |", load.wall, load.peak);
    let many: Vec<PathBuf> = std::iter::repeat_n(logs, COPIES).flatten().collect();
    let copies = copies(&many, &bench.work)?;
    let mut first = 0.0;
    for threads in [1, 2] {
        let row = measure::median(bench.runs, &[0, 2], || command(bench, &rules, &copies, threads))?;
        #[expect(clippy::cast_precision_loss, reason = "a small constant")]
        let all = records * COPIES as f64;
        let rate = all / (row.wall - load.wall).max(0.001);
        if threads == 1 {
            first = rate;
        }
        println!(
            "| both EVTX sets × {COPIES} | {threads} | {all:.0} | {:.2} | {rate:.0} | {:.0} | {:.2} |",
            row.wall,
            row.peak,
            rate / first
        );
    }
    Ok(())
}

fn command(bench: &Bench, rules: &Path, logs: &[PathBuf], threads: usize) -> Command {
    let mut command = Command::new(&bench.program);
    command.args(["hunt", "--quiet", "--output", "jsonl", "--threads", &threads.to_string(), "--rules"]).arg(rules);
    command.args(logs).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The same folder named several times would be read once; links have names of their own.
fn copies(folders: &[PathBuf], work: &Path) -> Result<Vec<PathBuf>> {
    let mut named = Vec::new();
    for (number, folder) in folders.iter().enumerate() {
        let copy = work.join(format!("copy-{number}"));
        if !copy.exists() {
            let status =
                Command::new("cp").arg("-rl").arg(folder).arg(&copy).status().context("cp cannot be started")?;
            if !status.success() {
                bail!("{} cannot be copied", folder.display());
            }
        }
        named.push(copy);
    }
    Ok(named)
}

fn unpacked(archive: &Path, folder: &Path) -> Result<PathBuf> {
    if folder.is_dir() {
        return Ok(folder.to_path_buf());
    }
    std::fs::create_dir_all(folder)?;
    let file = File::open(archive).with_context(|| format!("{} cannot be read", archive.display()))?;
    let status = Command::new("tar")
        .args(["--zstd", "-x", "-C"])
        .arg(folder)
        .stdin(file)
        .status()
        .context("tar cannot be started")?;
    if !status.success() {
        bail!("{} cannot be unpacked", archive.display());
    }
    Ok(folder.to_path_buf())
}

/// Sum of the third column, the records of each file.
fn count(table: &Path) -> Result<f64> {
    let text = std::fs::read_to_string(table).with_context(|| format!("{} cannot be read", table.display()))?;
    let (head, rows) = text.split_once('\n').context("an empty table")?;
    let column = head.split('\t').position(|h| h == "records").context("no column `records`")?;
    Ok(rows.lines().filter_map(|l| l.split('\t').nth(column)?.parse::<f64>().ok()).sum())
}
