//! `mangrove rules` as its user meets it: explain, stats, coverage, import, replay; exit codes and JSON.

use crate::program::run;
use base_testkit::Process;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A program reads the memory of LSASS, as Sysmon writes it.
pub(crate) fn lsass(source: &str, host: &str, access: &str) -> String {
    let attribute = |name: &str, value: &str| serde_json::json!({"#attributes": {name: value}});
    let event = serde_json::json!({"Event": {
        "System": {
            "Provider": attribute("Name", "Microsoft-Windows-Sysmon"),
            "EventID": 10,
            "Level": 4,
            "TimeCreated": attribute("SystemTime", &now()),
            "EventRecordID": 1120,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "Computer": host,
        },
        "EventData": {
            "SourceProcessId": 5120,
            "SourceImage": source,
            "TargetProcessId": 680,
            "TargetImage": r"C:\Windows\system32\lsass.exe",
            "GrantedAccess": access,
        },
    }});
    event.to_string()
}

fn now() -> String {
    use base_core::Clock;
    base_core::SystemClock.now().to_string()
}

/// The built-in rule for it.
pub(crate) const LSASS: &str = "56eb2234-c851-4b4d-ba77-e55c278d8211";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("not JSON ({e}): {text}"))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn explain_says_predicate_by_predicate_why() {
    let dir = tempfile::tempdir().expect("folder");
    let events = dir.path().join("events.json");
    let lines = [lsass(r"C:\Users\a\m.exe", "pc-1", "0x1410"), lsass(r"C:\Windows\System32\svc.exe", "pc-1", "0x1410")];
    fs::write(&events, lines.join("\n")).expect("written");
    let done = run(&["rules", "explain", "--rule", LSASS, path(&events)], None);
    assert_eq!(done.code, Some(0), "{}", done.err);
    for part in [
        "MATCHES",
        "condition: selection and",
        "yes selection: GrantedAccess",
        "fits: \\lsass.exe",
        "the event has: C:\\Users\\a\\m.exe",
    ] {
        assert!(done.out.contains(part), "{part} is missing in {}", done.out);
    }
    assert!(done.out.contains("does not match: its condition does not hold"), "{}", done.out);
    let done = run(&["rules", "explain", "--json", "--event", "2", "--rule", LSASS, path(&events)], None);
    let told = json(&done.out);
    assert_eq!((&told["applies"], &told["matched"]), (&Value::Bool(true), &Value::Bool(false)), "{told}");
    let filter = told["predicates"].as_array().expect("a list").iter().find(|p| p["detection"] == "filter_system");
    assert_eq!(filter.expect("the filter")["matched"], true);
    for (arguments, says) in [
        (vec!["rules", "explain", "--rule", "none", path(&events)], "rules list"),
        (vec!["rules", "explain", "--rule", LSASS, "--event", "9", path(&events)], "2 events"),
        (vec!["rules", "explain", "--rule", LSASS, "/none/x.json"], "nothing to read"),
    ] {
        let done = run(&arguments, None);
        assert_eq!(done.code, Some(1), "{arguments:?}: {}", done.out);
        assert!(done.err.contains(says), "{arguments:?}: {}", done.err);
    }
}

