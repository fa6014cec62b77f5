//! A lake written by format 1 of this program (`tests/data/format-1`: sixty sample events) is read,
//! written on, and rewritten by compaction.

use crate::{all, files, open};
use engine_lake::contract::samples::{self, assert_same, province};
use engine_lake::{Lake, Query, SearchRequest};
use std::path::{Path, PathBuf};

fn copied() -> tempfile::TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-1");
    let to = tempfile::tempdir().expect("folder");
    for file in files(&from) {
        let target: PathBuf = to.path().join(file.strip_prefix(&from).expect("below"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("makes");
        std::fs::copy(&file, &target).expect("copies");
    }
    to
}

#[tokio::test]
async fn a_lake_of_format_one_is_read_written_on_and_rewritten() {
    let dir = copied();
    let (lake, report) = open(dir.path()).await;
    assert_eq!((report.events, report.damaged.len(), report.orphans_removed), (60, 0, 0));
    let events = samples::events(90);
    lake.write(60..90, &events[60..]).await.expect("writes");
    for rewritten in [false, true] {
        if rewritten {
            assert!(lake.compact(true).await.expect("compacts").files_before > 0);
        }
        let found = all(&lake).await;
        assert_eq!(found.len(), 90);
        found.iter().zip(&events).for_each(|(found, event)| assert_same(found, event));
        for query in
            ["sekurlsa", "user.name:root", "TargetUserName:\"nguyen.van.an\"", "Groups:\"Nhóm 3\"", "host.name:pc-03*"]
        {
            let request = SearchRequest { limit: 1000, ..SearchRequest::of(Query::parse(query).expect("parses")) };
            let page = lake.search(&province(), &request).await.expect("searches");
            let expected = events.iter().filter(|event| request.query.matches(event)).count();
            assert_eq!(page.events.len(), expected, "{query}, rewritten: {rewritten}");
            assert!(expected > 0, "{query}");
        }
    }
}
