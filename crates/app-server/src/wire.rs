//! The list of areas, and what each is handed.

use crate::app::Kept;
use crate::content;
use crate::events_jobs;
use crate::lookout::Lookout;
use crate::openapi;
use crate::pipeline;
use crate::ports::{
    AlertsOfDesk, AreaRecords, ContactsOfUnits, FieldMeasures, FlowPulse, LettersBySmtp, NeighboursOfUnits,
    VerdictsOfDesk, WarningsOfAlerts, couriers, mail_settings,
};
use crate::rule_cache::RuleFolder;
use crate::rules_jobs;
use crate::secrets;
use anyhow::{Result, bail};
use area_audit::jobs::SignJob;
use area_audit::ports::AuditPorts;
use area_desk::ports::DeskPorts;
use area_events::book::SourceBook;
use area_events::model::RequiredKeep;
use area_events::ops::admit::SourceGate;
use area_events::ops::keep_gap::GapKeeper;
use area_events::ops::receive::JournalSink;
use area_events::ops::upload_job::UploadJob;
use area_events::ports::{EventsPorts, InputFigures, Inputs, KindInfo};
use area_events::refusals::RefusalLog;
use area_events::sent_ids::SentIds;
use area_identity::{Identity, IdentityParts};
use area_org::Org;
use area_org::ports::OrgPorts;
use area_plan::ports::{Measures, PlanPorts};
use area_rules::book::{Beside, RuleBook};
use area_rules::ops::{manage_pack, switch_rule};
use area_rules::ports::{RulesPorts, Shipped};
use area_shell::ports::ShellPorts;
use area_warn::jobs::MailJob;
use area_warn::ports::WarnPorts;
use base_audit::Signer;
use base_authz::Action;
use base_core::{ContentError, Lang, UnitId};
use base_fetch::{Fetcher, Limits};
use base_i18n::Tr;
use base_web::ports::{SessionPort, UnitDirectory};
use base_web::{Area, Broadcaster, News, Web, WebParts, load_strings, serve_router};
use engine_detect::indicators::IndicatorStore;
use engine_detect::{RuleCache, RulePack};
use engine_intake::{Door, Gate, Input, Sink};
use engine_lake::LakeTables;
use engine_parse::Catalog;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often indicators are measured.
const MEASURE_EVERY: Duration = Duration::from_secs(3_600);
/// The first measurement after the start waits for the first reports.
const MEASURE_FIRST: Duration = Duration::from_secs(20);
/// Folder of the lists of indicators in the data folder.
pub(crate) const INDICATORS: &str = "indicators";

/// The wired areas and what runs beside them.
pub(crate) struct Wired {
    /// Accounts and sessions.
    pub identity: Arc<Identity>,
    /// Units, as the area that keeps them.
    pub org: Arc<Org>,
    /// Units, as everybody else sees them.
    pub units: Arc<dyn UnitDirectory>,
    /// Who the senders are.
    pub book: Arc<SourceBook>,
    kept: Kept,
    catalog: Arc<Catalog>,
    rules: RulesPorts,
    indicators: Arc<IndicatorStore>,
    refusals: Arc<RefusalLog>,
    gate: Arc<dyn Gate>,
    inputs: Inputs,
    sink: Arc<dyn Sink>,
    measures: Arc<dyn Measures>,
    warn: WarnPorts,
    audit: AuditPorts,
    lookout: Arc<Lookout>,
    router: axum::Router,
    /// The text of the API.
    api: String,
    web: Web,
}

