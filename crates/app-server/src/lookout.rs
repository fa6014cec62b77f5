//! Looks after the server while it runs: the doctor's checks every few minutes, told on the health page and, when
//! something is wrong, as a notice; old notices are removed.

use crate::app::Kept;
use crate::cmd_doctor;
use area_shell::ports::{Amount, Check, Figures, Health, HealthPort, Level, Setting, SettingsPort};
use async_trait::async_trait;
use base_authz::Action;
use base_core::{Lang, Result, Scope, Timestamp};
use base_db::Sql;
use base_i18n::Tr;
use base_settings::{Group, TABLE};
use base_ui::{Href, Tone};
use base_web::notice::{self, Notice, To};
use base_web::{Broadcaster, News};
use engine_doctor::{Finding, look_at_backup, texts};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How often the checks are made.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// The first look waits until the start is over.
const LOOK_FIRST: Duration = Duration::from_secs(5);
/// The same finding is told again after so many seconds, if it still stands: a week.
const TELL_AGAIN: i64 = 7 * 86_400;
/// Where the page is.
const PAGE: &str = "/quan-tri/suc-khoe";
/// Topic of the news that checks were made.
const TOPIC: &str = "health";
/// What stands in the place of a secret.
const MASK: &str = "••••••••";

/// The looks at the running server.
pub(crate) struct Lookout {
    kept: Kept,
    since: Timestamp,
    looked: RwLock<Option<(Timestamp, Vec<Finding>)>>,
}

impl Lookout {
    /// Of a server that starts now.
    pub(crate) fn new(kept: Kept) -> Arc<Self> {
        let since = kept.clock.now();
        Arc::new(Self { kept, since, looked: RwLock::default() })
    }

