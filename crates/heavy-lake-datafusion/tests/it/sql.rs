//! Questions in SQL: right answers, the scope on every path, limits with words.

use crate::open;
use base_core::Scope;
use engine_event::{CommonField, Event};
use engine_lake::contract::samples::{self, START, STEP_SECS, province, unit};
use engine_lake::{Lake, LakeTables, SqlError, SqlRequest, SqlRows};
use heavy_lake_datafusion::ParquetLake;
use std::time::Duration;
use tempfile::TempDir;

async fn lake(events: &[Event]) -> (ParquetLake, TempDir) {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    lake.write(0..events.len() as u64, events).await.expect("writes");
    (lake, dir)
}

async fn ask(lake: &ParquetLake, scope: &Scope, statement: &str) -> Result<SqlRows, SqlError> {
    lake.sql(scope, &SqlRequest { statement: statement.to_owned(), ..SqlRequest::default() }).await
}

/// The one value of an answer.
async fn value(lake: &ParquetLake, scope: &Scope, statement: &str) -> String {
    let answer = ask(lake, scope, statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
    assert_eq!((answer.rows.len(), answer.columns.len()), (1, 1), "{statement}: {answer:?}");
    answer.rows[0][0].clone().unwrap_or_default()
}

fn count(fact: impl Fn(samples::Facts) -> bool) -> String {
    samples::facts(240).filter(|f| fact(*f)).count().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_are_answered_from_the_facts() {
    let (lake, _dir) = lake(&samples::events(240)).await;
    let mid = START.plus_secs(100 * STEP_SECS);
    let table = [
        ("SELECT count(*) FROM events".to_owned(), count(|_| true)),
        ("SELECT count(*) FROM events WHERE user_name = 'root'".into(), count(|f| f.user() == "root")),
        ("SELECT count(*) FROM events WHERE user_name = 'ROOT'".into(), "0".into()),
        ("SELECT count(*) FROM events WHERE user_name <> 'root'".into(), count(|f| f.user() != "root")),
        (
            "SELECT count(*) FROM events WHERE user_name IN ('root', 'svc-backup')".into(),
            count(|f| matches!(f.user(), "root" | "svc-backup")),
        ),
        (format!("SELECT count(*) FROM events WHERE time >= '{mid}'"), count(|f| f.n >= 100)),
        (
            format!("SELECT count(*) FROM events WHERE time < '{mid}' OR user_name = 'root'"),
            count(|f| f.n < 100 || f.user() == "root"),
        ),
        (format!("SELECT count(*) FROM events WHERE time BETWEEN '{START}' AND '{mid}'"), count(|f| f.n <= 100)),
        ("SELECT count(*) FROM events WHERE raw LIKE '%seq=12 %'".into(), "1".into()),
        ("SELECT count(*) FROM events WHERE field('elevated') = 'true'".into(), count(|f| f.n % 2 == 0)),
        ("SELECT count(DISTINCT field('TargetUserName')) FROM events".into(), "4".into()),
        ("SELECT count(field('Nothing')) FROM events".into(), "0".into()),
        ("SELECT count(*) FROM events WHERE matches('sekurlsa')".into(), count(samples::Facts::is_attack)),
        (
            "SELECT count(*) FROM events WHERE NOT matches('sekurlsa OR user.name:root') AND unit = 'syt'".into(),
            count(|f| !f.is_attack() && f.user() != "root" && f.unit() == Some("syt")),
        ),
        (
            "SELECT count(*) FROM events WHERE in_network(source_ip, '10.0.1.0/24')".into(),
            count(|f| f.address().0 == 1),
        ),
        ("SELECT count(*) FROM events WHERE marks LIKE '%truncated%'".into(), count(|f| f.n % 50 == 7)),
        ("SELECT max(n) FROM (SELECT unit, count(*) AS n FROM events GROUP BY unit)".into(), {
            let of = |u| samples::facts(240).filter(|f| f.unit() == u).count();
            [Some("stttt"), Some("syt"), None].map(of).into_iter().max().expect("three").to_string()
        }),
        (
            "SELECT a.user_name FROM events a JOIN events b ON a.id = b.id WHERE a.raw LIKE '%seq=12 %' LIMIT 1".into(),
            samples::Facts { n: 12 }.user().to_owned(),
        ),
        (
            "SELECT upper(user_name) FROM events WHERE id = (SELECT min(id) FROM events)".into(),
            samples::Facts { n: 0 }.user().to_uppercase(),
        ),
    ];
    for (statement, expected) in table {
        assert_eq!(value(&lake, &province(), &statement).await, expected, "{statement}");
    }
    let all = ask(&lake, &province(), "SELECT * FROM events ORDER BY time, id LIMIT 240").await.expect("all");
    assert_eq!(
        all.columns.iter().map(|c| &c.name).collect::<Vec<_>>(),
        lake.sql_columns().iter().map(|c| &c.name).collect::<Vec<_>>()
    );
    let at = |name: &str| all.columns.iter().position(|c| c.name == name).expect(name);
    for (row, event) in all.rows.iter().zip(samples::events(240)) {
        assert_eq!(row[at("id")], Some(event.id.to_string()));
        assert_eq!(row[at("raw")], Some(event.raw_text().into_owned()));
        assert_eq!(row[at("host_name")].as_deref(), event.common.get(CommonField::HostName));
        assert_eq!(row[at("unit")].as_deref(), event.unit.as_ref().map(base_core::UnitId::as_str));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_cut_at_the_limit() {
    let (lake, _dir) = lake(&samples::events(240)).await;
    let request = SqlRequest { statement: "SELECT id FROM events".into(), max_rows: 7, ..SqlRequest::default() };
    let answer = lake.sql(&province(), &request).await.expect("answers");
    assert!(answer.more && answer.rows.len() == 7);
    let times = SqlRequest {
        statement: "SELECT count(*) FROM events".into(),
        from: Some(START.plus_secs(10 * STEP_SECS)),
        until: Some(START.plus_secs(20 * STEP_SECS)),
        ..SqlRequest::default()
    };
    assert_eq!(lake.sql(&province(), &times).await.expect("answers").rows, [[Some("10".to_owned())]]);
}

/// Whatever is asked, nothing of another unit comes back: not in rows, counts, plans or messages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_shows_another_unit() {
    const CANARY: &str = "canary-of-unit-b";
    let mut events = samples::events(240);
    for event in events.iter_mut().filter(|e| e.unit.as_ref().map(base_core::UnitId::as_str) != Some("syt")) {
        event.raw = CANARY.as_bytes().into();
        event.record.push_text("Secret", CANARY);
        for field in CommonField::ALL {
            event.common.set(*field, CANARY);
        }
    }
    let own = events.iter().filter(|e| e.unit == Some(base_core::UnitId::new("syt"))).count().to_string();
    let (lake, _dir) = lake(&events).await;
    lake.compact(true).await.expect("compacts");
    for statement in [
        "SELECT * FROM events",
        "SELECT unit, count(*) FROM events GROUP BY unit",
        "SELECT DISTINCT host_name, user_name, field('Secret') FROM events",
        "SELECT max(raw), max(user_name), min(fields) FROM events",
        "SELECT * FROM events WHERE unit = 'stttt' OR 1 = 1 OR unit IS NULL",
        "SELECT * FROM events WHERE matches('unit:stttt OR unit:* OR NOT unit:*')",
        "SELECT * FROM events WHERE raw LIKE '%canary%'",
        "SELECT * FROM events a JOIN events b ON a.kind = b.kind WHERE b.unit <> a.unit LIMIT 50",
        "SELECT * FROM events UNION ALL SELECT * FROM events",
        "WITH x AS (SELECT * FROM events) SELECT * FROM x WHERE raw > 'c'",
        "SELECT (SELECT max(raw) FROM events) FROM events LIMIT 3",
        "SELECT CAST(user_name AS INT) FROM events",
        "SELECT count(*) FROM events WHERE CAST(raw AS INT) = 1",
        "SELECT to_timestamp(raw) FROM events",
        "SELECT regexp_replace(raw, '(', user_name) FROM events",
        "EXPLAIN SELECT * FROM events WHERE host_name = 'x'",
        "EXPLAIN VERBOSE SELECT max(raw) FROM events",
        "SELECT * FROM information_schema.tables",
        "SELECT approx_percentile_cont(length(raw), 0.5) FROM events",
    ] {
        let said = match ask(&lake, &unit("syt"), statement).await {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => error.to_string(),
        };
        assert!(!said.to_lowercase().contains("canary-of"), "{statement}: {said}");
        assert!(!said.contains("stttt") || statement.contains("stttt"), "{statement}: {said}");
    }
    for statement in ["SELECT count(*) FROM events", "SELECT count(kind) FROM events WHERE 1 = 1 OR unit IS NULL"] {
        assert_eq!(value(&lake, &unit("syt"), statement).await, own, "{statement}");
        for nobody in [unit("no-such-unit"), unit("x' OR '1'='1"), Scope::units([])] {
            assert_eq!(value(&lake, &nobody, statement).await, "0", "{statement}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_questions_are_taken() {
    let (lake, dir) = lake(&samples::events(20)).await;
    let file = crate::files(&dir.path().join("data")).remove(0);
    let path = file.display();
    for statement in [
        String::new(),
        "DROP TABLE events".into(),
        "DELETE FROM events".into(),
        "UPDATE events SET raw = ''".into(),
        "INSERT INTO events SELECT * FROM events".into(),
        "CREATE TABLE x AS SELECT * FROM events".into(),
        "CREATE VIEW x AS SELECT * FROM events".into(),
        format!("CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '{path}'"),
        "COPY (SELECT * FROM events) TO '/dev/null' STORED AS CSV".into(),
        "COPY events TO '/dev/null' STORED AS CSV".into(),
        "SET datafusion.execution.batch_size = 1".into(),
        "SHOW TABLES".into(),
        "SHOW ALL".into(),
        "SELECT 1; SELECT 2".into(),
        "EXPLAIN ANALYZE SELECT * FROM events".into(),
        "EXPLAIN DELETE FROM events".into(),
        "PREPARE x AS SELECT 1".into(),
        "BEGIN".into(),
        format!("SELECT * FROM '{path}'"),
        format!("SELECT * FROM \"{path}\""),
        format!("SELECT * FROM read_parquet('{path}')"),
        "SELECT * FROM generate_series(1, 1000000000)".into(),
        "SELECT * FROM range(1, 1000000000)".into(),
        "SELECT repeat('x', 1000000000)".into(),
        "SELECT lpad('x', 1000000000)".into(),
        "SELECT array_agg(raw) FROM events".into(),
        "SELECT string_agg(raw, '') FROM events".into(),
        "SELECT input_file_name() FROM events".into(),
        "SELECT version()".into(),
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r".into(),
        "SELECT row_number() OVER (ORDER BY raw) FROM events".into(),
        format!("SELECT {} FROM events", vec!["raw"; 20].join(" || ")),
        "SELECT * FROM nothing".into(),
        "SELECT nothing FROM events".into(),
        "SELECT count(*) FROM events WHERE matches('user.name:')".into(),
        "SELECT matches('x') FROM events".into(),
        "SELECT field('x')".into(),
        "SELECT field(user_name, user_name) FROM events".into(),
        "SELECT count(*) FROM events WHERE in_network(source_ip, 'x')".into(),
        "x".repeat(20_000),
        format!("SELECT {}1{}", "(".repeat(3000), ")".repeat(3000)),
    ] {
        let short: String = statement.chars().take(90).collect();
        let error = ask(&lake, &province(), &statement).await.expect_err(&short);
        assert!(matches!(error, SqlError::Refused { .. } | SqlError::Mistake(_)), "{short}: {error:?}");
        assert!(!error.to_string().is_empty());
        println!("{short}: {error}");
    }
}

/// Far more memory and time than allowed: stopped, with words that say how to narrow.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_exhaust_memory_or_time_is_stopped_with_advice() {
    let mut events = samples::events(4_000);
    for (event, n) in events.iter_mut().zip(0_u64..) {
        event.raw = format!("{n} {}", "long record ".repeat(150)).into_bytes().into_boxed_slice();
    }
    let (lake, _dir) = lake(&events).await;
    for statement in [
        "SELECT raw, count(*) FROM events GROUP BY raw",
        "SELECT raw FROM events ORDER BY raw",
        "SELECT count(DISTINCT raw) FROM events",
        "SELECT count(*) FROM events a JOIN events b ON a.raw = b.raw",
        "SELECT count(*) FROM (SELECT DISTINCT raw, fields FROM events)",
        "SELECT count(*) FROM events a, events b WHERE a.raw < b.raw",
    ] {
        let request = SqlRequest { statement: statement.into(), memory_bytes: 2 << 20, ..SqlRequest::default() };
        let error = lake.sql(&province(), &request).await.expect_err(statement);
        assert!(matches!(error, SqlError::TooMuchMemory { limit_mb: 2 }), "{statement}: {error:?}");
        assert!(error.to_string().contains("narrow it"), "{error}");
    }
    // Sixteen million comparisons of long texts, of which none has to be kept.
    let endless = SqlRequest {
        statement: "SELECT count(*) FROM events a, events b WHERE a.raw || b.raw LIKE '%q%q%q%'".into(),
        time: Duration::from_millis(200),
        ..SqlRequest::default()
    };
    let error = lake.sql(&province(), &endless).await.expect_err("takes minutes");
    assert!(matches!(error, SqlError::TooLong { .. }) && error.to_string().contains("narrow it"), "{error:?}");
    // The lake goes on working afterwards.
    assert_eq!(value(&lake, &province(), "SELECT count(*) FROM events").await, "4000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parquet_file_taken_out_is_read_by_another_reader() {
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let events = samples::events(240);
    let (lake, _dir) = lake(&events).await;
    let mut writer = lake.parquet().expect("a writer");
    let mut file = Vec::new();
    for part in events.chunks(100) {
        file.extend(writer.push(part).expect("encodes"));
    }
    file.extend(writer.finish().expect("closes"));
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file)).expect("a Parquet file");
    assert_eq!(reader.metadata().file_metadata().num_rows(), 240);
    let names: Vec<String> = reader.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert!(["time", "host_name", "fields", "raw"].iter().all(|n| names.iter().any(|name| name == n)), "{names:?}");
    let rows: usize = reader.build().expect("reads").map(|batch| batch.expect("a batch").num_rows()).sum();
    assert_eq!(rows, 240);
}
