//! Keeps searches, shares them within a unit, removes them.

use crate::model::saved_search::{MAX_SAVED, NewSearch, SavedSearch};
use crate::store::saved;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, IdSource, Kind, Result, Scope, UnitId};
use base_db::Db;
use serde_json::json;

/// A person's own searches and those others share within the person's scope.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn list(db: &Db, caller: &Caller) -> Result<Vec<SavedSearch>> {
    let scope = caller.require(Action::EventsSearch)?;
    saved::list(db.read(), &scope, &caller.principal.account).await
}

/// The unit a person's searches belong to: who may search all of the province keeps them for the
/// province; who may search one unit, for that. With several units it is the first.
fn home(scope: &Scope) -> Option<UnitId> {
    scope.as_units().and_then(|units| units.first().cloned())
}

/// Keeps a search.
///
/// # Errors
/// `Forbidden` without the right; `Invalid` without a name; `Conflict` when too many are kept.
pub async fn keep(db: &Db, ids: &IdSource, caller: &Caller, new: NewSearch) -> Result<SavedSearch> {
    let scope = caller.require(Action::EventsSearch)?;
    let new = new.check()?;
    let owner = caller.principal.account.clone();
    if saved::count(db.read(), &owner).await? >= MAX_SAVED {
        return Err(Error::new(Kind::Conflict, format!("you keep {MAX_SAVED} searches already; remove one first")));
    }
    let kept = SavedSearch {
        id: ids.next(),
        name: new.name,
        query: new.query,
        owner,
        owner_name: caller.principal.name.clone(),
        shared: new.shared,
        unit: home(&scope),
        at: caller.now,
    };
    let mut tx = db.begin().await?;
    saved::insert(&mut tx, &kept).await?;
    let after = json!({"name": kept.name, "query": kept.query, "shared": kept.shared});
    let act = Act::new("searches.keep", "search", kept.id.as_str()).unit(kept.unit.as_ref()).change(None, Some(after));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Shares a search of one's own, or takes it back.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` for another's.
pub async fn share(db: &Db, caller: &Caller, id: &str, shared: bool) -> Result<()> {
    caller.require(Action::EventsSearch)?;
    let mut tx = db.begin().await?;
    let before = own(&mut tx, caller, id).await?;
    saved::set_shared(&mut tx, id, shared).await?;
    let act = Act::new("searches.share", "search", id)
        .unit(before.unit.as_ref())
        .change(Some(json!({"shared": before.shared})), Some(json!({"shared": shared})));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await
}

/// Removes a search of one's own.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` for another's.
pub async fn remove(db: &Db, caller: &Caller, id: &str) -> Result<()> {
    caller.require(Action::EventsSearch)?;
    let mut tx = db.begin().await?;
    let before = own(&mut tx, caller, id).await?;
    saved::remove(&mut tx, id).await?;
    let was = json!({"name": before.name, "query": before.query, "shared": before.shared});
    let act = Act::new("searches.remove", "search", id).unit(before.unit.as_ref()).change(Some(was), None);
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await
}

async fn own(tx: &mut base_db::Tx, caller: &Caller, id: &str) -> Result<SavedSearch> {
    let found = saved::own_in(tx, &caller.principal.account, id).await?;
    found.ok_or_else(|| Error::not_found(format!("no search {id} of yours")))
}
