//! `mangrove lake`: figures, check, merging, export, holds, on a lake as the server leaves it.

use crate::program::{Run, run};
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
