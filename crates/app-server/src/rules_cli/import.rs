//! `mangrove rules import`: check a rule pack and take it into the data folder.
//!
//! The pack is staged, not switched on: the console shows what it would have changed over the last
//! days. `--activate` switches it on at once, while no server runs on the folder.

use super::write_json;
use crate::content;
use crate::data_dir::DataDir;
use crate::rule_cache::RuleFolder;
use crate::{cmd_up, records, wire};
use anyhow::{Context, Result, bail};
use area_rules::book::RuleBook;
use area_rules::model::archive::{self, MAX_ARCHIVE_BYTES};
use area_rules::model::pack::compare;
use area_rules::model::{Change, ChangeKind};
use area_rules::ops::manage_pack::{self, Desk, NewPack, compiled};
use area_rules::ports::Shipped;
use base_authz::Caller;
use base_core::{ContentError, ContentFile, IdSource, SharedClock, SystemClock};
use clap::Args;
use engine_detect::RulePack;
use serde_json::json;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to import, and where to.
#[derive(Args, Clone, Debug)]
pub(super) struct ImportArgs {
    /// Folder of rules, archive (.zip, .tar, .tar.gz) or one rule file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Data folder of the server; without it the pack is only checked and compared
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the database, where records are kept in PostgreSQL
    #[arg(long, env = "MANGROVE_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Folder with your own content, as given to the server
    #[arg(long, env = "MANGROVE_CONTENT", value_name = "DIR")]
    content: Option<PathBuf>,
    /// Switch the pack on at once; only while no server runs on the data folder
    #[arg(long, requires = "data")]
    activate: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// Checks, compares and takes in. `true` when no rule of the pack has a mistake.
pub(super) fn run(args: &ImportArgs, out: &mut dyn Write) -> Result<bool> {
    let new = read(&args.path)?;
    let shipped = Arc::new(shipped(args.content.as_deref())?);
    let (active, _) = compiled(&shipped, &new.files, Some(String::new()));
    let mut outcome = Outcome { changes: compare(&shipped.pack, &active.pack), ..Outcome::default() };
    match &args.data {
        None => {
            let (alone, errors) = RulePack::load(&new.files, &[]);
            outcome.rules = i64::try_from(alone.len()).unwrap_or(i64::MAX);
            outcome.mistakes = errors.iter().chain(&new.errors).map(ToString::to_string).collect();
            if outcome.rules == 0 {
                bail!("no rule of {} can be loaded; `mangrove rules check` tells every mistake", args.path.display());
            }
        }
        Some(data) => cmd_up::runtime()?.block_on(take_in(args, data, &shipped, new, &mut outcome))?,
    }
    if args.json {
        outcome.as_json(out)?;
    } else {
        outcome.as_text(out)?;
    }
    Ok(outcome.mistakes.is_empty())
}

#[derive(Default)]
struct Outcome {
    rules: i64,
    mistakes: Vec<String>,
    changes: Vec<Change>,
    number: Option<i64>,
    active: bool,
}

impl Outcome {
    fn of_kind(&self, kind: ChangeKind) -> Vec<&str> {
        self.changes.iter().filter(|c| c.kind == kind).map(|c| c.info.title.as_str()).collect()
    }

    fn state(&self) -> &'static str {
        match (self.number, self.active) {
            (None, _) => "checked",
            (Some(_), false) => "staged",
            (Some(_), true) => "active",
        }
    }

    fn as_json(&self, out: &mut dyn Write) -> Result<()> {
        let value = json!({
            "state": self.state(), "number": self.number, "rules": self.rules, "mistakes": self.mistakes,
            "added": self.of_kind(ChangeKind::Added), "changed": self.of_kind(ChangeKind::Changed),
            "removed": self.of_kind(ChangeKind::Removed),
        });
        write_json(out, &value)
    }

    fn as_text(&self, out: &mut dyn Write) -> Result<()> {
        for mistake in &self.mistakes {
            writeln!(out, "{mistake}")?;
        }
        let count = |kind| self.of_kind(kind).len();
        writeln!(
            out,
            "{} rules usable, {} mistakes; against the built-in rules: {} added, {} changed, {} removed",
            self.rules,
            self.mistakes.len(),
            count(ChangeKind::Added),
            count(ChangeKind::Changed),
            count(ChangeKind::Removed)
        )?;
        match (self.number, self.active) {
            (None, _) => writeln!(out, "checked only; --data DIR takes the pack in")?,
            (Some(n), false) => writeln!(out, "staged as pack {n}; switch it on under /quy-tac/goi of the console")?,
            (Some(n), true) => writeln!(out, "pack {n} is switched on")?,
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<NewPack> {
    let name = path.file_name().map_or_else(|| "pack".to_owned(), |n| n.to_string_lossy().into_owned());
    let advice =
        || format!("cannot read {}; name a folder of rules, a .zip, .tar, .tar.gz or one .yml", path.display());
    let (taken, unreadable): (_, Vec<ContentError>) = if path.is_dir() {
        let (files, errors) = base_core::content::read_dir(path, &[".yml", ".yaml"]).with_context(advice)?;
        (archive::keep(files), errors)
    } else {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).with_context(advice)?;
        file.take(MAX_ARCHIVE_BYTES as u64 + 1).read_to_end(&mut bytes).with_context(advice)?;
        if bytes.len() > MAX_ARCHIVE_BYTES {
            bail!("{} is larger than 32 MiB; leave out what is no rule", path.display());
        }
        (archive::read(&name, &bytes), Vec::new())
    };
    match taken {
        Ok((files, mut errors)) => {
            errors.extend(unreadable);
            Ok(NewPack { name, files, errors })
        }
        Err(refused) => bail!("{}: {}", path.display(), refused.remedy()),
    }
}

fn shipped(local: Option<&Path>) -> Result<Shipped> {
    let (files, _) = content::with_local("rules", &[".yml", ".yaml"], local)?;
    let (tactics, _): (Vec<ContentFile>, _) = content::with_local("attack", &[".toml"], local)?;
    let (pack, _) = RulePack::load(&files, &tactics);
    Ok(Shipped { files: files.into(), tactics: tactics.into(), pack: Arc::new(pack) })
}

async fn take_in(
    args: &ImportArgs,
    data: &Path,
    shipped: &Arc<Shipped>,
    new: NewPack,
    outcome: &mut Outcome,
) -> Result<()> {
    let db = records::open(data, args.database.as_deref()).await?;
    // The lock is free while no server runs; a running one reads the staged pack from the records.
    let own = DataDir::open(data).ok();
    if own.is_none() && args.activate {
        bail!(
            "a server runs on {}; leave out --activate and switch the pack on under /quy-tac/goi of its console",
            data.display()
        );
    }
    let clock: SharedClock = Arc::new(SystemClock);
    let ids = IdSource::new(Arc::clone(&clock));
    if own.is_some() {
        base_db::migrate(&db, &wire::migrations(), clock.now()).await?;
    }
    let caller = Caller::system("rules-import", clock.now());
    let pack = manage_pack::stage(&db, &ids, shipped, &caller, new).await?;
    if args.activate {
        let cache = RuleFolder::of_data(data);
        let book = RuleBook::new(manage_pack::open(&db, shipped, Arc::new(cache)).await?);
        manage_pack::activate(Desk { db: &db, book: &book, shipped, caller: &caller }, &pack.id).await?;
    }
    (outcome.rules, outcome.number, outcome.active) = (pack.rules, Some(pack.number), args.activate);
    outcome.mistakes = pack.mistakes;
    db.close().await;
    Ok(())
}
