//! What belongs to a backup, taken so that it fits together while the server runs.
//!
//! The order makes it consistent. An event goes journal → lake and records → the journal is cut, so what
//! is taken here is a state that a power cut could have left, and starting from such a state is what the
//! server does anyway ([decision 0029](../../../docs/decisions/0029-backup-beside-the-server.md)):
//!
//! 1. The segments of the journal are held: nothing can be cut any more.
//! 2. The records are copied as they are at one moment.
//! 3. The lake's version, and the files it names, are held.
//! 4. The segments that came since are held, too: the journal reaches beyond records and lake.

use super::pins::{LOCK, Pinned, Pins, STAGING, pin};
use crate::config::Config;
use anyhow::{Context, Result, bail};
use heavy_lake_datafusion::{LakeOptions, LookedAtLake, NamedFile};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Parts of the data folder that are taken in ways of their own, or are of no use elsewhere.
const NOT_AS_THEY_ARE: &[&str] = &["lock", LOCK, STAGING, "lake", "journal", "cache", "lake-requests"];
/// The records, with the files SQLite has beside them.
const RECORDS: &str = "mangrove.db";
/// Parts of the lake's folder that are taken in ways of their own.
const LAKE_PARTS: &[&str] =
    &["data", "manifests", "seals", "cold", "lake.lock", "holds.lock", "deletions.jsonl", STAGING];
/// How often the lake is looked at anew because it changed meanwhile.
const TRIES: u32 = 40;
/// Every so many manifests one lists all files.
const SNAPSHOT_EVERY: u64 = 64;
/// The mark of the lake's second folder.
const COLD_MARK: &str = "cold/mangrove-lake-cold.json";
/// Deepest folder that is followed.
const DEEPEST: usize = 12;

/// A file for the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Its name in the archive: its path in the data folder.
    pub name: String,
    /// Where it is read.
    pub path: PathBuf,
    /// How many of its bytes, where not all.
    pub upto: Option<u64>,
    /// Whether it is of no use when it is gone meanwhile, such as a finished upload.
    pub may_go: bool,
}

impl Taken {
    /// All of a file that stays.
    fn whole(name: impl Into<String>, path: PathBuf) -> Self {
        Self { name: name.into(), path, upto: None, may_go: false }
    }
}

/// Everything for the archive, held until this is dropped.
pub(crate) struct Collected {
    /// The files.
    pub files: Vec<Taken>,
    /// What is good to know.
    pub facts: BTreeMap<String, String>,
    /// What the person should know.
    pub notices: Vec<String>,
    _pins: Pins,
}

impl Collected {
    /// Bytes of all files, as they are now.
    pub(crate) fn bytes(&self) -> u64 {
        let length = |file: &Taken| file.upto.or_else(|| Some(fs::metadata(&file.path).ok()?.len())).unwrap_or(0);
        self.files.iter().map(length).sum()
    }
}

/// Collects what belongs to the server of `config`; `with_cold` takes the lake's second folder, too.
///
/// # Errors
/// When the data folder is none, may not be written, or has no room for a copy of the records.
pub(crate) async fn collect(config: &Config, with_cold: bool) -> Result<Collected> {
    let data = &config.data;
    if config.database.as_ref().is_some_and(|url| !url.starts_with("sqlite:")) {
        bail!(
            "the records are in PostgreSQL, which this command cannot back up together with the rest; stop the server, \
             take pg_dump and a copy of {}, and start it again",
            data.display()
        );
    }
    if !data.join(RECORDS).is_file() {
        bail!("{} is no data folder of Mangrove: it has no {RECORDS}; name the right one with --data", data.display());
    }
    let mut pins = Pins::take(data)?;
    let (mut notices, mut facts, mut files) = (Vec::new(), BTreeMap::new(), Vec::new());
    let journal = data.join("journal");
    let held = if journal.is_dir() { Some(pins.folder(&journal)?) } else { None };
    let first = held.as_ref().map(|held| segments(&journal, held)).transpose()?.unwrap_or_default();

    let staging = pins.folder(data)?;
    let records = staging.join(RECORDS);
    base_db::copy_file(&data.join(RECORDS), &records)
        .await
        .context("the records cannot be copied; the data folder needs as much free room as they take")?;
    files.push(Taken::whole(RECORDS, records));

    let lake = data.join("lake");
    if lake.is_dir() {
        files.extend(self::lake(&lake, &mut pins, with_cold, &mut notices, &mut facts).await?);
    }
    if let Some(held) = &held {
        let all: BTreeMap<String, Taken> =
            first.into_iter().chain(segments(&journal, held)?).map(|taken| (taken.name.clone(), taken)).collect();
        facts.insert("journal-segments".to_owned(), all.len().to_string());
        files.extend(all.into_values());
        let about = journal.join("journal.json");
        if about.is_file() {
            files.push(Taken::whole("journal/journal.json", about));
        }
    }
    rest(data, "", NOT_AS_THEY_ARE, 0, &mut files)?;
    files.extend(settings(config));
    Ok(Collected { files, facts, notices, _pins: pins })
}

