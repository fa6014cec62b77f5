//! `mangrove demo`: the server with a demonstration province and a stream of events.

mod feed;
mod seed;

use crate::app::{self, App, Kept};
use crate::cmd_up::{Interrupts, runtime};
use crate::config::{Defaults, ServeArgs};
use crate::data_dir::{DataDir, write_private};
use crate::{content, logging};
use anyhow::{Context, Result, bail};
use clap::Args;
use seed::{Credentials, Login};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Says that a data folder is the demo's and may be cleared by `--fresh`.
const MARKER: &str = "demo";
/// The made-up accounts with their passwords, readable by the owner only.
const ACCOUNTS: &str = "demo-accounts.json";

/// Start the demonstration.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// Start over: remove everything in the demo's data folder first.
    #[arg(long)]
    fresh: bool,
    /// Ordinary events per second.
    #[arg(long, value_name = "N", default_value_t = 20.0, value_parser = rate)]
    rate: f64,
    /// Set up units and accounts, but send no events.
    #[arg(long)]
    quiet: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "must be a number such as 20".to_owned())?;
    if (0.1..=20_000.0).contains(&number) { Ok(number) } else { Err("must be between 0.1 and 20000".to_owned()) }
}

/// Runs until interrupted.
///
/// # Errors
/// When the server cannot start, or the data folder is not the demo's.
pub(crate) fn run(args: &DemoArgs) -> Result<ExitCode> {
    let config = args.serve.resolve(Defaults::DEMO)?;
    if config.database.is_some() {
        bail!("the demonstration keeps its records in its own folder, which --fresh clears; leave out --database");
    }
    logging::start(&config.log, config.log_json);
    let data = DataDir::open(&config.data)?;
    own(&data, args.fresh)?;
    runtime()?.block_on(async {
        let interrupts = Interrupts::listen()?;
        let files = content::embedded("demo", &[".toml"]);
        let kept = app::open(config, data).await?;
        let app = App::start(kept.clone()).await?;
        let known = read_accounts(&kept.data.join(ACCOUNTS))?;
        let logins = seed::seed(&kept, &app.wired, &files, known).await?;
        write_private(
            &kept.data.join(ACCOUNTS),
            &serde_json::to_vec_pretty(&Credentials { url: kept.config.url(), accounts: logins.clone() })?,
        )?;
        if !args.quiet {
            feed::start(&kept, &app.wired, &files, args.rate).await?;
        }
        greet(&kept, &logins)?;
        interrupts.wait().await;
        farewell("Stopping …")?;
        app.stop().await;
        farewell("Stopped. The next start goes on with the same data; --fresh starts over.")?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes sure the folder is the demo's, and clears it when asked.
fn own(data: &DataDir, fresh: bool) -> Result<()> {
    let marker = data.join(MARKER);
    let foreign = !marker.exists() && data.join("mangrove.db").exists();
    if foreign {
        bail!(
            "{} holds the data of `mangrove up`, not of the demo; choose another folder with --data DIR",
            data.root().display()
        );
    }
    if fresh {
        data.clear()?;
    }
    std::fs::write(&marker, "This folder belongs to `mangrove demo`; `--fresh` empties it.\n")
        .with_context(|| format!("cannot write {}", marker.display()))
}

fn read_accounts(path: &Path) -> Result<Vec<Login>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let kept: Credentials = serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged; start with --fresh", path.display()))?;
            Ok(kept.accounts)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn greet(kept: &Kept, logins: &[Login]) -> Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["Tài khoản / Account", "Mật khẩu / Password", "Vai trò / Role"]);
    for login in logins {
        table.add_row([login.login.as_str(), login.password.as_str(), login.name.as_str()]);
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nMangrove demo: {}\n", kept.config.url())?;
    if !kept.config.http {
        writeln!(
            out,
            "The certificate is made by this program; let the browser go on past its warning, or use --http.\n"
        )?;
    }
    writeln!(out, "{table}\n")?;
    for (name, addr) in [("UDP", kept.config.syslog_udp), ("TCP", kept.config.syslog_tcp)] {
        if let Some(addr) = addr {
            writeln!(out, "Syslog {name}: {addr}")?;
        }
    }
    writeln!(out, "Ctrl-C stops.")?;
    out.flush()?;
    Ok(())
}

fn farewell(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}
