//! `mangrove up`: the server.

use crate::app::{self, App};
use crate::config::{Config, Defaults, ServeArgs};
use crate::data_dir::DataDir;
use crate::logging;
use anyhow::{Context, Result};
use clap::Args;
use std::io::Write;
use std::process::ExitCode;

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
pub(crate) fn run(args: UpArgs) -> Result<ExitCode> {
    logging::start("info");
    let config = args.serve.resolve(Defaults::UP)?;
    let data = DataDir::open(&config.data)?;
    runtime()?.block_on(async {
        let app = App::start(app::open(config, data).await?).await?;
        greet(&app).await?;
        interrupted().await?;
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

/// Waits for Ctrl-C or a polite request to end.
///
/// # Errors
/// When signals cannot be listened to.
pub(crate) async fn interrupted() -> Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = term.recv() => {}
    }
    Ok(())
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
