//! The shared data sets: real EVTX files with the whole of SigmaHQ, and logs of other kinds.

use crate::support::{SSH_RULE, hunt_with, hunter, hunter_of, options};
use base_core::ContentFile;
use engine_hunt::{Outcome, Report, SkipKind, load_rules_dir};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn sigma(shared: &Path, into: &Path) -> Vec<ContentFile> {
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), into);
    let loaded = load_rules_dir(into).expect("lists");
    assert_eq!(loaded.errors, []);
    assert!(loaded.files.len() > 3_700, "{}", loaded.files.len());
    assert_eq!(loaded.left_out, ["deprecated", "rules-placeholder", "unsupported"]);
    loaded.files
}

/// Records per file as the data set says.
fn expected_records(tsv: &Path) -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(tsv).expect("reads");
    text.lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split('\t');
            let path = cells.next().expect("path").to_owned();
            (path, cells.nth(1).expect("records").parse().expect("a number"))
        })
        .collect()
}

fn records_by_file(report: &Report, root: &Path) -> BTreeMap<String, u64> {
    let below = |name: &str| Path::new(name).strip_prefix(root).expect("below").to_string_lossy().into_owned();
    report.by_input.iter().filter(|(n, _)| n.ends_with(".evtx")).map(|(n, t)| (below(n), t.events)).collect()
}

#[test]
fn every_record_of_the_attack_samples_is_read_and_threads_change_nothing() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let (rules, logs) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let files = sigma(&shared, rules.path());
    base_testkit::unpack_tar_zst(&shared.join("data/evtx/evtx-attack-samples.tar.zst"), logs.path());
    let evtx: Vec<PathBuf> = evtx_below(logs.path());
    let mut runs = Vec::new();
    for threads in [1, 4] {
        let (hunter, skips) = hunter_of(&files, options(threads));
        let mistakes: Vec<_> = skips.iter().filter(|s| s.kind != SkipKind::Placeholder).collect();
        assert!(mistakes.is_empty(), "every SigmaHQ rule loads: {mistakes:?}");
        assert!(skips.len() < 10, "{skips:?}");
        runs.push(hunt_with(&hunter, skips, &evtx));
    }
    let (report, found) = &runs[0];
    assert_eq!(found, &runs[1].1, "one and four threads");
    assert_eq!(
        records_by_file(report, logs.path()),
        expected_records(&shared.join("data/evtx/evtx-attack-samples-records.tsv"))
    );
    assert_eq!(report.outcome(), Outcome::Complete, "{:?}", report.skips.kept());
    assert_eq!(report.events.unparsed, 0);
    assert_eq!(report.events.no_time, 0);
    assert!(report.by_host.iter().all(|(name, _)| !name.is_empty()), "every event names its machine");
    compare_with_reference(report, &shared);
}

fn evtx_below(dir: &Path) -> Vec<PathBuf> {
    let inputs = engine_hunt::Inputs::gather(&[dir]);
    inputs
        .list
        .iter()
        .map(|i| PathBuf::from(i.name.as_ref()))
        .filter(|p| p.extension().is_some_and(|e| e == "evtx"))
        .collect()
}

/// An independent evaluator's hits: a difference is a question, so only a wide one fails.
fn compare_with_reference(report: &Report, shared: &Path) {
    let text =
        std::fs::read_to_string(shared.join("data/sigma/reference-hits-evtx-attack-samples.tsv")).expect("reads");
    let reference: BTreeSet<&str> = text.lines().skip(1).filter_map(|l| l.split('\t').nth(1)).collect();
    let fired: BTreeSet<&str> = report.by_rule.keys().map(AsRef::as_ref).collect();
    let missing: Vec<_> = reference.difference(&fired).collect();
    assert!(missing.len() * 50 <= reference.len(), "rules that should have fired: {missing:?}");
}

#[test]
fn damaged_evtx_files_give_every_record_they_hold() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let logs = tempfile::tempdir().expect("folder");
    base_testkit::unpack_tar_zst(&shared.join("data/evtx/evtx-parser-samples.tar.zst"), logs.path());
    let (hunter, skips) = hunter(&[SSH_RULE], options(2));
    let (report, _) = hunt_with(&hunter, skips, &evtx_below(logs.path()));
    assert_eq!(
        records_by_file(&report, logs.path()),
        expected_records(&shared.join("data/evtx/evtx-parser-samples-records.tsv"))
    );
}

#[test]
fn a_corrupt_chunk_costs_that_chunk_only() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let logs = tempfile::tempdir().expect("folder");
    base_testkit::unpack_tar_zst(&shared.join("data/evtx/evtx-parser-samples.tar.zst"), logs.path());
    let whole = evtx_below(logs.path()).into_iter().find(|p| p.ends_with("data/security.evtx")).expect("in the set");
    let mut bytes = std::fs::read(&whole).expect("reads");
    // File header 4 KiB, chunks of 64 KiB: overwrite most of the third one.
    let third = 4_096 + 2 * 65_536;
    bytes[third + 64..third + 60_000].fill(0xA5);
    let broken = logs.path().join("broken.evtx");
    std::fs::write(&broken, &bytes).expect("written");
    let cut = logs.path().join("cut.evtx");
    std::fs::write(&cut, &bytes[..third + 30_000]).expect("written");
    let (hunter, skips) = hunter(&[SSH_RULE], options(2));
    let (report, _) = hunt_with(&hunter, skips, &[&whole, &broken, &cut]);
    let events = |name: &str| report.by_input.iter().find(|(n, _)| n.ends_with(name)).map_or(0, |(_, t)| t.events);
    assert_eq!(events("data/security.evtx"), 2_261);
    assert!(events("broken.evtx") > 2_000 && events("broken.evtx") < 2_261, "{}", events("broken.evtx"));
    assert!(events("cut.evtx") > 50, "{}", events("cut.evtx"));
    for name in ["broken.evtx", "cut.evtx"] {
        let skip = report.skips.kept().iter().find(|s| s.input.ends_with(name));
        let skip = skip.unwrap_or_else(|| panic!("{name} is not among {:?}", report.skips.kept()));
        assert!(!skip.place.is_empty() && !skip.remedy.is_empty(), "{skip:?}");
    }
    assert_eq!(report.outcome(), Outcome::Partial);
}

#[test]
fn logs_of_other_kinds_are_recognised() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let logs = tempfile::tempdir().expect("folder");
    base_testkit::unpack_tar_zst(&shared.join("data/logs/loghub-2k.tar.zst"), logs.path());
    let paths = [
        logs.path().join("OpenSSH/OpenSSH_2k.log"),
        logs.path().join("Linux/Linux_2k.log"),
        shared.join("data/logs/suricata/eve-alerts-wrccdc-2017.jsonl"),
        shared.join("data/logs/suricata/eve-test6-malicious.jsonl.zst"),
    ];
    let (hunter, skips) = hunter(&[SSH_RULE], options(2));
    let (report, found) = hunt_with(&hunter, skips, &paths);
    assert_eq!(report.inputs_read, 4, "{:?}", report.skips.kept());
    // A few lines and EVE records are of no log source that rules ask for.
    assert!(report.events.unparsed * 100 < report.events.read, "{:?}", report.by_input);
    let ssh = found.iter().filter(|l| l.contains("OpenSSH_2k.log")).count();
    assert!(ssh > 500, "{ssh} refused log-ons");
    let hosts: BTreeSet<&str> = report.by_host.iter().map(|(h, _)| h).collect();
    assert!(hosts.contains("LabSZ"), "{hosts:?}");
}
