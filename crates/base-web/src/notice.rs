//! Notices: what has happened that somebody should know. One table, written by the areas in the transaction of what
//! happened; the inbox and the bell of the console read it.
//!
//! A notice is for one account, or for whoever has a right over its unit. That is decided at each look, not when it is
//! written, so that somebody who loses a grant loses sight of its notices too, and a new officer finds what is there.
//! Its words are values, not text: each reader sees them in the own language (`web-notice-…`).

use crate::{Broadcaster, News};
use base_authz::{Action, Principal};
use base_core::{AccountId, Error, IdSource, Result, Scope, Timestamp, UnitId};
use base_db::{AnyPool, AnyRow, Db, RowExt, Sql, Tx};
use base_ui::Tone;
use std::collections::BTreeMap;

/// Topic of the news that there is something to read.
pub const TOPIC: &str = "notices";
/// Unread notices are counted so far; beyond it the bell says "99+".
pub const COUNTED: i64 = 100;
/// Notices are kept for so many days.
pub const KEPT_DAYS: i64 = 90;
/// And at most so many of them, whatever happens: the oldest go first.
pub const MOST_KEPT: i64 = 50_000;
/// Longest word of a notice, in characters.
const MAX_WORD: usize = 300;

/// Whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// One person.
    Account(AccountId),
    /// Everybody with this right over the notice's unit; without a unit, over the whole province.
    May(Action),
}

/// Something to tell.
#[derive(Clone, Debug)]
pub struct Notice {
    kind: &'static str,
    said: String,
    to: To,
    tone: Tone,
    unit: Option<UnitId>,
    actor: String,
    words: BTreeMap<&'static str, String>,
    href: String,
}

impl Notice {
    /// A notice of `kind` (its text is `web-notice-<kind>`), about what stands at `href`. Told once per `once`: what
    /// is told again with the same kind and word changes nothing.
    #[must_use]
    pub fn new(kind: &'static str, once: &str, to: To, href: impl Into<String>) -> Self {
        let said = format!("{kind}:{once}");
        let (unit, actor, words) = (None, String::new(), BTreeMap::new());
        Self { kind, said, to, tone: Tone::Info, unit, actor, words, href: href.into() }
    }

    /// The unit it is about; its name is the word `unit`.
    #[must_use]
    pub fn unit(mut self, unit: Option<&UnitId>) -> Self {
        self.unit = unit.cloned();
        self
    }

    /// Who did it, and so need not be told.
    #[must_use]
    pub fn by(mut self, actor: &AccountId) -> Self {
        actor.as_str().clone_into(&mut self.actor);
        self
    }

    /// How it is meant.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// A value its text names.
    #[must_use]
    pub fn word(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value: String = value.into();
        self.words.insert(name, value.chars().take(MAX_WORD).collect());
        self
    }

    /// The news for open consoles.
    fn news(&self) -> News {
        match &self.to {
            To::Account(account) => News::to_account(TOPIC, account),
            To::May(action) => News::new(TOPIC, *action).of_unit(self.unit.as_ref()),
        }
    }
}

/// Writes a notice within the transaction of what happened, and tells open consoles after its commit. Whether it was
/// new.
///
/// # Errors
/// When the database does not answer.
pub async fn tell(tx: &mut Tx, ids: &IdSource, news: &Broadcaster, notice: Notice) -> Result<bool> {
    let (account, action) = match &notice.to {
        To::Account(account) => (Some(account.as_str().to_owned()), None),
        To::May(action) => (None, Some(action.as_str().to_owned())),
    };
    let words = serde_json::to_string(&notice.words).map_err(Error::bug)?;
    let written = Sql::new(
        "INSERT INTO web_notice (id, said, kind, tone, at, account, action, unit_id, actor, words, href) VALUES (",
    )
    .bind(ids.next())
    .comma(notice.said.as_str())
    .comma(notice.kind)
    .comma(tone_word(notice.tone))
    .comma(ids.now().as_micros())
    .comma(account)
    .comma(action)
    .comma(notice.unit.as_ref().map(|u| u.as_str().to_owned()))
    .comma(notice.actor.as_str())
    .comma(words)
    .comma(notice.href.as_str())
    .push(") ON CONFLICT (said) DO NOTHING")
    .run(tx)
    .await?;
    if written == 0 {
        return Ok(false);
    }
    let news = news.clone();
    tx.after_commit(move || news.send(notice.news()));
    Ok(true)
}

