//! `mangrove up`: the server.

use crate::app::{self, App};
use crate::config::{Config, Defaults, ServeArgs};
use crate::data_dir::DataDir;
use crate::logging;
use crate::supervisor::Supervisor;
use anyhow::{Context, Result};
use clap::Args;
use std::io::Write;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Start the server.
#[derive(Args, Debug)]
pub(crate) struct UpArgs {
    #[command(flatten)]
    serve: ServeArgs,
}

/// Runs until interrupted.
///
/// # Errors
/// When the server cannot start; the message names what is at fault and the remedy.
pub(crate) fn run(args: &UpArgs) -> Result<ExitCode> {
    let config = args.serve.resolve(Defaults::UP)?;
    logging::start(&config.log, config.log_json);
    let data = DataDir::open(&config.data)?;
    runtime()?.block_on(async {
        let interrupts = Interrupts::listen()?;
        let app = App::start(app::open(config, data).await?).await?;
        greet(&app).await?;
        let supervisor = Supervisor::of_environment();
        supervisor.ready();
        interrupts.wait().await;
        supervisor.stopping();
        tracing::info!("stopping");
        app.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// The threads of the server.
///
/// # Errors
/// When the system gives none.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("mangrove")
        .build()
        .context("cannot start threads")
}

/// Ctrl-C and the polite request to end. Listened to from the first moment on: a signal that comes
/// while the server is still starting ends it in order too.
pub(crate) struct Interrupts {
    pressed: Signal,
    asked: Signal,
}

impl Interrupts {
    /// Begins to listen.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub(crate) fn listen() -> Result<Self> {
        let of = |kind| signal(kind).context("cannot listen to signals");
        Ok(Self { pressed: of(SignalKind::interrupt())?, asked: of(SignalKind::terminate())? })
    }

    /// Waits for one of them.
    pub(crate) async fn wait(mut self) {
        tokio::select! {
            _ = self.pressed.recv() => {}
            _ = self.asked.recv() => {}
        }
    }
}

async fn greet(app: &App) -> Result<()> {
    let config: &Config = &app.kept.config;
    let mut out = std::io::stdout().lock();
    let code = app.wired.identity.setup_code().await?;
    writeln!(out, "Mangrove: {}", config.url())?;
    if let Some(code) = code {
        writeln!(out, "No account yet. Open {}/bat-dau and enter the setup code: {code}", config.url())?;
    }
    out.flush()?;
    Ok(())
}
