//! Declares, changes, switches sources; makes their tokens.

use crate::book::{Known, SourceBook};
use crate::model::identity;
use crate::model::source::{CheckedSource, DEFAULT_SILENT_SECS, peers_text};
use crate::model::token::Token;
use crate::model::{RequiredKeep, Source, SourceForm, SourceKeep, Transport};
use crate::store::sources::{self, NewSource};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, FieldError, IdSource, Kind, Result, SourceId, UnitId};
use base_db::{Db, Tx};
use engine_intake::Identity;
use ipnet::IpNet;
use serde_json::json;
use std::net::IpAddr;

/// Most sources made by themselves for unknown senders; further senders share one.
const MAX_UNDECLARED: usize = 500;
/// Name of the source that further unknown senders share.
const SHARED_NAME: &str = "syslog";

fn shown(form: &CheckedSource) -> serde_json::Value {
    json!({
        "name": form.name, "unit": form.unit, "transport": form.transport.as_str(), "hint": form.hint,
        "peers": peers_text(&form.peers), "identities": form.identities, "silent_after_secs": form.silent_after_secs,
        "keep": form.keep,
    })
}

fn name_taken(error: Error) -> Error {
    if error.kind != Kind::Conflict {
        return error;
    }
    let mut told = Error::new(Kind::Invalid, "another source has this name");
    told.fields.push(FieldError { field: "name".to_owned(), message: "name-taken".to_owned() });
    told
}

/// Declares a source. For HTTP it gets a token, which is returned once and stored hashed.
///
/// # Errors
/// `Forbidden` without the right over the unit; `Invalid` with the fields at fault, which include how long
/// its events are kept when that is shorter than the `law` asks for.
pub async fn declare(
    db: &Db,
    ids: &IdSource,
    book: &SourceBook,
    law: &dyn RequiredKeep,
    caller: &Caller,
    form: &SourceForm,
) -> Result<(SourceId, Option<Token>)> {
    let scope = caller.require(Action::SourcesManage)?;
    let checked = form.check()?;
    if !scope.contains_opt(checked.unit.as_ref()) {
        return Err(Error::new(Kind::Forbidden, "you may not declare a source for this unit"));
    }
    checked.keep.check(law.required(checked.unit.as_ref()))?;
    let id = SourceId::new(ids.next());
    let token = (checked.transport == Transport::Http).then(Token::random);
    let mut tx = db.begin().await?;
    let stored = token.as_ref().map(|t| (t.hash(), t.tail()));
    let new = NewSource { id: &id, form: &checked, declared: true, token: stored, now: caller.now };
    sources::insert(&mut tx, new).await.map_err(name_taken)?;
    let act = Act::new("sources.declare", "source", id.as_str())
        .unit(checked.unit.as_ref())
        .change(None, Some(shown(&checked)));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await?;
    book.reload(db).await?;
    Ok((id, token))
}

/// Changes a source; one made for an unknown sender is declared thereby.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope; `Invalid` with the fields at
/// fault; `Conflict` when somebody was faster.
pub async fn change(
    db: &Db,
    book: &SourceBook,
    law: &dyn RequiredKeep,
    caller: &Caller,
    id: &SourceId,
    version: i64,
    form: &SourceForm,
) -> Result<()> {
    let scope = caller.require(Action::SourcesManage)?;
    let checked = form.check()?;
    if !scope.contains_opt(checked.unit.as_ref()) {
        return Err(Error::new(Kind::Forbidden, "you may not give a source to this unit"));
    }
    checked.keep.check(law.required(checked.unit.as_ref()))?;
    let mut tx = db.begin().await?;
    let before = within(&mut tx, &scope, id).await?;
    if !sources::update(&mut tx, id, version, &checked).await.map_err(name_taken)? {
        return Err(Error::new(Kind::Conflict, "the source was changed by someone else meanwhile; reload the page"));
    }
    let was = json!({"name": before.name, "unit": before.unit, "transport": before.transport.as_str(),
        "hint": before.hint, "peers": peers_text(&before.peers), "identities": before.identities,
        "silent_after_secs": before.silent_after_secs, "keep": before.keep});
    let act = Act::new("sources.change", "source", id.as_str())
        .unit(checked.unit.as_ref())
        .change(Some(was), Some(shown(&checked)));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await?;
    book.reload(db).await
}

