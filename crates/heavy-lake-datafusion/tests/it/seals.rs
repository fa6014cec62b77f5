//! Somebody with access to the disk changes the lake: each file that was altered, removed or added
//! is named. What the lake does itself is not.

use crate::{files, open};
use engine_lake::Lake;
use engine_lake::contract::samples;
use heavy_lake_datafusion::{Finding, LakeOptions, LookedAtLake, ParquetLake, Wrong};
use std::path::{Path, PathBuf};

fn options() -> LakeOptions {
    LakeOptions { seal_key: Some([7; 32]), ..LakeOptions::default() }
}

async fn sealed(dir: &Path) -> (ParquetLake, String) {
    let lake = ParquetLake::open(dir, options()).await.expect("opens").0;
    let key = lake.seal_key().expect("a key");
    (lake, key)
}

async fn findings(dir: &Path, key: &str) -> Vec<Finding> {
    let lake = LookedAtLake::open(dir, LakeOptions::default()).await.expect("opens to look");
    lake.verify(Some(key)).await.expect("verifies").findings
}

fn finding(dir: &Path, file: &Path, what: Wrong) -> Finding {
    Finding { path: file.strip_prefix(dir).expect("below").display().to_string(), what }
}

async fn written(dir: &Path) -> (String, Vec<PathBuf>) {
    let (lake, key) = sealed(dir).await;
    lake.write(0..100, &samples::events(100)).await.expect("writes");
    assert!(lake.seal(samples::START).await.expect("seals") > 0);
    assert_eq!(lake.seal(samples::START).await.expect("seals"), 0, "nothing has changed");
    (key, files(&dir.join("data")))
}

#[tokio::test]
async fn altered_removed_and_added_files_are_named() {
    let dir = tempfile::tempdir().expect("folder");
    let (key, data) = written(dir.path()).await;
    assert_eq!(findings(dir.path(), &key).await, []);
    let mut bytes = std::fs::read(&data[0]).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&data[0], bytes).expect("writes");
    std::fs::remove_file(&data[1]).expect("removes");
    let added = data[2].with_file_name("added.parquet");
    std::fs::copy(&data[2], &added).expect("copies");
    let mut expected = vec![
        finding(dir.path(), &data[0], Wrong::Altered),
        finding(dir.path(), &data[1], Wrong::Removed),
        finding(dir.path(), &added, Wrong::Added),
    ];
    expected.sort();
    assert_eq!(findings(dir.path(), &key).await, expected);
    assert!(!findings(dir.path(), &"0".repeat(64)).await.is_empty(), "another key signs nothing");
}

#[tokio::test]
async fn a_manifest_rewritten_to_hide_it_does_not_help() {
    let dir = tempfile::tempdir().expect("folder");
    let (key, data) = written(dir.path()).await;
    let manifest = files(&dir.path().join("manifests")).pop().expect("a manifest");
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&manifest).expect("reads")).expect("JSON");
    let list = json["add"].as_array_mut().expect("files");
    let first = list.remove(0)["path"].as_str().expect("path").to_owned();
    list[0]["hash"] = "00".into();
    let second = list[0]["path"].as_str().expect("path").to_owned();
    std::fs::write(&manifest, json.to_string()).expect("writes");
    std::fs::remove_file(dir.path().join(&first)).expect("removes");
    let found = findings(dir.path(), &key).await;
    assert!(found.contains(&Finding { path: first, what: Wrong::Removed }), "{found:?}");
    assert!(found.contains(&Finding { path: second, what: Wrong::NotAsSealed }), "{found:?}");
    // Nor does taking the seal away, or writing one.
    let seal = files(&dir.path().join("seals")).into_iter().find(|path| !path.ends_with("head.json")).expect("a seal");
    let text = std::fs::read_to_string(&seal).expect("reads").replace("daily", "dailY");
    std::fs::write(&seal, text).expect("writes");
    let found = findings(dir.path(), &key).await;
    assert!(found.iter().any(|f| matches!(f.what, Wrong::BadSeal(_))), "{found:?}");
    std::fs::remove_file(&seal).expect("removes");
    let found = findings(dir.path(), &key).await;
    assert!(found.contains(&finding(dir.path(), &seal, Wrong::Removed)), "{found:?}");
    assert_eq!(data.len() - 1, files(&dir.path().join("data")).len());
}

#[tokio::test]
async fn compaction_and_expiry_are_sealed_themselves() {
    let dir = tempfile::tempdir().expect("folder");
    let (key, _) = written(dir.path()).await;
    let (lake, _) = sealed(dir.path()).await;
    lake.write(100..150, &samples::events(150)[100..]).await.expect("writes");
    lake.compact(true).await.expect("compacts");
    drop(lake);
    assert_eq!(findings(dir.path(), &key).await, []);
    let (lake, _) = sealed(dir.path()).await;
    assert!(lake.expire(samples::START.plus_secs(3 * 86_400)).await.expect("expires") > 0);
    lake.seal(samples::START).await.expect("seals");
    assert!(!lake.deletions().await.expect("a record").is_empty());
    drop(lake);
    assert_eq!(findings(dir.path(), &key).await, []);
}

#[tokio::test]
async fn an_altered_file_is_not_merged_into_a_good_one() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    lake.write(0..50, &samples::events(50)).await.expect("writes");
    lake.write(50..100, &samples::events(100)[50..]).await.expect("writes");
    for file in files(&dir.path().join("data")) {
        let mut bytes = std::fs::read(&file).expect("reads");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, bytes).expect("writes");
    }
    let error = lake.compact(true).await.expect_err("altered").to_string();
    assert!(error.contains("not those that were written"), "{error}");
}
