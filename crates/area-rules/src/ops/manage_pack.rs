//! Rule packs: take one in, show what differs, switch it on, take it back.

use super::over_province;
use crate::book::{Active, RuleBook};
use crate::model::pack::{IMPORTED, compare, lay_over, told};
use crate::model::{Change, Pack, PackState};
use crate::ports::{RulesPorts, Shipped};
use crate::store::packs;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{ContentError, ContentFile, Error, IdSource, Kind, Result};
use base_db::{Db, Tx};
use engine_detect::{RuleCache, RulePack};
use engine_event::EventId;
use serde_json::json;
use std::sync::Arc;

/// Longest name of a pack that is kept, in characters.
const MAX_NAME_CHARS: usize = 120;

/// The rules that ship with the program with a pack laid over them, compiled by the loader that
/// production uses. Blocks: thousands of rules take a moment.
#[must_use]
pub fn compiled(shipped: &Shipped, files: &[ContentFile], id: Option<String>) -> (Active, Vec<ContentError>) {
    compiled_by(shipped, files, id, RulePack::load)
}

fn compiled_by(
    shipped: &Shipped,
    files: &[ContentFile],
    id: Option<String>,
    load: impl FnOnce(&[ContentFile], &[ContentFile]) -> (RulePack, Vec<ContentError>),
) -> (Active, Vec<ContentError>) {
    let all = match &id {
        Some(_) => lay_over(&shipped.files, &shipped.pack, files),
        None => shipped.files.to_vec(),
    };
    let (pack, errors) = load(&all, &shipped.tactics);
    (Active { pack: Arc::new(pack), files: all.into(), imported: id }, errors)
}

async fn compile(shipped: &Arc<Shipped>, files: Vec<ContentFile>, id: String) -> Result<(Active, Vec<ContentError>)> {
    let shipped = Arc::clone(shipped);
    tokio::task::spawn_blocking(move || compiled(&shipped, &files, Some(id))).await.map_err(Error::bug)
}

/// The rules that run at the start of the program: those that ship with it, with the pack laid
/// over them that was switched on last. Compiled ones are taken from `cache` where it has them.
///
/// # Errors
/// When the database does not answer.
pub async fn open(db: &Db, shipped: &Arc<Shipped>, cache: Arc<dyn RuleCache + Send + Sync>) -> Result<Active> {
    let Some(pack) = packs::active(db.read()).await? else { return Ok(without_pack(shipped)) };
    let files = packs::files(db.read(), &pack.id).await?;
    let shipped = Arc::clone(shipped);
    let load = move |files: &[ContentFile], tactics: &[ContentFile]| RulePack::load_cached(files, tactics, &*cache);
    let compiled = tokio::task::spawn_blocking(move || compiled_by(&shipped, &files, Some(pack.id), load));
    let (active, errors) = compiled.await.map_err(Error::bug)?;
    // They were told when the pack was taken in; a new version of the program may see more.
    for error in errors.iter().filter(|e| e.file.starts_with(IMPORTED)) {
        tracing::warn!(%error, "a rule of the imported pack has a mistake and does not run");
    }
    Ok(active)
}

fn without_pack(shipped: &Shipped) -> Active {
    Active { pack: Arc::clone(&shipped.pack), files: Arc::clone(&shipped.files), imported: None }
}

/// A pack as read from an archive or folder.
#[derive(Debug)]
pub struct NewPack {
    /// Name of the archive or folder.
    pub name: String,
    /// Its files.
    pub files: Vec<ContentFile>,
    /// What could not be read of it.
    pub errors: Vec<ContentError>,
}

/// Takes a pack in and checks it with the production loader. It does not run yet.
///
/// # Errors
/// `Forbidden` without the right over the province; `Invalid` when no rule of it loads.
pub async fn stage(db: &Db, ids: &IdSource, shipped: &Arc<Shipped>, caller: &Caller, new: NewPack) -> Result<Pack> {
    over_province(caller, Action::RulesInstall)?;
    let id = ids.next();
    let (active, mut errors) = compile(shipped, new.files.clone(), id.clone()).await?;
    errors.retain(|e| e.file.starts_with(IMPORTED));
    for error in &mut errors {
        error.file.drain(..IMPORTED.len());
    }
    errors.extend(new.errors);
    let rules = active.pack.infos().filter(|i| i.file.starts_with(IMPORTED)).count();
    if rules == 0 {
        return Err(Error::invalid("file", "pack-empty"));
    }
    let parts: Vec<&[u8]> = new.files.iter().flat_map(|f| [f.path.as_bytes(), f.text.as_bytes()]).collect();
    let mut tx = db.begin().await?;
    let pack = Pack {
        id,
        number: packs::next_number(&mut tx).await?,
        name: new.name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect(),
        digest: EventId::from_content(&parts).to_string(),
        state: PackState::Staged,
        rules: i64::try_from(rules).unwrap_or(i64::MAX),
        mistakes: told(&errors),
        preview: None,
        by_name: caller.principal.name.clone(),
        at: caller.now,
        active_at: None,
        former: None,
    };
    packs::insert(&mut tx, &pack, caller.principal.account.as_str(), &new.files).await?;
    let after = json!({"number": pack.number, "name": pack.name, "digest": pack.digest, "rules": pack.rules});
    base_audit::record(&mut tx, caller, Act::new("rules.import", "pack", pack.id.clone()).change(None, Some(after)))
        .await?;
    tx.commit().await?;
    Ok(pack)
}

