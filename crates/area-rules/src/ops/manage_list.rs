//! Keeping lists of indicators: hand a file in, put it into force, switch, remove; what is allowed.

use super::over_province;
use crate::model::indicator_list::{FileState, IndicatorList, ListFile, MAX_ALLOW_BYTES};
use crate::shelf::file::Refused;
use crate::shelf::{OWN_ALLOW, Shelf};
use crate::store::lists::{self, OwnAllow};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{ContentError, ContentFile, Error, IdSource, Kind, Result, Severity};
use base_db::{Db, Tx};
use engine_detect::indicators::{Allow, ListSpec, Tlp};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// Longest title of a list, in characters.
const MAX_TITLE_CHARS: usize = 120;
/// Longest name of a file that is kept, in characters.
const MAX_NAME_CHARS: usize = 200;
/// Longest life time, in days.
const MAX_LIFETIME_DAYS: u32 = 3_650;

/// What lists are kept with.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The records.
    pub db: &'a Db,
    /// New ids.
    pub ids: &'a IdSource,
    /// The lists in memory.
    pub shelf: &'a Arc<Shelf>,
    /// Who does it.
    pub caller: &'a Caller,
}

/// Which list a file is for.
#[derive(Clone, Debug)]
pub enum Which {
    /// One that there is.
    Known(String),
    /// A new one.
    New(NewList),
}

/// A new list, as a form or the command line gives it.
#[derive(Clone, Debug, Default)]
pub struct NewList {
    /// Title for people.
    pub title: String,
    /// Id; made from the title when empty.
    pub id: String,
    /// Level of its alerts.
    pub level: Option<Severity>,
    /// Who publishes it.
    pub source: String,
    /// Days after which an indicator without an end does not count any more; empty for never.
    pub lifetime_days: String,
    /// Least confidence, 0 to 100; empty for any.
    pub min_confidence: String,
    /// How far entries that say nothing may be passed on.
    pub tlp: Option<Tlp>,
}

impl NewList {
    /// The description.
    ///
    /// # Errors
    /// `Invalid` with the fields at fault.
    pub fn check(&self) -> Result<ListSpec> {
        let title: String = self.title.chars().filter(|c| !c.is_control()).take(MAX_TITLE_CHARS).collect();
        let title = title.trim().to_owned();
        if title.is_empty() {
            return Err(Error::invalid("title", "title-missing"));
        }
        let id = if self.id.trim().is_empty() { id_of(&title) } else { self.id.trim().to_owned() };
        if !ListSpec::is_id(&id) {
            return Err(Error::invalid("id", "list-id"));
        }
        let number = |text: &str, field: &'static str, most: u32| match text.trim() {
            "" => Ok(None),
            text => match text.parse::<u32>() {
                Ok(n) if n <= most => Ok(Some(n)),
                _ => Err(Error::invalid(field, "number")),
            },
        };
        let lifetime_days = number(&self.lifetime_days, "lifetime", MAX_LIFETIME_DAYS)?.filter(|n| *n > 0);
        let least = number(&self.min_confidence, "min_confidence", 100)?.unwrap_or(0);
        Ok(ListSpec {
            id,
            title,
            level: self.level,
            source: Some(self.source.trim().to_owned()).filter(|s| !s.is_empty()),
            lifetime_days,
            min_confidence: u8::try_from(least).unwrap_or(100),
            tlp: self.tlp,
            ..ListSpec::default()
        })
    }
}

/// An id of letters and digits from a title in any spelling.
fn id_of(title: &str) -> String {
    let folded = base_core::fold::fold(title);
    let mut id = String::new();
    for c in folded.chars() {
        match c {
            'a'..='z' | '0'..='9' => id.push(c),
            _ if id.ends_with('-') || id.is_empty() => {}
            _ => id.push('-'),
        }
    }
    id.truncate(64);
    id.trim_end_matches('-').to_owned()
}

/// A file as handed in.
#[derive(Debug)]
pub struct NewFile {
    /// For which list.
    pub list: Which,
    /// Name as handed in.
    pub name: String,
    /// Where it lies; the caller removes it.
    pub raw: PathBuf,
}

