//! What a pack would have changed: the stored events of the last days are held against the rules
//! that run and against those of the pack. In the background, with progress, bounded, and to be
//! stopped.
//!
//! Only the rules that differ are held against the events, with what they count or are counted by.

use super::manage_pack::of_pack;
use super::over_province;
use super::tune_rule::lake;
use crate::model::pack::compare;
use crate::model::preview::MAX_DELTAS;
use crate::model::{Preview, RuleDelta};
use crate::ports::RulesPorts;
use crate::store::packs;
use base_authz::{Action, Caller};
use base_core::{ContentFile, Error, Kind, Result, Scope, SharedClock, Timestamp};
use base_db::Db;
use engine_detect::{Detection, Detector, RulePack};
use engine_event::{Event, LogSource};
use engine_lake::{Lake, Order, SearchRequest};
use engine_sigma::Referred;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Days that are replayed.
pub const REPLAY_DAYS: i64 = 7;
/// Most events that are replayed: the newest ones.
pub const MAX_EVENTS: u64 = 1_000_000;
/// Events fetched at once.
const PAGE: usize = 5_000;
/// Parts in which the span is counted, to find where the newest [`MAX_EVENTS`] begin.
const PARTS: usize = 168;

/// A replay under way.
#[derive(Debug)]
pub struct Running {
    /// The pack.
    pub pack: String,
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

impl Running {
    /// Events replayed, and about how many there are.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

/// Replays under way: one at a time, since each is a load on lake and processor.
#[derive(Debug, Default)]
pub struct Replays {
    running: Mutex<Option<Arc<Running>>>,
    failed: Mutex<Option<(String, String)>>,
}

impl Replays {
    /// The replay of `pack`, if it is under way.
    #[must_use]
    pub fn of(&self, pack: &str) -> Option<Arc<Running>> {
        self.current().filter(|r| r.pack == pack)
    }

    /// Why the last replay of `pack` failed, if it did.
    #[must_use]
    pub fn failure(&self, pack: &str) -> Option<String> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.as_ref().filter(|f| f.0 == pack).map(|f| f.1.clone())
    }

