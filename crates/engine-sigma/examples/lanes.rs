//! A lane of JSON events through the rules: what `rsigma engine eval` does, for comparison.
//!
//! `cargo run --release -p engine-sigma --example lanes -- [OPTIONS] RULES LANE.jsonl > matches.jsonl`
//!
//! Each line of the lane is one JSON object with its log source in the members `product`,
//! `category` and `service`; all other members are fields. Each match is written as one JSON
//! line: rule, title, level, line of the event. Options:
//!
//! * `--threads N` (1): threads that read, parse and match; output stays in order;
//! * `--routing placed|conflict|everything` (`placed`): `conflict` is the peer's reading of log sources;
//! * `--budget BYTES`: memory of one thread for what it saw before; `0` shows the cost without it;
//! * `--cache FOLDER`: keeps the compiled rules in the folder and takes them from there;
//! * `--count`: writes `rule<TAB>matches<TAB>title` instead of the matches;
//! * `--walk`: reads the events and asks no rule: what reading JSON into fields costs by itself.
#![allow(clippy::print_stderr, reason = "an example speaks to its user")]

use base_core::content::read_dir;
use engine_event::{Kind, LogSource, Record};
use engine_parse::decode::json::{self, Sink, scan_object};
use engine_sigma::{CompileOptions, Routing, RuleCache, RuleCacheKey, RuleSet, Scratch};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

type Failure = Box<dyn Error + Send + Sync>;

/// Bytes of the lane that a thread takes at once.
const BLOCK: usize = 128 << 10;

struct Options {
    threads: usize,
    routing: Routing,
    budget: Option<usize>,
    cache: Option<String>,
    count: bool,
    walk: bool,
    paths: Vec<String>,
}

fn options() -> Result<Options, Failure> {
    let mut options = Options {
        threads: 1,
        routing: Routing::default(),
        budget: None,
        cache: None,
        count: false,
        walk: false,
        paths: Vec::new(),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--threads" => options.threads = value()?.parse::<usize>()?.clamp(1, 64),
            "--budget" => options.budget = Some(value()?.parse()?),
            "--cache" => options.cache = Some(value()?),
            "--count" => options.count = true,
            "--walk" => options.walk = true,
            "--routing" => {
                options.routing = match value()?.as_str() {
                    "placed" => Routing::Placed,
                    "conflict" => Routing::ConflictOnly,
                    "everything" => Routing::Everything,
                    other => return Err(format!("no routing is called {other}").into()),
                }
            }
            _ => options.paths.push(arg),
        }
    }
    Ok(options)
}

fn main() -> Result<(), Failure> {
    let options = options()?;
    let [rules, lane] = options.paths.as_slice() else {
        return Err("give a folder of rules and a lane of JSON lines".into());
    };
    let start = Instant::now();
    let (files, _) = read_dir(Path::new(rules), &[".yml"])?;
    let compile = CompileOptions { routing: options.routing, ..CompileOptions::default() };
    let (set, errors, kept) = match &options.cache {
        Some(folder) => RuleSet::compile_cached(&files, &compile, &Folder(folder.into())),
        None => {
            let (set, errors) = RuleSet::compile_with(&files, &compile);
            (set, errors, false)
        }
    };
    let loaded = start.elapsed();
    let how = if kept { "from the cache" } else { "from source" };
    eprintln!("{} rules loaded {how} in {loaded:.2?}, {} mistakes", set.len(), errors.len());
    let start = Instant::now();
    let (events, matches) = run(&set, Path::new(lane), &options)?;
    eprintln!("{events} events, {matches} matches in {:.2?}", start.elapsed());
    // The process ends: giving the memory back piece by piece would only take time.
    std::mem::forget((set, files));
    Ok(())
}

/// Compiled rules in a folder.
struct Folder(PathBuf);

impl RuleCache for Folder {
    fn get(&self, key: &RuleCacheKey) -> Option<Vec<u8>> {
        std::fs::read(self.0.join(key.to_hex())).ok()
    }

    fn put(&self, key: &RuleCacheKey, bytes: &[u8]) {
        let written = std::fs::create_dir_all(&self.0).and_then(|()| std::fs::write(self.0.join(key.to_hex()), bytes));
        if let Err(error) = written {
            eprintln!("compiled rules are not kept: {error}");
        }
    }
}

fn run(set: &RuleSet, lane: &Path, options: &Options) -> Result<(u64, u64), Failure> {
    let (put, get) = sync_channel::<(usize, Done)>(options.threads * 2);
    let pieces = Mutex::new(Pieces { file: File::open(lane)?, rest: Vec::new(), next: 0, ended: false });
    let heads: Vec<String> = set.rules().map(|m| head(&m.id, &m.title, m.level.as_str())).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.threads)
            .map(|_| {
                let (put, pieces, heads) = (put.clone(), &pieces, &heads);
                scope.spawn(move || work(set, heads, options, pieces, &put))
            })
            .collect();
        drop(put);
        let totals = gather(&get, set, options.count)?;
        for worker in workers {
            worker.join().map_err(|_| "a worker stopped")??;
        }
        Ok(totals)
    })
}

/// The lane, of which each thread takes the next piece.
struct Pieces {
    file: File,
    /// What was read of the line that the last piece broke off.
    rest: Vec<u8>,
    next: usize,
    ended: bool,
}

