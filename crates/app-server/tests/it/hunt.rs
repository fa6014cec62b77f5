//! `mangrove hunt` as its user meets it: real attack logs, all of SigmaHQ, broken input, exit codes.

use crate::program::{Run, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Detections per (file below `root`, rule id).
fn pairs(run: &Run, root: &Path) -> BTreeMap<(String, String), u64> {
    let mut found = BTreeMap::new();
    for line in run.out.lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("not a JSON line ({e}): {line}"));
        let input = Path::new(value["input"].as_str().expect("input")).strip_prefix(root).expect("below the folder");
        let rule = value["rule"]["id"].as_str().expect("rule id").to_owned();
        *found.entry((input.to_string_lossy().into_owned(), rule)).or_default() += 1;
    }
    found
}

fn columns(table: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(table).expect("the table is there");
    text.lines().skip(1).map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn sigmahq_over_its_own_regression_logs_finds_every_attack_it_promises() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let (rules, logs) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), rules.path());
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/regression-data.tar.zst"), logs.path());
    let folder = logs.path().to_str().expect("UTF-8");
    let done = run(&["hunt", "-q", "-o", "jsonl", "--rules", rules.path().to_str().expect("UTF-8"), folder], None);
    assert!(matches!(done.code, Some(0 | 2)), "{:?}: {}", done.code, done.err);
    let found = pairs(&done, logs.path());
    let mut short = Vec::new();
    for row in columns(&shared.join("data/sigma/regression-index.tsv")) {
        let wanted: u64 = row[5].trim_start_matches(">=").parse().expect("a count");
        let got = found.get(&(row[4].clone(), row[1].clone())).copied().unwrap_or_default();
        if got < wanted {
            short.push(format!("{} in {}: {got} of {wanted}", row[1], row[4]));
        }
    }
    assert_eq!(short, Vec::<String>::new());
}

#[test]
fn sigmahq_over_the_attack_samples_agrees_with_an_independent_evaluator() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let (rules, logs) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), rules.path());
    base_testkit::unpack_tar_zst(&shared.join("data/evtx/evtx-attack-samples.tar.zst"), logs.path());
    let folder = logs.path().to_str().expect("UTF-8");
    let done = run(&["hunt", "-q", "-o", "jsonl", "--rules", rules.path().to_str().expect("UTF-8"), folder], None);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let found: BTreeSet<_> = pairs(&done, logs.path()).into_keys().collect();
    let reference: BTreeSet<(String, String)> =
        columns(&shared.join("data/sigma/reference-hits-evtx-attack-samples.tsv"))
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
    let missing: Vec<_> = reference.difference(&found).collect();
    println!(
        "{} pairs as the reference, {} missing, {} more",
        reference.len(),
        missing.len(),
        found.difference(&reference).count()
    );
    // A difference is a question about either side; many would be a defect of ours.
    assert!(missing.len() * 100 <= reference.len(), "{missing:#?}");
}

const SSH: &str = "Nov 22 08:00:01 web01 sshd[411]: Failed password for root from 203.0.113.9 port 4711 ssh2\n";

#[test]
fn exit_codes_tell_all_read_some_skipped_and_nothing_done() {
    let dir = tempfile::tempdir().expect("folder");
    let (good, bad) = (dir.path().join("auth.log"), dir.path().join("noise.gz"));
    fs::write(&good, SSH.repeat(30)).expect("written");
    // The beginning of a gzip stream and then nothing.
    fs::write(&bad, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]).expect("written");
    let (good, bad) = (good.to_str().expect("UTF-8"), bad.to_str().expect("UTF-8"));

    let done = run(&["hunt", "-o", "jsonl", good], None);
    assert_eq!(done.code, Some(0), "{}", done.err);

    let done = run(&["hunt", "--lang", "en", good, bad], None);
    assert_eq!(done.code, Some(2), "{}", done.err);
    let said = format!("{}{}", done.out, done.err);
    assert!(said.contains("noise.gz"), "the summary names what was skipped:\n{said}");

    let absent = dir.path().join("absent");
    let done = run(&["hunt", absent.to_str().expect("UTF-8")], None);
    assert_eq!(done.code, Some(1), "{}", done.out);
    assert!(done.err.contains("absent"), "{}", done.err);

    let done = run(&["hunt", "--rules", absent.to_str().expect("UTF-8"), good], None);
    assert_eq!(done.code, Some(1), "{}", done.out);
    assert!(done.err.contains("absent") && done.err.contains(".yml"), "input and remedy: {}", done.err);
}

#[test]
fn a_wrong_argument_is_named_with_the_way_out() {
    let done = run(&["hunt", "--output", "pdf", "x"], None);
    assert_eq!(done.code, Some(1), "2 would mean that some input was skipped");
    assert!(done.err.contains("pdf") && done.err.contains("html"), "{}", done.err);
    assert_eq!(run(&["hnut"], None).code, Some(1));
    assert_eq!(run(&["--version"], None).code, Some(0));
}