/// Loads content, prepares the tables, and wires the areas.
///
/// # Errors
/// When content, texts or tables are at fault.
pub(crate) async fn wire(kept: &Kept) -> Result<Wired> {
    let cache = RuleFolder::of_data(kept.data.root());
    let (catalog, shipped, beside) = load_content(kept, &cache)?;
    let news = Broadcaster::default();
    // The tables first: several parts read them while they are made.
    base_db::migrate(&kept.db, &migrations(), kept.clock.now()).await?;
    let secrets = secrets::open(&kept.data, &kept.db, kept.config.new_secrets_key).await?;
    secrets::adopt(&kept.db, &secrets, kept.clock.now()).await?;
    let (vault, second_factor) = (secrets.vault, kept.config.second_factor);
    let identity = Identity::new(IdentityParts {
        db: kept.db.clone(),
        ids: Arc::clone(&kept.ids),
        vault,
        second_factor,
        letters: letters(kept)?,
        base_url: Arc::from(kept.config.url()),
        fetcher: Fetcher::new(kept.config.outbound_ca.as_deref(), Limits::default())?,
    });
    let org = Org::open(kept.db.clone(), Arc::clone(&kept.clock), Arc::clone(&kept.ids)).await?;
    let book = SourceBook::new();
    book.reload(&kept.db).await?;
    // Before the first event is written: what the book and the levels say decides which file it goes to.
    kept.levels.learn(&org, &book).await?;
    let refusals = Arc::new(RefusalLog::default());
    let gate = Arc::new(SourceGate { book: Arc::clone(&book), refusals: Arc::clone(&refusals) });
    let sink = Arc::new(JournalSink {
        journal: Arc::clone(&kept.journal),
        book: Arc::clone(&book),
        refusals: Arc::clone(&refusals),
        sent: SentIds::recall(&kept.journal).await?,
        db: kept.db.clone(),
        ids: Arc::clone(&kept.ids),
    });
    let options = crate::inputs::http_options(&kept.config);
    let inputs = Inputs::default();
    let door = Door::new(Arc::clone(&gate) as _, Arc::clone(&sink) as _, Arc::clone(&kept.clock), options);
    let measures: Arc<dyn Measures> = Arc::new(FieldMeasures { org: Arc::clone(&org) });
    let warn = warn_ports(kept, &org)?;
    let desk = DeskPorts {
        lake: Arc::clone(&kept.lake),
        pulse: Arc::new(FlowPulse {
            db: kept.db.clone(),
            board: Arc::clone(&kept.board),
            journal: Arc::clone(&kept.journal),
        }),
        warnings: Arc::new(WarningsOfAlerts { db: kept.db.clone(), clock: Arc::clone(&kept.clock) }),
    };
    let events = EventsPorts {
        journal: Arc::clone(&kept.journal),
        lake: Arc::clone(&kept.lake),
        tables: Some(Arc::clone(&kept.parquet) as Arc<dyn LakeTables>),
        book: Arc::clone(&book),
        refusals: Arc::clone(&refusals),
        door: Arc::clone(&door),
        inputs: Arc::clone(&inputs),
        law: Arc::clone(&kept.levels) as Arc<dyn RequiredKeep>,
        spool: kept.data.join("spool"),
        kinds: kinds(&catalog),
        base_url: Arc::from(kept.config.url()),
    };
    let console = InputFigures { name: "events over HTTP", place: kept.config.url(), counters: door.counters() };
    inputs.write().unwrap_or_else(PoisonError::into_inner).push(console);
    let rules = rules_ports(kept, &catalog, (shipped, beside), cache).await?;
    let audit = audit_ports(kept, &warn)?;
    let lookout = Lookout::new(kept.clone());
    let shell = ShellPorts { health: Arc::clone(&lookout) as _, settings: Arc::clone(&lookout) as _ };
    identity.tell_through(news.clone());
    let areas: Vec<Area> = vec![
        area_desk::area(desk),
        area_events::area(events),
        area_warn::area(warn.clone()),
        area_rules::area(rules.clone()),
        area_plan::area(PlanPorts { measures: Arc::clone(&measures) }),
        area_org::area(Arc::clone(&org), OrgPorts { neighbours: Arc::new(NeighboursOfUnits { db: kept.db.clone() }) }),
        area_identity::area(Arc::clone(&identity)),
        area_audit::area(audit.clone()),
        area_shell::area(shell),
    ];
    let api = openapi::text(&areas)?;
    let strings = match load_strings(&areas) {
        Ok(strings) => strings,
        Err(errors) => {
            bail!("the texts have mistakes: {}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
    };
    let units: Arc<dyn UnitDirectory> = Arc::clone(&org) as Arc<dyn UnitDirectory>;
    let parts = WebParts {
        db: kept.db.clone(),
        clock: Arc::clone(&kept.clock),
        ids: Arc::clone(&kept.ids),
        strings,
        sessions: Arc::clone(&identity) as Arc<dyn SessionPort>,
        units: Arc::clone(&units),
        news,
        secure: !kept.config.http,
        secret: kept.data.secret("session.key")?,
    };
    let (router, web) = serve_router(areas, parts)?;
    let indicators = match &rules.book.beside().lists {
        Some(shelf) => Arc::clone(shelf.store()),
        None => IndicatorStore::new(Arc::clone(&kept.clock)),
    };
    let kept = kept.clone();
    Ok(Wired {
        identity,
        org,
        units,
        book,
        kept,
        catalog,
        rules,
        indicators,
        refusals,
        gate,
        inputs,
        sink,
        measures,
        warn,
        audit,
        lookout,
        router,
        api,
        web,
    })
}

/// Every step of every area's tables.
pub(crate) fn migrations() -> Vec<base_db::Migration> {
    [
        base_audit::MIGRATIONS,
        base_secret::MIGRATIONS,
        base_web::MIGRATIONS,
        area_identity::MIGRATIONS,
        area_org::MIGRATIONS,
        area_desk::MIGRATIONS,
        area_events::MIGRATIONS,
        area_warn::MIGRATIONS,
        area_plan::MIGRATIONS,
        area_rules::MIGRATIONS,
    ]
    .concat()
}

fn load_content(kept: &Kept, cache: &dyn RuleCache) -> Result<(Arc<Catalog>, Shipped, Beside)> {
    let local = kept.config.content.as_deref();
    let (sources, mut errors) = content::with_local("sources", &["source.toml"], local)?;
    let (files, more) = content::with_local("rules", &[".yml", ".yaml"], local)?;
    errors.extend(more);
    let (tactics, more) = content::with_local("attack", &[".toml"], local)?;
    errors.extend(more);
    let (catalog, more) = Catalog::load(&sources);
    errors.extend(more);
    let (pack, more) = RulePack::load_cached(&files, &tactics, cache);
    errors.extend(more);
    let (beside, more) = content::beside(local, &tactics, kept.data.join(INDICATORS), Arc::clone(&kept.clock))?;
    errors.extend(more);
    // One bad file must not stop the server: the others work, and the log names each mistake.
    errors.iter().for_each(|error: &ContentError| tracing::error!(%error, "content has a mistake"));
    Ok((Arc::new(catalog), Shipped { files: files.into(), tactics: tactics.into(), pack: Arc::new(pack) }, beside))
}

/// The rules that run: the shipped ones, with the imported pack over them that was switched on last.
async fn rules_ports(
    kept: &Kept,
    catalog: &Arc<Catalog>,
    (shipped, beside): (Shipped, Beside),
    cache: RuleFolder,
) -> Result<RulesPorts> {
    let shipped = Arc::new(shipped);
    let book = RuleBook::with(manage_pack::open(&kept.db, &shipped, Arc::new(cache)).await?, beside);
    switch_rule::load_tuning(&kept.db, &book, kept.clock.now()).await?;
    Ok(RulesPorts {
        book,
        shipped,
        lake: Arc::clone(&kept.lake),
        catalog: Arc::clone(catalog),
        feedback: Arc::new(VerdictsOfDesk { db: kept.db.clone() }),
        replays: Arc::default(),
        hunts: Arc::default(),
        samples: kept.config.attack_samples.clone(),
    })
}

fn kinds(catalog: &Catalog) -> Arc<[KindInfo]> {
    let info = |k: &engine_parse::SourceKind| KindInfo {
        id: k.id.to_string(),
        name_vi: k.name(Lang::Vi).to_owned(),
        name_en: k.name(Lang::En).to_owned(),
    };
    catalog.kinds().map(info).collect()
}

/// The key of the trail and where its checkpoints go.
fn audit_ports(kept: &Kept, warn: &WarnPorts) -> Result<AuditPorts> {
    let config = &kept.config;
    let signer = Signer::new(&kept.data.secret(crate::audit_cli::KEY)?)?;
    // Mails of the program are in Vietnamese, whoever set it up.
    let strings = match base_i18n::Strings::load(area_audit::STRINGS) {
        Ok(strings) => Arc::new(strings),
        Err(errors) => bail!("the texts of the audit trail have mistakes: {errors:?}"),
    };
    let tr = Tr::new(Lang::Vi, strings);
    let (syslog, mail) = (config.audit_syslog.as_deref(), config.audit_mail.as_deref());
    let url = config.url();
    let couriers = couriers(syslog, mail, warn.mail.as_ref(), &tr, (&config.name, &url))?;
    Ok(AuditPorts { signer: Arc::new(signer), couriers: couriers.into(), readings: Arc::default() })
}

fn letters(kept: &Kept) -> Result<Option<Arc<dyn area_identity::ports::Letters>>> {
    let Some(url) = &kept.config.smtp else { return Ok(None) };
    let sender = LettersBySmtp::new(&mail_settings(url, &kept.config.mail_from)?)?;
    Ok(Some(Arc::new(sender)))
}

fn warn_ports(kept: &Kept, org: &Arc<Org>) -> Result<WarnPorts> {
    let mail = match &kept.config.smtp {
        Some(url) => Some(Arc::new(mail_settings(url, &kept.config.mail_from)?)),
        None => None,
    };
    Ok(WarnPorts {
        alerts: Arc::new(AlertsOfDesk { db: kept.db.clone(), ids: Arc::clone(&kept.ids) }),
        contacts: Arc::new(ContactsOfUnits { org: Arc::clone(org) }),
        base_url: Arc::from(kept.config.url()),
        mail,
    })
}

impl Wired {
    /// The console and the API.
    pub(crate) fn router(&self) -> axum::Router {
        self.router.clone().merge(openapi::router(self.api.clone()))
    }

    /// Where the inputs deliver.
    #[must_use]
    pub(crate) fn sink(&self) -> Arc<dyn Sink> {
        Arc::clone(&self.sink)
    }

    /// Says which inputs run, for the page of their figures.
    pub(crate) fn show_inputs(&self, running: &[Box<dyn Input>]) {
        let mut shown = self.inputs.write().unwrap_or_else(PoisonError::into_inner);
        for input in running {
            shown.push(InputFigures { name: input.name(), place: input.place(), counters: input.counters() });
        }
    }

    /// The inputs that run, with their figures.
    #[must_use]
    pub(crate) fn inputs(&self) -> Inputs {
        Arc::clone(&self.inputs)
    }

    /// Who may send by HTTP.
    #[must_use]
    pub(crate) fn gate(&self) -> Arc<dyn Gate> {
        Arc::clone(&self.gate)
    }

    /// What the pipeline works with.
    #[must_use]
    pub(crate) fn pipeline(&self, kept: &Kept) -> pipeline::Parts {
        pipeline::Parts {
            journal: Arc::clone(&kept.journal),
            lake: Arc::clone(&kept.lake),
            records: Arc::new(AreaRecords {
                db: kept.db.clone(),
                ids: Arc::clone(&kept.ids),
                clock: Arc::clone(&kept.clock),
                catalog: Arc::clone(&self.catalog),
                org: Arc::clone(&self.org),
                news: self.web.news().clone(),
                fields: area_events::ops::commit_counts::KnownFields::default(),
                told_at: AtomicI64::new(0),
                rules_told_at: AtomicI64::new(0),
            }),
            catalog: Arc::clone(&self.catalog),
            book: Arc::clone(&self.rules.book),
            indicators: Arc::clone(&self.indicators),
            board: Arc::clone(&kept.board),
            clock: Arc::clone(&kept.clock),
            threads: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        }
    }

    /// Writes what is only counted in memory so far: at the end.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.refusals.flush(&self.kept.db).await {
            tracing::warn!(%error, "the last refusals could not be written");
        }
    }

    /// Starts what runs beside requests; the handles end it.
    #[must_use]
    pub(crate) fn jobs(&self) -> Vec<JoinHandle<()>> {
        vec![
            tokio::spawn(self.mail_job().run()),
            tokio::spawn(self.sign_job().run()),
            tokio::spawn(self.measure_job()),
            tokio::spawn(Arc::clone(&self.lookout).run(self.web.news().clone())),
            tokio::spawn(events_jobs::housekeeping(self.kept.clone(), Arc::clone(&self.refusals))),
            tokio::spawn(self.silence_job()),
            tokio::spawn(self.resume_uploads()),
            tokio::spawn(rules_jobs::tidy(self.kept.clone(), self.rules.clone())),
            tokio::spawn(rules_jobs::indicators(self.kept.clone(), self.rules.clone(), self.web.news().clone())),
            tokio::spawn(rules_jobs::sweep(self.rules.clone())),
            tokio::spawn(rules_jobs::measure(self.rules.clone(), self.web.news().clone())),
            tokio::spawn(rules_jobs::prove(self.kept.clone(), self.rules.clone(), self.web.news().clone())),
        ]
    }

    fn mail_job(&self) -> MailJob {
        let news = self.web.news().clone();
        MailJob {
            db: self.kept.db.clone(),
            ids: Arc::clone(&self.kept.ids),
            ports: self.warn.clone(),
            vi: Tr::new(Lang::Vi, Arc::clone(self.web.strings())),
            news: news.clone(),
            tell: Arc::new(move |unit: &UnitId| {
                news.send(News::new(area_warn::TOPIC, Action::WarningsRead).of_unit(Some(unit)));
            }),
        }
    }

    fn sign_job(&self) -> SignJob {
        SignJob {
            db: self.kept.db.clone(),
            signer: Arc::clone(&self.audit.signer),
            couriers: Arc::clone(&self.audit.couriers),
            clock: Arc::clone(&self.kept.clock),
        }
    }

    fn silence_job(&self) -> impl Future<Output = ()> + Send + 'static {
        let (strings, news) = (Arc::clone(self.web.strings()), self.web.news().clone());
        events_jobs::silence(self.kept.clone(), Arc::clone(&self.refusals), strings, news)
    }

    /// Keeps the times in which the disk was full.
    #[must_use]
    pub(crate) fn gaps(&self) -> GapKeeper {
        GapKeeper::new(Arc::clone(&self.refusals), Arc::clone(&self.inputs))
    }

    fn measure_job(&self) -> impl Future<Output = ()> + Send + 'static {
        let (db, ids) = (self.kept.db.clone(), Arc::clone(&self.kept.ids));
        let (measures, news) = (Arc::clone(&self.measures), self.web.news().clone());
        async move {
            tokio::time::sleep(MEASURE_FIRST).await;
            loop {
                area_plan::ops::measure::measure_all(&db, &ids, &*measures).await;
                news.send(News::new("plan", Action::PlanRead));
                tokio::time::sleep(MEASURE_EVERY).await;
            }
        }
    }

    fn resume_uploads(&self) -> impl Future<Output = ()> + Send + 'static {
        let news = self.web.news().clone();
        let job = UploadJob {
            db: self.kept.db.clone(),
            ids: Arc::clone(&self.kept.ids),
            journal: Arc::clone(&self.kept.journal),
            book: Arc::clone(&self.book),
            spool: self.kept.data.join("spool"),
            tell: Arc::new(move |unit: Option<&UnitId>| {
                news.send(area_events::upload_news(unit));
            }),
        };
        async move {
            if let Err(error) = area_events::ops::upload_job::resume(&job).await {
                tracing::warn!(%error, "interrupted uploads could not be gone on with");
            }
        }
    }
}

#[cfg(test)]
mod tests;