impl Pieces {
    /// Fills `block` with whole lines; their place in the order, or `None` after the last.
    fn take(&mut self, block: &mut Vec<u8>) -> io::Result<Option<usize>> {
        block.clear();
        if self.ended {
            return Ok(None);
        }
        block.append(&mut self.rest);
        loop {
            block.reserve(BLOCK);
            let read = Read::take(&mut self.file, BLOCK as u64).read_to_end(block)?;
            if read == 0 {
                self.ended = true;
                block.push(b'\n');
                break;
            }
            if let Some(end) = memchr::memrchr(b'\n', block) {
                self.rest.extend_from_slice(block.get(end + 1..).unwrap_or_default());
                block.truncate(end + 1);
                break;
            }
        }
        self.next += 1;
        Ok(Some(self.next - 1))
    }
}

struct Done {
    events: u64,
    matches: u64,
    output: Vec<u8>,
    counts: Vec<u64>,
}

fn work(
    set: &RuleSet,
    heads: &[String],
    options: &Options,
    pieces: &Mutex<Pieces>,
    put: &SyncSender<(usize, Done)>,
) -> io::Result<()> {
    let mut scratch = options.budget.map_or_else(Scratch::new, Scratch::with_budget);
    let (mut lane, mut block) = (Lane::default(), Vec::new());
    loop {
        let taken = pieces.lock().unwrap_or_else(PoisonError::into_inner).take(&mut block)?;
        let Some(number) = taken else {
            eprintln!("{:?}", scratch.effort());
            return Ok(());
        };
        let counts = if options.count { vec![0; set.len()] } else { Vec::new() };
        let mut done = Done { events: 0, matches: 0, output: Vec::new(), counts };
        let mut rest = block.as_slice();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            if line.is_empty() {
                continue;
            }
            let Ok(text) = std::str::from_utf8(line) else { continue };
            lane.read(text);
            done.events += 1;
            if options.walk {
                continue;
            }
            set.evaluate(&lane.source, &lane.record, &mut scratch, &mut |rule| {
                done.matches += 1;
                if let Some(count) = done.counts.get_mut(rule.index()) {
                    *count += 1;
                } else if let Some(head) = heads.get(rule.index()) {
                    done.output.extend_from_slice(head.as_bytes());
                    // The place in the piece is made the line of the lane when it is written.
                    done.output.extend_from_slice(done.events.to_string().as_bytes());
                    done.output.extend_from_slice(b"}\n");
                }
            });
        }
        if put.send((number, done)).is_err() {
            return Ok(());
        }
    }
}

/// Writes what comes back in the order of the lane.
fn gather(get: &Receiver<(usize, Done)>, set: &RuleSet, count: bool) -> Result<(u64, u64), Failure> {
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let (mut waiting, mut next, mut totals) = (BTreeMap::new(), 0, (0, 0));
    let mut counts = vec![0_u64; set.len()];
    for (number, done) in get {
        waiting.insert(number, done);
        while let Some(done) = waiting.remove(&next) {
            write_lines(&mut out, &done.output, totals.0)?;
            totals = (totals.0 + done.events, totals.1 + done.matches);
            counts.iter_mut().zip(&done.counts).for_each(|(all, n)| *all += n);
            next += 1;
        }
    }
    if count {
        for (meta, n) in set.rules().zip(&counts).filter(|(_, n)| **n > 0) {
            writeln!(out, "{}\t{n}\t{}", meta.id, meta.title)?;
        }
    }
    out.flush()?;
    Ok(totals)
}

/// Writes matches with the line of the lane instead of the line of the piece.
fn write_lines(out: &mut impl Write, lines: &[u8], before: u64) -> io::Result<()> {
    if before == 0 {
        return out.write_all(lines);
    }
    for line in lines.split_inclusive(|b| *b == b'\n') {
        let at = memchr::memrchr(b':', line).map_or(0, |at| at + 1);
        let (head, number) = line.split_at(at);
        let number: u64 =
            std::str::from_utf8(number).ok().and_then(|n| n.trim_end_matches("}\n").parse().ok()).unwrap_or(0);
        out.write_all(head)?;
        writeln!(out, "{}}}", before + number)?;
    }
    Ok(())
}

fn head(id: &str, title: &str, level: &str) -> String {
    let value = serde_json::json!({ "rule": id, "title": title, "level": level }).to_string();
    format!("{},\"line\":", value.trim_end_matches('}'))
}

/// One event of the lane.
#[derive(Default)]
struct Lane {
    record: Record,
    source: LogSource,
    scratch: json::Scratch,
    hints: Hints,
}

/// The members that name the log source.
#[derive(Default)]
struct Hints {
    texts: [String; 3],
    present: [bool; 3],
}

impl Lane {
    fn read(&mut self, text: &str) {
        self.record.clear();
        self.hints.present = [false; 3];
        let mut fields = Fields { record: &mut self.record, hints: &mut self.hints };
        scan_object(text, &mut self.scratch, &mut fields);
        let names = [&self.source.product, &self.source.category, &self.source.service];
        let hints = || self.hints.texts.iter().zip(self.hints.present).map(|(t, p)| p.then_some(t.as_str()));
        if !names.into_iter().map(Option::as_deref).eq(hints()) {
            let mut hints = hints();
            let mut next = || hints.next().flatten();
            self.source = LogSource::new(next(), next(), next());
        }
    }
}

struct Fields<'a> {
    record: &'a mut Record,
    hints: &'a mut Hints,
}

impl Sink for Fields<'_> {
    fn value(&mut self, path: &str, text: &str, kind: Kind, in_list: bool) -> bool {
        let hint = match path {
            "product" => Some(0),
            "category" => Some(1),
            "service" => Some(2),
            _ => None,
        };
        if let Some(((slot, present), _)) =
            hint.and_then(|n| self.hints.texts.iter_mut().zip(&mut self.hints.present).zip(0..).nth(n))
        {
            slot.clear();
            slot.push_str(text);
            *present = true;
        }
        if in_list { self.record.push_element(path, text, kind) } else { self.record.push(path, text, kind) }
    }
}
