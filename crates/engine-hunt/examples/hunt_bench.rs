//! Hunts without a terminal and prints one line of figures: for benchmarks in a release build.
//!
//! `hunt_bench SOURCES_DIR RULES_DIR TACTICS_DIR THREADS jsonl|table PATH…`
#![allow(clippy::print_stderr, reason = "an example speaks to its user")]

use base_core::{Lang, Severity, SystemClock};
use engine_detect::RulePack;
use engine_hunt::output::{NoStream, html, json::JsonLines};
use engine_hunt::{Control, HuntOptions, Hunter, Inputs, Sink, Words, load_rules_dir, rules};
use engine_parse::Catalog;
use std::error::Error;
use std::io::{BufWriter, Write, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [sources, rule_dir, tactics, threads, form, paths @ ..] = args.as_slice() else {
        return Err("usage: hunt_bench SOURCES_DIR RULES_DIR TACTICS_DIR THREADS jsonl|html|none PATH…".into());
    };
    let began = Instant::now();
    let (sources, _) = base_core::content::read_dir(Path::new(sources), &[".toml"])?;
    let (catalog, mistakes) = Catalog::load(&sources);
    let loaded = load_rules_dir(Path::new(rule_dir))?;
    let (tactics, _) = base_core::content::read_dir(Path::new(tactics), &[".toml"])?;
    let (pack, errors) = RulePack::load(&loaded.files, &tactics);
    let options = HuntOptions {
        threads: threads.parse()?,
        level: Severity::Informational,
        from: None,
        to: None,
        lang: Lang::Vi,
        keep_event: form == "jsonl",
    };
    let hunter = Hunter::new(Arc::new(catalog), Arc::new(pack), options);
    let ready = began.elapsed();
    let skips = mistakes.iter().chain(&errors).map(rules::skip_of).collect();
    let mut lines = JsonLines::new(BufWriter::new(stdout()));
    let mut nothing = NoStream;
    let sink: &mut dyn Sink = if form == "jsonl" { &mut lines } else { &mut nothing };
    let report = hunter.run(Inputs::gather(paths), skips, &SystemClock, &Control::default(), sink)?;
    let (hunt, whole) = (began.elapsed() - ready, began.elapsed());
    if form == "html" {
        stdout().write_all(html::render(&report, &Words::new(Lang::Vi)).as_bytes())?;
    }
    let rate = f64::from(u32::try_from(report.events.read)?) / hunt.as_secs_f64();
    eprintln!(
        "rules {} load {:.3} s hunt {:.3} s whole {:.3} s events {} rate {rate:.0}/s detections {} inputs {}/{} skips {}",
        report.rules,
        ready.as_secs_f64(),
        hunt.as_secs_f64(),
        whole.as_secs_f64(),
        report.events.read,
        report.detections(),
        report.inputs_read,
        report.inputs,
        report.skips.total(),
    );
    Ok(())
}