/// Takes a file in and looks at it. It waits until [`activate`].
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound` for the list; `Invalid` when a new
/// list is not well described or the file holds not one indicator; `Unavailable` for the disk.
pub async fn stage(desk: Desk<'_>, new: NewFile) -> Result<ListFile> {
    over_province(desk.caller, Action::IndicatorsManage)?;
    let known = lists::all(desk.db.read(), desk.shelf.specs()).await?;
    let list = match &new.list {
        Which::Known(id) => {
            known.into_iter().find(|l| l.spec.id == *id).ok_or_else(|| Error::not_found(format!("no list {id}")))?
        }
        Which::New(described) => {
            let spec = described.check()?;
            if known.iter().any(|l| l.spec.id == spec.id) {
                return Err(Error::invalid(if described.id.trim().is_empty() { "title" } else { "id" }, "list-known"));
            }
            IndicatorList { spec, shipped: false, is_on: true, active: None, staged: None }
        }
    };
    let name: String = new.name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    let (shelf, id) = (Arc::clone(desk.shelf), desk.ids.next());
    let (spec, raw, kept_name, file_id) = (list.spec.clone(), new.raw, name.clone(), id.clone());
    let taken = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(shelf.folder())?;
        shelf.take_in(&raw, &kept_name, &spec, &file_id)
    });
    let stored = taken.await.map_err(Error::bug)?.map_err(|refused| refusal(&refused))?;
    let mut file = ListFile::staged(id, &list.spec.id, &name, stored);
    file.by_name.clone_from(&desk.caller.principal.name);
    let kept = if file.report.added == 0 { Err(no_value(&file)) } else { keep(desk, &list, &file).await };
    match kept {
        Ok(former) => forget(desk.shelf, former),
        Err(error) => {
            forget(desk.shelf, Some(file.id));
            return Err(error);
        }
    }
    Ok(file)
}

/// Not one indicator: the first mistake says most.
fn no_value(file: &ListFile) -> Error {
    let mut error = Error::invalid("file", "list-no-value");
    error.message = match file.report.mistakes.first() {
        Some(first) => first.clone(),
        None => format!("{} holds no indicator that is looked for", file.name),
    };
    error
}

fn refusal(refused: &Refused) -> Error {
    match refused {
        Refused::Disk(_) => Error::new(Kind::Unavailable, format!("the list {refused}")),
        _ => {
            let mut error = Error::invalid("file", refused.code());
            error.message = format!("the list {refused}");
            error
        }
    }
}

async fn keep(desk: Desk<'_>, list: &IndicatorList, file: &ListFile) -> Result<Option<String>> {
    let account = desk.caller.principal.account.as_str();
    let mut tx = desk.db.begin().await?;
    lists::put(&mut tx, list, (account, &desk.caller.principal.name), desk.caller.now).await?;
    let former = lists::put_file(&mut tx, file, account).await?;
    let after = json!({
        "file": file.name, "digest": file.digest, "indicators": file.report.added, "mistakes": file.report.wrong(),
    });
    record(&mut tx, desk, "indicators.stage", &list.spec.id, None, Some(after)).await?;
    tx.commit().await?;
    Ok(former)
}

/// Removes a file that no record has any more. A failure leaves a file that a later start removes.
fn forget(shelf: &Shelf, file: Option<String>) {
    if let Some(file) = file {
        let _ = std::fs::remove_file(shelf.folder().join(file));
    }
}

async fn record(
    tx: &mut Tx,
    desk: Desk<'_>,
    action: &'static str,
    list: &str,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
) -> Result<()> {
    let act = Act::new(action, "indicators", list).change(before, after);
    base_audit::record(tx, desk.caller, act).await
}

/// A list as a transaction sees it.
async fn list_in(tx: &mut Tx, shelf: &Shelf, id: &str) -> Result<IndicatorList> {
    let all = lists::all_in(tx, shelf.specs()).await?;
    all.into_iter().find(|l| l.spec.id == id).ok_or_else(|| Error::not_found(format!("no list {id}")))
}

async fn finish(mut_tx: Tx, shelf: &Arc<Shelf>) -> Result<()> {
    let (mut tx, shelf) = (mut_tx, Arc::clone(shelf));
    tx.after_commit(move || shelf.wake());
    tx.commit().await
}

/// Puts the file that waits into force, in the place of the former one.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Conflict` when none waits.
pub async fn activate(desk: Desk<'_>, id: &str) -> Result<()> {
    over_province(desk.caller, Action::IndicatorsManage)?;
    let mut tx = desk.db.begin().await?;
    let list = list_in(&mut tx, desk.shelf, id).await?;
    let Some(staged) = list.staged else {
        return Err(Error::new(Kind::Conflict, "no file of this list waits; hand one in first"));
    };
    let former = lists::drop_file(&mut tx, id, FileState::Active).await?;
    lists::activate(&mut tx, &staged.id, desk.caller.now).await?;
    let told = |f: &ListFile| json!({"file": f.name, "digest": f.digest, "indicators": f.report.added});
    let before = list.active.as_ref().map(told);
    record(&mut tx, desk, "indicators.activate", id, before, Some(told(&staged))).await?;
    finish(tx, desk.shelf).await?;
    // The shelf may be reading it at this moment: an open file stays readable.
    forget(desk.shelf, former);
    Ok(())
}