/// Takes hold of the journal's segments.
fn segments(journal: &Path, held: &Path) -> Result<Vec<Taken>> {
    let mut taken = Vec::new();
    for item in fs::read_dir(journal).with_context(|| format!("cannot look into {}", journal.display()))? {
        let name = item?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".seg") {
            continue;
        }
        let path = journal.join(&name);
        let path = match pin(&path, &held.join(&name))? {
            Pinned::As(path) => path,
            Pinned::Unheld => path,
            // Released in this moment: what was in it is in lake and records.
            Pinned::Gone => continue,
        };
        taken.push(Taken::whole(format!("journal/{name}"), path));
    }
    Ok(taken)
}

/// Takes hold of one version of the lake.
async fn lake(
    dir: &Path,
    pins: &mut Pins,
    with_cold: bool,
    notices: &mut Vec<String>,
    facts: &mut BTreeMap<String, String>,
) -> Result<Vec<Taken>> {
    let head = || fs::read(dir.join("seals/head.json")).ok();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(20 << attempt.min(5))).await;
        }
        let held = pins.folder(dir)?;
        // Before the version is read: a deletion is on record before its file goes.
        let (sealed, deletions) = (head(), fs::metadata(dir.join("deletions.jsonl")).map_or(0, |found| found.len()));
        let looked = LookedAtLake::open(dir, LakeOptions::default()).await?;
        let (version, named) = looked.named();
        let mut lost = Vec::new();
        let Some(mut taken) = hold_version(dir, &held, version, &named, with_cold, &mut lost)? else { continue };
        // Gone although the version still names them: they were lost before, and stay so.
        if !lost.is_empty() && LookedAtLake::open(dir, LakeOptions::default()).await?.named().0 != version {
            continue;
        }
        let Some(seals) = links_below(&dir.join("seals"), &held.join("seals"), "lake/seals")? else { continue };
        // A seal made meanwhile may be of a later version than ours.
        if head() != sealed {
            continue;
        }
        taken.extend(seals);
        if deletions > 0 {
            let path = dir.join("deletions.jsonl");
            taken.push(Taken { upto: Some(deletions), ..Taken::whole("lake/deletions.jsonl", path) });
        }
        rest(dir, "lake/", LAKE_PARTS, 0, &mut taken)?;
        notices.extend(lost.iter().map(|path| format!("lake/{path} is missing; the backup does without it")));
        facts.insert("lake-version".to_owned(), version.to_string());
        facts.insert("lake-events".to_owned(), named.iter().map(|file| file.events).sum::<u64>().to_string());
        facts.insert("lake-files".to_owned(), named.len().to_string());
        return Ok(taken);
    }
    bail!("the event lake changed each of {TRIES} times it was looked at; run the backup again")
}

/// Takes hold of manifests and files of a version; `None` when the server has gone on too far.
fn hold_version(
    dir: &Path,
    held: &Path,
    version: u64,
    named: &[NamedFile],
    with_cold: bool,
    lost: &mut Vec<String>,
) -> Result<Option<Vec<Taken>>> {
    let mut taken = Vec::new();
    let mut hold = |name: &str| -> Result<bool> {
        let path = match pin(&dir.join(name), &held.join(name))? {
            Pinned::As(path) => path,
            Pinned::Unheld => dir.join(name),
            Pinned::Gone => return Ok(false),
        };
        taken.push(Taken::whole(format!("lake/{name}"), path));
        Ok(true)
    };
    // Version 0 is the lake before its first manifest.
    let first = if version == 0 { 1 } else { (version / SNAPSHOT_EVERY * SNAPSHOT_EVERY).max(1) };
    for number in first..=version {
        if !hold(&format!("manifests/{number:020}.json"))? {
            return Ok(None);
        }
    }
    let cold = named.iter().any(|file| file.path.starts_with("cold/"));
    if cold && with_cold {
        if !dir.join(COLD_MARK).is_file() {
            bail!(
                "the second folder of the event lake ({}) cannot be reached; mount its disk, or leave it out with --without-cold",
                dir.join("cold").display()
            );
        }
        // On another disk, where it cannot have a second name here; it does not change.
        taken_as_is(dir, COLD_MARK, &mut hold)?;
    }
    for file in named.iter().filter(|file| with_cold || !file.path.starts_with("cold/")) {
        if !hold(&file.path)? {
            lost.push(file.path.clone());
        }
    }
    Ok(Some(taken))
}

