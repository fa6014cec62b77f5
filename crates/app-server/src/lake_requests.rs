//! Work on the lake that the command line asks of the running server, which has the lake's lock.
//!
//! In the folder `lake-requests` of the data folder, `<name>.ask` says what is wanted and `<name>.answer`
//! how it goes. Both are replaced as a whole. Taking the `.ask` away ends the work at the next good moment.
//! Who may write into the data folder could change the lake's files anyway, so nothing more is checked.

use crate::app::Kept;
use crate::serve;
use anyhow::{Context, Result, bail};
use base_core::{Clock, SystemClock};
use heavy_lake_datafusion::{CompactionProgress, ParquetLake};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The folder of requests in the data folder.
const FOLDER: &str = "lake-requests";
/// How often the server looks for requests, and the command line for answers.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Looks after which a server that says nothing is no server.
const PATIENCE: u32 = 60;
/// Longest request, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub(crate) enum Work {
    /// All files get their final form, and closed days move to the cold folder.
    Compact,
    /// A damaged file is accepted as lost.
    AcceptLoss {
        /// Its path from the lake's folder.
        file: String,
        /// Why.
        why: String,
    },
}

/// How it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "text", rename_all = "kebab-case")]
enum Answer {
    /// It is being worked on.
    Working(String),
    /// It is done.
    Done(String),
    /// It is not.
    Failed(String),
}

/// Does the work; `told` hears how far it is, and ends it by `false`. Gives what was done, in words.
///
/// # Errors
/// When it cannot be done.
pub(crate) async fn perform(
    lake: &ParquetLake,
    work: &Work,
    mut told: impl FnMut(&str) -> bool + Send,
) -> Result<String> {
    match work {
        Work::Compact => {
            let mut ended = false;
            let done = lake
                .compact_while(true, |CompactionProgress { done, left }| {
                    ended = !told(&format!("{} files merged, {left} to go", done.files_before));
                    !ended
                })
                .await?;
            // Closed days in their final form go on to the cold folder, if the server has one.
            let mut moved = 0;
            while !ended {
                let now = lake.move_cold(SystemClock.now()).await?;
                if now.files == 0 {
                    break;
                }
                moved += now.files;
                ended = !told(&format!("{moved} files moved to the cold folder"));
            }
            let stopped = if ended { "stopped; " } else { "" };
            let cold = if moved > 0 { format!("; {moved} files moved to the cold folder") } else { String::new() };
            Ok(format!(
                "{stopped}{} files became {}, {} bytes became {}{cold}",
                done.files_before, done.files_after, done.bytes_before, done.bytes_after
            ))
        }
        Work::AcceptLoss { file, why } => match lake.accept_loss(file, why).await? {
            Some(events) => Ok(format!("{file} with {events} events is recorded as lost; it is not reported any more")),
            None => {
                let lost = lake.lost();
                let list = lost.iter().map(|(file, reason)| format!("\n{file}: {reason}")).collect::<String>();
                bail!("{file} is no damaged file of this lake; there are {}:{list}", lost.len())
            }
        },
    }
}

/// Says how far it is.
pub(crate) fn tell(text: &str) {
    // Nobody listening is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Replaces a file as a whole.
fn replace(path: &Path, value: &impl Serialize) -> Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, serde_json::to_vec(value)?).with_context(|| format!("cannot write {}", fresh.display()))?;
    fs::rename(&fresh, path).with_context(|| format!("cannot write {}", path.display()))
}

/// The server's side: runs until the server stops.
pub(crate) async fn serve(kept: Kept, mut stopped: watch::Receiver<bool>) {
    let folder = kept.data.join(FOLDER);
    // Requests of a time before this start have nobody waiting.
    let _ = fs::remove_dir_all(&folder);
    if let Err(error) = fs::create_dir_all(&folder) {
        tracing::warn!(%error, folder = %folder.display(), "the command line cannot ask for work on the lake");
        return;
    }
    let (mut seen, mut running) = (HashSet::new(), JoinSet::new());
    loop {
        let asks: HashSet<PathBuf> = asked(&folder).collect();
        for ask in asks.difference(&seen) {
            running.spawn(answer(Arc::clone(&kept.parquet), ask.clone(), stopped.clone()));
        }
        seen = asks;
        while running.try_join_next().is_some() {}
        tokio::select! {
            () = serve::stopped(&mut stopped) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

fn asked(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let items = fs::read_dir(folder).into_iter().flatten().flatten().map(|item| item.path());
    items.filter(|path| path.extension().is_some_and(|extension| extension == "ask"))
}

async fn answer(lake: Arc<ParquetLake>, ask: PathBuf, stopped: watch::Receiver<bool>) {
    let path = ask.with_extension("answer");
    let say = |answer: &Answer| {
        if let Err(error) = replace(&path, answer) {
            tracing::warn!(%error, "a request of the command line could not be answered");
        }
    };
    say(&Answer::Working("the server has taken it".to_owned()));
    let done = match read(&ask) {
        Ok(work) => {
            tracing::info!(?work, "work on the event lake was asked for");
            let told = |text: &str| {
                say(&Answer::Working(text.to_owned()));
                ask.exists() && !*stopped.borrow()
            };
            perform(&lake, &work, told).await
        }
        Err(error) => Err(error),
    };
    if !ask.exists() {
        // Nobody waits any more.
        let _ = fs::remove_file(&path);
        return;
    }
    match done {
        Ok(text) => say(&Answer::Done(text)),
        Err(error) => say(&Answer::Failed(format!("{error:#}"))),
    }
    let _ = fs::remove_file(&ask);
}

fn read(ask: &Path) -> Result<Work> {
    let size = fs::metadata(ask)?.len();
    if size > MAX_BYTES {
        bail!("the request has {size} bytes, more than {MAX_BYTES}");
    }
    serde_json::from_slice(&fs::read(ask)?).context("the request is not readable; it may come from another version")
}

/// Takes a request away again when it ends, whatever the reason.
struct Asked {
    ask: PathBuf,
    answer: PathBuf,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.ask);
        let _ = fs::remove_file(&self.answer);
    }
}

/// The command line's side: asks the server of a data folder and waits; what was done, in words.
///
/// # Errors
/// When the server does not answer, ends, or cannot do it; when it is broken off.
pub(crate) async fn ask(data: &Path, work: &Work, holder: &str) -> Result<String> {
    let folder = data.join(FOLDER);
    if !folder.is_dir() {
        bail!("{holder} has the lake and takes no requests; wait for its end, or stop it");
    }
    let ask = folder.join(format!("{}.ask", std::process::id()));
    let asked = Asked { answer: ask.with_extension("answer"), ask };
    let _ = fs::remove_file(&asked.answer);
    replace(&asked.ask, work)?;
    let (mut silent, mut last) = (0, String::new());
    loop {
        let answer = fs::read(&asked.answer).ok().and_then(|bytes| serde_json::from_slice::<Answer>(&bytes).ok());
        match answer {
            Some(Answer::Done(text)) => return Ok(text),
            Some(Answer::Failed(text)) => bail!("{text}"),
            Some(Answer::Working(text)) => {
                if text != last {
                    tell(&text);
                }
                last = text;
            }
            None => silent += 1,
        }
        if !ParquetLake::is_held(&data.join("lake")) {
            bail!("the server ended; run the command again, it then works without one");
        }
        if silent > PATIENCE {
            bail!(
                "{holder} has the lake and does not answer; another `mangrove lake` command may be at work, wait for it"
            );
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => bail!("stopped; the server ends what it is at, and what was merged stays merged"),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
