//! `mangrove hunt`: the terminal face of `engine-hunt`.
//!
//! The result goes to standard output or a file; progress, messages and (for the forms other
//! than tables) a short summary go to standard error. Exit status: 0 when everything was
//! read, 2 when something was skipped, 1 when nothing could be done.

mod args;
pub(crate) mod lists;
mod progress;
mod stored;
mod table;
mod target;

pub(crate) use args::{HuntArgs, Tongue, parse_end, parse_time};

use crate::content;
use crate::rule_cache::RuleFolder;
use anyhow::{Context, Result, bail};
use args::Form;
use base_core::{ContentError, ContentFile, Lang, SystemClock};
use engine_detect::RulePack;
use engine_detect::behaviours::Behaviours;
use engine_hunt::output::{NoStream, csv::Csv, html, json::Json, json::JsonLines};
use engine_hunt::{
    Control, HuntError, HuntOptions, Hunter, Inputs, Outcome, Report, Sink, Skip, Words, load_rules_dir, rules,
};
use engine_parse::Catalog;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use stored::Stored;
use target::Target;

/// Runs the command.
///
/// # Errors
/// When nothing could be done: no rules, no input, or the output cannot be written.
pub(crate) fn run(args: &HuntArgs) -> Result<ExitCode> {
    let words = Words::new(Lang::from(args.lang));
    if args.output == Form::Html && args.output_file.is_none() && io::stdout().is_terminal() {
        bail!("a page on the terminal helps nobody; add --output-file FILE.html or redirect the output");
    }
    let (hunter, rule_skips) = hunter(args, &words)?;
    let prey = if args.lake {
        Prey::Stored(Box::new(Stored::open(args, &hunter, &words)?))
    } else {
        Prey::Files(files(args)?)
    };
    let control = Control::default();
    stop_on_ctrl_c(&control, &words)?;
    let (target, out) = Target::open(args.output_file.as_deref(), args.output == Form::Csv)?;
    match write(args, &words, &hunter, prey, rule_skips, &control, out) {
        Ok(report) => {
            target.finish()?;
            finish(args, &words, &report)
        }
        Err(HuntError::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => {
            // The reader of the pipe (`| head`) has seen enough: that is no failure.
            target.finish()?;
            Ok(ExitCode::SUCCESS)
        }
        Err(e) => {
            target.discard();
            let to = args.output_file.as_deref().map_or("standard output".into(), Path::to_string_lossy);
            Err(e).with_context(|| {
                format!("cannot write the result to {to}; free some space or name another --output-file")
            })
        }
    }
}

/// What is hunted through.
enum Prey {
    Files(Inputs),
    Stored(Box<Stored>),
}

/// The files that were named.
fn files(args: &HuntArgs) -> Result<Inputs> {
    let mut inputs = Inputs::gather(&args.paths);
    if let Some(own) = args.output_file.as_deref() {
        inputs.leave_out(own);
    }
    if inputs.list.is_empty() {
        let lines: Vec<String> =
            inputs.skips.iter().map(|s| format!("{}: {}; {}", s.input, s.reason, s.remedy)).collect();
        bail!("nothing to read\n{}", lines.join("\n"));
    }
    Ok(inputs)
}

/// Loads sources and rules. Mistakes in single rules are skips; no rules at all is an error.
fn hunter(args: &HuntArgs, words: &Words) -> Result<(Hunter, Vec<Skip>)> {
    let mut errors = Vec::new();
    let mut files = Vec::new();
    for dir in &args.rules {
        let loaded = load_rules_dir(dir).with_context(|| {
            format!("cannot read the rules in {}; name a folder of *.yml or one rule file", dir.display())
        })?;
        if loaded.files.is_empty() && loaded.errors.is_empty() {
            bail!("no Sigma rules in {}; name a folder that holds *.yml files with a detection", dir.display());
        }
        if !loaded.left_out.is_empty() && !args.quiet {
            let folders = loaded.left_out.join(", ");
            tell(&words.ta("hunt-rules-left-out", &[("folders", &folders)]));
        }
        files.extend(loaded.files);
        errors.extend(loaded.errors);
    }
    if args.rules.is_empty() {
        files = content::embedded("rules", &[".yml"]);
        files.retain(|f: &ContentFile| !f.path.ends_with(".test.yml"));
    }
    let (behaving, files): (Vec<ContentFile>, _) = files.into_iter().partition(|f| Behaviours::describes(&f.text));
    let (catalog, mistakes) = Catalog::load(&content::embedded("sources", &[".toml"]));
    errors.extend(mistakes);
    let tactics = content::embedded("attack", &[".toml"]);
    let (pack, mistakes) = match RuleFolder::of_user().filter(|_| !args.no_rule_cache) {
        Some(cache) => RulePack::load_cached(&files, &tactics, &cache),
        None => RulePack::load(&files, &tactics),
    };
    errors.extend(mistakes);
    let behaviours = behaviours(args, behaving, &tactics, &mut errors)?;
    let mut skips: Vec<Skip> = errors.iter().map(rules::skip_of).collect();
    let options = HuntOptions {
        threads: args.threads.map_or_else(default_threads, usize::from),
        level: args.level.into(),
        from: args.from,
        to: args.to,
        lang: args.lang.into(),
        keep_event: engine_hunt::OutputFormat::from(args.output).wants_event(),
    };
    let mut hunter = Hunter::new(Arc::new(catalog), Arc::new(pack), options).with_behaviours(Arc::new(behaviours));
    if !args.indicators.is_empty() {
        let (store, read, mistakes) = lists::read(&args.indicators, &args.allow)?;
        skips.extend(read.iter().flat_map(|r| &r.report.mistakes).chain(&mistakes).map(wrong_line));
        if !args.quiet {
            let n = store.counts().0.total();
            tell(&words.ta("hunt-indicators", &[("n", &n), ("lists", &read.len())]));
        }
        hunter = hunter.with_indicators(store);
    }
    if hunter.rule_count() == 0 {
        let lines: Vec<String> = errors.iter().take(20).map(ToString::to_string).collect();
        bail!("not one rule can be used\n{}", lines.join("\n"));
    }
    Ok((hunter, skips))
}

/// The built-in behaviours beside the built-in rules; beside other rules those of their folders.
fn behaviours(
    args: &HuntArgs,
    own: Vec<ContentFile>,
    tactics: &[ContentFile],
    errors: &mut Vec<ContentError>,
) -> Result<Behaviours> {
    if args.no_behaviours {
        return Ok(Behaviours::default());
    }
    let files = if args.rules.is_empty() { content::embedded("behaviours", &[".yml"]) } else { own };
    let (behaviours, mistakes) = content::behaviours(&files, tactics, None)?;
    errors.extend(mistakes);
    Ok(behaviours)
}

/// A line of a list that is no indicator, as a skip of the report.
fn wrong_line(error: &ContentError) -> Skip {
    let mut skip = Skip::input(error.file.clone(), error.message.clone(), error.remedy.clone());
    skip.place = error.line.map_or_else(String::new, |line| format!("line {line}"));
    skip
}

fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Hunts with a progress bar where there is a terminal, and writes the result.
fn write(
    args: &HuntArgs,
    words: &Words,
    hunter: &Hunter,
    prey: Prey,
    rule_skips: Vec<Skip>,
    control: &Control,
    mut out: Box<dyn Write + Send>,
) -> Result<Report, HuntError> {
    // Files are measured in bytes, stored events are counted.
    let total = match &prey {
        Prey::Files(inputs) => inputs.total_bytes(),
        Prey::Stored(stored) => stored.events,
    };
    let hunt = |sink: &mut dyn Sink| {
        let (done, ticks) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            if !args.quiet && io::stderr().is_terminal() {
                let ticks = ticks;
                scope.spawn(move || progress::draw(control, total, words, &ticks));
            }
            let result = match prey {
                Prey::Files(inputs) => hunter.run(inputs, rule_skips, &SystemClock, control, sink),
                Prey::Stored(stored) => stored.run(hunter, rule_skips, control, sink),
            };
            drop(done);
            result
        })
    };
    match args.output {
        Form::Json => hunt(&mut Json::new(out)),
        Form::Jsonl => hunt(&mut JsonLines::new(out)),
        Form::Csv => hunt(&mut Csv::new(out)),
        Form::Table | Form::Html => {
            let report = hunt(&mut NoStream)?;
            let text = if args.output == Form::Html {
                html::render(&report, words)
            } else {
                let to_terminal = args.output_file.is_none() && io::stdout().is_terminal();
                table::render(&report, words, to_terminal && std::env::var_os("NO_COLOR").is_none())
            };
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(HuntError::Output)?;
            Ok(report)
        }
    }
}

