//! `mangrove search`, `mangrove sql` and `mangrove hunt --lake`, with and without a server beside them.

use crate::lake_given;
use crate::program::run;
use crate::server::Server;
use serde_json::Value;
use std::fs;

const EVENTS: u64 = 20_000;

#[test]
fn the_lake_is_asked_from_the_command_line_while_a_server_holds_it() {
    let data = tempfile::tempdir().expect("folder");
    lake_given::write(data.path(), EVENTS);
    let folder = data.path().to_str().expect("UTF-8");
    let ask = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--data", folder]);
        let done = run(&all, None);
        assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.err);
        done.out
    };
    let all = EVENTS.to_string();
    assert_eq!(ask(&["search", "--count"]).trim(), all);
    let server = Server::start("demo", data.path(), &["--quiet"]);
    // The server has the folder's lock; reading needs none.
    assert_eq!(ask(&["search", "--count"]).trim(), all);
    let failed = (0..EVENTS).filter(|n| n % 7 == 0).count();
    assert_eq!(ask(&["search", "--count", "event.code:4625"]).trim(), failed.to_string());
    let lines = ask(&["search", "-o", "jsonl", "-n", "5", "event.code:4625", "AND", "NOT", "user.name:canary*"]);
    assert_eq!(lines.lines().count(), 5);
    for line in lines.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!((&event["common"]["event.code"], &event["unit"]), (&"4625".into(), &"NHIEN".into()));
    }
    let csv = ask(&["search", "-o", "csv", "-f", "user.name,LogonType", "-n", "3", "--oldest", "event.code:4625"]);
    assert_eq!(csv.lines().next(), Some("user.name,LogonType"));
    assert!(csv.lines().skip(1).all(|line| line.ends_with(",3")) && csv.lines().count() == 4, "{csv}");
    let table = ask(&["search", "--from", "2014-03-02", "--until", "2014-03-02", "-n", "2"]);
    assert!(table.contains("host.name") && table.contains("2014-03-0"), "{table}");
    let rows = ask(&[
        "sql",
        "-o",
        "csv",
        "SELECT event_code, count(*) AS n FROM events GROUP BY event_code ORDER BY event_code",
    ]);
    assert_eq!(
        rows.trim(),
        format!("event_code,n\n4625,{failed}\n4688,{}", usize::try_from(EVENTS).expect("small") - failed)
    );
    let typed = ask(&[
        "sql",
        "-o",
        "jsonl",
        "SELECT count(*) AS n FROM events WHERE field('LogonType') = '3' AND matches('unit:NHIEN')",
    ]);
    assert_eq!(typed.trim(), format!("{{\"n\":\"{}\"}}", (0..EVENTS).filter(|n| n % 7 == 0 && n % 4 == 0).count()));
    assert!(ask(&["sql", "--columns"]).contains("process_command_line"));
    for (wrong, says) in [
        (vec!["sql", "DROP TABLE events"], "SELECT"),
        (vec!["sql", "SELECT nothing FROM events"], "nothing"),
        (vec!["sql", "--memory", "1", "SELECT DISTINCT id, raw FROM events"], "narrow it"),
        (vec!["search", "user.name:"], "needs a value"),
    ] {
        let done = run(&[wrong.clone(), vec!["--data", folder]].concat(), None);
        assert!(done.code == Some(1) && done.err.contains(says), "{wrong:?}: {}", done.err);
    }
    let nowhere = run(&["search", "--data", "/nonexistent/mangrove"], None);
    assert!(nowhere.code == Some(1) && nowhere.err.contains("holds no data"), "{}", nowhere.err);
    drop(server);
}

#[test]
fn rules_and_lists_hunt_through_the_lake() {
    let data = tempfile::tempdir().expect("folder");
    lake_given::write(data.path(), 200_100);
    let folder = data.path().to_str().expect("UTF-8");
    let rule = data.path().join("rule.yml");
    fs::write(&rule, "title: Reads passwords\nid: 6b1d1a6e-0000-4000-8000-000000000001\nlevel: high\nlogsource: {product: windows, category: process_creation}\ndetection:\n    s: {CommandLine|contains: 'sekurlsa::'}\n    condition: s\n").expect("written");
    let rule = rule.to_str().expect("UTF-8");
    let hunt = |more: &[&str]| {
        let mut all = vec!["hunt", "--lake", "--data", folder, "-o", "jsonl", "-r", rule];
        all.extend(more);
        let done = run(&all, None);
        assert_eq!(done.code, Some(0), "{}", done.err);
        let lines: Vec<Value> = done.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        lines
    };
    let found = hunt(&[]);
    let expected: Vec<u64> = (0..200_100).filter(|n| n % 100_003 == 77).collect();
    assert_eq!(found.len(), expected.len());
    let ids: Vec<String> = expected.iter().map(|n| lake_given::event(*n, 200_100).id.to_string()).collect();
    let told: Vec<&str> = found.iter().filter_map(|f| f["event_id"].as_str()).collect();
    assert_eq!(told, ids, "each finding names its event, oldest first");
    assert!(hunt(&["--since", "30d"]).is_empty(), "the events are from 2014");
    assert_eq!(hunt(&["--from", "2014-03-01", "--until", "2014-03-03"]).len(), 1);
    // A list of indicators over the past.
    let list = data.path().join("list.txt");
    let bad = lake_given::event(5, 200_100).common.source_ip.expect("an address");
    fs::write(&list, format!("{bad}\n")).expect("written");
    let of_list = hunt(&["-i", list.to_str().expect("UTF-8"), "--no-behaviours"]);
    let hits =
        of_list.iter().filter(|f| f["rule"]["id"].as_str().is_some_and(|id| id.starts_with("indicator-"))).count();
    assert!(hits >= 1, "{of_list:?}");
    assert!(run(&["hunt", "--lake"], None).err.contains("--data"));
}
