//! All public rules on recorded events: the engine against the slow reading of the specification.

#[path = "../../../engine-sigma/tests/it/oracle/mod.rs"]
#[allow(dead_code, reason = "other tests of the reading use the rest")]
mod oracle;

use crate::support::{catalog, events, read};
use base_core::ContentFile;
use engine_event::Event;
use engine_sigma::{CompileOptions, RuleSet, Scratch};
// The files of the slow reading use it; they belong to `engine-sigma`.
use regex as _;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most events of one file and log source that the slow reading looks at, beside those on which a rule fires.
const PER_SOURCE: usize = 4;
/// Most events on which one rule fires.
const PER_RULE: usize = 3;

fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let (mut found, mut stack) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The rules meant to be deployed, with values for their placeholders.
fn rules(shared: &Path, dir: &Path) -> (Vec<ContentFile>, CompileOptions) {
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), dir);
    let folders = ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"];
    let mut files: Vec<ContentFile> = folders.iter().flat_map(|f| read(&dir.join(f), &[".yml"])).collect();
    // Each file is one rule, so that both readings number them alike.
    files.retain(|f| !f.text.lines().any(|l| l.starts_with("correlation:")));
    let mut options = CompileOptions::default();
    for name in ["Administrators", "DomainControllers", "Workstations", "JumpServers", "Servers", "known_cdcs"] {
        options.placeholders.insert(name.to_owned(), vec!["adm*".to_owned(), "srv?".to_owned()]);
    }
    (files, options)
}

/// The message for keywords, where it is text.
fn message(event: &Event) -> Option<String> {
    let structured = event.raw.trim_ascii_start().first().is_some_and(|b| [b'{', b'[', b'<'].contains(b));
    (!structured).then(|| event.raw_text().into_owned())
}

fn hits(set: &RuleSet, event: &Event, scratch: &mut Scratch) -> Vec<usize> {
    let (raw, mut hits) = (message(event), Vec::new());
    set.evaluate_with_raw(&event.logsource, &event.record, raw.as_deref(), scratch, &mut |r| hits.push(r.index()));
    hits
}

/// A sample of the events: for each rule some on which it fires, and some of every log source of every file.
struct Sample<'a> {
    set: &'a RuleSet,
    scratch: Scratch,
    kept: Vec<(Event, Vec<usize>)>,
    fired: BTreeMap<usize, usize>,
    seen: usize,
}

impl Sample<'_> {
    fn take(&mut self, file: Vec<Event>) {
        let mut sources: BTreeMap<String, usize> = BTreeMap::new();
        for event in file {
            self.seen += 1;
            let found = hits(self.set, &event, &mut self.scratch);
            let mut new = false;
            for rule in &found {
                let times = self.fired.entry(*rule).or_default();
                *times += 1;
                new |= *times <= PER_RULE;
            }
            let of_source = sources.entry(format!("{:?}", event.logsource)).or_default();
            *of_source += 1;
            if new || *of_source <= PER_SOURCE {
                self.kept.push((event, found));
            }
        }
    }
}

#[test]
fn public_rules_on_recorded_events_agree_with_the_slow_reading() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let (files, options) = rules(&shared, dir.path());
    let (set, errors) = RuleSet::compile_with(&files, &options);
    assert!(errors.is_empty() && set.len() == files.len(), "{errors:?}");
    let mut sample = Sample { set: &set, scratch: Scratch::new(), kept: Vec::new(), fired: BTreeMap::new(), seen: 0 };
    let catalog = catalog();
    for archive in ["sigma/regression-data.tar.zst", "evtx/evtx-attack-samples.tar.zst"] {
        let unpacked = tempfile::tempdir().expect("temporary folder");
        base_testkit::unpack_tar_zst(&shared.join("data").join(archive), unpacked.path());
        for path in files_below(unpacked.path(), "evtx") {
            sample.take(events(&path, &catalog));
        }
    }
    for path in files_below(&crate::support::content_dir("sources"), "log")
        .into_iter()
        .chain(files_below(&crate::support::content_dir("sources"), "json"))
    {
        sample.take(events(&path, &catalog));
    }
    let Sample { kept, fired, seen, .. } = sample;
    let (next, pairs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let slow: Vec<_> = files.iter().map(|f| oracle::Rule::read(&f.text, &options.placeholders)).collect();
        let mut confirmed = BTreeSet::new();
        while let Some((event, found)) = kept.get(next.fetch_add(1, Ordering::Relaxed)) {
            let raw = message(event);
            let read = oracle::Event::new(&event.record, raw.as_deref());
            for (n, rule) in
                slow.iter().enumerate().filter(|(_, r)| r.applies(&event.logsource, oracle::Routing::Placed))
            {
                pairs.fetch_add(1, Ordering::Relaxed);
                let expected = rule.matches(&read);
                assert_eq!(found.contains(&n), expected, "{}\n{:?}", files[n].path, event.record);
                if expected {
                    confirmed.insert(n);
                }
            }
        }
        confirmed
    };
    let confirmed: BTreeSet<usize> = std::thread::scope(|scope| {
        let running = [scope.spawn(work), scope.spawn(work)];
        running.into_iter().flat_map(|r| r.join().expect("agreed")).collect()
    });
    println!("{} of {seen} events, {} pairs, {} rules fire", kept.len(), pairs.load(Ordering::Relaxed), fired.len());
    assert_eq!(confirmed, fired.keys().copied().collect(), "every rule that fires is confirmed");
    assert!(fired.len() > 250 && pairs.into_inner() > 1_000_000);
}