fn finish(args: &HuntArgs, words: &Words, report: &Report) -> Result<ExitCode> {
    if !args.quiet {
        if args.output != Form::Table || args.output_file.is_some() {
            let mut text = table::facts(report, words);
            if args.output != Form::Table {
                text.push_str(&table::skip_lines(report, words));
            }
            tell(text.trim_end());
        }
        if let Some(file) = &args.output_file {
            tell(&words.ta("hunt-written", &[("file", &file.to_string_lossy())]));
        }
    }
    match report.outcome() {
        Outcome::Complete => Ok(ExitCode::SUCCESS),
        Outcome::Partial => Ok(ExitCode::from(2)),
        Outcome::Nothing => bail!("nothing could be read\n{}", table::skip_lines(report, words).trim_end()),
    }
}

/// A line on standard error; a closed standard error is nobody's loss.
fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The first Ctrl-C ends the hunt with what it has; the second leaves at once.
fn stop_on_ctrl_c(control: &Control, words: &Words) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot listen for Ctrl-C")?;
    let (stop, stopping, quiet) = (control.clone(), words.t("hunt-stopping"), !io::stderr().is_terminal());
    std::thread::spawn(move || {
        runtime.block_on(async move {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            stop.stop();
            if !quiet {
                tell(&format!("\n{stopping}"));
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                leave_at_once();
            }
        });
    });
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the person asked twice; waiting for a blocked read would ignore them")]
fn leave_at_once() -> ! {
    /// 128 + SIGINT, as shells report it.
    const INTERRUPTED: i32 = 130;
    std::process::exit(INTERRUPTED)
}
