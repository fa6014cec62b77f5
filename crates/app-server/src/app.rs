//! The running server: opens what is kept, starts what runs, and stops it in order.

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::figures::{self, Figures};
use crate::health::Health;
use crate::pipeline::board::Board;
use crate::{backup_cli, inputs, lake_keeper, lake_requests, pipeline, serve, tls, wire};
use anyhow::{Context, Result};
use axum::middleware::from_fn_with_state;
use base_core::{IdSource, SharedClock, SystemClock};
use base_db::Db;
use base_metrics::HttpCounts;
use engine_journal::{Journal, JournalOptions};
use engine_lake::Lake;
use heavy_lake_datafusion::{LakeOptions, ParquetLake};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often small files of the lake are merged.
const COMPACT_EVERY: Duration = Duration::from_secs(60);

/// Longest time the inputs get to put away what they have read.
const LAST_INPUTS: Duration = Duration::from_secs(10);

/// What is kept and shared, before anything runs.
#[derive(Clone)]
pub(crate) struct Kept {
    /// Settings.
    pub config: Arc<Config>,
    /// The data folder, locked.
    pub data: Arc<DataDir>,
    /// Time.
    pub clock: SharedClock,
    /// New ids.
    pub ids: Arc<IdSource>,
    /// The records.
    pub db: Db,
    /// Received records.
    pub journal: Arc<Journal>,
    /// Stored events.
    pub lake: Arc<dyn Lake>,
    /// The same, for its upkeep.
    pub parquet: Arc<ParquetLake>,
    /// How long events are kept, by the level of the systems they come from.
    pub levels: Arc<lake_keeper::LevelRetention>,
    /// Live figures of the pipeline.
    pub board: Arc<Board>,
}

/// The running server.
pub(crate) struct App {
    /// What is kept and shared.
    pub kept: Kept,
    /// The wired areas.
    pub wired: wire::Wired,
    stop: watch::Sender<bool>,
    inputs: CancellationToken,
    received: Option<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
    pipeline: JoinHandle<()>,
}

/// Opens everything that is kept.
///
/// # Errors
/// When a part cannot be opened; each message names the part and the remedy.
pub(crate) async fn open(config: Config, data: DataDir) -> Result<Kept> {
    let clock: SharedClock = Arc::new(SystemClock);
    backup_cli::let_go(data.root());
    let db = match &config.database {
        Some(url) => Db::open(url).await?,
        None => Db::open_file(&data.join("mangrove.db")).await?,
    };
    let levels = Arc::new(lake_keeper::LevelRetention::default());
    let options = LakeOptions {
        clock: Arc::clone(&clock),
        retention: Arc::clone(&levels) as Arc<dyn heavy_lake_datafusion::Retention>,
        seal_key: Some(data.secret(lake_keeper::SEAL_KEY)?),
        cold: config.lake_cold.clone(),
        ..LakeOptions::default()
    };
    let (parquet, found) = ParquetLake::open(&data.join("lake"), options).await?;
    if let Some(reason) = &found.cold_away {
        tracing::error!(
            reason,
            "the cold folder of the event lake cannot be reached; the server works without it and takes it up again when it is back"
        );
    }
    for (file, reason) in &found.damaged {
        tracing::error!(file, reason, "a file of the lake is damaged or missing; searches leave it out");
    }
    let parquet = Arc::new(parquet);
    let lake: Arc<dyn Lake> = Arc::clone(&parquet) as Arc<dyn Lake>;
    let at_least = lake.committed().await?;
    // A sender that comes again after the restart is known by what the journal still holds.
    let options = JournalOptions { at_least, spare_segments: 1, ..JournalOptions::default() };
    let (journal, recovery) = Journal::open(&data.join("journal"), options)?;
    if let Some(torn) = &recovery.torn_tail {
        tracing::warn!(
            bytes = torn.cut_bytes,
            "an unfinished write at the end of the journal was cut off; nothing in it had been acknowledged"
        );
    }
    for damage in &recovery.damage {
        tracing::error!(file = %damage.path.display(), offset = damage.offset, entries_lost = damage.entries_lost, "the journal is damaged here; the rest is read as usual");
    }
    parquet.rebuild_from(journal.start()).await?;
    for (file, _) in parquet.lost() {
        tracing::error!(
            file,
            "the journal no longer has the events of this damaged file; restore it from a backup, or end this report with `mangrove lake accept-loss`"
        );
    }
    Ok(Kept {
        levels,
        ids: Arc::new(IdSource::new(Arc::clone(&clock))),
        config: Arc::new(config),
        data: Arc::new(data),
        clock,
        db,
        journal,
        lake,
        parquet,
        board: Arc::new(Board::default()),
    })
}