/// Packs, newest first.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn list(db: &Db, caller: &Caller) -> Result<Vec<Pack>> {
    caller.require(Action::RulesRead)?;
    packs::all(db.read()).await
}

/// A pack alone, for a look at how far its replay is.
///
/// # Errors
/// `Forbidden` without the right; `NotFound`.
pub async fn brief(db: &Db, caller: &Caller, id: &str) -> Result<Pack> {
    caller.require(Action::RulesRead)?;
    packs::get(db.read(), id).await?.ok_or_else(|| Error::not_found(format!("no rule pack {id}")))
}

/// A pack and what differs from the rules that run now.
///
/// # Errors
/// `Forbidden` without the right; `NotFound`.
pub async fn read(db: &Db, ports: &RulesPorts, caller: &Caller, id: &str) -> Result<(Pack, Vec<Change>)> {
    let pack = brief(db, caller, id).await?;
    let active = ports.book.active();
    let changes = match pack.state {
        PackState::Active => Vec::new(),
        _ => compare(&active.pack, &of_pack(db, &ports.shipped, id).await?.pack),
    };
    Ok((pack, changes))
}

/// The rules as they would be with a pack.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of_pack(db: &Db, shipped: &Arc<Shipped>, id: &str) -> Result<Active> {
    let files = packs::files(db.read(), id).await?;
    Ok(compile(shipped, files, id.to_owned()).await?.0)
}

/// What the change of packs is done with.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The records.
    pub db: &'a Db,
    /// The rules that run.
    pub book: &'a Arc<RuleBook>,
    /// The rules that ship with the program.
    pub shipped: &'a Arc<Shipped>,
    /// Who does it.
    pub caller: &'a Caller,
}

/// Switches a pack on. The pipeline goes over to it without stopping.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Conflict` when it runs or was
/// thrown away.
pub async fn activate(desk: Desk<'_>, id: &str) -> Result<()> {
    over_province(desk.caller, Action::RulesInstall)?;
    let pack = packs::get(desk.db.read(), id).await?.ok_or_else(|| Error::not_found(format!("no rule pack {id}")))?;
    if !matches!(pack.state, PackState::Staged | PackState::Former) {
        return Err(Error::new(
            Kind::Conflict,
            format!("the pack is {} and cannot be switched on", pack.state.as_str()),
        ));
    }
    let active = of_pack(desk.db, desk.shipped, id).await?;
    let mut tx = desk.db.begin().await?;
    let former = packs::active_in(&mut tx).await?;
    if let Some(former) = &former {
        packs::set_state(&mut tx, &former.id, PackState::Former).await?;
    }
    packs::set_active(&mut tx, id, former.as_ref().map(|p| p.id.as_str()), desk.caller.now).await?;
    finish(tx, desk, "rules.activate", former.map(|p| p.number), Some(pack.number), id, active).await
}

/// Takes the pack that runs back: what ran before it runs again.
///
/// # Errors
/// `Forbidden` without the right over the province; `Conflict` when no pack runs.
pub async fn undo(desk: Desk<'_>) -> Result<Option<i64>> {
    over_province(desk.caller, Action::RulesInstall)?;
    let Some(pack) = packs::active(desk.db.read()).await? else {
        return Err(Error::new(Kind::Conflict, "no imported pack runs; there is nothing to take back"));
    };
    let former = match &pack.former {
        Some(id) => packs::get(desk.db.read(), id).await?,
        None => None,
    };
    let active = match &former {
        Some(former) => of_pack(desk.db, desk.shipped, &former.id).await?,
        None => without_pack(desk.shipped),
    };
    let mut tx = desk.db.begin().await?;
    // Somebody may have switched meanwhile.
    if packs::active_in(&mut tx).await?.is_none_or(|now| now.id != pack.id) {
        return Err(Error::new(Kind::Conflict, "another pack was switched on meanwhile; reload the page"));
    }
    packs::set_state(&mut tx, &pack.id, PackState::Former).await?;
    if let Some(former) = &former {
        // Its own predecessor stays, so that taking back twice goes back twice.
        packs::set_active(&mut tx, &former.id, former.former.as_deref(), desk.caller.now).await?;
    }
    let number = former.map(|f| f.number);
    finish(tx, desk, "rules.undo", Some(pack.number), number, &pack.id, active).await?;
    Ok(number)
}

async fn finish(
    mut tx: Tx,
    desk: Desk<'_>,
    action: &'static str,
    before: Option<i64>,
    after: Option<i64>,
    id: &str,
    active: Active,
) -> Result<()> {
    let act = Act::new(action, "pack", id).change(Some(json!({"pack": before})), Some(json!({"pack": after})));
    base_audit::record(&mut tx, desk.caller, act).await?;
    let book = Arc::clone(desk.book);
    tx.after_commit(move || book.switch_to(active));
    tx.commit().await
}

/// Throws a pack away that never ran.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Conflict` when it ran or runs.
pub async fn discard(db: &Db, caller: &Caller, id: &str) -> Result<()> {
    over_province(caller, Action::RulesInstall)?;
    let mut tx = db.begin().await?;
    let pack = packs::get_in(&mut tx, id).await?.ok_or_else(|| Error::not_found(format!("no rule pack {id}")))?;
    if pack.state != PackState::Staged {
        return Err(Error::new(Kind::Conflict, "only a pack that never ran can be thrown away"));
    }
    packs::set_state(&mut tx, id, PackState::Discarded).await?;
    base_audit::record(&mut tx, caller, Act::new("rules.discard", "pack", id)).await?;
    tx.commit().await
}
