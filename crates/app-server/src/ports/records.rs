//! For the pipeline: alerts, counts, machines seen and the checkpoint, in one transaction.

use crate::pipeline::{Checkpoint, Records, Results};
use area_desk::ops::commit_detections::{commit_detections, tell_critical};
use area_events::model::BatchCounts;
use area_events::ops::commit_counts;
use area_org::Org;
use area_org::model::{Licence, ObservedDevice, ObservedMachine};
use area_rules::model::SourceFigure;
use area_rules::ops::keep_memory::Memory;
use area_rules::ops::{commit_figures, keep_memory};
use async_trait::async_trait;
use base_authz::Action;
use base_core::{IdSource, Result, SharedClock, Timestamp, UnitId};
use base_db::{Db, clean};
use base_web::{Broadcaster, News};
use engine_event::Event;
use engine_parse::Catalog;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The pipeline's name among the consumers of the journal.
const CONSUMER: &str = "pipeline";
/// Open overview pages are told of the flow of events at most this often, in microseconds.
const FLOW_NEWS_EVERY: i64 = 1_000_000;
/// Open pages of rules are told of new figures at most this often, in microseconds.
const RULES_NEWS_EVERY: i64 = 10_000_000;

/// The records of the areas, as the pipeline needs them.
pub(crate) struct AreaRecords {
    /// The records.
    pub db: Db,
    /// New ids.
    pub ids: Arc<IdSource>,
    /// Time.
    pub clock: SharedClock,
    /// Which kinds of source are firewalls.
    pub catalog: Arc<Catalog>,
    /// Units, machines, devices.
    pub org: Arc<Org>,
    /// Tells open pages.
    pub news: Broadcaster,
    /// Names of fields that are kept already.
    pub fields: commit_counts::KnownFields,
    /// When open overview pages were last told, in microseconds.
    pub told_at: AtomicI64,
    /// When open pages of rules were last told, in microseconds.
    pub rules_told_at: AtomicI64,
}

#[async_trait]
impl Records for AreaRecords {
    async fn checkpoint(&self, instance: u64) -> Result<Checkpoint> {
        let kept = commit_counts::checkpoint(&self.db, CONSUMER, instance).await?;
        Ok(kept.map_or_else(Checkpoint::default, |c| Checkpoint { next: c.next, warm: c.warm }))
    }

    async fn memory(&self) -> Result<Option<Memory>> {
        keep_memory::read(&self.db).await
    }

    async fn commit(&self, instance: u64, results: &Results<'_>) -> Result<()> {
        let now = self.clock.now();
        let mut counts = BatchCounts::default();
        results.events.iter().for_each(|e| counts.add(e));
        let (machines, devices) = observed(&self.catalog, results.events);
        let mut tx = self.db.begin().await?;
        let committed = commit_detections(&mut tx, &self.ids, results.detections).await?;
        tell_critical(&mut tx, &self.ids, &self.news, &committed).await?;
        commit_counts::commit_counts(&mut tx, &counts).await?;
        commit_counts::commit_fields(&mut tx, &counts, &self.fields).await?;
        commit_figures::commit_batch(&mut tx, results.figures, now).await?;
        area_org::ops::observe_machines(&self.org, &mut tx, &machines).await?;
        area_org::ops::observe_devices(&mut tx, &devices).await?;
        if let Some(memory) = results.memory {
            keep_memory::write(&mut tx, memory, now).await?;
        }
        let at = area_events::model::Checkpoint { next: results.checkpoint.next, warm: results.checkpoint.warm };
        commit_counts::set_checkpoint(&mut tx, CONSUMER, instance, at, now).await?;
        tx.commit().await?;
        for touched in &committed.touched {
            self.news.send(area_desk::news(touched.unit.as_ref()));
        }
        self.tell_flow(now);
        Ok(())
    }

    async fn sources(&self, figure: &SourceFigure) -> Result<()> {
        if figure.is_empty() {
            return Ok(());
        }
        commit_figures::commit_sources(&self.db, figure, self.clock.now()).await?;
        self.tell_rules();
        Ok(())
    }
}

impl AreaRecords {
    /// Open pages of rules fetch their figures anew, at most every [`RULES_NEWS_EVERY`].
    fn tell_rules(&self) {
        let now = self.clock.now().as_micros();
        if now - self.rules_told_at.load(Ordering::Relaxed) >= RULES_NEWS_EVERY {
            self.rules_told_at.store(now, Ordering::Relaxed);
            self.news.send(News::new(area_rules::TOPIC, Action::RulesRead));
        }
    }

    fn tell_flow(&self, now: Timestamp) {
        let last = self.told_at.load(Ordering::Relaxed);
        if now.as_micros() - last >= FLOW_NEWS_EVERY {
            self.told_at.store(now.as_micros(), Ordering::Relaxed);
            self.news.send(News::new(area_desk::OVERVIEW, Action::OverviewRead));
        }
    }
}

/// Machines and guarding devices that the events prove to be there.
fn observed(catalog: &Catalog, events: &[&Event]) -> (Vec<ObservedMachine>, Vec<ObservedDevice>) {
    let (mut machines, mut devices) = (Vec::new(), Vec::new());
    for event in events {
        let (Some(unit), Some(host)) = (&event.unit, event.common.host_name.as_deref()) else { continue };
        let host = &*clean(host);
        let kind = event.kind.as_ref();
        if catalog.kind(kind).is_some_and(|k| k.firewall) {
            let product = kind.split('/').next_back().map(str::to_owned);
            devices.push(ObservedDevice {
                unit: unit.clone(),
                host: host.to_owned(),
                kind: "firewall",
                product,
                at: event.received,
            });
        } else if kind == "mangrove/hygiene" {
            machines.push(hygiene(unit, host, event));
        } else if kind.starts_with("microsoft/") || kind.starts_with("linux/") {
            machines.push(ObservedMachine::seen(unit.clone(), host, event.received));
        }
    }
    (machines, devices)
}

/// What a hygiene report says; what it does not say stays unknown.
fn hygiene(unit: &UnitId, host: &str, event: &Event) -> ObservedMachine {
    let text = |name: &str| event.record.text(name).map(|t| clean(t).into_owned()).filter(|t| !t.is_empty());
    let flag = |name: &str| event.record.text(name).and_then(|t| t.parse::<bool>().ok());
    let licence = text("antivirus.licence")
        .and_then(|l| Licence::parse(&l))
        .or_else(|| flag("antivirus.licensed").map(|paid| if paid { Licence::Licensed } else { Licence::Free }));
    ObservedMachine {
        ip: text("ip"),
        os: text("os"),
        av_product: text("antivirus.product"),
        av_licence: licence,
        av_enabled: flag("antivirus.enabled"),
        firewall_enabled: flag("firewall.enabled"),
        ..ObservedMachine::seen(unit.clone(), host, event.received)
    }
}