#[test]
fn standard_input_is_read_and_the_page_stands_alone() {
    let done = run(&["hunt", "-q", "-o", "html", "-"], Some(SSH.repeat(200).as_bytes()));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let page = done.out.to_lowercase();
    assert!(page.starts_with("<!doctype html>"), "{}", &page[..page.len().min(200)]);
    assert!(page.contains("<svg"), "a picture of the time line");
    for outside in ["src=\"http", "<link", "@import", "url(http", "<script src"] {
        assert!(!page.contains(outside), "{outside} would need the network");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let dir = tempfile::tempdir().expect("folder");
    let file = dir.path().join("auth.log");
    fs::write(&file, SSH.repeat(20_000)).expect("written");
    let shell = format!(
        "{} hunt -q -o jsonl {} | head -1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        crate::program::MANGROVE,
        file.display()
    );
    let out = std::process::Command::new("bash").args(["-c", &shell]).output().expect("bash");
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn indicators_are_found_in_real_logs_and_told_in_every_form() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let logs = tempfile::tempdir().expect("folder");
    base_testkit::unpack_tar_zst(&shared.join("data/evtx/evtx-attack-samples.tar.zst"), logs.path());
    let list = logs.path().join("hashes.csv");
    // The SHA-1 of a program that one of the samples starts, and one that no program has.
    let text = "sha1,source\nB71C1331AC5FA214076E5CD5C885712447057B96,Báo cáo thử\n0000000000000000000000000000000000000001,none\n";
    fs::write(&list, text).expect("written");
    let (folder, file) = (logs.path().to_str().expect("UTF-8"), list.to_str().expect("UTF-8"));
    let hunt = |form: &str| run(&["hunt", "-q", "-o", form, "--no-behaviours", "--indicators", file, folder], None);
    let lines = hunt("jsonl");
    assert!(matches!(lines.code, Some(0 | 2)), "{:?}: {}", lines.code, lines.err);
    let of_list = |line: &&str| line.contains("indicator-hashes-");
    let found: Vec<Value> = lines.out.lines().filter(of_list).map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(found.len(), 3, "three records name the program: {found:?}");
    let matched = &found[0]["matched"][0];
    let (value, span) = (matched["value"].as_str().expect("a value"), &matched["span"]);
    let at = |end: &Value| usize::try_from(end.as_u64().expect("a number")).expect("a place");
    let (from, to) = (at(&span[0]), at(&span[1]));
    assert_eq!(value[from..to].to_lowercase(), "b71c1331ac5fa214076e5cd5c885712447057b96");
    assert!(found[0]["input"].as_str().is_some_and(|i| i.ends_with("de_hiding_files_via_attrib_cmdlet.evtx")));
    for form in ["json", "csv", "html", "table"] {
        let done = hunt(form);
        assert!(done.out.contains("hashes.csv"), "{form}: {}", done.out.chars().take(400).collect::<String>());
    }
    // Without lists the result is what it was.
    let plain = run(&["hunt", "-q", "-o", "jsonl", "--no-behaviours", folder], None);
    let rest: Vec<&str> = lines.out.lines().filter(|l| !of_list(l)).collect();
    assert_eq!(plain.out.lines().collect::<Vec<_>>(), rest);
    let nothing = logs.path().join("empty.txt");
    fs::write(&nothing, "no value here\n").expect("written");
    let done = run(&["hunt", "--indicators", nothing.to_str().expect("UTF-8"), folder], None);
    assert!(done.code == Some(1) && done.err.contains("empty.txt:1"), "{}", done.err);
}

#[test]
fn behaviours_are_told_in_order_of_time_whatever_the_order_of_files() {
    let dir = tempfile::tempdir().expect("folder");
    let event = |code: u32, minute: u32| {
        format!(
            "{{\"Event\":{{\"System\":{{\"Provider\":{{\"#attributes\":{{\"Name\":\"Microsoft-Windows-Security-Auditing\"}}}},\
             \"EventID\":{code},\"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"2026-11-22T01:{minute:02}:00.000Z\"}}}},\
             \"Channel\":\"Security\",\"Computer\":\"pc-1\"}},\"EventData\":{{\"LogonType\":3}}}}}}\n"
        )
    };
    // The last step stands in the first file.
    for (name, text) in [("a.json", event(4720, 9)), ("b.json", event(4624, 5)), ("c.json", event(4625, 1))] {
        fs::write(dir.path().join(name), text).expect("written");
    }
    let folder = dir.path().to_str().expect("UTF-8");
    let told = |more: &[&str]| {
        let done = run(&[&["hunt", "-q", "-o", "jsonl", "--lang", "en"], more, &[folder]].concat(), None);
        assert_eq!(done.code, Some(0), "{}", done.err);
        done.out
            .lines()
            .filter(|l| l.contains("A guessed log-on, then a new account"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let found = told(&[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("all within 8 minutes") && found[0].contains("pc-1"), "{}", found[0]);
    assert_eq!(told(&["--threads", "1"]), found);
    assert!(told(&["--no-behaviours"]).is_empty());
}
