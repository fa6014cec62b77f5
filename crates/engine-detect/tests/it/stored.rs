//! Rules taken from a cache do what rules from source do, on recorded events.

use crate::support::{catalog, content_dir, events, read};
use base_core::ContentFile;
use engine_detect::{CompileOptions, RuleCache, RuleCacheKey, RuleIdx, RulePack};
use engine_event::Event;
use engine_sigma::{RuleSet, Scratch};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

#[derive(Default)]
struct Kept(Mutex<HashMap<RuleCacheKey, Vec<u8>>>);

impl RuleCache for Kept {
    fn get(&self, key: &RuleCacheKey) -> Option<Vec<u8>> {
        self.0.lock().expect("sound").get(key).cloned()
    }

    fn put(&self, key: &RuleCacheKey, bytes: &[u8]) {
        self.0.lock().expect("sound").insert(*key, bytes.to_vec());
    }
}

/// All public rules, retired ones with their mistakes too, those that ship with the program, and
/// lists for some of the placeholders.
fn files(shared: &Path, dir: &Path) -> Vec<ContentFile> {
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), dir);
    let mut files = read(dir, &[".yml"]);
    files.extend(read(&content_dir("rules"), &[".yml"]));
    let text = "Administrators: ['adm*']\nDomainControllers: [dc1]\nknown_cdcs: [x]\n";
    files.push(ContentFile { path: "placeholders.yml".into(), text: text.into() });
    files
}

/// Recorded attacks and the samples of all sources.
fn recorded(shared: &Path) -> Vec<Event> {
    let (catalog, dir) = (catalog(), tempfile::tempdir().expect("temporary folder"));
    for archive in ["sigma/regression-data.tar.zst", "evtx/evtx-attack-samples.tar.zst"] {
        base_testkit::unpack_tar_zst(&shared.join("data").join(archive), dir.path());
    }
    let mut all = Vec::new();
    let mut folders = vec![dir.path().to_path_buf(), content_dir("sources")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| ["evtx", "log", "json"].iter().any(|known| e == *known)) {
                all.extend(events(&path, &catalog));
            }
        }
    }
    all
}

fn hits(set: &RuleSet, event: &Event, scratch: &mut Scratch) -> Vec<RuleIdx> {
    let (raw, mut hits) = (event.raw_text(), Vec::new());
    set.evaluate_with_raw(&event.logsource, &event.record, Some(&raw), scratch, &mut |rule| hits.push(rule));
    hits
}

#[test]
fn rules_from_the_cache_are_those_from_source() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let (files, tactics) = (files(&shared, dir.path()), read(&content_dir("attack"), &[".toml"]));
    let (pack, errors) = RulePack::load_with(&files, &tactics, &CompileOptions::default());
    let cache = Kept::default();
    let (_, first) = RulePack::load_cached(&files, &tactics, &cache);
    let (stored, second) = RulePack::load_cached(&files, &tactics, &cache);
    assert!(errors.len() > 5 && first == errors && second == errors);
    assert_eq!(cache.0.lock().expect("sound").len(), 1, "one set of rules, stored once");
    let infos = |pack: &RulePack| pack.infos().map(|info| format!("{info:?}")).collect::<Vec<_>>();
    assert!(infos(&pack) == infos(&stored));

    let (source, kept) = (pack.rules(), stored.rules());
    let (mut scratch, mut kept_scratch, mut fired) = (Scratch::new(), Scratch::new(), HashMap::new());
    let events = recorded(&shared);
    for (n, event) in (0_u32..).zip(&events) {
        let found = hits(source, event, &mut scratch);
        assert_eq!(found, hits(kept, event, &mut kept_scratch), "{:?}", event.record);
        // The reason why, of what fired and of one rule that did not.
        let other = RuleIdx(n % u32::try_from(source.len()).expect("few"));
        for rule in found.into_iter().chain([other]) {
            let times = fired.entry(rule).or_insert(0);
            *times += 1;
            if *times <= 20 {
                let told = |set: &RuleSet| format!("{:?}", set.explain(rule, &event.logsource, &event.record, None));
                assert_eq!(told(source), told(kept));
            }
        }
    }
    println!(
        "{} rules, {} mistakes, {} events, {} rules explained",
        pack.len(),
        errors.len(),
        events.len(),
        fired.len()
    );
    assert!(events.len() > 5_000 && fired.len() > 1_000);
}