/// A notice as its reader finds it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Id; later ones are larger.
    pub id: String,
    /// Which kind.
    pub kind: String,
    /// How it is meant.
    pub tone: Tone,
    /// When.
    pub at: Timestamp,
    /// The unit it is about.
    pub unit: Option<UnitId>,
    /// Values of its text.
    pub words: BTreeMap<String, String>,
    /// What it is about.
    pub href: String,
    /// Whether the person has read it.
    pub read: bool,
}

/// Rows of a person: what is for the account, and what its rights reach; never what it did itself.
fn mine(start: &'static str, principal: &Principal) -> Sql {
    let me = principal.account.as_str();
    let mut sql = Sql::new(start).push(" AND n.actor <> ").bind(me).push(" AND (n.account = ").bind(me);
    for (actions, scope) in reach(principal) {
        sql = sql.push(" OR (n.account IS NULL AND n.action IN ").bind_list(actions);
        sql = sql.scope("n.unit_id", &scope).push(")");
    }
    sql.push(")")
}

/// The rights of a person, gathered by how far they reach: a query has a branch per reach, not per right.
fn reach(principal: &Principal) -> Vec<(Vec<&'static str>, Scope)> {
    let mut groups: Vec<(Vec<&'static str>, Scope)> = Vec::new();
    for &action in Action::ALL {
        let Some(scope) = principal.scope_for(action) else { continue };
        match groups.iter_mut().find(|(_, s)| s.as_units() == scope.as_units()) {
            Some((actions, _)) => actions.push(action.as_str()),
            None => groups.push((vec![action.as_str()], scope)),
        }
    }
    groups
}

/// Adds the condition that a row is unread.
fn unread_only(sql: Sql, me: &str) -> Sql {
    sql.push(" AND n.at > COALESCE((SELECT s.until FROM web_notice_seen s WHERE s.account = ")
        .bind(me)
        .push("), 0) AND NOT EXISTS (SELECT 1 FROM web_notice_read r WHERE r.notice = n.id AND r.account = ")
        .bind(me)
        .push(")")
}

/// How many are unread, counted to [`COUNTED`].
///
/// # Errors
/// When the database does not answer.
pub async fn unread(pool: &AnyPool, principal: &Principal) -> Result<i64> {
    let start = "SELECT COUNT(*) FROM (SELECT n.id FROM web_notice n WHERE 1 = 1";
    let sql = unread_only(mine(start, principal), principal.account.as_str());
    sql.push(" LIMIT ").bind(COUNTED).push(") AS few").count(pool).await
}

/// One page of a person's notices, newest first, and how many there are.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    pool: &AnyPool,
    principal: &Principal,
    unread: bool,
    (size, offset): (i64, i64),
) -> Result<(Vec<Told>, i64)> {
    let me = principal.account.as_str();
    let only = |sql: Sql| if unread { unread_only(sql, me) } else { sql };
    let total = only(mine("SELECT COUNT(*) FROM web_notice n WHERE 1 = 1", principal)).count(pool).await?;
    let rows =
        only(mine(COLUMNS, principal)).push(" ORDER BY n.at DESC, n.id DESC").page(size, offset).all(pool).await?;
    let seen = Sql::new("SELECT until FROM web_notice_seen WHERE account = ").bind(me).optional(pool).await?;
    let seen = seen.map_or(Ok(0), |row| row.int("until"))?;
    let ids = rows.iter().map(|r| r.text("id")).collect::<Result<Vec<_>>>()?;
    let read = Sql::new("SELECT notice FROM web_notice_read WHERE account = ").bind(me).push(" AND notice IN ");
    let read = read.bind_list(ids).all(pool).await?;
    let read = read.iter().map(|r| r.text("notice")).collect::<Result<Vec<_>>>()?;
    let told = rows.iter().map(|row| {
        let told = told(row)?;
        let read = told.at.as_micros() <= seen || read.contains(&told.id);
        Ok(Told { read, ..told })
    });
    Ok((told.collect::<Result<_>>()?, total))
}