/// Throws the file that waits away.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Conflict` when none waits.
pub async fn discard(desk: Desk<'_>, id: &str) -> Result<()> {
    over_province(desk.caller, Action::IndicatorsManage)?;
    let mut tx = desk.db.begin().await?;
    let list = list_in(&mut tx, desk.shelf, id).await?;
    let Some(gone) = lists::drop_file(&mut tx, id, FileState::Staged).await? else {
        return Err(Error::new(Kind::Conflict, "no file of this list waits"));
    };
    if list.active.is_none() && !list.shipped {
        lists::remove(&mut tx, id).await?;
    }
    let name = list.staged.map(|f| f.name);
    record(&mut tx, desk, "indicators.discard", id, Some(json!({"file": name})), None).await?;
    finish(tx, desk.shelf).await?;
    forget(desk.shelf, Some(gone));
    Ok(())
}

/// Switches a list off, or on again. Its file stays.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Conflict` when it is so already.
pub async fn switch(desk: Desk<'_>, id: &str, on: bool) -> Result<()> {
    over_province(desk.caller, Action::IndicatorsManage)?;
    let mut tx = desk.db.begin().await?;
    let mut list = list_in(&mut tx, desk.shelf, id).await?;
    if list.is_on == on {
        return Err(Error::new(Kind::Conflict, "somebody else switched the list meanwhile"));
    }
    list.is_on = on;
    let by = (desk.caller.principal.account.as_str(), desk.caller.principal.name.as_str());
    lists::put(&mut tx, &list, by, desk.caller.now).await?;
    record(&mut tx, desk, "indicators.switch", id, Some(json!({"on": !on})), Some(json!({"on": on}))).await?;
    finish(tx, desk.shelf).await
}

/// Removes the values of a list, and the list itself unless content describes it.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`.
pub async fn remove(desk: Desk<'_>, id: &str) -> Result<()> {
    over_province(desk.caller, Action::IndicatorsManage)?;
    let mut tx = desk.db.begin().await?;
    let list = list_in(&mut tx, desk.shelf, id).await?;
    let mut gone = Vec::new();
    for state in [FileState::Active, FileState::Staged] {
        gone.push(lists::drop_file(&mut tx, id, state).await?);
    }
    lists::remove(&mut tx, id).await?;
    let file = list.active.as_ref().or(list.staged.as_ref());
    let before = json!({
        "title": list.spec.title, "file": file.map(|f| &f.name), "digest": file.map(|f| &f.digest),
        "indicators": file.map(|f| f.report.added),
    });
    record(&mut tx, desk, "indicators.remove", id, Some(before), None).await?;
    finish(tx, desk.shelf).await?;
    gone.into_iter().for_each(|file| forget(desk.shelf, file));
    Ok(())
}

/// Reads a list of what is allowed: how many entries, and its mistakes.
#[must_use]
pub fn look_at_allow(text: &str) -> (usize, Vec<ContentError>) {
    let (allow, errors) = Allow::load(&[ContentFile { path: OWN_ALLOW.to_owned(), text: text.to_owned() }]);
    (allow.len(), errors)
}

/// Writes what people allow, in the place of what they allowed. It holds at once.
///
/// # Errors
/// `Forbidden` without the right over the province; `Invalid` when it is too long or has a mistake.
pub async fn set_allow(desk: Desk<'_>, text: &str) -> Result<usize> {
    over_province(desk.caller, Action::IndicatorsManage)?;
    if text.len() > MAX_ALLOW_BYTES {
        return Err(Error::invalid("text", "allow-long"));
    }
    let text = text.replace("\r\n", "\n");
    let (entries, errors) = look_at_allow(&text);
    if let Some(first) = errors.first() {
        let mut error = Error::invalid("text", "allow-wrong");
        error.message = first.to_string();
        return Err(error);
    }
    let before = lists::allow(desk.db.read()).await?;
    let own = OwnAllow { text, by_name: desk.caller.principal.name.clone(), at: desk.caller.now };
    let mut tx = desk.db.begin().await?;
    lists::set_allow(&mut tx, &own).await?;
    let before = before.map(|b| json!({"text": b.text}));
    record(&mut tx, desk, "indicators.allow", OWN_ALLOW, before, Some(json!({"text": own.text}))).await?;
    finish(tx, desk.shelf).await?;
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_from_the_title() {
        assert_eq!(id_of("Danh sách của Đội ứng cứu (2026)!"), "danh-sach-cua-doi-ung-cuu-2026");
        assert_eq!(id_of("???"), "");
        let wrong = |new: NewList| new.check().map(|s| s.id).map_err(|e| e.fields.first().map(|f| f.field.clone()));
        assert_eq!(wrong(NewList::default()), Err(Some("title".into())));
        assert_eq!(wrong(NewList { title: "???".into(), ..NewList::default() }), Err(Some("id".into())));
        let list = NewList { title: "Feed A".into(), lifetime_days: "x".into(), ..NewList::default() };
        assert_eq!(wrong(list), Err(Some("lifetime".into())));
    }
}