#[test]
fn stats_count_hits_and_name_what_is_dead_starved_or_shadowed() {
    let dir = tempfile::tempdir().expect("folder");
    let (rules, events) = (dir.path().join("rules"), dir.path().join("events.json"));
    fs::create_dir(&rules).expect("made");
    let rule = |id: &str, level: &str, detection: &str, source: &str| {
        format!(
            "title: {id}\nid: {id}\nlevel: {level}\nlogsource: {{{source}}}\ndetection:\n    s: {{{detection}}}\n    condition: s\n"
        )
    };
    let access = "product: windows, category: process_access";
    fs::write(rules.join("a.yml"), rule("narrow", "low", r"SourceImage|endswith: '\m.exe'", access)).expect("written");
    fs::write(rules.join("b.yml"), rule("wide", "high", "GrantedAccess: '0x1410'", access)).expect("written");
    fs::write(rules.join("c.yml"), rule("hungry", "low", "CallTrace|contains: x", access)).expect("written");
    fs::write(rules.join("d.yml"), rule("elsewhere", "low", "a: b", "product: linux, service: sshd")).expect("written");
    let line = |n: usize| lsass(if n < 4 { r"C:\m.exe" } else { r"C:\other.exe" }, "pc-1", "0x1410");
    fs::write(&events, (0..60).map(line).collect::<Vec<_>>().join("\n")).expect("written");
    let done = run(&["rules", "stats", "--json", "--rules", path(&rules), path(&events)], None);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let told = json(&done.out);
    assert_eq!(told["events"], 60);
    let of = |id: &str| {
        let rule = told["rules"].as_array().expect("a list").iter().find(|r| r["id"] == id).expect("the rule").clone();
        (rule["hits"].as_i64().expect("hits"), rule["flags"].to_string(), rule["missing_fields"].to_string())
    };
    assert_eq!(of("narrow"), (4, r#"["shadowed"]"#.into(), "[]".into()));
    assert_eq!(of("wide"), (60, "[]".into(), "[]".into()));
    assert_eq!(of("hungry"), (0, r#"["starved"]"#.into(), r#"["CallTrace"]"#.into()));
    assert_eq!(of("elsewhere"), (0, r#"["dead"]"#.into(), "[]".into()));
    let wide = told["rules"].as_array().expect("a list").iter().find(|r| r["id"] == "wide").expect("the rule");
    assert_eq!(wide["per_million"], 1_000_000.0);
    assert!(wide["nanos_per_event"].as_f64().is_some_and(|n| n > 0.0), "{wide}");
    let done = run(&["rules", "stats", "--rules", path(&rules), path(&events)], None);
    assert!(
        done.out.contains("4 rules: 2 silent, 1 dead") && done.out.contains("1 starved, 1 shadowed"),
        "{}",
        done.out
    );
    let done = run(&["rules", "stats", "/none"], None);
    assert_eq!(done.code, Some(1), "{}", done.out);
}

#[test]
fn coverage_is_a_layer_of_the_navigator() {
    let dir = tempfile::tempdir().expect("folder");
    let file = dir.path().join("layer.json");
    let done = run(&["rules", "coverage", "--json", "--name", "Cà Mau", "--output", path(&file)], None);
    assert_eq!(done.code, Some(0), "{}", done.err);
    layer_4_5(&json(&fs::read_to_string(&file).expect("written")), "Cà Mau");
    let done = run(&["rules", "coverage"], None);
    for part in ["T1003.001", "TA0006", "techniques,"] {
        assert!(done.out.contains(part), "{part} is missing in {}", done.out);
    }
    assert_eq!(run(&["rules", "coverage", "/none"], None).code, Some(1));
}

/// What the layer format 4.5 demands of every part that is present.
fn layer_4_5(layer: &Value, name: &str) {
    assert_eq!(layer["name"], name);
    assert_eq!(layer["domain"], "enterprise-attack");
    assert_eq!(layer["versions"]["layer"], "4.5");
    let navigator: Vec<u32> = layer["versions"]["navigator"]
        .as_str()
        .expect("text")
        .split('.')
        .map(|p| p.parse().expect("a number"))
        .collect();
    assert!(navigator >= vec![4, 9, 0], "{navigator:?}");
    assert!(layer["sorting"].as_u64().is_some_and(|s| s <= 3) && layer["hideDisabled"].is_boolean());
    assert!(["side", "flat", "mini"].contains(&layer["layout"]["layout"].as_str().expect("text")));
    assert!(["none", "all", "annotated"].contains(&layer["layout"]["expandedSubtechniques"].as_str().expect("text")));
    let gradient = &layer["gradient"];
    assert!(gradient["colors"].as_array().expect("a list").len() >= 2);
    assert!(gradient["maxValue"].as_f64() > gradient["minValue"].as_f64(), "{gradient}");
    let techniques = layer["techniques"].as_array().expect("a list");
    assert!(techniques.len() > 20, "{}", techniques.len());
    for t in techniques {
        let id = t["techniqueID"].as_str().expect("text");
        let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
        let (parent, sub) = id.trim_start_matches('T').split_once('.').map_or((&id[1..], None), |(p, s)| (p, Some(s)));
        assert!(id.starts_with('T') && digits(parent, 4) && sub.is_none_or(|s| digits(s, 3)), "{id}");
        assert!(t["score"].is_number() && t["comment"].is_string() && t["enabled"].is_boolean());
        assert!(t["showSubtechniques"].is_boolean());
        for m in t["metadata"].as_array().expect("a list") {
            assert!(m["name"].is_string() && m["value"].is_string(), "{m}");
        }
    }
}

const ADDED: &str = "title: Added rule\nid: 11111111-2222-4333-8444-555555555555\nlogsource: {product: linux, service: sshd}\n\
                     detection:\n    s: {message|contains: added}\n    condition: s\n";

#[test]
fn a_pack_is_checked_taken_in_and_switched_on() {
    let dir = tempfile::tempdir().expect("folder");
    let (pack, data) = (dir.path().join("pack"), dir.path().join("data"));
    fs::create_dir(&pack).expect("made");
    fs::write(pack.join("added.yml"), ADDED).expect("written");
    fs::write(pack.join("bad.yml"), "title: b\ndetection:\n    s: [1\n    condition: s\n").expect("written");
    let done = run(&["rules", "import", "--json", path(&pack)], None);
    assert_eq!(done.code, Some(1), "a mistake is told: {}", done.out);
    let told = json(&done.out);
    assert_eq!((&told["state"], &told["rules"]), (&Value::from("checked"), &Value::from(1)), "{told}");
    assert_eq!(told["added"].as_array().map(Vec::len), Some(1));
    assert!(told["mistakes"][0].as_str().is_some_and(|m| m.starts_with("bad.yml:")), "{told}");
    fs::remove_file(pack.join("bad.yml")).expect("removed");

    let none = run(&["rules", "import", path(&pack), "--data", path(&data)], None);
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("mangrove up --data"), "{}", none.err);
    // A server makes the folder; while it runs a pack can be staged, not switched on.
    let mut server = crate::server::Server::start("up", &data, &[]);
    let staged = run(&["rules", "import", path(&pack), "--data", path(&data)], None);
    assert_eq!(staged.code, Some(0), "{}{}", staged.out, staged.err);
    assert!(staged.out.contains("staged as pack 1"), "{}", staged.out);
    let refused = run(&["rules", "import", "--activate", path(&pack), "--data", path(&data)], None);
    assert!(refused.code == Some(1) && refused.err.contains("a server runs"), "{}", refused.err);
    end(&mut server.process);
    let active = run(&["rules", "import", "--activate", path(&pack), "--data", path(&data)], None);
    assert_eq!(active.code, Some(0), "{}{}", active.out, active.err);
    assert!(active.out.contains("pack 2 is switched on"), "{}", active.out);

    for (name, bytes, says) in
        [("x.zip", &b"PK\x03\x04x"[..], "damaged"), ("x.bin", b"hello", "neither zip"), ("x.yml", b"a: 1", "no *.yml")]
    {
        let file = dir.path().join(name);
        fs::write(&file, bytes).expect("written");
        let done = run(&["rules", "import", path(&file)], None);
        assert!(done.code == Some(1) && done.err.contains(says), "{name}: {}", done.err);
    }
}

fn end(process: &mut Process) {
    process.interrupt();
    assert_eq!(process.wait().code(), Some(0), "{}", process.output().join("\n"));
}

#[test]
fn replay_tells_the_share_detected_and_what_was_missed() {
    let dir = tempfile::tempdir().expect("folder");
    fs::write(dir.path().join("attack.json"), lsass(r"C:\Users\a\m.exe", "pc-1", "0x1410")).expect("written");
    fs::write(dir.path().join("quiet.json"), lsass(r"C:\Windows\System32\svc.exe", "pc-1", "0x1000")).expect("written");
    fs::write(dir.path().join("readme.txt"), "").expect("written");
    let done = run(&["rules", "replay", "--json", "--samples", path(dir.path())], None);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    let told = json(&done.out);
    assert_eq!(told["rule_tests"]["share"], 1.0, "{told}");
    let samples = &told["samples"];
    assert_eq!((&samples["total"], &samples["detected"]), (&Value::from(2), &Value::from(1)), "{samples}");
    assert_eq!(samples["missed"][0], "quiet.json");
    let done = run(&["rules", "replay", "--samples", "/none"], None);
    assert!(done.code == Some(1) && done.err.contains("/none"), "{}", done.err);
}

#[test]
fn the_evtx_samples_are_replayed_with_the_built_in_rules() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let samples = tempfile::tempdir().expect("folder");
    base_testkit::unpack_tar_zst(&shared.join("data/evtx/evtx-attack-samples.tar.zst"), samples.path());
    let done = run(&["rules", "replay", "--json", "--samples", path(samples.path())], None);
    let told = json(&done.out);
    let total = told["samples"]["total"].as_u64().expect("a number");
    let detected = told["samples"]["detected"].as_u64().expect("a number");
    println!("{detected} of {total} samples detected by the built-in rules");
    assert!(total > 100 && detected * 5 > total, "{detected} of {total}");
}

#[test]
fn every_answer_is_also_json() {
    let done = run(&["rules", "check", "--json"], None);
    assert_eq!(json(&done.out)["mistakes"].as_array().map(Vec::len), Some(0), "{}", done.out);
    let done = run(&["rules", "test", "--json"], None);
    assert_eq!(done.code, Some(0), "{}", done.out);
    assert!(json(&done.out)["passed"].as_u64().is_some_and(|n| n > 100), "{}", done.out);
    let help = run(&["rules", "--help"], None);
    for command in ["check", "test", "explain", "stats", "coverage", "import", "replay", "list"] {
        assert!(help.out.contains(command), "{command}: {}", help.out);
    }
}