    fn current(&self) -> Option<Arc<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn begin(&self, pack: &str) -> Result<Arc<Running>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return Err(Error::new(Kind::Conflict, "another replay is under way; wait for it or stop it"));
        }
        let new = Arc::new(Running {
            pack: pack.to_owned(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        *running = Some(Arc::clone(&new));
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(new)
    }

    fn end(&self, failure: Option<(String, String)>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// Begins to replay the last days with a pack; `tell` runs at progress and at the end.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Conflict` while another runs.
pub async fn begin(
    db: &Db,
    ports: &RulesPorts,
    caller: &Caller,
    clock: SharedClock,
    id: &str,
    tell: Arc<dyn Fn() + Send + Sync>,
) -> Result<()> {
    over_province(caller, Action::RulesInstall)?;
    packs::get(db.read(), id).await?.ok_or_else(|| Error::not_found(format!("no rule pack {id}")))?;
    let running = ports.replays.begin(id)?;
    let (db, ports) = (db.clone(), ports.clone());
    tokio::spawn(async move {
        let pack = running.pack.clone();
        let done = replay(&db, &ports, &running, &clock, &tell).await;
        let failure = match done {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(%error, "the replay of a rule pack failed");
                Some((pack, error.message))
            }
        };
        ports.replays.end(failure);
        tell();
    });
    Ok(())
}

/// Stops the replay of a pack; what it found so far is given up.
///
/// # Errors
/// `Forbidden` without the right over the province.
pub fn stop(ports: &RulesPorts, caller: &Caller, id: &str) -> Result<()> {
    over_province(caller, Action::RulesInstall)?;
    if let Some(running) = ports.replays.of(id) {
        running.stop.store(true, Ordering::Relaxed);
    }
    Ok(())
}

async fn replay(
    db: &Db,
    ports: &RulesPorts,
    running: &Arc<Running>,
    clock: &SharedClock,
    tell: &Arc<dyn Fn() + Send + Sync>,
) -> Result<()> {
    let now = clock.now();
    let before = ports.book.active();
    let after = of_pack(db, &ports.shipped, &running.pack).await?;
    let changed: HashSet<Arc<str>> =
        compare(&before.pack, &after.pack).into_iter().map(|c| Arc::clone(&c.info.id)).collect();
    let tactics = Arc::clone(&ports.shipped.tactics);
    let (old, new) = (part(&before.pack, &before.files, &changed), part(&after.pack, &after.files, &changed));
    let load = move || (Count::new(&old, &tactics, changed.clone()), Count::new(&new, &tactics, changed));
    let mut counts = tokio::task::spawn_blocking(load).await.map_err(Error::bug)?;
    let (from, shortened, total) = span(&*ports.lake, now).await?;
    running.total.store(total, Ordering::Relaxed);
    let mut request = SearchRequest {
        from: Some(from),
        until: Some(now),
        order: Order::Oldest,
        limit: PAGE,
        ..SearchRequest::default()
    };
    let mut events = 0;
    while !counts.0.is_idle() || !counts.1.is_idle() {
        if running.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let page = ports.lake.search(&Scope::system("replay of a rule pack"), &request).await.map_err(lake)?;
        events += page.events.len() as u64;
        let observe = move || {
            page.events.iter().for_each(|e| counts.observe(e));
            counts
        };
        counts = tokio::task::spawn_blocking(observe).await.map_err(Error::bug)?;
        running.done.store(events, Ordering::Relaxed);
        tell();
        match page.next {
            Some(next) if events < MAX_EVENTS => request.after = Some(next),
            _ => break,
        }
    }
    let preview = Preview { from, until: now, shortened, events, at: clock.now(), ..outcome(&counts.0, &counts.1) };
    let mut tx = db.begin().await?;
    packs::set_preview(&mut tx, &running.pack, &preview).await?;
    tx.commit().await
}

/// Where the replay begins, whether that leaves out older events, and about how many there are.
async fn span(lake_: &dyn Lake, now: Timestamp) -> Result<(Timestamp, bool, u64)> {
    let from = now.plus_secs(-REPLAY_DAYS * 86_400);
    let request = SearchRequest { from: Some(from), until: Some(now), ..SearchRequest::default() };
    let scope = Scope::system("replay of a rule pack");
    let buckets = lake_.histogram(&scope, &request, PARTS).await.map_err(lake)?;
    let mut total = 0;
    for bucket in buckets.iter().rev() {
        if total + bucket.count > MAX_EVENTS && total > 0 {
            return Ok((bucket.end, true, total));
        }
        total += bucket.count;
    }
    Ok((from, false, total.min(MAX_EVENTS)))
}

/// The files that hold rules which differ, and, since a correlation and what it counts only make
/// sense together, the files of those.
pub(crate) fn part(pack: &RulePack, files: &[ContentFile], changed: &HashSet<Arc<str>>) -> Vec<ContentFile> {
    let mut wanted: HashSet<Arc<str>> =
        pack.infos().filter(|i| changed.contains(&i.id)).map(|i| Arc::clone(&i.file)).collect();
    loop {
        let before = wanted.len();
        for correlation in pack.rules().correlations() {
            let mut own: Vec<Arc<str>> = vec![Arc::clone(&correlation.meta.file)];
            own.extend(correlation.refers_to.iter().filter_map(|r| match r {
                Referred::Rule(rule) => pack.info(*rule).map(|i| Arc::clone(&i.file)),
                Referred::Correlation(c) => pack.correlation_info(*c).map(|i| Arc::clone(&i.file)),
            }));
            if own.iter().any(|f| wanted.contains(f)) {
                wanted.extend(own);
            }
        }
        if wanted.len() == before {
            break;
        }
    }
    let name = |f: &ContentFile| f.path.rsplit('/').next() == Some("placeholders.yml");
    files.iter().filter(|f| wanted.contains(f.path.as_str()) || name(f)).cloned().collect()
}

/// Detections of one side.
struct Count {
    detector: Option<Detector>,
    position: u64,
    out: Vec<Detection>,
    changed: HashSet<Arc<str>>,
    rules: HashMap<Arc<str>, (String, u64)>,
}

impl Count {
    fn new(files: &[ContentFile], tactics: &[ContentFile], changed: HashSet<Arc<str>>) -> Self {
        let (pack, _) = RulePack::load(files, tactics);
        let detector = (!pack.is_empty()).then(|| Detector::new(Arc::new(pack)));
        Self { detector, position: 0, out: Vec::new(), changed, rules: HashMap::new() }
    }

    fn is_idle(&self) -> bool {
        self.detector.is_none()
    }

    fn observe(&mut self, event: &Event) {
        let Some(detector) = &mut self.detector else { return };
        // As in the pipeline: a record of no known log source is evidence for no rule.
        if *event.logsource == LogSource::default() {
            return;
        }
        detector.observe_at(event, self.position, &mut self.out);
        self.position += 1;
        for detection in self.out.drain(..).filter(|d| self.changed.contains(&d.rule.id)) {
            let counted = self.rules.entry(Arc::clone(&detection.rule.id));
            counted.or_insert_with(|| (detection.rule.title.clone(), 0)).1 += 1;
        }
    }

    fn total(&self) -> u64 {
        self.rules.values().map(|r| r.1).sum()
    }
}

/// Both sides.
trait Both {
    fn observe(&mut self, event: &Event);
}

impl Both for (Count, Count) {
    fn observe(&mut self, event: &Event) {
        self.0.observe(event);
        self.1.observe(event);
    }
}

fn outcome(old: &Count, new: &Count) -> Preview {
    let ids: HashSet<&Arc<str>> = old.rules.keys().chain(new.rules.keys()).collect();
    let delta = |id: &Arc<str>| {
        let (before, after) = (old.rules.get(id), new.rules.get(id));
        RuleDelta {
            rule: id.to_string(),
            title: after.or(before).map(|r| r.0.clone()).unwrap_or_default(),
            before: before.map_or(0, |r| r.1),
            after: after.map_or(0, |r| r.1),
        }
    };
    let mut rules: Vec<RuleDelta> = ids.into_iter().map(delta).filter(|d| d.distance() > 0).collect();
    rules.sort_by(|a, b| b.distance().cmp(&a.distance()).then_with(|| a.title.cmp(&b.title)));
    rules.truncate(MAX_DELTAS);
    Preview { before: old.total(), after: new.total(), rules, ..Preview::default() }
}