/// Makes a new token; the old one no longer works from now on.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope; `Conflict` for a source that
/// needs none.
pub async fn new_token(db: &Db, book: &SourceBook, caller: &Caller, id: &SourceId) -> Result<Token> {
    let scope = caller.require(Action::SourcesManage)?;
    let mut tx = db.begin().await?;
    let source = within(&mut tx, &scope, id).await?;
    if source.transport != Transport::Http {
        return Err(Error::new(Kind::Conflict, "only a source that sends by HTTP has a token"));
    }
    let token = Token::random();
    sources::set_token(&mut tx, id, token.hash(), token.tail(), caller.now).await?;
    let act = Act::new("sources.token", "source", id.as_str())
        .unit(source.unit.as_ref())
        .change(Some(json!({"token": source.token_tail})), Some(json!({"token": token.tail()})));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await?;
    book.reload(db).await?;
    Ok(token)
}

/// Switches a source on or off.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope.
pub async fn switch(db: &Db, book: &SourceBook, caller: &Caller, id: &SourceId, enabled: bool) -> Result<()> {
    let scope = caller.require(Action::SourcesManage)?;
    let mut tx = db.begin().await?;
    let source = within(&mut tx, &scope, id).await?;
    sources::set_enabled(&mut tx, id, enabled).await?;
    let act = Act::new("sources.switch", "source", id.as_str())
        .unit(source.unit.as_ref())
        .change(Some(json!({"enabled": source.enabled})), Some(json!({"enabled": enabled})));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await?;
    book.reload(db).await
}

async fn within(tx: &mut Tx, scope: &base_core::Scope, id: &SourceId) -> Result<Source> {
    sources::get_in(tx, scope, id).await?.ok_or_else(|| Error::not_found(format!("no source {id}")))
}

/// The source of an unknown sender: made on its first record and shown as undeclared, so that nothing is
/// lost and a person decides. It is known by the certificate it has shown or the folder it is, else by its
/// address. Beyond [`MAX_UNDECLARED`] such senders share one.
///
/// # Errors
/// When the database does not answer.
pub async fn adopt_sender(
    db: &Db,
    ids: &IdSource,
    book: &SourceBook,
    identity: Option<&Identity>,
    address: IpAddr,
) -> Result<Known> {
    let folder = matches!(identity, Some(Identity::Folder(_)));
    // Folders are few: a person has set each of them.
    let shared = !folder && book.undeclared() >= MAX_UNDECLARED;
    let (name, peers, identities) = match identity {
        _ if shared => (SHARED_NAME.to_owned(), Vec::new(), Vec::new()),
        Some(shown) => (identity::name_of(shown), Vec::new(), identity::keys_of(shown)),
        None => (address.to_canonical().to_string(), vec![IpNet::from(address.to_canonical())], Vec::new()),
    };
    // Bound to the subject where there is one: certificates are renewed.
    let identities = identities.into_iter().next_back().into_iter().collect();
    let transport = if folder { Transport::Files } else { Transport::Syslog };
    let form = CheckedSource {
        name,
        unit: None,
        transport,
        hint: None,
        peers,
        identities,
        silent_after_secs: DEFAULT_SILENT_SECS,
        keep: SourceKeep::default(),
    };
    let caller = Caller::system("adopt-sender", ids.now());
    ensure(db, ids, book, &caller, &form, "sources.adopt").await
}

/// The source that files of a unit handed in through the console belong to; made when it is
/// not there. `name` names it for people.
///
/// # Errors
/// When the database does not answer.
pub async fn upload_source(
    db: &Db,
    ids: &IdSource,
    book: &SourceBook,
    caller: &Caller,
    unit: Option<UnitId>,
    name: String,
) -> Result<Known> {
    let form = CheckedSource {
        name,
        unit,
        transport: Transport::Upload,
        hint: None,
        peers: Vec::new(),
        identities: Vec::new(),
        silent_after_secs: DEFAULT_SILENT_SECS,
        keep: SourceKeep::default(),
    };
    ensure(db, ids, book, caller, &form, "sources.declare").await
}

/// The source with the name of the form, made when it is not there.
async fn ensure(
    db: &Db,
    ids: &IdSource,
    book: &SourceBook,
    caller: &Caller,
    form: &CheckedSource,
    action: &'static str,
) -> Result<Known> {
    let mut tx = db.begin().await?;
    let id = match sources::named_in(&mut tx, &form.name).await? {
        Some(id) => id,
        None => {
            let id = SourceId::new(ids.next());
            let declared = form.transport == Transport::Upload;
            sources::insert(&mut tx, NewSource { id: &id, form, declared, token: None, now: caller.now }).await?;
            let act = Act::new(action, "source", id.as_str()).unit(form.unit.as_ref()).change(None, Some(shown(form)));
            base_audit::record(&mut tx, caller, act).await?;
            id
        }
    };
    tx.commit().await?;
    book.reload(db).await?;
    book.by_id(&id).ok_or_else(|| Error::new(Kind::Bug, format!("source {id} is not in the book it was written to")))
}
