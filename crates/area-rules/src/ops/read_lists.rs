//! The lists of indicators: what is in force, how it fares, and what a value would do.

use crate::model::beside::LiveList;
use crate::model::{IndicatorList, ListHits, Standing};
use crate::shelf::{Shelf, file};
use crate::store::lists::{self, OwnAllow};
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result};
use base_db::Db;
use engine_detect::indicators::Probe;
use std::collections::HashMap;
use std::sync::Arc;

/// A list and how it fares.
#[derive(Clone, Debug)]
pub struct ListView {
    /// The list with its files.
    pub list: IndicatorList,
    /// How far it is on its way into memory; `None` when it is not to be there.
    pub standing: Option<Standing>,
    /// How often it was met.
    pub hits: ListHits,
}

/// All lists, and what people allow.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn all(db: &Db, shelf: &Shelf, caller: &Caller) -> Result<(Vec<ListView>, Option<OwnAllow>)> {
    caller.require(Action::RulesRead)?;
    let mut hits: HashMap<String, ListHits> = lists::hits(db.read(), caller.now).await?;
    let all = lists::all(db.read(), shelf.specs()).await?;
    let view = |list: IndicatorList| ListView {
        standing: shelf.standing(&list.spec.id),
        hits: hits.remove(&list.spec.id).unwrap_or_default(),
        list,
    };
    Ok((all.into_iter().map(view).collect(), lists::allow(db.read()).await?))
}

/// One list.
///
/// # Errors
/// `Forbidden` without the right; `NotFound`.
pub async fn one(db: &Db, shelf: &Shelf, caller: &Caller, id: &str) -> Result<ListView> {
    let (all, _) = all(db, shelf, caller).await?;
    all.into_iter().find(|l| l.list.spec.id == id).ok_or_else(|| Error::not_found(format!("no list {id}")))
}

/// The lists that have a file in force, for the list of rules.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn live(db: &Db, shelf: &Shelf) -> Result<Vec<LiveList>> {
    let all = lists::all(db.read(), shelf.specs()).await?;
    let with_file = all.into_iter().filter(|l| l.active.is_some());
    let live = |l: IndicatorList| LiveList {
        info: l.spec.rule(),
        is_on: l.is_on,
        standing: shelf.standing(&l.spec.id).unwrap_or(Standing::Loading),
    };
    Ok(with_file.map(live).collect())
}

/// What an event with this value would do now.
///
/// # Errors
/// `Forbidden` without the right.
pub fn probe(shelf: &Shelf, caller: &Caller, value: &str) -> Result<Probe> {
    caller.require(Action::RulesRead)?;
    Ok(shelf.store().probe(value, caller.now))
}

/// The text of a list's file in force, or of the one that waits.
///
/// # Errors
/// `Forbidden` without the right to keep lists, since a list may not be for everybody's eyes;
/// `NotFound`; `Unavailable` when the file cannot be read.
pub async fn text(
    db: &Db,
    shelf: &Arc<Shelf>,
    caller: &Caller,
    id: &str,
) -> Result<(String, std::io::BufReader<Box<dyn std::io::Read + Send>>)> {
    caller.require(Action::IndicatorsManage)?;
    let ListView { list, .. } = one(db, shelf, caller, id).await?;
    let kept = list.active.or(list.staged).ok_or_else(|| Error::not_found(format!("the list {id} has no file")))?;
    let path = shelf.folder().join(&kept.id);
    let open = tokio::task::spawn_blocking(move || file::open(&path)).await.map_err(Error::bug)?;
    let text = open.map_err(|e| {
        Error::new(Kind::Unavailable, format!("the file of the list {id} cannot be read ({e}); hand the list in again"))
    })?;
    Ok((kept.name, text))
}
