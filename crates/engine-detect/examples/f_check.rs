//! scratch
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used
)]
use base_core::{Lang, Timestamp};
use engine_detect::*;
use engine_event::EventId;
use engine_parse::*;
use std::sync::Arc;
fn main() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (files, e) = base_core::content::read_dir(&root.join("content/rules"), &[".yml"]).unwrap();
    for e in e {
        println!("READ {e}");
    }
    let (tactics, _) = base_core::content::read_dir(&root.join("content/attack"), &[".toml"]).unwrap();
    let (src, _) = base_core::content::read_dir(&root.join("content/sources"), &[".toml"]).unwrap();
    let (catalog, e) = Catalog::load(&src);
    for e in e {
        println!("SRC {e}");
    }
    let catalog = Arc::new(catalog);
    let rules: Vec<_> = files.iter().filter(|f| !f.path.ends_with(".test.yml")).cloned().collect();
    let (pack, e) = RulePack::load(&rules, &tactics);
    for e in e {
        println!("RULE {e}");
    }
    let pack = Arc::new(pack);
    let report = rule_tests::run(&pack, &catalog, &files);
    for f in &report.failures {
        println!("FAIL {f}");
    }
    println!("passed {} failed {} untested {:?}", report.passed, report.failures.len(), report.untested);
    for f in files.iter().filter(|f| f.path.ends_with(".test.yml")) {
        let t: rule_tests::TestFile = serde_yaml_ng::from_str(&f.text).unwrap();
        for c in &t.fires {
            let mut parser = Parser::new(Arc::clone(&catalog), ParserOptions::default());
            let mut det = Detector::new(Arc::clone(&pack));
            let mut shown = false;
            for (n, v) in c.events.iter().enumerate() {
                let text = match v {
                    serde_json::Value::String(s) => s.clone(),
                    o => o.to_string(),
                };
                let r = Raw {
                    bytes: text.as_bytes(),
                    received: Timestamp::parse_rfc3339("2026-11-22T10:00:00+07:00").unwrap(),
                    hint: Some(&c.source),
                    peer: Some("h.example"),
                    transport: Transport::Syslog,
                };
                let ev = parser.parse(&r, EventId::from_journal(0, n as u64));
                let mut out = vec![];
                det.observe(&ev, &mut out);
                for d in out {
                    let own = d.rule.file.replace(".yml", ".test.yml") == f.path;
                    if !own {
                        println!("ALSO {} / {} -> {}", f.path, c.name, d.rule.file);
                        continue;
                    }
                    if shown {
                        continue;
                    }
                    shown = true;
                    for l in [Lang::Vi, Lang::En] {
                        let x = d.rule.explain_for(l, &ev);
                        let all = format!("{} | {} | {}", x.what, x.why, x.do_now.join(" | "));
                        if all.contains('…') {
                            println!("DOTS {} {all}", d.rule.file);
                        } else if l == Lang::Vi {
                            println!("  vi {}: {}", d.rule.level.as_str(), x.what);
                        }
                    }
                }
            }
        }
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().map(String::as_str) == Some("--lines") {
        let mut parser = Parser::new(Arc::clone(&catalog), ParserOptions::default());
        let mut counts: std::collections::BTreeMap<String, (usize, String, std::collections::BTreeSet<String>)> =
            Default::default();
        let (mut n, mut un) = (0u64, 0u64);
        for file in &args[1..] {
            let mut det = Detector::new(Arc::clone(&pack));
            let bytes = std::fs::read(file).unwrap();
            for line in bytes.split(|b| *b == b'\n') {
                if line.is_empty() {
                    continue;
                }
                let text = String::from_utf8_lossy(line).into_owned();
                let text = match serde_json::from_str::<serde_json::Value>(&text) {
                    Ok(v) if v.get("event").is_some() => v["event"].to_string(),
                    _ => text,
                };
                let r = Raw {
                    bytes: text.as_bytes(),
                    received: Timestamp::parse_rfc3339("2026-11-22T10:00:00+07:00").unwrap(),
                    hint: None,
                    peer: None,
                    transport: Transport::File,
                };
                let ev = parser.parse(&r, EventId::from_journal(1, n));
                n += 1;
                if ev.marks.unparsed {
                    un += 1;
                }
                let mut out = vec![];
                det.observe(&ev, &mut out);
                for d in out {
                    let x = d.rule.explain_for(Lang::En, &ev).what;
                    let e = counts.entry(d.rule.file.to_string()).or_insert_with(|| (0, x.clone(), Default::default()));
                    e.0 += 1;
                    if e.2.len() < 4 {
                        e.2.insert(x);
                    }
                }
            }
        }
        println!("{n} events, {un} unparsed");
        for (k, (c, _, x)) in counts {
            println!("{c:6} {k}");
            for x in x {
                println!("          {}", x.chars().take(230).collect::<String>());
            }
        }
        return;
    }
    let Some(dump) = std::env::args().nth(1) else { return };
    let mut parser = Parser::new(Arc::clone(&catalog), ParserOptions::default());
    let mut det = Detector::new(Arc::clone(&pack));
    let (mut counts, mut unparsed, mut kinds, mut examples, mut dots) =
        (std::collections::BTreeMap::new(), 0, std::collections::BTreeMap::new(), std::collections::BTreeMap::new(), 0);
    let t0 = std::time::Instant::now();
    let text = std::fs::read_to_string(dump).unwrap();
    let mut n = 0u64;
    for line in text.lines() {
        let v: serde_json::Value = serde_json::from_str(line).unwrap();
        let at = Timestamp::from_micros(v["at"].as_i64().unwrap());
        let raw = v["raw"].as_str().unwrap();
        let r = Raw {
            bytes: raw.as_bytes(),
            received: at.plus_micros(50_000),
            hint: v["kind"].as_str(),
            peer: v["peer"].as_str(),
            transport: if v["via"] == "Http" { Transport::Http } else { Transport::Syslog },
        };
        let ev = parser.parse(&r, EventId::from_journal(1, n));
        n += 1;
        if ev.marks.unparsed
            || ev.marks.no_time
            || &*ev.kind != v["kind"].as_str().unwrap()
            || (ev.time.as_micros() - at.as_micros()).abs() > 1_100_000
            || ev.common.host_name.is_none()
        {
            unparsed += 1;
            if unparsed < 12 {
                println!(
                    "ODD {} vs {} {:?} time {} vs {at} host {:?}: {raw}",
                    ev.kind, v["kind"], ev.marks, ev.time, ev.common.host_name
                );
            }
        }
        *kinds
            .entry(format!(
                "{} {:?}/{:?}/{:?}",
                ev.kind, ev.logsource.product, ev.logsource.category, ev.logsource.service
            ))
            .or_insert(0) += 1;
        let mut out = vec![];
        det.observe(&ev, &mut out);
        for d in out {
            let story = v["story"].as_str().unwrap_or("-").to_owned();
            *counts.entry((story.clone(), d.rule.file.to_string())).or_insert(0) += 1;
            let x = d.rule.explain_for(Lang::Vi, &ev);
            let all = format!("{} | {} | {}", x.what, x.why, x.do_now.join(" | "));
            if all.contains('…') {
                dots += 1;
                println!("DOTS {} {all}", d.rule.file);
            }
            examples.entry((story, d.rule.file.to_string())).or_insert_with(|| {
                format!("{} [{} {:?}] {}", x.what, d.entity.name, d.entity.kind, if false { raw } else { "" })
            });
        }
    }
    println!("{n} events {:?} odd {unparsed} dots {dots}", t0.elapsed());
    for (k, c) in kinds {
        println!("{c:7} {k}");
    }
    for (k, c) in counts {
        println!("{c:6} {:14} {:45} {}", k.0, k.1, examples[&k]);
    }
}