/// A file that is there or the work is of no use.
fn taken_as_is(dir: &Path, name: &str, hold: &mut impl FnMut(&str) -> Result<bool>) -> Result<()> {
    if hold(name)? { Ok(()) } else { bail!("{} went away meanwhile; run the backup again", dir.join(name).display()) }
}

/// Takes hold of every file of a flat folder; `None` when one went meanwhile.
fn links_below(folder: &Path, held: &Path, name: &str) -> Result<Option<Vec<Taken>>> {
    let mut taken = Vec::new();
    let items = match fs::read_dir(folder) {
        Ok(items) => items,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(taken)),
        Err(error) => return Err(error).with_context(|| format!("cannot look into {}", folder.display())),
    };
    for item in items {
        let file = item?.file_name().to_string_lossy().into_owned();
        // What is being written (`name#1`) appears under its name when it is whole.
        if file.contains('#') {
            continue;
        }
        match pin(&folder.join(&file), &held.join(&file))? {
            Pinned::As(path) => taken.push(Taken::whole(format!("{name}/{file}"), path)),
            Pinned::Unheld => taken.push(Taken::whole(format!("{name}/{file}"), folder.join(&file))),
            Pinned::Gone => return Ok(None),
        }
    }
    Ok(Some(taken))
}

/// Everything else of a folder: keys, indicators, checkpoints, uploads, and what later versions keep.
fn rest(folder: &Path, prefix: &str, without: &[&str], depth: usize, files: &mut Vec<Taken>) -> Result<()> {
    if depth > DEEPEST {
        bail!("{} is nested deeper than {DEEPEST} folders; this is no part of a data folder", folder.display());
    }
    let items = match fs::read_dir(folder) {
        // A folder of the data folder went meanwhile with all that was in it.
        Err(error) if depth > 0 && error.kind() == ErrorKind::NotFound => return Ok(()),
        items => items.with_context(|| format!("cannot look into {}", folder.display()))?,
    };
    for item in items {
        let item = item?;
        let name = item.file_name().to_string_lossy().into_owned();
        let own_way = without.contains(&name.as_str()) || (prefix.is_empty() && name.starts_with(RECORDS));
        // Half-written files have these endings; they get their name when they are whole.
        if own_way || name.ends_with(".new") || name.contains('#') {
            continue;
        }
        match item.file_type() {
            Ok(kind) if kind.is_dir() => rest(&item.path(), &format!("{prefix}{name}/"), &[], depth + 1, files)?,
            Ok(kind) if kind.is_file() => {
                files.push(Taken { may_go: true, ..Taken::whole(format!("{prefix}{name}"), item.path()) });
            }
            // Links and sockets are nobody's records; what was removed meanwhile is not needed.
            _ => {}
        }
    }
    Ok(())
}

/// The configuration file and what it names, for a look when the server is set up again elsewhere.
fn settings(config: &Config) -> Vec<Taken> {
    let mut named: Vec<PathBuf> = config.file.iter().cloned().collect();
    named.extend(config.tls.iter().flat_map(|(certificate, key)| [certificate.clone(), key.clone()]));
    named.extend(config.intake_client_ca.clone());
    let mut seen = BTreeSet::new();
    let outside = named.into_iter().filter(|path| path.is_file() && !path.starts_with(&config.data));
    let mut taken = Vec::new();
    for path in outside {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut own = name.clone();
        while !seen.insert(own.clone()) {
            own = format!("{}-{name}", seen.len());
        }
        taken.push(Taken::whole(format!("settings/{own}"), path));
    }
    taken
}
