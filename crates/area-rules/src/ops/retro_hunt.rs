//! Hunts one rule, or one list of indicators, through the stored events: in the background, with
//! progress, to be stopped, by the engine of `mangrove hunt`.

use super::replay_pack::part;
use super::tune_rule::lake;
use crate::lake_events::{self, LakeEvents};
use crate::model::retro::{MAX_HITS, MAX_HOSTS, RetroFound};
use crate::model::{Retro, RetroHit, RetroState};
use crate::ports::RulesPorts;
use crate::store::retro;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, IdSource, Kind, Lang, Result, Scope, Severity, SharedClock, Timestamp};
use base_db::Db;
use engine_detect::{RuleKind, RulePack};
use engine_hunt::{Control, Finding, HuntOptions, Hunter, Report, Sink};
use engine_lake::{Query, SearchRequest};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Hunts of one rule that are shown.
const SHOWN: i64 = 20;
/// How often the browsers are told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// A hunt under way.
#[derive(Debug)]
pub struct Running {
    /// Its id.
    pub id: String,
    control: Control,
    total: AtomicU64,
}

impl Running {
    /// Events looked at, about how many there are, and hits so far.
    #[must_use]
    pub fn progress(&self) -> (u64, u64, u64) {
        let now = self.control.progress();
        (now.events, self.total.load(Ordering::Relaxed), now.detections)
    }
}

/// Hunts under way: one at a time, since each is a load on lake and processor.
#[derive(Debug, Default)]
pub struct RetroHunts(Mutex<Option<Arc<Running>>>);

impl RetroHunts {
    /// The hunt `id`, if it is under way.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<Arc<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|r| r.id == id)
    }

    fn begin(&self, id: &str) -> Result<Arc<Running>> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return Err(Error::new(
                Kind::Conflict,
                "another hunt through the past is under way; wait for it or stop it",
            ));
        }
        let new = Arc::new(Running { id: id.to_owned(), control: Control::default(), total: AtomicU64::new(0) });
        *running = Some(Arc::clone(&new));
        Ok(new)
    }

    fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What a hunt works with.
#[derive(Clone)]
pub struct Ground {
    /// The records.
    pub db: Db,
    /// What the area was handed.
    pub ports: RulesPorts,
    /// The time.
    pub clock: SharedClock,
    /// Tells the browsers.
    pub tell: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ground")
    }
}

/// Begins to hunt `rule` through the events of a time range that the person may search.
///
/// # Errors
/// `Forbidden` without the rights to tune rules and to search; `NotFound`; `Conflict` while another runs;
/// `Invalid` for a range without length.
pub async fn begin(
    ground: &Ground,
    ids: &IdSource,
    caller: &Caller,
    rule: &str,
    (from, until): (Option<Timestamp>, Timestamp),
) -> Result<String> {
    caller.require(Action::RulesTune)?;
    let scope = caller.require(Action::EventsSearch)?;
    let info = ground.ports.book.find(rule).ok_or_else(|| Error::not_found(format!("no rule {rule}")))?;
    if from.is_some_and(|from| from >= until) {
        return Err(Error::invalid("from", "retro-range"));
    }
    let hunt = Retro {
        id: ids.next(),
        rule: rule.to_owned(),
        title: info.title.clone(),
        from,
        until,
        state: RetroState::Running,
        events: 0,
        hits: 0,
        found: RetroFound::default(),
        message: None,
        units: scope.as_units().map(|units| units.iter().cloned().collect()),
        by_account: caller.principal.account.as_str().to_owned(),
        by_name: caller.principal.name.clone(),
        at: caller.now,
        finished_at: None,
    };
    let running = ground.ports.hunts.begin(&hunt.id)?;
    if let Err(error) = note(&ground.db, caller, &hunt).await {
        ground.ports.hunts.end();
        return Err(error);
    }
    let (id, ground) = (hunt.id.clone(), ground.clone());
    tokio::spawn(async move {
        run(&ground, hunt, scope, info.kind, &running).await;
        ground.ports.hunts.end();
        (ground.tell)();
    });
    Ok(id)
}