impl App {
    /// Wires the areas and starts listening, pipeline and jobs.
    ///
    /// # Errors
    /// When an address cannot be bound or content, certificate or database are at fault.
    pub(crate) async fn start(kept: Kept) -> Result<Self> {
        let config = Arc::clone(&kept.config);
        let (stop, stopped) = watch::channel(false);
        let inputs = CancellationToken::new();
        // Bind first: a taken port is told before anything is written.
        let listener = serve::bind(config.listen).await?;
        let wired = wire::wire(&kept).await?;
        let mut tasks = wired.jobs();
        let receiving =
            inputs::bind(&config, &kept.data, &kept.clock, &certificate_names(&config), wired.gate()).await?;
        wired.show_inputs(&receiving);
        let mut received = None;
        if !receiving.is_empty() {
            let (sink, token) = (wired.sink(), inputs.clone());
            received = Some(tokio::spawn(async move { engine_intake::serve(receiving, sink, token).await }));
        }
        let tls = if config.http {
            None
        } else {
            let given = config.tls.as_ref().map(|(c, k)| tls::TlsFiles { certificate: c, key: k });
            Some(tls::server_config(&kept.data, given, &certificate_names(&config), &*kept.clock)?)
        };
        let runs = Runs::default();
        let (health, http) = (Health::of(kept.clone(), Arc::clone(&runs.0)), Arc::new(HttpCounts::default()));
        if let Some(task) = serve_figures(&kept, &wired, &health, &http, stopped.clone()).await? {
            tasks.push(task);
        }
        let router = wired.router().merge(health.router()).layer(from_fn_with_state(http, figures::count));
        let heard = stopped.clone();
        tasks.push(tokio::spawn(async move {
            if let Err(error) = serve::serve(listener, tls, router, heard).await {
                tracing::error!(error = format!("{error:#}"), "the console stopped listening");
            }
        }));
        let (parquet, mut heard) = (Arc::clone(&kept.parquet), stopped.clone());
        tasks.push(tokio::spawn(async move {
            let end = async move {
                serve::stopped(&mut heard).await;
            };
            parquet.maintain(COMPACT_EVERY, end).await;
        }));
        tasks.push(tokio::spawn(lake_keeper::keep(
            kept.clone(),
            Arc::clone(&wired.org),
            wired.gaps(),
            stopped.clone(),
        )));
        tasks.push(tokio::spawn(lake_requests::serve(kept.clone(), stopped.clone())));
        let running = pipeline::run(wired.pipeline(&kept), stopped);
        let pipeline = tokio::spawn(async move {
            // Dropped with the task, also when it panics.
            let _runs = runs;
            running.await;
        });
        Ok(Self { kept, wired, stop, inputs, received, tasks, pipeline })
    }

    /// Stops in order: inputs first, then the pipeline with its last write, then the rest.
    pub(crate) async fn stop(self) {
        self.inputs.cancel();
        // What the inputs have read goes into the journal, and acknowledgements out, before all else ends.
        if let Some(received) = self.received {
            let _ = tokio::time::timeout(LAST_INPUTS, received).await;
        }
        let _ = self.stop.send(true);
        if let Err(error) = self.pipeline.await {
            tracing::error!(%error, "the pipeline did not stop cleanly; the journal has what it missed");
        }
        self.kept.journal.shutdown();
        for task in self.tasks {
            task.abort();
        }
        self.wired.flush().await;
        self.kept.db.close().await;
    }
}

/// Whether the pipeline runs: from the start until this is dropped.
struct Runs(Arc<AtomicBool>);

impl Default for Runs {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Serves the figures on their own port, where one is set.
async fn serve_figures(
    kept: &Kept,
    wired: &wire::Wired,
    health: &Health,
    http: &Arc<HttpCounts>,
    stopped: watch::Receiver<bool>,
) -> Result<Option<JoinHandle<()>>> {
    let Some(at) = kept.config.metrics else { return Ok(None) };
    let listener = tokio::net::TcpListener::bind(at)
        .await
        .with_context(|| format!("figures cannot be served on {at}; set --metrics ADDRESS:PORT or off"))?;
    let token = kept.config.metrics_token.as_deref().map(Arc::from);
    let (kept, inputs, http, health) = (kept.clone(), wired.inputs(), Arc::clone(http), health.clone());
    let router = Figures { kept, inputs, http, health }.router(token);
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = serve::serve(listener, None, router, stopped).await {
            tracing::error!(error = format!("{error:#}"), "figures are served no more");
        }
    })))
}

/// The names the console's own certificate is for.
fn certificate_names(config: &Config) -> Vec<String> {
    let mut names = vec![config.name.clone(), "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !config.listen.ip().is_unspecified() {
        names.push(config.listen.ip().to_string());
    }
    names.sort();
    names.dedup();
    names
}