const COLUMNS: &str = "SELECT n.id, n.kind, n.tone, n.at, n.unit_id, n.words, n.href FROM web_notice n WHERE 1 = 1";

fn told(row: &AnyRow) -> Result<Told> {
    Ok(Told {
        id: row.text("id")?,
        kind: row.text("kind")?,
        tone: tone_of(&row.text("tone")?),
        at: row.time("at")?,
        unit: row.text_opt("unit_id")?.map(UnitId::new),
        words: serde_json::from_str(&row.text("words")?).map_err(Error::bug)?,
        href: row.text("href")?,
        read: false,
    })
}

/// A notice of this person.
///
/// # Errors
/// `NotFound` for one that is not the person's to see.
pub async fn get(pool: &AnyPool, principal: &Principal, id: &str) -> Result<Told> {
    let row = mine(COLUMNS, principal).push(" AND n.id = ").bind(id).optional(pool).await?;
    row.as_ref().map(told).transpose()?.ok_or_else(|| Error::not_found("there is no such notice"))
}

/// Marks one as read by this person.
///
/// # Errors
/// When the database does not answer.
pub async fn mark(db: &Db, principal: &Principal, id: &str) -> Result<()> {
    let told = get(db.read(), principal, id).await?;
    let mut tx = db.begin().await?;
    let sql = Sql::new("INSERT INTO web_notice_read (account, notice) VALUES (").bind(principal.account.as_str());
    sql.comma(told.id.as_str()).push(") ON CONFLICT (account, notice) DO NOTHING").run(&mut tx).await?;
    tx.commit().await
}

/// Marks everything told until `until` as read by this person: what came after the page was opened stays unread.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_all(db: &Db, principal: &Principal, until: Timestamp) -> Result<()> {
    let me = principal.account.as_str();
    let mut tx = db.begin().await?;
    let sql = Sql::new("INSERT INTO web_notice_seen (account, until) VALUES (").bind(me).comma(until.as_micros());
    sql.push(
        ") ON CONFLICT (account) DO UPDATE SET until = excluded.until WHERE web_notice_seen.until < excluded.until",
    )
    .run(&mut tx)
    .await?;
    // What stands below the line needs no mark of its own any more.
    let sql = Sql::new("DELETE FROM web_notice_read WHERE account = ").bind(me);
    let sql = sql.push(" AND notice IN (SELECT id FROM web_notice WHERE at <= ").bind(until.as_micros());
    sql.push(")").run(&mut tx).await?;
    tx.commit().await
}

/// Removes what is older than [`KEPT_DAYS`] or beyond [`MOST_KEPT`]; how many. Run by a job.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(db: &Db, now: Timestamp) -> Result<u64> {
    let mut tx = db.begin().await?;
    let old = now.plus_secs(-KEPT_DAYS * 86_400).as_micros();
    let edge = Sql::new("SELECT at FROM web_notice ORDER BY at DESC, id DESC").page(1, MOST_KEPT);
    let edge = edge.optional_in(&mut tx).await?.map_or(Ok(i64::MIN), |row| row.int("at"))?;
    let gone = Sql::new("DELETE FROM web_notice WHERE at <= ").bind(old.max(edge)).run(&mut tx).await?;
    if gone > 0 {
        Sql::new("DELETE FROM web_notice_read WHERE notice NOT IN (SELECT id FROM web_notice)").run(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(gone)
}

const TONES: [(Tone, &str); 5] =
    [(Tone::Neutral, "neutral"), (Tone::Info, "info"), (Tone::Good, "good"), (Tone::Warn, "warn"), (Tone::Bad, "bad")];

fn tone_word(tone: Tone) -> &'static str {
    TONES.iter().find(|(t, _)| *t == tone).map_or("info", |(_, word)| word)
}

fn tone_of(word: &str) -> Tone {
    TONES.iter().find(|(_, w)| *w == word).map_or(Tone::Info, |(tone, _)| *tone)
}