async fn note(db: &Db, caller: &Caller, hunt: &Retro) -> Result<()> {
    let mut tx = db.begin().await?;
    retro::insert(&mut tx, hunt).await?;
    let after = json!({"rule": hunt.rule, "from": hunt.from, "until": hunt.until});
    let act = Act::new("rules.retro", "rule", hunt.rule.as_str()).change(None, Some(after));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await
}

/// Stops a hunt; what it found so far is kept.
///
/// # Errors
/// As [`begin`] and [`one`].
pub async fn stop(db: &Db, ports: &RulesPorts, caller: &Caller, id: &str) -> Result<()> {
    caller.require(Action::RulesTune)?;
    one(db, caller, id).await?;
    if let Some(running) = ports.hunts.of(id) {
        running.control.stop();
    }
    Ok(())
}

/// One hunt.
///
/// # Errors
/// `Forbidden` without the rights; `NotFound`, also when it went through events the person may not search.
pub async fn one(db: &Db, caller: &Caller, id: &str) -> Result<Retro> {
    caller.require(Action::RulesRead)?;
    let scope = caller.require(Action::EventsSearch)?;
    let found = retro::get(db.read(), id).await?.filter(|hunt| hunt.is_visible(&scope));
    found.ok_or_else(|| Error::not_found(format!("no hunt {id}")))
}

/// The latest hunts of a rule that the person may see.
///
/// # Errors
/// `Forbidden` without the rights; when the database does not answer.
pub async fn of_rule(db: &Db, caller: &Caller, rule: &str) -> Result<Vec<Retro>> {
    caller.require(Action::RulesRead)?;
    let Ok(scope) = caller.require(Action::EventsSearch) else { return Ok(Vec::new()) };
    let mut hunts = retro::of_rule(db.read(), rule, SHOWN).await?;
    hunts.retain(|hunt| hunt.is_visible(&scope));
    Ok(hunts)
}

async fn run(ground: &Ground, mut hunt: Retro, scope: Scope, kind: RuleKind, running: &Arc<Running>) {
    let outcome = search(ground, &hunt, scope, kind, running).await;
    match outcome {
        Ok((report, sink)) => {
            hunt.events = i64::try_from(report.events.read).unwrap_or(i64::MAX);
            hunt.hits = i64::try_from(sink.count).unwrap_or(i64::MAX);
            hunt.found = sink.found();
            let failed = report.skips.kept().iter().find(|s| s.kind == engine_hunt::SkipKind::Input);
            hunt.message = failed.map(|skip| format!("{}; {}", skip.reason, skip.remedy));
            hunt.state = match () {
                () if hunt.message.is_some() => RetroState::Failed,
                () if report.stopped => RetroState::Stopped,
                () => RetroState::Done,
            };
        }
        Err(error) => {
            tracing::warn!(%error, hunt.rule, "a hunt through the past failed");
            (hunt.state, hunt.message) = (RetroState::Failed, Some(error.message));
        }
    }
    hunt.finished_at = Some(ground.clock.now());
    let kept = async {
        let mut tx = ground.db.begin().await?;
        retro::finish(&mut tx, &hunt).await?;
        tx.commit().await
    };
    if let Err(error) = kept.await {
        tracing::error!(%error, hunt.id, "what a hunt through the past found could not be kept");
    }
}

