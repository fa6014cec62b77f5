//! Other programs read the lake's files: pyarrow and DuckDB find every event, and a short Python
//! script gives back its fields.

use crate::open;
use engine_lake::Lake;
use engine_lake::contract::samples;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python that `cargo xtask test` has put pyarrow and DuckDB into.
fn python() -> Option<PathBuf> {
    let own = std::env::current_exe().expect("this test");
    let place = |folder: &Path| folder.join("lake-readers/bin/python");
    own.ancestors().map(place).find(|python| python.is_file())
}

#[tokio::test]
async fn pyarrow_and_duckdb_read_the_files() {
    let Some(python) = python() else {
        return base_testkit::skip("pyarrow and DuckDB are not there; `cargo xtask test` installs them");
    };
    let dir = tempfile::tempdir().expect("folder");
    let events = samples::events(200);
    let lake = open(dir.path()).await.0;
    lake.write(0..150, &events[..150]).await.expect("writes");
    lake.compact(true).await.expect("compacts");
    lake.write(150..200, &events[150..]).await.expect("writes");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/read_lake.py");
    let done = Command::new(python).arg(script).arg(dir.path()).output().expect("Python starts");
    let text = String::from_utf8(done.stdout).expect("UTF-8");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let (rows, last) = lines.split_at(events.len());
    for (row, event) in rows.iter().zip(&events) {
        let fields: Vec<[&str; 2]> = event.record.iter().map(|field| [field.name, field.text]).collect();
        let host = event.common.host_name.as_deref();
        assert_eq!(*row, serde_json::json!([event.id.sequence(), host, event.raw_text(), fields]));
    }
    assert_eq!(last, [serde_json::json!({ "duckdb": 200, "hosts": 7 })]);
}
