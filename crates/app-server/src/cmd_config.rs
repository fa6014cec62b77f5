//! `mangrove config`: the settings of a server, without starting it.

use crate::config::{Config, Defaults, ServeArgs};
use crate::hunt::Tongue;
use anyhow::Result;
use base_core::Lang;
use base_settings::{manual, show, texts};
use clap::{Args, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// Look at the settings of the server.
#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Name every mistake in the configuration file, environment and flags; ends with 1 if there is one.
    Check(Asked),
    /// Say what holds and where each value comes from; secrets are masked.
    Show(Asked),
    /// Explain every setting, in Markdown.
    Manual {
        /// Language of the manual
        #[arg(long, value_enum, env = "MANGROVE_LANG", default_value_t = Tongue::Vi)]
        lang: Tongue,
    },
}

#[derive(Args, Debug)]
struct Asked {
    #[command(flatten)]
    serve: ServeArgs,
    /// Language of the answer
    #[arg(long, value_enum, env = "MANGROVE_LANG", default_value_t = Tongue::Vi)]
    lang: Tongue,
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(args: &ConfigArgs) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &args.what {
        What::Manual { lang } => {
            write!(out, "{}", manual(Lang::from(*lang)))?;
            Ok(ExitCode::SUCCESS)
        }
        What::Check(asked) => check(asked, &mut out),
        What::Show(asked) => {
            let tr = texts(asked.lang.into());
            let (_, settings, _) = asked.serve.look_up(Defaults::UP);
            write!(out, "{}", show(&settings, &tr))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(asked: &Asked, out: &mut impl Write) -> Result<ExitCode> {
    let tr = texts(asked.lang.into());
    let (file, settings, mut mistakes) = asked.serve.look_up(Defaults::UP);
    // What settings mean together can only be said of settings that are right by themselves.
    if mistakes.iter().all(|mistake| mistake.harmless)
        && let Err(wrong) = Config::of(&settings, file.clone())
    {
        mistakes.push(wrong);
    }
    for mistake in &mistakes {
        writeln!(out, "{}", mistake.text(&tr))?;
    }
    let file = file.map_or_else(|| tr.t("setting-check-no-file"), |file| file.display().to_string());
    let wrong = mistakes.iter().filter(|mistake| !mistake.harmless).count();
    writeln!(out, "{}", tr.ta("setting-check-end", &[("file", &file), ("n", &wrong)]))?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