async fn search(
    ground: &Ground,
    hunt: &Retro,
    scope: Scope,
    kind: RuleKind,
    running: &Arc<Running>,
) -> Result<(Report, Gather)> {
    let ports = &ground.ports;
    let (files, tactics) = (ports.book.active(), Arc::clone(&ports.shipped.tactics));
    let (id, catalog, beside) = (hunt.rule.clone(), Arc::clone(&ports.catalog), ports.book.beside().clone());
    let make = move || {
        let changed: HashSet<Arc<str>> = HashSet::from([Arc::from(id.as_str())]);
        let of_rules = matches!(kind, RuleKind::Single | RuleKind::Correlation);
        let rules = if of_rules { part(&files.pack, &files.files, &changed) } else { Vec::new() };
        let (pack, _) = RulePack::load(&rules, &tactics);
        let mut hunter = Hunter::new(catalog, Arc::new(pack), options());
        if kind == RuleKind::Behaviour {
            hunter = hunter.with_behaviours(beside.behaviours);
        }
        match beside.lists.filter(|_| kind == RuleKind::Indicators) {
            Some(lists) => hunter.with_indicators(Arc::clone(lists.store())),
            None => hunter,
        }
    };
    let hunter = tokio::task::spawn_blocking(make).await.map_err(Error::bug)?;
    let query = hunter.worth_reading().unwrap_or_else(Query::everything);
    let request = SearchRequest { from: hunt.from, until: Some(hunt.until), ..SearchRequest::of(query) };
    let total = lake_events::count(&*ports.lake, &scope, &request).await.map_err(lake)?;
    running.total.store(total, Ordering::Relaxed);
    let runtime = tokio::runtime::Handle::current();
    let events = LakeEvents::begin(&runtime, Arc::clone(&ports.lake), scope, request);
    let (control, clock, rule) = (running.control.clone(), Arc::clone(&ground.clock), hunt.rule.clone());
    let work = tokio::task::spawn_blocking(move || {
        let mut sink = Gather::new(rule);
        let done = hunter.run_stored(("lake", total), Box::new(events), Vec::new(), &*clock, &control, &mut sink);
        (done, sink)
    });
    let ticking = async {
        loop {
            tokio::time::sleep(TELL_EVERY).await;
            (ground.tell)();
        }
    };
    let (report, sink) = tokio::select! {
        done = work => done.map_err(Error::bug)?,
        () = ticking => return Err(Error::new(Kind::Bug, "the clock ran out")),
    };
    Ok((report.map_err(Error::bug)?, sink))
}

/// Half of the processors: what comes in now must be detected as well.
fn options() -> HuntOptions {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).div_ceil(2);
    HuntOptions { threads, level: Severity::Informational, from: None, to: None, lang: Lang::Vi, keep_event: false }
}

/// Gathers what the one rule finds, bounded.
struct Gather {
    rule: String,
    count: u64,
    hits: Vec<RetroHit>,
    hosts: HashMap<String, u64>,
}

impl Gather {
    fn new(rule: String) -> Self {
        Self { rule, count: 0, hits: Vec::new(), hosts: HashMap::new() }
    }

    fn found(self) -> RetroFound {
        let mut hosts: Vec<(String, u64)> = self.hosts.into_iter().collect();
        hosts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        hosts.truncate(MAX_HOSTS);
        RetroFound { hits: self.hits, hosts }
    }
}

impl Sink for Gather {
    fn finding(&mut self, f: &Finding) -> io::Result<()> {
        // Rules that only feed a correlation, and lists and behaviours beside the one asked for, tell too.
        if f.rule.id != self.rule {
            return Ok(());
        }
        self.count += 1;
        if let Some(host) = &f.host
            && (self.hosts.len() < MAX_HOSTS * 10 || self.hosts.contains_key(host.as_ref()))
        {
            *self.hosts.entry(host.to_string()).or_default() += 1;
        }
        if self.hits.len() < MAX_HITS {
            let first = f.matched.first().map(|m| (m.field.clone(), m.value.chars().take(300).collect()));
            self.hits.push(RetroHit {
                time: f.time.map(Timestamp::as_micros),
                event: f.id.map(|id| id.to_string()),
                host: f.host.as_deref().map(str::to_owned),
                user: f.user.as_deref().map(str::to_owned),
                source_ip: f.source_ip.as_deref().map(str::to_owned),
                matched: first,
                events: f.events,
            });
        }
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> io::Result<()> {
        Ok(())
    }
}