    /// Looks again and again.
    pub(crate) async fn run(self: Arc<Self>, news: Broadcaster) {
        tokio::time::sleep(LOOK_FIRST).await;
        loop {
            self.look().await;
            if let Err(error) = self.tell(&news).await {
                tracing::warn!(%error, "what the checks of the server found could not be told");
            }
            if let Err(error) = notice::forget(&self.kept.db, self.kept.clock.now()).await {
                tracing::warn!(%error, "old notices could not be removed; it is tried again");
            }
            news.send(News::new(TOPIC, Action::HealthRead));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn look(&self) {
        let (config, now) = (Arc::clone(&self.kept.config), self.kept.clock.now());
        let found = tokio::task::spawn_blocking(move || cmd_doctor::of_machine(&config, &config.settings, now)).await;
        match found {
            Ok(found) => {
                *self.looked.write().unwrap_or_else(PoisonError::into_inner) = Some((now, found));
            }
            Err(error) => tracing::error!(%error, "the checks of the server ended early"),
        }
    }

    fn found(&self) -> Option<(Timestamp, Vec<Finding>)> {
        self.looked.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells warnings and faults to those who may see the server's health.
    async fn tell(&self, news: &Broadcaster) -> Result<()> {
        let Some((at, found)) = self.found() else { return Ok(()) };
        let (vi, en) = (texts(Lang::Vi), texts(Lang::En));
        let mut tx = self.kept.db.begin().await?;
        for finding in found.iter().filter(|f| f.level >= engine_doctor::Level::Warning) {
            let fault = finding.level == engine_doctor::Level::Fault;
            let (kind, tone) = if fault { ("health-fault", Tone::Bad) } else { ("health-warning", Tone::Warn) };
            let once = format!("{}:{}", finding.code, at.as_secs().div_euclid(TELL_AGAIN));
            let told = Notice::new(kind, &once, To::May(Action::HealthRead), Href::new(PAGE))
                .tone(tone)
                .word("what-vi", finding.what(&vi))
                .word("what-en", finding.what(&en));
            notice::tell(&mut tx, &self.kept.ids, news, told).await?;
        }
        tx.commit().await
    }

    async fn records(&self) -> Figures {
        let answers = Sql::new("SELECT 1 AS one").all(self.kept.db.read()).await.is_ok();
        let files = ["mangrove.db", "mangrove.db-wal"].map(|name| self.kept.data.join(name));
        let bytes = files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        // Records that are kept elsewhere have no file here.
        let size = if self.kept.config.database.is_some() { Amount::Unknown } else { Amount::Bytes(bytes) };
        let backup = look_at_backup(self.kept.data.root()).good_at.map_or(Amount::Unknown, Amount::Time);
        Figures { part: "records", answers, values: vec![("bytes", size), ("backup", backup)] }
    }

    async fn lake(&self) -> Figures {
        match self.kept.lake.stats().await {
            Ok(stats) => Figures {
                part: "lake",
                answers: true,
                values: vec![
                    ("events", Amount::Count(stats.events)),
                    ("files", Amount::Count(stats.files)),
                    ("bytes", Amount::Bytes(stats.stored_bytes)),
                    ("raw", Amount::Bytes(stats.raw_bytes)),
                ],
            },
            Err(_) => Figures { part: "lake", answers: false, values: Vec::new() },
        }
    }

    fn journal(&self) -> Figures {
        let (stats, board) = (self.kept.journal.stats(), &self.kept.board);
        let lag = stats.end.saturating_sub(board.position.load(Ordering::Relaxed).max(stats.start));
        Figures {
            part: "journal",
            answers: !self.kept.journal.refuses(),
            values: vec![
                ("received", Amount::Count(stats.end)),
                ("lag", Amount::Count(lag)),
                ("bytes", Amount::Bytes(stats.bytes)),
                ("lost", Amount::Count(stats.lost)),
            ],
        }
    }

    fn disk(&self) -> Figures {
        let data = self.kept.data.root();
        match (fs4::available_space(data), fs4::total_space(data)) {
            (Ok(free), Ok(size)) => {
                let used = 1.0 - free as f64 / size.max(1) as f64;
                let values =
                    vec![("free", Amount::Bytes(free)), ("size", Amount::Bytes(size)), ("used", Amount::Share(used))];
                Figures { part: "disk", answers: true, values }
            }
            _ => Figures { part: "disk", answers: false, values: Vec::new() },
        }
    }

    async fn sources(&self) -> Figures {
        let scope = Scope::system("how the sources fare, as a sum");
        match area_events::ops::pulse::flow(&self.kept.db, &scope, self.kept.clock.now()).await {
            Ok(flow) => {
                let count = |n: i64| Amount::Count(u64::try_from(n).unwrap_or(0));
                let values = vec![
                    ("sources", count(flow.sources)),
                    ("silent", count(flow.silent)),
                    ("refused", count(flow.refused)),
                ];
                Figures { part: "sources", answers: true, values }
            }
            Err(_) => Figures { part: "sources", answers: false, values: Vec::new() },
        }
    }
}

fn level(level: engine_doctor::Level) -> Level {
    match level {
        engine_doctor::Level::Well => Level::Well,
        engine_doctor::Level::Notice => Level::Note,
        engine_doctor::Level::Warning => Level::Warning,
        engine_doctor::Level::Fault => Level::Fault,
    }
}

#[async_trait]
impl HealthPort for Lookout {
    async fn health(&self, tr: &Tr) -> Health {
        let (looked_at, found) = self.found().map_or((None, Vec::new()), |(at, found)| (Some(at), found));
        let doctor = texts(tr.lang());
        let check = |finding: &Finding| Check {
            level: level(finding.level),
            what: finding.what(&doctor),
            evidence: finding.evidence.clone(),
            why: finding.why(&doctor),
            remedy: finding.remedy(&doctor),
        };
        let (records, lake, sources) = tokio::join!(self.records(), self.lake(), self.sources());
        Health {
            looked_at,
            checks: found.iter().map(check).collect(),
            figures: vec![records, lake, self.journal(), self.disk(), sources],
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since: self.since,
        }
    }
}

impl SettingsPort for Lookout {
    fn settings(&self, tr: &Tr) -> (Option<String>, Vec<(String, Vec<Setting>)>) {
        let (config, words) = (&self.kept.config, base_settings::texts(tr.lang()));
        let one = |setting: &base_settings::Setting| {
            let held = config.settings.get(setting.name);
            let place = held.map_or_else(|| words.t("setting-not-set"), |(_, place)| place.text(&words));
            let value = held.map(|(value, _)| value.to_string()).filter(|value| !value.is_empty());
            Setting {
                name: setting.name.to_owned(),
                // The manual is Markdown; a page is not.
                what: words.dynamic("setting-", setting.name).replace('`', ""),
                value: if setting.secret_file.is_some() { value.map(|_| MASK.to_owned()) } else { value },
                place,
                given: config.settings.is_given(setting.name),
            }
        };
        let group = |group: Group| {
            let settings = TABLE.iter().filter(|setting| setting.group == group).map(one).collect();
            (words.dynamic("setting-group-", group.key()), settings)
        };
        (config.file.as_ref().map(|file| file.display().to_string()), Group::ALL.into_iter().map(group).collect())
    }
}
