//! `mangrove lake`: figures, check, merging, export, holds, on a lake as the server leaves it.

use crate::program::{Run, run};
use crate::server::Server;
use engine_lake::Lake;
use engine_lake::contract::samples;
use heavy_lake_datafusion::{LakeOptions, ParquetLake};
use std::path::{Path, PathBuf};

const EVENTS: usize = 120;

/// A data folder with a sealed lake and its key.
fn data() -> tempfile::TempDir {
    let data = tempfile::tempdir().expect("folder");
    std::fs::create_dir(data.path().join("keys")).expect("keys");
    std::fs::write(data.path().join("keys/lake-seal.key"), [9; 32]).expect("a key");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let options = LakeOptions { seal_key: Some([9; 32]), ..LakeOptions::default() };
        let lake = ParquetLake::open(&data.path().join("lake"), options).await.expect("opens").0;
        lake.write(0..60, &samples::events(60)).await.expect("writes");
        lake.write(60..120, &samples::events(EVENTS as u64)[60..]).await.expect("writes");
        lake.seal(samples::START).await.expect("seals");
    });
    data
}

fn lake(data: &Path, arguments: &[&str]) -> Run {
    let data = data.to_str().expect("UTF-8");
    run(&[&["lake"], arguments, &["--data", data]].concat(), None)
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err))
}

fn some_file(data: &Path) -> PathBuf {
    let mut folder = data.join("lake/data");
    loop {
        let first = std::fs::read_dir(&folder).expect("folder").next().expect("something").expect("item").path();
        if first.is_file() {
            return first;
        }
        folder = first;
    }
}

#[test]
fn a_lake_is_measured_merged_and_checked() {
    let data = data();
    let stats = json(&lake(data.path(), &["stats", "--json"]));
    assert_eq!(stats["events"], EVENTS);
    let verified = lake(data.path(), &["verify", "--json"]);
    assert_eq!((verified.code, &json(&verified)["findings"]), (Some(0), &serde_json::json!([])), "{}", verified.err);
    let compacted = lake(data.path(), &["compact"]);
    assert_eq!(compacted.code, Some(0), "{}", compacted.err);
    let after = json(&lake(data.path(), &["stats", "--json"]));
    assert!(after["files"].as_u64() <= stats["files"].as_u64());
    let verified = lake(data.path(), &["verify"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    let file = some_file(data.path());
    let mut bytes = std::fs::read(&file).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).expect("writes");
    let verified = lake(data.path(), &["verify", "--json"]);
    assert_eq!(verified.code, Some(1));
    let found = json(&verified);
    assert_eq!(found["findings"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found["findings"][0]["wrong"], "altered");
    assert!(file.ends_with(found["findings"][0]["file"].as_str().expect("a path")));
}

#[test]
fn events_are_exported_in_three_forms() {
    let data = data();
    let expected = samples::facts(EVENTS as u64).filter(|f| f.user() == "root").count();
    let lines = lake(data.path(), &["export", "user.name:root"]);
    assert_eq!(lines.out.lines().count(), expected, "{}", lines.err);
    let first: serde_json::Value = serde_json::from_str(lines.out.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["fields"]["TargetUserName"], "root");
    let csv = lake(data.path(), &["export", "user.name:root", "--format", "csv", "--until", "2014-03-03T00:00:00Z"]);
    let early = samples::facts(48).filter(|f| f.user() == "root").count();
    assert_eq!(csv.out.lines().count(), early + 1, "{}", csv.err);
    let file = data.path().join("events.parquet");
    let file = file.to_str().expect("UTF-8");
    let told = lake(data.path(), &["export", "user.name:root", "--format", "parquet", "--out", file]);
    assert!(told.out.contains(&format!("{expected} events")), "{}{}", told.out, told.err);
    assert!(std::fs::read(file).expect("reads").starts_with(b"PAR1"));
    let wrong = lake(data.path(), &["export", "user.name:(", "--format", "csv"]);
    assert_eq!(wrong.code, Some(1));
    let nowhere = lake(&data.path().join("nowhere"), &["stats"]);
    assert!(nowhere.code == Some(1) && nowhere.err.contains("--data"), "{}", nowhere.err);
}

#[test]
fn holds_are_put_shown_and_lifted() {
    let data = data();
    let put = ["hold", "SC-01", "--from", "2014-03-01", "--until", "2014-03-02", "--why", "sự cố"];
    assert_eq!(lake(data.path(), &put).code, Some(0));
    assert!(lake(data.path(), &["holds"]).out.contains("SC-01"));
    assert_eq!(lake(data.path(), &["lift", "SC-01"]).code, Some(0));
    assert_eq!(lake(data.path(), &["lift", "SC-01"]).code, Some(1));
    assert_eq!(lake(data.path(), &["deleted"]).code, Some(0));
}

#[test]
fn a_running_server_is_asked_and_its_lake_held_beside_it() {
    let data = data();
    let mut server = Server::start("up", data.path(), &[]);
    let well = |arguments: &[&str]| {
        let done = lake(data.path(), arguments);
        assert_eq!(done.code, Some(0), "{arguments:?}: {}{}", done.out, done.err);
        done
    };
    well(&["hold", "SC-07", "--from", "2014-03-01", "--until", "31/03/2014", "--why", "sự cố"]);
    assert!(well(&["holds"]).out.contains("SC-07"));
    let before = json(&well(&["stats", "--json"]))["files"].as_u64().expect("files");
    let compacted = well(&["compact"]);
    assert!(compacted.out.contains("files became"), "{compacted:?}");
    let after = json(&well(&["stats", "--json"]));
    assert!(after["files"].as_u64().expect("files") < before && after["events"] == EVENTS, "{after}");
    well(&["verify"]);
    well(&["lift", "SC-07"]);
    let unknown = lake(data.path(), &["accept-loss", "data/none.parquet", "--why", "thử"]);
    assert!(unknown.code == Some(1) && unknown.err.contains("no damaged file"), "{}", unknown.err);
    let left = std::fs::read_dir(data.path().join("lake-requests")).expect("folder").count();
    assert_eq!(left, 0, "requests and answers are taken away");
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
}

#[test]
fn somebody_who_has_the_lake_and_takes_no_requests_is_named() {
    let data = data();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let held = runtime.block_on(ParquetLake::open(&data.path().join("lake"), LakeOptions::default())).expect("opens").0;
    let done = lake(data.path(), &["compact"]);
    assert!(done.code == Some(1) && done.err.contains(&format!("process {}", std::process::id())), "{}", done.err);
    drop(held);
    assert_eq!(lake(data.path(), &["compact"]).code, Some(0));
}

#[test]
fn a_damaged_file_is_told_at_each_start_until_its_loss_is_accepted() {
    const TOLD: &str = "no longer has the events of this damaged file";
    let data = data();
    let file = some_file(data.path());
    std::fs::write(&file, b"PAR1 short").expect("writes");
    let path = file.strip_prefix(data.path().join("lake")).expect("inside").to_str().expect("UTF-8").to_owned();
    let stop = |server: &mut Server| {
        server.process.interrupt();
        assert_eq!(server.process.wait().code(), Some(0));
        server.process.output().join("\n")
    };
    for _ in 0..2 {
        let log = stop(&mut Server::start("up", data.path(), &[]));
        assert!(log.contains(TOLD) && log.contains(&path), "{log}");
    }
    let mut server = Server::start("up", data.path(), &[]);
    let accepted = lake(data.path(), &["accept-loss", &path, "--why", "ổ đĩa hỏng"]);
    assert!(accepted.code == Some(0) && accepted.out.contains("recorded as lost"), "{}{}", accepted.out, accepted.err);
    let record = std::fs::read_to_string(data.path().join("lake/deletions.jsonl")).expect("a record");
    assert!(record.contains("ổ đĩa hỏng") && record.contains(&path), "{record}");
    assert_eq!(lake(data.path(), &["deleted"]).code, Some(0));
    stop(&mut server);
    let log = stop(&mut Server::start("up", data.path(), &[]));
    assert!(!log.contains(TOLD), "{log}");
    assert_eq!(lake(data.path(), &["verify"]).code, Some(0));
}

#[test]
fn closed_days_move_to_a_second_folder_that_may_go_away() {
    let (data, elsewhere) = (data(), tempfile::tempdir().expect("folder"));
    let cold = elsewhere.path().join("cold");
    let flags = ["--lake-cold", cold.to_str().expect("UTF-8"), "--lake-cold-after", "20"];
    let mut server = Server::start("up", data.path(), &flags);
    let compacted = lake(data.path(), &["compact"]);
    assert!(compacted.out.contains("moved to the cold folder"), "{}{}", compacted.out, compacted.err);
    let folder = data.path().to_str().expect("UTF-8");
    let count = || run(&["search", "--count", "--data", folder], None);
    assert_eq!(count().out.trim(), EVENTS.to_string());
    let stats = json(&lake(data.path(), &["stats", "--json"]));
    assert!(stats["cold_files"] == stats["files"] && stats["cold_bytes"].as_u64() > Some(0), "{stats}");
    assert_eq!(lake(data.path(), &["verify"]).code, Some(0));

    let away = elsewhere.path().join("away");
    std::fs::rename(&cold, &away).expect("moves away");
    // An empty mount point is not the folder.
    std::fs::create_dir(&cold).expect("a folder");
    let told = count();
    assert!(
        told.out.trim() == "0" && told.err.contains("5 days from 2014-03-01 to 2014-03-05 are left out"),
        "{told:?}"
    );
    assert_eq!(json(&lake(data.path(), &["stats", "--json"]))["events"], EVENTS, "nothing is forgotten");
    let verified = lake(data.path(), &["verify"]);
    assert!(verified.code == Some(1) && verified.out.contains("could not be read"), "{}", verified.out);
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    let mut server = Server::start("up", data.path(), &flags);
    let log = server.process.output().join("\n");
    assert!(log.contains("does not bear the mark of this lake"), "{log}");
    std::fs::remove_dir(&cold).expect("was left empty");
    std::fs::rename(&away, &cold).expect("comes back");
    assert_eq!(count().out.trim(), EVENTS.to_string());
    assert_eq!(lake(data.path(), &["verify"]).code, Some(0));
    server.process.wait_for("the folder is found again", |line| {
        line.contains("cold folder of the event lake can be reached").then_some(())
    });
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
}
